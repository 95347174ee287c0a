#include "tarn/storage/delete_file_writer.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "tarn/base/error.h"
#include "tarn/iceberg/encryption.h"
#include "tarn/iceberg/puffin.h"
#include "tarn/storage/data_file_reader.h"
#include "tarn/storage/internal/data_file_writer.h"
#include "tarn/storage/internal/file_names.h"

namespace tarn::storage {
namespace {

using iceberg::DataFile;
using iceberg::Field;
using iceberg::FileContent;
using iceberg::Type;

constexpr char kCreatedBy[] = "tarn";
/// A Puffin file is put together in memory.
constexpr int64_t kPuffinBytesMax = int64_t{64} << 20;
constexpr int64_t kDeleteBatchRowsMax = 65'536;

/// Writes the delete files of one call and takes them back on an error.
class PositionDeleteFiles {
 public:
  PositionDeleteFiles(io::FileIO& io,
                      std::shared_ptr<const iceberg::TableMetadata> metadata,
                      Clock& clock, Random& random)
      : io_(io),
        metadata_(std::move(metadata)),
        names_(metadata_, /*table_name=*/"", clock, random) {}

  ~PositionDeleteFiles() {
    if (!kept_) {
      for (const std::string& location : locations_) {
        static_cast<void>(io_.Delete(location));
      }
    }
  }

  Status Write(const std::vector<FileDeletes>& deletes) {
    for (const FileDeletes& one : deletes) {
      if (one.positions.empty()) {
        continue;
      }
      ARROW_RETURN_NOT_OK(metadata_->format_version >= 3 ? AddVector(one)
                                                         : WriteParquet(one));
    }
    return EndPuffin();
  }

  std::vector<DataFile> Take() {
    kept_ = true;
    return std::move(files_);
  }

 private:
  /// What all delete files of a data file have in common.
  static DataFile DeleteFileOf(const DataFile& file) {
    DataFile result;
    result.content = FileContent::kPositionDeletes;
    result.spec_id = file.spec_id;
    result.partition = file.partition;
    result.referenced_data_file = file.file_path;
    return result;
  }

  Status WriteParquet(const FileDeletes& deletes) {
    const DataFile& of = *deletes.file;
    const iceberg::PartitionSpec* spec = metadata_->FindSpec(of.spec_id);
    if (spec == nullptr) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "Data file " + of.file_path + " is of a partition spec that " +
                           metadata_->location +
                           " does not have: " + std::to_string(of.spec_id.value));
    }
    ARROW_RETURN_NOT_OK(MakeLayout());
    locations_.push_back(names_.InPartition(*spec, of.partition, "deletes", "parquet"));
    ARROW_ASSIGN_OR_RAISE(const auto writer,
                          DataFileWriter::Open(io_, locations_.back(), layout_));
    Status status = AppendPositions(deletes, writer.get());
    if (!status.ok()) {
      writer->Abort();
      return status;
    }
    ARROW_ASSIGN_OR_RAISE(DataFile written, writer->Close());
    DataFile file = DeleteFileOf(of);
    file.file_path = std::move(written.file_path);
    file.record_count = written.record_count;
    file.file_size_bytes = written.file_size_bytes;
    file.columns = std::move(written.columns);
    file.split_offsets = std::move(written.split_offsets);
    file.key_metadata = std::move(written.key_metadata);
    files_.push_back(std::move(file));
    return Status::OK();
  }

  Status AppendPositions(const FileDeletes& deletes, DataFileWriter* writer) const {
    std::vector<int64_t> positions;
    Status status;
    const auto flush = [&] {
      status =
          status.ok() ? AppendBatch(deletes.file->file_path, positions, writer) : status;
      positions.clear();
    };
    deletes.positions.ForEach([&](int64_t position) {
      positions.push_back(position);
      if (static_cast<int64_t>(positions.size()) == kDeleteBatchRowsMax) {
        flush();
      }
    });
    flush();
    return status;
  }

  Status AppendBatch(const std::string& path, const std::vector<int64_t>& positions,
                     DataFileWriter* writer) const {
    const auto num_rows = static_cast<int64_t>(positions.size());
    arrow::StringBuilder paths;
    ARROW_RETURN_NOT_OK(paths.Reserve(num_rows));
    ARROW_RETURN_NOT_OK(paths.ReserveData(num_rows * static_cast<int64_t>(path.size())));
    for (int64_t i = 0; i < num_rows; ++i) {
      paths.UnsafeAppend(path);
    }
    ARROW_ASSIGN_OR_RAISE(auto path_column, paths.Finish());
    auto position_column =
        std::make_shared<arrow::Int64Array>(num_rows, arrow::Buffer::Wrap(positions));
    return writer->Write(*arrow::RecordBatch::Make(
        layout_->arrow_schema, num_rows,
        arrow::ArrayVector{std::move(path_column), std::move(position_column)}));
  }

  Status MakeLayout() {
    if (layout_ != nullptr) {
      return Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(auto schema,
                          iceberg::Schema::MakeForFile({}, {Field{.id = kFilePathField,
                                                                  .name = "file_path",
                                                                  .type = Type::String(),
                                                                  .required = true},
                                                            Field{.id = kPositionField,
                                                                  .name = "pos",
                                                                  .type = Type::Long(),
                                                                  .required = true}}));
    // Whole paths: equal bounds say which data file a delete file is for.
    const MetricsMode full{MetricsMode::Kind::kFull, 0};
    ARROW_ASSIGN_OR_RAISE(const TableWriterOptions options,
                          DeleteWriterOptionsFor(*metadata_));
    ARROW_ASSIGN_OR_RAISE(
        layout_, DataFileLayout::Make(io_, *metadata_, std::move(schema),
                                      {{kFilePathField, full}, {kPositionField, full}},
                                      options, RowFlow::kManyFiles));
    return Status::OK();
  }

  Status AddVector(const FileDeletes& deletes) {
    const std::string blob = iceberg::DeletionVectorToBlob(deletes.positions);
    if (puffin_bytes_ > 0 &&
        puffin_bytes_ + static_cast<int64_t>(blob.size()) > kPuffinBytesMax) {
      ARROW_RETURN_NOT_OK(EndPuffin());
    }
    if (puffin_ == nullptr) {
      puffin_ = std::make_unique<iceberg::PuffinWriter>();
    }
    const std::string& path = deletes.file->file_path;
    ARROW_ASSIGN_OR_RAISE(
        const iceberg::PuffinBlob added,
        puffin_->Add(
            {.type = iceberg::kDeletionVectorBlob,
             .fields = {kRowPositionField},
             .properties = {{"referenced-data-file", path},
                            {"cardinality", std::to_string(deletes.positions.size())}}},
            blob));
    puffin_bytes_ += static_cast<int64_t>(blob.size());
    DataFile file = DeleteFileOf(*deletes.file);
    file.format = iceberg::FileFormat::kPuffin;
    file.record_count = deletes.positions.size();
    file.content_offset = added.offset;
    file.content_size_bytes = added.length_bytes;
    files_.push_back(std::move(file));
    ++num_vectors_;
    return Status::OK();
  }

  /// Writes the vectors that wait, the last of `files_`.
  Status EndPuffin() {
    if (puffin_ == nullptr) {
      return Status::OK();
    }
    std::string bytes = std::exchange(puffin_, nullptr)->Finish(kCreatedBy);
    puffin_bytes_ = 0;
    std::optional<std::string> key_metadata;
    if (iceberg::IsEncrypted(*metadata_)) {
      ARROW_RETURN_NOT_OK(iceberg::ParquetKeyBytes(*metadata_, io_.keys()).status());
      ARROW_ASSIGN_OR_RAISE(iceberg::SealedFile sealed,
                            iceberg::SealFile(*metadata_, bytes));
      bytes = std::move(sealed.bytes);
      key_metadata = std::move(sealed.key_metadata);
    }
    locations_.push_back(names_.InTable("deletes", "puffin"));
    ARROW_ASSIGN_OR_RAISE(const auto output, io_.OpenOutput(locations_.back()));
    ARROW_RETURN_NOT_OK(output->Write(bytes.data(), static_cast<int64_t>(bytes.size())));
    ARROW_RETURN_NOT_OK(output->Close());
    for (auto file = files_.end() - std::exchange(num_vectors_, 0); file != files_.end();
         ++file) {
      file->file_path = locations_.back();
      file->file_size_bytes = static_cast<int64_t>(bytes.size());
      file->key_metadata = key_metadata;
    }
    return Status::OK();
  }

  io::FileIO& io_;
  const std::shared_ptr<const iceberg::TableMetadata> metadata_;
  FileNames names_;
  std::shared_ptr<const DataFileLayout> layout_;
  std::unique_ptr<iceberg::PuffinWriter> puffin_;
  int64_t puffin_bytes_ = 0;
  int64_t num_vectors_ = 0;  // in puffin_
  std::vector<DataFile> files_;
  std::vector<std::string> locations_;  // of every file that was begun
  bool kept_ = false;
};

}  // namespace

Result<std::vector<DataFile>> WritePositionDeletes(
    io::FileIO& io, const iceberg::TableMetadata& metadata,
    const std::vector<FileDeletes>& deletes, Clock& clock, Random& random) {
  if (metadata.format_version < 2) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        "A table of format version 1 has no delete files: " + metadata.location);
  }
  PositionDeleteFiles files(io, std::make_shared<const iceberg::TableMetadata>(metadata),
                            clock, random);
  ARROW_RETURN_NOT_OK(files.Write(deletes));
  return files.Take();
}

}  // namespace tarn::storage
