#include "tarn/storage/deleted_rows.h"

#include <thread>

#include "tarn/iceberg/puffin.h"
#include "tarn/storage/data_file_fixture_test.h"
#include "tarn/testing/faulty_file_io.h"

namespace tarn::storage {
namespace {

using iceberg::DataFile;
using iceberg::Field;
using iceberg::FileContent;
using iceberg::PositionSet;
using iceberg::Type;
using iceberg::Value;

Field Column(iceberg::FieldId id, std::string name, Type type) {
  return {.id = id, .name = std::move(name), .type = std::move(type)};
}

std::vector<int64_t> ToVector(const std::shared_ptr<const PositionSet>& set) {
  std::vector<int64_t> positions;
  if (set != nullptr) {
    set->ForEach([&](int64_t position) { positions.push_back(position); });
  }
  return positions;
}

DeleteEntry EntryOf(DataFile file) {
  auto entry = std::make_shared<iceberg::ManifestEntry>();
  entry->sequence_number = iceberg::SequenceNumber{9};
  entry->file = std::move(file);
  return entry;
}

class DeletedRowsTest : public DataFileTest {
 protected:
  const arrow::FieldVector kPositionColumns = {
      WithId("file_path", kFilePathField, arrow::utf8(), false),
      WithId("pos", kPositionField, arrow::int64(), false)};

  DataFile PositionDeletes(const std::string& path, const std::string& json) {
    return PositionDeletes(path, kPositionColumns, json);
  }
  DataFile PositionDeletes(const std::string& path, const arrow::FieldVector& columns,
                           const std::string& json) {
    DataFile file = WriteParquet(path, columns, json);
    file.content = FileContent::kPositionDeletes;
    return file;
  }

  DataFile EqualityDeletes(const std::string& path, const arrow::FieldVector& columns,
                           const std::string& json, std::vector<int32_t> ids) {
    DataFile file = WriteParquet(path, columns, json);
    file.content = FileContent::kEqualityDeletes;
    file.equality_ids = std::move(ids);
    return file;
  }

  /// Deletion vectors for data files, all in one Puffin file.
  std::vector<DataFile> Vectors(
      const std::string& path,
      const std::vector<std::pair<std::string, std::vector<int64_t>>>& positions) {
    iceberg::PuffinWriter writer;
    std::vector<DataFile> files;
    for (const auto& [data_file, rows] : positions) {
      PositionSet set;
      for (const int64_t row : rows) {
        set.Add(row);
      }
      const auto blob = writer.Add({.type = iceberg::kDeletionVectorBlob},
                                   iceberg::DeletionVectorToBlob(set));
      EXPECT_OK(blob);
      DataFile file;
      file.content = FileContent::kPositionDeletes;
      file.format = iceberg::FileFormat::kPuffin;
      file.file_path = path;
      file.record_count = set.size();
      file.referenced_data_file = data_file;
      file.content_offset = blob->offset;
      file.content_size_bytes = blob->length_bytes;
      files.push_back(file);
    }
    io_.Put(path, writer.Finish("test"));
    return files;
  }

  Result<std::shared_ptr<const PositionSet>> Of(const DataFile& file,
                                                std::vector<DataFile> deletes) {
    std::vector<DeleteEntry> entries;
    for (DataFile& one : deletes) {
      entries.push_back(EntryOf(std::move(one)));
    }
    return deleted_.Of(io_, metadata_, file, entries);
  }

  void ExpectDeleted(const DataFile& file, std::vector<DataFile> deletes,
                     const std::vector<int64_t>& expected) {
    ASSERT_OK_AND_ASSIGN(const auto positions, Of(file, std::move(deletes)));
    EXPECT_EQ(ToVector(positions), expected);
    EXPECT_EQ(positions == nullptr, expected.empty());
  }

  DeletedRows deleted_;
};

TEST_F(DeletedRowsTest, NothingIsDeletedWithoutDeleteFiles) {
  DataFile file;
  file.file_path = "/lake/t/a.parquet";
  ExpectDeleted(file, {}, {});
}

TEST_F(DeletedRowsTest, PositionsOfSeveralDataFilesAndSeveralDeleteFiles) {
  DataFile a;
  a.file_path = "/lake/t/a.parquet";
  DataFile b;
  b.file_path = "/lake/t/b.parquet";
  const DataFile one = PositionDeletes(
      "/lake/t/d1.parquet",
      R"([["/lake/t/a.parquet", 1], ["/lake/t/a.parquet", 5], ["/lake/t/b.parquet", 2]])");
  const DataFile two = PositionDeletes(
      "/lake/t/d2.parquet", R"([["/lake/t/a.parquet", 0], ["/lake/t/a.parquet", 5]])");
  ExpectDeleted(a, {one, two}, {0, 1, 5});
  ExpectDeleted(b, {one, two}, {2});
  ExpectDeleted(b, {two}, {});
}

TEST_F(DeletedRowsTest, PathsAreComparedAsTheyAreSpelled) {
  const DataFile deletes =
      PositionDeletes("/lake/t/d.parquet",
                      R"([["/lake/t/a.parquet", 1], ["file:/lake/t/a.parquet", 2]])");
  DataFile plain;
  plain.file_path = "/lake/t/a.parquet";
  DataFile uri;
  uri.file_path = "file:/lake/t/a.parquet";
  ExpectDeleted(plain, {deletes}, {1});
  ExpectDeleted(uri, {deletes}, {2});
}

TEST_F(DeletedRowsTest, Trap23ColumnsOfDeleteFilesGoByTheirIds) {
  DataFile file;
  file.file_path = "/lake/t/a.parquet";
  // A table with columns of these names, whose values were written along.
  const arrow::FieldVector columns = {WithId("pos", 2, arrow::int64()),
                                      WithId("file_path", 1, arrow::utf8()),
                                      WithId("p", kPositionField, arrow::int64()),
                                      WithId("f", kFilePathField, arrow::utf8())};
  const DataFile deletes = PositionDeletes("/lake/t/d.parquet", columns,
                                           R"([[7, "x", 3, "/lake/t/a.parquet"]])");
  ExpectDeleted(file, {deletes}, {3});
  const arrow::FieldVector other_ids = {WithId("file_path", 1, arrow::utf8()),
                                        WithId("pos", 2, arrow::int64())};
  const DataFile wrong =
      PositionDeletes("/lake/t/e.parquet", other_ids, R"([["/lake/t/a.parquet", 3]])");
  EXPECT_ERROR(Of(file, {wrong}), ErrorCode::kInvalidData, "file_path");
  const arrow::FieldVector no_ids = {WithId("file_path", 0, arrow::utf8()),
                                     WithId("pos", 0, arrow::int64())};
  const DataFile old =
      PositionDeletes("/lake/t/f.parquet", no_ids, R"([["/lake/t/a.parquet", 3]])");
  ExpectDeleted(file, {old}, {3});
}

TEST_F(DeletedRowsTest, RefusesPositionDeletesThatAreNot) {
  DataFile file;
  file.file_path = "/lake/t/a.parquet";
  EXPECT_ERROR(
      Of(file, {PositionDeletes("/lake/t/n.parquet", R"([["/lake/t/a.parquet", -1]])")}),
      ErrorCode::kInvalidData, "-1");
  arrow::FieldVector nullable = kPositionColumns;
  nullable[1] = nullable[1]->WithNullable(true);
  EXPECT_ERROR(Of(file, {PositionDeletes("/lake/t/m.parquet", nullable,
                                         R"([["/lake/t/a.parquet", null]])")}),
               ErrorCode::kInvalidData, "null");
  DataFile avro = PositionDeletes("/lake/t/a.avro", "[]");
  avro.format = iceberg::FileFormat::kAvro;
  EXPECT_ERROR(Of(file, {avro}), ErrorCode::kNotSupported, "/lake/t/a.avro");
}

TEST_F(DeletedRowsTest, Trap24DeletionVectorsAreFoundByOffsetAndChecked) {
  DataFile a;
  a.file_path = "/lake/t/a.parquet";
  const auto vectors = Vectors("/lake/t/v.puffin", {{"/lake/t/a.parquet", {3, 70'000}},
                                                    {"/lake/t/b.parquet", {1}}});
  ExpectDeleted(a, {vectors[0]}, {3, 70'000});
  struct Case {
    const char* name;
    void (*change)(DataFile*);
    ErrorCode code;
  };
  const Case cases[] = {
      {"another cardinality", [](DataFile* f) { f->record_count = 3; },
       ErrorCode::kInvalidData},
      {"no offset", [](DataFile* f) { f->content_offset = {}; }, ErrorCode::kInvalidData},
      {"no length", [](DataFile* f) { f->content_size_bytes = {}; },
       ErrorCode::kInvalidData},
      {"no data file", [](DataFile* f) { f->referenced_data_file = {}; },
       ErrorCode::kInvalidData},
      {"offset beside the blob", [](DataFile* f) { ++*f->content_offset; },
       ErrorCode::kInvalidData},
      {"negative offset", [](DataFile* f) { f->content_offset = -1; },
       ErrorCode::kInvalidData},
      {"beyond the end", [](DataFile* f) { *f->content_size_bytes = 1 << 30; },
       ErrorCode::kInvalidData},
      {"cut", [](DataFile* f) { --*f->content_size_bytes; }, ErrorCode::kInvalidData},
      {"gone", [](DataFile* f) { f->file_path = "/lake/t/gone.puffin"; },
       ErrorCode::kNoSuchFile},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(std::string(c.name));
    DeletedRows fresh;
    DataFile changed = vectors[0];
    c.change(&changed);
    EXPECT_ERROR(fresh.Of(io_, metadata_, a, {EntryOf(changed)}), c.code, "");
  }
}

TEST_F(DeletedRowsTest, Trap25SeveralVectorsShareAFileAndOneCoversOldPositionDeletes) {
  DataFile a;
  a.file_path = "/lake/t/a.parquet";
  DataFile b;
  b.file_path = "/lake/t/b.parquet";
  const auto vectors = Vectors(
      "/lake/t/v.puffin", {{"/lake/t/a.parquet", {3}}, {"/lake/t/b.parquet", {1, 4}}});
  ExpectDeleted(a, {vectors[0]}, {3});
  ExpectDeleted(b, {vectors[1]}, {1, 4});
  // Trap 26: old position deletes count only where there is no vector.
  const DataFile old = PositionDeletes(
      "/lake/t/d.parquet", R"([["/lake/t/a.parquet", 8], ["/lake/t/b.parquet", 9]])");
  ExpectDeleted(a, {old, vectors[0]}, {3});
  ExpectDeleted(b, {old}, {9});
  EXPECT_ERROR(Of(a, {vectors[0], vectors[0]}), ErrorCode::kInvalidData,
               "Two deletion vectors");
}

TEST_F(DeletedRowsTest, PositionsInOneDeleteFile) {
  const auto vectors = Vectors("/lake/t/v.puffin", {{"/lake/t/a.parquet", {3}}});
  ASSERT_OK_AND_ASSIGN(auto positions,
                       deleted_.PositionsIn(io_, vectors[0], "/lake/t/a.parquet"));
  EXPECT_EQ(ToVector(positions), std::vector<int64_t>{3});
  ASSERT_OK_AND_ASSIGN(positions,
                       deleted_.PositionsIn(io_, vectors[0], "/lake/t/b.parquet"));
  EXPECT_TRUE(positions->empty());
  const DataFile old =
      PositionDeletes("/lake/t/d.parquet", R"([["/lake/t/a.parquet", 8]])");
  ASSERT_OK_AND_ASSIGN(positions, deleted_.PositionsIn(io_, old, "/lake/t/a.parquet"));
  EXPECT_EQ(ToVector(positions), std::vector<int64_t>{8});
  DataFile equality = old;
  equality.content = FileContent::kEqualityDeletes;
  EXPECT_ERROR(deleted_.PositionsIn(io_, equality, "/lake/t/a.parquet"),
               ErrorCode::kInvalidArgument, "");
}

class EqualityDeletesTest : public DeletedRowsTest {
 protected:
  EqualityDeletesTest() {
    SetSchema({Column(1, "id", Type::Long()), Column(2, "name", Type::String()),
               Column(3, "day", Type::Date())});
    file_ =
        WriteParquet("/lake/t/a.parquet",
                     {WithId("id", 1, arrow::int64()), WithId("name", 2, arrow::utf8()),
                      WithId("day", 3, arrow::date32())},
                     R"([[1, "a", 10], [2, "b", 10], [null, "c", 10],
                             [3, null, 11], [1, "a", 12]])");
  }
  DataFile file_;
};

TEST_F(EqualityDeletesTest, Trap21NullsAreEqualAndOtherColumnsDoNotCount) {
  ExpectDeleted(file_,
                {EqualityDeletes("/lake/t/1.parquet", {WithId("id", 1, arrow::int64())},
                                 "[[1], [null]]", {1})},
                {0, 2, 4});
  // Column day is in the file and is not among the equality ids.
  ExpectDeleted(file_,
                {EqualityDeletes(
                    "/lake/t/2.parquet",
                    {WithId("id", 1, arrow::int64()), WithId("day", 3, arrow::date32())},
                    "[[2, 99]]", {1})},
                {1});
  // All of the equality columns count, by id and not by name.
  ExpectDeleted(
      file_,
      {EqualityDeletes("/lake/t/3.parquet",
                       {WithId("x", 2, arrow::utf8()), WithId("id", 1, arrow::int64())},
                       R"([["a", 1], [null, 3], ["b", 1], ["c", 2]])", {1, 2})},
      {0, 3, 4});
}

TEST_F(EqualityDeletesTest, Trap21DroppedColumnsAreLookedUpInOlderSchemas) {
  ASSERT_OK_AND_ASSIGN(
      auto later,
      iceberg::Schema::Make(iceberg::SchemaId{1}, {Column(1, "id", Type::Long()),
                                                   Column(9, "name", Type::Int())}));
  metadata_.schemas.push_back(later);
  metadata_.current_schema_id = iceberg::SchemaId{1};
  ExpectDeleted(file_,
                {EqualityDeletes("/lake/t/1.parquet", {WithId("name", 2, arrow::utf8())},
                                 R"([["b"]])", {2})},
                {1});
  EXPECT_ERROR(
      Of(file_, {EqualityDeletes("/lake/t/2.parquet", {WithId("name", 5, arrow::utf8())},
                                 R"([["b"]])", {5})}),
      ErrorCode::kInvalidData, "/lake/t/2.parquet");
}

TEST_F(EqualityDeletesTest, Trap21FloatsCannotBeKeys) {
  for (const Type& type : {Type::Float(), Type::Double()}) {
    SetSchema({Column(1, "f", type)});
    EXPECT_ERROR(
        Of(file_, {EqualityDeletes("/lake/t/1.parquet",
                                   {WithId("f", 1, arrow::float32())}, "[[1]]", {1})}),
        ErrorCode::kNotSupported, "column f of type");
  }
}

TEST_F(EqualityDeletesTest, KeysThatTheDeleteFileLacksAreNotNull) {
  EXPECT_ERROR(
      Of(file_, {EqualityDeletes("/lake/t/1.parquet", {WithId("id", 1, arrow::int64())},
                                 "[[1]]", {1, 2})}),
      ErrorCode::kInvalidData, "missing");
  EXPECT_ERROR(
      Of(file_, {EqualityDeletes("/lake/t/2.parquet", {WithId("id", 1, arrow::int64())},
                                 "[[1]]", {})}),
      ErrorCode::kInvalidData, "equality_ids");
}

TEST_F(EqualityDeletesTest, KeysAreComparedAfterPromotion) {
  // The data file was written when the column was an int, and lacks the one added since.
  const DataFile old = WriteParquet("/lake/t/old.parquet",
                                    {WithId("id", 1, arrow::int32())}, "[[1], [2]]");
  Field added = Column(4, "added", Type::Int());
  added.initial_default = Value(int32_t{7});
  SetSchema({Column(1, "id", Type::Long()), added, Column(5, "later", Type::Int())});
  ExpectDeleted(old,
                {EqualityDeletes("/lake/t/1.parquet", {WithId("id", 1, arrow::int64())},
                                 "[[2]]", {1})},
                {1});
  ExpectDeleted(old,
                {EqualityDeletes(
                    "/lake/t/2.parquet",
                    {WithId("id", 1, arrow::int32()), WithId("added", 4, arrow::int32())},
                    "[[2, 7], [1, null]]", {1, 4})},
                {1});
  ExpectDeleted(old,
                {EqualityDeletes("/lake/t/3.parquet", {WithId("l", 5, arrow::int32())},
                                 "[[null]]", {5})},
                {0, 1});
}

TEST_F(EqualityDeletesTest, KeysOfEveryType) {
  struct Case {
    Type type;
    std::shared_ptr<arrow::DataType> arrow_type;
    const char* rows;
    const char* keys;
    std::vector<int64_t> expected;
  };
  const Case cases[] = {
      {Type::Boolean(), arrow::boolean(), "[[true], [false], [null]]", "[[false]]", {1}},
      {Type::Int(), arrow::int32(), "[[-1], [0], [null]]", "[[-1], [null]]", {0, 2}},
      {Type::Date(), arrow::date32(), "[[1], [2]]", "[[2]]", {1}},
      {Type::Time(), arrow::time64(arrow::TimeUnit::MICRO), "[[1], [2]]", "[[1]]", {0}},
      {Type::TimestampTz(),
       arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"),
       "[[-1], [2]]",
       "[[-1]]",
       {0}},
      {Type::Decimal(20, 2),
       arrow::decimal128(20, 2),
       R"([["-1.00"], ["1.00"]])",
       R"([["-1.00"]])",
       {0}},
      {Type::String(),
       arrow::utf8(),
       R"([[""], ["ab"], ["a"], [null]])",
       R"([["a"], [""]])",
       {0, 2}},
      {Type::Binary(), arrow::binary(), R"([["x"], ["y"]])", R"([["y"]])", {1}},
      {Type::Uuid(),
       arrow::fixed_size_binary(16),
       R"([["0123456789abcdef"], ["0123456789abcdeg"]])",
       R"([["0123456789abcdeg"]])",
       {1}},
  };
  int number = 0;
  for (const Case& c : cases) {
    SCOPED_TRACE(c.type.ToString());
    SetSchema({Column(1, "k", c.type)});
    const std::string name = "/lake/t/" + std::to_string(++number);
    const arrow::FieldVector columns = {WithId("k", 1, c.arrow_type)};
    const DataFile file = WriteParquet(name + ".parquet", columns, c.rows);
    ExpectDeleted(file, {EqualityDeletes(name + "-d.parquet", columns, c.keys, {1})},
                  c.expected);
  }
}

TEST_F(EqualityDeletesTest, KeysInsideOfStructs) {
  const auto point =
      arrow::struct_({WithId("x", 2, arrow::int32()), WithId("y", 3, arrow::int32())});
  SetSchema({Column(
      1, "p", Type::Struct({Column(2, "x", Type::Int()), Column(3, "y", Type::Int())}))});
  const arrow::FieldVector columns = {WithId("p", 1, point)};
  const DataFile file = WriteParquet("/lake/t/s.parquet", columns,
                                     "[[[1, 2]], [[1, 3]], [null], [[null, 2]]]");
  ExpectDeleted(
      file, {EqualityDeletes("/lake/t/s1.parquet", columns, "[[[1, 3]]]", {2, 3})}, {1});
  ExpectDeleted(file, {EqualityDeletes("/lake/t/s2.parquet", columns, "[[null]]", {2})},
                {2, 3});
}

TEST_F(EqualityDeletesTest, ManyDeleteFilesAndPositionsTogether) {
  std::vector<DataFile> deletes;
  for (int i = 0; i < 10; ++i) {
    deletes.push_back(EqualityDeletes("/lake/t/e" + std::to_string(i) + ".parquet",
                                      {WithId("id", 1, arrow::int64())},
                                      "[[" + std::to_string(i + 2) + "]]", {1}));
  }
  deletes.push_back(EqualityDeletes(
      "/lake/t/n.parquet", {WithId("name", 2, arrow::utf8())}, R"([["c"]])", {2}));
  ExpectDeleted(file_, deletes, {1, 2, 3});
  deletes.push_back(
      PositionDeletes("/lake/t/p.parquet", R"([["/lake/t/a.parquet", 4]])"));
  ExpectDeleted(file_, deletes, {1, 2, 3, 4});
}

TEST_F(EqualityDeletesTest, RowGroupsWithoutAnyKeyAreNotRead) {
  arrow::Int64Builder builder;
  for (int64_t i = 0; i < 1000; ++i) {
    ASSERT_OK(builder.Append(i));
  }
  const auto schema = arrow::schema({WithId("id", 1, arrow::int64())});
  const DataFile file = WriteParquet(
      "/lake/t/many.parquet", arrow::RecordBatch::Make(schema, 1000, {*builder.Finish()}),
      {.row_group_rows = 10});
  const DataFile keys = EqualityDeletes(
      "/lake/t/k.parquet", {WithId("id", 1, arrow::int64())}, "[[5], [995]]", {1});
  testing::FaultyFileIO counting(io_);
  counting.FailOperation(-1);
  ASSERT_OK_AND_ASSIGN(const auto positions,
                       deleted_.Of(counting, metadata_, file, {EntryOf(keys)}));
  EXPECT_EQ(ToVector(positions), (std::vector<int64_t>{5, 995}));
  EXPECT_LT(counting.operations(), 20) << "of 100 row groups two are read";
}

TEST_F(EqualityDeletesTest, LargeFilesAreSearchedInShares) {
  constexpr int64_t kRows = 600'000;
  arrow::Int64Builder builder;
  arrow::Int64Builder key_builder;
  std::vector<int64_t> expected;
  for (int64_t i = 0; i < kRows; ++i) {
    ASSERT_OK(builder.Append(i * 7 % kRows));  // every row group holds every range
    if (i * 7 % kRows % 1000 == 5) {
      expected.push_back(i);
    }
  }
  for (int64_t i = 5; i < kRows; i += 1000) {
    ASSERT_OK(key_builder.Append(i));
  }
  const auto schema = arrow::schema({WithId("id", 1, arrow::int64())});
  DataFile file = WriteParquet(
      "/lake/t/large.parquet",
      arrow::RecordBatch::Make(schema, kRows, {builder.Finish().ValueOrDie()}),
      {.row_group_rows = 50'000});
  file.split_offsets.resize(12);
  const auto keys = key_builder.Finish().ValueOrDie();
  DataFile deletes = WriteParquet(
      "/lake/t/keys.parquet", arrow::RecordBatch::Make(schema, keys->length(), {keys}));
  deletes.content = FileContent::kEqualityDeletes;
  deletes.equality_ids = {1};
  ExpectDeleted(file, {deletes}, expected);
}

TEST_F(EqualityDeletesTest, ReadsEachFileOnceForAllThreads) {
  const DataFile keys = EqualityDeletes("/lake/t/k.parquet",
                                        {WithId("id", 1, arrow::int64())}, "[[1]]", {1});
  testing::FaultyFileIO counting(io_);
  counting.FailOperation(-1);
  ASSERT_OK(deleted_.Of(counting, metadata_, file_, {EntryOf(keys)}));
  const int64_t once = counting.operations();
  DeletedRows shared;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const auto positions = shared.Of(counting, metadata_, file_, {EntryOf(keys)});
      EXPECT_OK(positions);
      EXPECT_EQ((*positions)->size(), 2);
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(counting.operations(), 2 * once);
}

TEST_F(EqualityDeletesTest, AFailedReadIsTriedAgain) {
  const DataFile keys = EqualityDeletes("/lake/t/k.parquet",
                                        {WithId("id", 1, arrow::int64())}, "[[1]]", {1});
  testing::FaultyFileIO faulty(io_);
  for (int64_t at = 0;; ++at) {
    SCOPED_TRACE(at);
    DeletedRows fresh;
    faulty.FailOperation(at);
    const auto first = fresh.Of(faulty, metadata_, file_, {EntryOf(keys)});
    if (!faulty.fault_fired()) {
      EXPECT_OK(first);
      EXPECT_GT(at, 3);
      break;
    }
    EXPECT_ERROR(first, ErrorCode::kIoFailed, "");
    ASSERT_OK_AND_ASSIGN(const auto second,
                         fresh.Of(faulty, metadata_, file_, {EntryOf(keys)}));
    EXPECT_EQ(ToVector(second), (std::vector<int64_t>{0, 4}));
  }
}

TEST_F(EqualityDeletesTest, WorksWithoutAnyBudget) {
  DeletedRows none(0);
  const DataFile keys = EqualityDeletes("/lake/t/k.parquet",
                                        {WithId("id", 1, arrow::int64())}, "[[1]]", {1});
  for (int i = 0; i < 2; ++i) {
    ASSERT_OK_AND_ASSIGN(const auto positions,
                         none.Of(io_, metadata_, file_, {EntryOf(keys)}));
    EXPECT_EQ(ToVector(positions), (std::vector<int64_t>{0, 4}));
  }
}

}  // namespace
}  // namespace tarn::storage
