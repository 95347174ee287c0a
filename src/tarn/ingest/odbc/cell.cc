#include "tarn/ingest/odbc/cell.h"

#include <charconv>
#include <chrono>
#include <cstring>
#include <optional>
#include <utility>

#include <arrow/array/array_base.h>
#include <arrow/array/builder_base.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_decimal.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/builder_time.h>
#include <arrow/extension/uuid.h>
#include <arrow/type.h>
#include <arrow/util/decimal.h>
#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/ingest/odbc/connection.h"

namespace tarn::ingest::odbc {
namespace {

using internal::Unheld;

/// Longer texts are read one by one.
constexpr uint64_t kBoundCharactersMax = 1'000;
constexpr size_t kNumberBytes = 128;
constexpr size_t kTimeBytes = 32;
constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kSecondsPerDay = 86'400;
constexpr uint64_t kDigitsMax = 38;
constexpr int32_t kUnsignedDigits = 20;

Status Unfit(const std::string& what) {
  return MakeError(ErrorCode::kTypeMismatch, what);
}

/// The bytes as a C value; drivers put nothing shorter.
template <typename Value>
Result<Value> ValueFrom(std::string_view bytes) {
  Value value;
  if (bytes.size() < sizeof value) {
    return MakeError(ErrorCode::kInvalidData, "A value is shorter than its type");
  }
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

template <typename Builder>
class BuilderCell : public Cell {
 public:
  BuilderCell(std::shared_ptr<arrow::DataType> type, SQLSMALLINT c_type, size_t bytes_max)
      : type_(std::move(type)),
        builder_(
            type_->id() == arrow::Type::EXTENSION ? arrow::fixed_size_binary(16) : type_,
            arrow::default_memory_pool()),
        c_type_(c_type),
        bytes_max_(bytes_max) {}

  SQLSMALLINT c_type() const final { return c_type_; }
  size_t bytes_max() const final { return bytes_max_; }
  Status AppendNull() final { return builder_.AppendNull(); }
  std::shared_ptr<arrow::DataType> type() const final { return type_; }
  Result<std::shared_ptr<arrow::Array>> Finish() final {
    ARROW_ASSIGN_OR_RAISE(const auto array, builder_.Finish());
    return array->View(type_);
  }

 protected:
  const std::shared_ptr<arrow::DataType> type_;
  Builder builder_;

 private:
  const SQLSMALLINT c_type_;
  const size_t bytes_max_;
};

template <typename Builder, typename Value>
class NumberCell final : public BuilderCell<Builder> {
 public:
  NumberCell(std::shared_ptr<arrow::DataType> type, SQLSMALLINT c_type)
      : BuilderCell<Builder>(std::move(type), c_type, sizeof(Value)) {}

  Status Append(std::string_view bytes) override {
    ARROW_ASSIGN_OR_RAISE(const Value value, ValueFrom<Value>(bytes));
    if constexpr (std::is_same_v<Builder, arrow::Decimal128Builder>) {
      return this->builder_.Append(arrow::Decimal128(0, value));
    } else if constexpr (std::is_same_v<Builder, arrow::BooleanBuilder>) {
      return this->builder_.Append(value != 0);
    } else {
      return this->builder_.Append(value);
    }
  }
};

class TextCell final : public BuilderCell<arrow::StringBuilder> {
 public:
  explicit TextCell(size_t bytes_max)
      : BuilderCell(arrow::utf8(), SQL_C_WCHAR, bytes_max) {}

  Status Append(std::string_view bytes) override {
    text_.clear();
    for (size_t at = 0; at + 1 < bytes.size(); at += sizeof(char16_t)) {
      char16_t character = 0;
      std::memcpy(&character, bytes.data() + at, sizeof character);
      if (character >= 0x80) {
        return AppendWide(bytes);
      }
      text_.push_back(static_cast<char>(character));
    }
    return builder_.Append(text_);
  }

 private:
  Status AppendWide(std::string_view bytes) {
    wide_.resize(bytes.size() / sizeof(char16_t));
    std::memcpy(wide_.data(), bytes.data(), wide_.size() * sizeof(char16_t));
    ARROW_ASSIGN_OR_RAISE(const std::string text, Narrow(wide_));
    return builder_.Append(text);
  }

  std::string text_;
  std::u16string wide_;
};

class BytesCell final : public BuilderCell<arrow::BinaryBuilder> {
 public:
  explicit BytesCell(size_t bytes_max)
      : BuilderCell(arrow::binary(), SQL_C_BINARY, bytes_max) {}
  Status Append(std::string_view bytes) override { return builder_.Append(bytes); }
};

class DecimalCell final : public BuilderCell<arrow::Decimal128Builder> {
 public:
  DecimalCell(int32_t precision, int32_t scale)
      : BuilderCell(arrow::decimal128(precision, scale), SQL_C_CHAR, kNumberBytes),
        precision_(precision),
        scale_(scale) {}

  Status Append(std::string_view bytes) override {
    int32_t precision = 0;
    int32_t scale = 0;
    arrow::Decimal128 number;
    if (!arrow::Decimal128::FromString(bytes, &number, &precision, &scale).ok()) {
      return Unfit(
          "A decimal is no number; load numbers as text with the option "
          "numeric=text");
    }
    const auto scaled = scale == scale_ ? arrow::Result<arrow::Decimal128>(number)
                                        : number.Rescale(scale, scale_);
    if (!scaled.ok() || !scaled->FitsInPrecision(precision_)) {
      return Unfit(
          fmt::format("A number does not fit into decimal({}, {}), which the "
                      "driver says; load numbers with the option numeric=text "
                      "or numeric=double",
                      precision_, scale_));
    }
    return builder_.Append(*scaled);
  }

 private:
  const int32_t precision_;
  const int32_t scale_;
};

/// Dates, and timestamps to the microsecond.
template <typename Builder, typename Value>
class MomentCell final : public BuilderCell<Builder> {
 public:
  MomentCell(std::shared_ptr<arrow::DataType> type, SQLSMALLINT c_type, Unheld unheld)
      : BuilderCell<Builder>(std::move(type), c_type, sizeof(Value)), unheld_(unheld) {}

  Status Append(std::string_view bytes) override {
    ARROW_ASSIGN_OR_RAISE(const Value value, ValueFrom<Value>(bytes));
    const std::chrono::year_month_day date{std::chrono::year(value.year),
                                           std::chrono::month(value.month),
                                           std::chrono::day(value.day)};
    if (!date.ok()) {
      return unheld_ == Unheld::kNull
                 ? this->builder_.AppendNull()
                 : Unfit(fmt::format("{:04}-{:02}-{:02} is no date; the option "
                                     "unheld=null loads null in its place",
                                     value.year, value.month, value.day));
    }
    const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    if constexpr (std::is_same_v<Value, SQL_DATE_STRUCT>) {
      return this->builder_.Append(static_cast<int32_t>(days));
    } else {
      const int64_t seconds =
          (int64_t{value.hour} * 60 + value.minute) * 60 + value.second;
      return this->builder_.Append((days * kSecondsPerDay + seconds) * kMicrosPerSecond +
                                   int64_t{value.fraction} / 1'000);
    }
  }

 private:
  const Unheld unheld_;
};

class TimeCell final : public BuilderCell<arrow::Time64Builder> {
 public:
  TimeCell()
      : BuilderCell(arrow::time64(arrow::TimeUnit::MICRO), SQL_C_CHAR, kTimeBytes) {}
  Status Append(std::string_view bytes) override {
    ARROW_ASSIGN_OR_RAISE(const int64_t micros, MicrosOfDay(bytes));
    return builder_.Append(micros);
  }
};

class UuidCell final : public BuilderCell<arrow::FixedSizeBinaryBuilder> {
 public:
  UuidCell() : BuilderCell(arrow::extension::uuid(), SQL_C_GUID, sizeof(SQLGUID)) {}
  Status Append(std::string_view bytes) override {
    ARROW_ASSIGN_OR_RAISE(const SQLGUID value, ValueFrom<SQLGUID>(bytes));
    std::array<uint8_t, 16> key = {};
    const uint32_t first = value.Data1;
    for (size_t i = 0; i < 4; ++i) {
      key.at(i) = static_cast<uint8_t>(first >> (24 - 8 * i));
    }
    key[4] = static_cast<uint8_t>(value.Data2 >> 8);
    key[5] = static_cast<uint8_t>(value.Data2);
    key[6] = static_cast<uint8_t>(value.Data3 >> 8);
    key[7] = static_cast<uint8_t>(value.Data3);
    std::memcpy(key.data() + 8, value.Data4, 8);
    return builder_.Append(key.data());
  }
};

std::unique_ptr<Cell> MakeText(uint64_t characters) {
  const bool is_long = characters == 0 || characters > kBoundCharactersMax;
  // Two for what needs a pair.
  return std::make_unique<TextCell>(is_long ? 0 : characters * 2 * sizeof(char16_t));
}

std::unique_ptr<Cell> MakeNumeric(const Column& column, AsNumeric as) {
  if (as == AsNumeric::kDouble) {
    return std::make_unique<NumberCell<arrow::DoubleBuilder, double>>(arrow::float64(),
                                                                      SQL_C_DOUBLE);
  }
  const bool is_decimal = as == AsNumeric::kDecimal && column.size >= 1 &&
                          column.size <= kDigitsMax && column.digits >= 0 &&
                          static_cast<uint64_t>(column.digits) <= column.size;
  if (is_decimal) {
    return std::make_unique<DecimalCell>(static_cast<int32_t>(column.size),
                                         column.digits);
  }
  return MakeText(kNumberBytes);
}

std::unique_ptr<Cell> MakeInteger(const Column& column) {
  if (column.type == SQL_BIGINT && column.is_unsigned) {
    return std::make_unique<NumberCell<arrow::Decimal128Builder, uint64_t>>(
        arrow::decimal128(kUnsignedDigits, 0), SQL_C_UBIGINT);
  }
  if (column.type == SQL_BIGINT || (column.type == SQL_INTEGER && column.is_unsigned)) {
    return std::make_unique<NumberCell<arrow::Int64Builder, int64_t>>(arrow::int64(),
                                                                      SQL_C_SBIGINT);
  }
  return std::make_unique<NumberCell<arrow::Int32Builder, int32_t>>(arrow::int32(),
                                                                    SQL_C_SLONG);
}

}  // namespace

Result<int64_t> MicrosOfDay(std::string_view text) {
  const auto wrong = [&] {
    return Unfit("This is no time of a day: " + std::string(text));
  };
  const auto two = [&](size_t at) -> std::optional<int64_t> {
    int64_t number = 0;
    if (text.size() < at + 2) {
      return std::nullopt;
    }
    const char* const end = text.data() + at + 2;
    const auto read = std::from_chars(text.data() + at, end, number);
    return read.ptr == end && number >= 0 ? std::optional(number) : std::nullopt;
  };
  const auto hour = two(0);
  const auto minute = two(3);
  const auto second = two(6);
  if (!hour || !minute || !second || text[2] != ':' || text[5] != ':' || *hour > 23 ||
      *minute > 59 || *second > 59) {
    return wrong();
  }
  int64_t micros = 0;
  if (text.size() > 8) {
    const std::string_view fraction = text.substr(9);
    if (text[8] != '.' || fraction.empty() || fraction.size() > 9 ||
        fraction.find_first_not_of("0123456789") != std::string_view::npos) {
      return wrong();
    }
    for (size_t i = 0; i < 6; ++i) {
      micros = micros * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
    }
  }
  return ((*hour * 60 + *minute) * 60 + *second) * kMicrosPerSecond + micros;
}

Result<std::unique_ptr<Cell>> MakeCell(const Column& column,
                                       const DecodeOptions& options) {
  switch (column.type) {
    case SQL_BIT:
      return std::make_unique<NumberCell<arrow::BooleanBuilder, uint8_t>>(
          arrow::boolean(), SQL_C_BIT);
    case SQL_TINYINT:
    case SQL_SMALLINT:
    case SQL_INTEGER:
    case SQL_BIGINT:
      return MakeInteger(column);
    case SQL_REAL:
      return std::make_unique<NumberCell<arrow::FloatBuilder, float>>(arrow::float32(),
                                                                      SQL_C_FLOAT);
    case SQL_FLOAT:
    case SQL_DOUBLE:
      return std::make_unique<NumberCell<arrow::DoubleBuilder, double>>(arrow::float64(),
                                                                        SQL_C_DOUBLE);
    case SQL_DECIMAL:
    case SQL_NUMERIC:
      return MakeNumeric(column, options.numeric);
    case SQL_TYPE_DATE:
    case SQL_DATE:
      return std::make_unique<MomentCell<arrow::Date32Builder, SQL_DATE_STRUCT>>(
          arrow::date32(), SQL_C_TYPE_DATE, options.unheld);
    case SQL_TYPE_TIME:
    case SQL_TIME:
      return std::make_unique<TimeCell>();
    case SQL_TYPE_TIMESTAMP:
    case SQL_TIMESTAMP:
      return std::make_unique<MomentCell<arrow::TimestampBuilder, SQL_TIMESTAMP_STRUCT>>(
          arrow::timestamp(arrow::TimeUnit::MICRO), SQL_C_TYPE_TIMESTAMP, options.unheld);
    case SQL_BINARY:
    case SQL_VARBINARY:
    case SQL_LONGVARBINARY: {
      const bool is_long = column.size == 0 || column.size > kBoundCharactersMax ||
                           column.type == SQL_LONGVARBINARY;
      return std::make_unique<BytesCell>(is_long ? 0 : column.size);
    }
    case SQL_GUID:
      return std::make_unique<UuidCell>();
    case SQL_LONGVARCHAR:
    case SQL_WLONGVARCHAR:
      return MakeText(0);
    default:
      return MakeText(column.size);  // characters, and what has no type here
  }
}

}  // namespace tarn::ingest::odbc
