#include "tarn/engine/internal/trino/set_operations.h"

#include <utility>

#include <duckdb/planner/binder.hpp>
#include <duckdb/planner/expression/bound_cast_expression.hpp>
#include <duckdb/planner/expression/bound_function_expression.hpp>
#include <duckdb/planner/logical_operator.hpp>
#include <duckdb/planner/planner_extension.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/trino/operators.h"
#include "tarn/engine/internal/trino/recursion.h"
#include "tarn/engine/internal/trino/super_type.h"
#include "tarn/engine/internal/trino/types.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"

namespace tarn::engine::trino {
namespace {

using duckdb::LogicalOperator;
using duckdb::LogicalOperatorType;
using duckdb::LogicalType;

void RunSide(duckdb::DataChunk&, duckdb::ExpressionState&, duckdb::Vector& result) {
  result.Reference(duckdb::Value::BOOLEAN(true));
}

std::optional<std::string_view> NameOfSetOperation(const LogicalOperator& plan) {
  switch (plan.type) {
    case LogicalOperatorType::LOGICAL_UNION:
      return "UNION";
    case LogicalOperatorType::LOGICAL_INTERSECT:
      return "INTERSECT";
    case LogicalOperatorType::LOGICAL_EXCEPT:
      return "EXCEPT";
    default:
      return {};
  }
}

/// True if `plan` keeps the rows for which kSide is true.
bool IsMark(const LogicalOperator& plan) {
  if (plan.type != LogicalOperatorType::LOGICAL_FILTER || plan.expressions.size() != 1) {
    return false;
  }
  const duckdb::Expression& condition = *plan.expressions[0];
  return condition.GetExpressionClass() == duckdb::ExpressionClass::BOUND_FUNCTION &&
         condition.Cast<duckdb::BoundFunctionExpression>().function.name == kSide;
}

/// A side is SELECT * FROM (…) WHERE side_of_set_operation(): columns, and above them
/// the casts by which DuckDB brought them to one type.
bool IsSide(const LogicalOperator& plan) {
  return plan.type == LogicalOperatorType::LOGICAL_PROJECTION &&
         plan.children.size() == 1 && IsMark(*plan.children[0]);
}

/// The type that a side's column had before.
LogicalType OwnType(const duckdb::Expression& column) {
  return column.GetExpressionClass() == duckdb::ExpressionClass::BOUND_CAST
             ? column.Cast<duckdb::BoundCastExpression>().child->return_type
             : column.return_type;
}

void CheckSides(const LogicalOperator& plan, std::string_view name) {
  for (const auto& side : plan.children) {
    if (!IsSide(*side)) {
      return;  // another dialect's, in a view
    }
  }
  const auto& first = plan.children[0]->expressions;
  for (size_t column = 0; column < first.size(); ++column) {
    LogicalType common = OwnType(*first[column]);
    for (size_t i = 1; i < plan.children.size(); ++i) {
      const LogicalType type = OwnType(*plan.children[i]->expressions[column]);
      auto both = CommonTypeOf(common, type);
      if (!both) {
        ThrowTrino(kTypeMismatch,
                   fmt::format("column {} in {} query has incompatible types: {}, {}",
                               column + 1, name, NameOf(common), NameOf(type)));
      }
      common = *std::move(both);
    }
  }
}

/// True for the step of a WITH RECURSIVE of this dialect (recursion.cc).
bool IsStep(const LogicalOperator& plan) {
  if (plan.type != LogicalOperatorType::LOGICAL_PROJECTION || plan.expressions.empty()) {
    return false;
  }
  const duckdb::Expression& last = *plan.expressions.back();
  return last.GetExpressionClass() == duckdb::ExpressionClass::BOUND_FUNCTION &&
         last.Cast<duckdb::BoundFunctionExpression>().function.name == kLimitedDepth;
}

/// What a step gives must fit into what the recursion begins with.
void CheckStep(const LogicalOperator& base, const LogicalOperator& step) {
  if (!IsStep(step) || base.expressions.size() != step.expressions.size()) {
    return;
  }
  for (size_t column = 0; column + 1 < step.expressions.size(); ++column) {
    const LogicalType begun = OwnType(*base.expressions[column]);
    const LogicalType made = OwnType(*step.expressions[column]);
    const auto both = CommonTypeOf(begun, made);
    if (!both || *both != begun) {
      ThrowTrino(kTypeMismatch,
                 fmt::format("recursion step relation output type ({}) is not coercible "
                             "to recursion base relation output type ({}) at column {}",
                             NameOf(made), NameOf(begun), column + 1));
    }
  }
}

/// Checks the set operations of a plan and takes the marks out of it.
void CheckPlan(duckdb::unique_ptr<LogicalOperator>& plan) {
  if (const auto name = NameOfSetOperation(*plan)) {
    CheckSides(*plan, *name);
  }
  if (plan->type == LogicalOperatorType::LOGICAL_RECURSIVE_CTE &&
      plan->children.size() >= 2) {
    CheckStep(*plan->children[0], *plan->children[1]);
  }
  if (IsMark(*plan)) {
    plan = std::move(plan->children[0]);
    CheckPlan(plan);
    return;
  }
  for (auto& child : plan->children) {
    CheckPlan(child);
  }
}

void CheckStatement(duckdb::PlannerExtensionInput&, duckdb::BoundStatement& statement) {
  if (statement.plan != nullptr) {
    CheckPlan(statement.plan);
  }
}

}  // namespace

void AddSetOperations(FunctionLibrary& library) {
  library.Add(duckdb::ScalarFunction(kSide, {}, LogicalType::BOOLEAN, &RunSide),
              Reach::kTranslatorOnly);
}

void RegisterSetOperationCheck(duckdb::DBConfig& config) {
  duckdb::PlannerExtension extension;
  extension.post_bind_function = CheckStatement;
  duckdb::PlannerExtension::Register(config, extension);
}

}  // namespace tarn::engine::trino
