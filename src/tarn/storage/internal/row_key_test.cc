#include "tarn/storage/internal/row_key.h"

#include <functional>

#include "tarn/storage/internal/row_order.h"
#include "tarn/storage/random_rows_fixture_test.h"

namespace tarn::storage {
namespace {

using iceberg::Field;
using iceberg::NullOrder;
using iceberg::SortDirection;
using iceberg::SortField;
using iceberg::Transform;
using iceberg::Type;

iceberg::Schema SchemaOf(std::vector<Type> types) {
  std::vector<Field> fields;
  for (Type& type : types) {
    const auto id = static_cast<iceberg::FieldId>(fields.size() + 1);
    fields.push_back({.id = id, .name = "c" + std::to_string(id), .type = type});
  }
  return *iceberg::Schema::MakeForFile(iceberg::SchemaId{0}, std::move(fields))
              .ValueOrDie();
}

std::string PlaceOf(const arrow::RecordBatch& batch, int64_t row) {
  return std::to_string(reinterpret_cast<uintptr_t>(&batch)) + ":" + std::to_string(row);
}

/// The fast order of rows is that of the slow path, ties included.
void ExpectSameOrder(const iceberg::Schema& schema, const iceberg::SortOrder& order,
                     const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches) {
  ASSERT_OK_AND_ASSIGN(const auto plan, KeyPlan::Make(schema, order));
  ASSERT_OK_AND_ASSIGN(const EncodedRows encoded, EncodeAll(*plan, batches));
  const KeyOrder by_key(plan, encoded.summary);
  std::vector<std::string> rows;
  for (const RowRef& row : OrderRows(by_key, encoded.keys)) {
    rows.push_back(PlaceOf(*batches[row.batch], row.row));
  }
  EXPECT_EQ(rows, ReferenceOrder(schema, order, batches, PlaceOf));
}

const Type kTypes[] = {Type::Boolean(),      Type::Int(),           Type::Long(),
                       Type::Float(),        Type::Double(),        Type::Decimal(9, 2),
                       Type::Decimal(18, 0), Type::Decimal(38, 10), Type::Date(),
                       Type::Time(),         Type::Timestamp(),     Type::TimestampTz(),
                       Type::TimestampNs(),  Type::TimestampTzNs(), Type::String(),
                       Type::Uuid(),         Type::Fixed(5),        Type::Fixed(40),
                       Type::Binary()};
const Transform kTransforms[] = {iceberg::Identity{},   iceberg::Bucket{7},
                                 iceberg::Truncate{1},  iceberg::Truncate{10},
                                 iceberg::Truncate{22}, iceberg::Year{},
                                 iceberg::Month{},      iceberg::Day{},
                                 iceberg::Hour{},       iceberg::Void{}};

TEST(RowKey, OrdersEveryTypeUnderEveryTransformAsTheSlowPathDoes) {
  RandomRows random(1);
  int combinations = 0;
  for (const Type& type : kTypes) {
    const iceberg::Schema schema = SchemaOf({type});
    const std::vector<std::shared_ptr<arrow::RecordBatch>> batches = {
        random.Batch(schema, 200), random.Batch(schema, 90)->Slice(7, 71)};
    for (const Transform& transform : kTransforms) {
      if (!iceberg::CanTransform(transform, type)) {
        continue;
      }
      SCOPED_TRACE(type.ToString() + " " + iceberg::TransformToString(transform));
      for (const auto direction :
           {SortDirection::kAscending, SortDirection::kDescending}) {
        for (const auto nulls : {NullOrder::kNullsFirst, NullOrder::kNullsLast}) {
          ++combinations;
          ExpectSameOrder(schema,
                          {.fields = {{.source_ids = {1},
                                       .transform = transform,
                                       .direction = direction,
                                       .null_order = nulls}}},
                          batches);
        }
      }
    }
  }
  EXPECT_GT(combinations, 200);
}

TEST(RowKey, OrdersByManyColumnsTextsAmongThem) {
  RandomRows random(2);
  for (int round = 0; round < 60; ++round) {
    SCOPED_TRACE(round);
    std::vector<Type> types;
    iceberg::SortOrder order;
    for (int64_t i = 1 + random.Below(4); i > 0; --i) {
      types.push_back(random.Below(3) == 0 ? Type::String() : kTypes[random.Below(19)]);
      order.fields.push_back(
          {.source_ids = {static_cast<iceberg::FieldId>(types.size())},
           .direction = random.Below(2) == 0 ? SortDirection::kAscending
                                             : SortDirection::kDescending,
           .null_order =
               random.Below(2) == 0 ? NullOrder::kNullsFirst : NullOrder::kNullsLast});
    }
    const iceberg::Schema schema = SchemaOf(types);
    ExpectSameOrder(schema, order,
                    {random.Batch(schema, 150), random.Batch(schema, 1),
                     random.Batch(schema, 0), random.Batch(schema, 200)});
  }
}

TEST(RowKey, RadixSortOfManyRowsIsStable) {
  RandomRows random(3);
  const iceberg::Schema schema = SchemaOf({Type::Int(), Type::Long(), Type::Date()});
  ExpectSameOrder(schema,
                  {.fields = {{.source_ids = {3}, .transform = iceberg::Month{}},
                              {.source_ids = {1}, .transform = iceberg::Truncate{16}}}},
                  {random.Batch(schema, 9'000), random.Batch(schema, 4'000)});
}

TEST(RowKey, SummaryLeavesOutWhatAllKeysShare) {
  const iceberg::Schema schema = SchemaOf({Type::Long(), Type::Int()});
  ASSERT_OK_AND_ASSIGN(
      const auto plan,
      KeyPlan::Make(schema, {.fields = {{.source_ids = {1}}, {.source_ids = {2}}}}));
  arrow::Int64Builder longs;
  arrow::Int32Builder ints;
  for (int i = 0; i < 1'000; ++i) {
    ASSERT_OK(longs.Append(int64_t{7} << 40 | i));
    ASSERT_OK(ints.Append(i % 4));
  }
  const auto batch =
      arrow::RecordBatch::Make(ArrowSchemaOf(schema).ValueOrDie(), 1'000,
                               {longs.Finish().ValueOrDie(), ints.Finish().ValueOrDie()});
  ASSERT_OK_AND_ASSIGN(const BatchKeys keys, EncodeKeys(*plan, *batch));
  KeySummary summary(*plan);
  summary.Add(*plan, keys);
  const KeyOrder order(plan, summary);
  // 14 bytes of two fields, of which three differ.
  EXPECT_EQ(order.prefix_bytes(), 3U);
  EXPECT_TRUE(order.prefix_is_all());
  EXPECT_LT(order.Prefix(keys.key(*plan, 5)), order.Prefix(keys.key(*plan, 6)));
}

TEST(RowKey, OnlyTextsThatWereCutAreLookedAtAgain) {
  const iceberg::Schema schema = SchemaOf({Type::String(), Type::Int()});
  const iceberg::SortOrder order{.fields = {{.source_ids = {1}}, {.source_ids = {2}}}};
  ASSERT_OK_AND_ASSIGN(const auto plan, KeyPlan::Make(schema, order));
  for (const auto& [text, fits] :
       {std::pair("sixteen letters.", true), std::pair("seventeen letters", false)}) {
    SCOPED_TRACE(text);
    arrow::StringBuilder texts;
    arrow::Int32Builder ints;
    ASSERT_OK(texts.Append(text));
    ASSERT_OK(texts.Append("sixteen"));
    ASSERT_OK(ints.AppendValues({2, 1}));
    const auto batch = arrow::RecordBatch::Make(
        ArrowSchemaOf(schema).ValueOrDie(), 2,
        {texts.Finish().ValueOrDie(), ints.Finish().ValueOrDie()});
    ASSERT_OK_AND_ASSIGN(const EncodedRows encoded, EncodeAll(*plan, {batch}));
    EXPECT_EQ(KeyOrder(plan, encoded.summary).prefix_bytes() <= 8, true);
    EXPECT_EQ(encoded.summary.is_cut(0), !fits);
    ExpectSameOrder(schema, order, {batch, batch});
  }
}

TEST(RowKey, RefusesWhatHasNoOrder) {
  const iceberg::Schema schema = SchemaOf({Type::Int()});
  EXPECT_ERROR(KeyPlan::Make(schema, {.fields = {{.source_ids = {9}}}}),
               ErrorCode::kInvalidData, "9");
  EXPECT_ERROR(
      KeyPlan::Make(schema,
                    {.fields = {{.source_ids = {1},
                                 .transform = iceberg::UnknownTransform{"zorder"}}}}),
      ErrorCode::kNotSupported, "zorder");
  EXPECT_ERROR(KeyPlan::Make(schema, {.fields = {{.source_ids = {1, 1}}}}),
               ErrorCode::kNotSupported, "Cannot sort");
}

}  // namespace
}  // namespace tarn::storage
