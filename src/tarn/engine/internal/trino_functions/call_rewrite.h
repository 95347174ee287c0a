// Functions that choose what they are by the types of their arguments: at bind time a
// call becomes another expression.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include <duckdb/function/scalar_function.hpp>
#include <duckdb/planner/expression.hpp>

namespace tarn::engine {

using ExpressionPtr = duckdb::unique_ptr<duckdb::Expression>;
using Expressions = duckdb::vector<ExpressionPtr>;

/// A call that is being bound; its arguments have types.
class BoundCall {
 public:
  explicit BoundCall(duckdb::FunctionBindExpressionInput& input);

  size_t size() const { return input_.children.size(); }
  /// The type of argument `i`, of literals the type they have by default.
  duckdb::LogicalType TypeOf(size_t i) const;
  duckdb::LogicalTypeId IdOf(size_t i) const { return TypeOf(i).id(); }
  /// Not after Argument(i).
  const duckdb::Expression& Peek(size_t i) const { return *input_.children[i]; }
  /// A copy of argument `i`: arguments may be used more than once. One with a subquery
  /// cannot be copied and is there once; throws NOT_SUPPORTED after that.
  ExpressionPtr Argument(size_t i) const;
  Expressions Arguments() const;

  /// DuckDB's own function or operator.
  ExpressionPtr Own(std::string_view name, Expressions arguments) const;
  /// A function of the schema `trino`.
  ExpressionPtr Ours(std::string_view name, Expressions arguments) const;
  ExpressionPtr Cast(ExpressionPtr expression, const duckdb::LogicalType& type) const;
  /// The value of a constant argument; throws INVALID_FUNCTION_ARGUMENT for others.
  duckdb::Value Constant(size_t i) const;

  duckdb::ClientContext& context() const { return input_.context; }

 private:
  ExpressionPtr Bind(std::string_view schema, std::string_view name,
                     Expressions arguments) const;

  duckdb::FunctionBindExpressionInput& input_;
  duckdb::vector<duckdb::LogicalType> types_;
};

template <typename... E>
Expressions ListOf(E... expressions) {
  Expressions list;
  (list.push_back(std::move(expressions)), ...);
  return list;
}

ExpressionPtr ConstantOf(duckdb::Value value);
/// `value`, or `otherwise`, which has its type, where it is null.
ExpressionPtr OrElse(ExpressionPtr value, ExpressionPtr otherwise);

/// A function of `arguments_count` arguments of any type, which `Rewrite` replaces;
/// null arguments reach it.
duckdb::ScalarFunction AnyFunction(std::string_view name, size_t arguments_count,
                                   bool more_arguments,
                                   duckdb::function_bind_expression_t rewrite);

/// Throws if the type of a parameter of a prepared statement is not known yet, which
/// makes DuckDB bind the statement again once it is.
void CheckTypesKnown(const duckdb::FunctionBindExpressionInput& input);

template <ExpressionPtr (*Rewrite)(const BoundCall&)>
ExpressionPtr RewriteOf(duckdb::FunctionBindExpressionInput& input) {
  CheckTypesKnown(input);
  return Rewrite(BoundCall(input));
}

template <ExpressionPtr (*Rewrite)(const BoundCall&)>
duckdb::ScalarFunction Rewritten(std::string_view name, size_t arguments_count,
                                 bool more_arguments = false) {
  return AnyFunction(name, arguments_count, more_arguments, &RewriteOf<Rewrite>);
}

}  // namespace tarn::engine
