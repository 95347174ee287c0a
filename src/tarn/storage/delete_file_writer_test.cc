#include "tarn/storage/delete_file_writer.h"

#include <algorithm>

#include "tarn/iceberg/puffin.h"
#include "tarn/iceberg/value.h"
#include "tarn/storage/data_file_reader.h"
#include "tarn/storage/deleted_rows.h"
#include "tarn/storage/table_writer_fixture_test.h"
#include "tarn/testing/faulty_file_io.h"

namespace tarn::storage {
namespace {

using iceberg::DataFile;
using iceberg::FileContent;
using iceberg::PositionSet;
using iceberg::Value;

PositionSet Positions(const std::vector<int64_t>& positions) {
  PositionSet set;
  for (const int64_t position : positions) {
    set.Add(position);
  }
  return set;
}

class DeleteFileWriterTest : public TableWriterTest {
 protected:
  /// A table of version `version` with one data file for each of its two partitions.
  void MakeData(const std::string& version) {
    MakeTable({Column(1, "id", Type::Long(), true), Column(2, "region", Type::String())},
              {.fields = {{.source_ids = {2}, .field_id = 0, .name = "region"}}},
              {{"format-version", version}});
    auto files = WriteAll({Rows(R"([[1, "a"], [2, "b"], [3, "a"], [4, "a"]])")});
    ASSERT_TRUE(files.ok()) << files.status().ToString();
    data_ = *std::move(files);
    std::sort(data_.begin(), data_.end(), [](const DataFile& a, const DataFile& b) {
      return a.record_count > b.record_count;
    });
    ASSERT_EQ(data_.size(), 2U);
  }

  Result<std::vector<DataFile>> Write(std::vector<FileDeletes> deletes) {
    return WritePositionDeletes(io_, *metadata_, deletes, clock_, random_);
  }

  std::vector<int64_t> ReadBack(const DataFile& delete_file, const std::string& path) {
    DeletedRows deleted;
    const auto positions = deleted.PositionsIn(io_, delete_file, path);
    EXPECT_OK(positions);
    std::vector<int64_t> result;
    (*positions)->ForEach([&](int64_t position) { result.push_back(position); });
    return result;
  }

  std::vector<DataFile> data_;
};

TEST_F(DeleteFileWriterTest, Trap22VersionTwoHasOneFileForEachDataFile) {
  MakeData("2");
  ASSERT_OK_AND_ASSIGN(const auto files, Write({{&data_[0], Positions({2, 0})},
                                                {&data_[1], Positions({0})}}));
  ASSERT_EQ(files.size(), 2U);
  for (size_t i = 0; i < 2; ++i) {
    const DataFile& file = files[i];
    EXPECT_EQ(file.content, FileContent::kPositionDeletes);
    EXPECT_EQ(file.format, iceberg::FileFormat::kParquet);
    EXPECT_EQ(file.referenced_data_file, data_[i].file_path);
    EXPECT_EQ(file.partition, data_[i].partition);
    EXPECT_EQ(file.spec_id, data_[i].spec_id);
    EXPECT_FALSE(file.sort_order_id.has_value());  // Trap42
    EXPECT_TRUE(file.equality_ids.empty());
    EXPECT_FALSE(file.content_offset.has_value());
    EXPECT_EQ(file.split_offsets.size(), 1U);
    EXPECT_EQ(file.file_size_bytes, io_.Stat(file.file_path)->size_bytes);
    const auto* path = FindColumnStats(file, kFilePathField);
    ASSERT_NE(path, nullptr);
    EXPECT_EQ(path->lower_bound, data_[i].file_path) << "whole, not cut";
    EXPECT_EQ(path->upper_bound, data_[i].file_path);
  }
  EXPECT_EQ(files[0].record_count, 2);
  const auto* positions = FindColumnStats(files[0], kPositionField);
  ASSERT_NE(positions, nullptr);
  EXPECT_EQ(positions->lower_bound, iceberg::ValueToBytes(Type::Long(), int64_t{0}));
  EXPECT_EQ(positions->upper_bound, iceberg::ValueToBytes(Type::Long(), int64_t{2}));
  EXPECT_EQ(ReadBack(files[0], data_[0].file_path), (std::vector<int64_t>{0, 2}));
  EXPECT_EQ(ReadBack(files[1], data_[1].file_path), (std::vector<int64_t>{0}));
  EXPECT_NE(files[0].file_path.find("/data/region=a/orders_deletes_20240101_"),
            std::string::npos)
      << files[0].file_path;
}

TEST_F(DeleteFileWriterTest, Trap23ColumnsOfDeleteFilesHaveTheReservedIds) {
  MakeData("2");
  ASSERT_OK_AND_ASSIGN(const auto files, Write({{&data_[0], Positions({1})}}));
  const auto footer = Footer(files[0]);
  ASSERT_EQ(footer->num_columns(), 2);
  const auto& path = *footer->schema()->Column(0)->schema_node();
  const auto& pos = *footer->schema()->Column(1)->schema_node();
  EXPECT_EQ(path.name(), "file_path");
  EXPECT_EQ(path.field_id(), 2147483546);
  EXPECT_TRUE(path.is_required());
  EXPECT_EQ(pos.name(), "pos");
  EXPECT_EQ(pos.field_id(), 2147483545);
  EXPECT_TRUE(pos.is_required());
}

TEST_F(DeleteFileWriterTest, Trap24VersionThreeHasDeletionVectorsInOnePuffinFile) {
  MakeData("3");
  ASSERT_OK_AND_ASSIGN(const auto files, Write({{&data_[0], Positions({2, 0})},
                                                {&data_[1], Positions({0})}}));
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[0].file_path, files[1].file_path);
  ASSERT_OK_AND_ASSIGN(const std::string bytes, io_.ReadAll(files[0].file_path));
  const auto size = static_cast<int64_t>(bytes.size());
  ASSERT_OK_AND_ASSIGN(const auto footer, iceberg::ReadPuffinFooter(bytes, size));
  ASSERT_EQ(footer.blobs.size(), 2U);
  EXPECT_EQ(footer.properties.count("created-by"), 1U);
  for (size_t i = 0; i < 2; ++i) {
    const DataFile& file = files[i];
    const iceberg::PuffinBlob& blob = footer.blobs[i];
    EXPECT_EQ(file.content, FileContent::kPositionDeletes);
    EXPECT_EQ(file.format, iceberg::FileFormat::kPuffin);
    EXPECT_EQ(file.referenced_data_file, data_[i].file_path);
    EXPECT_EQ(file.partition, data_[i].partition);
    EXPECT_EQ(file.file_size_bytes, size);
    EXPECT_EQ(file.content_offset, blob.offset);
    EXPECT_EQ(file.content_size_bytes, blob.length_bytes);
    EXPECT_FALSE(file.sort_order_id.has_value());
    EXPECT_EQ(blob.type, "deletion-vector-v1");
    EXPECT_EQ(blob.snapshot_id.value, -1);
    EXPECT_EQ(blob.sequence_number.value, -1);
    EXPECT_FALSE(blob.compression_codec.has_value());
    EXPECT_EQ(blob.properties.at("referenced-data-file"), data_[i].file_path);
    EXPECT_EQ(blob.properties.at("cardinality"), std::to_string(file.record_count));
  }
  EXPECT_EQ(ReadBack(files[0], data_[0].file_path), (std::vector<int64_t>{0, 2}));
  EXPECT_EQ(ReadBack(files[1], data_[1].file_path), (std::vector<int64_t>{0}));
}

TEST_F(DeleteFileWriterTest, Trap26EachVersionHasItsOwnKindOfDeletes) {
  MakeData("2");
  auto version_one = *metadata_;
  version_one.format_version = 1;
  metadata_ = std::make_shared<const iceberg::TableMetadata>(version_one);
  EXPECT_ERROR(Write({{&data_[0], Positions({1})}}), ErrorCode::kInvalidArgument,
               "version 1");
  EXPECT_ERROR(EqualityDeleteWriter::Open(io_, metadata_, {1}, {}, clock_, random_),
               ErrorCode::kInvalidArgument, "version 1");
}

TEST_F(DeleteFileWriterTest, NothingIsWrittenForNothing) {
  for (const char* version : {"2", "3"}) {
    MakeData(version);
    const size_t before = io_.num_files();
    ASSERT_OK_AND_ASSIGN(const auto files, Write({{&data_[0], PositionSet()}}));
    EXPECT_TRUE(files.empty());
    EXPECT_EQ(io_.num_files(), before);
  }
}

TEST_F(DeleteFileWriterTest, ManyPositionsOfOneFile) {
  MakeData("2");
  PositionSet many;
  many.AddRange(10, 200'010);
  ASSERT_OK_AND_ASSIGN(const auto files, Write({{&data_[0], many}}));
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].record_count, 200'000);
  const auto back = ReadBack(files[0], data_[0].file_path);
  EXPECT_EQ(back.size(), 200'000U);
  EXPECT_EQ(back.back(), 200'009);
}

TEST_F(DeleteFileWriterTest, AnErrorLeavesNoFileBehind) {
  for (const char* version : {"2", "3"}) {
    SCOPED_TRACE(version);
    MakeData(version);
    const size_t before = io_.num_files();
    testing::FaultyFileIO faulty(io_);
    for (int64_t at = 0;; ++at) {
      SCOPED_TRACE(at);
      faulty.FailOperation(at);
      const auto files = WritePositionDeletes(
          faulty, *metadata_, {{&data_[0], Positions({1})}, {&data_[1], Positions({0})}},
          clock_, random_);
      if (!faulty.fault_fired()) {
        EXPECT_OK(files);
        EXPECT_GT(at, 1);
        break;
      }
      EXPECT_ERROR(files, ErrorCode::kIoFailed, "");
      EXPECT_EQ(io_.num_files(), before);
    }
  }
}

class EqualityDeleteWriterTest : public DeleteFileWriterTest {
 protected:
  Result<std::vector<DataFile>> Write(std::vector<iceberg::FieldId> ids,
                                      const std::string& rows) {
    ARROW_ASSIGN_OR_RAISE(
        auto writer,
        EqualityDeleteWriter::Open(io_, metadata_, std::move(ids), {}, clock_, random_));
    ARROW_RETURN_NOT_OK(writer->Append(*RowsWithNulls(rows)));
    return writer->Finish();
  }

  std::shared_ptr<arrow::RecordBatch> RowsWithNulls(const std::string& rows) {
    arrow::FieldVector columns;
    const auto schema = ArrowSchema();
    for (const auto& field : schema->fields()) {
      columns.push_back(field->WithNullable(true));
    }
    return RowsOf(arrow::schema(columns), rows);
  }
};

TEST_F(EqualityDeleteWriterTest, Trap48WritesKeysIntoTheirPartitions) {
  MakeData("2");
  ASSERT_OK_AND_ASSIGN(auto files, Write({1}, R"([[3, "a"], [2, "b"]])"));
  ASSERT_EQ(files.size(), 2U);
  for (const DataFile& file : files) {
    EXPECT_EQ(file.content, FileContent::kEqualityDeletes);
    EXPECT_EQ(file.equality_ids, std::vector<int32_t>{1});
    EXPECT_EQ(file.sort_order_id, iceberg::SortOrderId{0});
    EXPECT_EQ(file.split_offsets.size(), 1U);
    EXPECT_EQ(file.record_count, 1);
    EXPECT_EQ(file.spec_id, metadata_->default_spec_id);
    EXPECT_FALSE(file.referenced_data_file.has_value());
    EXPECT_NE(FindColumnStats(file, 1), nullptr);
  }
  DeletedRows deleted;
  for (const DataFile& data : data_) {
    const auto matching = std::find_if(files.begin(), files.end(), [&](const auto& file) {
      return file.partition == data.partition;
    });
    ASSERT_NE(matching, files.end());
    auto entry = std::make_shared<iceberg::ManifestEntry>();
    entry->file = *matching;
    ASSERT_OK_AND_ASSIGN(const auto rows, deleted.Of(io_, *metadata_, data, {entry}));
    ASSERT_NE(rows, nullptr);
    EXPECT_EQ(rows->size(), 1);
    EXPECT_TRUE(rows->Contains(data.record_count == 3 ? 1 : 0));
  }
}

TEST_F(EqualityDeleteWriterTest, OnlyKeysMustBeThere) {
  MakeData("2");
  ASSERT_OK(Write({2}, R"([[null, "a"], [null, null]])"));
  EXPECT_ERROR(Write({1}, R"([[null, "a"]])"), ErrorCode::kConstraintViolated, "id");
}

TEST_F(EqualityDeleteWriterTest, Trap21RefusesColumnsThatCannotBeKeys) {
  MakeTable({Column(1, "f", Type::Float()), Column(2, "d", Type::Double()),
             Column(3, "l", Type::List(0, Type::Int(), false))});
  for (const auto& field : metadata_->schema().fields()) {
    EXPECT_ERROR(Write({field.id}, "[]"), ErrorCode::kInvalidArgument, field.name);
  }
  EXPECT_ERROR(Write({}, "[]"), ErrorCode::kInvalidArgument, "");
  EXPECT_ERROR(Write({99}, "[]"), ErrorCode::kInvalidArgument, "99");
}

}  // namespace
}  // namespace tarn::storage
