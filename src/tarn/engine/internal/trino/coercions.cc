// CASE, IF, COALESCE, ARRAY and the rows of VALUES: their values are brought to Trino's
// common type, or refused where there is none. Conditions are truth values.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <duckdb/planner/expression/bound_case_expression.hpp>
#include <duckdb/planner/expression/bound_operator_expression.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/trino/operators.h"
#include "tarn/engine/internal/trino/super_type.h"
#include "tarn/engine/internal/trino/types.h"
#include "tarn/engine/internal/trino_functions/call_rewrite.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"

namespace tarn::engine::trino {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using duckdb::make_uniq;

/// The names of the arguments' types, each once.
std::string NamesOf(const BoundCall& call, const std::vector<size_t>& arguments) {
  std::vector<std::string> names;
  for (const size_t i : arguments) {
    std::string name = NameOfArgument(call, i);
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(std::move(name));
    }
  }
  return fmt::format("[{}]", fmt::join(names, ", "));
}

/// The common type of some arguments, which are `what`: "CASE results".
LogicalType CommonOf(const BoundCall& call, const std::vector<size_t>& arguments,
                     std::string_view what) {
  LogicalType common = LogicalTypeId::SQLNULL;
  std::string name = "unknown";
  for (const size_t i : arguments) {
    const LogicalType type = call.TypeOf(i);
    auto both = CommonTypeOf(common, type);
    if (!both) {
      ThrowTrino(
          kTypeMismatch,
          fmt::format("All {} must be the same type or coercible to a common "
                      "type. Cannot find common type between {} and {}, all "
                      "types (without duplicates): {}",
                      what, name, NameOfArgument(call, i), NamesOf(call, arguments)));
    }
    name = *both == type ? NameOfArgument(call, i) : NameOf(*both);
    common = *std::move(both);
  }
  return common;
}

ExpressionPtr TruthOf(const BoundCall& call, size_t i, std::string_view what) {
  const LogicalType type = call.TypeOf(i);
  if (type.id() != LogicalTypeId::BOOLEAN && type.id() != LogicalTypeId::SQLNULL) {
    const bool is_clause = what.ends_with(" clause") && !what.starts_with("CASE");
    ThrowTrino(kTypeMismatch,
               fmt::format(fmt::runtime(
                               is_clause ? "{} must evaluate to a boolean: actual type {}"
                                         : "{} must evaluate to a boolean (actual: {})"),
                           what, NameOfArgument(call, i)));
  }
  return call.Cast(call.Argument(i), LogicalType::BOOLEAN);
}

/// Conditions and results in turn, at the end what else.
ExpressionPtr Choice(const BoundCall& call, const LogicalType& type,
                     std::string_view condition) {
  auto choice = make_uniq<duckdb::BoundCaseExpression>(type);
  for (size_t i = 0; i + 1 < call.size(); i += 2) {
    duckdb::BoundCaseCheck check;
    check.when_expr = TruthOf(call, i, condition);
    check.then_expr = Brought(call, call.Argument(i + 1), type);
    choice->case_checks.push_back(std::move(check));
  }
  choice->else_expr = Brought(call, call.Argument(call.size() - 1), type);
  return choice;
}

ExpressionPtr CaseOf(const BoundCall& call) {
  std::vector<size_t> results;
  for (size_t i = 1; i < call.size(); i += 2) {
    results.push_back(i);
  }
  results.push_back(call.size() - 1);
  return Choice(call, CommonOf(call, results, "CASE results"), "CASE WHEN clause");
}

ExpressionPtr IfOf(const BoundCall& call) {
  const auto type = CommonTypeOf(call.TypeOf(1), call.TypeOf(2));
  if (!type) {
    ThrowTrino(kTypeMismatch,
               fmt::format("Result types for IF must be the same: {} vs {}",
                           NameOfArgument(call, 1), NameOfArgument(call, 2)));
  }
  return Choice(call, *type, "IF condition");
}

std::vector<size_t> AllOf(const BoundCall& call) {
  std::vector<size_t> all;
  for (size_t i = 0; i < call.size(); ++i) {
    all.push_back(i);
  }
  return all;
}

ExpressionPtr CoalesceOf(const BoundCall& call) {
  const LogicalType type = CommonOf(call, AllOf(call), "COALESCE operands");
  auto first = make_uniq<duckdb::BoundOperatorExpression>(
      duckdb::ExpressionType::OPERATOR_COALESCE, type);
  for (size_t i = 0; i < call.size(); ++i) {
    first->children.push_back(Brought(call, call.Argument(i), type));
  }
  return first;
}

ExpressionPtr ArrayOf(const BoundCall& call) {
  const LogicalType type = CommonOf(call, AllOf(call), "ARRAY elements");
  Expressions elements;
  for (size_t i = 0; i < call.size(); ++i) {
    elements.push_back(Brought(call, call.Argument(i), type));
  }
  return call.Own("list_value", std::move(elements));
}

/// A cell of VALUES, and another one of its column.
ExpressionPtr Beside(const BoundCall& call) {
  const auto type = CommonTypeOf(call.TypeOf(0), call.TypeOf(1));
  if (!type) {
    ThrowTrino(kTypeMismatch,
               fmt::format("Values rows have mismatched types: {} vs {}",
                           NameOfArgument(call, 1), NameOfArgument(call, 0)));
  }
  return Brought(call, call.Argument(0), *type);
}

/// What a lambda gives, and the function that takes it for a truth value.
ExpressionPtr LambdaTruth(const BoundCall& call) {
  const LogicalType type = call.TypeOf(0);
  if (type.id() != LogicalTypeId::BOOLEAN && type.id() != LogicalTypeId::SQLNULL) {
    ThrowTrino(kNoFunction,
               fmt::format("Unexpected parameters for function {}: its lambda must give "
                           "a boolean, not {}",
                           call.Constant(1).ToString(), NameOfArgument(call, 0)));
  }
  return call.Cast(call.Argument(0), LogicalType::BOOLEAN);
}

/// A condition, and what it is the condition of.
ExpressionPtr Truth(const BoundCall& call) {
  return TruthOf(call, 0, call.Constant(1).ToString());
}

}  // namespace

void AddCoercions(FunctionLibrary& library) {
  const auto add = [&](duckdb::ScalarFunction function) {
    library.Add(std::move(function), Reach::kTranslatorOnly);
  };
  add(Rewritten<&CaseOf>(kCase, 3, /*more_arguments=*/true));
  add(Rewritten<&IfOf>(kIf, 3));
  add(Rewritten<&CoalesceOf>(kCoalesce, 1, /*more_arguments=*/true));
  add(Rewritten<&ArrayOf>(kArray, 1, /*more_arguments=*/true));
  add(Rewritten<&Beside>(kBeside, 2));
  add(Rewritten<&Truth>(kTruth, 2));
  add(Rewritten<&LambdaTruth>(kLambdaTruth, 2));
}

}  // namespace tarn::engine::trino
