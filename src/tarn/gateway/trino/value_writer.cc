#include "tarn/gateway/trino/value_writer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <arrow/util/decimal.h>

#include "tarn/base/error.h"
#include "tarn/gateway/trino/internal/nested_writers.h"
#include "tarn/gateway/trino/json_text.h"
#include "tarn/gateway/trino/time_text.h"
#include "tarn/gateway/trino/zone_clock.h"

namespace tarn::gateway::trino {
namespace {

/// A writer that looks at arrays of one class.
template <typename ArrayType>
class TypedWriter : public ValueWriter {
 protected:
  void OnBind(const arrow::Array& array) override {
    values_ = static_cast<const ArrayType*>(&array);
  }
  const ArrayType& values() const { return *values_; }

 private:
  const ArrayType* values_ = nullptr;
};

class NullWriter final : public TypedWriter<arrow::NullArray> {
  void AppendValue(int64_t /*row*/, std::string* json) const override { *json += "null"; }
};

class BooleanWriter final : public TypedWriter<arrow::BooleanArray> {
  void AppendValue(int64_t row, std::string* json) const override {
    *json += values().Value(row) ? "true" : "false";
  }
};

template <typename ArrayType>
class IntegerWriter final : public TypedWriter<ArrayType> {
  void AppendValue(int64_t row, std::string* json) const override {
    AppendInteger(static_cast<int64_t>(this->values().Value(row)), json);
  }
};

/// Larger than any bigint can be: a decimal.
class UnsignedWriter final : public TypedWriter<arrow::UInt64Array> {
  void AppendValue(int64_t row, std::string* json) const override {
    *json += '"' + std::to_string(values().Value(row)) + '"';
  }
};

/// The shortest digits that give the same number; JSON has no words for the others.
template <typename ArrayType>
class FloatWriter final : public TypedWriter<ArrayType> {
  void AppendValue(int64_t row, std::string* json) const override {
    const auto value = this->values().Value(row);
    if (!std::isfinite(value)) {
      *json += std::isnan(value) ? "\"NaN\""
               : value > 0       ? "\"Infinity\""
                                 : "\"-Infinity\"";
      return;
    }
    std::array<char, 40> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    const std::string_view text(digits.data(),
                                static_cast<size_t>(end.ptr - digits.data()));
    *json += text;
    if (text.find_first_of(".e") == std::string_view::npos) {
      *json += ".0";
    }
  }
};

/// Always with all digits: Arrow writes small numbers as 1E-7.
template <typename ArrayType, typename Decimal>
class DecimalWriter final : public TypedWriter<ArrayType> {
  void AppendValue(int64_t row, std::string* json) const override {
    const auto& type = static_cast<const arrow::DecimalType&>(*this->values().type());
    std::string digits = Decimal(this->values().GetValue(row)).ToIntegerString();
    const bool is_negative = digits.starts_with('-');
    digits.erase(0, is_negative ? 1 : 0);
    const auto scale = static_cast<size_t>(std::max(type.scale(), 0));
    if (digits.size() <= scale) {
      digits.insert(0, scale + 1 - digits.size(), '0');
    }
    *json += is_negative ? "\"-" : "\"";
    json->append(digits, 0, digits.size() - scale);
    if (scale > 0) {
      json->push_back('.');
      json->append(digits, digits.size() - scale);
    }
    json->push_back('"');
  }
};

template <typename ArrayType>
class TextWriter final : public TypedWriter<ArrayType> {
  void AppendValue(int64_t row, std::string* json) const override {
    AppendJsonString(this->values().GetView(row), json);
  }
};

/// char(n): filled up with blanks.
template <typename ArrayType>
class PaddedTextWriter final : public TypedWriter<ArrayType> {
 public:
  explicit PaddedTextWriter(int64_t length) : length_(length) {}

 private:
  void AppendValue(int64_t row, std::string* json) const override {
    const std::string_view text = this->values().GetView(row);
    int64_t characters = 0;
    for (const char c : text) {
      characters += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
    }
    AppendJsonString(text, json);
    if (characters < length_) {
      json->insert(json->size() - 1, static_cast<size_t>(length_ - characters), ' ');
    }
  }

  int64_t length_;
};

template <typename ArrayType>
class BytesWriter final : public TypedWriter<ArrayType> {
  void AppendValue(int64_t row, std::string* json) const override {
    AppendBase64(this->values().GetView(row), json);
  }
};

class UuidWriter final : public TypedWriter<arrow::FixedSizeBinaryArray> {
  void AppendValue(int64_t row, std::string* json) const override {
    constexpr char kDigits[] = "0123456789abcdef";
    json->push_back('"');
    size_t at = 0;
    for (const char c : values().GetView(row)) {
      if (at == 4 || at == 6 || at == 8 || at == 10) {
        json->push_back('-');
      }
      const auto byte = static_cast<unsigned char>(c);
      json->push_back(kDigits[byte >> 4U]);
      json->push_back(kDigits[byte & 0xFU]);
      ++at;
    }
    json->push_back('"');
  }
};

class DateWriter final : public TypedWriter<arrow::Date32Array> {
  void AppendValue(int64_t row, std::string* json) const override {
    json->push_back('"');
    AppendDate(values().Value(row), json);
    json->push_back('"');
  }
};

int64_t PerSecond(arrow::TimeUnit::type unit) {
  constexpr int64_t kPerSecond[] = {1, 1'000, 1'000'000, 1'000'000'000};
  return kPerSecond[static_cast<size_t>(unit)];
}

template <typename ArrayType>
class TimeWriter final : public TypedWriter<ArrayType> {
 public:
  TimeWriter(arrow::TimeUnit::type unit, const TrinoType& type)
      : per_second_(PerSecond(unit)), digits_(type.SecondDigits()) {}

 private:
  void AppendValue(int64_t row, std::string* json) const override {
    json->push_back('"');
    AppendTime({static_cast<int64_t>(this->values().Value(row)), per_second_}, digits_,
               json);
    json->push_back('"');
  }

  int64_t per_second_;
  int32_t digits_;
};

/// Instants are told in the column's zone.
class TimestampWriter final : public TypedWriter<arrow::TimestampArray> {
 public:
  TimestampWriter(arrow::TimeUnit::type unit, const TrinoType& type,
                  const std::string& zone)
      : per_second_(PerSecond(unit)),
        digits_(type.SecondDigits()),
        clock_(ZoneClock::Of(type.name == "timestamp" ? "UTC" : zone)),
        end_(type.name == "timestamp" ? "\"" : " " + clock_.name() + "\"") {}

 private:
  void AppendValue(int64_t row, std::string* json) const override {
    const int64_t ticks = values().Value(row);
    const int64_t seconds =
        ticks / per_second_ - (ticks % per_second_ < 0 ? 1 : 0);  // rounded down
    const int64_t ahead = clock_.SecondsAhead(seconds) * per_second_;
    json->push_back('"');
    AppendTimestamp({ticks + ahead, per_second_}, digits_, json);
    *json += end_;
  }

  int64_t per_second_;
  int32_t digits_;
  ZoneClock clock_;
  std::string end_;
};

class MonthsWriter final : public TypedWriter<arrow::MonthIntervalArray> {
  void AppendValue(int64_t row, std::string* json) const override {
    json->push_back('"');
    AppendYearMonth(values().Value(row), json);
    json->push_back('"');
  }
};

class DurationWriter final : public TypedWriter<arrow::DurationArray> {
 public:
  explicit DurationWriter(arrow::TimeUnit::type unit) : per_second_(PerSecond(unit)) {}

 private:
  void AppendValue(int64_t row, std::string* json) const override {
    const int64_t value = values().Value(row);
    json->push_back('"');
    AppendDayTime(
        per_second_ >= 1000 ? value / (per_second_ / 1000) : value * (1000 / per_second_),
        json);
    json->push_back('"');
  }

  int64_t per_second_;
};

/// DuckDB's intervals have months, days and nanoseconds; Trino's are of one of two kinds.
class IntervalWriter final : public TypedWriter<arrow::MonthDayNanoIntervalArray> {
 public:
  explicit IntervalWriter(bool is_months) : is_months_(is_months) {}

 private:
  void AppendValue(int64_t row, std::string* json) const override {
    constexpr int64_t kNanosPerMilli = 1'000'000;
    constexpr int64_t kMillisPerDay = 86'400'000;
    constexpr int64_t kDaysPerMonth = 30;  // as DuckDB compares them
    const auto value = values().GetValue(row);
    json->push_back('"');
    if (is_months_) {
      AppendYearMonth(value.months, json);
    } else {
      AppendDayTime((value.days + value.months * kDaysPerMonth) * kMillisPerDay +
                        value.nanoseconds / kNanosPerMilli,
                    json);
    }
    json->push_back('"');
  }

  bool is_months_;
};

/// Values that stand in a dictionary.
class DictionaryWriter final : public TypedWriter<arrow::DictionaryArray> {
 public:
  explicit DictionaryWriter(std::unique_ptr<ValueWriter> words)
      : words_(std::move(words)) {}

 private:
  void OnBind(const arrow::Array& array) override {
    TypedWriter::OnBind(array);
    dictionary_ = values().dictionary();
    words_->Bind(*dictionary_);
  }
  void AppendValue(int64_t row, std::string* json) const override {
    words_->Append(values().GetValueIndex(row), json);
  }

  std::unique_ptr<ValueWriter> words_;
  std::shared_ptr<arrow::Array> dictionary_;
};

class ExtensionWriter final : public TypedWriter<arrow::ExtensionArray> {
 public:
  explicit ExtensionWriter(std::unique_ptr<ValueWriter> storage)
      : storage_(std::move(storage)) {}

 private:
  void OnBind(const arrow::Array& array) override {
    TypedWriter::OnBind(array);
    held_ = values().storage();
    storage_->Bind(*held_);
  }
  void AppendValue(int64_t row, std::string* json) const override {
    storage_->Append(row, json);
  }

  std::unique_ptr<ValueWriter> storage_;
  std::shared_ptr<arrow::Array> held_;
};

using Made = Result<std::unique_ptr<ValueWriter>>;

template <typename Writer, typename... Arguments>
Made Make(Arguments&&... arguments) {
  return std::unique_ptr<ValueWriter>(
      std::make_unique<Writer>(std::forward<Arguments>(arguments)...));
}

template <typename ArrayType>
Made MakeText(const TrinoType& type) {
  if (type.name == "char" && !type.numbers.empty()) {
    return Make<PaddedTextWriter<ArrayType>>(type.numbers.front());
  }
  return Make<TextWriter<ArrayType>>();
}

/// Of numbers; unset for other types.
Made MakeNumber(const arrow::DataType& arrow) {
  switch (arrow.id()) {
    case arrow::Type::INT8:
      return Make<IntegerWriter<arrow::Int8Array>>();
    case arrow::Type::INT16:
      return Make<IntegerWriter<arrow::Int16Array>>();
    case arrow::Type::INT32:
      return Make<IntegerWriter<arrow::Int32Array>>();
    case arrow::Type::INT64:
      return Make<IntegerWriter<arrow::Int64Array>>();
    case arrow::Type::UINT8:
      return Make<IntegerWriter<arrow::UInt8Array>>();
    case arrow::Type::UINT16:
      return Make<IntegerWriter<arrow::UInt16Array>>();
    case arrow::Type::UINT32:
      return Make<IntegerWriter<arrow::UInt32Array>>();
    case arrow::Type::UINT64:
      return Make<UnsignedWriter>();
    case arrow::Type::FLOAT:
      return Make<FloatWriter<arrow::FloatArray>>();
    case arrow::Type::DOUBLE:
      return Make<FloatWriter<arrow::DoubleArray>>();
    case arrow::Type::DECIMAL32:
      return Make<DecimalWriter<arrow::Decimal32Array, arrow::Decimal32>>();
    case arrow::Type::DECIMAL64:
      return Make<DecimalWriter<arrow::Decimal64Array, arrow::Decimal64>>();
    case arrow::Type::DECIMAL128:
      return Make<DecimalWriter<arrow::Decimal128Array, arrow::Decimal128>>();
    case arrow::Type::DECIMAL256:
      return Make<DecimalWriter<arrow::Decimal256Array, arrow::Decimal256>>();
    default:
      return nullptr;
  }
}

/// Of times; unset for other types.
Made MakeTime(const TrinoType& type, const arrow::DataType& arrow,
              const std::string& zone) {
  switch (arrow.id()) {
    case arrow::Type::DATE32:
      return Make<DateWriter>();
    case arrow::Type::TIME32:
      return Make<TimeWriter<arrow::Time32Array>>(
          static_cast<const arrow::TimeType&>(arrow).unit(), type);
    case arrow::Type::TIME64:
      return Make<TimeWriter<arrow::Time64Array>>(
          static_cast<const arrow::TimeType&>(arrow).unit(), type);
    case arrow::Type::TIMESTAMP:
      return Make<TimestampWriter>(static_cast<const arrow::TimestampType&>(arrow).unit(),
                                   type, zone);
    case arrow::Type::DURATION:
      return Make<DurationWriter>(static_cast<const arrow::DurationType&>(arrow).unit());
    case arrow::Type::INTERVAL_MONTHS:
      return Make<MonthsWriter>();
    case arrow::Type::INTERVAL_MONTH_DAY_NANO:
      return Make<IntervalWriter>(type.name == "interval year to month");
    default:
      return nullptr;
  }
}

/// Of texts and bytes; unset for other types.
Made MakeBytes(const TrinoType& type, const arrow::DataType& arrow) {
  switch (arrow.id()) {
    case arrow::Type::STRING:
      return MakeText<arrow::StringArray>(type);
    case arrow::Type::LARGE_STRING:
      return MakeText<arrow::LargeStringArray>(type);
    case arrow::Type::STRING_VIEW:
      return MakeText<arrow::StringViewArray>(type);
    case arrow::Type::BINARY:
      return Make<BytesWriter<arrow::BinaryArray>>();
    case arrow::Type::LARGE_BINARY:
      return Make<BytesWriter<arrow::LargeBinaryArray>>();
    case arrow::Type::FIXED_SIZE_BINARY:
      return type.name == "uuid" ? Make<UuidWriter>()
                                 : Make<BytesWriter<arrow::FixedSizeBinaryArray>>();
    default:
      return nullptr;
  }
}

}  // namespace

void ValueWriter::Append(int64_t row, std::string* json) const {
  if (array_->IsNull(row)) {
    *json += "null";
  } else {
    AppendValue(row, json);
  }
}

void ValueWriter::AppendAsName(int64_t row, std::string* json) const {
  const size_t start = json->size();
  Append(row, json);
  if ((*json)[start] == '"') {
    return;
  }
  const std::string value = json->substr(start);
  json->resize(start);
  AppendJsonString(value, json);
}

Result<std::unique_ptr<ValueWriter>> MakeValueWriter(const TrinoType& type,
                                                     const arrow::DataType& arrow,
                                                     const std::string& zone) {
  ARROW_ASSIGN_OR_RAISE(auto simple, MakeNumber(arrow));
  if (simple == nullptr) {
    ARROW_ASSIGN_OR_RAISE(simple, MakeTime(type, arrow, zone));
  }
  if (simple == nullptr) {
    ARROW_ASSIGN_OR_RAISE(simple, MakeBytes(type, arrow));
  }
  if (simple != nullptr) {
    return simple;
  }
  switch (arrow.id()) {
    case arrow::Type::NA:
      return Make<NullWriter>();
    case arrow::Type::BOOL:
      return Make<BooleanWriter>();
    case arrow::Type::DICTIONARY: {
      const auto& words = static_cast<const arrow::DictionaryType&>(arrow).value_type();
      ARROW_ASSIGN_OR_RAISE(auto writer, MakeValueWriter(type, *words));
      return Make<DictionaryWriter>(std::move(writer));
    }
    case arrow::Type::EXTENSION: {
      const auto& storage =
          static_cast<const arrow::ExtensionType&>(arrow).storage_type();
      ARROW_ASSIGN_OR_RAISE(auto writer, MakeValueWriter(type, *storage));
      return Make<ExtensionWriter>(std::move(writer));
    }
    default:
      return internal::MakeNestedWriter(type, arrow);
  }
}

}  // namespace tarn::gateway::trino
