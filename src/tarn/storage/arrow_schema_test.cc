#include "tarn/storage/arrow_schema.h"

#include <arrow/extension/uuid.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <gtest/gtest.h>

#include "tarn/testing/status_matchers.h"

namespace tarn::storage {
namespace {

using iceberg::Field;
using iceberg::Type;

std::vector<Field> EveryType() {
  const auto field = [](int32_t id, std::string name, Type type, bool required = false) {
    return Field{
        .id = id, .name = std::move(name), .type = std::move(type), .required = required};
  };
  return {
      field(1, "flag", Type::Boolean()),
      field(2, "i", Type::Int(), true),
      field(3, "l", Type::Long()),
      field(4, "f", Type::Float()),
      field(5, "d", Type::Double()),
      field(6, "dec", Type::Decimal(38, 10)),
      field(7, "date", Type::Date()),
      field(8, "time", Type::Time()),
      field(9, "ts", Type::Timestamp()),
      field(10, "tstz", Type::TimestampTz()),
      field(11, "s", Type::String()),
      field(12, "fix", Type::Fixed(7)),
      field(13, "bin", Type::Binary()),
      field(14, "point",
            Type::Struct(
                {field(17, "x", Type::Double(), true), field(18, "y", Type::Double())})),
      field(15, "tags", Type::List(19, Type::String(), true)),
      field(16, "m",
            Type::Map(20, Type::String(), 21, Type::List(22, Type::Long(), false), true)),
  };
}

TEST(ArrowSchema, ThereAndBackAgain) {
  ASSERT_OK_AND_ASSIGN(const auto schema, iceberg::Schema::Make({}, EveryType()));
  ASSERT_OK_AND_ASSIGN(const auto arrow_schema, ArrowSchemaOf(*schema));
  ASSERT_OK_AND_ASSIGN(const auto fields, FieldsFromArrow(*arrow_schema));
  ASSERT_OK_AND_ASSIGN(const auto again, iceberg::Schema::Make({}, fields));
  EXPECT_TRUE(again->SameAs(*schema)) << again->ToString() << "\n" << schema->ToString();
}

TEST(ArrowSchema, IdsTravelInTheMetadataOfEveryField) {
  ASSERT_OK_AND_ASSIGN(const auto schema, iceberg::Schema::Make({}, EveryType()));
  ASSERT_OK_AND_ASSIGN(const auto arrow_schema, ArrowSchemaOf(*schema));
  const auto id_of = [](const arrow::Field& field) {
    return field.metadata()->Get("PARQUET:field_id").ValueOr("none");
  };
  EXPECT_EQ(id_of(*arrow_schema->field(0)), "1");
  EXPECT_FALSE(arrow_schema->field(1)->nullable());
  EXPECT_EQ(id_of(*arrow_schema->field(13)->type()->field(1)), "18");
  EXPECT_EQ(id_of(*arrow_schema->field(14)->type()->field(0)), "19");
  const auto& map = static_cast<const arrow::MapType&>(*arrow_schema->field(15)->type());
  EXPECT_EQ(id_of(*map.key_field()), "20");
  EXPECT_EQ(id_of(*map.item_field()), "21");
  EXPECT_FALSE(map.item_field()->nullable());
}

TEST(ArrowSchema, TypesOfVersionThree) {
  const auto bytes = arrow::binary();
  const std::pair<Type, std::shared_ptr<arrow::DataType>> cases[] = {
      {Type::TimestampNs(), arrow::timestamp(arrow::TimeUnit::NANO)},
      {Type::TimestampTzNs(), arrow::timestamp(arrow::TimeUnit::NANO, "UTC")},
      {Type::Unknown(), arrow::null()},
      {Type::Geometry(), bytes},
      {Type::Geography("OGC:CRS84", "karney"), bytes},
      {Type::Variant(), arrow::struct_({arrow::field("metadata", bytes, false),
                                        arrow::field("value", bytes, false)})},
  };
  for (const auto& [type, expected] : cases) {
    SCOPED_TRACE(type.ToString());
    ASSERT_OK_AND_ASSIGN(const auto arrow_type, ArrowTypeOf(type));
    EXPECT_TRUE(arrow_type->Equals(*expected)) << arrow_type->ToString();
  }
}

TEST(FieldsFromArrow, TypesWithoutAnExactIcebergType) {
  const std::pair<std::shared_ptr<arrow::DataType>, Type> cases[] = {
      {arrow::int8(), Type::Int()},
      {arrow::uint16(), Type::Int()},
      {arrow::uint32(), Type::Long()},
      {arrow::uint64(), Type::Decimal(20, 0)},
      {arrow::float16(), Type::Float()},
      {arrow::decimal256(38, 2), Type::Decimal(38, 2)},
      {arrow::decimal128(5, -2), Type::Decimal(7, 0)},
      {arrow::date64(), Type::Date()},
      {arrow::time32(arrow::TimeUnit::MILLI), Type::Time()},
      {arrow::time64(arrow::TimeUnit::NANO), Type::Time()},
      {arrow::timestamp(arrow::TimeUnit::SECOND), Type::Timestamp()},
      {arrow::timestamp(arrow::TimeUnit::NANO), Type::Timestamp()},
      {arrow::timestamp(arrow::TimeUnit::NANO, "Europe/Berlin"), Type::TimestampTz()},
      {arrow::large_utf8(), Type::String()},
      {arrow::utf8_view(), Type::String()},
      {arrow::large_binary(), Type::Binary()},
      {arrow::dictionary(arrow::int32(), arrow::utf8()), Type::String()},
      {arrow::duration(arrow::TimeUnit::MICRO), Type::Long()},
      {arrow::null(), Type::String()},
      {arrow::extension::uuid(), Type::Uuid()},
      {arrow::fixed_size_binary(16), Type::Fixed(16)},
      {arrow::large_list(arrow::int8()), Type::List(2, Type::Int(), false)},
      {arrow::fixed_size_list(arrow::float32(), 3), Type::List(2, Type::Float(), false)},
  };
  for (const auto& [type, expected] : cases) {
    SCOPED_TRACE(type->ToString());
    ASSERT_OK_AND_ASSIGN(const auto fields,
                         FieldsFromArrow(*arrow::schema({arrow::field("c", type)})));
    ASSERT_EQ(fields.size(), 1U);
    EXPECT_EQ(fields[0].type.ToString(), expected.ToString());
    EXPECT_EQ(fields[0].id, 1);
    EXPECT_FALSE(fields[0].required);
  }
}

TEST(FieldsFromArrow, NanosecondsOnDemand) {
  const auto schema =
      arrow::schema({arrow::field("c", arrow::timestamp(arrow::TimeUnit::NANO, "UTC"))});
  ASSERT_OK_AND_ASSIGN(const auto fields,
                       FieldsFromArrow(*schema, {.keep_nanoseconds = true}));
  EXPECT_EQ(fields[0].type, Type::TimestampTzNs());
}

TEST(FieldsFromArrow, RefusesWhatHasNoPlace) {
  const std::shared_ptr<arrow::DataType> cases[] = {
      arrow::decimal256(60, 2), arrow::month_interval(),
      arrow::dense_union({arrow::field("a", arrow::int32())}),
      arrow::struct_({arrow::field("inner", arrow::month_interval())})};
  for (const auto& type : cases) {
    SCOPED_TRACE(type->ToString());
    EXPECT_ERROR(FieldsFromArrow(*arrow::schema({arrow::field("col", type)})),
                 ErrorCode::kNotSupported, "Column col: ");
  }
}

TEST(FieldsFromArrow, VeryDeepTypesAreRefused) {
  std::shared_ptr<arrow::DataType> type = arrow::int32();
  for (int i = 0; i < 200; ++i) {
    type = arrow::list(type);
  }
  EXPECT_ERROR(FieldsFromArrow(*arrow::schema({arrow::field("deep", type)})),
               ErrorCode::kNotSupported, "100 levels");
}

}  // namespace
}  // namespace tarn::storage
