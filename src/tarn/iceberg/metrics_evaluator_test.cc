#include "tarn/iceberg/metrics_evaluator.h"

#include <limits>

#include <gtest/gtest.h>

#include "tarn/iceberg/projection.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg {
namespace {

std::shared_ptr<const Schema> TestSchema() {
  const Type point = Type::Struct({{.id = 20, .name = "x", .type = Type::Int()}});
  return *Schema::Make(SchemaId{0},
                       {{.id = 1, .name = "i", .type = Type::Int()},
                        {.id = 2, .name = "d", .type = Type::Double()},
                        {.id = 3, .name = "s", .type = Type::String()},
                        {.id = 4, .name = "l", .type = Type::Long()},
                        {.id = 5, .name = "b", .type = Type::Boolean()},
                        {.id = 6, .name = "added", .type = Type::Int()},
                        {.id = 7, .name = "nulls", .type = Type::Int()},
                        {.id = 8, .name = "nans", .type = Type::Double()},
                        {.id = 9, .name = "some_nans", .type = Type::Double()},
                        {.id = 10, .name = "point", .type = point},
                        {.id = 11, .name = "uncounted", .type = Type::Int()},
                        {.id = 12, .name = "nullable", .type = Type::Int()},
                        {.id = 13, .name = "nan_bounds", .type = Type::Double()},
                        {.id = 14, .name = "no_upper", .type = Type::String()}});
}

ColumnStats Stats(FieldId id, const Type& type, const Value& lower, const Value& upper,
                  std::optional<int64_t> nulls, std::optional<int64_t> nans = {}) {
  ColumnStats stats{
      .field_id = id, .value_count = 50, .null_count = nulls, .nan_count = nans};
  if (!IsNull(lower)) {
    stats.lower_bound = ValueToBytes(type, lower);
  }
  if (!IsNull(upper)) {
    stats.upper_bound = ValueToBytes(type, upper);
  }
  return stats;
}

/// 50 rows; i in 30..79, d in 1..9 without NaN, s in "abc".."abd…", l as an int column
/// once.
DataFile TestFile() {
  const Type integer = Type::Int();
  const Type number = Type::Double();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  DataFile file;
  file.file_path = "f";
  file.record_count = 50;
  file.columns = {
      Stats(1, integer, int32_t{30}, int32_t{79}, 0),
      Stats(2, number, 1.0, 9.0, 0, 0),
      Stats(3, Type::String(), std::string("abc"), std::string("abd"), 0),
      Stats(4, integer, int32_t{30}, int32_t{79}, 0),
      Stats(5, Type::Boolean(), true, true, 0),
      Stats(7, integer, {}, {}, 50),
      Stats(8, number, {}, {}, 0, 50),
      Stats(9, number, 1.0, 9.0, 0, 10),
      Stats(11, integer, int32_t{30}, int32_t{79}, {}),
      Stats(12, integer, int32_t{30}, int32_t{79}, 5),
      Stats(13, number, nan, nan, 0),
      Stats(14, Type::String(), std::string("zzz"), {}, 0),
      Stats(20, integer, int32_t{1}, int32_t{2}, 0),
  };
  return file;
}

struct Case {
  const char* name;
  Expression filter;
  bool may;
  bool must;
};

Expression Int(Operation op, const char* column, int32_t literal) {
  return Predicate(op, column, Type::Int(), {literal});
}
Expression Double(Operation op, const char* column, double literal) {
  return Predicate(op, column, Type::Double(), {literal});
}
Expression Text(Operation op, const char* column, const char* literal) {
  return Predicate(op, column, Type::String(), {std::string(literal)});
}

void Check(const std::vector<Case>& cases, const DataFile& file = TestFile()) {
  const auto schema = TestSchema();
  for (const Case& c : cases) {
    SCOPED_TRACE(std::string(c.name) + ": " + ExpressionToString(c.filter));
    ASSERT_OK_AND_ASSIGN(const Expression bound, Bind(c.filter, *schema));
    EXPECT_EQ(MayMatch(bound, *schema, file), c.may);
    EXPECT_EQ(MustMatch(bound, *schema, file), c.must);
  }
}

TEST(Metrics, Bounds) {
  Check({{"below", Int(Operation::kLess, "i", 30), false, false},
         {"lowest", Int(Operation::kLessEqual, "i", 30), true, false},
         {"all", Int(Operation::kLess, "i", 80), true, true},
         {"highest", Int(Operation::kGreaterEqual, "i", 79), true, false},
         {"above", Int(Operation::kGreater, "i", 79), false, false},
         {"all from lowest", Int(Operation::kGreaterEqual, "i", 30), true, true},
         {"equal outside", Int(Operation::kEqual, "i", 29), false, false},
         {"equal inside", Int(Operation::kEqual, "i", 50), true, false},
         {"in outside",
          Predicate(Operation::kIn, "i", Type::Int(), {int32_t{1}, int32_t{90}}), false,
          false},
         {"in inside",
          Predicate(Operation::kIn, "i", Type::Int(), {int32_t{1}, int32_t{79}}), true,
          false},
         {"boolean", Predicate(Operation::kEqual, "b", Type::Boolean(), {false}), false,
          false},
         {"boolean, all", Predicate(Operation::kEqual, "b", Type::Boolean(), {true}),
          true, true},
         {"struct member", Int(Operation::kGreater, "point.x", 2), false, false},
         {"and", And(Int(Operation::kLess, "i", 80), Int(Operation::kGreater, "i", 79)),
          false, false},
         {"or", Or(Int(Operation::kLess, "i", 80), Int(Operation::kGreater, "i", 79)),
          true, true}});
}

TEST(Metrics, Trap12_AbsentCountsAreUnknown) {
  Check({{"no statistics", Int(Operation::kEqual, "added", 1), true, false},
         {"no statistics, null", Unary(Operation::kIsNull, "added"), true, false},
         {"no statistics, not null", Unary(Operation::kNotNull, "added"), true, false},
         {"uncounted nulls", Unary(Operation::kIsNull, "uncounted"), true, false},
         {"uncounted nulls, all in bounds", Int(Operation::kLess, "uncounted", 80), true,
          false},
         {"bounds prune without counts", Int(Operation::kLess, "uncounted", 30), false,
          false},
         {"uncounted NaN", Double(Operation::kGreater, "nan_bounds", 1), true, false}});
}

TEST(Metrics, Nulls) {
  Check(
      {{"no nulls", Unary(Operation::kIsNull, "i"), false, false},
       {"no nulls, not null", Unary(Operation::kNotNull, "i"), true, true},
       {"all nulls", Unary(Operation::kIsNull, "nulls"), true, true},
       {"all nulls, not null", Unary(Operation::kNotNull, "nulls"), false, false},
       {"all nulls, compare", Int(Operation::kLess, "nulls", 1), false, false},
       {"all nulls, not equal", Int(Operation::kNotEqual, "nulls", 1), false, false},
       {"some nulls", Unary(Operation::kIsNull, "nullable"), true, false},
       {"some nulls, all others", Int(Operation::kLess, "nullable", 80), true, false},
       {"some nulls, not equal", Int(Operation::kNotEqual, "nullable", 5), true, false}});
}

TEST(Metrics, Trap13_NaNIsOutsideOfBounds) {
  Check({{"no NaN", Unary(Operation::kIsNaN, "d"), false, false},
         {"no NaN, not NaN", Unary(Operation::kNotNaN, "d"), true, true},
         {"above", Double(Operation::kGreater, "d", 9), false, false},
         {"NaN is above", Double(Operation::kGreater, "some_nans", 9), true, false},
         {"NaN is above, too", Double(Operation::kGreaterEqual, "some_nans", 100), true,
          false},
         {"NaN is not below", Double(Operation::kLess, "some_nans", 1), false, false},
         {"not all below", Double(Operation::kLess, "some_nans", 100), true, false},
         {"all NaN", Unary(Operation::kIsNaN, "nans"), true, true},
         {"all NaN, not NaN", Unary(Operation::kNotNaN, "nans"), false, false},
         {"all NaN, less", Double(Operation::kLess, "nans", 1), false, false},
         {"all NaN, equal", Double(Operation::kEqual, "nans", 1), false, false},
         {"all NaN, greater", Double(Operation::kGreater, "nans", 1), true, false},
         {"bounds are NaN", Double(Operation::kLess, "nan_bounds", 1), true, false},
         {"bounds are NaN, equal", Double(Operation::kEqual, "nan_bounds", 1), true,
          false}});
}

TEST(Metrics, Trap13_ZerosAreEqual) {
  const auto schema = TestSchema();
  DataFile file;
  file.record_count = 1;
  file.columns = {Stats(2, Type::Double(), -0.0, -0.0, 0, 0)};
  Check({{"equal", Double(Operation::kEqual, "d", 0.0), true, true},
         {"less", Double(Operation::kLess, "d", 0.0), false, false},
         {"at least", Double(Operation::kGreaterEqual, "d", 0.0), true, true}},
        file);
}

TEST(Metrics, Trap16_BoundsKeepTheWidthTheyWereWrittenIn) {
  Check({{"inside", Predicate(Operation::kEqual, "l", Type::Long(), {int64_t{50}}), true,
          false},
         {"outside", Predicate(Operation::kEqual, "l", Type::Long(), {int64_t{80}}),
          false, false}});
}

TEST(Metrics, Trap17_InequalityCannotPruneByBounds) {
  DataFile file;
  file.record_count = 50;
  file.columns = {Stats(1, Type::Int(), int32_t{5}, int32_t{5}, 0)};
  Check({{"not equal", Int(Operation::kNotEqual, "i", 5), true, false},
         {"not equal outside", Int(Operation::kNotEqual, "i", 6), true, true},
         {"not in",
          Predicate(Operation::kNotIn, "i", Type::Int(), {int32_t{5}, int32_t{7}}), true,
          false},
         {"not in outside",
          Predicate(Operation::kNotIn, "i", Type::Int(), {int32_t{6}, int32_t{7}}), true,
          true}},
        file);
}

TEST(Metrics, Trap10_TruncatedAndMissingTextBounds) {
  Check({{"prefix inside", Text(Operation::kStartsWith, "s", "ab"), true, true},
         {"longer prefix", Text(Operation::kStartsWith, "s", "abcx"), true, false},
         {"prefix below", Text(Operation::kStartsWith, "s", "abb"), false, false},
         {"prefix above", Text(Operation::kStartsWith, "s", "abe"), false, false},
         {"not prefix", Text(Operation::kNotStartsWith, "s", "ab"), false, false},
         {"not prefix, outside", Text(Operation::kNotStartsWith, "s", "x"), true, true},
         {"not prefix, longer", Text(Operation::kNotStartsWith, "s", "abc"), true, false},
         {"no upper bound", Text(Operation::kGreater, "no_upper", "zzzz"), true, false},
         {"no upper bound, below", Text(Operation::kLess, "no_upper", "z"), false, false},
         {"no upper bound, prefix", Text(Operation::kStartsWith, "no_upper", "zzzzz"),
          true, false}});
}

TEST(Metrics, FilesWithoutRowsAndUncountedOnes) {
  DataFile file = TestFile();
  file.record_count = 0;
  Check({{"empty", Int(Operation::kEqual, "i", 50), false, true}}, file);
  file.record_count = -1;
  Check({{"uncounted", Int(Operation::kEqual, "i", 500), true, false}}, file);
}

TEST(Metrics, TransformedTermsAreNotJudgedByTheColumnsBounds) {
  const auto schema = TestSchema();
  Expression term = Int(Operation::kEqual, "i", 500);
  term.transform = Bucket{1000};
  Check({{"bucket", term, true, false}});
}

TEST(Metrics, CorruptBoundsSayNothing) {
  DataFile file;
  file.record_count = 50;
  file.columns = {
      {.field_id = 1, .null_count = 0, .lower_bound = "x", .upper_bound = "yyy"}};
  Check({{"corrupt", Int(Operation::kEqual, "i", 500), true, false}}, file);
}

struct SummaryCase {
  const char* name;
  Type type;
  PartitionFieldSummary summary;
  Expression filter;
  bool may;
};

TEST(ManifestMayMatch, Trap15_SummariesPruneOnlyByWhatTheySay) {
  const auto bytes = [](int32_t v) { return ValueToBytes(Type::Int(), v); };
  const auto number = [](double v) { return ValueToBytes(Type::Double(), v); };
  const PartitionFieldSummary unknown{.contains_null = false};
  const PartitionFieldSummary all_null{.contains_null = true};
  const PartitionFieldSummary range{
      .contains_null = false, .lower_bound = bytes(5), .upper_bound = bytes(9)};
  const PartitionFieldSummary nan_unknown{
      .contains_null = false, .lower_bound = number(1), .upper_bound = number(2)};
  const PartitionFieldSummary only_nan{.contains_null = false, .contains_nan = true};
  const PartitionFieldSummary flags{.contains_null = false,
                                    .lower_bound = std::string(1, '\0'),
                                    .upper_bound = std::string(1, '\0')};
  const auto i = [](Operation op, int32_t v) {
    return Predicate(op, "c", Type::Int(), {v});
  };
  const auto d = [](Operation op, double v) {
    return Predicate(op, "c", Type::Double(), {v});
  };
  const SummaryCase cases[] = {
      {"no bounds, no null: unknown", Type::Int(), unknown, i(Operation::kEqual, 5),
       true},
      {"no bounds, no null: no null", Type::Int(), unknown,
       Unary(Operation::kIsNull, "c"), false},
      {"all null", Type::Int(), all_null, i(Operation::kEqual, 5), false},
      {"all null, or NaN", Type::Double(), all_null, d(Operation::kGreater, 5), true},
      {"in range", Type::Int(), range, i(Operation::kEqual, 5), true},
      {"above", Type::Int(), range, i(Operation::kGreater, 9), false},
      {"below", Type::Int(), range, i(Operation::kLess, 5), false},
      {"not equal", Type::Int(), range, i(Operation::kNotEqual, 5), true},
      {"NaN unknown, greater", Type::Double(), nan_unknown, d(Operation::kGreater, 5),
       true},
      {"NaN unknown, is NaN", Type::Double(), nan_unknown, Unary(Operation::kIsNaN, "c"),
       true},
      {"NaN unknown, less", Type::Double(), nan_unknown, d(Operation::kLess, 1), false},
      {"only NaN", Type::Double(), only_nan, Unary(Operation::kNotNaN, "c"), false},
      {"boolean in one byte", Type::Boolean(), flags,
       Predicate(Operation::kEqual, "c", Type::Boolean(), {true}), false},
  };
  for (const SummaryCase& c : cases) {
    SCOPED_TRACE(c.name);
    const auto schema =
        *Schema::Make(SchemaId{0}, {{.id = 1, .name = "c", .type = c.type}});
    const PartitionSpec spec{
        SpecId{0},
        {{.source_ids = {1}, .field_id = 1000, .name = "p", .transform = Identity{}}}};
    ManifestFile manifest;
    manifest.partitions = {c.summary};
    const Expression bound = *Bind(c.filter, *schema);
    EXPECT_EQ(
        ManifestMayMatch(ProjectInclusive(bound, spec, *schema), spec, *schema, manifest),
        c.may);
    manifest.partitions.clear();
    EXPECT_TRUE(ManifestMayMatch(ProjectInclusive(bound, spec, *schema), spec, *schema,
                                 manifest));
  }
}

TEST(NormalizePartition, WidensPromotedSourcesAndRefusesOthers) {
  const PartitionSpec spec{
      SpecId{0},
      {{.source_ids = {1}, .field_id = 1000, .name = "p", .transform = Identity{}}}};
  PartitionTuple tuple = {int32_t{7}};
  ASSERT_OK(NormalizePartition(spec, {Type::Long()}, &tuple));
  EXPECT_EQ(std::get<int64_t>(tuple.front()), 7);
  tuple = {1.5F};
  ASSERT_OK(NormalizePartition(spec, {Type::Double()}, &tuple));
  EXPECT_EQ(std::get<double>(tuple.front()), 1.5);
  tuple = {Value()};
  ASSERT_OK(NormalizePartition(spec, {Type::Long()}, &tuple));
  tuple = {std::string("x")};
  EXPECT_ERROR(NormalizePartition(spec, {Type::Long()}, &tuple), ErrorCode::kInvalidData,
               "field p");
  tuple = {};
  EXPECT_ERROR(NormalizePartition(spec, {Type::Long()}, &tuple), ErrorCode::kInvalidData,
               "values");
}

TEST(FindColumnStats, SearchesByFieldId) {
  const DataFile file = TestFile();
  ASSERT_NE(FindColumnStats(file, 20), nullptr);
  EXPECT_EQ(FindColumnStats(file, 20)->field_id, 20);
  EXPECT_EQ(FindColumnStats(file, 6), nullptr);
  EXPECT_EQ(FindColumnStats(file, 99), nullptr);
}

}  // namespace
}  // namespace tarn::iceberg
