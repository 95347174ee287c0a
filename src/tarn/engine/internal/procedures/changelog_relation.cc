#include "tarn/engine/internal/procedures/changelog_relation.h"

#include <array>
#include <utility>

#include <duckdb/parser/expression/cast_expression.hpp>
#include <duckdb/parser/expression/function_expression.hpp>
#include <duckdb/parser/tableref/table_function_ref.hpp>

#include "tarn/engine/internal/procedures/bind_arguments.h"
#include "tarn/engine/internal/procedures/changelog_query.h"

namespace tarn::engine::procedures {
namespace {

using duckdb::LogicalType;
using duckdb::Value;
namespace relation = sql::relation;

struct ChangesParameter {
  std::string_view name;
  std::string_view old_name;  // before Trino 422
  duckdb::LogicalTypeId type;
};
constexpr std::array<ChangesParameter, 4> kParameters = {
    {{"schema_name", "schema", duckdb::LogicalTypeId::VARCHAR},
     {"table_name", "table", duckdb::LogicalTypeId::VARCHAR},
     {"start_snapshot_id", "start_snapshot_id", duckdb::LogicalTypeId::BIGINT},
     {"end_snapshot_id", "end_snapshot_id", duckdb::LogicalTypeId::BIGINT}}};

/// The place of the argument among kParameters; their number if there is none.
size_t PlaceOf(const relation::FunctionArgument& argument, size_t position) {
  if (!argument.name.has_value()) {
    return position;
  }
  const std::string name = trino::Folded(argument.name->text);
  for (size_t i = 0; i < kParameters.size(); ++i) {
    if (name == kParameters[i].name || name == kParameters[i].old_name) {
      return i;
    }
  }
  return kParameters.size();
}

}  // namespace

Result<duckdb::unique_ptr<duckdb::TableRef>> ChangelogRelation(
    const relation::TableFunction& call, const trino::SessionFacts& facts,
    const sql::Position& at,
    const std::function<trino::Translator::Parsed(const sql::ExpressionPtr&)>&
        translate) {
  std::array<trino::Translator::Parsed, kParameters.size()> values;
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    const size_t place = PlaceOf(call.arguments[i], i);
    const auto* const value = std::get_if<sql::ExpressionPtr>(&call.arguments[i].value);
    if (place >= values.size() || value == nullptr || values[place] != nullptr) {
      return CallError("INVALID_FUNCTION_ARGUMENT", at,
                       "table_changes takes schema_name, table_name, start_snapshot_id "
                       "and end_snapshot_id, each once");
    }
    values[place] = duckdb::make_uniq<duckdb::CastExpression>(
        LogicalType(kParameters[place].type), translate(*value));
  }
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] == nullptr) {
      return CallError("MISSING_ARGUMENT", at,
                       "Missing argument: " + std::string(kParameters[i].name));
    }
  }
  const std::string catalog =
      call.name.size() > 2 ? trino::Folded(call.name[0].text) : facts.catalog;
  auto function = duckdb::make_uniq<duckdb::TableFunctionRef>();
  function->function = duckdb::make_uniq<duckdb::FunctionExpression>(
      SYSTEM_CATALOG, DEFAULT_SCHEMA, kChangelogFunction,
      trino::List(trino::Constant(Value(catalog)), std::move(values[0]),
                  std::move(values[1]), std::move(values[2]), std::move(values[3]),
                  trino::Constant(Value(NameOf(ChangelogForm::kTrino))),
                  trino::Constant(Value::LIST(LogicalType::VARCHAR, {}))));
  function->alias = "table_changes";
  return duckdb::unique_ptr_cast<duckdb::TableFunctionRef, duckdb::TableRef>(
      std::move(function));
}

}  // namespace tarn::engine::procedures
