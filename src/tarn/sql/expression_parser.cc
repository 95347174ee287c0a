#include "tarn/sql/expression_parser.h"

#include <array>
#include <optional>
#include <utility>

#include "tarn/sql/primary_parser.h"
#include "tarn/sql/query_parser.h"

namespace tarn::sql {
namespace {

using node::BinaryOperator;

struct Operator {
  std::string_view symbol;
  BinaryOperator op;
  int precedence = 0;
};
constexpr std::array<Operator, 6> kArithmetic = {{
    {"*", BinaryOperator::kMultiply, 3},
    {"/", BinaryOperator::kDivide, 3},
    {"%", BinaryOperator::kModulus, 3},
    {"+", BinaryOperator::kAdd, 2},
    {"-", BinaryOperator::kSubtract, 2},
    {"||", BinaryOperator::kConcat, 1},
}};
constexpr std::array<Operator, 7> kComparisons = {{
    {"=", BinaryOperator::kEqual},
    {"<>", BinaryOperator::kNotEqual},
    {"!=", BinaryOperator::kNotEqual},
    {"<", BinaryOperator::kLess},
    {"<=", BinaryOperator::kLessOrEqual},
    {">", BinaryOperator::kGreater},
    {">=", BinaryOperator::kGreaterOrEqual},
}};

template <size_t n>
const Operator* FindOperator(const Cursor& cursor, const std::array<Operator, n>& list) {
  if (cursor.Peek().kind != TokenKind::kSymbol) {
    return nullptr;
  }
  for (const Operator& one : list) {
    if (cursor.IsSymbol(one.symbol)) {
      return &one;
    }
  }
  return nullptr;
}

/// primary [AT TIME ZONE 'zone' | interval]…
Result<ExpressionPtr> ParseZoned(Cursor& cursor) {
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr value, ParsePrimary(cursor));
  for (;;) {
    const Position at = cursor.At();
    if (!cursor.Is("TIME", 1) || !cursor.Take("AT")) {
      cursor.Note("AT");
      return value;
    }
    RETURN_NOT_OK(cursor.Grow());
    RETURN_NOT_OK(cursor.Expect({"TIME", "ZONE"}));
    const Position zone_at = cursor.At();
    ExpressionPtr zone;
    if (cursor.Is("INTERVAL")) {
      ARROW_ASSIGN_OR_RAISE(zone, ParsePrimary(cursor));
    } else {
      cursor.Note("INTERVAL");
      ARROW_ASSIGN_OR_RAISE(std::string text, cursor.ExpectString());
      zone = MakeExpression(zone_at, node::String{std::move(text)});
    }
    value = MakeExpression(at, node::AtTimeZone{std::move(value), std::move(zone)});
  }
}

bool IsNumber(TokenKind kind) {
  return kind == TokenKind::kInteger || kind == TokenKind::kDecimal ||
         kind == TokenKind::kDouble;
}

/// [+ | -]… value. A minus in front of a number is the number's own.
Result<ExpressionPtr> ParseSigned(Cursor& cursor) {
  std::vector<std::pair<Position, node::UnaryOperator>> signs;
  cursor.NoteRule("<expression>");
  while (cursor.IsSymbol("+") ||
         (cursor.IsSymbol("-") && !IsNumber(cursor.Peek(1).kind))) {
    signs.emplace_back(cursor.At(), cursor.IsSymbol("+") ? node::UnaryOperator::kPlus
                                                         : node::UnaryOperator::kMinus);
    cursor.TakeAny();
    cursor.NoteRule("<expression>");
  }
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr value, ParseZoned(cursor));
  for (; !signs.empty(); signs.pop_back()) {
    RETURN_NOT_OK(cursor.Grow());
    value = MakeExpression(signs.back().first,
                           node::Unary{signs.back().second, std::move(value)});
  }
  return value;
}

/// Operators of at least `precedence`: a chain of them is a loop.
Result<ExpressionPtr> ParseArithmetic(Cursor& cursor, int precedence) {
  const Cursor::Tree tree(cursor);
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr left, ParseSigned(cursor));
  for (;;) {
    const Operator* op = FindOperator(cursor, kArithmetic);
    if (op == nullptr) {
      for (const Operator& one : kArithmetic) {
        cursor.Note(one.symbol);
      }
      return left;
    }
    if (op->precedence < precedence) {
      return left;
    }
    const Position at = cursor.At();
    cursor.TakeAny();
    RETURN_NOT_OK(cursor.Grow());
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr right,
                          ParseArithmetic(cursor, op->precedence + 1));
    left = MakeExpression(at, node::Binary{op->op, std::move(left), std::move(right)});
  }
}

Result<ExpressionPtr> ParseComparison(Cursor& cursor, ExpressionPtr value,
                                      BinaryOperator op) {
  const Position at = cursor.At();
  cursor.TakeAny();
  if (cursor.IsAny({"ALL", "ANY", "SOME"}) && cursor.IsSymbol("(", 1) &&
      IsQueryStart(cursor, 2)) {
    const auto quantifier =
        cursor.Is("ALL") ? node::Quantifier::kAll : node::Quantifier::kAny;
    cursor.TakeAny();
    ARROW_ASSIGN_OR_RAISE(QueryPtr query, ParseParenthesisedQuery(cursor));
    return MakeExpression(
        at, node::Quantified{op, quantifier, std::move(value), std::move(query)});
  }
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr right, ParseValueExpression(cursor));
  return MakeExpression(at, node::Binary{op, std::move(value), std::move(right)});
}

Result<ExpressionPtr> ParseBetween(Cursor& cursor, Position at, bool is_negated,
                                   ExpressionPtr value) {
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr low, ParseValueExpression(cursor));
  RETURN_NOT_OK(cursor.Expect("AND"));
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr high, ParseValueExpression(cursor));
  return MakeExpression(
      at, node::Between{is_negated, std::move(value), std::move(low), std::move(high)});
}

Result<ExpressionPtr> ParseIn(Cursor& cursor, Position at, bool is_negated,
                              ExpressionPtr value) {
  RETURN_NOT_OK(cursor.ExpectSymbol("("));
  cursor.Note("<query>");
  ARROW_ASSIGN_OR_RAISE(QueryOrExpressions content, ParseQueryOrExpressions(cursor));
  RETURN_NOT_OK(cursor.ExpectSymbol(")"));
  if (auto* query = std::get_if<QueryPtr>(&content)) {
    return MakeExpression(at,
                          node::InQuery{is_negated, std::move(value), std::move(*query)});
  }
  return MakeExpression(
      at, node::InList{is_negated, std::move(value),
                       std::get<std::vector<ExpressionPtr>>(std::move(content))});
}

Result<ExpressionPtr> ParseLike(Cursor& cursor, Position at, bool is_negated,
                                ExpressionPtr value) {
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr pattern, ParseValueExpression(cursor));
  ExpressionPtr escape;
  if (cursor.Take("ESCAPE")) {
    ARROW_ASSIGN_OR_RAISE(escape, ParseValueExpression(cursor));
  }
  return MakeExpression(at, node::Like{is_negated, std::move(value), std::move(pattern),
                                       std::move(escape)});
}

/// IS [NOT] NULL | DISTINCT FROM x; and, as later versions have it, | TRUE | FALSE |
/// UNKNOWN.
Result<ExpressionPtr> ParseIs(Cursor& cursor, Position at, ExpressionPtr value) {
  const bool is_negated = cursor.Take("NOT");
  if (cursor.IsAny({"TRUE", "FALSE"})) {
    const Position literal_at = cursor.At();
    const bool is_true = cursor.Is("TRUE");
    cursor.TakeAny();
    const auto op =
        is_negated ? BinaryOperator::kDistinctFrom : BinaryOperator::kNotDistinctFrom;
    return MakeExpression(
        at, node::Binary{op, std::move(value),
                         MakeExpression(literal_at, node::Boolean{is_true})});
  }
  if (cursor.Take("DISTINCT")) {
    RETURN_NOT_OK(cursor.Expect("FROM"));
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr right, ParseValueExpression(cursor));
    const auto op =
        is_negated ? BinaryOperator::kNotDistinctFrom : BinaryOperator::kDistinctFrom;
    return MakeExpression(at, node::Binary{op, std::move(value), std::move(right)});
  }
  if (cursor.Is("UNKNOWN")) {
    cursor.TakeAny();
  } else {
    RETURN_NOT_OK(cursor.Expect("NULL"));
  }
  return MakeExpression(at, node::IsNull{is_negated, std::move(value)});
}

/// value [comparison | BETWEEN | IN | LIKE | IS]: one at most.
Result<ExpressionPtr> ParsePredicated(Cursor& cursor) {
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr value, ParseValueExpression(cursor));
  if (const Operator* op = FindOperator(cursor, kComparisons)) {
    RETURN_NOT_OK(cursor.Grow());
    return ParseComparison(cursor, std::move(value), op->op);
  }
  const Position at = cursor.At();
  // "DEFAULT 1 NOT NULL" is about a column.
  const bool is_negated = cursor.Is("NOT") && !cursor.Is("NULL", /*ahead=*/1);
  if (!is_negated && !cursor.IsAny({"BETWEEN", "IN", "LIKE", "IS"})) {
    cursor.Note("<predicate>");
    return value;
  }
  RETURN_NOT_OK(cursor.Grow());
  if (is_negated) {
    cursor.TakeAny();
    if (!cursor.IsAny({"BETWEEN", "IN", "LIKE"})) {
      cursor.Note("BETWEEN");
      cursor.Note("IN");
      return cursor.Expect("LIKE");
    }
  }
  const KeywordId word = cursor.TakeAny().keyword;
  if (word == Keyword("BETWEEN").id()) {
    return ParseBetween(cursor, at, is_negated, std::move(value));
  }
  if (word == Keyword("IN").id()) {
    return ParseIn(cursor, at, is_negated, std::move(value));
  }
  if (word == Keyword("LIKE").id()) {
    return ParseLike(cursor, at, is_negated, std::move(value));
  }
  return ParseIs(cursor, at, std::move(value));
}

/// [NOT]… predicate.
Result<ExpressionPtr> ParseNegated(Cursor& cursor) {
  const Cursor::Tree tree(cursor);
  std::vector<Position> negations;
  cursor.NoteRule("<expression>");
  while (cursor.Is("NOT")) {
    negations.push_back(cursor.At());
    cursor.TakeAny();
    cursor.NoteRule("<expression>");
  }
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr value, ParsePredicated(cursor));
  for (; !negations.empty(); negations.pop_back()) {
    RETURN_NOT_OK(cursor.Grow());
    value = MakeExpression(negations.back(),
                           node::Unary{node::UnaryOperator::kNot, std::move(value)});
  }
  return value;
}

/// Terms of `word`, each read by `parse_term`.
template <typename ParseTerm>
Result<ExpressionPtr> ParseLogical(Cursor& cursor, Keyword word, ParseTerm parse_term) {
  const Cursor::Tree tree(cursor);
  const Position at = cursor.At();
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr first, parse_term(cursor));
  if (!cursor.Take(word)) {
    return first;
  }
  RETURN_NOT_OK(cursor.Grow());
  std::vector<ExpressionPtr> terms = {std::move(first)};
  do {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr term, parse_term(cursor));
    terms.push_back(std::move(term));
  } while (cursor.Take(word));
  return MakeExpression(
      at, node::Logical{word.id() == Keyword("AND").id(), std::move(terms)});
}

Result<ExpressionPtr> ParseConjunction(Cursor& cursor) {
  return ParseLogical(cursor, "AND", ParseNegated);
}

}  // namespace

Result<ExpressionPtr> ParseExpression(Cursor& cursor) {
  return ParseLogical(cursor, "OR", ParseConjunction);
}

Result<ExpressionPtr> ParseValueExpression(Cursor& cursor) {
  return ParseArithmetic(cursor, /*precedence=*/1);
}

Result<std::vector<ExpressionPtr>> ParseExpressions(Cursor& cursor) {
  std::vector<ExpressionPtr> list;
  do {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr expression, ParseExpression(cursor));
    list.push_back(std::move(expression));
  } while (cursor.TakeSymbol(","));
  return list;
}

Result<SortItem> ParseSortItem(Cursor& cursor) {
  SortItem item;
  ARROW_ASSIGN_OR_RAISE(item.value, ParseExpression(cursor));
  if (!cursor.Take("ASC") && cursor.Take("DESC")) {
    item.direction = SortDirection::kDescending;
  }
  if (cursor.Take("NULLS")) {
    item.nulls = cursor.Take("FIRST") ? NullOrder::kFirst : NullOrder::kLast;
    if (item.nulls == NullOrder::kLast) {
      RETURN_NOT_OK(cursor.Expect("LAST"));
    }
  }
  return item;
}

Result<std::vector<SortItem>> ParseSortItems(Cursor& cursor) {
  std::vector<SortItem> items;
  do {
    ARROW_ASSIGN_OR_RAISE(SortItem item, ParseSortItem(cursor));
    items.push_back(std::move(item));
  } while (cursor.TakeSymbol(","));
  return items;
}

Result<ExpressionPtr> ParseExpression(std::string_view text) {
  Cursor cursor(text);
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr expression, ParseExpression(cursor));
  if (!cursor.AtEnd()) {
    cursor.Note("<EOF>");
    return cursor.Mismatch();
  }
  return expression;
}

bool IsQueryStart(const Cursor& cursor, size_t ahead) {
  return cursor.IsAny({"SELECT", "VALUES", "WITH"}, ahead) ||
         (cursor.Is("TABLE", ahead) && cursor.IsName(ahead + 1));
}

}  // namespace tarn::sql
