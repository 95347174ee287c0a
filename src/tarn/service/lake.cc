#include "tarn/service/lake.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "tarn/base/error.h"

namespace tarn::service {
namespace {

constexpr char kCatalog[] = "iceberg";  // what SQL calls the first warehouse

Result<std::vector<std::string>> PartsOf(const std::string& what,
                                         const std::string& text) {
  if (std::ranges::count(text, '"') % 2 != 0) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        fmt::format("A double quote is not closed in the {}: {}", what, text));
  }
  std::vector<std::string> parts = iceberg::NamespaceFromString(text).levels;
  const bool has_empty =
      std::ranges::any_of(parts, [](const std::string& part) { return part.empty(); });
  if (parts.empty() || has_empty) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        fmt::format("The {} is empty, or a part of it is: \"{}\"", what, text));
  }
  return parts;
}

}  // namespace

Result<const LakeWarehouse*> Lake::Find(const std::string& name) const {
  if (name.empty()) {
    return &warehouses.front();
  }
  const auto found = std::ranges::find(warehouses, name, &LakeWarehouse::name);
  if (found == warehouses.end()) {
    return MakeError(
        ErrorCode::kNoSuchWarehouse,
        "Warehouse does not exist (GET /api/v1/warehouses lists them): " + name);
  }
  return &*found;
}

Result<iceberg::TableIdent> TableIdentOf(const std::string& ns,
                                         const std::string& table) {
  ARROW_ASSIGN_OR_RAISE(std::vector<std::string> parts, PartsOf("table's name", table));
  if (!ns.empty()) {
    if (parts.size() > 1) {
      return MakeError(ErrorCode::kInvalidArgument,
                       fmt::format("Name the table as a namespace and a table, or as "
                                   "namespace.table alone, not both: {} and {}",
                                   ns, table));
    }
    ARROW_ASSIGN_OR_RAISE(auto levels, PartsOf("namespace", ns));
    return iceberg::TableIdent{.ns = {.levels = std::move(levels)},
                               .name = std::move(parts.front())};
  }
  if (parts.size() > 2 && parts.front() == kCatalog) {
    parts.erase(parts.begin());
  }
  if (parts.size() < 2) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "The table's namespace is missing: give namespace, or the name as "
                     "namespace.table: " +
                         table);
  }
  iceberg::TableIdent ident;
  ident.name = std::move(parts.back());
  parts.pop_back();
  ident.ns.levels = std::move(parts);
  return ident;
}

}  // namespace tarn::service
