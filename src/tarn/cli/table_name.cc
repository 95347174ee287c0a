#include "tarn/cli/table_name.h"

#include <algorithm>
#include <string>
#include <vector>

#include "tarn/base/error.h"

namespace tarn::cli {
namespace {

constexpr char kCatalog[] = "iceberg";  // what SQL calls the warehouse

}  // namespace

Result<iceberg::TableIdent> ParseTableName(std::string_view text) {
  if (std::count(text.begin(), text.end(), '"') % 2 != 0) {
    return MakeError(
        ErrorCode::kUsage,
        "A double quote is not closed in the table name: " + std::string(text));
  }
  std::vector<std::string> parts = iceberg::NamespaceFromString(text).levels;
  if (parts.size() > 2 && parts.front() == kCatalog) {
    parts.erase(parts.begin());
  }
  const bool has_empty = std::any_of(
      parts.begin(), parts.end(), [](const std::string& part) { return part.empty(); });
  if (parts.size() < 2 || has_empty) {
    return MakeError(ErrorCode::kUsage,
                     "A table is named as namespace.table, such as sales.orders: " +
                         std::string(text));
  }
  iceberg::TableIdent ident;
  ident.name = std::move(parts.back());
  parts.pop_back();
  ident.ns.levels = std::move(parts);
  return ident;
}

}  // namespace tarn::cli
