#include "tarn/engine/internal/type_conversion.h"

#include <limits>

#include <duckdb/common/exception.hpp>
#include <duckdb/common/types/hugeint.hpp>

#include "tarn/testing/status_matchers.h"

namespace tarn::engine {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using iceberg::Type;

iceberg::int128_t Digits(int count) {
  iceberg::int128_t value = 0;
  for (int i = 0; i < count; ++i) {
    value = value * 10 + 9;
  }
  return value;
}

TEST(TypeConversion, KeepsEveryTypeThereAndBack) {
  const Type types[] = {
      Type::Boolean(),
      Type::Int(),
      Type::Long(),
      Type::Float(),
      Type::Double(),
      Type::Decimal(4, 2),
      Type::Decimal(38, 10),
      Type::Date(),
      Type::Time(),
      Type::Timestamp(),
      Type::TimestampTz(),
      Type::TimestampNs(),
      Type::String(),
      Type::Uuid(),
      Type::Binary(),
      Type::Variant(),
      Type::Geometry(),
      Type::Geometry("EPSG:4326"),
      Type::List(1, Type::Map(2, Type::String(), 3, Type::Long(), false), false),
      Type::Struct({{.id = 1, .name = "a", .type = Type::Int()},
                    {.id = 2, .name = "b", .type = Type::Date()}}),
  };
  for (const Type& type : types) {
    SCOPED_TRACE(type.ToString());
    iceberg::FieldId next_id = 1;
    ASSERT_OK_AND_ASSIGN(const Type back, IcebergTypeOf(LogicalTypeOf(type), &next_id));
    EXPECT_EQ(back, type);
  }
}

TEST(TypeConversion, WidensOrRefusesWhatIcebergLacks) {
  iceberg::FieldId next_id = 1;
  EXPECT_EQ(*IcebergTypeOf(LogicalType::SMALLINT, &next_id), Type::Int());
  EXPECT_EQ(*IcebergTypeOf(LogicalType::UINTEGER, &next_id), Type::Long());
  EXPECT_EQ(*IcebergTypeOf(LogicalType::UBIGINT, &next_id), Type::Decimal(20, 0));
  EXPECT_EQ(*IcebergTypeOf(LogicalType::TIMESTAMP_MS, &next_id), Type::Timestamp());
  const LogicalType refused[] = {LogicalType::HUGEINT, LogicalType::INTERVAL,
                                 LogicalType::TIME_TZ, LogicalType::BIT,
                                 LogicalType::LIST(LogicalType::INTERVAL)};
  for (const LogicalType& type : refused) {
    SCOPED_TRACE(type.ToString());
    EXPECT_ERROR(IcebergTypeOf(type, &next_id), ErrorCode::kNotSupported, "");
  }
  EXPECT_THROW(LogicalTypeOf(Type::Struct({})), duckdb::NotImplementedException);
}

// Types of version 3 that DuckDB has no equal of.
TEST(TypeConversion, NearestTypes) {
  EXPECT_EQ(LogicalTypeOf(Type::TimestampTzNs()), LogicalType::TIMESTAMP_TZ);
  EXPECT_EQ(LogicalTypeOf(Type::Geography("OGC:CRS84", "karney")),
            LogicalType::GEOMETRY());
  EXPECT_EQ(LogicalTypeOf(Type::Unknown()), LogicalType::SQLNULL);
  const Type zoned = Type::TimestampTzNs();
  EXPECT_EQ(DuckValueOf(zoned, int64_t{1999}).ToString(),
            "1970-01-01 00:00:00.000001+00");
  EXPECT_EQ(DuckValueOf(zoned, int64_t{-1}).ToString(), "1969-12-31 23:59:59.999999+00");
  // One microsecond stands for a thousand values: no file may be left out for it.
  EXPECT_FALSE(IcebergValueOf(zoned, DuckValueOf(zoned, int64_t{1000})).has_value());
}

TEST(TypeConversion, KeepsEveryValueThereAndBack) {
  struct Case {
    Type type;
    iceberg::Value value;
    const char* text;
  };
  const Case cases[] = {
      {Type::Boolean(), true, "true"},
      {Type::Int(), std::numeric_limits<int32_t>::min(), "-2147483648"},
      {Type::Long(), std::numeric_limits<int64_t>::max(), "9223372036854775807"},
      {Type::Float(), 1.5F, "1.5"},
      {Type::Double(), -2.25, "-2.25"},
      {Type::Decimal(4, 2), iceberg::int128_t{-128}, "-1.28"},
      {Type::Decimal(9, 0), iceberg::int128_t{999999999}, "999999999"},
      {Type::Decimal(18, 2), Digits(18), "9999999999999999.99"},
      {Type::Decimal(38, 0), -Digits(38), "-99999999999999999999999999999999999999"},
      {Type::Date(), int32_t{-1}, "1969-12-31"},
      {Type::Time(), int64_t{1}, "00:00:00.000001"},
      {Type::Timestamp(), int64_t{-1}, "1969-12-31 23:59:59.999999"},
      {Type::TimestampNs(), int64_t{1}, "1970-01-01 00:00:00.000000001"},
      {Type::String(), std::string("h\xC3\xA9"), "h\xC3\xA9"},
      {Type::Uuid(),
       std::string("\xF7\x9C\x3E\x09\x67\x7C\x4B\xBD\xA4\x79\x3F\x34\x9C\xB7\x85\xE7"),
       "f79c3e09-677c-4bbd-a479-3f349cb785e7"},
      {Type::Fixed(2), std::string("\x00\xFF", 2), "\\x00\\xFF"},
      {Type::Binary(), std::string("a\x01"), "a\\x01"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.type.ToString() + " " + c.text);
    const duckdb::Value value = DuckValueOf(c.type, c.value);
    EXPECT_EQ(value.type(), LogicalTypeOf(c.type));
    EXPECT_EQ(value.ToString(), c.text);
    const auto back = IcebergValueOf(c.type, value);
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(*back, c.value);
  }
  EXPECT_TRUE(DuckValueOf(Type::Date(), {}).IsNull());
}

TEST(TypeConversion, GivesNoValueThatIsNotExact) {
  EXPECT_FALSE(
      IcebergValueOf(Type::Int(), duckdb::Value::BIGINT(int64_t{1} << 40)).has_value());
  EXPECT_FALSE(IcebergValueOf(Type::Int(), duckdb::Value::DOUBLE(1.5)).has_value());
  EXPECT_FALSE(
      IcebergValueOf(Type::Int(), duckdb::Value(LogicalType::INTEGER)).has_value());
  EXPECT_FALSE(
      IcebergValueOf(Type::Fixed(2), duckdb::Value::BLOB_RAW("abc")).has_value());
  EXPECT_FALSE(
      IcebergValueOf(Type::Date(), duckdb::Value::DATE(duckdb::date_t::infinity()))
          .has_value());
  EXPECT_FALSE(IcebergValueOf(Type::Timestamp(),
                              duckdb::Value::TIMESTAMP(duckdb::timestamp_t::ninfinity()))
                   .has_value());
  const auto widened = IcebergValueOf(Type::Long(), duckdb::Value::INTEGER(7));
  ASSERT_TRUE(widened.has_value());
  EXPECT_EQ(*widened, iceberg::Value(int64_t{7}));
}

}  // namespace
}  // namespace tarn::engine
