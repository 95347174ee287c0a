#include "tarn/sql/primary_parser.h"

#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <utility>

#include "tarn/sql/call_parser.h"
#include "tarn/sql/expression_parser.h"
#include "tarn/sql/json_function_parser.h"
#include "tarn/sql/letter_case.h"
#include "tarn/sql/query_parser.h"
#include "tarn/sql/type_name.h"

namespace tarn::sql {
namespace {

// ---- Literals

bool IsNumber(TokenKind kind) {
  return kind == TokenKind::kInteger || kind == TokenKind::kDecimal ||
         kind == TokenKind::kDouble;
}

ExpressionPtr TakeNumber(Cursor& cursor) {
  const Position at = cursor.At();
  std::string text;
  if (cursor.IsSymbol("-")) {
    text = "-";
    cursor.TakeAny();
  }
  const Token& token = cursor.TakeAny();
  text += token.text;
  switch (token.kind) {
    case TokenKind::kInteger:
      return MakeExpression(at, node::Integer{std::move(text)});
    case TokenKind::kDecimal:
      return MakeExpression(at, node::Decimal{std::move(text)});
    default:
      return MakeExpression(at, node::Double{std::move(text)});
  }
}

bool IsInterval(const Cursor& cursor) {
  const size_t sign = cursor.IsSymbol("+", 1) || cursor.IsSymbol("-", 1) ? 1 : 0;
  return cursor.Is("INTERVAL") && cursor.Peek(1 + sign).kind == TokenKind::kString &&
         cursor.IsAny({"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"}, 2 + sign);
}

Result<std::string> ExpectIntervalField(Cursor& cursor) {
  const KeywordId field =
      cursor.TakeOneOf({"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"});
  if (field == 0) {
    return cursor.Mismatch();
  }
  return Lower(KeywordText(field));
}

Result<ExpressionPtr> ParseInterval(Cursor& cursor) {
  const Position at = cursor.At();
  node::Interval interval;
  cursor.TakeAny();
  if (cursor.IsSymbol("+") || cursor.IsSymbol("-")) {
    interval.is_negative = cursor.IsSymbol("-");
    cursor.TakeAny();
  }
  interval.value = cursor.TakeAny().text;
  ARROW_ASSIGN_OR_RAISE(interval.from, ExpectIntervalField(cursor));
  if (cursor.Take("TO")) {
    ARROW_ASSIGN_OR_RAISE(interval.to, ExpectIntervalField(cursor));
  }
  return MakeExpression(at, std::move(interval));
}

/// DATE '2024-01-01', DOUBLE PRECISION '1'.
ExpressionPtr TakeTypedLiteral(Cursor& cursor) {
  const Position at = cursor.At();
  const bool is_quoted = cursor.IsKind(TokenKind::kQuotedName);
  const std::string type_text = cursor.TakeAny().text;
  if (!cursor.IsKind(TokenKind::kString)) {
    cursor.TakeAny();  // PRECISION
  }
  node::TypedLiteral literal{.type = {.name = Lower(type_text), .children = {}},
                             .value = cursor.TakeAny().text,
                             .type_text = is_quoted ? "" : type_text};
  return MakeExpression(at, std::move(literal));
}

bool IsTypedLiteral(const Cursor& cursor) {
  return cursor.IsName() && (cursor.Peek(1).kind == TokenKind::kString ||
                             (cursor.Is("DOUBLE") && cursor.Is("PRECISION", 1) &&
                              cursor.Peek(2).kind == TokenKind::kString));
}

// ---- Lambdas

bool IsLambda(const Cursor& cursor) {
  if (cursor.IsName()) {
    return cursor.IsSymbol("->", 1);
  }
  if (!cursor.IsSymbol("(")) {
    return false;
  }
  size_t ahead = 1;
  while (cursor.IsName(ahead)) {
    ++ahead;
    if (!cursor.IsSymbol(",", ahead)) {
      break;
    }
    ++ahead;
  }
  return cursor.IsSymbol(")", ahead) && cursor.IsSymbol("->", ahead + 1);
}

Result<ExpressionPtr> ParseLambda(Cursor& cursor) {
  const Position at = cursor.At();
  node::Lambda lambda;
  if (cursor.IsSymbol("(") && cursor.IsSymbol(")", 1)) {
    cursor.TakeAny();
    cursor.TakeAny();
  } else if (cursor.IsSymbol("(")) {
    ARROW_ASSIGN_OR_RAISE(lambda.parameters, cursor.ExpectNameList());
  } else {
    ARROW_ASSIGN_OR_RAISE(Name name, cursor.ExpectName());
    lambda.parameters.push_back(std::move(name));
  }
  RETURN_NOT_OK(cursor.ExpectSymbol("->"));
  ARROW_ASSIGN_OR_RAISE(lambda.body, ParseExpression(cursor));
  return MakeExpression(at, std::move(lambda));
}

// ---- Forms with words of their own

Result<ExpressionPtr> ParseCase(Cursor& cursor) {
  const Position at = cursor.At();
  node::Case result;
  cursor.TakeAny();
  if (!cursor.Take("WHEN")) {
    ARROW_ASSIGN_OR_RAISE(result.operand, ParseExpression(cursor));
    RETURN_NOT_OK(cursor.Expect("WHEN"));
  }
  do {
    node::When when;
    ARROW_ASSIGN_OR_RAISE(when.condition, ParseExpression(cursor));
    RETURN_NOT_OK(cursor.Expect("THEN"));
    ARROW_ASSIGN_OR_RAISE(when.result, ParseExpression(cursor));
    result.whens.push_back(std::move(when));
  } while (cursor.Take("WHEN"));
  if (cursor.Take("ELSE")) {
    ARROW_ASSIGN_OR_RAISE(result.otherwise, ParseExpression(cursor));
  }
  RETURN_NOT_OK(cursor.Expect("END"));
  return MakeExpression(at, std::move(result));
}

Result<ExpressionPtr> ParseCast(Cursor& cursor) {
  const Position at = cursor.At();
  node::Cast cast{.is_try = cursor.Is("TRY_CAST"), .value = nullptr, .type = {}};
  cursor.TakeAny();
  RETURN_NOT_OK(cursor.ExpectSymbol("("));
  ARROW_ASSIGN_OR_RAISE(cast.value, ParseExpression(cursor));
  RETURN_NOT_OK(cursor.Expect("AS"));
  ARROW_ASSIGN_OR_RAISE(cast.type, ParseTrinoType(cursor));
  RETURN_NOT_OK(cursor.ExpectSymbol(")"));
  return MakeExpression(at, std::move(cast));
}

Result<ExpressionPtr> ParseExtract(Cursor& cursor) {
  const Position at = cursor.At();
  node::Extract extract;
  cursor.TakeAny();
  RETURN_NOT_OK(cursor.ExpectSymbol("("));
  ARROW_ASSIGN_OR_RAISE(const Name field, cursor.ExpectName());
  extract.field = Lower(field.text);
  RETURN_NOT_OK(cursor.Expect("FROM"));
  ARROW_ASSIGN_OR_RAISE(extract.value, ParseValueExpression(cursor));
  RETURN_NOT_OK(cursor.ExpectSymbol(")"));
  return MakeExpression(at, std::move(extract));
}

ExpressionPtr MakeCall(Position at, std::string_view name,
                       std::vector<ExpressionPtr> values) {
  node::Call call{.name = {Name{.text = std::string(name)}}};
  for (ExpressionPtr& value : values) {
    call.arguments.push_back({.name = {}, .value = std::move(value)});
  }
  return MakeExpression(at, std::move(call));
}

/// TRIM([LEADING | TRAILING | BOTH] [characters] FROM text), TRIM(text [, characters]).
Result<ExpressionPtr> ParseTrim(Cursor& cursor) {
  const Position at = cursor.At();
  cursor.TakeAny();
  RETURN_NOT_OK(cursor.ExpectSymbol("("));
  std::string_view function = "trim";
  const KeywordId side = cursor.TakeOneOf({"LEADING", "TRAILING", "BOTH"});
  if (side != 0 && side != Keyword("BOTH").id()) {
    function = side == Keyword("LEADING").id() ? "ltrim" : "rtrim";
  }
  std::vector<ExpressionPtr> values;
  if (!cursor.Take("FROM")) {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr value, ParseValueExpression(cursor));
    values.push_back(std::move(value));
    const bool is_from = cursor.Take("FROM");
    if (is_from || (side == 0 && cursor.TakeSymbol(","))) {
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr other, ParseValueExpression(cursor));
      values.insert(is_from ? values.begin() : values.end(), std::move(other));
    } else if (side != 0) {
      return cursor.Mismatch();
    }
  } else {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr value, ParseValueExpression(cursor));
    values.push_back(std::move(value));
  }
  RETURN_NOT_OK(cursor.ExpectSymbol(")"));
  return MakeCall(at, function, std::move(values));
}

Result<ExpressionPtr> ParsePositionOf(Cursor& cursor) {
  const Position at = cursor.At();
  cursor.TakeAny();
  RETURN_NOT_OK(cursor.ExpectSymbol("("));
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr part, ParseValueExpression(cursor));
  RETURN_NOT_OK(cursor.Expect("IN"));
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr text, ParseValueExpression(cursor));
  RETURN_NOT_OK(cursor.ExpectSymbol(")"));
  return MakeCall(at, "position", {std::move(part), std::move(text)});
}

Result<ExpressionPtr> ParseNormalize(Cursor& cursor) {
  const Position at = cursor.At();
  cursor.TakeAny();
  RETURN_NOT_OK(cursor.ExpectSymbol("("));
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr value, ParseValueExpression(cursor));
  std::vector<ExpressionPtr> values = {std::move(value)};
  if (cursor.TakeSymbol(",")) {
    const Position form_at = cursor.At();
    const KeywordId form = cursor.TakeOneOf({"NFD", "NFC", "NFKD", "NFKC"});
    if (form == 0) {
      return cursor.Mismatch();
    }
    values.push_back(
        MakeExpression(form_at, node::String{std::string(KeywordText(form))}));
  }
  RETURN_NOT_OK(cursor.ExpectSymbol(")"));
  return MakeCall(at, "normalize", std::move(values));
}

/// GROUPING(a, t.b): names of columns only.
Result<ExpressionPtr> ParseGrouping(Cursor& cursor) {
  const Position at = cursor.At();
  cursor.TakeAny();
  RETURN_NOT_OK(cursor.ExpectSymbol("("));
  std::vector<ExpressionPtr> columns;
  while (columns.empty() ? !cursor.IsSymbol(")") : cursor.TakeSymbol(",")) {
    const Position column_at = cursor.At();
    ARROW_ASSIGN_OR_RAISE(std::vector<Name> names, cursor.ExpectNames());
    ExpressionPtr column = MakeExpression(column_at, node::Column{names[0]});
    for (size_t i = 1; i < names.size(); ++i) {
      column = MakeExpression(column_at, node::Dereference{std::move(column), names[i]});
    }
    columns.push_back(std::move(column));
  }
  RETURN_NOT_OK(cursor.ExpectSymbol(")"));
  return MakeCall(at, "grouping", std::move(columns));
}

Result<ExpressionPtr> ParseArray(Cursor& cursor) {
  const Position at = cursor.At();
  node::Array array;
  if (cursor.Is("ARRAY")) {
    cursor.TakeAny();
  }
  RETURN_NOT_OK(cursor.ExpectSymbol("["));
  if (!cursor.TakeSymbol("]")) {
    ARROW_ASSIGN_OR_RAISE(array.values, ParseExpressions(cursor));
    RETURN_NOT_OK(cursor.ExpectSymbol("]"));
  }
  return MakeExpression(at, std::move(array));
}

Result<ExpressionPtr> ParseRow(Cursor& cursor) {
  const Position at = cursor.At();
  node::Row row;
  cursor.TakeAny();
  RETURN_NOT_OK(cursor.ExpectSymbol("("));
  ARROW_ASSIGN_OR_RAISE(row.values, ParseExpressions(cursor));
  RETURN_NOT_OK(cursor.ExpectSymbol(")"));
  return MakeExpression(at, std::move(row));
}

Result<ExpressionPtr> ParseExists(Cursor& cursor) {
  const Position at = cursor.At();
  cursor.TakeAny();
  ARROW_ASSIGN_OR_RAISE(QueryPtr query, ParseParenthesisedQuery(cursor));
  return MakeExpression(at, node::Exists{std::move(query)});
}

/// CURRENT_DATE, CURRENT_TIMESTAMP(3), …
Result<ExpressionPtr> ParseSpecialValue(Cursor& cursor) {
  const Position at = cursor.At();
  const bool has_precision =
      cursor.IsAny({"CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP"});
  node::SpecialValue value{.name = Lower(cursor.TakeAny().text)};
  if (has_precision && cursor.TakeSymbol("(")) {
    const Position digits_at = cursor.At();
    ARROW_ASSIGN_OR_RAISE(const std::string digits, cursor.ExpectIntegerText());
    int32_t precision = 0;
    const auto parsed =
        std::from_chars(digits.data(), digits.data() + digits.size(), precision);
    if (parsed.ec != std::errc{}) {
      return Cursor::Fail(digits_at, "Invalid precision: " + digits);
    }
    value.precision = precision;
    RETURN_NOT_OK(cursor.ExpectSymbol(")"));
  }
  return MakeExpression(at, std::move(value));
}

Result<ExpressionPtr> ParseNull(Cursor& cursor) {
  const Position at = cursor.At();
  cursor.TakeAny();
  return MakeExpression(at, node::Null{});
}

Result<ExpressionPtr> ParseBoolean(Cursor& cursor) {
  const Position at = cursor.At();
  return MakeExpression(at,
                        node::Boolean{cursor.TakeAny().keyword == Keyword("TRUE").id()});
}

using ParseForm = Result<ExpressionPtr> (*)(Cursor&);
struct Form {
  Keyword word;
  ParseForm parse;
  char opening = '\0';  // must follow for the word to be more than a name
};
constexpr std::array<Form, 29> kForms = {{
    {"NULL", ParseNull},
    {"TRUE", ParseBoolean},
    {"FALSE", ParseBoolean},
    {"CASE", ParseCase},
    {"CAST", ParseCast},
    {"TRY_CAST", ParseCast, '('},
    {"EXTRACT", ParseExtract},
    {"TRIM", ParseTrim},
    {"NORMALIZE", ParseNormalize},
    {"POSITION", ParsePositionOf, '('},
    {"GROUPING", ParseGrouping},
    {"ARRAY", ParseArray, '['},
    {"ROW", ParseRow, '('},
    {"EXISTS", ParseExists},
    {"LISTAGG", ParseListagg},
    {"JSON_EXISTS", ParseJsonFunction},
    {"JSON_VALUE", ParseJsonFunction},
    {"JSON_QUERY", ParseJsonFunction},
    {"JSON_OBJECT", ParseJsonFunction},
    {"JSON_ARRAY", ParseJsonFunction},
    {"CURRENT_DATE", ParseSpecialValue},
    {"CURRENT_TIME", ParseSpecialValue},
    {"CURRENT_TIMESTAMP", ParseSpecialValue},
    {"LOCALTIME", ParseSpecialValue},
    {"LOCALTIMESTAMP", ParseSpecialValue},
    {"CURRENT_USER", ParseSpecialValue},
    {"CURRENT_CATALOG", ParseSpecialValue},
    {"CURRENT_SCHEMA", ParseSpecialValue},
    {"CURRENT_PATH", ParseSpecialValue},
}};

const Form* FindForm(const Cursor& cursor) {
  const KeywordId id = cursor.Peek().keyword;
  if (id == 0) {
    return nullptr;
  }
  for (const Form& form : kForms) {
    if (form.word.id() == id) {
      const bool is_empty_row =  // "row()" calls a function
          form.opening == '(' && id == Keyword("ROW").id() && cursor.IsSymbol(")", 2);
      const bool is_form =
          !is_empty_row &&
          (form.opening == '\0' ||
           cursor.IsSymbol(std::string_view(&form.opening, 1), /*ahead=*/1));
      return is_form ? &form : nullptr;
    }
  }
  return nullptr;
}

// ---- Parentheses

/// (SELECT …), (a), (a, b).
Result<ExpressionPtr> ParseParentheses(Cursor& cursor) {
  const Position at = cursor.At();
  cursor.TakeAny();
  cursor.Note("<query>");
  ARROW_ASSIGN_OR_RAISE(QueryOrExpressions content, ParseQueryOrExpressions(cursor));
  RETURN_NOT_OK(cursor.ExpectSymbol(")"));
  if (auto* query = std::get_if<QueryPtr>(&content)) {
    return MakeExpression(at, node::Subquery{std::move(*query)});
  }
  auto& values = std::get<std::vector<ExpressionPtr>>(content);
  if (values.size() > 1) {
    return MakeExpression(at, node::Row{std::move(values)});
  }
  return std::move(values[0]);
}

Result<ExpressionPtr> ParseWithoutSuffix(Cursor& cursor) {
  const Token& token = cursor.Peek();
  const Position at = cursor.At();
  if (IsNumber(token.kind) || cursor.IsSymbol("-")) {
    return TakeNumber(cursor);
  }
  if (token.kind == TokenKind::kString) {
    return MakeExpression(at, node::String{cursor.TakeAny().text});
  }
  if (token.kind == TokenKind::kBytes) {
    return MakeExpression(at, node::Bytes{cursor.TakeAny().text});
  }
  if (cursor.IsSymbol("?")) {
    cursor.TakeAny();
    return MakeExpression(at, node::Parameter{cursor.next_parameter()});
  }
  if (IsLambda(cursor)) {
    return ParseLambda(cursor);
  }
  if (cursor.IsSymbol("(")) {
    return ParseParentheses(cursor);
  }
  if (cursor.IsSymbol("[")) {
    return ParseArray(cursor);  // the word ARRAY may be left out
  }
  if (IsInterval(cursor)) {
    return ParseInterval(cursor);
  }
  if (IsTypedLiteral(cursor)) {
    return TakeTypedLiteral(cursor);
  }
  if (const Form* form = FindForm(cursor)) {
    return form->parse(cursor);
  }
  if (IsCall(cursor)) {
    return ParseCall(cursor);
  }
  if (!cursor.IsName()) {
    return cursor.Mismatch();
  }
  ARROW_ASSIGN_OR_RAISE(Name name, cursor.ExpectName());
  return MakeExpression(at, node::Column{std::move(name)});
}

}  // namespace

Result<ExpressionPtr> ParsePrimary(Cursor& cursor) {
  const Cursor::Level level(cursor);
  RETURN_NOT_OK(level.Enter());
  cursor.NoteRule("<expression>");
  const Position at = cursor.At();
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr value, ParseWithoutSuffix(cursor));
  for (;;) {
    RETURN_NOT_OK(cursor.Grow());
    if (cursor.TakeSymbol("[")) {
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr index, ParseValueExpression(cursor));
      RETURN_NOT_OK(cursor.ExpectSymbol("]"));
      value = MakeExpression(at, node::Subscript{std::move(value), std::move(index)});
    } else if (!cursor.IsSymbol("*", /*ahead=*/1) && cursor.TakeSymbol(".")) {
      ARROW_ASSIGN_OR_RAISE(Name field, cursor.ExpectName());
      value = MakeExpression(at, node::Dereference{std::move(value), std::move(field)});
    } else {
      return value;
    }
  }
}

Result<QueryOrExpressions> ParseQueryOrExpressions(Cursor& cursor) {
  if (IsQueryStart(cursor)) {
    ARROW_ASSIGN_OR_RAISE(QueryPtr query, ParseQuery(cursor));
    return query;
  }
  const Position at = cursor.At();
  const bool is_parenthesised = cursor.IsSymbol("(");
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr first, ParseExpression(cursor));
  const auto* subquery = std::get_if<node::Subquery>(&first->node);
  if (is_parenthesised && subquery != nullptr && IsQueryTail(cursor)) {
    ARROW_ASSIGN_OR_RAISE(QueryPtr query, ContinueQuery(cursor, at, subquery->query));
    return query;
  }
  std::vector<ExpressionPtr> values = {std::move(first)};
  while (cursor.TakeSymbol(",")) {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr value, ParseExpression(cursor));
    values.push_back(std::move(value));
  }
  return values;
}

}  // namespace tarn::sql
