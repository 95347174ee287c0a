#include "tarn/sql/json_table_parser.h"

#include <utility>

#include "tarn/sql/expression_parser.h"
#include "tarn/sql/json_function_parser.h"
#include "tarn/sql/type_name.h"

namespace tarn::sql {
namespace {

using relation::JsonPlanKind;
using relation::JsonTablePlan;

Result<std::vector<relation::JsonTableColumn>> ParseColumns(Cursor& cursor);

/// NESTED [PATH] 'path'; NESTED alone may be a column's name.
bool IsNested(const Cursor& cursor) {
  const auto is_text = [&](size_t ahead) {
    return cursor.Peek(ahead).kind == TokenKind::kString;
  };
  return cursor.Is("NESTED") && (is_text(1) || (cursor.Is("PATH", 1) && is_text(2)));
}

/// 'path' [AS name].
Result<relation::JsonTablePath> ParsePath(Cursor& cursor) {
  relation::JsonTablePath path{.at = cursor.At(), .path = {}};
  ARROW_ASSIGN_OR_RAISE(path.path, cursor.ExpectString());
  if (cursor.Take("AS")) {
    ARROW_ASSIGN_OR_RAISE(path.name, cursor.ExpectName());
  }
  return path;
}

/// type [FORMAT JSON] [PATH 'path'] and what JSON_VALUE or JSON_QUERY say.
Result<relation::JsonTableValue> ParseValue(Cursor& cursor) {
  relation::JsonTableValue value{
      .call = {.function = node::JsonFunction::kValue, .input = {}, .path = {}}};
  node::JsonPath& call = value.call;
  ARROW_ASSIGN_OR_RAISE(call.returning, ParseTrinoType(cursor));
  ARROW_ASSIGN_OR_RAISE(call.returning_format, ParseJsonFormat(cursor));
  if (cursor.Take("PATH")) {
    value.has_path = true;
    ARROW_ASSIGN_OR_RAISE(call.path, cursor.ExpectString());
  }
  if (!call.returning_format.empty()) {
    call.function = node::JsonFunction::kQuery;
    RETURN_NOT_OK(ParseJsonWrapper(cursor, &call));
  }
  RETURN_NOT_OK(ParseJsonBehaviors(cursor, &call));
  return value;
}

Result<relation::JsonTableColumn> ParseColumn(Cursor& cursor) {
  relation::JsonTableColumn column{.at = cursor.At(), .node = {}};
  if (IsNested(cursor)) {
    cursor.TakeAny();
    cursor.Take("PATH");
    ARROW_ASSIGN_OR_RAISE(relation::JsonTablePath path, ParsePath(cursor));
    ARROW_ASSIGN_OR_RAISE(path.columns, ParseColumns(cursor));
    column.node = std::move(path);
    return column;
  }
  cursor.Note("NESTED");
  ARROW_ASSIGN_OR_RAISE(column.name, cursor.ExpectName());
  if (cursor.Take("FOR")) {
    RETURN_NOT_OK(cursor.Expect("ORDINALITY"));
    return column;
  }
  ARROW_ASSIGN_OR_RAISE(column.node, ParseValue(cursor));
  return column;
}

/// COLUMNS (column, …).
Result<std::vector<relation::JsonTableColumn>> ParseColumns(Cursor& cursor) {
  const Cursor::Level level(cursor);
  RETURN_NOT_OK(level.Enter());
  RETURN_NOT_OK(cursor.Grow());
  std::vector<relation::JsonTableColumn> columns;
  RETURN_NOT_OK(cursor.Expect("COLUMNS"));
  RETURN_NOT_OK(cursor.ExpectSymbol("("));
  do {
    ARROW_ASSIGN_OR_RAISE(relation::JsonTableColumn column, ParseColumn(cursor));
    columns.push_back(std::move(column));
  } while (cursor.TakeSymbol(","));
  RETURN_NOT_OK(cursor.ExpectSymbol(")"));
  return columns;
}

// ---- Plans

Result<JsonTablePlan> ParsePlan(Cursor& cursor);

/// name or (plan).
Result<JsonTablePlan> ParsePlanPrimary(Cursor& cursor) {
  JsonTablePlan plan{.at = cursor.At()};
  if (cursor.TakeSymbol("(")) {
    ARROW_ASSIGN_OR_RAISE(plan, ParsePlan(cursor));
    RETURN_NOT_OK(cursor.ExpectSymbol(")"));
    return plan;
  }
  ARROW_ASSIGN_OR_RAISE(plan.name, cursor.ExpectName());
  return plan;
}

/// name, name {OUTER | INNER} plan, plan UNION plan …, plan CROSS plan ….
Result<JsonTablePlan> ParsePlan(Cursor& cursor) {
  const Cursor::Level level(cursor);
  RETURN_NOT_OK(level.Enter());
  RETURN_NOT_OK(cursor.Grow());
  const Position at = cursor.At();
  const bool is_name = !cursor.IsSymbol("(");
  ARROW_ASSIGN_OR_RAISE(JsonTablePlan first, ParsePlanPrimary(cursor));
  const KeywordId join = is_name ? cursor.TakeOneOf({"OUTER", "INNER"}) : 0;
  if (join != 0) {
    first.kind =
        join == Keyword("OUTER").id() ? JsonPlanKind::kOuter : JsonPlanKind::kInner;
    ARROW_ASSIGN_OR_RAISE(JsonTablePlan inner, ParsePlanPrimary(cursor));
    first.parts.push_back(std::move(inner));
    return first;
  }
  const bool is_union = cursor.Take("UNION");
  if (!is_union && !cursor.Take("CROSS")) {
    return is_name ? Result<JsonTablePlan>(std::move(first)) : cursor.Mismatch();
  }
  JsonTablePlan siblings{.at = at,
                         .kind = is_union ? JsonPlanKind::kUnion : JsonPlanKind::kCross};
  siblings.parts.push_back(std::move(first));
  do {
    ARROW_ASSIGN_OR_RAISE(JsonTablePlan next, ParsePlanPrimary(cursor));
    siblings.parts.push_back(std::move(next));
  } while (is_union ? cursor.Take("UNION") : cursor.Take("CROSS"));
  return siblings;
}

/// {OUTER | INNER} [, {UNION | CROSS}], in either order.
Result<relation::JsonTableDefaultPlan> ParseDefaultPlan(Cursor& cursor) {
  relation::JsonTableDefaultPlan plan;
  bool has_join = false;
  bool has_siblings = false;
  do {
    const KeywordId join = has_join ? 0 : cursor.TakeOneOf({"OUTER", "INNER"});
    const KeywordId siblings =
        join != 0 || has_siblings ? 0 : cursor.TakeOneOf({"UNION", "CROSS"});
    if (join == 0 && siblings == 0) {
      return cursor.Mismatch();
    }
    has_join = has_join || join != 0;
    has_siblings = has_siblings || siblings != 0;
    plan.is_inner = plan.is_inner || join == Keyword("INNER").id();
    plan.is_cross = plan.is_cross || siblings == Keyword("CROSS").id();
  } while (!(has_join && has_siblings) && cursor.TakeSymbol(","));
  return plan;
}

}  // namespace

Result<relation::JsonTable> ParseJsonTable(Cursor& cursor) {
  relation::JsonTable table;
  cursor.TakeAny();
  RETURN_NOT_OK(cursor.ExpectSymbol("("));
  ARROW_ASSIGN_OR_RAISE(table.input, ParseJsonArgument(cursor));
  RETURN_NOT_OK(cursor.ExpectSymbol(","));
  ARROW_ASSIGN_OR_RAISE(table.root, ParsePath(cursor));
  ARROW_ASSIGN_OR_RAISE(table.passing, ParseJsonPassing(cursor));
  ARROW_ASSIGN_OR_RAISE(table.root.columns, ParseColumns(cursor));
  if (cursor.Take("PLAN")) {
    const bool is_default = cursor.Take("DEFAULT");
    RETURN_NOT_OK(cursor.ExpectSymbol("("));
    if (is_default) {
      ARROW_ASSIGN_OR_RAISE(table.plan, ParseDefaultPlan(cursor));
    } else {
      ARROW_ASSIGN_OR_RAISE(table.plan, ParsePlan(cursor));
    }
    RETURN_NOT_OK(cursor.ExpectSymbol(")"));
  }
  const KeywordId on_error = cursor.TakeOneOf({"ERROR", "EMPTY"});
  if (on_error != 0) {
    table.fails_on_error = on_error == Keyword("ERROR").id();
    RETURN_NOT_OK(cursor.Expect({"ON", "ERROR"}));
  }
  RETURN_NOT_OK(cursor.ExpectSymbol(")"));
  return table;
}

}  // namespace tarn::sql
