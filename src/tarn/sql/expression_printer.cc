#include "tarn/sql/internal/expression_printer.h"

#include <array>
#include <charconv>
#include <string>

#include "tarn/sql/letter_case.h"
#include "tarn/sql/printer.h"

namespace tarn::sql {
namespace {

std::string_view OperatorText(node::BinaryOperator op) {
  using node::BinaryOperator;
  switch (op) {
    case BinaryOperator::kAdd:
      return "+";
    case BinaryOperator::kSubtract:
      return "-";
    case BinaryOperator::kMultiply:
      return "*";
    case BinaryOperator::kDivide:
      return "/";
    case BinaryOperator::kModulus:
      return "%";
    case BinaryOperator::kConcat:
      return "||";
    case BinaryOperator::kEqual:
      return "=";
    case BinaryOperator::kNotEqual:
      return "<>";
    case BinaryOperator::kLess:
      return "<";
    case BinaryOperator::kLessOrEqual:
      return "<=";
    case BinaryOperator::kGreater:
      return ">";
    case BinaryOperator::kGreaterOrEqual:
      return ">=";
    case BinaryOperator::kDistinctFrom:
    case BinaryOperator::kNotDistinctFrom:
      return "IS DISTINCT FROM";
  }
  return "";
}

/// 1e10 as Java writes it: 1E10.
std::string DoubleText(const std::string& text) {
  double value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc{}) {
    return text;  // out of range: it stays as it is
  }
  std::array<char, 64> buffer = {};
  const auto printed = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                     std::chars_format::scientific);
  const std::string shortest(buffer.data(), printed.ptr);
  const size_t e = shortest.find('e');
  int exponent = 0;
  const size_t digits = e + (shortest[e + 1] == '+' ? 2 : 1);
  std::from_chars(shortest.data() + digits, shortest.data() + shortest.size(), exponent);
  return shortest.substr(0, e) + "E" + std::to_string(exponent);
}

/// Prints one node; the nodes that negate wrap what they negate.
class ExpressionPrinter {
 public:
  explicit ExpressionPrinter(std::string* out) : out_(*out) {}

  void operator()(const node::Null& /*null*/) { out_ += "null"; }
  void operator()(const node::Boolean& literal) {
    out_ += literal.value ? "true" : "false";
  }
  void operator()(const node::Integer& literal) { out_ += literal.text; }
  void operator()(const node::Decimal& literal) {
    out_ += "DECIMAL '" + literal.text + "'";
  }
  void operator()(const node::Double& literal) { out_ += DoubleText(literal.text); }
  void operator()(const node::String& literal) { out_ += QuotedText(literal.value); }
  void operator()(const node::Bytes& literal) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    out_ += "X'";
    for (const char c : literal.bytes) {
      const auto byte = static_cast<unsigned char>(c);
      out_ += kDigits[byte / 16U];
      out_ += kDigits[byte % 16U];
    }
    out_ += "'";
  }
  void operator()(const node::TypedLiteral& literal) {
    std::string type = literal.type_text;
    if (literal.type.name == "decimal") {
      type = "DECIMAL";
    } else if (type.empty()) {
      type = PrintName({.text = literal.type.name, .is_quoted = true});
    }
    out_ += type + " " + QuotedText(literal.value);
  }
  void operator()(const node::Interval& interval) {
    out_ += interval.is_negative ? "INTERVAL -" : "INTERVAL ";
    out_ += QuotedText(interval.value) + " " + Upper(interval.from);
    if (interval.to.has_value()) {
      out_ += " TO " + Upper(*interval.to);
    }
  }
  void operator()(const node::Parameter& /*parameter*/) { out_ += "?"; }
  void operator()(const node::Column& column) { out_ += PrintName(column.name); }
  void operator()(const node::Dereference& field) {
    AppendBase(*field.base);
    out_ += "." + PrintName(field.field);
  }
  void operator()(const node::Subscript& subscript) {
    if (const auto* row = std::get_if<node::Row>(&subscript.base->node)) {
      AppendRow("ROW(", *row);
    } else {
      AppendBase(*subscript.base);
    }
    out_ += "[";
    AppendExpression(*subscript.index, &out_);
    out_ += "]";
  }
  void operator()(const node::Unary& unary) {
    if (unary.op == node::UnaryOperator::kNot) {
      Parenthesised("NOT ", *unary.value);
    } else if (unary.op == node::UnaryOperator::kMinus) {
      out_ += "-";
      Parenthesised("", *unary.value);
    } else {
      out_ += "+";
      const bool is_signed = std::holds_alternative<node::Integer>(unary.value->node) ||
                             std::holds_alternative<node::Unary>(unary.value->node);
      is_signed ? Parenthesised("", *unary.value) : AppendExpression(*unary.value, &out_);
    }
  }
  void operator()(const node::Binary& binary) {
    if (binary.op == node::BinaryOperator::kConcat) {
      out_ += "concat(";
      AppendExpressions({binary.left, binary.right}, ", ", &out_);
      out_ += ")";
      return;
    }
    const Negation negation(out_, binary.op == node::BinaryOperator::kNotDistinctFrom);
    out_ += "(";
    AppendExpression(*binary.left, &out_);
    out_ += " " + std::string(OperatorText(binary.op)) + " ";
    AppendExpression(*binary.right, &out_);
    out_ += ")";
  }
  void operator()(const node::Logical& logical) {
    out_ += "(";
    AppendExpressions(logical.terms, logical.is_and ? " AND " : " OR ", &out_);
    out_ += ")";
  }
  void operator()(const node::Quantified& quantified) {
    out_ += "(";
    AppendExpression(*quantified.value, &out_);
    out_ += " " + std::string(OperatorText(quantified.op));
    out_ += quantified.quantifier == node::Quantifier::kAll ? " ALL " : " ANY ";
    AppendSubquery(*quantified.query);
    out_ += ")";
  }
  void operator()(const node::Between& between) {
    const Negation negation(out_, between.is_negated);
    out_ += "(";
    AppendExpression(*between.value, &out_);
    out_ += " BETWEEN ";
    AppendExpressions({between.low, between.high}, " AND ", &out_);
    out_ += ")";
  }
  void operator()(const node::InList& in) {
    const Negation negation(out_, in.is_negated);
    out_ += "(";
    AppendExpression(*in.value, &out_);
    out_ += " IN (";
    AppendExpressions(in.list, ", ", &out_);
    out_ += "))";
  }
  void operator()(const node::InQuery& in) {
    const Negation negation(out_, in.is_negated);
    out_ += "(";
    AppendExpression(*in.value, &out_);
    out_ += " IN ";
    AppendSubquery(*in.query);
    out_ += ")";
  }
  void operator()(const node::Like& like) {
    const Negation negation(out_, like.is_negated);
    out_ += "(";
    AppendExpression(*like.value, &out_);
    out_ += " LIKE ";
    AppendExpression(*like.pattern, &out_);
    if (like.escape != nullptr) {
      out_ += " ESCAPE ";
      AppendExpression(*like.escape, &out_);
    }
    out_ += ")";
  }
  void operator()(const node::IsNull& is_null) {
    out_ += "(";
    AppendExpression(*is_null.value, &out_);
    out_ += is_null.is_negated ? " IS NOT NULL)" : " IS NULL)";
  }
  void operator()(const node::Exists& exists) {
    out_ += "(EXISTS ";
    AppendSubquery(*exists.query);
    out_ += ")";
  }
  void operator()(const node::Subquery& subquery) { AppendSubquery(*subquery.query); }
  void operator()(const node::Case& value) {
    out_ += "(CASE ";
    if (value.operand != nullptr) {
      AppendExpression(*value.operand, &out_);
      out_ += " ";
    }
    for (const node::When& when : value.whens) {
      out_ += "WHEN ";
      AppendExpression(*when.condition, &out_);
      out_ += " THEN ";
      AppendExpression(*when.result, &out_);
      out_ += " ";
    }
    if (value.otherwise != nullptr) {
      out_ += "ELSE ";
      AppendExpression(*value.otherwise, &out_);
      out_ += " ";
    }
    out_ += "END)";
  }
  void operator()(const node::Cast& cast) {
    out_ += cast.is_try ? "TRY_CAST(" : "CAST(";
    AppendExpression(*cast.value, &out_);
    out_ += " AS " + PrintType(cast.type) + ")";
  }
  void operator()(const node::Extract& extract) {
    out_ += "EXTRACT(" + PrintName({.text = Upper(extract.field)}) + " FROM ";
    AppendExpression(*extract.value, &out_);
    out_ += ")";
  }
  void operator()(const node::AtTimeZone& at) {
    if (std::holds_alternative<node::Unary>(at.value->node)) {
      Parenthesised("", *at.value);
    } else {
      AppendExpression(*at.value, &out_);
    }
    out_ += " AT TIME ZONE ";
    AppendExpression(*at.zone, &out_);
  }
  void operator()(const node::Array& array) {
    out_ += "ARRAY[";
    for (size_t i = 0; i < array.values.size(); ++i) {
      out_ += i == 0 ? "" : ",";
      if (const auto* row = std::get_if<node::Row>(&array.values[i]->node)) {
        AppendRow("ROW(", *row);
      } else {
        AppendExpression(*array.values[i], &out_);
      }
    }
    out_ += "]";
  }
  void operator()(const node::Row& row) { AppendRow("ROW (", row); }
  void operator()(const node::Lambda& lambda) {
    out_ += PrintNameList(lambda.parameters) + " -> ";
    AppendExpression(*lambda.body, &out_);
  }
  void operator()(const node::SpecialValue& special) {
    const bool is_time = special.name.find("date") != std::string::npos ||
                         special.name.find("time") != std::string::npos;
    out_ += is_time ? special.name : Upper(special.name);
    if (special.precision.has_value()) {
      out_ += "(" + std::to_string(*special.precision) + ")";
    }
  }
  void operator()(const node::Call& call) { AppendCall(call, &out_); }
  void operator()(const node::JsonPath& call) { AppendJsonPath(call, &out_); }
  void operator()(const node::JsonConstructor& call) {
    AppendJsonConstructor(call, &out_);
  }

 private:
  /// "(NOT " and ")" around what is printed while it lives.
  class Negation {
   public:
    Negation(std::string& out, bool is_negated) : out_(out), is_negated_(is_negated) {
      out_ += is_negated_ ? "(NOT " : "";
    }
    ~Negation() { out_ += is_negated_ ? ")" : ""; }
    Negation(const Negation&) = delete;
    Negation& operator=(const Negation&) = delete;

   private:
    std::string& out_;
    bool is_negated_;
  };

  void AppendRow(std::string_view opening, const node::Row& row) {
    out_ += opening;
    AppendExpressions(row.values, ", ", &out_);
    out_ += ")";
  }

  void Parenthesised(std::string_view before, const Expression& value) {
    out_ += "(" + std::string(before);
    AppendExpression(value, &out_);
    out_ += ")";
  }

  void AppendSubquery(const Query& query) {
    out_ += "(";
    AppendQuery(query, /*indent=*/0, &out_);
    out_ += ")";
  }

  /// What [index] or .field follows: in parentheses where these would bind otherwise.
  void AppendBase(const Expression& base) {
    const bool binds_less = std::holds_alternative<node::Unary>(base.node) ||
                            std::holds_alternative<node::AtTimeZone>(base.node) ||
                            std::holds_alternative<node::Lambda>(base.node);
    binds_less ? Parenthesised("", base) : AppendExpression(base, &out_);
  }

  std::string& out_;
};

}  // namespace

void AppendExpression(const Expression& expression, std::string* out) {
  ExpressionPrinter printer(out);
  std::visit(printer, expression.node);
}

void AppendExpressions(const std::vector<ExpressionPtr>& list, std::string_view separator,
                       std::string* out) {
  for (size_t i = 0; i < list.size(); ++i) {
    *out += i == 0 ? "" : separator;
    AppendExpression(*list[i], out);
  }
}

void AppendSortItems(const std::vector<SortItem>& items, std::string* out) {
  for (size_t i = 0; i < items.size(); ++i) {
    const SortItem& item = items[i];
    *out += i == 0 ? "" : ", ";
    AppendExpression(*item.value, out);
    *out += item.direction == SortDirection::kAscending ? " ASC" : " DESC";
    *out += item.nulls == NullOrder::kFirst  ? " NULLS FIRST"
            : item.nulls == NullOrder::kLast ? " NULLS LAST"
                                             : "";
  }
}

std::string PrintExpression(const Expression& expression) {
  std::string text;
  AppendExpression(expression, &text);
  return text;
}

}  // namespace tarn::sql
