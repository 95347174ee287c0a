#include "tarn/storage/data_file_reader.h"

#include <numeric>

#include "tarn/iceberg/value.h"
#include "tarn/storage/data_file_fixture_test.h"
#include "tarn/testing/faulty_file_io.h"

namespace tarn::storage {
namespace {

using iceberg::Field;
using iceberg::Type;
using iceberg::Value;

Field Optional(iceberg::FieldId id, std::string name, Type type) {
  return {.id = id, .name = std::move(name), .type = std::move(type)};
}
Field Required(iceberg::FieldId id, std::string name, Type type) {
  return {.id = id, .name = std::move(name), .type = std::move(type), .required = true};
}

std::shared_ptr<const iceberg::PositionSet> Positions(std::vector<int64_t> positions) {
  auto set = std::make_shared<iceberg::PositionSet>();
  for (const int64_t position : positions) {
    set->Add(position);
  }
  return set;
}

TEST_F(DataFileTest, FindsColumnsByIdWhateverTheirNamesAndOrder) {
  const auto file =
      WriteParquet("/lake/t/a.parquet",
                   {WithId("b", 2, arrow::utf8()), WithId("x", 9, arrow::int64()),
                    WithId("a", 1, arrow::int64())},
                   R"([["one", 5, 1], [null, 5, 2]])");
  SetSchema({Required(1, "id", Type::Long()), Optional(2, "name", Type::String())});
  ExpectRows(file, R"([[1, "one"], [2, null]])");
}

TEST_F(DataFileTest, PromotesTypesInEveryWayTheSpecAllows) {
  struct Case {
    const char* name;
    std::shared_ptr<arrow::DataType> file;
    Type table;
    const char* stored;
    const char* read;
  };
  const Case cases[] = {
      {"int to long", arrow::int32(), Type::Long(), "[[-3], [null]]", "[[-3], [null]]"},
      {"float to double", arrow::float32(), Type::Double(), "[[1.5]]", "[[1.5]]"},
      {"decimal widens", arrow::decimal128(9, 2), Type::Decimal(38, 2), R"([["-1.25"]])",
       R"([["-1.25"]])"},
      {"date to timestamp", arrow::date32(), Type::Timestamp(), "[[-1], [1]]",
       "[[-86400000000], [86400000000]]"},
      {"date to timestamp_ns", arrow::date32(), Type::TimestampNs(), "[[1]]",
       "[[86400000000000]]"},
      {"unknown was never written", arrow::int32(), Type::Unknown(), "[[1]]", "[[null]]"},
      {"small integers of other writers", arrow::int8(), Type::Int(), "[[-3]]", "[[-3]]"},
      {"unsigned", arrow::uint32(), Type::Long(), "[[4294967295]]", "[[4294967295]]"},
      {"milliseconds", arrow::timestamp(arrow::TimeUnit::MILLI, "UTC"),
       Type::TimestampTz(), "[[-5]]", "[[-5000]]"},
      {"time in milliseconds", arrow::time32(arrow::TimeUnit::MILLI), Type::Time(),
       "[[5]]", "[[5000]]"},
      {"text without its annotation", arrow::binary(), Type::String(), R"([["é"]])",
       R"([["é"]])"},
      {"text as bytes", arrow::utf8(), Type::Binary(), R"([["é"]])", R"([["é"]])"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(std::string(c.name));
    SetSchema({Optional(1, "c", c.table)});
    if (!ArrowTypeOf(c.table).ok()) {
      continue;  // the type has no Arrow column yet
    }
    const auto file =
        WriteParquet("/lake/t/p.parquet", {WithId("c", 1, c.file)}, c.stored);
    ExpectRows(file, c.read);
  }
}

TEST_F(DataFileTest, RefusesWhatIsNoPromotion) {
  struct Case {
    const char* name;
    std::shared_ptr<arrow::DataType> file;
    Type table;
    const char* stored;
  };
  const Case cases[] = {
      {"long to int", arrow::int64(), Type::Int(), "[[1]]"},
      {"double to float", arrow::float64(), Type::Float(), "[[1]]"},
      {"scale changes", arrow::decimal128(9, 2), Type::Decimal(9, 3), R"([["1.00"]])"},
      {"decimal narrows", arrow::decimal128(9, 2), Type::Decimal(8, 2), R"([["1.00"]])"},
      {"text to number", arrow::utf8(), Type::Long(), R"([["1"]])"},
      {"Trap50 a local time is no instant", arrow::timestamp(arrow::TimeUnit::MICRO),
       Type::TimestampTz(), "[[1]]"},
      {"Trap50 an instant is no local time",
       arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), Type::Timestamp(), "[[1]]"},
      {"date to timestamptz", arrow::date32(), Type::TimestampTz(), "[[1]]"},
      {"16 bytes are a uuid, 15 are not", arrow::fixed_size_binary(15), Type::Uuid(),
       R"([["123456789012345"]])"},
      {"unsigned 64 bits", arrow::uint64(), Type::Long(), "[[1]]"},
      {"struct to number", arrow::struct_({WithId("x", 2, arrow::int32())}), Type::Int(),
       "[[[1]]]"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(std::string(c.name));
    SetSchema({Optional(1, "c", c.table)});
    const auto file =
        WriteParquet("/lake/t/p.parquet", {WithId("c", 1, c.file)}, c.stored);
    EXPECT_ERROR(Read(file), ErrorCode::kInvalidData, "Column c");
  }
}

TEST_F(DataFileTest, RefusesNanosecondsThatMicrosecondsCannotHold) {
  SetSchema({Optional(1, "t", Type::Timestamp())});
  const auto type = arrow::timestamp(arrow::TimeUnit::NANO);
  ExpectRows(WriteParquet("/lake/t/a.parquet", {WithId("t", 1, type)}, "[[1000]]"),
             "[[1]]");
  const auto file = WriteParquet("/lake/t/b.parquet", {WithId("t", 1, type)}, "[[1001]]");
  EXPECT_ERROR(Read(file), ErrorCode::kInvalidData, "/lake/t/b.parquet");
}

TEST_F(DataFileTest, Trap50Int96IsAnInstant) {
  const auto file = WriteParquet(
      "/lake/t/a.parquet", {WithId("t", 1, arrow::timestamp(arrow::TimeUnit::NANO))},
      "[[1600000000000001000], [-1000], [null]]", {.int96 = true});
  SetSchema({Optional(1, "t", Type::TimestampTz())});
  ExpectRows(file, "[[1600000000000001], [-1], [null]]");
  SetSchema({Optional(1, "t", Type::Timestamp())});
  ExpectRows(file, "[[1600000000000001], [-1], [null]]");
}

TEST_F(DataFileTest, Trap50UuidIsSixteenBytes) {
  const auto file =
      WriteParquet("/lake/t/a.parquet", {WithId("u", 1, arrow::fixed_size_binary(16))},
                   R"([["0123456789abcdef"]])");
  SetSchema({Optional(1, "u", Type::Uuid())});
  ExpectRows(file, R"([["0123456789abcdef"]])");
}

TEST_F(DataFileTest, Trap49DecimalsOfEveryPhysicalType) {
  for (const int32_t precision : {9, 18, 30}) {
    SCOPED_TRACE(precision);
    const auto type = arrow::decimal128(precision, 2);
    const auto file = WriteParquet("/lake/t/a.parquet", {WithId("d", 1, type)},
                                   R"([["-1.28"], ["1234567.89"], [null]])");
    SetSchema({Optional(1, "d", Type::Decimal(precision, 2))});
    ExpectRows(file, R"([["-1.28"], ["1234567.89"], [null]])");
  }
}

TEST_F(DataFileTest, ReadsWhateverArrowsOwnMetadataMakesOfTheTypes) {
  const auto dictionary = arrow::dictionary(arrow::int8(), arrow::utf8());
  const auto file = WriteParquet(
      "/lake/t/a.parquet",
      {WithId("s", 1, arrow::large_utf8()), WithId("d", 2, dictionary),
       WithId("l", 3, arrow::large_list(WithId("item", 4, arrow::large_utf8()))),
       WithId("n", 5, arrow::duration(arrow::TimeUnit::MICRO))},
      R"([["a", "x", ["p", null], 5], [null, null, null, null]])",
      {.store_arrow_schema = true});
  SetSchema({Optional(1, "s", Type::String()), Optional(2, "d", Type::String()),
             Optional(3, "l", Type::List(4, Type::String(), false)),
             Optional(5, "n", Type::Long())});
  ExpectRows(file, R"([["a", "x", ["p", null], 5], [null, null, null, null]])");
}

TEST_F(DataFileTest, EvolvesFieldsInsideStructsListsAndMaps) {
  const auto point = [](int32_t id) {
    return arrow::struct_(
        {WithId("gone", id, arrow::utf8()), WithId("x", id + 1, arrow::int32())});
  };
  const auto file = WriteParquet(
      "/lake/t/a.parquet",
      {WithId("s", 1, point(10)), WithId("l", 2, arrow::list(WithId("e", 20, point(21)))),
       WithId("m", 3,
              std::make_shared<arrow::MapType>(WithId("k", 30, arrow::utf8(), false),
                                               WithId("v", 31, point(32))))},
      R"([[["a", 1], [["b", 2], null], [["k", ["c", 3]]]],
          [null, null, null],
          [[null, null], [], []]])");
  // Renamed, reordered, promoted, dropped and added in each of them.
  const auto evolved = [](iceberg::FieldId id) {
    Field added = Optional(id + 5, "added", Type::String());
    added.initial_default = Value(std::string("new"));
    return Type::Struct({Optional(id + 6, "later", Type::Int()),
                         Optional(id + 1, "renamed", Type::Long()), added});
  };
  SetSchema({Optional(3, "m", Type::Map(30, Type::String(), 31, evolved(32), false)),
             Optional(2, "l", Type::List(20, evolved(21), false)),
             Optional(1, "s", evolved(10))});
  ExpectRows(file,
             R"([[[["k", [null, 3, "new"]]], [[null, 2, "new"], null], [null, 1, "new"]],
                 [null, null, null],
                 [[], [], [null, null, "new"]]])");
}

TEST_F(DataFileTest, KeepsNullsAndLengthsWhenNothingInsideIsLeft) {
  const auto point = [](int32_t id) {
    return arrow::struct_({WithId("gone", id, arrow::utf8())});
  };
  const auto file = WriteParquet(
      "/lake/t/a.parquet",
      {WithId("s", 1, point(10)), WithId("l", 2, arrow::list(WithId("e", 20, point(21)))),
       WithId("m", 3,
              std::make_shared<arrow::MapType>(WithId("k", 30, arrow::utf8(), false),
                                               WithId("v", 31, point(32))))},
      R"([[["a"], [["b"], null], [["k", ["c"]]]], [null, null, null], [[null], [], []]])");
  const auto evolved = [](iceberg::FieldId id) {
    return Type::Struct({Optional(id + 5, "added", Type::Int())});
  };
  SetSchema({Optional(1, "s", evolved(10)),
             Optional(2, "l", Type::List(20, evolved(21), false)),
             Optional(3, "m", Type::Map(30, Type::String(), 31, evolved(32), false))});
  ExpectRows(file,
             R"([[[null], [[null], null], [["k", [null]]]],
                 [null, null, null],
                 [[null], [], []]])");
}

TEST_F(DataFileTest, Trap52MissingColumnsArePartitionValueThenDefaultThenNull) {
  const auto file_columns = arrow::FieldVector{WithId("a", 1, arrow::int64())};
  Field with_default = Optional(3, "d", Type::Int());
  with_default.initial_default = Value(int32_t{42});
  Field partitioned = Optional(2, "p", Type::Long());
  partitioned.initial_default = Value(int64_t{1});
  SetSchema({Optional(1, "a", Type::Long()), partitioned, with_default,
             Optional(4, "n", Type::String())});
  metadata_.partition_specs = {
      {.id = {}, .fields = {{.source_ids = {2}, .field_id = 1000, .name = "p"}}}};
  auto file = WriteParquet("/lake/t/a.parquet", file_columns, "[[1], [2]]");
  file.partition = {Value(int32_t{9})};  // written while p was still an int
  ExpectRows(file, "[[1, 9, 42, null], [2, 9, 42, null]]");
  file.partition = {Value()};  // null is a value too
  ExpectRows(file, "[[1, null, 42, null], [2, null, 42, null]]");

  // A transform's value is not the column's.
  metadata_.partition_specs[0].fields[0].transform = iceberg::Bucket{16};
  file.partition = {Value(int32_t{9})};
  ExpectRows(file, "[[1, 1, 42, null], [2, 1, 42, null]]");
}

TEST_F(DataFileTest, Trap52DefaultsOfEveryType) {
  const auto file =
      WriteParquet("/lake/t/a.parquet", {WithId("a", 1, arrow::int64())}, "[[1]]");
  struct Case {
    Type type;
    Value value;
    const char* json;
  };
  const Case cases[] = {
      {Type::Boolean(), true, "[[true]]"},
      {Type::Float(), 1.5F, "[[1.5]]"},
      {Type::Double(), 2.5, "[[2.5]]"},
      {Type::Decimal(9, 2), iceberg::int128_t{-128}, R"([["-1.28"]])"},
      {Type::Date(), int32_t{3}, "[[3]]"},
      {Type::Time(), int64_t{4}, "[[4]]"},
      {Type::TimestampTz(), int64_t{-5}, "[[-5]]"},
      {Type::TimestampNs(), int64_t{6}, "[[6]]"},
      {Type::String(), std::string("é"), R"([["é"]])"},
      {Type::Binary(), std::string("b"), R"([["b"]])"},
      {Type::Fixed(2), std::string("fx"), R"([["fx"]])"},
      {Type::Uuid(), std::string("0123456789abcdef"), R"([["0123456789abcdef"]])"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.type.ToString());
    Field field = Required(2, "d", c.type);
    field.initial_default = c.value;
    SetSchema({field});
    ExpectRows(file, c.json);
  }
}

TEST_F(DataFileTest, Trap52RequiredColumnWithoutAnyValueIsAnError) {
  const auto file = WriteParquet(
      "/lake/t/a.parquet",
      {WithId("s", 1, arrow::struct_({WithId("a", 2, arrow::int64())}))}, "[[[1]]]");
  SetSchema({Required(3, "r", Type::Long())});
  EXPECT_ERROR(Read(file), ErrorCode::kInvalidData, "Column r is required");
  SetSchema({Optional(1, "s", Type::Struct({Required(3, "r", Type::Long())}))});
  EXPECT_ERROR(Read(file), ErrorCode::kInvalidData, "Column s.r is required");
}

TEST_F(DataFileTest, Trap51FilesWithoutIdsAreReadByNameMapping) {
  const auto file =
      WriteParquet("/lake/t/a.parquet",
                   {WithId("a", 0, arrow::int32()), WithId("b", 0, arrow::utf8()),
                    WithId("s", 0, arrow::struct_({WithId("x", 0, arrow::int32())})),
                    WithId("l", 0, arrow::list(WithId("item", 0, arrow::int32()))),
                    WithId("m", 0, arrow::map(arrow::utf8(), arrow::int32()))},
                   R"([[1, "one", [2], [3, 4], [["k", 5]]]])");
  SetSchema({Optional(1, "id", Type::Long()), Optional(2, "b", Type::String()),
             Optional(3, "s", Type::Struct({Optional(4, "y", Type::Int())})),
             Optional(5, "l", Type::List(6, Type::Int(), false)),
             Optional(7, "m", Type::Map(8, Type::String(), 9, Type::Int(), false))});
  EXPECT_ERROR(Read(file), ErrorCode::kInvalidData, "schema.name-mapping.default");
  metadata_.properties["schema.name-mapping.default"] = R"([
      {"field-id": 1, "names": ["id", "a"]},
      {"field-id": 3, "names": ["s"], "fields": [{"field-id": 4, "names": ["x", "y"]}]},
      {"field-id": 5, "names": ["l"], "fields": [{"field-id": 6, "names": ["element"]}]},
      {"field-id": 7, "names": ["m"], "fields": [
          {"field-id": 8, "names": ["key"]}, {"field-id": 9, "names": ["value"]}]}])";
  // Column b is not mapped: its name alone does not count.
  ExpectRows(file, R"([[1, null, [2], [3, 4], [["k", 5]]]])");
}

TEST_F(DataFileTest, Trap51NamesDoNotCountOnceAnyColumnHasAnId) {
  const auto file =
      WriteParquet("/lake/t/a.parquet",
                   {WithId("a", 0, arrow::int64()),
                    WithId("s", 0, arrow::struct_({WithId("x", 9, arrow::int64())}))},
                   "[[1, [2]]]");
  SetSchema({Optional(1, "a", Type::Long())});
  metadata_.properties["schema.name-mapping.default"] =
      R"([{"field-id": 1, "names": ["a"]}])";
  ExpectRows(file, "[[null]]");
}

TEST_F(DataFileTest, Trap52PartitionValueComesBeforeTheNameMapping) {
  auto file =
      WriteParquet("/lake/t/a.parquet", {WithId("p", 0, arrow::int64())}, "[[1]]");
  SetSchema({Optional(1, "p", Type::Long())});
  metadata_.properties["schema.name-mapping.default"] =
      R"([{"field-id": 1, "names": ["p"]}])";
  metadata_.partition_specs = {
      {.id = {}, .fields = {{.source_ids = {1}, .field_id = 1000, .name = "p"}}}};
  file.partition = {Value(int64_t{5})};
  ExpectRows(file, "[[5]]");
  auto with_ids =
      WriteParquet("/lake/t/b.parquet", {WithId("p", 1, arrow::int64())}, "[[1]]");
  with_ids.partition = {Value(int64_t{5})};
  ExpectRows(with_ids, "[[1]]");
}

TEST_F(DataFileTest, RefusesAnIdThatTwoColumnsShare) {
  const auto file = WriteParquet(
      "/lake/t/a.parquet",
      {WithId("a", 1, arrow::int64()), WithId("b", 1, arrow::int64())}, "[[1, 2]]");
  SetSchema({Optional(1, "a", Type::Long())});
  EXPECT_ERROR(Read(file), ErrorCode::kInvalidData, "same field id");
}

class ManyRowsTest : public DataFileTest {
 protected:
  /// 1000 rows (id = 0…999, name "n<id>") in row groups of 100.
  iceberg::DataFile Write() {
    arrow::Int64Builder ids;
    arrow::StringBuilder names;
    for (int64_t i = 0; i < 1000; ++i) {
      EXPECT_TRUE(ids.Append(i).ok());
      EXPECT_TRUE(names.Append("n" + std::to_string(i)).ok());
    }
    SetSchema({Required(1, "id", Type::Long()), Optional(2, "name", Type::String())});
    const auto schema = arrow::schema(
        {WithId("id", 1, arrow::int64(), false), WithId("name", 2, arrow::utf8())});
    return WriteParquet(
        "/lake/t/many.parquet",
        arrow::RecordBatch::Make(schema, 1000, {*ids.Finish(), *names.Finish()}),
        {.row_group_rows = 100});
  }

  std::vector<int64_t> Column(const arrow::RecordBatch& rows, const std::string& name) {
    const auto column = rows.GetColumnByName(name);
    std::vector<int64_t> values;
    for (int64_t i = 0; i < column->length(); ++i) {
      values.push_back(static_cast<const arrow::Int64Array&>(*column).Value(i));
    }
    return values;
  }
};

TEST_F(ManyRowsTest, LeavesDeletedRowsOutAndKeepsPositions) {
  const auto file = Write();
  auto deleted = std::make_shared<iceberg::PositionSet>();
  deleted->Add(0);
  deleted->Add(150);
  deleted->AddRange(200, 400);  // two whole row groups
  deleted->Add(999);
  ASSERT_OK_AND_ASSIGN(const auto rows,
                       Read(file, {.positions = true, .batch_rows_max = 64}, deleted));
  std::vector<int64_t> expected;
  for (int64_t i = 0; i < 1000; ++i) {
    if (!deleted->Contains(i)) {
      expected.push_back(i);
    }
  }
  EXPECT_EQ(Column(*rows, "id"), expected);
  EXPECT_EQ(Column(*rows, "_pos"), expected);
  EXPECT_EQ(rows->schema()->field(2)->name(), "_pos");
}

TEST_F(ManyRowsTest, Trap22PositionsAreThoseOfTheFileWhenRowGroupsAreSkipped) {
  const auto file = Write();
  ASSERT_OK_AND_ASSIGN(
      const auto chosen,
      Read(file, {.positions = true, .row_groups = std::vector<int32_t>{3, 7}},
           Positions({300, 399, 500, 700})));
  std::vector<int64_t> expected(198);
  std::iota(expected.begin(), expected.begin() + 98, 301);
  std::iota(expected.begin() + 98, expected.end(), 701);
  expected.resize(197);
  EXPECT_EQ(Column(*chosen, "_pos"), expected);
  EXPECT_EQ(Column(*chosen, "id"), expected);
}

TEST_F(ManyRowsTest, AsksForEachRowGroupWithItsBounds) {
  const auto file = Write();
  int asked = 0;
  DataFileReadOptions options{.positions = true};
  options.may_match = [&](const std::vector<iceberg::ColumnStats>& columns) {
    EXPECT_EQ(columns.size(), 2U);
    EXPECT_EQ(columns[0].field_id, 1);
    EXPECT_EQ(columns[0].value_count, 100);
    EXPECT_EQ(columns[0].null_count, 0);
    const auto lower = iceberg::ValueFromBytes(Type::Long(), *columns[0].lower_bound);
    EXPECT_EQ(*lower, Value(int64_t{asked} * 100));
    EXPECT_EQ(columns[1].lower_bound, "n" + std::to_string(asked * 100));
    return asked++ == 4;
  };
  ASSERT_OK_AND_ASSIGN(const auto rows, Read(file, std::move(options)));
  EXPECT_EQ(asked, 10);
  EXPECT_EQ(rows->num_rows(), 100);
  EXPECT_EQ(Column(*rows, "id").front(), 400);
  EXPECT_EQ(Column(*rows, "_pos").back(), 499);
}

TEST_F(ManyRowsTest, Trap29RowLineageIsStoredOrInherited) {
  auto file = Write();
  const auto lineage = [&](const iceberg::DataFile& of) {
    return Read(of, {.row_lineage = true}, Positions({0}));
  };
  ASSERT_OK_AND_ASSIGN(auto rows, lineage(file));
  EXPECT_EQ(rows->GetColumnByName("_row_id")->null_count(), 999);
  EXPECT_EQ(rows->GetColumnByName("_last_updated_sequence_number")->null_count(), 999);
  file.first_row_id = 5000;
  ASSERT_OK_AND_ASSIGN(rows, lineage(file));
  EXPECT_EQ(Column(*rows, "_row_id").front(), 5001);
  EXPECT_EQ(Column(*rows, "_row_id").back(), 5999);
  EXPECT_EQ(Column(*rows, "_last_updated_sequence_number"), std::vector<int64_t>(999, 7));

  auto stored = WriteParquet(
      "/lake/t/stored.parquet",
      {WithId("id", 1, arrow::int64()), WithId("_row_id", kRowIdField, arrow::int64()),
       WithId("_last_updated_sequence_number", kLastUpdatedSequenceField,
              arrow::int64())},
      "[[1, 77, 3], [2, null, null], [3, 78, null]]");
  stored.first_row_id = 100;
  SetSchema({Required(1, "id", Type::Long())});
  ExpectRows(stored, "[[1, 77, 3], [2, 101, 7], [3, 78, 7]]", {.row_lineage = true});
}

TEST_F(ManyRowsTest, CountsRowsWithoutReadingAnyColumn) {
  const auto file = Write();
  ASSERT_OK_AND_ASSIGN(const auto none,
                       iceberg::Schema::Make(iceberg::SchemaId{0}, std::vector<Field>{}));
  ASSERT_OK_AND_ASSIGN(
      const auto rows,
      Read(file, {.schema = none, .positions = true, .batch_rows_max = 30},
           Positions({5, 998})));
  EXPECT_EQ(rows->num_rows(), 998);
  EXPECT_EQ(Column(*rows, "_pos").back(), 999);
}

TEST_F(ManyRowsTest, EveryFailedReadIsReportedAndKeepsItsCode) {
  const auto file = Write();
  testing::FaultyFileIO faulty(io_);
  for (int64_t at = 0;; ++at) {
    SCOPED_TRACE(at);
    faulty.FailOperation(at);
    int64_t num_rows = 0;
    Status status;
    auto reader = DataFileReader::Open(faulty, metadata_, file, sequence_number_, nullptr,
                                       {.schema = metadata_.schema_ptr()});
    status = reader.status();
    while (status.ok()) {
      const auto batch = (*reader)->Next();
      status = batch.status();
      if (!batch.ok() || *batch == nullptr) {
        break;
      }
      num_rows += (*batch)->num_rows();
    }
    if (!faulty.fault_fired()) {
      EXPECT_OK(status);
      EXPECT_EQ(num_rows, 1000);
      EXPECT_GT(at, 5);
      break;
    }
    EXPECT_ERROR(status, ErrorCode::kIoFailed, "");
  }
}

TEST_F(ManyRowsTest, CutAndBrokenFilesAreInvalidData) {
  auto file = Write();
  ASSERT_OK_AND_ASSIGN(const std::string bytes, io_.ReadAll(file.file_path));
  for (const size_t length :
       {size_t{0}, size_t{3}, size_t{11}, bytes.size() / 2, bytes.size() - 1}) {
    SCOPED_TRACE(length);
    io_.Put("/lake/t/cut.parquet", bytes.substr(0, length));
    iceberg::DataFile cut;
    cut.file_path = "/lake/t/cut.parquet";
    EXPECT_ERROR(Read(cut), ErrorCode::kInvalidData, "/lake/t/cut.parquet");
  }
  std::string broken = bytes;
  std::fill(broken.begin() + 8, broken.begin() + 200, '\xff');
  io_.Put(file.file_path, broken);
  EXPECT_ERROR(Read(file), ErrorCode::kInvalidData, file.file_path);
}

}  // namespace
}  // namespace tarn::storage
