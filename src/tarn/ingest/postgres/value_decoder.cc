#include "tarn/ingest/postgres/value_decoder.h"

#include <bit>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_decimal.h>
#include <arrow/array/builder_nested.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/builder_time.h>
#include <arrow/memory_pool.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/ingest/postgres/big_endian.h"
#include "tarn/ingest/postgres/numeric.h"

namespace tarn::ingest::postgres {
namespace {

/// From 1970-01-01, where Arrow counts from, to 2000-01-01, where PostgreSQL does.
constexpr int32_t kEpochDays = 10'957;
constexpr int64_t kDayMicros = 86'400'000'000;
constexpr int64_t kEpochMicros = kEpochDays * kDayMicros;
constexpr char kJsonbVersion = 1;

Status WrongSize(size_t size, size_t expected) {
  return MakeError(
      ErrorCode::kInvalidData,
      fmt::format("A value has {} bytes and should have {}", size, expected));
}

Status NotHeld(const char* what) {
  return MakeError(ErrorCode::kTypeMismatch,
                   std::string(what) +
                       " cannot be kept in a table; load such values as null, or leave "
                       "them out in a query");
}

/// What all decoders share: a builder, made once for the life of the column.
template <typename Builder>
class BuildingDecoder : public ValueDecoder {
 public:
  explicit BuildingDecoder(std::shared_ptr<Builder> builder)
      : typed_(builder.get()), builder_(std::move(builder)) {}
  Status AppendNull() override { return typed_->AppendNull(); }
  const std::shared_ptr<arrow::ArrayBuilder>& builder() const override {
    return builder_;
  }

 protected:
  Builder* typed() const { return typed_; }

 private:
  Builder* const typed_;
  const std::shared_ptr<arrow::ArrayBuilder> builder_;
};

/// `Wire` in network order, made into the builder's values by `Convert`.
template <typename Builder, typename Wire, auto Convert>
class FixedDecoder : public BuildingDecoder<Builder> {
 public:
  using BuildingDecoder<Builder>::BuildingDecoder;
  Status Append(std::string_view bytes) override {
    if (bytes.size() != sizeof(Wire)) {
      return WrongSize(bytes.size(), sizeof(Wire));
    }
    return this->typed()->Append(Convert(LoadBigEndian<Wire>(bytes.data())));
  }
};

bool ToBool(uint8_t byte) { return byte != 0; }
int32_t ToInt32(int16_t value) { return value; }
int32_t SameInt32(int32_t value) { return value; }
int64_t SameInt64(int64_t value) { return value; }
int64_t ToInt64(uint32_t value) { return value; }
float ToFloat(uint32_t bits) { return std::bit_cast<float>(bits); }
double ToDouble(uint64_t bits) { return std::bit_cast<double>(bits); }

class TimeDecoder : public BuildingDecoder<arrow::Time64Builder> {
 public:
  using BuildingDecoder::BuildingDecoder;
  Status Append(std::string_view bytes) override {
    if (bytes.size() != sizeof(int64_t)) {
      return WrongSize(bytes.size(), sizeof(int64_t));
    }
    const auto micros = LoadBigEndian<int64_t>(bytes.data());
    if (micros < 0 || micros > kDayMicros) {
      return MakeError(ErrorCode::kInvalidData, "A time is outside of the day");
    }
    return micros == kDayMicros ? NotHeld("The time 24:00:00") : typed()->Append(micros);
  }
};

/// Days or microseconds since 2000, of which the least and the greatest are infinite.
template <typename Builder, typename Wire, Wire kEpoch>
class MomentDecoder : public BuildingDecoder<Builder> {
 public:
  MomentDecoder(std::shared_ptr<Builder> builder, Unheld unheld)
      : BuildingDecoder<Builder>(std::move(builder)), unheld_(unheld) {}
  Status Append(std::string_view bytes) override {
    if (bytes.size() != sizeof(Wire)) {
      return WrongSize(bytes.size(), sizeof(Wire));
    }
    const auto value = LoadBigEndian<Wire>(bytes.data());
    const bool is_infinite = value == std::numeric_limits<Wire>::max() ||
                             value == std::numeric_limits<Wire>::min();
    if (is_infinite) {
      return unheld_ == Unheld::kNull ? this->AppendNull()
                                      : NotHeld("A date or time that is infinite");
    }
    Wire since_1970 = 0;
    if (__builtin_add_overflow(value, kEpoch, &since_1970)) {
      return NotHeld("A time after the year 294246");
    }
    return this->typed()->Append(since_1970);
  }

 private:
  const Unheld unheld_;
};

template <typename Builder>
class BytesDecoder : public BuildingDecoder<Builder> {
 public:
  using BuildingDecoder<Builder>::BuildingDecoder;
  Status Append(std::string_view bytes) override { return this->typed()->Append(bytes); }
};

class JsonbDecoder : public BuildingDecoder<arrow::StringBuilder> {
 public:
  using BuildingDecoder::BuildingDecoder;
  Status Append(std::string_view bytes) override {
    if (bytes.empty() || bytes.front() != kJsonbVersion) {
      return MakeError(ErrorCode::kInvalidData,
                       "A jsonb value is of a version that is not known");
    }
    return typed()->Append(bytes.substr(1));
  }
};

class NumericDecoder : public BuildingDecoder<arrow::Decimal128Builder> {
 public:
  NumericDecoder(std::shared_ptr<arrow::Decimal128Builder> builder,
                 const ColumnType& type, Unheld unheld)
      : BuildingDecoder(std::move(builder)),
        precision_(type.precision),
        scale_(type.scale),
        unheld_(unheld) {}
  Status Append(std::string_view bytes) override {
    ARROW_ASSIGN_OR_RAISE(const Numeric number, DecodeNumeric(bytes, precision_, scale_));
    if (number.kind == NumericKind::kFinite) {
      return typed()->Append(number.unscaled);
    }
    return unheld_ == Unheld::kNull ? AppendNull()
                                    : NotHeld("A numeric that is NaN or infinite");
  }

 private:
  const int32_t precision_;
  const int32_t scale_;
  const Unheld unheld_;
};

class UuidDecoder : public BuildingDecoder<arrow::FixedSizeBinaryBuilder> {
 public:
  using BuildingDecoder::BuildingDecoder;
  Status Append(std::string_view bytes) override {
    constexpr size_t kBytes = 16;
    if (bytes.size() != kBytes) {
      return WrongSize(bytes.size(), kBytes);
    }
    return typed()->Append(bytes);
  }
};

/// What is left of a value that has parts.
class Parts {
 public:
  explicit Parts(std::string_view bytes) : rest_(bytes) {}

  Result<int32_t> Int32() {
    if (rest_.size() < sizeof(int32_t)) {
      return Cut();
    }
    const auto value = LoadBigEndian<int32_t>(rest_.data());
    rest_.remove_prefix(sizeof(int32_t));
    return value;
  }
  /// A length and as many bytes, appended to `decoder`; -1 is a null.
  Status Append(ValueDecoder* decoder) {
    ARROW_ASSIGN_OR_RAISE(const int32_t length, Int32());
    if (length == -1) {
      return decoder->AppendNull();
    }
    if (length < 0 || static_cast<size_t>(length) > rest_.size()) {
      return Cut();
    }
    const std::string_view part = rest_.substr(0, static_cast<size_t>(length));
    rest_.remove_prefix(part.size());
    return decoder->Append(part);
  }
  Status CheckEnd() const { return rest_.empty() ? Status::OK() : Cut(); }

 private:
  static Status Cut() {
    return MakeError(ErrorCode::kInvalidData,
                     "The parts of an array or composite do not add up");
  }
  std::string_view rest_;
};

class ArrayDecoder : public BuildingDecoder<arrow::ListBuilder> {
 public:
  ArrayDecoder(std::shared_ptr<arrow::ListBuilder> builder,
               std::unique_ptr<ValueDecoder> elements)
      : BuildingDecoder(std::move(builder)), elements_(std::move(elements)) {}

  Status Append(std::string_view bytes) override {
    Parts parts(bytes);
    ARROW_ASSIGN_OR_RAISE(const int32_t dimensions, parts.Int32());
    RETURN_NOT_OK(parts.Int32().status());  // whether there are nulls
    RETURN_NOT_OK(parts.Int32().status());  // the elements' type
    if (dimensions != 0 && dimensions != 1) {
      return MakeError(ErrorCode::kTypeMismatch,
                       fmt::format("An array has {} dimensions, a list only one; take it "
                                   "apart in a query, or cast it to text",
                                   dimensions));
    }
    RETURN_NOT_OK(typed()->Append());
    if (dimensions == 1) {
      ARROW_ASSIGN_OR_RAISE(const int32_t length, parts.Int32());
      RETURN_NOT_OK(parts.Int32().status());  // the first element's number
      for (int32_t i = 0; i < length; ++i) {
        RETURN_NOT_OK(parts.Append(elements_.get()));
      }
    }
    return parts.CheckEnd();
  }

 private:
  const std::unique_ptr<ValueDecoder> elements_;
};

class CompositeDecoder : public BuildingDecoder<arrow::StructBuilder> {
 public:
  CompositeDecoder(std::shared_ptr<arrow::StructBuilder> builder,
                   std::vector<std::unique_ptr<ValueDecoder>> members)
      : BuildingDecoder(std::move(builder)), members_(std::move(members)) {}

  Status Append(std::string_view bytes) override {
    Parts parts(bytes);
    ARROW_ASSIGN_OR_RAISE(const int32_t count, parts.Int32());
    if (count < 0 || static_cast<size_t>(count) != members_.size()) {
      return MakeError(ErrorCode::kInvalidData,
                       fmt::format("A composite has {} attributes and should have {}",
                                   count, members_.size()));
    }
    RETURN_NOT_OK(typed()->Append());
    for (const auto& member : members_) {
      RETURN_NOT_OK(parts.Int32().status());  // its type
      RETURN_NOT_OK(parts.Append(member.get()));
    }
    return parts.CheckEnd();
  }

 private:
  const std::vector<std::unique_ptr<ValueDecoder>> members_;
};

using Made = Result<std::unique_ptr<ValueDecoder>>;

template <typename Decoder, typename Builder, typename... Arguments>
std::unique_ptr<ValueDecoder> Of(std::shared_ptr<Builder> builder,
                                 Arguments&&... arguments) {
  return std::make_unique<Decoder>(std::move(builder),
                                   std::forward<Arguments>(arguments)...);
}

Made MakeArray(const ColumnType& type, const DecodeOptions& options) {
  if (type.members.size() != 1) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "An array has elements of exactly one type");
  }
  ARROW_ASSIGN_OR_RAISE(auto elements,
                        MakeValueDecoder(type.members.front().type, options));
  auto builder = std::make_shared<arrow::ListBuilder>(
      arrow::default_memory_pool(), elements->builder(), ArrowTypeOf(type));
  return Of<ArrayDecoder>(std::move(builder), std::move(elements));
}

Made MakeComposite(const ColumnType& type, const DecodeOptions& options) {
  std::vector<std::unique_ptr<ValueDecoder>> members;
  std::vector<std::shared_ptr<arrow::ArrayBuilder>> builders;
  for (const ColumnType::Member& member : type.members) {
    ARROW_ASSIGN_OR_RAISE(auto decoder, MakeValueDecoder(member.type, options));
    builders.push_back(decoder->builder());
    members.push_back(std::move(decoder));
  }
  auto builder = std::make_shared<arrow::StructBuilder>(
      ArrowTypeOf(type), arrow::default_memory_pool(), std::move(builders));
  return Of<CompositeDecoder>(std::move(builder), std::move(members));
}

}  // namespace

Result<std::unique_ptr<ValueDecoder>> MakeValueDecoder(const ColumnType& type,
                                                       const DecodeOptions& options) {
  using std::make_shared;
  arrow::MemoryPool* const pool = arrow::default_memory_pool();
  const auto moments = [&](auto arrow_type) {
    return make_shared<arrow::TimestampBuilder>(std::move(arrow_type), pool);
  };
  switch (type.form) {
    case Form::kBool:
      return Of<FixedDecoder<arrow::BooleanBuilder, uint8_t, &ToBool>>(
          make_shared<arrow::BooleanBuilder>());
    case Form::kInt16:
      return Of<FixedDecoder<arrow::Int32Builder, int16_t, &ToInt32>>(
          make_shared<arrow::Int32Builder>());
    case Form::kInt32:
      return Of<FixedDecoder<arrow::Int32Builder, int32_t, &SameInt32>>(
          make_shared<arrow::Int32Builder>());
    case Form::kInt64:
      return Of<FixedDecoder<arrow::Int64Builder, int64_t, &SameInt64>>(
          make_shared<arrow::Int64Builder>());
    case Form::kOid:
      return Of<FixedDecoder<arrow::Int64Builder, uint32_t, &ToInt64>>(
          make_shared<arrow::Int64Builder>());
    case Form::kFloat32:
      return Of<FixedDecoder<arrow::FloatBuilder, uint32_t, &ToFloat>>(
          make_shared<arrow::FloatBuilder>());
    case Form::kFloat64:
      return Of<FixedDecoder<arrow::DoubleBuilder, uint64_t, &ToDouble>>(
          make_shared<arrow::DoubleBuilder>());
    case Form::kNumeric:
      return Of<NumericDecoder>(
          make_shared<arrow::Decimal128Builder>(ArrowTypeOf(type), pool), type,
          options.unheld);
    case Form::kText:
      return Of<BytesDecoder<arrow::StringBuilder>>(make_shared<arrow::StringBuilder>());
    case Form::kJsonb:
      return Of<JsonbDecoder>(make_shared<arrow::StringBuilder>());
    case Form::kBytes:
      return Of<BytesDecoder<arrow::BinaryBuilder>>(make_shared<arrow::BinaryBuilder>());
    case Form::kDate:
      return Of<MomentDecoder<arrow::Date32Builder, int32_t, kEpochDays>>(
          make_shared<arrow::Date32Builder>(), options.unheld);
    case Form::kTime:
      return Of<TimeDecoder>(make_shared<arrow::Time64Builder>(ArrowTypeOf(type), pool));
    case Form::kTimestamp:
    case Form::kInstant:
      return Of<MomentDecoder<arrow::TimestampBuilder, int64_t, kEpochMicros>>(
          moments(ArrowTypeOf(type)), options.unheld);
    case Form::kUuid:
      return Of<UuidDecoder>(
          make_shared<arrow::FixedSizeBinaryBuilder>(arrow::fixed_size_binary(16), pool));
    case Form::kArray:
      return MakeArray(type, options);
    case Form::kComposite:
      return MakeComposite(type, options);
  }
  return MakeError(ErrorCode::kInvalidArgument, "A column has no form");
}

}  // namespace tarn::ingest::postgres
