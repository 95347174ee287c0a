// Expressions of Trino's grammar as plain values. Trees are immutable and shared: a
// prepared statement's text is parsed once. `at` is the place where Trino's errors of
// meaning point to: the operator of Binary (AND and OR aside), Quantified, Between,
// InList, InQuery, Like, IsNull and AtTimeZone ("a NOT IN (…)": its NOT), the first token
// of all others.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tarn/sql/ast.h"
#include "tarn/sql/tree_parts.h"

namespace tarn::sql {

/// All kinds of expressions.
namespace node {

struct Null {};
struct Boolean {
  bool value;
};
/// Numbers keep their text: what type they have is a matter of meaning. A minus sign in
/// front of digits is part of the number, as in Trino: "-9223372036854775808" is one.
struct Integer {
  std::string text;  // digits, without underscores; also 0xFF, 0o17, 0b1, -5
};
struct Decimal {
  std::string text;
};
struct Double {
  std::string text;
};
struct String {
  std::string value;
};
struct Bytes {
  std::string bytes;  // X'…'
};
/// DATE '2024-01-01', DECIMAL '1.2', JSON '…'.
struct TypedLiteral {
  TypeName type;
  std::string value;
  std::string type_text = {};  // as written, for printing
};
/// INTERVAL [+|-] 'value' FROM [TO to]; fields are lower case: "year", "day", "second".
struct Interval {
  bool is_negative = false;
  std::string value;
  std::string from;
  std::optional<std::string> to = {};
};
/// "?", counted from 0 in the order of the text.
struct Parameter {
  int32_t index;
};

struct Column {
  Name name;
};
/// base.field: a column of a table or a field of a row.
struct Dereference {
  ExpressionPtr base;
  Name field;
};
struct Subscript {
  ExpressionPtr base;
  ExpressionPtr index;
};

enum class UnaryOperator : uint8_t { kPlus, kMinus, kNot };
struct Unary {
  UnaryOperator op;
  ExpressionPtr value;
};
enum class BinaryOperator : uint8_t {
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulus,
  kConcat,
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kDistinctFrom,
  kNotDistinctFrom,
};
struct Binary {
  BinaryOperator op;
  ExpressionPtr left;
  ExpressionPtr right;
};
/// a AND b AND c: two terms at least.
struct Logical {
  bool is_and;
  std::vector<ExpressionPtr> terms;
};
enum class Quantifier : uint8_t { kAll, kAny };
struct Quantified {
  BinaryOperator op;  // a comparison
  Quantifier quantifier;
  ExpressionPtr value;
  QueryPtr query;
};
struct Between {
  bool is_negated;
  ExpressionPtr value;
  ExpressionPtr low;
  ExpressionPtr high;
};
struct InList {
  bool is_negated;
  ExpressionPtr value;
  std::vector<ExpressionPtr> list;
};
struct InQuery {
  bool is_negated;
  ExpressionPtr value;
  QueryPtr query;
};
struct Like {
  bool is_negated;
  ExpressionPtr value;
  ExpressionPtr pattern;
  ExpressionPtr escape;  // nullptr: none
};
struct IsNull {
  bool is_negated;
  ExpressionPtr value;
};
struct Exists {
  QueryPtr query;
};
struct Subquery {
  QueryPtr query;
};

struct When {
  ExpressionPtr condition;
  ExpressionPtr result;
};
struct Case {
  ExpressionPtr operand;  // nullptr: CASE WHEN condition
  std::vector<When> whens;
  ExpressionPtr otherwise;  // nullptr: NULL
};
struct Cast {
  bool is_try;
  ExpressionPtr value;
  TypeName type;
};
/// EXTRACT(field FROM value); lower case.
struct Extract {
  std::string field;
  ExpressionPtr value;
};
struct AtTimeZone {
  ExpressionPtr value;
  ExpressionPtr zone;
};
struct Array {
  std::vector<ExpressionPtr> values;
};
struct Row {
  std::vector<ExpressionPtr> values;
};
struct Lambda {
  std::vector<Name> parameters;
  ExpressionPtr body;
};
/// current_date, current_timestamp(3), current_user, …: without parentheses of their own.
struct SpecialValue {
  std::string name;  // lower case
  std::optional<int32_t> precision = {};
};

enum class NullTreatment : uint8_t { kUnsaid, kRespect, kIgnore };
struct Argument {
  std::optional<Name> name = {};  // name => value
  ExpressionPtr value;
};
struct Overflow {
  bool is_error = true;
  std::optional<std::string> filler = {};  // ON OVERFLOW TRUNCATE 'filler'
  bool with_count = false;
};
/// f(…), aggregates and windows. SUBSTRING(a FROM b FOR c), POSITION(a IN b),
/// NORMALIZE(a, NFD), GROUPING(a, b) are calls of these names; TRIM(LEADING b FROM a) is
/// ltrim(a, b).
struct Call {
  std::vector<Name> name;  // catalog.schema.f
  std::vector<Argument> arguments = {};
  bool is_star = false;      // count(*)
  bool is_distinct = false;  // f(DISTINCT a)
  std::vector<SortItem> order_by = {};
  std::vector<SortItem> within_group = {};  // LISTAGG's
  std::optional<Overflow> overflow = {};    // LISTAGG's
  ExpressionPtr filter = nullptr;
  NullTreatment nulls = NullTreatment::kUnsaid;
  std::variant<std::monostate, Name, WindowSpecification> over = {};
};

/// What JSON functions do where there is nothing, or an error.
enum class JsonBehavior : uint8_t {
  kUnsaid,
  kNull,
  kError,
  kEmptyArray,
  kEmptyObject,
  kDefault,
  kTrue,
  kFalse,
  kUnknown,
};
struct JsonArgument {
  ExpressionPtr value;
  std::string format = {};        // "json", "json encoding utf8"; empty: none
  std::optional<Name> name = {};  // PASSING value AS name
};
enum class JsonFunction : uint8_t { kExists, kValue, kQuery };
enum class JsonWrapper : uint8_t { kUnsaid, kWithout, kConditional, kUnconditional };
enum class JsonQuotes : uint8_t { kUnsaid, kKeep, kOmit };
/// JSON_EXISTS, JSON_VALUE and JSON_QUERY(input, 'path' …).
struct JsonPath {
  JsonFunction function;
  JsonArgument input;
  std::string path;
  std::vector<JsonArgument> passing = {};
  std::optional<TypeName> returning = {};
  std::string returning_format = {};
  JsonWrapper wrapper = JsonWrapper::kUnsaid;
  JsonQuotes quotes = JsonQuotes::kUnsaid;
  JsonBehavior on_empty = JsonBehavior::kUnsaid;
  ExpressionPtr empty_default = nullptr;
  JsonBehavior on_error = JsonBehavior::kUnsaid;
  ExpressionPtr error_default = nullptr;
};
enum class JsonNulls : uint8_t { kUnsaid, kNull, kAbsent };
struct JsonMember {
  ExpressionPtr key;  // nullptr in arrays
  JsonArgument value;
};
/// JSON_OBJECT(…) and JSON_ARRAY(…).
struct JsonConstructor {
  bool is_object;
  std::vector<JsonMember> members = {};
  JsonNulls nulls = JsonNulls::kUnsaid;
  std::optional<bool> unique_keys = {};
  std::optional<TypeName> returning = {};
  std::string returning_format = {};
};

}  // namespace node

using ExpressionNode =
    std::variant<node::Null, node::Boolean, node::Integer, node::Decimal, node::Double,
                 node::String, node::Bytes, node::TypedLiteral, node::Interval,
                 node::Parameter, node::Column, node::Dereference, node::Subscript,
                 node::Unary, node::Binary, node::Logical, node::Quantified,
                 node::Between, node::InList, node::InQuery, node::Like, node::IsNull,
                 node::Exists, node::Subquery, node::Case, node::Cast, node::Extract,
                 node::AtTimeZone, node::Array, node::Row, node::Lambda,
                 node::SpecialValue, node::Call, node::JsonPath, node::JsonConstructor>;

struct Expression {
  Position at;
  ExpressionNode node;
};

}  // namespace tarn::sql
