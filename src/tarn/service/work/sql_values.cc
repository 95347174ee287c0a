#include "tarn/service/work/sql_values.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include "tarn/iceberg/type.h"
#include "tarn/iceberg/value.h"

namespace tarn::service {
namespace {

constexpr int64_t kValueBytes = 8;  // about what a number takes
constexpr int64_t kUuidBytes = 16;

std::string IcebergText(const iceberg::Type& type, iceberg::Value value) {
  return iceberg::ValueToString(type, value);
}

Json NumberOf(double value) {
  if (std::isnan(value)) {
    return "NaN";
  }
  if (std::isinf(value)) {
    return value > 0 ? "Infinity" : "-Infinity";
  }
  return value;
}

/// The shortest number that is read as the same float: 0.1 and not 0.10000000149011612.
Json NumberOf(float value) {
  if (!std::isfinite(value)) {
    return NumberOf(static_cast<double>(value));
  }
  char text[32] = {};
  const auto written = std::to_chars(text, text + sizeof(text), value);
  double shortest = 0;
  std::from_chars(text, written.ptr, shortest);
  return shortest;
}

/// Where a unit is coarser than microseconds, the same moment in those; unset if it is
/// beyond what they can count.
std::optional<int64_t> Micros(int64_t ticks, arrow::TimeUnit::type unit) {
  int64_t factor = 1;
  if (unit == arrow::TimeUnit::SECOND) {
    factor = 1'000'000;
  } else if (unit == arrow::TimeUnit::MILLI) {
    factor = 1'000;
  }
  int64_t micros = 0;
  return __builtin_mul_overflow(ticks, factor, &micros) ? std::nullopt
                                                        : std::optional(micros);
}

std::string TimestampText(int64_t ticks, const arrow::TimestampType& type) {
  const bool has_zone = !type.timezone().empty();
  if (type.unit() == arrow::TimeUnit::NANO) {
    return IcebergText(
        has_zone ? iceberg::Type::TimestampTzNs() : iceberg::Type::TimestampNs(), ticks);
  }
  const auto micros = Micros(ticks, type.unit());
  return micros ? IcebergText(has_zone ? iceberg::Type::TimestampTz()
                                       : iceberg::Type::Timestamp(),
                              *micros)
                : std::to_string(ticks);
}

std::string DateText(int64_t days) {
  const bool fits = days >= std::numeric_limits<int32_t>::min() &&
                    days <= std::numeric_limits<int32_t>::max();
  return fits ? IcebergText(iceberg::Type::Date(), static_cast<int32_t>(days))
              : std::to_string(days);
}

/// One value and what is in it.
class ValueWriter {
 public:
  ValueWriter(int64_t text_bytes_max, int64_t* bytes)
      : text_bytes_max_(text_bytes_max), bytes_(bytes) {}

  Result<Json> Write(const arrow::Array& array, int64_t row) {
    *bytes_ += kValueBytes;
    if (array.IsNull(row)) {
      return Json(nullptr);
    }
    switch (array.type_id()) {
      case arrow::Type::LIST:
        return List(static_cast<const arrow::ListArray&>(array), row);
      case arrow::Type::LARGE_LIST:
        return List(static_cast<const arrow::LargeListArray&>(array), row);
      case arrow::Type::FIXED_SIZE_LIST:
        return List(static_cast<const arrow::FixedSizeListArray&>(array), row);
      case arrow::Type::STRUCT:
        return Struct(static_cast<const arrow::StructArray&>(array), row);
      case arrow::Type::MAP:
        return Map(static_cast<const arrow::MapArray&>(array), row);
      case arrow::Type::DICTIONARY: {
        const auto& coded = static_cast<const arrow::DictionaryArray&>(array);
        return Write(*coded.dictionary(), coded.GetValueIndex(row));
      }
      case arrow::Type::EXTENSION:
        return Extension(static_cast<const arrow::ExtensionArray&>(array), row);
      default:
        return Leaf(array, row);
    }
  }

 private:
  Json Text(std::string_view text) {
    *bytes_ += static_cast<int64_t>(text.size());
    if (text.size() <= static_cast<size_t>(text_bytes_max_)) {
      return std::string(text);
    }
    size_t end = static_cast<size_t>(text_bytes_max_);
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
      --end;  // not within a character
    }
    return std::string(text.substr(0, end)) + "…";
  }

  Json Bytes(std::string_view bytes) {
    return Text(IcebergText(iceberg::Type::Binary(), std::string(bytes)));
  }

  template <typename ListArray>
  Result<Json> List(const ListArray& array, int64_t row) {
    Json list = Json::array();
    const auto first = static_cast<int64_t>(array.value_offset(row));
    const auto length = static_cast<int64_t>(array.value_length(row));
    for (int64_t i = 0; i < length; ++i) {
      ARROW_ASSIGN_OR_RAISE(Json value, Write(*array.values(), first + i));
      list.push_back(std::move(value));
    }
    return list;
  }

  Result<Json> Struct(const arrow::StructArray& array, int64_t row) {
    std::set<std::string> names;
    for (const auto& field : array.type()->fields()) {
      if (!field->name().empty()) {
        names.insert(field->name());
      }
    }
    const bool has_names = names.size() == static_cast<size_t>(array.num_fields());
    Json fields = has_names ? Json::object() : Json::array();
    for (int i = 0; i < array.num_fields(); ++i) {
      ARROW_ASSIGN_OR_RAISE(Json value, Write(*array.field(i), row));
      if (has_names) {
        const std::string& name = array.type()->field(i)->name();
        *bytes_ += static_cast<int64_t>(name.size());
        fields[name] = std::move(value);
      } else {
        fields.push_back(std::move(value));
      }
    }
    return fields;
  }

  Result<Json> Map(const arrow::MapArray& array, int64_t row) {
    const bool has_text_keys = array.map_type()->key_type()->id() == arrow::Type::STRING;
    Json map = has_text_keys ? Json::object() : Json::array();
    const auto first = static_cast<int64_t>(array.value_offset(row));
    const auto length = static_cast<int64_t>(array.value_length(row));
    for (int64_t i = first; i < first + length; ++i) {
      ARROW_ASSIGN_OR_RAISE(Json key, Write(*array.keys(), i));
      ARROW_ASSIGN_OR_RAISE(Json value, Write(*array.items(), i));
      if (has_text_keys && key.is_string()) {
        map[key.get<std::string>()] = std::move(value);
      } else if (!has_text_keys) {
        map.push_back({{"key", std::move(key)}, {"value", std::move(value)}});
      }
    }
    return map;
  }

  Result<Json> Extension(const arrow::ExtensionArray& array, int64_t row) {
    const arrow::Array& storage = *array.storage();
    const bool is_uuid = array.extension_type()->extension_name() == "arrow.uuid";
    if (is_uuid && storage.type_id() == arrow::Type::FIXED_SIZE_BINARY) {
      const auto& bytes = static_cast<const arrow::FixedSizeBinaryArray&>(storage);
      if (bytes.byte_width() == kUuidBytes) {
        return Text(IcebergText(iceberg::Type::Uuid(), bytes.GetString(row)));
      }
    }
    return Write(storage, row);
  }

  Result<Json> Leaf(const arrow::Array& array, int64_t row) {
    ARROW_ASSIGN_OR_RAISE(const auto scalar, array.GetScalar(row));
    switch (array.type_id()) {
      case arrow::Type::BOOL:
        return Json(static_cast<const arrow::BooleanScalar&>(*scalar).value);
      case arrow::Type::INT8:
        return Json(static_cast<const arrow::Int8Scalar&>(*scalar).value);
      case arrow::Type::INT16:
        return Json(static_cast<const arrow::Int16Scalar&>(*scalar).value);
      case arrow::Type::INT32:
        return Json(static_cast<const arrow::Int32Scalar&>(*scalar).value);
      case arrow::Type::INT64:
        return Json(static_cast<const arrow::Int64Scalar&>(*scalar).value);
      case arrow::Type::UINT8:
        return Json(static_cast<const arrow::UInt8Scalar&>(*scalar).value);
      case arrow::Type::UINT16:
        return Json(static_cast<const arrow::UInt16Scalar&>(*scalar).value);
      case arrow::Type::UINT32:
        return Json(static_cast<const arrow::UInt32Scalar&>(*scalar).value);
      case arrow::Type::UINT64:
        return Json(static_cast<const arrow::UInt64Scalar&>(*scalar).value);
      case arrow::Type::FLOAT:
        return NumberOf(static_cast<const arrow::FloatScalar&>(*scalar).value);
      case arrow::Type::DOUBLE:
        return NumberOf(static_cast<const arrow::DoubleScalar&>(*scalar).value);
      default:
        return TextLeaf(array, row, *scalar);
    }
  }

  Result<Json> TextLeaf(const arrow::Array& array, int64_t row,
                        const arrow::Scalar& scalar) {
    switch (array.type_id()) {
      case arrow::Type::STRING:
        return Text(static_cast<const arrow::StringArray&>(array).GetView(row));
      case arrow::Type::LARGE_STRING:
        return Text(static_cast<const arrow::LargeStringArray&>(array).GetView(row));
      case arrow::Type::BINARY:
        return Bytes(static_cast<const arrow::BinaryArray&>(array).GetView(row));
      case arrow::Type::LARGE_BINARY:
        return Bytes(static_cast<const arrow::LargeBinaryArray&>(array).GetView(row));
      case arrow::Type::FIXED_SIZE_BINARY:
        return Bytes(static_cast<const arrow::FixedSizeBinaryArray&>(array).GetView(row));
      case arrow::Type::DATE32:
        return Text(DateText(static_cast<const arrow::Date32Scalar&>(scalar).value));
      case arrow::Type::TIME32: {
        const auto& time = static_cast<const arrow::Time32Scalar&>(scalar);
        const auto& type = static_cast<const arrow::Time32Type&>(*array.type());
        return Text(IcebergText(iceberg::Type::Time(),
                                Micros(time.value, type.unit()).value_or(0)));
      }
      case arrow::Type::TIME64: {
        const auto& time = static_cast<const arrow::Time64Scalar&>(scalar);
        const auto& type = static_cast<const arrow::Time64Type&>(*array.type());
        const bool is_nano = type.unit() == arrow::TimeUnit::NANO;
        return Text(IcebergText(iceberg::Type::Time(),
                                is_nano ? time.value / 1'000 : time.value));
      }
      case arrow::Type::TIMESTAMP:
        return Text(
            TimestampText(static_cast<const arrow::TimestampScalar&>(scalar).value,
                          static_cast<const arrow::TimestampType&>(*array.type())));
      default:  // decimals with all their digits, intervals, what comes to be
        return Text(scalar.ToString());
    }
  }

  const int64_t text_bytes_max_;
  int64_t* const bytes_;
};

}  // namespace

Result<Json> SqlValueToJson(const arrow::Array& array, int64_t row,
                            int64_t text_bytes_max, int64_t* bytes) {
  return ValueWriter(text_bytes_max, bytes).Write(array, row);
}

}  // namespace tarn::service
