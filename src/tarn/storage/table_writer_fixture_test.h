// What the tests of table writers share: a table in memory, rows from JSON, files read
// back.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/io/interfaces.h>
#include <arrow/json/from_string.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <gtest/gtest.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include "tarn/storage/arrow_schema.h"
#include "tarn/storage/table_writer.h"
#include "tarn/testing/fake_clock.h"
#include "tarn/testing/memory_file_io.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::storage {

using iceberg::Field;
using iceberg::Type;
using Properties = std::map<std::string, std::string>;

class TableWriterTest : public ::testing::Test {
 protected:
  /// Columns keep the order of `fields`; ids are given from 1.
  void MakeTable(std::vector<Field> fields, iceberg::PartitionSpec spec = {},
                 Properties properties = {}) {
    iceberg::NewTable table;
    table.fields = std::move(fields);
    table.spec = std::move(spec);
    table.location = "/lake/ns/orders-0a1b2c3d";
    table.properties = std::move(properties);
    table.table_uuid = "9c12d441-03fe-4693-9a96-a0705ddf69c1";
    table.now = clock_.Now();
    auto made = iceberg::MakeTableMetadata(table);
    ASSERT_TRUE(made.ok()) << made.status().ToString();
    metadata_ = *std::move(made);
  }

  Result<std::unique_ptr<TableWriter>> OpenWriter(TableWriterOptions options = {}) {
    return TableWriter::Open(io_, metadata_, options, clock_, random_);
  }

  std::shared_ptr<arrow::Schema> ArrowSchema() {
    return *ArrowSchemaOf(metadata_->schema());
  }

  /// Rows of the table's own types, as Arrow's JSON has them: one array of values per
  /// row.
  std::shared_ptr<arrow::RecordBatch> Rows(const std::string& json) {
    return RowsOf(ArrowSchema(), json);
  }
  static std::shared_ptr<arrow::RecordBatch> RowsOf(
      const std::shared_ptr<arrow::Schema>& schema, const std::string& json) {
    auto array = arrow::json::ArrayFromJSONString(arrow::struct_(schema->fields()), json);
    EXPECT_TRUE(array.ok()) << array.status().ToString();
    auto batch = arrow::RecordBatch::FromStructArray(*array);
    return (*batch)->ReplaceSchema(schema).ValueOrDie();
  }

  /// Writes the batches and finishes.
  Result<std::vector<iceberg::DataFile>> WriteAll(
      const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches,
      TableWriterOptions options = {}) {
    ARROW_ASSIGN_OR_RAISE(auto writer, OpenWriter(options));
    for (const auto& batch : batches) {
      ARROW_RETURN_NOT_OK(writer->Append(*batch));
    }
    return writer->Finish();
  }

  std::shared_ptr<arrow::Table> Read(const iceberg::DataFile& file) {
    auto input = io_.OpenInput(file.file_path);
    EXPECT_TRUE(input.ok()) << input.status().ToString();
    auto reader = parquet::arrow::OpenFile(*input, arrow::default_memory_pool());
    EXPECT_TRUE(reader.ok()) << reader.status().ToString();
    auto table = (*reader)->ReadTable();
    EXPECT_TRUE(table.ok()) << table.status().ToString();
    return (*table)->CombineChunks().ValueOrDie();
  }

  std::shared_ptr<parquet::FileMetaData> Footer(const iceberg::DataFile& file) {
    return parquet::ReadMetaData(*io_.OpenInput(file.file_path));
  }

  testing::FakeClock clock_;  // 2024-01-01
  testing::SeededRandom random_;
  testing::MemoryFileIO io_{clock_};
  std::shared_ptr<const iceberg::TableMetadata> metadata_;
};

inline Field Column(iceberg::FieldId id, std::string name, Type type,
                    bool required = false) {
  return Field{
      .id = id, .name = std::move(name), .type = std::move(type), .required = required};
}

}  // namespace tarn::storage
