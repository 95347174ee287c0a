#include "tarn/gateway/hive/internal/hive_call.h"

#include <algorithm>
#include <map>
#include <span>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/gateway/hive/internal/hive_names.h"

namespace tarn::gateway::hive {
namespace {

/// The exceptions for an error, the best first; kMeta comes after all of them.
std::span<const HiveException> ExceptionsFor(ErrorCode code) {
  using enum HiveException;
  static constexpr HiveException kNamespace[] = {kUnknownDatabase, kNoSuchObject,
                                                 kInvalidOperation, kInvalidObject};
  static constexpr HiveException kTable[] = {kNoSuchObject, kUnknownTable,
                                             kInvalidOperation};
  static constexpr HiveException kExisting[] = {kAlreadyExists, kInvalidOperation};
  static constexpr HiveException kRefused[] = {kNoSuchLock, kInvalidOperation,
                                               kInvalidObject};
  switch (code) {
    case ErrorCode::kNoSuchNamespace:
      return kNamespace;
    case ErrorCode::kNoSuchTable:
    case ErrorCode::kNoSuchView:
      return kTable;
    case ErrorCode::kAlreadyExists:
      return kExisting;
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kInvalidData:
    case ErrorCode::kNoSuchFile:
    case ErrorCode::kNotSupported:
    case ErrorCode::kNamespaceNotEmpty:
      return kRefused;
    default:
      return {};
  }
}

/// Errors of `find` other than kNoSuchNamespace, kNoSuchTable and kNoSuchView end the
/// search.
bool IsMissing(const Status& status) {
  if (status.ok()) {
    return false;
  }
  const ErrorCode code = CodeOf(status);
  return code == ErrorCode::kNoSuchNamespace || code == ErrorCode::kNoSuchTable ||
         code == ErrorCode::kNoSuchView;
}

/// kNoSuchTable if there is neither.
Result<CatalogEntry> LoadEntry(catalog::Catalog& catalog,
                               const iceberg::TableIdent& ident) {
  auto table = catalog.LoadTable(ident);
  if (!IsMissing(table.status())) {
    return table;
  }
  auto view = catalog.LoadView(ident);
  if (!IsMissing(view.status())) {
    return view;
  }
  return table;
}

}  // namespace

int16_t ExceptionField(const HiveMethod& method, const Status& error) {
  const auto field_of = [&](HiveException exception) {
    const auto found = std::ranges::find(method.exceptions, exception);
    return found == method.exceptions.end()
               ? int16_t{0}
               : static_cast<int16_t>(found - method.exceptions.begin() + 1);
  };
  for (const HiveException exception : ExceptionsFor(CodeOf(error))) {
    if (const int16_t field = field_of(exception); field != 0) {
      return field;
    }
  }
  return field_of(HiveException::kMeta);
}

std::vector<HiveMethod> AllMethods() {
  std::vector<HiveMethod> methods;
  for (auto& part : {DatabaseMethods(), ListingMethods(), TableMethods(), LockMethods(),
                     ServiceMethods()}) {
    methods.insert(methods.end(), part.begin(), part.end());
  }
  std::ranges::sort(methods, {}, &HiveMethod::name);
  return methods;
}

const HiveMethod* FindMethod(std::string_view name) {
  static const std::vector<HiveMethod> kMethods = AllMethods();
  const auto found = std::ranges::lower_bound(kMethods, name, {}, &HiveMethod::name);
  return found == kMethods.end() || found->name != name ? nullptr : &*found;
}

Result<iceberg::Namespace> FindDatabase(catalog::Catalog& catalog,
                                        const std::string& text) {
  iceberg::Namespace ns{{DatabaseOf(text)}};
  const Status exact = catalog.LoadNamespaceProperties(ns).status();
  if (exact.ok()) {
    return ns;
  }
  iceberg::Namespace folded{{FoldName(ns.levels[0])}};
  if (IsMissing(exact) && folded != ns && catalog.LoadNamespaceProperties(folded).ok()) {
    return folded;
  }
  return exact;
}

Result<CatalogEntry> FindTable(catalog::Catalog& catalog, const std::string& database,
                               const std::string& name) {
  const iceberg::TableIdent ident{{{DatabaseOf(database)}}, name};
  auto found = LoadEntry(catalog, ident);
  if (!IsMissing(found.status())) {
    return found;
  }
  const iceberg::TableIdent folded{{{FoldName(ident.ns.levels[0])}}, FoldName(name)};
  if (folded != ident) {
    auto second = LoadEntry(catalog, folded);
    if (!IsMissing(second.status())) {
      return second;
    }
  }
  return MakeError(ErrorCode::kNoSuchTable, ident.ToString() + " table not found");
}

}  // namespace tarn::gateway::hive
