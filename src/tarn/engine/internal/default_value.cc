#include "tarn/engine/internal/default_value.h"

#include <memory>
#include <optional>
#include <utility>

#include <duckdb/execution/expression_executor.hpp>
#include <duckdb/parser/parser.hpp>
#include <duckdb/planner/binder.hpp>
#include <duckdb/planner/expression_binder/constant_binder.hpp>

#include "tarn/base/error.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/type_conversion.h"

namespace tarn::engine {
namespace {

Status NotConstant(const std::string& text) {
  return MakeError(ErrorCode::kNotSupported,
                   "DEFAULT must be a constant on Iceberg tables, which keep one value "
                   "for all rows: " +
                       text);
}

/// `value` has the type that LogicalTypeOf gives.
std::optional<iceberg::Value> KeptValueOf(const iceberg::Type& type,
                                          const duckdb::Value& value) {
  if (type.id() != iceberg::TypeId::kTimestampTzNs) {
    return IcebergValueOf(type, value);
  }
  const auto micros = IcebergValueOf(iceberg::Type::TimestampTz(), value);
  if (!micros.has_value()) {
    return {};
  }
  int64_t nanos = 0;
  if (__builtin_mul_overflow(std::get<int64_t>(*micros), int64_t{1000}, &nanos)) {
    return {};
  }
  return nanos;
}

Result<iceberg::Value> Evaluate(duckdb::ClientContext& context,
                                const duckdb::ParsedExpression& expression,
                                const iceberg::Type& type) {
  const std::string text = expression.ToString();
  auto binder = duckdb::Binder::CreateBinder(context);
  duckdb::ConstantBinder constant(*binder, context, "DEFAULT");
  auto copy = expression.Copy();
  const auto bound = constant.Bind(copy);
  if (!bound->IsFoldable() || bound->IsVolatile() || !bound->IsConsistent()) {
    return NotConstant(text);
  }
  duckdb::Value value = duckdb::ExpressionExecutor::EvaluateScalar(context, *bound);
  if (value.IsNull()) {
    return iceberg::Value();
  }
  if (!type.is_primitive() || type.id() >= iceberg::TypeId::kUnknown) {
    return MakeError(ErrorCode::kNotSupported, "The default of a column of type " +
                                                   type.ToString() +
                                                   " is null, it cannot be: " + text);
  }
  duckdb::Value cast;
  std::string problem;
  if (!value.TryCastAs(context, LogicalTypeOf(type), cast, &problem, /*strict=*/true)) {
    return MakeError(ErrorCode::kTypeMismatch,
                     "DEFAULT is no value of type " + type.ToString() + ": " + text);
  }
  auto kept = KeptValueOf(type, cast);
  if (!kept.has_value()) {
    return MakeError(
        ErrorCode::kTypeMismatch,
        "DEFAULT cannot be kept as a value of type " + type.ToString() + ": " + text);
  }
  return *std::move(kept);
}

}  // namespace

DefaultOf DefaultOfText(duckdb::ClientContext& context, std::string text) {
  return [&context, text = std::move(text)](const iceberg::Type& type) {
    return CatchDuckDb({}, [&]() -> Result<iceberg::Value> {
      const auto expressions =
          duckdb::Parser::ParseExpressionList(text, context.GetParserOptions());
      if (expressions.size() != 1) {
        return MakeError(ErrorCode::kSyntax, "DEFAULT needs one expression: " + text);
      }
      return Evaluate(context, *expressions[0], type);
    });
  };
}

DefaultOf DefaultOfExpression(duckdb::ClientContext& context,
                              const duckdb::ParsedExpression& expression) {
  const std::shared_ptr<const duckdb::ParsedExpression> kept(expression.Copy().release());
  return [&context, kept](const iceberg::Type& type) {
    return CatchDuckDb({}, [&] { return Evaluate(context, *kept, type); });
  };
}

}  // namespace tarn::engine
