#include "tarn/cli/print/binary_sink.h"

#include <utility>

#include <arrow/io/interfaces.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>

#include "tarn/storage/parquet_stream.h"

namespace tarn::cli {
namespace {

/// TextOutput as the stream that Arrow's writers want.
class OutputAdapter final : public arrow::io::OutputStream {
 public:
  explicit OutputAdapter(TextOutput& output) : output_(output) {}
  Status Close() override {
    closed_ = true;
    return output_.Flush();
  }
  Result<int64_t> Tell() const override { return written_; }
  bool closed() const override { return closed_; }
  Status Write(const void* data, int64_t num_bytes) override {
    written_ += num_bytes;
    return output_.Write(
        {static_cast<const char*>(data), static_cast<size_t>(num_bytes)});
  }
  using arrow::io::Writable::Write;

 private:
  TextOutput& output_;
  int64_t written_ = 0;
  bool closed_ = false;
};

class ArrowSink final : public RowSink {
 public:
  explicit ArrowSink(std::shared_ptr<arrow::ipc::RecordBatchWriter> writer)
      : writer_(std::move(writer)) {}
  Status Write(const arrow::RecordBatch& batch) override {
    return writer_->WriteRecordBatch(batch);
  }
  Status Finish() override { return writer_->Close(); }

 private:
  std::shared_ptr<arrow::ipc::RecordBatchWriter> writer_;
};

class ParquetSink final : public RowSink {
 public:
  explicit ParquetSink(std::unique_ptr<storage::ParquetStream> stream)
      : stream_(std::move(stream)) {}
  Status Write(const arrow::RecordBatch& batch) override {
    return stream_->Append(batch);
  }
  Status Finish() override { return stream_->Close(); }

 private:
  std::unique_ptr<storage::ParquetStream> stream_;
};

}  // namespace

Result<std::unique_ptr<RowSink>> MakeArrowSink(std::shared_ptr<arrow::Schema> schema,
                                               TextOutput& output) {
  ARROW_ASSIGN_OR_RAISE(
      auto writer, arrow::ipc::MakeStreamWriter(std::make_shared<OutputAdapter>(output),
                                                std::move(schema)));
  return std::make_unique<ArrowSink>(std::move(writer));
}

Result<std::unique_ptr<RowSink>> MakeParquetSink(std::shared_ptr<arrow::Schema> schema,
                                                 TextOutput& output) {
  ARROW_ASSIGN_OR_RAISE(
      auto stream, storage::OpenParquetStream(std::make_shared<OutputAdapter>(output),
                                              std::move(schema)));
  return std::make_unique<ParquetSink>(std::move(stream));
}

}  // namespace tarn::cli
