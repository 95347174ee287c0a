#include <gtest/gtest.h>

#include "tarn/iceberg/partition_spec.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg {
namespace {

struct TermCase {
  const char* text;
  Transform transform;
  const char* column;
};

TEST(PartitionTerm, TrinoAndSparkSpelling) {
  const TermCase cases[] = {
      {"region", Identity{}, "region"},
      {"  region\t", Identity{}, "region"},
      {"day", Identity{}, "day"},
      {"identity(region)", Identity{}, "region"},
      {"year(ts)", Year{}, "ts"},
      {"years(ts)", Year{}, "ts"},
      {"MONTH( ts )", Month{}, "ts"},
      {"months(ts)", Month{}, "ts"},
      {"day(ts)", Day{}, "ts"},
      {"days(ts)", Day{}, "ts"},
      {"date(ts)", Day{}, "ts"},
      {"hour(ts)", Hour{}, "ts"},
      {"hours(ts)", Hour{}, "ts"},
      {"date_hour(ts)", Hour{}, "ts"},
      {"bucket(id, 16)", Bucket{16}, "id"},
      {"bucket(16, id)", Bucket{16}, "id"},
      {"bucket (16,id)", Bucket{16}, "id"},
      {"truncate(name, 4)", Truncate{4}, "name"},
      {"truncate(4, name)", Truncate{4}, "name"},
      {"void(x)", Void{}, "x"},
      {"point.x", Identity{}, "point.x"},
      {"day(a.b.ts)", Day{}, "a.b.ts"},
      {"\"my region\"", Identity{}, "my region"},
      {"`my region`", Identity{}, "my region"},
      {"\"say \"\"hi\"\"\"", Identity{}, "say \"hi\""},
      {"\"a\".`b c`", Identity{}, "a.b c"},
      {"day(\"the day\")", Day{}, "the day"},
      {"bucket(\"16\", 8)", Bucket{8}, "16"},
      {"bucket(8, 2fa)", Bucket{8}, "2fa"},
      {"größe", Identity{}, "größe"},
      {"\"day(ts)\"", Identity{}, "day(ts)"},
  };
  for (const TermCase& c : cases) {
    SCOPED_TRACE(c.text);
    ASSERT_OK_AND_ASSIGN(const PartitionTerm term, ParsePartitionTerm(c.text));
    EXPECT_EQ(term.transform, c.transform);
    EXPECT_EQ(term.column, c.column);
  }
}

TEST(PartitionTerm, WrongTextSaysWhatToWrite) {
  for (const char* text : {"",
                           " ",
                           "a b",
                           "a,b",
                           "day(",
                           "day()",
                           "day(ts",
                           "day(ts))",
                           "day(ts) x",
                           "day(ts, 1)",
                           "day(1)",
                           "bucket(id)",
                           "bucket(16)",
                           "bucket(16, 8)",
                           "bucket(a, b)",
                           "bucket(id, 0)",
                           "bucket(id, -1)",
                           "bucket(id, 99999999999)",
                           "bucket(id, 16, 16)",
                           "truncate(name, x)",
                           "zorder(a, b)",
                           "\"open",
                           "\"\"",
                           "a.",
                           ".a",
                           "\"day\"(ts)",
                           "day(\"ts)",
                           "a;drop",
                           "'a'"}) {
    SCOPED_TRACE(text);
    EXPECT_ERROR(ParsePartitionTerm(text), ErrorCode::kSyntax, "bucket(column, N)");
  }
}

TEST(PartitionTerm, DefaultNamesAreJavas) {
  EXPECT_EQ(DefaultPartitionName(Identity{}, "region"), "region");
  EXPECT_EQ(DefaultPartitionName(Bucket{16}, "id"), "id_bucket");
  EXPECT_EQ(DefaultPartitionName(Truncate{4}, "name"), "name_trunc");
  EXPECT_EQ(DefaultPartitionName(Year{}, "ts"), "ts_year");
  EXPECT_EQ(DefaultPartitionName(Month{}, "ts"), "ts_month");
  EXPECT_EQ(DefaultPartitionName(Day{}, "ts"), "ts_day");
  EXPECT_EQ(DefaultPartitionName(Hour{}, "ts"), "ts_hour");
  EXPECT_EQ(DefaultPartitionName(Void{}, "x"), "x_null");
}

}  // namespace
}  // namespace tarn::iceberg
