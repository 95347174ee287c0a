#include "tarn/ingest/internal/avro_batches.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <arrow/array/builder_base.h>
#include <arrow/buffer.h>
#include <arrow/builder.h>
#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "tarn/base/error.h"
#include "tarn/iceberg/avro/reader.h"
#include "tarn/ingest/internal/avro_values.h"

namespace tarn::ingest::internal {
namespace {

namespace avro = iceberg::avro;

/// Variable-size bytes after which a batch is closed early.
constexpr int64_t kBatchBytes = int64_t{16} << 20;

/// Reads ahead in a file in pieces of at least kChunkBytes.
class FileBytes final : public avro::ByteSource {
 public:
  static Result<std::unique_ptr<FileBytes>> Open(
      std::shared_ptr<arrow::io::RandomAccessFile> file) {
    ARROW_ASSIGN_OR_RAISE(const int64_t size, file->GetSize());
    return std::unique_ptr<FileBytes>(new FileBytes(std::move(file), size));
  }

  uint64_t bytes_left() const override { return static_cast<uint64_t>(size_ - at_); }

  Result<std::string_view> Peek(size_t size) override {
    const int64_t wanted = std::min(static_cast<int64_t>(size), size_ - at_);
    if (buffer_ == nullptr || at_ + wanted > buffer_at_ + buffer_->size()) {
      ARROW_ASSIGN_OR_RAISE(
          buffer_,
          file_->ReadAt(at_, std::min(std::max(wanted, kChunkBytes), size_ - at_)));
      buffer_at_ = at_;
    }
    const std::string_view all(*buffer_);
    return all.substr(static_cast<size_t>(at_ - buffer_at_), static_cast<size_t>(wanted));
  }

  void Skip(size_t size) override { at_ += static_cast<int64_t>(size); }

 private:
  static constexpr int64_t kChunkBytes = int64_t{1} << 20;

  FileBytes(std::shared_ptr<arrow::io::RandomAccessFile> file, int64_t size)
      : file_(std::move(file)), size_(size) {}

  std::shared_ptr<arrow::io::RandomAccessFile> file_;
  const int64_t size_;
  int64_t at_ = 0;
  std::shared_ptr<arrow::Buffer> buffer_;
  int64_t buffer_at_ = 0;
};

class AvroBatches final : public arrow::RecordBatchReader {
 public:
  AvroBatches(std::unique_ptr<FileBytes> bytes, avro::FileReader reader,
              int64_t batch_rows)
      : bytes_(std::move(bytes)), reader_(std::move(reader)), batch_rows_(batch_rows) {}

  Status Prepare() {
    const avro::Schema& schema = reader_.schema();
    arrow::FieldVector fields;
    std::vector<avro::NodeId> nodes;
    if (schema.root().kind == avro::Kind::kRecord) {
      for (const avro::RecordField& field : schema.root().fields) {
        ARROW_ASSIGN_OR_RAISE(fields.emplace_back(),
                              ArrowFieldOf(schema, field.node, field.name));
        nodes.push_back(field.node);
      }
    } else {
      ARROW_ASSIGN_OR_RAISE(fields.emplace_back(),
                            ArrowFieldOf(schema, schema.root_id(), "value"));
      nodes.push_back(schema.root_id());
    }
    schema_ = arrow::schema(std::move(fields));
    for (size_t i = 0; i < nodes.size(); ++i) {
      ARROW_ASSIGN_OR_RAISE(
          auto builder, arrow::MakeBuilder(schema_->field(static_cast<int>(i))->type()));
      values_.push_back(MakeAvroValue(schema, nodes[i], *builder));
      builders_.push_back(std::move(builder));
    }
    return Status::OK();
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    batch->reset();
    int64_t rows = 0;
    int64_t bytes = 0;
    while (rows < batch_rows_ && bytes < kBatchBytes) {
      ARROW_ASSIGN_OR_RAISE(const bool more, reader_.NextRow());
      if (!more) {
        break;
      }
      avro::Decoder& decoder = reader_.decoder();
      const size_t before = decoder.bytes_left();
      if (values_.empty()) {
        decoder.ZeroWidth();
      }
      for (const auto& value : values_) {
        RETURN_NOT_OK(value->Read(decoder));
      }
      bytes += static_cast<int64_t>(before - decoder.bytes_left());
      ++rows;
    }
    // A row that failed half-way is noticed by the next NextRow(), which names it.
    if (reader_.decoder().failed()) {
      return reader_.NextRow().status();
    }
    if (rows == 0) {
      return Status::OK();
    }
    arrow::ArrayVector columns(builders_.size());
    for (size_t i = 0; i < builders_.size(); ++i) {
      RETURN_NOT_OK(builders_[i]->Finish(&columns[i]));
    }
    *batch = arrow::RecordBatch::Make(schema_, rows, std::move(columns));
    return Status::OK();
  }

 private:
  std::unique_ptr<FileBytes> bytes_;  // before reader_, which points to it
  avro::FileReader reader_;
  const int64_t batch_rows_;
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<std::unique_ptr<arrow::ArrayBuilder>> builders_;
  std::vector<std::unique_ptr<AvroValue>> values_;  // one per builder
};

}  // namespace

Result<std::shared_ptr<arrow::RecordBatchReader>> OpenAvroBatches(
    std::shared_ptr<arrow::io::RandomAccessFile> file, int64_t batch_rows) {
  ARROW_ASSIGN_OR_RAISE(std::unique_ptr<FileBytes> bytes,
                        FileBytes::Open(std::move(file)));
  ARROW_ASSIGN_OR_RAISE(avro::FileReader reader, avro::FileReader::Open(bytes.get()));
  auto batches =
      std::make_shared<AvroBatches>(std::move(bytes), std::move(reader), batch_rows);
  RETURN_NOT_OK(batches->Prepare());
  return batches;
}

}  // namespace tarn::ingest::internal
