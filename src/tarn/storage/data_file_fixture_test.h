// What tests of reading share: Parquet files as any writer may leave them, in memory.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <arrow/json/from_string.h>
#include <arrow/util/key_value_metadata.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>

#include "tarn/storage/arrow_schema.h"
#include "tarn/storage/data_file_reader.h"
#include "tarn/testing/fake_clock.h"
#include "tarn/testing/memory_file_io.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::storage {

/// An Arrow field with a Parquet field id; 0 leaves the id out.
inline std::shared_ptr<arrow::Field> WithId(std::string name, int32_t id,
                                            std::shared_ptr<arrow::DataType> type,
                                            bool nullable = true) {
  auto field = arrow::field(std::move(name), std::move(type), nullable);
  return id == 0 ? field
                 : field->WithMetadata(arrow::key_value_metadata({"PARQUET:field_id"},
                                                                 {std::to_string(id)}));
}

struct ParquetFileOptions {
  int64_t row_group_rows = 1 << 20;
  bool int96 = false;
  bool store_arrow_schema = false;
};

class DataFileTest : public ::testing::Test {
 protected:
  DataFileTest() {
    metadata_.location = "/lake/t";
    metadata_.partition_specs = {{}};
    metadata_.sort_orders = {{}};
  }

  /// The table's current schema; ids are kept as they are.
  void SetSchema(std::vector<iceberg::Field> fields) {
    auto schema = iceberg::Schema::Make(iceberg::SchemaId{0}, std::move(fields));
    ASSERT_TRUE(schema.ok()) << schema.status().ToString();
    metadata_.schemas = {*schema};
  }

  static std::shared_ptr<arrow::RecordBatch> Rows(const arrow::FieldVector& fields,
                                                  const std::string& json) {
    auto array = arrow::json::ArrayFromJSONString(arrow::struct_(fields), json);
    EXPECT_TRUE(array.ok()) << array.status().ToString();
    auto batch = arrow::RecordBatch::FromStructArray(*array).ValueOrDie();
    return batch->ReplaceSchema(arrow::schema(fields)).ValueOrDie();
  }

  /// Writes rows as a Parquet file of these columns.
  iceberg::DataFile WriteParquet(const std::string& path,
                                 const arrow::FieldVector& fields,
                                 const std::string& json,
                                 ParquetFileOptions options = {}) {
    return WriteParquet(path, Rows(fields, json), options);
  }
  iceberg::DataFile WriteParquet(const std::string& path,
                                 const std::shared_ptr<arrow::RecordBatch>& rows,
                                 ParquetFileOptions options = {}) {
    const auto output = arrow::io::BufferOutputStream::Create().ValueOrDie();
    parquet::ArrowWriterProperties::Builder arrow_properties;
    if (options.int96) {
      arrow_properties.enable_deprecated_int96_timestamps();
    }
    if (options.store_arrow_schema) {
      arrow_properties.store_schema();
    }
    const auto table = arrow::Table::FromRecordBatches({rows}).ValueOrDie();
    const Status status = parquet::arrow::WriteTable(
        *table, arrow::default_memory_pool(), output, options.row_group_rows,
        parquet::WriterProperties::Builder().build(), arrow_properties.build());
    EXPECT_TRUE(status.ok()) << status.ToString();
    const auto buffer = output->Finish().ValueOrDie();
    iceberg::DataFile file;
    file.file_path = path;
    file.record_count = rows->num_rows();
    file.file_size_bytes = buffer->size();
    io_.Put(path, buffer->ToString());
    return file;
  }

  Result<std::shared_ptr<arrow::RecordBatch>> Read(
      const iceberg::DataFile& file, DataFileReadOptions options = {},
      std::shared_ptr<const iceberg::PositionSet> deleted = nullptr) {
    if (options.schema == nullptr) {
      options.schema = metadata_.schema_ptr();
    }
    ARROW_ASSIGN_OR_RAISE(auto reader,
                          DataFileReader::Open(io_, metadata_, file, sequence_number_,
                                               std::move(deleted), std::move(options)));
    arrow::RecordBatchVector batches;
    while (true) {
      ARROW_ASSIGN_OR_RAISE(auto batch, reader->Next());
      if (batch == nullptr) {
        break;
      }
      ARROW_RETURN_NOT_OK(batch->ValidateFull());
      EXPECT_TRUE(batch->schema()->Equals(*reader->schema(), /*check_metadata=*/true));
      ++num_batches_;
      batches.push_back(std::move(batch));
    }
    ARROW_ASSIGN_OR_RAISE(auto table,
                          arrow::Table::FromRecordBatches(reader->schema(), batches));
    return table->CombineChunksToBatch();
  }

  /// Reads the file and compares its rows with JSON of the result's own types.
  void ExpectRows(const iceberg::DataFile& file, const std::string& json,
                  DataFileReadOptions options = {},
                  std::shared_ptr<const iceberg::PositionSet> deleted = nullptr) {
    ASSERT_OK_AND_ASSIGN(const auto rows,
                         Read(file, std::move(options), std::move(deleted)));
    const auto expected = Rows(rows->schema()->fields(), json);
    EXPECT_TRUE(rows->Equals(*expected))
        << "got " << rows->ToString() << "\nexpected " << expected->ToString();
  }

  testing::FakeClock clock_;
  testing::SeededRandom random_;
  testing::MemoryFileIO io_{clock_};
  iceberg::TableMetadata metadata_;
  iceberg::SequenceNumber sequence_number_{7};
  int num_batches_ = 0;
};

}  // namespace tarn::storage
