#include "tarn/storage/internal/stored_footer.h"

#include <memory>
#include <string>

#include <parquet/metadata.h>

#include "tarn/base/error.h"
#include "tarn/storage/internal/parquet_input.h"

namespace tarn::storage {
namespace {

Status Mismatch(const std::string& location, const std::string& what, int64_t stored,
                int64_t written) {
  return MakeError(ErrorCode::kInvalidData,
                   "The store does not hold what was written; the file is given up: " +
                       location + " has " + std::to_string(stored) + " " + what +
                       ", not " + std::to_string(written));
}

Status CheckFooters(const std::string& location, const parquet::FileMetaData& stored,
                    const parquet::FileMetaData& written) {
  if (stored.num_rows() != written.num_rows()) {
    return Mismatch(location, "rows", stored.num_rows(), written.num_rows());
  }
  if (stored.num_columns() != written.num_columns()) {
    return Mismatch(location, "columns", stored.num_columns(), written.num_columns());
  }
  if (stored.num_row_groups() != written.num_row_groups()) {
    return Mismatch(location, "row groups", stored.num_row_groups(),
                    written.num_row_groups());
  }
  for (int i = 0; i < written.num_row_groups(); ++i) {
    const auto theirs = stored.RowGroup(i);
    const auto ours = written.RowGroup(i);
    const std::string group = " in row group " + std::to_string(i);
    if (theirs->num_rows() != ours->num_rows()) {
      return Mismatch(location, "rows" + group, theirs->num_rows(), ours->num_rows());
    }
    if (theirs->total_compressed_size() != ours->total_compressed_size()) {
      return Mismatch(location, "bytes" + group, theirs->total_compressed_size(),
                      ours->total_compressed_size());
    }
    if (theirs->file_offset() != ours->file_offset()) {
      return Mismatch(location, "as the offset" + group, theirs->file_offset(),
                      ours->file_offset());
    }
  }
  return Status::OK();
}

}  // namespace

Status CheckStoredFile(io::FileIO& io, const iceberg::DataFile& file,
                       const parquet::FileMetaData& written) {
  // The size is asked for: one that we give would be believed.
  ARROW_ASSIGN_OR_RAISE(
      const std::unique_ptr<ParquetInput> input,
      ParquetInput::Open(io, file.file_path, std::nullopt, file.key_metadata));
  if (input->size_bytes() != file.file_size_bytes) {
    return Mismatch(file.file_path, "bytes", input->size_bytes(), file.file_size_bytes);
  }
  return CatchParquet(
      [&] { return CheckFooters(file.file_path, input->footer(), written); });
}

}  // namespace tarn::storage
