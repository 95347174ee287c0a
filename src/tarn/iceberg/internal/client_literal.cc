#include "tarn/iceberg/internal/client_literal.h"

#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "tarn/iceberg/internal/value_json.h"
#include "tarn/iceberg/schema_json.h"
#include "tarn/iceberg/value.h"

namespace tarn::iceberg::internal {
namespace {

using nlohmann::json;

constexpr int32_t kDecimalDigitsMax = 38;

std::optional<Literal> Of(const Type& type, Result<Value> value) {
  if (!value.ok() || IsNull(*value)) {
    return std::nullopt;
  }
  return Literal{type, *std::move(value)};
}

/// "12.50" with the scale that it is written with: Bind fits it to the column's.
std::optional<Literal> DecimalOf(const std::string& text) {
  const size_t point = text.find('.');
  const size_t scale = point == std::string::npos ? 0 : text.size() - point - 1;
  if (scale > static_cast<size_t>(kDecimalDigitsMax)) {
    return std::nullopt;
  }
  const Type type = Type::Decimal(kDecimalDigitsMax, static_cast<int32_t>(scale));
  return Of(type, ValueFromString(type, text));
}

/// As Java's LongLiteral: days of a date, microseconds of all others.
std::optional<Literal> FromInteger(int64_t number, const Type& wanted) {
  switch (wanted.id()) {
    case TypeId::kInt:
    case TypeId::kLong:
    case TypeId::kFloat:
    case TypeId::kDouble:
      return Literal{Type::Long(), number};
    case TypeId::kDate:
      if (number < std::numeric_limits<int32_t>::min() ||
          number > std::numeric_limits<int32_t>::max()) {
        return std::nullopt;
      }
      return Literal{wanted, static_cast<int32_t>(number)};
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
      return Literal{wanted, number};
    case TypeId::kTimestampNs:
    case TypeId::kTimestampTzNs: {
      constexpr int64_t kNanosPerMicro = 1000;
      int64_t nanos = 0;
      if (__builtin_mul_overflow(number, kNanosPerMicro, &nanos)) {
        return std::nullopt;
      }
      return Literal{wanted, nanos};
    }
    case TypeId::kDecimal:
      return DecimalOf(std::to_string(number));
    default:
      return std::nullopt;
  }
}

std::optional<Literal> FromText(const std::string& text, const Type& wanted) {
  switch (wanted.id()) {
    case TypeId::kDecimal:
      return DecimalOf(text);
    case TypeId::kDate:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
    case TypeId::kTimestampNs:
    case TypeId::kTimestampTzNs:
    case TypeId::kUuid:
      return Of(wanted, ValueFromString(wanted, text));
    default:
      return std::nullopt;  // a binary's text is hexadecimal, or nothing
  }
}

std::optional<Literal> FromNumber(const json& tree, const Type& wanted) {
  switch (wanted.id()) {
    case TypeId::kInt:
    case TypeId::kLong:
    case TypeId::kFloat:
    case TypeId::kDouble:
      return Literal{Type::Double(), tree.get<double>()};
    default:
      return std::nullopt;  // a decimal that went through a double is not exact
  }
}

}  // namespace

std::optional<Literal> ClientLiteral(const json& tree, const Type& given,
                                     const Type& wanted) {
  if (tree.is_object()) {
    const auto value = tree.find("value");
    const auto kind = tree.find("type");
    if (value == tree.end() || kind == tree.end() || *kind != "literal" ||
        value->is_object()) {
      return std::nullopt;
    }
    const auto type = tree.find("data-type");
    const Type own = type == tree.end() ? given : TypeFromJson(*type).ValueOr(Type());
    return ClientLiteral(*value, own, wanted);
  }
  if (given.id() != TypeId::kUnknown) {
    return Of(given, ValueFromJsonTree(given, tree));
  }
  if (const auto integer = IntegerFromJson(tree)) {
    return FromInteger(*integer, wanted);
  }
  if (auto literal = Of(wanted, ValueFromJsonTree(wanted, tree))) {
    return literal;
  }
  if (tree.is_number_float()) {
    return FromNumber(tree, wanted);
  }
  return tree.is_string() ? FromText(tree.get_ref<const std::string&>(), wanted)
                          : std::nullopt;
}

}  // namespace tarn::iceberg::internal
