#include "tarn/storage/internal/position_deletes.h"

#include <limits>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <parquet/metadata.h>

#include "tarn/base/error.h"
#include "tarn/iceberg/encryption.h"
#include "tarn/iceberg/name_mapping.h"
#include "tarn/storage/data_file_reader.h"
#include "tarn/storage/internal/column_projection.h"
#include "tarn/storage/internal/file_columns.h"
#include "tarn/storage/internal/parquet_input.h"

namespace tarn::storage {
namespace {

using iceberg::DataFile;
using iceberg::Field;
using iceberg::FileFormat;
using iceberg::PositionSet;
using iceberg::Type;

Status Invalid(const DataFile& file, const std::string& what) {
  return MakeError(ErrorCode::kInvalidData, "Delete file " + file.file_path + " " + what);
}

/// The columns that count; a delete file may hold the deleted row as well.
std::vector<Field> PositionDeleteFields() {
  return {{.id = kFilePathField, .name = "file_path", .type = Type::String()},
          {.id = kPositionField, .name = "pos", .type = Type::Long()}};
}

/// For files of writers that left the ids out.
iceberg::NameMapping PositionDeleteNames() {
  iceberg::NameMapping mapping;
  for (const Field& field : PositionDeleteFields()) {
    mapping.push_back({.field_id = field.id, .names = {field.name}, .fields = {}});
  }
  return mapping;
}

std::vector<int> AllRowGroups(const parquet::FileMetaData& footer) {
  std::vector<int> groups(static_cast<size_t>(footer.num_row_groups()));
  std::iota(groups.begin(), groups.end(), 0);
  return groups;
}

class Collector {
 public:
  explicit Collector(const DataFile& file) : file_(file) {}

  Status Add(const arrow::StringArray& paths, const arrow::Int64Array& positions) {
    if (paths.null_count() > 0 || positions.null_count() > 0) {
      return Invalid(file_, "holds a null path or position");
    }
    for (int64_t i = 0; i < paths.length(); ++i) {
      const std::string_view path = paths.GetView(i);
      if (current_ == nullptr || path != current_path_) {
        current_path_ = path;
        auto& positions_of_path = found_[current_path_];
        if (positions_of_path == nullptr) {
          positions_of_path = std::make_shared<PositionSet>();
        }
        current_ = positions_of_path.get();
      }
      if (positions.Value(i) < 0) {
        return Invalid(file_, "holds the position " + std::to_string(positions.Value(i)));
      }
      current_->Add(positions.Value(i));
    }
    return Status::OK();
  }

  PositionsByPath Take() {
    PositionsByPath result;
    for (auto& [path, positions] : found_) {
      result.emplace(path, std::move(positions));
    }
    return result;
  }

 private:
  const DataFile& file_;
  std::unordered_map<std::string, std::shared_ptr<PositionSet>> found_;
  std::string current_path_;  // rows are sorted by path
  PositionSet* current_ = nullptr;
};

Status EndsBefore(const DataFile& file, int64_t offset, int64_t length) {
  return Invalid(file, "ends before its deletion vector at " + std::to_string(offset) +
                           " of length " + std::to_string(length));
}

/// `length` bytes of a Puffin file at `offset`, which counts in clear bytes.
Result<std::string> ReadBytes(io::FileIO& io, const DataFile& file, int64_t offset,
                              int64_t length) {
  if (file.key_metadata) {
    ARROW_ASSIGN_OR_RAISE(std::string stored, io.ReadAll(file.file_path));
    auto clear = iceberg::OpenStoredFile(std::move(stored), file.key_metadata);
    if (!clear.ok()) {
      return WithContext("Delete file " + file.file_path + ": ", clear.status());
    }
    const auto clear_bytes = static_cast<int64_t>(clear->size());
    if (offset > clear_bytes || length > clear_bytes - offset) {
      return EndsBefore(file, offset, length);
    }
    return clear->substr(static_cast<size_t>(offset), static_cast<size_t>(length));
  }
  std::optional<int64_t> size;
  if (file.file_size_bytes > 0) {
    size = file.file_size_bytes;
  }
  ARROW_ASSIGN_OR_RAISE(const auto input, io.OpenInput(file.file_path, size));
  ARROW_ASSIGN_OR_RAISE(const int64_t file_bytes, input->GetSize());
  if (offset > file_bytes || length > file_bytes - offset) {
    return EndsBefore(file, offset, length);
  }
  ARROW_ASSIGN_OR_RAISE(const auto buffer, input->ReadAt(offset, length));
  return buffer->ToString();
}

}  // namespace

bool IsDeletionVector(const DataFile& file) {
  return file.content == iceberg::FileContent::kPositionDeletes &&
         file.format == FileFormat::kPuffin;
}

Result<PositionsByPath> ReadPositionDeletes(io::FileIO& io, const DataFile& delete_file) {
  if (delete_file.format != FileFormat::kParquet) {
    return MakeError(ErrorCode::kNotSupported,
                     "Only position deletes in Parquet or Puffin files can be read, "
                     "not: " +
                         delete_file.file_path);
  }
  ARROW_ASSIGN_OR_RAISE(const auto input, ParquetInput::Open(io, delete_file));
  const iceberg::NameMapping names = PositionDeleteNames();
  auto columns = FileColumnsOf(input->columns(), &names);
  if (!columns.ok()) {
    return Invalid(delete_file, "is broken: " + columns.status().message());
  }
  auto projection = ColumnProjection::Make(*columns, PositionDeleteFields(), {},
                                           MissingColumns::kRefuse);
  if (!projection.ok()) {
    return Invalid(delete_file, "is broken: " + projection.status().message());
  }
  ARROW_ASSIGN_OR_RAISE(const auto batches, input->Run([&] {
    return input->reader().GetRecordBatchReader(AllRowGroups(input->footer()),
                                                projection->leaves());
  }));
  Collector collector(delete_file);
  while (true) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(input->Run([&] { return batches->ReadNext(&batch); }));
    if (batch == nullptr) {
      return collector.Take();
    }
    ARROW_ASSIGN_OR_RAISE(const arrow::ArrayVector rows, projection->Apply(*batch));
    ARROW_RETURN_NOT_OK(collector.Add(static_cast<const arrow::StringArray&>(*rows[0]),
                                      static_cast<const arrow::Int64Array&>(*rows[1])));
  }
}

int64_t MemoryBytesOf(const PositionsByPath& positions) {
  int64_t bytes = 0;
  for (const auto& [path, set] : positions) {
    bytes += static_cast<int64_t>(path.capacity() + set->memory_bytes() + 64);
  }
  return bytes;
}

Result<std::shared_ptr<const PositionSet>> ReadDeletionVector(
    io::FileIO& io, const DataFile& delete_file) {
  if (!delete_file.content_offset.has_value() ||
      !delete_file.content_size_bytes.has_value() ||
      !delete_file.referenced_data_file.has_value()) {
    return Invalid(delete_file,
                   "is a deletion vector without offset, length or data file");
  }
  const int64_t offset = *delete_file.content_offset;
  const int64_t length = *delete_file.content_size_bytes;
  if (offset < 0 || length < 0 || length > std::numeric_limits<int32_t>::max()) {
    return Invalid(delete_file, "has no deletion vector at " + std::to_string(offset) +
                                    " of length " + std::to_string(length));
  }
  ARROW_ASSIGN_OR_RAISE(const std::string blob,
                        ReadBytes(io, delete_file, offset, length));
  auto positions = iceberg::DeletionVectorFromBlob(blob);
  if (!positions.ok()) {
    return WithContext("Delete file " + delete_file.file_path + ", deletion vector at " +
                           std::to_string(offset) + ": ",
                       positions.status());
  }
  if (positions->size() != delete_file.record_count) {
    return Invalid(delete_file, "has a deletion vector of " +
                                    std::to_string(positions->size()) +
                                    " positions where the manifest counts " +
                                    std::to_string(delete_file.record_count));
  }
  return std::make_shared<const PositionSet>(*std::move(positions));
}

}  // namespace tarn::storage
