#include "tarn/ingest/mysql/value_appender.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <arrow/array/builder_base.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_decimal.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/builder_time.h>
#include <arrow/type.h>
#include <arrow/util/decimal.h>
#include <fmt/format.h>

#include "tarn/base/error.h"

namespace tarn::ingest::mysql {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kSecondsPerDay = 86'400;
constexpr size_t kTextBytesFirst = 256;
constexpr size_t kNumberBytesMax = 96;  // 65 digits, sign and point

Status Unfit(const std::string& what) {
  return MakeError(ErrorCode::kTypeMismatch, what);
}

/// Unset for the zero date, and for days that are none: 2024-00-00, 2023-02-30.
std::optional<int64_t> DaysOf(const MYSQL_TIME& time) {
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(time.year)),
                                         std::chrono::month(time.month),
                                         std::chrono::day(time.day)};
  if (!date.ok() || time.year > 9999) {
    return std::nullopt;
  }
  return std::chrono::sys_days(date).time_since_epoch().count();
}

/// Without days, whatever they are.
int64_t MicrosOfDay(const MYSQL_TIME& time) {
  const auto seconds = (int64_t{time.hour} * 60 + time.minute) * 60 + time.second;
  return seconds * kMicrosPerSecond +
         static_cast<int64_t>(time.second_part %
                              static_cast<unsigned long>(kMicrosPerSecond));
}

template <typename Builder, typename Value>
class FixedAppender : public ValueAppender {
 public:
  FixedAppender(std::shared_ptr<Builder> builder, enum_field_types type)
      : builder_(std::move(builder)), base_(builder_), type_(type) {}

  void Bind(MYSQL_BIND* bind) final {
    bind->buffer_type = type_;
    bind->buffer = &value_;
    bind->buffer_length = sizeof value_;
    bind->is_null = &is_null_;
    bind->is_unsigned = is_unsigned_;
  }
  Status Append() final { return is_null_ != 0 ? builder_->AppendNull() : AppendValue(); }
  size_t num_bytes() const final { return sizeof value_; }
  const std::shared_ptr<arrow::ArrayBuilder>& builder() const final { return base_; }

 protected:
  virtual Status AppendValue() = 0;

  const std::shared_ptr<Builder> builder_;
  Value value_ = {};
  my_bool is_unsigned_ = 0;

 private:
  const std::shared_ptr<arrow::ArrayBuilder> base_;
  const enum_field_types type_;
  my_bool is_null_ = 0;
};

template <typename Builder, typename Value>
class NumberAppender final : public FixedAppender<Builder, Value> {
 public:
  using FixedAppender<Builder, Value>::FixedAppender;

 private:
  Status AppendValue() override {
    return this->builder_->Append(
        static_cast<typename Builder::value_type>(this->value_));
  }
};

class BoolAppender final : public FixedAppender<arrow::BooleanBuilder, int64_t> {
 public:
  using FixedAppender::FixedAppender;

 private:
  Status AppendValue() override {
    if (value_ != 0 && value_ != 1) {
      return Unfit(
          fmt::format("{} is neither true nor false; load tinyint(1) as a number "
                      "with the option tinyint1=integer",
                      value_));
    }
    return builder_->Append(value_ != 0);
  }
};

class UnsignedAppender final : public FixedAppender<arrow::Decimal128Builder, uint64_t> {
 public:
  explicit UnsignedAppender(std::shared_ptr<arrow::Decimal128Builder> builder)
      : FixedAppender(std::move(builder), MYSQL_TYPE_LONGLONG) {
    is_unsigned_ = 1;
  }

 private:
  Status AppendValue() override { return builder_->Append(arrow::Decimal128(0, value_)); }
};

/// Dates and times, some of which a table has no place for.
template <typename Builder>
class MomentAppender final : public FixedAppender<Builder, MYSQL_TIME> {
 public:
  MomentAppender(std::shared_ptr<Builder> builder, enum_field_types type, Form form,
                 Unheld unheld)
      : FixedAppender<Builder, MYSQL_TIME>(std::move(builder), type),
        form_(form),
        unheld_(unheld) {}

 private:
  Status AppendValue() override {
    const MYSQL_TIME& time = this->value_;
    std::optional<int64_t> value;
    if (form_ == Form::kTime) {
      const int64_t micros = MicrosOfDay(time);
      const bool is_of_day =
          time.neg == 0 && time.day == 0 && micros < kSecondsPerDay * kMicrosPerSecond;
      value = is_of_day ? std::optional(micros) : std::nullopt;
    } else if (const auto days = DaysOf(time)) {
      value = form_ == Form::kDate
                  ? *days
                  : *days * kSecondsPerDay * kMicrosPerSecond + MicrosOfDay(time);
    }
    if (value) {
      return this->builder_->Append(static_cast<typename Builder::value_type>(*value));
    }
    return unheld_ == Unheld::kNull ? this->builder_->AppendNull() : NoPlace();
  }

  Status NoPlace() const {
    const MYSQL_TIME& time = this->value_;
    if (form_ == Form::kTime) {
      return Unfit(fmt::format(
          "{}{:02}:{:02}:{:02} is no time of a day; load times as text with the option "
          "time=text, or as null with unheld=null",
          time.neg != 0 ? "-" : "", uint64_t{time.day} * 24 + time.hour, time.minute,
          time.second));
    }
    return Unfit(fmt::format(
        "{:04}-{:02}-{:02} is no date; the option unheld=null loads null in its place",
        time.year, time.month, time.day));
  }

  const Form form_;
  const Unheld unheld_;
};

/// What has a length.
class BytesAppender : public ValueAppender {
 public:
  BytesAppender(std::shared_ptr<arrow::ArrayBuilder> builder, enum_field_types type,
                size_t bytes)
      : base_(std::move(builder)), type_(type), place_(bytes) {}

  void Bind(MYSQL_BIND* bind) final {
    bind->buffer_type = type_;
    bind->buffer = place_.data();
    bind->buffer_length = place_.size();
    bind->length = &length_;
    bind->is_null = &is_null_;
  }
  size_t GrowBy() final {
    if (is_null_ != 0 || length_ <= place_.size()) {
      return 0;
    }
    const size_t more = length_ - place_.size();
    place_.resize(length_ + length_ / 4);
    return more;
  }
  Status Append() final {
    return is_null_ != 0 ? base_->AppendNull()
                         : AppendValue(std::string_view(place_.data(), length_));
  }
  size_t num_bytes() const final { return is_null_ != 0 ? 0 : length_; }
  const std::shared_ptr<arrow::ArrayBuilder>& builder() const final { return base_; }

 protected:
  virtual Status AppendValue(std::string_view value) = 0;

 private:
  const std::shared_ptr<arrow::ArrayBuilder> base_;
  const enum_field_types type_;
  std::vector<char> place_;
  unsigned long length_ = 0;
  my_bool is_null_ = 0;
};

template <typename Builder>
class TextAppender final : public BytesAppender {
 public:
  TextAppender(std::shared_ptr<Builder> builder, enum_field_types type)
      : BytesAppender(builder, type, kTextBytesFirst), own_(std::move(builder)) {}

 private:
  Status AppendValue(std::string_view value) override { return own_->Append(value); }

  const std::shared_ptr<Builder> own_;
};

class DecimalAppender final : public BytesAppender {
 public:
  DecimalAppender(std::shared_ptr<arrow::Decimal128Builder> builder, const Column& column)
      : BytesAppender(builder, MYSQL_TYPE_STRING, kNumberBytesMax),
        own_(std::move(builder)),
        column_(column) {}

 private:
  Status AppendValue(std::string_view value) override {
    int32_t precision = 0;
    int32_t scale = 0;
    arrow::Decimal128 number;
    if (!arrow::Decimal128::FromString(value, &number, &precision, &scale).ok()) {
      return Unfit("A decimal is not as MySQL sends it");
    }
    if (scale != column_.scale) {
      const auto scaled = number.Rescale(scale, column_.scale);
      if (!scaled.ok()) {
        return Unfit("A decimal has more digits than its column");
      }
      number = *scaled;
    }
    return number.FitsInPrecision(column_.precision)
               ? own_->Append(number)
               : Unfit("A decimal has more digits than its column");
  }

  const std::shared_ptr<arrow::Decimal128Builder> own_;
  const Column column_;
};

/// bit(n): up to eight bytes, the most significant first.
template <typename Builder>
class BitsAppender final : public BytesAppender {
 public:
  explicit BitsAppender(std::shared_ptr<Builder> builder)
      : BytesAppender(builder, MYSQL_TYPE_BLOB, sizeof(uint64_t)),
        own_(std::move(builder)) {}

 private:
  Status AppendValue(std::string_view value) override {
    uint64_t bits = 0;
    for (const char c : value) {
      bits = (bits << 8U) | static_cast<unsigned char>(c);
    }
    if constexpr (std::is_same_v<Builder, arrow::BooleanBuilder>) {
      return own_->Append(bits != 0);
    } else if constexpr (std::is_same_v<Builder, arrow::Decimal128Builder>) {
      return own_->Append(arrow::Decimal128(0, bits));
    } else {
      return own_->Append(static_cast<int64_t>(bits));
    }
  }

  const std::shared_ptr<Builder> own_;
};

template <typename Builder>
std::shared_ptr<Builder> NewBuilder(const std::shared_ptr<arrow::DataType>& type) {
  return std::make_shared<Builder>(type, arrow::default_memory_pool());
}

}  // namespace

Result<std::unique_ptr<ValueAppender>> MakeValueAppender(const Column& column,
                                                         const DecodeOptions& options) {
  const auto type = ArrowTypeOf(column);
  switch (column.form) {
    case Form::kBool:
      return std::make_unique<BoolAppender>(NewBuilder<arrow::BooleanBuilder>(type),
                                            MYSQL_TYPE_LONGLONG);
    case Form::kInt32:
      return std::make_unique<NumberAppender<arrow::Int32Builder, int64_t>>(
          NewBuilder<arrow::Int32Builder>(type), MYSQL_TYPE_LONGLONG);
    case Form::kInt64:
      return std::make_unique<NumberAppender<arrow::Int64Builder, int64_t>>(
          NewBuilder<arrow::Int64Builder>(type), MYSQL_TYPE_LONGLONG);
    case Form::kUnsigned:
      return std::make_unique<UnsignedAppender>(
          NewBuilder<arrow::Decimal128Builder>(type));
    case Form::kFloat32:
      return std::make_unique<NumberAppender<arrow::FloatBuilder, float>>(
          NewBuilder<arrow::FloatBuilder>(type), MYSQL_TYPE_FLOAT);
    case Form::kFloat64:
      return std::make_unique<NumberAppender<arrow::DoubleBuilder, double>>(
          NewBuilder<arrow::DoubleBuilder>(type), MYSQL_TYPE_DOUBLE);
    case Form::kDecimal:
      return std::make_unique<DecimalAppender>(NewBuilder<arrow::Decimal128Builder>(type),
                                               column);
    case Form::kText:
    case Form::kTimeText:
      return std::make_unique<TextAppender<arrow::StringBuilder>>(
          NewBuilder<arrow::StringBuilder>(type), MYSQL_TYPE_STRING);
    case Form::kBytes:
      return std::make_unique<TextAppender<arrow::BinaryBuilder>>(
          NewBuilder<arrow::BinaryBuilder>(type), MYSQL_TYPE_BLOB);
    case Form::kDate:
      return std::make_unique<MomentAppender<arrow::Date32Builder>>(
          NewBuilder<arrow::Date32Builder>(type), MYSQL_TYPE_DATE, column.form,
          options.unheld);
    case Form::kTime:
      return std::make_unique<MomentAppender<arrow::Time64Builder>>(
          NewBuilder<arrow::Time64Builder>(type), MYSQL_TYPE_TIME, column.form,
          options.unheld);
    case Form::kTimestamp:
    case Form::kInstant:
      return std::make_unique<MomentAppender<arrow::TimestampBuilder>>(
          NewBuilder<arrow::TimestampBuilder>(type), MYSQL_TYPE_DATETIME, column.form,
          options.unheld);
    case Form::kBit:
      return std::make_unique<BitsAppender<arrow::BooleanBuilder>>(
          NewBuilder<arrow::BooleanBuilder>(type));
    case Form::kBits:
      return std::make_unique<BitsAppender<arrow::Int64Builder>>(
          NewBuilder<arrow::Int64Builder>(type));
    case Form::kBitsDecimal:
      return std::make_unique<BitsAppender<arrow::Decimal128Builder>>(
          NewBuilder<arrow::Decimal128Builder>(type));
  }
  return MakeError(ErrorCode::kInternal, "A column has no form: " + column.name);
}

}  // namespace tarn::ingest::mysql
