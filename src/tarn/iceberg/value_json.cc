// JSON single-value serialization (spec: Appendix D).
#include "tarn/iceberg/internal/value_json.h"

#include <cmath>
#include <limits>
#include <optional>

#include <nlohmann/json.hpp>

#include "tarn/base/error.h"
#include "tarn/iceberg/internal/byte_text.h"
#include "tarn/iceberg/internal/decimal.h"
#include "tarn/iceberg/internal/value_get.h"
#include "tarn/iceberg/internal/value_text.h"
#include "tarn/iceberg/value.h"

namespace tarn::iceberg {
namespace internal {

std::optional<int64_t> IntegerFromJson(const nlohmann::json& tree) {
  if (!tree.is_number_integer()) {
    return std::nullopt;
  }
  if (tree.is_number_unsigned() &&
      tree.get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    return std::nullopt;
  }
  return tree.get<int64_t>();
}

}  // namespace internal

namespace {

using internal::IntegerFromJson;

using internal::Get;
using nlohmann::json;

// JSON has no NaN and no infinity: text, as the Java reference writes them.
json FloatingToJson(const Type& type, const Value& value) {
  const bool narrow = type.id() == TypeId::kFloat;
  const double number =
      narrow ? static_cast<double>(Get<float>(value)) : Get<double>(value);
  std::string text = ValueToString(type, value);
  if (!std::isfinite(number)) {
    return text;
  }
  // A float as the double with the fewest digits, 0.1 and not 0.10000000149011612.
  return narrow ? json(Get<double>(*ValueFromString(Type::Double(), text)))
                : json(number);
}

std::optional<double> DoubleFromJson(const json& tree) {
  if (tree.is_number()) {
    return tree.get<double>();
  }
  if (!tree.is_string()) {
    return std::nullopt;
  }
  const auto& text = tree.get_ref<const std::string&>();
  if (text == "NaN") {
    return std::numeric_limits<double>::quiet_NaN();
  }
  if (text == "Infinity") {
    return std::numeric_limits<double>::infinity();
  }
  if (text == "-Infinity") {
    return -std::numeric_limits<double>::infinity();
  }
  return std::nullopt;
}

std::optional<Value> FloatingFromJson(const Type& type, const json& tree) {
  const auto number = DoubleFromJson(tree);
  if (!number) {
    return std::nullopt;
  }
  if (type.id() == TypeId::kDouble) {
    return Value(*number);
  }
  const auto narrow = static_cast<float>(*number);
  if (std::isinf(narrow) && !std::isinf(*number)) {
    return std::nullopt;  // out of range
  }
  return Value(narrow);
}

std::optional<Value> BytesFromJson(const Type& type, const std::string& text) {
  auto bytes = internal::BytesFromHex(text);
  const bool fits = bytes && (type.id() == TypeId::kBinary ||
                              bytes->size() == static_cast<size_t>(type.length()));
  return fits ? std::optional<Value>(*std::move(bytes)) : std::nullopt;
}

std::optional<Value> FromJsonString(const Type& type, const std::string& text) {
  switch (type.id()) {
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
    case TypeId::kTimestampNs:
    case TypeId::kTimestampTzNs: {
      const auto units =
          internal::TimestampUnitsFromText(type, text, internal::ZoneRule::kRequired);
      return units ? std::optional<Value>(*units) : std::nullopt;
    }
    case TypeId::kFixed:
    case TypeId::kBinary:
      return BytesFromJson(type, text);
    case TypeId::kDecimal:
    case TypeId::kDate:
    case TypeId::kTime:
    case TypeId::kString:
    case TypeId::kUuid: {
      Result<Value> value = ValueFromString(type, text);
      return value.ok() ? std::optional<Value>(*std::move(value)) : std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

std::optional<Value> FromJson(const Type& type, const json& tree) {
  switch (type.id()) {
    case TypeId::kBoolean:
      return tree.is_boolean() ? std::optional<Value>(tree.get<bool>()) : std::nullopt;
    case TypeId::kInt: {
      const auto integer = IntegerFromJson(tree);
      if (!integer || *integer != static_cast<int32_t>(*integer)) {
        return std::nullopt;
      }
      return Value(static_cast<int32_t>(*integer));
    }
    case TypeId::kLong: {
      const auto integer = IntegerFromJson(tree);
      return integer ? std::optional<Value>(*integer) : std::nullopt;
    }
    case TypeId::kFloat:
    case TypeId::kDouble:
      return FloatingFromJson(type, tree);
    default:
      if (!tree.is_string()) {
        return std::nullopt;
      }
      return FromJsonString(type, tree.get_ref<const std::string&>());
  }
}

// One line that shows what was found, however long it is.
std::string Shown(const json& tree) {
  constexpr size_t kMaxShown = 80;
  std::string text = tree.dump(-1, ' ', true, json::error_handler_t::replace);
  if (text.size() > kMaxShown) {
    text = text.substr(0, kMaxShown) + "…";
  }
  return text;
}

}  // namespace

namespace internal {

json ValueToJsonTree(const Type& type, const Value& value) {
  if (IsNull(value)) {
    return nullptr;
  }
  switch (type.id()) {
    case TypeId::kBoolean:
      return Get<bool>(value);
    case TypeId::kInt:
      return Get<int32_t>(value);
    case TypeId::kLong:
      return Get<int64_t>(value);
    case TypeId::kFloat:
    case TypeId::kDouble:
      return FloatingToJson(type, value);
    case TypeId::kFixed:
    case TypeId::kBinary:
    case TypeId::kGeometry:
    case TypeId::kGeography:
      return BytesToHex(Get<std::string>(value));
    default:
      return ValueToString(type, value);
  }
}

Result<Value> ValueFromJsonTree(const Type& type, const json& tree) {
  if (tree.is_null()) {
    return Value();
  }
  if (auto value = FromJson(type, tree)) {
    return *std::move(value);
  }
  return MakeError(ErrorCode::kInvalidData,
                   "Not a JSON value of type " + type.ToString() + ": " + Shown(tree));
}

}  // namespace internal

std::string ValueToJson(const Type& type, const Value& value) {
  return internal::ValueToJsonTree(type, value)
      .dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<Value> ValueFromJson(const Type& type, std::string_view text) {
  const json tree = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (tree.is_discarded()) {
    return MakeError(ErrorCode::kInvalidData,
                     "Not JSON, a value of type " + type.ToString() + " was expected");
  }
  return internal::ValueFromJsonTree(type, tree);
}

}  // namespace tarn::iceberg
