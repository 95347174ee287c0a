#include "tarn/sql/call_parser.h"

#include <string>
#include <utility>

#include "tarn/sql/expression_parser.h"

namespace tarn::sql {
namespace {

Result<FrameBound> ParseFrameBound(Cursor& cursor) {
  FrameBound bound;
  if (cursor.IsAny({"PRECEDING", "FOLLOWING"}, 1) && cursor.Take("UNBOUNDED")) {
    bound.kind = cursor.Is("PRECEDING") ? BoundKind::kUnboundedPreceding
                                        : BoundKind::kUnboundedFollowing;
    cursor.TakeAny();
    return bound;
  }
  cursor.Note("UNBOUNDED");
  if (cursor.Take("CURRENT")) {
    RETURN_NOT_OK(cursor.Expect("ROW"));
    return bound;
  }
  if (cursor.Is("UNBOUNDED") && (cursor.IsSymbol(")", 1) || cursor.Is("AND", 1))) {
    cursor.TakeAny();
    cursor.Note("FOLLOWING");
    cursor.Note("PRECEDING");
    return cursor.Mismatch();
  }
  ARROW_ASSIGN_OR_RAISE(bound.offset, ParseExpression(cursor));
  if (cursor.Take("PRECEDING")) {
    bound.kind = BoundKind::kPreceding;
  } else {
    RETURN_NOT_OK(cursor.Expect("FOLLOWING"));
    bound.kind = BoundKind::kFollowing;
  }
  return bound;
}

Result<WindowFrame> ParseFrame(Cursor& cursor) {
  WindowFrame frame;
  const KeywordId unit = cursor.TakeAny().keyword;
  frame.unit = unit == Keyword("ROWS").id()    ? FrameUnit::kRows
               : unit == Keyword("RANGE").id() ? FrameUnit::kRange
                                               : FrameUnit::kGroups;
  const bool has_end = cursor.Take("BETWEEN");
  ARROW_ASSIGN_OR_RAISE(frame.start, ParseFrameBound(cursor));
  if (has_end) {
    RETURN_NOT_OK(cursor.Expect("AND"));
    ARROW_ASSIGN_OR_RAISE(frame.end, ParseFrameBound(cursor));
  }
  return frame;
}

/// The words that begin a frame are names too: "OVER (rows)".
bool IsFrame(const Cursor& cursor) {
  return cursor.IsAny({"ROWS", "RANGE", "GROUPS"}) && !cursor.IsSymbol(")", 1) &&
         !cursor.IsAny({"ORDER", "PARTITION"}, 1);
}

bool IsRowPattern(const Cursor& cursor) {
  return cursor.IsAny({"MEASURES", "PATTERN", "SUBSET", "DEFINE", "INITIAL", "SEEK"}) &&
         !cursor.IsSymbol(")", 1);
}

// ---- After the parentheses of a call

Status ParseFilter(Cursor& cursor, node::Call* call) {
  if (!cursor.IsSymbol("(", 1) || !cursor.Take("FILTER")) {
    cursor.Note("FILTER");
    return Status::OK();
  }
  RETURN_NOT_OK(cursor.ExpectSymbol("("));
  RETURN_NOT_OK(cursor.Expect("WHERE"));
  ARROW_ASSIGN_OR_RAISE(call->filter, ParseExpression(cursor));
  return cursor.ExpectSymbol(")");
}

Status ParseOver(Cursor& cursor, node::Call* call) {
  if (cursor.Is("NULLS", 1) && cursor.IsAny({"RESPECT", "IGNORE"})) {
    call->nulls = cursor.Is("RESPECT") ? node::NullTreatment::kRespect
                                       : node::NullTreatment::kIgnore;
    cursor.TakeAny();
    cursor.TakeAny();
    if (!cursor.Is("OVER")) {
      return cursor.Expect("OVER");
    }
  }
  if (!cursor.Is("OVER") || (!cursor.IsSymbol("(", 1) && !cursor.IsName(1))) {
    cursor.Note("OVER");
    return Status::OK();
  }
  cursor.TakeAny();
  if (cursor.IsName()) {
    ARROW_ASSIGN_OR_RAISE(call->over, cursor.ExpectName());
    return Status::OK();
  }
  RETURN_NOT_OK(cursor.ExpectSymbol("("));
  ARROW_ASSIGN_OR_RAISE(call->over, ParseWindowSpecification(cursor));
  return cursor.ExpectSymbol(")");
}

// ---- Inside them

Result<node::Argument> ParseArgument(Cursor& cursor) {
  node::Argument argument;
  if (cursor.IsName() && cursor.IsSymbol("=>", 1)) {
    ARROW_ASSIGN_OR_RAISE(argument.name, cursor.ExpectName());
    cursor.TakeAny();
  }
  ARROW_ASSIGN_OR_RAISE(argument.value, ParseExpression(cursor));
  return argument;
}

/// SUBSTRING(text FROM start [FOR length]) after "text FROM".
Status ParseSubstringRest(Cursor& cursor, node::Call* call) {
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr start, ParseValueExpression(cursor));
  call->arguments.push_back({.name = {}, .value = std::move(start)});
  if (cursor.Take("FOR")) {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr length, ParseValueExpression(cursor));
    call->arguments.push_back({.name = {}, .value = std::move(length)});
  }
  return Status::OK();
}

Status ParseOrderBy(Cursor& cursor, std::vector<SortItem>* items) {
  RETURN_NOT_OK(cursor.Expect("BY"));
  ARROW_ASSIGN_OR_RAISE(*items, ParseSortItems(cursor));
  return Status::OK();
}

Status ParseArguments(Cursor& cursor, node::Call* call) {
  const bool is_substring = cursor.Is("SUBSTRING") && call->name.empty();
  ARROW_ASSIGN_OR_RAISE(call->name, cursor.ExpectNames());
  RETURN_NOT_OK(cursor.ExpectSymbol("("));
  if (cursor.TakeSymbol("*")) {
    call->is_star = true;
    return cursor.ExpectSymbol(")");
  }
  if (cursor.TakeSymbol(")")) {
    return Status::OK();
  }
  call->is_distinct = cursor.Take("DISTINCT");
  if (!call->is_distinct) {
    cursor.Take("ALL");
  }
  if (call->is_distinct || !cursor.Take("ORDER")) {
    do {
      ARROW_ASSIGN_OR_RAISE(node::Argument argument, ParseArgument(cursor));
      call->arguments.push_back(std::move(argument));
      if (is_substring && cursor.Take("FROM")) {
        RETURN_NOT_OK(ParseSubstringRest(cursor, call));
        return cursor.ExpectSymbol(")");
      }
    } while (cursor.TakeSymbol(","));
    if (cursor.Take("ORDER")) {
      RETURN_NOT_OK(ParseOrderBy(cursor, &call->order_by));
    }
  } else {
    RETURN_NOT_OK(ParseOrderBy(cursor, &call->order_by));
  }
  return cursor.ExpectSymbol(")");
}

Result<node::Overflow> ParseOverflow(Cursor& cursor) {
  node::Overflow overflow;
  RETURN_NOT_OK(cursor.Expect("OVERFLOW"));
  if (cursor.Take("ERROR")) {
    return overflow;
  }
  RETURN_NOT_OK(cursor.Expect("TRUNCATE"));
  overflow.is_error = false;
  if (cursor.IsKind(TokenKind::kString)) {
    overflow.filler = cursor.TakeAny().text;
  } else {
    cursor.Note("<string>");
  }
  overflow.with_count = cursor.Take("WITH");
  if (!overflow.with_count) {
    RETURN_NOT_OK(cursor.Expect("WITHOUT"));
  }
  RETURN_NOT_OK(cursor.Expect("COUNT"));
  return overflow;
}

}  // namespace

bool IsCall(const Cursor& cursor) {
  size_t ahead = 0;
  while (cursor.IsName(ahead) && cursor.IsSymbol(".", ahead + 1)) {
    ahead += 2;
  }
  return cursor.IsName(ahead) && cursor.IsSymbol("(", ahead + 1);
}

Result<ExpressionPtr> ParseCall(Cursor& cursor) {
  const Position at = cursor.At();
  node::Call call;
  RETURN_NOT_OK(ParseArguments(cursor, &call));
  RETURN_NOT_OK(ParseFilter(cursor, &call));
  RETURN_NOT_OK(ParseOver(cursor, &call));
  return MakeExpression(at, std::move(call));
}

Result<ExpressionPtr> ParseListagg(Cursor& cursor) {
  const Position at = cursor.At();
  node::Call call{.name = {Name{.text = "listagg"}}};
  cursor.TakeAny();
  RETURN_NOT_OK(cursor.ExpectSymbol("("));
  call.is_distinct = cursor.Take("DISTINCT");
  if (!call.is_distinct) {
    cursor.Take("ALL");
  }
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr value, ParseExpression(cursor));
  call.arguments.push_back({.name = {}, .value = std::move(value)});
  if (cursor.TakeSymbol(",")) {
    const Position separator_at = cursor.At();
    ARROW_ASSIGN_OR_RAISE(std::string separator, cursor.ExpectString());
    call.arguments.push_back(
        {.name = {},
         .value = MakeExpression(separator_at, node::String{std::move(separator)})});
  }
  if (cursor.Take("ON")) {
    ARROW_ASSIGN_OR_RAISE(call.overflow, ParseOverflow(cursor));
  }
  RETURN_NOT_OK(cursor.ExpectSymbol(")"));
  RETURN_NOT_OK(cursor.Expect({"WITHIN", "GROUP"}));
  RETURN_NOT_OK(cursor.ExpectSymbol("("));
  RETURN_NOT_OK(cursor.Expect("ORDER"));
  RETURN_NOT_OK(ParseOrderBy(cursor, &call.within_group));
  RETURN_NOT_OK(cursor.ExpectSymbol(")"));
  RETURN_NOT_OK(ParseFilter(cursor, &call));
  return MakeExpression(at, std::move(call));
}

Result<WindowSpecification> ParseWindowSpecification(Cursor& cursor) {
  WindowSpecification window;
  if (cursor.IsName() && !IsFrame(cursor) && !IsRowPattern(cursor) &&
      !(cursor.Is("PARTITION") && cursor.Is("BY", 1))) {
    ARROW_ASSIGN_OR_RAISE(window.base, cursor.ExpectName());
  } else {
    cursor.Note("<identifier>");
  }
  if (cursor.Take("PARTITION")) {
    RETURN_NOT_OK(cursor.Expect("BY"));
    ARROW_ASSIGN_OR_RAISE(window.partition_by, ParseExpressions(cursor));
  }
  if (cursor.Take("ORDER")) {
    RETURN_NOT_OK(ParseOrderBy(cursor, &window.order_by));
  }
  if (IsRowPattern(cursor)) {
    return Cursor::NotSupported(cursor.At(), "Row pattern recognition in a window");
  }
  if (IsFrame(cursor)) {
    ARROW_ASSIGN_OR_RAISE(window.frame, ParseFrame(cursor));
    if (IsRowPattern(cursor)) {
      return Cursor::NotSupported(cursor.At(), "Row pattern recognition in a window");
    }
  } else {
    for (const Keyword unit : {Keyword("GROUPS"), Keyword("RANGE"), Keyword("ROWS")}) {
      cursor.Note(unit.text());
    }
  }
  return window;
}

}  // namespace tarn::sql
