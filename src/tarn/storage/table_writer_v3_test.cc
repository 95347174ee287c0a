// Files with the types of format version 3, and rows that Parquet's writer takes only
// when they are prepared.
#include <cmath>
#include <cstring>

#include <arrow/scalar.h>
#include <gmock/gmock.h>
#include <parquet/schema.h>
#include <parquet/types.h>

#include "tarn/storage/table_writer_fixture_test.h"

namespace tarn::storage {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

/// Little-endian WKB of a point of `coordinates` (2 to 4), ISO type codes.
std::string Wkb(const std::vector<double>& coordinates, bool has_m = false) {
  const uint32_t type = coordinates.size() == 4   ? 3001
                        : coordinates.size() == 2 ? 1
                        : has_m                   ? 2001
                                                  : 1001;
  std::string bytes(1, '\x01');
  bytes.append(reinterpret_cast<const char*>(&type), sizeof(type));
  for (const double coordinate : coordinates) {
    bytes.append(reinterpret_cast<const char*>(&coordinate), sizeof(coordinate));
  }
  return bytes;
}

std::vector<double> Doubles(const std::string& bytes) {
  std::vector<double> values(bytes.size() / sizeof(double));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(double));
  return values;
}

/// Row by row: below a null, arrays may hold anything.
void ExpectSame(const arrow::Table& table, const arrow::RecordBatch& rows) {
  ASSERT_EQ(table.num_columns(), rows.num_columns());
  ASSERT_EQ(table.num_rows(), rows.num_rows());
  for (int i = 0; i < table.num_columns(); ++i) {
    for (int64_t row = 0; row < table.num_rows(); ++row) {
      const auto read = table.column(i)->GetScalar(row).ValueOrDie();
      const auto written = rows.column(i)->GetScalar(row).ValueOrDie();
      EXPECT_TRUE(read->Equals(*written)) << read->ToString() << written->ToString();
    }
  }
}

class TableWriterV3Test : public TableWriterTest {
 protected:
  std::shared_ptr<arrow::RecordBatch> Geometries(
      const std::vector<std::optional<std::string>>& values) {
    arrow::BinaryBuilder builder;
    for (const auto& value : values) {
      EXPECT_OK(value ? builder.Append(*value) : builder.AppendNull());
    }
    return arrow::RecordBatch::Make(ArrowSchema(), static_cast<int64_t>(values.size()),
                                    {builder.Finish().ValueOrDie()});
  }

  iceberg::ColumnStats StatsOfGeometries(
      const std::vector<std::optional<std::string>>& values) {
    auto files = WriteAll({Geometries(values)});
    EXPECT_OK(files);
    EXPECT_THAT(files->at(0).columns, SizeIs(1));
    return files->at(0).columns.at(0);
  }
};

TEST_F(TableWriterV3Test, NanosecondsAreKept) {
  MakeTable({Column(1, "t", Type::TimestampNs()), Column(2, "z", Type::TimestampTzNs())});
  const auto rows = Rows("[[1, -1], [null, null], [1700000000123456789, 0]]");
  ASSERT_OK_AND_ASSIGN(const auto files, WriteAll({rows}));
  const auto table = Read(files.at(0));
  EXPECT_TRUE(table->column(0)->chunk(0)->Equals(rows->column(0)));
  EXPECT_TRUE(table->column(1)->chunk(0)->Equals(rows->column(1)));
  const auto footer = Footer(files[0]);
  const auto* schema = footer->schema();
  EXPECT_THAT(schema->Column(1)->logical_type()->ToString(),
              HasSubstr("isAdjustedToUTC=true, timeUnit=nanoseconds"));
  const auto& stats = files[0].columns.at(0);
  EXPECT_EQ(stats.lower_bound, std::string("\x01\0\0\0\0\0\0\0", 8));
}

TEST_F(TableWriterV3Test, Trap53_VariantsAreAnnotatedGroups) {
  MakeTable({Column(1, "v", Type::Variant()),
             Column(2, "l", Type::List(3, Type::Variant(), false))});
  // The second variant is null, so are its parts; Parquet has both of them required.
  const auto rows = RowsOf(
      arrow::schema(
          {arrow::field("v", arrow::struct_({arrow::field("m", arrow::binary()),
                                             arrow::field("v", arrow::binary())})),
           arrow::field(
               "l", arrow::list(arrow::struct_({arrow::field("m", arrow::binary()),
                                                arrow::field("v", arrow::binary())})))}),
      R"([[["mm", "vv"], [["a", "b"], null]], [null, null], [["", ""], []]])");
  ASSERT_OK_AND_ASSIGN(const auto files, WriteAll({rows}));
  const auto footer = Footer(files.at(0));
  const auto* root = footer->schema()->group_node();
  const auto& group = static_cast<const parquet::schema::GroupNode&>(*root->field(0));
  EXPECT_TRUE(group.logical_type()->is_variant());
  EXPECT_EQ(group.field_id(), 1);
  EXPECT_TRUE(group.is_optional());
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(group.field(i)->is_required());
  }
  EXPECT_EQ(group.field(0)->name(), "metadata");
  EXPECT_EQ(group.field(1)->name(), "value");
  const auto table = Read(files[0]);
  EXPECT_EQ(table->column(0)->null_count(), 1);
  const auto expected = Rows(R"([[["mm", "vv"], [["a", "b"], null]], [null, null],
                                 [["", ""], []]])");
  ExpectSame(*table, *expected);
}

TEST_F(TableWriterV3Test, Trap53_GeometriesSayTheirReferenceSystem) {
  MakeTable({Column(1, "a", Type::Geometry()),
             Column(2, "b", Type::Geometry("EPSG:4326")),
             Column(3, "c", Type::Geography("OGC:CRS84", "karney")),
             Column(4, "l", Type::List(5, Type::Geometry(), true))});
  ASSERT_OK_AND_ASSIGN(const auto files, WriteAll({Rows("[[null, null, null, null]]")}));
  const auto footer = Footer(files.at(0));
  const auto* schema = footer->schema();
  EXPECT_EQ(schema->Column(0)->logical_type()->ToString(), "Geometry(crs=)");
  EXPECT_EQ(schema->Column(1)->logical_type()->ToString(), "Geometry(crs=EPSG:4326)");
  EXPECT_EQ(schema->Column(2)->logical_type()->ToString(),
            "Geography(crs=, algorithm=karney)");
  EXPECT_TRUE(schema->Column(3)->logical_type()->is_geometry());
  EXPECT_EQ(schema->Column(3)->schema_node()->field_id(), 5);
}

TEST_F(TableWriterV3Test, Trap53_BoundsOfGeometriesArePackedPoints) {
  MakeTable({Column(1, "g", Type::Geometry())});
  struct Case {
    const char* name;
    std::vector<std::optional<std::string>> values;
    std::vector<double> lower;
    std::vector<double> upper;
  };
  const Case cases[] = {
      {"xy", {Wkb({1, -2}), std::nullopt, Wkb({-3, 4})}, {-3, -2}, {1, 4}},
      {"xyz", {Wkb({1, 2, 3}), Wkb({0, 5, -6})}, {0, 2, -6}, {1, 5, 3}},
      {"xyzm", {Wkb({1, 2, 3, 4}), Wkb({5, 6, 7, 8})}, {1, 2, 3, 4}, {5, 6, 7, 8}},
      {"some with z", {Wkb({1, 2, 3}), Wkb({9, 9})}, {1, 2, 3}, {9, 9, 3}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const auto stats = StatsOfGeometries(c.values);
    ASSERT_TRUE(stats.lower_bound && stats.upper_bound);
    EXPECT_EQ(Doubles(*stats.lower_bound), c.lower);
    EXPECT_EQ(Doubles(*stats.upper_bound), c.upper);
    EXPECT_EQ(stats.value_count, static_cast<int64_t>(c.values.size()));
  }
  const auto with_m = StatsOfGeometries({Wkb({1, 2, 7}, /*has_m=*/true)});
  ASSERT_TRUE(with_m.lower_bound.has_value());
  const std::vector<double> corner = Doubles(*with_m.lower_bound);
  ASSERT_THAT(corner, SizeIs(4));
  EXPECT_TRUE(std::isnan(corner[2])) << "no z beside the m";
  EXPECT_EQ(corner[3], 7);
}

TEST_F(TableWriterV3Test, Trap53_NoBoundsThatMayBeWrong) {
  MakeTable({Column(1, "g", Type::Geometry())});
  EXPECT_FALSE(StatsOfGeometries({std::nullopt}).lower_bound.has_value());
  EXPECT_FALSE(StatsOfGeometries({Wkb({1, 2}), "no WKB"}).lower_bound.has_value());
  const double nan = std::nan("");
  EXPECT_FALSE(StatsOfGeometries({Wkb({nan, nan})}).lower_bound.has_value()) << "empty";
  MakeTable({Column(1, "g", Type::Geography())});
  EXPECT_FALSE(StatsOfGeometries({Wkb({1, 2})}).lower_bound.has_value());
}

TEST_F(TableWriterV3Test, UnknownColumnsAreInNoFile) {
  const Type inside =
      Type::Struct({Column(3, "a", Type::Int()), Column(4, "u", Type::Unknown()),
                    Column(5, "b", Type::Int())});
  MakeTable({Column(1, "u", Type::Unknown()), Column(2, "s", inside),
             Column(6, "m", Type::Map(7, Type::String(), 8, inside, false))});
  const auto rows =
      Rows(R"([[null, [1, null, 2], [["k", [3, null, 4]]]], [null, null, []]])");
  ASSERT_OK_AND_ASSIGN(const auto files, WriteAll({rows}));
  const auto table = Read(files.at(0));
  ASSERT_EQ(table->num_columns(), 2);
  EXPECT_EQ(table->schema()->field(0)->name(), "s");
  EXPECT_EQ(table->schema()->field(0)->type()->num_fields(), 2);
  const auto stored = arrow::struct_(
      {arrow::field("a", arrow::int32()), arrow::field("b", arrow::int32())});
  const auto expected =
      RowsOf(arrow::schema({arrow::field("s", stored),
                            arrow::field("m", arrow::map(arrow::utf8(), stored))}),
             R"([[[1, 2], [["k", [3, 4]]]], [null, []]])");
  ExpectSame(*table, *expected);
  EXPECT_EQ(files[0].record_count, 2);
}

TEST_F(TableWriterV3Test, UnknownAloneCannotBeWritten) {
  struct Case {
    const char* name;
    Type type;
  };
  const Case cases[] = {
      {"all of a table", Type::Unknown()},
      {"all of a struct", Type::Struct({Column(2, "u", Type::Unknown())})},
      {"a list", Type::List(2, Type::Unknown(), false)},
      {"a map", Type::Map(2, Type::String(), 3, Type::Unknown(), false)},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    MakeTable({Column(1, "c", c.type)});
    EXPECT_ERROR(OpenWriter(), ErrorCode::kNotSupported, "not stored");
  }
}

// A null struct has null children, required ones too: Parquet's writer must not take
// those for nulls of their own.
TEST_F(TableWriterV3Test, RequiredFieldsOfNullStructs) {
  const Type inner = Type::Struct({Column(3, "x", Type::Int(), /*required=*/true),
                                   Column(4, "s", Type::String(), /*required=*/true)});
  MakeTable({Column(1, "p", inner), Column(2, "l", Type::List(5, inner, false)),
             Column(6, "m", Type::Map(7, Type::String(), 8, inner, false))});
  const char* json = R"([[null, [null, [1, "a"]], [["k", null]]],
                         [[2, "b"], null, null],
                         [null, [], [["k", [3, "c"]], ["n", null]]]])";
  const auto rows = Rows(json);
  ASSERT_OK_AND_ASSIGN(const auto files, WriteAll({rows}));
  const auto table = Read(files.at(0));
  ExpectSame(*table, *rows);
  EXPECT_ERROR(
      WriteAll({RowsOf(
          arrow::schema(
              {arrow::field("p", arrow::struct_({arrow::field("x", arrow::int32()),
                                                 arrow::field("s", arrow::utf8())})),
               arrow::field("l", arrow::null()), arrow::field("m", arrow::null())}),
          R"([[[null, "a"], null, null]])")}),
      ErrorCode::kConstraintViolated, "p.x");
}

}  // namespace
}  // namespace tarn::storage
