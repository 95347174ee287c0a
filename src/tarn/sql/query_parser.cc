#include "tarn/sql/query_parser.h"

#include <utility>

#include "tarn/sql/call_parser.h"
#include "tarn/sql/expression_parser.h"
#include "tarn/sql/relation_parser.h"

namespace tarn::sql {
namespace {

Result<Query> ParseTerm(Cursor& cursor, int precedence);

QueryPtr Share(Query query) { return std::make_shared<const Query>(std::move(query)); }

// ---- SELECT

/// What "value.*" may follow: no operators.
bool IsQualifier(const Expression& value) {
  return std::visit(
      []<typename Node>(const Node&) {
        return !std::is_same_v<Node, node::Binary> &&
               !std::is_same_v<Node, node::Logical> && !std::is_same_v<Node, node::Unary>;
      },
      value.node);
}

Result<SelectItem> ParseSelectItem(Cursor& cursor) {
  SelectItem item{.at = cursor.At()};
  const bool is_parenthesised = cursor.IsSymbol("(");
  if (cursor.TakeSymbol("*")) {
    item.is_all = true;
    return item;
  }
  ARROW_ASSIGN_OR_RAISE(item.value, ParseExpression(cursor));
  if (cursor.IsSymbol(".") && (is_parenthesised || IsQualifier(*item.value))) {
    cursor.TakeAny();
    RETURN_NOT_OK(cursor.ExpectSymbol("*"));
    item.is_all = true;
    if (cursor.Take("AS")) {
      ARROW_ASSIGN_OR_RAISE(item.aliases, cursor.ExpectNameList());
    }
    return item;
  }
  if (cursor.Take("AS") || IsAlias(cursor)) {
    ARROW_ASSIGN_OR_RAISE(item.alias, cursor.ExpectName());
  } else {
    cursor.Note("<identifier>");
  }
  return item;
}

/// (a, b), () or a alone. "(a, b)" is read as a row, which it is not here; ROW(a, b) is.
Result<std::vector<ExpressionPtr>> ParseGroupingSet(Cursor& cursor) {
  const bool is_parenthesised = cursor.IsSymbol("(");
  const Position at = cursor.At();
  if (is_parenthesised && cursor.IsSymbol(")", 1)) {
    cursor.TakeAny();
    cursor.TakeAny();
    return std::vector<ExpressionPtr>{};
  }
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr value, ParseExpression(cursor));
  const auto* row = std::get_if<node::Row>(&value->node);
  if (row != nullptr && is_parenthesised && value->at == at) {
    return row->values;
  }
  return std::vector<ExpressionPtr>{std::move(value)};
}

Result<GroupingElement> ParseGroupingElement(Cursor& cursor) {
  GroupingElement element;
  if (cursor.Take("ROLLUP")) {
    element.kind = GroupingKind::kRollup;
  } else if (cursor.Take("CUBE")) {
    element.kind = GroupingKind::kCube;
  } else if (cursor.Is("SETS", 1) && cursor.Take("GROUPING")) {
    element.kind = GroupingKind::kSets;
    cursor.TakeAny();
  } else {
    for (const std::string_view first : {"(", "AUTO", "GROUPING"}) {
      cursor.Note(first);
    }
    ARROW_ASSIGN_OR_RAISE(std::vector<ExpressionPtr> set, ParseGroupingSet(cursor));
    element.sets.push_back(std::move(set));
    return element;
  }
  RETURN_NOT_OK(cursor.ExpectSymbol("("));
  if (element.kind != GroupingKind::kSets && cursor.TakeSymbol(")")) {
    return element;
  }
  do {
    ARROW_ASSIGN_OR_RAISE(std::vector<ExpressionPtr> set, ParseGroupingSet(cursor));
    element.sets.push_back(std::move(set));
  } while (cursor.TakeSymbol(","));
  RETURN_NOT_OK(cursor.ExpectSymbol(")"));
  return element;
}

/// Where a clause ends without more of it.
bool IsClauseEnd(const Cursor& cursor, size_t ahead) {
  return cursor.Peek(ahead).kind == TokenKind::kEnd || cursor.IsSymbol(")", ahead) ||
         cursor.IsSymbol(";", ahead) ||
         cursor.IsAny({"HAVING", "WINDOW", "QUALIFY", "UNION", "INTERSECT", "EXCEPT",
                       "ORDER", "OFFSET", "LIMIT", "FETCH", "WITH"},
                      ahead);
}

Result<GroupBy> ParseGroupBy(Cursor& cursor) {
  GroupBy group;
  if (cursor.Is("AUTO") || (cursor.Is("ALL") && IsClauseEnd(cursor, 1))) {
    cursor.TakeAny();
    group.is_auto = true;
    return group;
  }
  group.is_distinct = cursor.Take("DISTINCT");
  if (!group.is_distinct && !cursor.IsSymbol("(", 1)) {
    cursor.Take("ALL");
  }
  do {
    ARROW_ASSIGN_OR_RAISE(GroupingElement element, ParseGroupingElement(cursor));
    group.elements.push_back(std::move(element));
  } while (cursor.TakeSymbol(","));
  return group;
}

Status ParseWindows(Cursor& cursor, Select* select) {
  do {
    NamedWindow window;
    ARROW_ASSIGN_OR_RAISE(window.name, cursor.ExpectName());
    RETURN_NOT_OK(cursor.Expect("AS"));
    RETURN_NOT_OK(cursor.ExpectSymbol("("));
    ARROW_ASSIGN_OR_RAISE(window.window, ParseWindowSpecification(cursor));
    RETURN_NOT_OK(cursor.ExpectSymbol(")"));
    select->windows.push_back(std::move(window));
  } while (cursor.TakeSymbol(","));
  return Status::OK();
}

Status ParseFrom(Cursor& cursor, Select* select) {
  const Position at = cursor.At();
  ARROW_ASSIGN_OR_RAISE(select->from, ParseRelation(cursor));
  while (cursor.TakeSymbol(",")) {
    RETURN_NOT_OK(cursor.Grow());
    ARROW_ASSIGN_OR_RAISE(RelationPtr right, ParseRelation(cursor));
    select->from = std::make_shared<const Relation>(
        Relation{.at = at,
                 .node = relation::Join{.kind = relation::JoinKind::kImplicit,
                                        .left = std::move(select->from),
                                        .right = std::move(right)}});
  }
  return Status::OK();
}

Result<Select> ParseSelect(Cursor& cursor) {
  Select select;
  select.is_distinct = cursor.Take("DISTINCT");
  if (!select.is_distinct && !cursor.IsSymbol("(", 1)) {
    cursor.Take("ALL");
  }
  do {
    ARROW_ASSIGN_OR_RAISE(SelectItem item, ParseSelectItem(cursor));
    select.items.push_back(std::move(item));
  } while (cursor.TakeSymbol(","));
  if (cursor.Take("FROM")) {
    RETURN_NOT_OK(ParseFrom(cursor, &select));
  }
  if (cursor.Take("WHERE")) {
    ARROW_ASSIGN_OR_RAISE(select.where, ParseExpression(cursor));
  }
  if (cursor.Take("GROUP")) {
    RETURN_NOT_OK(cursor.Expect("BY"));
    ARROW_ASSIGN_OR_RAISE(select.group_by, ParseGroupBy(cursor));
  }
  if (cursor.Take("HAVING")) {
    ARROW_ASSIGN_OR_RAISE(select.having, ParseExpression(cursor));
  }
  if (cursor.Take("WINDOW")) {
    RETURN_NOT_OK(ParseWindows(cursor, &select));
  }
  if (cursor.Is("QUALIFY")) {
    cursor.TakeAny();
    ARROW_ASSIGN_OR_RAISE(select.qualify, ParseExpression(cursor));
  }
  return select;
}

// ---- What set operators join

Result<Query> ParseQueryPrimary(Cursor& cursor) {
  Query query{.at = cursor.At()};
  if (cursor.Take("SELECT")) {
    ARROW_ASSIGN_OR_RAISE(query.body, ParseSelect(cursor));
  } else if (cursor.Take("VALUES")) {
    ARROW_ASSIGN_OR_RAISE(auto rows, ParseExpressions(cursor));
    query.body = Values{std::move(rows)};
  } else if (cursor.Take("TABLE")) {
    ARROW_ASSIGN_OR_RAISE(auto name, cursor.ExpectNames());
    query.body = TableBody{std::move(name)};
  } else if (cursor.IsSymbol("(")) {
    ARROW_ASSIGN_OR_RAISE(query.body, ParseParenthesisedQuery(cursor));
  } else {
    cursor.Note("(");
    return cursor.Mismatch();
  }
  return query;
}

/// UNION and EXCEPT bind less tightly than INTERSECT.
Result<Query> ParseTermRest(Cursor& cursor, Query left, int precedence) {
  for (;;) {
    SetOperation operation;
    int operator_precedence = 1;
    if (precedence <= 2 && cursor.Take("INTERSECT")) {
      operation.op = SetOperator::kIntersect;
      operator_precedence = 2;
    } else if (precedence <= 1 && cursor.Take("UNION")) {
      operation.op = SetOperator::kUnion;
    } else if (precedence <= 1 && cursor.Take("EXCEPT")) {
      operation.op = SetOperator::kExcept;
    } else {
      return left;
    }
    RETURN_NOT_OK(cursor.Grow());
    operation.is_all = cursor.Take("ALL");
    operation.says_distinct = !operation.is_all && cursor.Take("DISTINCT");
    if (cursor.Is("CORRESPONDING")) {
      return Cursor::NotSupported(cursor.At(), "CORRESPONDING");
    }
    ARROW_ASSIGN_OR_RAISE(Query right, ParseTerm(cursor, operator_precedence + 1));
    const Position at = left.at;
    operation.left = Share(std::move(left));
    operation.right = Share(std::move(right));
    left = Query{.at = at, .body = std::move(operation)};
  }
}

Result<Query> ParseTerm(Cursor& cursor, int precedence) {
  ARROW_ASSIGN_OR_RAISE(Query left, ParseQueryPrimary(cursor));
  return ParseTermRest(cursor, std::move(left), precedence);
}

// ---- ORDER BY and what follows

Result<ExpressionPtr> ParseRowCount(Cursor& cursor) {
  const Position at = cursor.At();
  if (cursor.TakeSymbol("?")) {
    return MakeExpression(at, node::Parameter{cursor.next_parameter()});
  }
  ARROW_ASSIGN_OR_RAISE(std::string text, cursor.ExpectIntegerText());
  return MakeExpression(at, node::Integer{std::move(text)});
}

Status ParseFetch(Cursor& cursor, Query* query) {
  RowLimit limit{.is_fetch = true};
  if (!cursor.Take("FIRST")) {
    RETURN_NOT_OK(cursor.Expect("NEXT"));
  }
  if (!cursor.IsAny({"ROW", "ROWS"})) {
    cursor.Note("ROW");
    cursor.Note("ROWS");
    ARROW_ASSIGN_OR_RAISE(limit.count, ParseRowCount(cursor));
  }
  if (!cursor.Take("ROW")) {
    RETURN_NOT_OK(cursor.Expect("ROWS"));
  }
  limit.with_ties = cursor.Take("WITH");
  RETURN_NOT_OK(limit.with_ties ? cursor.Expect("TIES") : cursor.Expect("ONLY"));
  query->limit = std::move(limit);
  return Status::OK();
}

Status ParseTail(Cursor& cursor, Query* query) {
  if (cursor.Take("ORDER")) {
    RETURN_NOT_OK(cursor.Expect("BY"));
    ARROW_ASSIGN_OR_RAISE(query->order_by, ParseSortItems(cursor));
  }
  // The standard has OFFSET first; what people write the other way round is as clear.
  for (int i = 0; i < 2; ++i) {
    if (query->offset == nullptr && cursor.Take("OFFSET")) {
      ARROW_ASSIGN_OR_RAISE(query->offset, ParseRowCount(cursor));
      if (!cursor.Take("ROW")) {
        cursor.Take("ROWS");
      }
    }
    if (query->limit.has_value()) {
      break;
    }
    if (cursor.Take("LIMIT")) {
      RowLimit limit;
      if (!cursor.Take("ALL")) {
        ARROW_ASSIGN_OR_RAISE(limit.count, ParseRowCount(cursor));
      }
      query->limit = std::move(limit);
    } else if (cursor.Take("FETCH")) {
      RETURN_NOT_OK(ParseFetch(cursor, query));
    }
    if (query->offset != nullptr || !cursor.Is("OFFSET")) {
      break;
    }
  }
  return Status::OK();
}

Result<CommonTable> ParseCommonTable(Cursor& cursor) {
  CommonTable table;
  ARROW_ASSIGN_OR_RAISE(table.name, cursor.ExpectName());
  if (cursor.IsSymbol("(")) {
    ARROW_ASSIGN_OR_RAISE(table.columns, cursor.ExpectNameList());
  } else {
    cursor.Note("(");
  }
  RETURN_NOT_OK(cursor.Expect("AS"));
  ARROW_ASSIGN_OR_RAISE(table.query, ParseParenthesisedQuery(cursor));
  return table;
}

Status ParseWith(Cursor& cursor, Query* query) {
  if (cursor.Is("FUNCTION", 1) && !cursor.Is("AS", 2) && !cursor.IsSymbol("(", 2)) {
    return Cursor::NotSupported(cursor.At(1), "WITH FUNCTION");
  }
  cursor.TakeAny();
  query->is_recursive = cursor.Take("RECURSIVE");
  do {
    ARROW_ASSIGN_OR_RAISE(CommonTable table, ParseCommonTable(cursor));
    query->with.push_back(std::move(table));
  } while (cursor.TakeSymbol(","));
  return Status::OK();
}

}  // namespace

Result<QueryPtr> ParseQuery(Cursor& cursor) {
  const Cursor::Level level(cursor);
  RETURN_NOT_OK(level.Enter());
  RETURN_NOT_OK(cursor.Grow());
  Query with{.at = cursor.At()};
  cursor.NoteRule("<query>");
  if (cursor.Is("WITH")) {
    RETURN_NOT_OK(ParseWith(cursor, &with));
  }
  ARROW_ASSIGN_OR_RAISE(Query query, ParseTerm(cursor, /*precedence=*/1));
  query.at = with.at;
  query.with = std::move(with.with);
  query.is_recursive = with.is_recursive;
  RETURN_NOT_OK(ParseTail(cursor, &query));
  return Share(std::move(query));
}

Result<QueryPtr> ParseParenthesisedQuery(Cursor& cursor) {
  RETURN_NOT_OK(cursor.ExpectSymbol("("));
  ARROW_ASSIGN_OR_RAISE(QueryPtr query, ParseQuery(cursor));
  RETURN_NOT_OK(cursor.ExpectSymbol(")"));
  return query;
}

bool IsQueryTail(const Cursor& cursor) {
  return cursor.IsAny(
      {"UNION", "EXCEPT", "INTERSECT", "ORDER", "OFFSET", "LIMIT", "FETCH"});
}

Result<QueryPtr> ContinueQuery(Cursor& cursor, Position at, QueryPtr first) {
  RETURN_NOT_OK(cursor.Grow());
  Query query{.at = at, .body = std::move(first)};
  ARROW_ASSIGN_OR_RAISE(query, ParseTermRest(cursor, std::move(query), /*precedence=*/1));
  RETURN_NOT_OK(ParseTail(cursor, &query));
  return Share(std::move(query));
}

Result<QueryPtr> ParseQuery(std::string_view text) {
  Cursor cursor(text);
  ARROW_ASSIGN_OR_RAISE(QueryPtr query, ParseQuery(cursor));
  if (!cursor.AtEnd()) {
    cursor.Note("<EOF>");
    return cursor.Mismatch();
  }
  return query;
}

}  // namespace tarn::sql
