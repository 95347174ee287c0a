#include "tarn/sql/type_name.h"

#include <gtest/gtest.h>

#include "tarn/base/error.h"

namespace tarn::sql {
namespace {

struct Case {
  const char* written;
  const char* trino;
  const char* duckdb;
};
constexpr Case kCases[] = {
    {"BIGINT", "bigint", "bigint"},
    {"long", "bigint", "BIGINT"},
    {"int", "integer", "int"},
    {"float", "real", "float"},
    {"double precision", "double", "double"},
    {"decimal(9,2)", "decimal(9,2)", "decimal(9, 2)"},
    {"varchar(10)", "varchar", "varchar(10)"},
    {"string", "varchar", "string"},
    {"binary", "varbinary", "BLOB"},
    {"timestamp", "timestamp(6)", "TIMESTAMP"},
    {"timestamp(3) with time zone", "timestamp(6) with time zone",
     "TIMESTAMP WITH TIME ZONE"},
    {"timestamp(9)", "timestamp(9)", "TIMESTAMP_NS"},
    {"int[]", "array(integer)", "int[]"},
    {"array<map<string, struct<a: date>>>", "array(map(varchar, row(\"a\" date)))",
     "MAP(string, STRUCT(\"a\" date))[]"},
    {"uuid", "uuid", "uuid"},
    {"timestamptz_ns", "timestamp(9) with time zone", "TIMESTAMP WITH TIME ZONE"},
    {"variant", "variant", "variant"},
    {"unknown", "unknown", "unknown"},
    {"geometry", "geometry", "GEOMETRY"},
    {"geometry('EPSG:4326')", "geometry('EPSG:4326')", "GEOMETRY"},
    {"geography('OGC:CRS84')", "geography", "GEOMETRY"},
    {"geography('EPSG:4326', 'karney')", "geography('EPSG:4326', 'karney')", "GEOMETRY"},
};

TEST(TypeName, MeaningInEachDialect) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.written);
    auto written = ParseTypeName(c.written);
    ASSERT_TRUE(written.ok()) << written.status();
    iceberg::FieldId next_id = 1;
    auto type = IcebergTypeOf(*written, &next_id);
    ASSERT_TRUE(type.ok()) << type.status();
    EXPECT_EQ(TrinoTypeText(*type), c.trino);
    EXPECT_EQ(DuckDbTypeText(*written), c.duckdb);
  }
}

TEST(TypeName, WhatIcebergLacksIsRefusedByName) {
  iceberg::FieldId next_id = 1;
  for (const char* text : {"hugeint", "json", "decimal(39,0)", "decimal(3,5)", "interval",
                           "timestamp(12)", "geometry('a', 'b')",
                           "geography('a', 'flat')", "variant('x')", "geometry(4326)"}) {
    SCOPED_TRACE(text);
    auto written = ParseTypeName(text);
    ASSERT_TRUE(written.ok()) << written.status();
    EXPECT_FALSE(IcebergTypeOf(*written, &next_id).ok());
  }
}

TEST(TypeName, NestedIdsAreUnique) {
  auto written = ParseTypeName("row(a int, b map(varchar, array(int)))");
  ASSERT_TRUE(written.ok());
  iceberg::FieldId next_id = 10;
  auto type = IcebergTypeOf(*written, &next_id);
  ASSERT_TRUE(type.ok());
  EXPECT_EQ(next_id, 15);
  EXPECT_EQ(type->fields()[1].type.value().type.element().id, 14);
}

}  // namespace
}  // namespace tarn::sql
