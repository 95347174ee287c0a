#include "tarn/sql/json_function_parser.h"

#include <string>
#include <utility>

#include "tarn/sql/expression_parser.h"
#include "tarn/sql/type_name.h"

namespace tarn::sql {
namespace {

using node::JsonBehavior;

/// input, 'path' [PASSING value AS name, …].
Status ParseInvocation(Cursor& cursor, node::JsonPath* call) {
  ARROW_ASSIGN_OR_RAISE(call->input, ParseJsonArgument(cursor));
  RETURN_NOT_OK(cursor.ExpectSymbol(","));
  ARROW_ASSIGN_OR_RAISE(call->path, cursor.ExpectString());
  ARROW_ASSIGN_OR_RAISE(call->passing, ParseJsonPassing(cursor));
  return Status::OK();
}

struct BehaviorClause {
  JsonBehavior behavior = JsonBehavior::kUnsaid;
  ExpressionPtr value = nullptr;  // of kDefault
};

/// What JSON_VALUE and JSON_QUERY do: NULL, ERROR, EMPTY ARRAY, EMPTY OBJECT, DEFAULT
/// value; of JSON_EXISTS: TRUE, FALSE, UNKNOWN, ERROR. kUnsaid if none of it comes.
Result<BehaviorClause> ParseBehavior(Cursor& cursor, node::JsonFunction function) {
  BehaviorClause clause;
  if (function == node::JsonFunction::kExists) {
    const KeywordId word = cursor.TakeOneOf({"TRUE", "FALSE", "UNKNOWN", "ERROR"});
    clause.behavior = word == 0                         ? JsonBehavior::kUnsaid
                      : word == Keyword("TRUE").id()    ? JsonBehavior::kTrue
                      : word == Keyword("FALSE").id()   ? JsonBehavior::kFalse
                      : word == Keyword("UNKNOWN").id() ? JsonBehavior::kUnknown
                                                        : JsonBehavior::kError;
    return clause;
  }
  if (cursor.Take("ERROR")) {
    clause.behavior = JsonBehavior::kError;
  } else if (cursor.Take("NULL")) {
    clause.behavior = JsonBehavior::kNull;
  } else if (function == node::JsonFunction::kValue && cursor.Take("DEFAULT")) {
    clause.behavior = JsonBehavior::kDefault;
    ARROW_ASSIGN_OR_RAISE(clause.value, ParseExpression(cursor));
  } else if (function == node::JsonFunction::kQuery && cursor.Take("EMPTY")) {
    const bool is_array = cursor.Take("ARRAY");
    if (!is_array) {
      RETURN_NOT_OK(cursor.Expect("OBJECT"));
    }
    clause.behavior = is_array ? JsonBehavior::kEmptyArray : JsonBehavior::kEmptyObject;
  }
  return clause;
}

Result<ExpressionPtr> ParsePathFunction(Cursor& cursor, node::JsonFunction function) {
  const Position at = cursor.At();
  node::JsonPath call{.function = function, .input = {}, .path = {}};
  cursor.TakeAny();
  RETURN_NOT_OK(cursor.ExpectSymbol("("));
  RETURN_NOT_OK(ParseInvocation(cursor, &call));
  if (function != node::JsonFunction::kExists && cursor.Take("RETURNING")) {
    ARROW_ASSIGN_OR_RAISE(call.returning, ParseTrinoType(cursor));
    if (function == node::JsonFunction::kQuery) {
      ARROW_ASSIGN_OR_RAISE(call.returning_format, ParseJsonFormat(cursor));
    }
  }
  if (function == node::JsonFunction::kQuery) {
    RETURN_NOT_OK(ParseJsonWrapper(cursor, &call));
  }
  RETURN_NOT_OK(ParseJsonBehaviors(cursor, &call));
  RETURN_NOT_OK(cursor.ExpectSymbol(")"));
  return MakeExpression(at, std::move(call));
}

/// [KEY] key VALUE value; key : value. "KEY" may be a column's name.
Result<node::JsonMember> ParseMember(Cursor& cursor) {
  node::JsonMember member;
  if (cursor.Is("KEY") && !cursor.IsSymbol(":", 1) && !cursor.Is("VALUE", 1)) {
    cursor.TakeAny();
  }
  ARROW_ASSIGN_OR_RAISE(member.key, ParseExpression(cursor));
  if (!cursor.Take("VALUE")) {
    RETURN_NOT_OK(cursor.ExpectSymbol(":"));
  }
  ARROW_ASSIGN_OR_RAISE(member.value, ParseJsonArgument(cursor));
  return member;
}

/// {NULL | ABSENT} ON NULL.
Status ParseNulls(Cursor& cursor, node::JsonConstructor* call) {
  if (!cursor.IsAny({"NULL", "ABSENT"})) {
    cursor.Note("NULL");
    cursor.Note("ABSENT");
    return Status::OK();
  }
  call->nulls = cursor.Is("NULL") ? node::JsonNulls::kNull : node::JsonNulls::kAbsent;
  cursor.TakeAny();
  return cursor.Expect({"ON", "NULL"});
}

Result<ExpressionPtr> ParseConstructor(Cursor& cursor, bool is_object) {
  const Position at = cursor.At();
  node::JsonConstructor call{.is_object = is_object};
  cursor.TakeAny();
  RETURN_NOT_OK(cursor.ExpectSymbol("("));
  if (!cursor.IsSymbol(")") && !cursor.Is("RETURNING")) {
    do {
      node::JsonMember member;
      if (is_object) {
        ARROW_ASSIGN_OR_RAISE(member, ParseMember(cursor));
      } else {
        ARROW_ASSIGN_OR_RAISE(member.value, ParseJsonArgument(cursor));
      }
      call.members.push_back(std::move(member));
    } while (cursor.TakeSymbol(","));
    RETURN_NOT_OK(ParseNulls(cursor, &call));
    const KeywordId unique = is_object ? cursor.TakeOneOf({"WITH", "WITHOUT"}) : 0;
    if (unique != 0) {
      call.unique_keys = unique == Keyword("WITH").id();
      RETURN_NOT_OK(cursor.Expect("UNIQUE"));
      cursor.Take("KEYS");
    }
  }
  if (cursor.Take("RETURNING")) {
    ARROW_ASSIGN_OR_RAISE(call.returning, ParseTrinoType(cursor));
    ARROW_ASSIGN_OR_RAISE(call.returning_format, ParseJsonFormat(cursor));
  }
  RETURN_NOT_OK(cursor.ExpectSymbol(")"));
  return MakeExpression(at, std::move(call));
}

}  // namespace

Result<std::string> ParseJsonFormat(Cursor& cursor) {
  std::string format;
  if (!cursor.Take("FORMAT")) {
    return format;
  }
  RETURN_NOT_OK(cursor.Expect("JSON"));
  format = "json";
  if (cursor.Take("ENCODING")) {
    const KeywordId encoding = cursor.TakeOneOf({"UTF8", "UTF16", "UTF32"});
    if (encoding == 0) {
      return cursor.Mismatch();
    }
    format += encoding == Keyword("UTF8").id()    ? " encoding utf8"
              : encoding == Keyword("UTF16").id() ? " encoding utf16"
                                                  : " encoding utf32";
  }
  return format;
}

Result<node::JsonArgument> ParseJsonArgument(Cursor& cursor) {
  node::JsonArgument argument;
  ARROW_ASSIGN_OR_RAISE(argument.value, ParseExpression(cursor));
  ARROW_ASSIGN_OR_RAISE(argument.format, ParseJsonFormat(cursor));
  return argument;
}

Result<std::vector<node::JsonArgument>> ParseJsonPassing(Cursor& cursor) {
  std::vector<node::JsonArgument> passing;
  if (!cursor.Take("PASSING")) {
    return passing;
  }
  do {
    ARROW_ASSIGN_OR_RAISE(node::JsonArgument argument, ParseJsonArgument(cursor));
    RETURN_NOT_OK(cursor.Expect("AS"));
    ARROW_ASSIGN_OR_RAISE(argument.name, cursor.ExpectName());
    passing.push_back(std::move(argument));
  } while (cursor.TakeSymbol(","));
  return passing;
}

Status ParseJsonBehaviors(Cursor& cursor, node::JsonPath* call) {
  ARROW_ASSIGN_OR_RAISE(BehaviorClause clause, ParseBehavior(cursor, call->function));
  if (clause.behavior == JsonBehavior::kUnsaid) {
    return Status::OK();
  }
  RETURN_NOT_OK(cursor.Expect("ON"));
  if (call->function != node::JsonFunction::kExists && cursor.Take("EMPTY")) {
    call->on_empty = clause.behavior;
    call->empty_default = std::move(clause.value);
    ARROW_ASSIGN_OR_RAISE(clause, ParseBehavior(cursor, call->function));
    if (clause.behavior == JsonBehavior::kUnsaid) {
      return Status::OK();
    }
    RETURN_NOT_OK(cursor.Expect("ON"));
  }
  call->on_error = clause.behavior;
  call->error_default = std::move(clause.value);
  return cursor.Expect("ERROR");
}

Status ParseJsonWrapper(Cursor& cursor, node::JsonPath* call) {
  const KeywordId word = cursor.TakeOneOf({"WITHOUT", "WITH"});
  if (word == Keyword("WITHOUT").id()) {
    call->wrapper = node::JsonWrapper::kWithout;
  } else if (word != 0) {
    call->wrapper = cursor.Take("CONDITIONAL") ? node::JsonWrapper::kConditional
                                               : node::JsonWrapper::kUnconditional;
    if (call->wrapper == node::JsonWrapper::kUnconditional) {
      cursor.Take("UNCONDITIONAL");
    }
  }
  if (word != 0) {
    cursor.Take("ARRAY");
    RETURN_NOT_OK(cursor.Expect("WRAPPER"));
  }
  const KeywordId quotes = cursor.TakeOneOf({"KEEP", "OMIT"});
  if (quotes == 0) {
    return Status::OK();
  }
  call->quotes =
      quotes == Keyword("KEEP").id() ? node::JsonQuotes::kKeep : node::JsonQuotes::kOmit;
  RETURN_NOT_OK(cursor.Expect("QUOTES"));
  if (cursor.Is("SCALAR", 1) && cursor.Take("ON")) {
    return cursor.Expect({"SCALAR", "STRING"});
  }
  return Status::OK();
}

Result<ExpressionPtr> ParseJsonFunction(Cursor& cursor) {
  if (cursor.Is("JSON_EXISTS")) {
    return ParsePathFunction(cursor, node::JsonFunction::kExists);
  }
  if (cursor.Is("JSON_VALUE")) {
    return ParsePathFunction(cursor, node::JsonFunction::kValue);
  }
  if (cursor.Is("JSON_QUERY")) {
    return ParsePathFunction(cursor, node::JsonFunction::kQuery);
  }
  return ParseConstructor(cursor, cursor.Is("JSON_OBJECT"));
}

}  // namespace tarn::sql
