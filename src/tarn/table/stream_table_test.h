// A table of a lake that rows stream into: (id long, name string), eight partitions.
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <arrow/array.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>

#include "tarn/storage/arrow_schema.h"
#include "tarn/storage/data_file_reader.h"
#include "tarn/table/scan.h"
#include "tarn/table/stream_writer.h"
#include "tarn/table/write.h"
#include "tarn/testing/lake.h"

namespace tarn::table {

struct StreamTable {
  static Result<std::unique_ptr<StreamTable>> Make(testing::LakeOptions options = {}) {
    auto table = std::make_unique<StreamTable>();
    ARROW_ASSIGN_OR_RAISE(table->lake, testing::Lake::Make(options));
    iceberg::NewTable made;
    made.fields = {
        {.id = 1, .name = "id", .type = iceberg::Type::Long(), .required = true},
        {.id = 2, .name = "name", .type = iceberg::Type::String()}};
    made.spec.fields = {{.source_ids = {1},
                         .field_id = iceberg::kFirstPartitionFieldId,
                         .name = "id_bucket",
                         .transform = iceberg::Bucket{8}}};
    ARROW_ASSIGN_OR_RAISE(made.location,
                          table->lake->catalog().NewTableLocation(table->ident()));
    made.properties = options.properties;
    made.table_uuid = NewUuid(table->lake->context().random);
    made.now = table->clock().Now();
    ARROW_ASSIGN_OR_RAISE(const auto metadata, iceberg::MakeTableMetadata(made));
    WriteRequest request{.ident = table->ident()};
    request.create = metadata;
    RETURN_NOT_OK(Write(table->lake->context(), request).status());
    ARROW_ASSIGN_OR_RAISE(table->arrow_schema,
                          storage::ArrowSchemaOf(metadata->schema()));
    return table;
  }

  const iceberg::TableIdent& ident() const { return lake->ident(); }
  testing::FakeClock& clock() {
    return dynamic_cast<testing::FakeClock&>(lake->context().clock);
  }

  /// Rows begin … begin + count - 1.
  std::shared_ptr<arrow::RecordBatch> Rows(int64_t begin, int64_t count,
                                           int64_t name_bytes = 8) const {
    arrow::Int64Builder ids;
    arrow::StringBuilder names;
    for (int64_t id = begin; id < begin + count; ++id) {
      std::string name;
      for (auto noise = static_cast<uint64_t>(id);
           static_cast<int64_t>(name.size()) < name_bytes;) {
        noise = noise * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
        name += static_cast<char>('!' + (noise >> 33U) % 90);
      }
      EXPECT_TRUE(ids.Append(id).ok() && names.Append(name).ok());
    }
    return arrow::RecordBatch::Make(
        arrow_schema, count, {ids.Finish().ValueOrDie(), names.Finish().ValueOrDie()});
  }

  /// Ids of all rows of the head, sorted.
  Result<std::vector<int64_t>> Ids() {
    ARROW_ASSIGN_OR_RAISE(const auto loaded, lake->catalog().LoadTable(ident()));
    ScanRequest request;
    request.metadata = loaded.metadata;
    ARROW_ASSIGN_OR_RAISE(const ScanPlan plan, PlanScan(lake->fs(), request));
    std::vector<int64_t> ids;
    for (const FileScanTask& task : plan.tasks) {
      storage::DataFileReadOptions reading;
      reading.schema = loaded.metadata->schema_ptr();
      ARROW_ASSIGN_OR_RAISE(
          const auto reader,
          storage::DataFileReader::Open(lake->fs(), *loaded.metadata, task.file,
                                        task.data_sequence_number, nullptr, reading));
      while (true) {
        ARROW_ASSIGN_OR_RAISE(const auto batch, reader->Next());
        if (batch == nullptr) {
          break;
        }
        const auto column = std::static_pointer_cast<arrow::Int64Array>(batch->column(0));
        for (int64_t i = 0; i < batch->num_rows(); ++i) {
          ids.push_back(column->Value(i));
        }
      }
    }
    std::ranges::sort(ids);
    return ids;
  }

  static std::vector<int64_t> Range(int64_t end) {
    std::vector<int64_t> ids;
    for (int64_t id = 0; id < end; ++id) {
      ids.push_back(id);
    }
    return ids;
  }

  std::unique_ptr<testing::Lake> lake;
  std::shared_ptr<arrow::Schema> arrow_schema;
};

}  // namespace tarn::table
