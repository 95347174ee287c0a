// Functions are refused when they are bound: DuckDB binds every use of one, whoever wrote
// it, with the context of the client.
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <duckdb/catalog/catalog_entry/aggregate_function_catalog_entry.hpp>
#include <duckdb/catalog/catalog_entry/duck_schema_entry.hpp>
#include <duckdb/catalog/catalog_entry/scalar_function_catalog_entry.hpp>
#include <duckdb/catalog/catalog_entry/table_function_catalog_entry.hpp>
#include <duckdb/catalog/duck_catalog.hpp>
#include <duckdb/common/string_util.hpp>
#include <duckdb/execution/expression_executor.hpp>
#include <duckdb/main/config.hpp>
#include <duckdb/main/database.hpp>
#include <duckdb/planner/binder.hpp>
#include <duckdb/planner/extension_callback.hpp>

#include "tarn/base/error.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/reach.h"
#include "tarn/engine/internal/reach_lists.h"
#include "tarn/engine/internal/reach_state.h"

namespace tarn::engine {
namespace {

/// Tarn's own functions (trino_functions/), which are of values.
constexpr char kTrinoSchema[] = "trino";

/// What the guards stand in front of, by the function's name and arguments. Of the whole
/// process: functions are the same in each database.
template <typename Callbacks>
class Originals {
 public:
  void Add(const std::string& name, const duckdb::vector<duckdb::LogicalType>& arguments,
           Callbacks callbacks) {
    const std::lock_guard lock(mutex_);
    by_signature_[name + Signature(arguments)] = callbacks;
    by_name_[name] = callbacks;
  }
  /// A function's arguments may have been made precise since.
  Callbacks Find(const std::string& name,
                 const duckdb::vector<duckdb::LogicalType>& arguments) const {
    const std::lock_guard lock(mutex_);
    const auto exact = by_signature_.find(name + Signature(arguments));
    return exact != by_signature_.end() ? exact->second : by_name_.at(name);
  }

 private:
  static std::string Signature(const duckdb::vector<duckdb::LogicalType>& arguments) {
    std::string text = "(";
    for (const auto& argument : arguments) {
      text += argument.ToString() + ",";
    }
    return text;
  }

  mutable std::mutex mutex_;
  std::map<std::string, Callbacks> by_signature_;
  std::map<std::string, Callbacks> by_name_;
};

struct ScalarCallbacks {
  duckdb::bind_scalar_function_t bind = nullptr;
  duckdb::bind_scalar_function_extended_t bind_extended = nullptr;
};

Originals<ScalarCallbacks>& Scalars() {
  static Originals<ScalarCallbacks> originals;
  return originals;
}

Originals<duckdb::bind_aggregate_function_t>& Aggregates() {
  static Originals<duckdb::bind_aggregate_function_t> originals;
  return originals;
}

Originals<duckdb::table_function_bind_operator_t>& Tables() {
  static Originals<duckdb::table_function_bind_operator_t> originals;
  return originals;
}

constexpr char kFilesHow[] = "sql.file_roots names places that it may read";

void CheckSettingName(duckdb::ClientContext& context, duckdb::Expression& argument) {
  if (!argument.IsFoldable()) {
    ThrowStatus(NotAllowed("current_setting of a computed name"));
  }
  const auto value = duckdb::ExpressionExecutor::EvaluateScalar(context, argument);
  const std::string name =
      value.IsNull() ? "" : duckdb::StringUtil::Lower(value.ToString());
  if (!IsSessionSetting(name)) {
    ThrowStatus(NotAllowed("Setting " + name));
  }
}

void CheckScalar(duckdb::ClientContext& context, const std::string& name,
                 duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& arguments) {
  if (!IsConfined(context)) {
    return;
  }
  if (ReachOfFunction(name) != Reach::kSetting || arguments.size() != 1) {
    ThrowStatus(NotAllowed("Function " + name));
  }
  CheckSettingName(context, *arguments[0]);
}

duckdb::unique_ptr<duckdb::FunctionData> BindScalar(
    duckdb::ClientContext& context, duckdb::ScalarFunction& function,
    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& arguments) {
  CheckScalar(context, function.name, arguments);
  const auto original = Scalars().Find(function.name, function.arguments);
  return original.bind == nullptr ? nullptr : original.bind(context, function, arguments);
}

duckdb::unique_ptr<duckdb::FunctionData> BindScalarExtended(
    duckdb::ScalarFunctionBindInput& input, duckdb::ScalarFunction& function,
    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& arguments) {
  CheckScalar(input.binder.context, function.name, arguments);
  const auto original = Scalars().Find(function.name, function.arguments);
  return original.bind_extended(input, function, arguments);
}

duckdb::unique_ptr<duckdb::FunctionData> BindAggregate(
    duckdb::ClientContext& context, duckdb::AggregateFunction& function,
    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& arguments) {
  if (IsConfined(context)) {
    ThrowStatus(NotAllowed("Function " + function.name));
  }
  const auto original = Aggregates().Find(function.name, function.arguments);
  return original == nullptr ? nullptr : original(context, function, arguments);
}

/// Asked before the function's own ways of binding; nothing returned leads to these.
duckdb::unique_ptr<duckdb::LogicalOperator> BindTable(
    duckdb::ClientContext& context, duckdb::TableFunctionBindInput& input,
    duckdb::idx_t bind_index, duckdb::vector<duckdb::string>& return_names) {
  const duckdb::TableFunction& function = input.table_function;
  if (const auto confinement = Confinement::Of(context)) {
    const bool is_of_files = ReachOfTableFunction(function.name) == Reach::kFiles;
    if (!is_of_files || confinement->roots.empty()) {
      ThrowStatus(NotAllowed("Function " + function.name, is_of_files ? kFilesHow : ""));
    }
  }
  const auto original = Tables().Find(function.name, function.arguments);
  return original == nullptr ? nullptr
                             : original(context, input, bind_index, return_names);
}

void GuardScalars(duckdb::ScalarFunctionCatalogEntry& entry) {
  for (auto& function : entry.functions.functions) {
    const bool is_guarded =
        function.bind == BindScalar || function.bind_extended == BindScalarExtended;
    if (is_guarded || ReachOfFunction(entry.name) == Reach::kTables) {
      continue;
    }
    Scalars().Add(function.name, function.arguments,
                  {.bind = function.bind, .bind_extended = function.bind_extended});
    if (function.bind == nullptr && function.bind_extended != nullptr) {
      function.bind_extended = BindScalarExtended;
    } else {
      function.bind = BindScalar;
    }
  }
}

void GuardAggregates(duckdb::AggregateFunctionCatalogEntry& entry) {
  for (auto& function : entry.functions.functions) {
    if (function.bind == BindAggregate || ReachOfFunction(entry.name) == Reach::kTables) {
      continue;
    }
    Aggregates().Add(function.name, function.arguments, function.bind);
    function.bind = BindAggregate;
  }
}

void GuardTables(duckdb::TableFunctionCatalogEntry& entry) {
  for (auto& function : entry.functions.functions) {
    if (function.bind_operator == BindTable ||
        ReachOfTableFunction(entry.name) == Reach::kTables) {
      continue;
    }
    Tables().Add(function.name, function.arguments, function.bind_operator);
    function.bind_operator = BindTable;
  }
}

void GuardEntry(duckdb::CatalogEntry& entry) {
  switch (entry.type) {
    case duckdb::CatalogType::SCALAR_FUNCTION_ENTRY:
      return GuardScalars(entry.Cast<duckdb::ScalarFunctionCatalogEntry>());
    case duckdb::CatalogType::AGGREGATE_FUNCTION_ENTRY:
      return GuardAggregates(entry.Cast<duckdb::AggregateFunctionCatalogEntry>());
    case duckdb::CatalogType::TABLE_FUNCTION_ENTRY:
      return GuardTables(entry.Cast<duckdb::TableFunctionCatalogEntry>());
    default:
      return;  // a macro means what its text calls
  }
}

class GuardOfExtensions final : public duckdb::ExtensionCallback {
 public:
  void OnExtensionLoaded(duckdb::DatabaseInstance& database,
                         const duckdb::string&) override {
    GuardFunctions(database);
  }
};

}  // namespace

void GuardFunctions(duckdb::DatabaseInstance& database) {
  auto& catalog = duckdb::Catalog::GetSystemCatalog(database).Cast<duckdb::DuckCatalog>();
  catalog.ScanSchemas([](duckdb::SchemaCatalogEntry& schema) {
    if (schema.name == kTrinoSchema) {
      return;
    }
    for (const auto type : {duckdb::CatalogType::SCALAR_FUNCTION_ENTRY,
                            duckdb::CatalogType::TABLE_FUNCTION_ENTRY}) {
      schema.Scan(type, GuardEntry);
    }
  });
}

void RegisterExtensionGuard(duckdb::DBConfig& config) {
  duckdb::ExtensionCallback::Register(config,
                                      duckdb::make_shared_ptr<GuardOfExtensions>());
}

}  // namespace tarn::engine
