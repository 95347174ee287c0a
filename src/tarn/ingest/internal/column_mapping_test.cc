#include "tarn/ingest/internal/column_mapping.h"

#include <arrow/array.h>
#include <arrow/json/from_string.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "tarn/storage/arrow_schema.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::ingest::internal {
namespace {

using iceberg::Type;

std::shared_ptr<const iceberg::Schema> TableSchema() {
  return iceberg::Schema::Make(
             iceberg::SchemaId{0},
             {{.id = 1, .name = "id", .type = Type::Int(), .required = true},
              {.id = 2, .name = "Name", .type = Type::String()},
              {.id = 3, .name = "price", .type = Type::Decimal(9, 2)},
              {.id = 4, .name = "at", .type = Type::Timestamp()}})
      .ValueOrDie();
}

Result<ColumnMapping> Map(const arrow::Schema& source) {
  const auto table = TableSchema();
  ARROW_ASSIGN_OR_RAISE(auto target, storage::ArrowSchemaOf(*table));
  return ColumnMapping::Make(source, *table, std::move(target), "ns.t");
}

std::shared_ptr<arrow::Array> ArrayOf(const std::shared_ptr<arrow::DataType>& type,
                                      const std::string& json) {
  return arrow::json::ArrayFromJSONString(type, json).ValueOrDie();
}

TEST(ColumnMapping, ReordersByNameIgnoringCaseAndFillsNulls) {
  const auto schema = arrow::schema(
      {arrow::field("NAME", arrow::utf8()), arrow::field("id", arrow::int64())});
  ASSERT_OK_AND_ASSIGN(const ColumnMapping mapping, Map(*schema));
  const auto batch = arrow::RecordBatch::Make(
      schema, 2,
      {ArrayOf(arrow::utf8(), R"(["a", null])"), ArrayOf(arrow::int64(), "[1, 2]")});
  ASSERT_OK_AND_ASSIGN(const auto mapped, mapping.Apply(*batch));
  ASSERT_EQ(mapped->num_columns(), 4);
  EXPECT_TRUE(mapped->column(0)->Equals(*ArrayOf(arrow::int32(), "[1, 2]")));
  EXPECT_TRUE(mapped->column(1)->Equals(*ArrayOf(arrow::utf8(), R"(["a", null])")));
  EXPECT_EQ(mapped->column(2)->null_count(), 2);
  EXPECT_EQ(mapped->column(3)->null_count(), 2);
  EXPECT_OK(mapped->ValidateFull());
}

TEST(ColumnMapping, RefusesUnknownAndMissingColumnsByName) {
  EXPECT_ERROR(Map(*arrow::schema({arrow::field("id", arrow::int32()),
                                   arrow::field("colour", arrow::utf8())})),
               ErrorCode::kNoSuchColumn, "colour");
  EXPECT_ERROR(Map(*arrow::schema({arrow::field("name", arrow::utf8())})),
               ErrorCode::kConstraintViolated, "id");
  EXPECT_ERROR(Map(*arrow::schema({arrow::field("id", arrow::int32()),
                                   arrow::field("ID", arrow::int32())})),
               ErrorCode::kNoSuchColumn, "id");
}

struct TypeCase {
  const char* name;
  const char* column;
  std::shared_ptr<arrow::DataType> type;
  bool fits;
};

TEST(ColumnMapping, AllowsOnlyTypesThatLoseNothing) {
  const TypeCase cases[] = {
      {"long into int", "id", arrow::int64(), true},
      {"double into int", "id", arrow::float64(), false},
      {"string into int", "id", arrow::utf8(), false},
      {"large string", "name", arrow::large_utf8(), true},
      {"dictionary", "name", arrow::dictionary(arrow::int32(), arrow::utf8()), true},
      {"int into string", "name", arrow::int32(), false},
      {"int into decimal", "price", arrow::int32(), true},
      {"wider decimal", "price", arrow::decimal128(20, 4), true},
      {"double into decimal", "price", arrow::float64(), false},
      {"date into timestamp", "at", arrow::date32(), true},
      {"seconds", "at", arrow::timestamp(arrow::TimeUnit::SECOND), true},
      {"zone into no zone", "at", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), false},
      {"null", "at", arrow::null(), true},
  };
  for (const TypeCase& c : cases) {
    SCOPED_TRACE(c.name);
    arrow::FieldVector fields = {arrow::field(c.column, c.type)};
    if (std::string_view(c.column) != "id") {
      fields.push_back(arrow::field("id", arrow::int32()));
    }
    const auto mapping = Map(*arrow::schema(fields));
    if (c.fits) {
      EXPECT_OK(mapping);
    } else {
      EXPECT_ERROR(mapping, ErrorCode::kTypeMismatch, c.column);
    }
  }
}

TEST(ColumnMapping, AValueThatDoesNotFitIsNamed) {
  const auto schema = arrow::schema({arrow::field("id", arrow::int64()),
                                     arrow::field("price", arrow::decimal128(20, 4))});
  ASSERT_OK_AND_ASSIGN(const ColumnMapping mapping, Map(*schema));
  const auto ids = ArrayOf(arrow::int64(), "[3000000000]");
  const auto prices = ArrayOf(schema->field(1)->type(), R"(["1.5000"])");
  EXPECT_ERROR(mapping.Apply(*arrow::RecordBatch::Make(schema, 1, {ids, prices})),
               ErrorCode::kTypeMismatch, "Column id");
  const auto fine = ArrayOf(arrow::int64(), "[3]");
  const auto too_exact = ArrayOf(schema->field(1)->type(), R"(["1.5001"])");
  EXPECT_ERROR(mapping.Apply(*arrow::RecordBatch::Make(schema, 1, {fine, too_exact})),
               ErrorCode::kTypeMismatch, "Column price");
  ASSERT_OK_AND_ASSIGN(const auto mapped, mapping.Apply(*arrow::RecordBatch::Make(
                                              schema, 1, {fine, prices})));
  EXPECT_TRUE(
      mapped->column(2)->Equals(*ArrayOf(arrow::decimal128(9, 2), R"(["1.50"])")));
}

}  // namespace
}  // namespace tarn::ingest::internal
