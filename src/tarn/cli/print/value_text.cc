#include "tarn/cli/print/value_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <arrow/util/decimal.h>
#include <arrow/util/float16.h>
#include <arrow/util/utf8.h>

#include "tarn/cli/print/time_text.h"

namespace tarn::cli {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";

int64_t TicksPerSecond(arrow::TimeUnit::type unit) {
  switch (unit) {
    case arrow::TimeUnit::SECOND:
      return 1;
    case arrow::TimeUnit::MILLI:
      return 1'000;
    case arrow::TimeUnit::MICRO:
      return 1'000'000;
    case arrow::TimeUnit::NANO:
      return 1'000'000'000;
  }
  return 1;
}

std::string Hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kHex[byte >> 4U];
    out += kHex[byte & 0xfU];
  }
  return out;
}

template <typename Float>
std::string FloatText(Float value) {
  if (std::isnan(value)) {
    return "NaN";
  }
  if (std::isinf(value)) {
    return value < 0 ? "-Infinity" : "Infinity";
  }
  std::array<char, 40> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  std::string text(buffer.data(), end);
  if (text.find_first_of(".e") == std::string::npos) {
    text += ".0";
  }
  return text;
}

enum class Style { kPlain, kJson };

/// A value that has no parts. Sets *is_text for values that JSON must quote.
std::string LeafText(const arrow::Array& array, int64_t row, Style style, bool* is_text);

template <typename ArrayType>
auto At(const arrow::Array& array, int64_t row) {
  return static_cast<const ArrayType&>(array).Value(row);
}

std::string TimestampOf(const arrow::Array& array, int64_t row, Style style) {
  const auto& type = static_cast<const arrow::TimestampType&>(*array.type());
  const std::string text =
      TimestampText(At<arrow::TimestampArray>(array, row), TicksPerSecond(type.unit()),
                    style == Style::kJson ? 'T' : ' ');
  return type.timezone().empty() ? text : text + "+00:00";
}

std::string NumberText(const arrow::Array& array, int64_t row) {
  switch (array.type_id()) {
    case arrow::Type::INT8:
      return std::to_string(At<arrow::Int8Array>(array, row));
    case arrow::Type::INT16:
      return std::to_string(At<arrow::Int16Array>(array, row));
    case arrow::Type::INT32:
      return std::to_string(At<arrow::Int32Array>(array, row));
    case arrow::Type::INT64:
      return std::to_string(At<arrow::Int64Array>(array, row));
    case arrow::Type::UINT8:
      return std::to_string(At<arrow::UInt8Array>(array, row));
    case arrow::Type::UINT16:
      return std::to_string(At<arrow::UInt16Array>(array, row));
    case arrow::Type::UINT32:
      return std::to_string(At<arrow::UInt32Array>(array, row));
    case arrow::Type::UINT64:
      return std::to_string(At<arrow::UInt64Array>(array, row));
    case arrow::Type::HALF_FLOAT:
      return FloatText(
          arrow::util::Float16::FromBits(At<arrow::HalfFloatArray>(array, row))
              .ToFloat());
    case arrow::Type::FLOAT:
      return FloatText(At<arrow::FloatArray>(array, row));
    case arrow::Type::DOUBLE:
      return FloatText(At<arrow::DoubleArray>(array, row));
    case arrow::Type::DECIMAL32:
      return static_cast<const arrow::Decimal32Array&>(array).FormatValue(row);
    case arrow::Type::DECIMAL64:
      return static_cast<const arrow::Decimal64Array&>(array).FormatValue(row);
    case arrow::Type::DECIMAL128:
      return static_cast<const arrow::Decimal128Array&>(array).FormatValue(row);
    default:
      return static_cast<const arrow::Decimal256Array&>(array).FormatValue(row);
  }
}

std::string_view ViewAt(const arrow::Array& array, int64_t row) {
  switch (array.type_id()) {
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return static_cast<const arrow::BinaryArray&>(array).GetView(row);
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
      return static_cast<const arrow::LargeBinaryArray&>(array).GetView(row);
    case arrow::Type::STRING_VIEW:
    case arrow::Type::BINARY_VIEW:
      return static_cast<const arrow::BinaryViewArray&>(array).GetView(row);
    default:
      return static_cast<const arrow::FixedSizeBinaryArray&>(array).GetView(row);
  }
}

std::string IntervalOf(const arrow::Array& array, int64_t row) {
  if (array.type_id() == arrow::Type::INTERVAL_MONTHS) {
    return IntervalText(At<arrow::MonthIntervalArray>(array, row), 0, 0);
  }
  if (array.type_id() == arrow::Type::INTERVAL_DAY_TIME) {
    const auto value =
        static_cast<const arrow::DayTimeIntervalArray&>(array).GetValue(row);
    return IntervalText(0, value.days, int64_t{value.milliseconds} * 1'000'000);
  }
  const auto value =
      static_cast<const arrow::MonthDayNanoIntervalArray&>(array).GetValue(row);
  return IntervalText(value.months, value.days, value.nanoseconds);
}

std::string LeafText(const arrow::Array& array, int64_t row, Style style, bool* is_text) {
  *is_text = true;
  const arrow::Type::type id = array.type_id();
  if (IsNumberLike(*array.type())) {
    std::string text = NumberText(array, row);
    *is_text = text == "NaN" || text.ends_with("Infinity");
    return text;
  }
  switch (id) {
    case arrow::Type::BOOL:
      *is_text = false;
      return At<arrow::BooleanArray>(array, row) ? "true" : "false";
    case arrow::Type::DATE32:
      return DateText(At<arrow::Date32Array>(array, row));
    case arrow::Type::DATE64:
      return DateText(At<arrow::Date64Array>(array, row) / 86'400'000);
    case arrow::Type::TIME32:
      return TimeText(
          At<arrow::Time32Array>(array, row),
          TicksPerSecond(static_cast<const arrow::Time32Type&>(*array.type()).unit()));
    case arrow::Type::TIME64:
      return TimeText(
          At<arrow::Time64Array>(array, row),
          TicksPerSecond(static_cast<const arrow::Time64Type&>(*array.type()).unit()));
    case arrow::Type::TIMESTAMP:
      return TimestampOf(array, row, style);
    case arrow::Type::DURATION:
      *is_text = false;
      return std::to_string(At<arrow::DurationArray>(array, row));
    case arrow::Type::INTERVAL_MONTHS:
    case arrow::Type::INTERVAL_DAY_TIME:
    case arrow::Type::INTERVAL_MONTH_DAY_NANO:
      return IntervalOf(array, row);
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::STRING_VIEW:
      return std::string(ViewAt(array, row));
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::BINARY_VIEW:
    case arrow::Type::FIXED_SIZE_BINARY:
      return Hex(ViewAt(array, row));
    default: {
      const auto scalar = array.GetScalar(row);  // a type that no result of ours has
      return scalar.ok() ? (*scalar)->ToString() : scalar.status().message();
    }
  }
}

void Append(const arrow::Array& array, int64_t row, Style style, std::string* out);

void AppendList(const arrow::Array& values, int64_t begin, int64_t end, Style style,
                std::string* out) {
  *out += '[';
  for (int64_t i = begin; i < end; ++i) {
    if (i > begin) {
      *out += style == Style::kJson ? "," : ", ";
    }
    Append(values, i, style, out);
  }
  *out += ']';
}

void AppendStruct(const arrow::StructArray& array, int64_t row, Style style,
                  std::string* out) {
  *out += '{';
  for (int i = 0; i < array.num_fields(); ++i) {
    if (i > 0) {
      *out += style == Style::kJson ? "," : ", ";
    }
    const std::string& name = array.type()->field(i)->name();
    if (style == Style::kJson) {
      AppendJsonString(name, out);
      *out += ':';
    } else {
      *out += name + ": ";
    }
    Append(*array.field(i), row, style, out);
  }
  *out += '}';
}

void AppendMap(const arrow::MapArray& array, int64_t row, Style style, std::string* out) {
  const bool as_object =
      style == Style::kPlain || array.keys()->type_id() == arrow::Type::STRING;
  *out += as_object ? '{' : '[';
  for (int64_t i = array.value_offset(row); i < array.value_offset(row + 1); ++i) {
    if (i > array.value_offset(row)) {
      *out += style == Style::kJson ? "," : ", ";
    }
    if (!as_object) {
      *out += "{\"key\":";
    }
    Append(*array.keys(), i, style, out);
    *out += style == Style::kPlain ? "=" : as_object ? ":" : ",\"value\":";
    Append(*array.items(), i, style, out);
    if (!as_object) {
      *out += '}';
    }
  }
  *out += as_object ? '}' : ']';
}

/// Types that stand for another array's value. True if one was appended.
bool AppendIndirect(const arrow::Array& array, int64_t row, Style style,
                    std::string* out) {
  switch (array.type_id()) {
    case arrow::Type::DICTIONARY: {
      const auto& dictionary = static_cast<const arrow::DictionaryArray&>(array);
      Append(*dictionary.dictionary(), dictionary.GetValueIndex(row), style, out);
      return true;
    }
    case arrow::Type::EXTENSION:
      Append(*static_cast<const arrow::ExtensionArray&>(array).storage(), row, style,
             out);
      return true;
    case arrow::Type::SPARSE_UNION: {
      const auto& choice = static_cast<const arrow::SparseUnionArray&>(array);
      Append(*choice.field(choice.child_id(row)), row, style, out);
      return true;
    }
    case arrow::Type::DENSE_UNION: {
      const auto& choice = static_cast<const arrow::DenseUnionArray&>(array);
      Append(*choice.field(choice.child_id(row)), choice.value_offset(row), style, out);
      return true;
    }
    default:
      return false;
  }
}

bool AppendNested(const arrow::Array& array, int64_t row, Style style, std::string* out) {
  switch (array.type_id()) {
    case arrow::Type::LIST: {
      const auto& list = static_cast<const arrow::ListArray&>(array);
      AppendList(*list.values(), list.value_offset(row), list.value_offset(row + 1),
                 style, out);
      return true;
    }
    case arrow::Type::LARGE_LIST: {
      const auto& list = static_cast<const arrow::LargeListArray&>(array);
      AppendList(*list.values(), list.value_offset(row), list.value_offset(row + 1),
                 style, out);
      return true;
    }
    case arrow::Type::FIXED_SIZE_LIST: {
      const auto& list = static_cast<const arrow::FixedSizeListArray&>(array);
      AppendList(*list.values(), list.value_offset(row),
                 list.value_offset(row) + list.value_length(row), style, out);
      return true;
    }
    case arrow::Type::STRUCT:
      AppendStruct(static_cast<const arrow::StructArray&>(array), row, style, out);
      return true;
    case arrow::Type::MAP:
      AppendMap(static_cast<const arrow::MapArray&>(array), row, style, out);
      return true;
    default:
      return AppendIndirect(array, row, style, out);
  }
}

void Append(const arrow::Array& array, int64_t row, Style style, std::string* out) {
  const bool is_union =
      arrow::is_union(array.type_id());  // carries its nulls in its members
  if (array.type_id() == arrow::Type::NA || (!is_union && array.IsNull(row))) {
    *out += style == Style::kJson ? "null" : "NULL";
    return;
  }
  if (AppendNested(array, row, style, out)) {
    return;
  }
  bool is_text = false;
  const std::string text = LeafText(array, row, style, &is_text);
  if (style == Style::kJson && is_text) {
    AppendJsonString(text, out);
  } else {
    *out += text;
  }
}

}  // namespace

std::string ValueText(const arrow::Array& array, int64_t row) {
  std::string out;
  Append(array, row, Style::kPlain, &out);
  return out;
}

void AppendJson(const arrow::Array& array, int64_t row, std::string* out) {
  Append(array, row, Style::kJson, out);
}

bool IsNumberLike(const arrow::DataType& type) {
  return arrow::is_integer(type.id()) || arrow::is_floating(type.id()) ||
         arrow::is_decimal(type.id());
}

}  // namespace tarn::cli
