#include "tarn/sql/filter.h"

#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include "tarn/base/error.h"
#include "tarn/iceberg/value.h"
#include "tarn/sql/token_stream.h"

namespace tarn::sql {
namespace {

using iceberg::Expression;
using iceberg::Operation;
using iceberg::Type;
using iceberg::Value;

constexpr int kDepthMax = 200;

struct Literal {
  Type type;
  Value value;
};

struct Comparison {
  std::string_view symbol;
  Operation op;
  Operation mirrored;  // when the literal stands on the left
};
constexpr Comparison kComparisons[] = {
    {"=", Operation::kEqual, Operation::kEqual},
    {"==", Operation::kEqual, Operation::kEqual},
    {"<>", Operation::kNotEqual, Operation::kNotEqual},
    {"!=", Operation::kNotEqual, Operation::kNotEqual},
    {"<=", Operation::kLessEqual, Operation::kGreaterEqual},
    {">=", Operation::kGreaterEqual, Operation::kLessEqual},
    {"<", Operation::kLess, Operation::kGreater},
    {">", Operation::kGreater, Operation::kLess},
};

class FilterParser {
 public:
  explicit FilterParser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  Result<Expression> Parse() {
    ARROW_ASSIGN_OR_RAISE(Expression expression, ParseOr(0));
    if (!tokens_.AtEnd()) {
      return tokens_.Mismatch("'AND', 'OR' or the end");
    }
    return expression;
  }

 private:
  Result<Expression> ParseOr(int depth) {
    ARROW_ASSIGN_OR_RAISE(Expression left, ParseAnd(depth));
    while (tokens_.TakeKeywords({"or"})) {
      ARROW_ASSIGN_OR_RAISE(Expression right, ParseAnd(depth));
      left = iceberg::Or(std::move(left), std::move(right));
    }
    return left;
  }

  Result<Expression> ParseAnd(int depth) {
    ARROW_ASSIGN_OR_RAISE(Expression left, ParseNot(depth));
    while (tokens_.TakeKeywords({"and"})) {
      ARROW_ASSIGN_OR_RAISE(Expression right, ParseNot(depth));
      left = iceberg::And(std::move(left), std::move(right));
    }
    return left;
  }

  Result<Expression> ParseNot(int depth) {
    if (depth > kDepthMax) {
      return tokens_.Mismatch("a filter nested less deeply");
    }
    if (tokens_.TakeKeywords({"not"})) {
      ARROW_ASSIGN_OR_RAISE(Expression child, ParseNot(depth + 1));
      return iceberg::Not(std::move(child));
    }
    if (tokens_.TakeSymbol("(")) {
      ARROW_ASSIGN_OR_RAISE(Expression child, ParseOr(depth + 1));
      RETURN_NOT_OK(tokens_.ExpectSymbol(")"));
      return child;
    }
    return ParsePredicate();
  }

  bool AtColumn() const {
    const Token& token = tokens_.Peek();
    if (token.kind == TokenKind::kQuotedName) {
      return true;
    }
    if (token.kind != TokenKind::kWord) {
      return false;
    }
    const bool constant = tokens_.PeekKeyword("true") || tokens_.PeekKeyword("false") ||
                          tokens_.PeekKeyword("null");
    const bool typed = tokens_.Peek(1).kind == TokenKind::kString;  // DATE '…'
    return !constant && !typed;
  }

  Result<std::string> ParseColumn() {
    ARROW_ASSIGN_OR_RAISE(QualifiedName name, tokens_.ExpectQualifiedName());
    std::string full_name;
    for (const std::string& part : name.parts) {
      full_name += (full_name.empty() ? "" : ".") + part;
    }
    return full_name;
  }

  Result<Expression> ParsePredicate() {
    if (AtColumn()) {
      ARROW_ASSIGN_OR_RAISE(std::string column, ParseColumn());
      return ParseAfterColumn(std::move(column));
    }
    const bool constant = tokens_.PeekKeyword("true") || tokens_.PeekKeyword("false");
    ARROW_ASSIGN_OR_RAISE(Literal literal, ParseLiteral());
    for (const Comparison& comparison : kComparisons) {
      if (!tokens_.TakeSymbol(comparison.symbol)) {
        continue;
      }
      if (!AtColumn()) {
        return tokens_.Mismatch("a column");
      }
      ARROW_ASSIGN_OR_RAISE(std::string column, ParseColumn());
      return iceberg::Predicate(comparison.mirrored, std::move(column), literal.type,
                                {literal.value});
    }
    if (!constant) {
      return tokens_.Mismatch("a comparison");
    }
    return std::get<bool>(literal.value) ? iceberg::AlwaysTrue() : iceberg::AlwaysFalse();
  }

  Result<Expression> ParseAfterColumn(std::string column) {
    for (const Comparison& comparison : kComparisons) {
      if (!tokens_.TakeSymbol(comparison.symbol)) {
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(Literal literal, ParseLiteral());
      return iceberg::Predicate(comparison.op, std::move(column), literal.type,
                                {literal.value});
    }
    if (tokens_.TakeKeywords({"is", "not", "null"})) {
      return iceberg::Unary(Operation::kNotNull, std::move(column));
    }
    if (tokens_.TakeKeywords({"is", "null"})) {
      return iceberg::Unary(Operation::kIsNull, std::move(column));
    }
    const bool negated = tokens_.TakeKeywords({"not"});
    if (tokens_.TakeKeywords({"between"})) {
      return ParseBetween(std::move(column), negated);
    }
    if (tokens_.TakeKeywords({"in"})) {
      return ParseIn(std::move(column), negated);
    }
    if (tokens_.TakeKeywords({"like"})) {
      return ParseLike(std::move(column), negated);
    }
    return tokens_.Mismatch("a comparison, IS NULL, BETWEEN, IN or LIKE");
  }

  Result<Expression> ParseBetween(std::string column, bool negated) {
    ARROW_ASSIGN_OR_RAISE(Literal low, ParseLiteral());
    RETURN_NOT_OK(tokens_.ExpectKeyword("and"));
    ARROW_ASSIGN_OR_RAISE(Literal high, ParseLiteral());
    Expression between = iceberg::And(
        iceberg::Predicate(Operation::kGreaterEqual, column, low.type, {low.value}),
        iceberg::Predicate(Operation::kLessEqual, column, high.type, {high.value}));
    return negated ? iceberg::Not(std::move(between)) : std::move(between);
  }

  Result<Expression> ParseIn(std::string column, bool negated) {
    RETURN_NOT_OK(tokens_.ExpectSymbol("("));
    // One predicate per value: literals of one list may be written with different types
    // (1, 2.5).
    Expression any = iceberg::AlwaysFalse();
    do {
      ARROW_ASSIGN_OR_RAISE(Literal literal, ParseLiteral());
      any = iceberg::Or(
          std::move(any),
          iceberg::Predicate(Operation::kEqual, column, literal.type, {literal.value}));
    } while (tokens_.TakeSymbol(","));
    RETURN_NOT_OK(tokens_.ExpectSymbol(")"));
    return negated ? iceberg::Not(std::move(any)) : std::move(any);
  }

  Result<Expression> ParseLike(std::string column, bool negated) {
    ARROW_ASSIGN_OR_RAISE(std::string pattern, tokens_.ExpectString());
    const size_t wildcard = pattern.find_first_of("%_");
    Operation op = Operation::kEqual;
    if (wildcard != std::string::npos) {
      if (wildcard + 1 != pattern.size() || pattern[wildcard] != '%') {
        return MakeError(
            ErrorCode::kNotSupported,
            "only LIKE 'prefix%' can be planned with, not LIKE '" + pattern + "'");
      }
      pattern.pop_back();
      op = Operation::kStartsWith;
    }
    Expression like = iceberg::Predicate(op, std::move(column), Type::String(),
                                         {Value(std::move(pattern))});
    return negated ? iceberg::Not(std::move(like)) : std::move(like);
  }

  Result<Literal> ParseLiteral() {
    const bool negative = tokens_.TakeSymbol("-");
    const Token& token = tokens_.Peek();
    if (token.kind == TokenKind::kInteger || token.kind == TokenKind::kDecimal ||
        token.kind == TokenKind::kDouble) {
      return ParseNumber(negative);
    }
    if (negative) {
      return tokens_.Mismatch("<number>");
    }
    if (token.kind == TokenKind::kString) {
      return Literal{Type::String(), Value(tokens_.Take().text)};
    }
    if (tokens_.TakeKeywords({"true"})) {
      return Literal{Type::Boolean(), Value(true)};
    }
    if (tokens_.TakeKeywords({"false"})) {
      return Literal{Type::Boolean(), Value(false)};
    }
    if (tokens_.Peek(1).kind == TokenKind::kString) {
      return ParseTyped();
    }
    return tokens_.Mismatch("<literal>");
  }

  Result<Literal> ParseTyped() {
    struct Typed {
      std::string_view keyword;
      Type type;
    };
    const Typed types[] = {{"date", Type::Date()},
                           {"time", Type::Time()},
                           {"timestamp", Type::Timestamp()},
                           {"uuid", Type::Uuid()}};
    for (const Typed& typed : types) {
      if (!tokens_.TakeKeywords({typed.keyword})) {
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(const std::string text, tokens_.ExpectString());
      auto value = iceberg::ValueFromString(typed.type, text);
      if (value.ok() || typed.type.id() != iceberg::TypeId::kTimestamp) {
        ARROW_ASSIGN_OR_RAISE(Value plain, std::move(value));
        return Literal{typed.type, std::move(plain)};
      }
      ARROW_ASSIGN_OR_RAISE(Value zoned,
                            iceberg::ValueFromString(Type::TimestampTz(), text));
      return Literal{Type::TimestampTz(), std::move(zoned)};
    }
    return tokens_.Mismatch("DATE, TIME, TIMESTAMP or UUID before a quoted text");
  }

  Result<Literal> ParseNumber(bool negative) {
    const Token token = tokens_.Take();
    const std::string text = (negative ? "-" : "") + token.text;
    if (token.kind == TokenKind::kInteger) {
      int64_t value = 0;
      const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
      if (parsed.ec == std::errc{}) {
        return Literal{Type::Long(), Value(value)};
      }
    }
    if (token.kind == TokenKind::kDouble) {
      ARROW_ASSIGN_OR_RAISE(Value value, iceberg::ValueFromString(Type::Double(), text));
      return Literal{Type::Double(), std::move(value)};
    }
    const size_t dot = token.text.find('.');
    const auto scale =
        dot == std::string::npos ? 0 : static_cast<int32_t>(token.text.size() - dot - 1);
    if (token.text.size() > 38) {
      return tokens_.Mismatch("a number of at most 38 digits");
    }
    const Type type = Type::Decimal(38, scale);
    ARROW_ASSIGN_OR_RAISE(Value value, iceberg::ValueFromString(type, text));
    return Literal{type, std::move(value)};
  }

  TokenStream tokens_;
};

}  // namespace

Result<iceberg::Expression> ParseFilter(std::string_view text) {
  ARROW_ASSIGN_OR_RAISE(auto tokens, Tokenize(text));
  return FilterParser(std::move(tokens)).Parse();
}

}  // namespace tarn::sql
