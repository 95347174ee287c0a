#include "tarn/engine/internal/trino_functions/aggregate_delegate.h"

#include <duckdb/catalog/catalog_entry/aggregate_function_catalog_entry.hpp>
#include <duckdb/common/exception.hpp>
#include <duckdb/function/function_binder.hpp>
#include <duckdb/planner/expression/bound_cast_expression.hpp>

namespace tarn::engine {
namespace {

/// The finalize of DuckDB's `list`, which one function is for all types.
duckdb::aggregate_finalize_t list_finalize = nullptr;

duckdb::AggregateFunction Chosen(duckdb::ClientContext& context, std::string_view name,
                                 Expressions& arguments) {
  auto& entry = duckdb::Catalog::GetSystemCatalog(context)
                    .GetEntry<duckdb::AggregateFunctionCatalogEntry>(
                        context, DEFAULT_SCHEMA, std::string(name));
  duckdb::FunctionBinder binder(context);
  duckdb::ErrorData error;
  const auto best =
      binder.BindFunction(std::string(name), entry.functions, arguments, error);
  if (!best.IsValid()) {
    error.Throw();
  }
  return entry.functions.GetFunctionByOffset(best.GetIndex());
}

}  // namespace

void RequireTypes(const Expressions& arguments) {
  for (const auto& argument : arguments) {
    if (argument->return_type.id() == duckdb::LogicalTypeId::UNKNOWN) {
      throw duckdb::ParameterNotResolvedException();
    }
  }
}

duckdb::unique_ptr<duckdb::FunctionData> BecomeOwn(duckdb::ClientContext& context,
                                                   std::string_view name,
                                                   duckdb::AggregateFunction& function,
                                                   Expressions& arguments) {
  RequireTypes(arguments);
  function = Chosen(context, name, arguments);
  duckdb::FunctionBinder(context).ResolveTemplateTypes(function, arguments);
  return function.bind == nullptr ? nullptr : function.bind(context, function, arguments);
}

ExpressionPtr OursOf(duckdb::ClientContext& context, std::string_view name,
                     Expressions arguments) {
  RequireTypes(arguments);
  duckdb::FunctionBinder binder(context);
  duckdb::ErrorData error;
  auto bound =
      binder.BindScalarFunction("trino", std::string(name), std::move(arguments), error);
  if (bound == nullptr) {
    error.Throw();
  }
  return bound;
}

duckdb::AggregateFunction UnboundAggregate(std::string_view name, size_t arguments_count,
                                           duckdb::bind_aggregate_function_t bind) {
  const duckdb::vector<duckdb::LogicalType> types(arguments_count,
                                                  duckdb::LogicalType::ANY);
  return {std::string(name),
          types,
          duckdb::LogicalType::ANY,
          nullptr,
          nullptr,
          nullptr,
          nullptr,
          nullptr,
          nullptr,
          bind};
}

duckdb::unique_ptr<duckdb::FunctionData> BecomeCollector(
    duckdb::ClientContext& context, duckdb::AggregateFunction& function,
    Expressions& arguments, duckdb::aggregate_finalize_t finalize,
    const duckdb::LogicalType& result) {
  if (arguments.size() > 1) {
    duckdb::FunctionBinder binder(context);
    duckdb::ErrorData error;
    auto row =
        binder.BindScalarFunction(DEFAULT_SCHEMA, "row", std::move(arguments), error);
    if (row == nullptr) {
      error.Throw();
    }
    arguments.clear();
    arguments.push_back(std::move(row));
  }
  auto data = BecomeOwn(context, "list", function, arguments);
  list_finalize = function.finalize;
  function.finalize = finalize;
  function.return_type = result;
  function.window = nullptr;
  function.serialize = nullptr;
  function.deserialize = nullptr;
  return data;
}

void FinishCollected(Conversion convert, ElementOf element, duckdb::Vector& states,
                     duckdb::AggregateInputData& input, duckdb::Vector& result,
                     duckdb::idx_t count, duckdb::idx_t offset) {
  duckdb::Vector lists(duckdb::LogicalType::LIST(element(result.GetType())), count);
  list_finalize(states, input, lists, count, 0);
  for (duckdb::idx_t i = 0; i < count; ++i) {
    const duckdb::Value rows = lists.GetValue(i);
    result.SetValue(offset + i, rows.IsNull() ? duckdb::Value(result.GetType())
                                              : convert(rows, result.GetType()));
  }
  if (states.GetVectorType() == duckdb::VectorType::CONSTANT_VECTOR) {
    result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
  }
}

}  // namespace tarn::engine
