#include "tarn/engine/internal/trino_functions/call_rewrite.h"

#include <duckdb/common/exception.hpp>
#include <duckdb/execution/expression_executor.hpp>
#include <duckdb/function/function_binder.hpp>
#include <duckdb/planner/expression/bound_cast_expression.hpp>
#include <duckdb/planner/expression/bound_constant_expression.hpp>
#include <duckdb/planner/expression/bound_operator_expression.hpp>

#include "tarn/engine/internal/trino_functions/trino_error.h"

namespace tarn::engine {
namespace {

void NeverRun(duckdb::DataChunk&, duckdb::ExpressionState&, duckdb::Vector&) {
  throw duckdb::NotImplementedException("A call that was not rewritten");
}

}  // namespace

BoundCall::BoundCall(duckdb::FunctionBindExpressionInput& input) : input_(input) {
  for (const auto& child : input.children) {
    types_.push_back(duckdb::LogicalType::NormalizeType(child->return_type));
  }
}

duckdb::LogicalType BoundCall::TypeOf(size_t i) const { return types_[i]; }

ExpressionPtr BoundCall::Argument(size_t i) const {
  ExpressionPtr& argument = input_.children[i];
  if (argument == nullptr) {
    ThrowTrino(kNotSupportedHere, "A subquery is not supported as argument " +
                                      std::to_string(i + 1) + " of this function");
  }
  return argument->HasSubquery() ? std::move(argument) : argument->Copy();
}

Expressions BoundCall::Arguments() const {
  Expressions copies;
  for (size_t i = 0; i < size(); ++i) {
    copies.push_back(Argument(i));
  }
  return copies;
}

ExpressionPtr BoundCall::Bind(std::string_view schema, std::string_view name,
                              Expressions arguments) const {
  duckdb::FunctionBinder binder(input_.context);
  duckdb::ErrorData error;
  auto bound = binder.BindScalarFunction(std::string(schema), std::string(name),
                                         std::move(arguments), error);
  if (bound == nullptr) {
    error.Throw();
  }
  return bound;
}

ExpressionPtr BoundCall::Own(std::string_view name, Expressions arguments) const {
  return Bind("main", name, std::move(arguments));
}

ExpressionPtr BoundCall::Ours(std::string_view name, Expressions arguments) const {
  return Bind("trino", name, std::move(arguments));
}

ExpressionPtr BoundCall::Cast(ExpressionPtr expression,
                              const duckdb::LogicalType& type) const {
  return duckdb::BoundCastExpression::AddCastToType(input_.context, std::move(expression),
                                                    type);
}

duckdb::Value BoundCall::Constant(size_t i) const {
  if (!input_.children[i]->IsFoldable()) {
    ThrowTrino(kInvalidArgument,
               "Argument " + std::to_string(i + 1) +
                   " must be a constant: " + input_.children[i]->ToString());
  }
  return duckdb::ExpressionExecutor::EvaluateScalar(input_.context, *input_.children[i]);
}

void CheckTypesKnown(const duckdb::FunctionBindExpressionInput& input) {
  for (const auto& child : input.children) {
    if (child->return_type.id() == duckdb::LogicalTypeId::UNKNOWN) {
      throw duckdb::ParameterNotResolvedException();
    }
  }
}

ExpressionPtr ConstantOf(duckdb::Value value) {
  return duckdb::make_uniq<duckdb::BoundConstantExpression>(std::move(value));
}

ExpressionPtr OrElse(ExpressionPtr value, ExpressionPtr otherwise) {
  auto result = duckdb::make_uniq<duckdb::BoundOperatorExpression>(
      duckdb::ExpressionType::OPERATOR_COALESCE, value->return_type);
  result->children.push_back(std::move(value));
  result->children.push_back(std::move(otherwise));
  return result;
}

duckdb::ScalarFunction AnyFunction(std::string_view name, size_t arguments_count,
                                   bool more_arguments,
                                   duckdb::function_bind_expression_t rewrite) {
  duckdb::vector<duckdb::LogicalType> types(arguments_count, duckdb::LogicalType::ANY);
  duckdb::ScalarFunction function(std::string(name), std::move(types),
                                  duckdb::LogicalType::ANY, &NeverRun);
  function.null_handling = duckdb::FunctionNullHandling::SPECIAL_HANDLING;
  function.errors = duckdb::FunctionErrors::CAN_THROW_RUNTIME_ERROR;
  function.bind_expression = rewrite;
  if (more_arguments) {
    function.varargs = duckdb::LogicalType::ANY;
  }
  return function;
}

}  // namespace tarn::engine
