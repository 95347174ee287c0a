#include "tarn/storage/parquet_stream.h"

#include <utility>

#include <arrow/io/interfaces.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>

namespace tarn::storage {
namespace {

constexpr int64_t kRowGroupRows = 122'880;

class ArrowParquetStream final : public ParquetStream {
 public:
  ArrowParquetStream(std::shared_ptr<arrow::io::OutputStream> output,
                     std::unique_ptr<parquet::arrow::FileWriter> writer)
      : output_(std::move(output)), writer_(std::move(writer)) {}

  Status Append(const arrow::RecordBatch& batch) override {
    return writer_->WriteRecordBatch(batch);
  }

  Status Close() override {
    RETURN_NOT_OK(writer_->Close());
    return output_->Close();
  }

 private:
  std::shared_ptr<arrow::io::OutputStream> output_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
};

}  // namespace

Result<std::unique_ptr<ParquetStream>> OpenParquetStream(
    std::shared_ptr<arrow::io::OutputStream> output,
    std::shared_ptr<arrow::Schema> schema) {
  const auto properties = parquet::WriterProperties::Builder()
                              .compression(parquet::Compression::SNAPPY)
                              ->max_row_group_length(kRowGroupRows)
                              ->build();
  const auto arrow_properties =
      parquet::ArrowWriterProperties::Builder().store_schema()->build();
  ARROW_ASSIGN_OR_RAISE(auto writer, parquet::arrow::FileWriter::Open(
                                         *schema, arrow::default_memory_pool(), output,
                                         properties, arrow_properties));
  return std::make_unique<ArrowParquetStream>(std::move(output), std::move(writer));
}

}  // namespace tarn::storage
