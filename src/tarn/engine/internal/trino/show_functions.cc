// SHOW FUNCTIONS: overloads of all that Trino's names lead to.
#include <algorithm>
#include <utility>

#include <duckdb/catalog/catalog.hpp>
#include <duckdb/catalog/catalog_entry/aggregate_function_catalog_entry.hpp>
#include <duckdb/catalog/catalog_entry/scalar_function_catalog_entry.hpp>
#include <duckdb/catalog/catalog_entry/scalar_macro_catalog_entry.hpp>
#include <duckdb/common/string_util.hpp>

#include "tarn/engine/internal/trino/show.h"
#include "tarn/engine/internal/trino_functions/function_table.h"

namespace tarn::engine::trino {
namespace {

/// Types that only binding tells are shown as letters are in Trino: "t".
std::string TypeText(const duckdb::LogicalType& type) {
  switch (type.id()) {
    case duckdb::LogicalTypeId::ANY:
    case duckdb::LogicalTypeId::TEMPLATE:
    case duckdb::LogicalTypeId::UNKNOWN:
    case duckdb::LogicalTypeId::INVALID:
      return "t";
    case duckdb::LogicalTypeId::LIST:
      return "array(" + TypeText(duckdb::ListType::GetChildType(type)) + ")";
    case duckdb::LogicalTypeId::LAMBDA:
      return "function";
    default:
      break;
  }
  if (type.IsNested()) {
    return "t";
  }
  return type.id() == duckdb::LogicalTypeId::DECIMAL
             ? "decimal(p,s)"
             : duckdb::StringUtil::Lower(TrinoTypeName(type));
}

template <typename Function>
TextRow RowOf(const std::string& name, const Function& function, const char* kind) {
  std::string arguments;
  for (const duckdb::LogicalType& type : function.arguments) {
    arguments += (arguments.empty() ? "" : ", ") + TypeText(type);
  }
  if (function.HasVarArgs()) {
    arguments += (arguments.empty() ? "" : ", ") + TypeText(function.varargs);
  }
  const bool is_deterministic =
      function.GetStability() == duckdb::FunctionStability::CONSISTENT;
  return {name, TypeText(function.GetReturnType()),  arguments,
          kind, is_deterministic ? "true" : "false", ""};
}

void AddRows(const std::string& name, duckdb::CatalogEntry& entry,
             std::vector<TextRow>* rows) {
  if (entry.type == duckdb::CatalogType::SCALAR_FUNCTION_ENTRY) {
    auto& set = entry.Cast<duckdb::ScalarFunctionCatalogEntry>().functions;
    for (const auto& function : set.functions) {
      rows->push_back(RowOf(name, function, "scalar"));
    }
  } else if (entry.type == duckdb::CatalogType::AGGREGATE_FUNCTION_ENTRY) {
    auto& set = entry.Cast<duckdb::AggregateFunctionCatalogEntry>().functions;
    for (const auto& function : set.functions) {
      rows->push_back(RowOf(name, function, "aggregate"));
    }
  } else if (entry.type == duckdb::CatalogType::MACRO_ENTRY) {
    for (const auto& macro : entry.Cast<duckdb::ScalarMacroCatalogEntry>().macros) {
      std::string arguments;
      for (size_t i = 0; i < macro->parameters.size(); ++i) {
        arguments += i == 0 ? "t" : ", t";
      }
      rows->push_back({name, "t", arguments, "scalar", "true", ""});
    }
  }
}

}  // namespace

std::vector<TextRow> FunctionRows(duckdb::ClientContext& context) {
  std::vector<TextRow> rows;
  context.RunFunctionInTransaction([&] {
    for (const std::string& name : TrinoFunctionNames()) {
      const auto target = FindTrinoFunction(name);
      if (!target.has_value()) {
        continue;
      }
      const std::string schema = target->schema.empty() ? "main" : target->schema;
      const duckdb::EntryLookupInfo lookup(duckdb::CatalogType::SCALAR_FUNCTION_ENTRY,
                                           target->name);
      auto entry = duckdb::Catalog::GetEntry(context, "system", schema, lookup,
                                             duckdb::OnEntryNotFound::RETURN_NULL);
      if (entry != nullptr) {
        AddRows(name, *entry, &rows);
      }
    }
  });
  AddSyntaxFunctions(&rows);
  std::ranges::sort(rows);
  const auto repeated = std::ranges::unique(rows);
  rows.erase(repeated.begin(), repeated.end());
  return rows;
}

}  // namespace tarn::engine::trino
