#include "tarn/storage/internal/sample_rows.h"

#include <algorithm>
#include <numeric>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/util/byte_size.h>
#include <parquet/metadata.h>

#include "tarn/storage/data_file_reader.h"
#include "tarn/storage/internal/footer_figures.h"
#include "tarn/storage/internal/parquet_input.h"

namespace tarn::storage {
namespace {

/// Rows read at once, so that the limit of bytes is kept.
constexpr int64_t kBatchRowsMax = 16'384;
/// Large files give a sample of this many pieces.
constexpr int64_t kPieces = 4;

int64_t BytesOf(const arrow::RecordBatch& batch) {
  const Result<int64_t> bytes = arrow::util::ReferencedBufferSize(batch);
  return bytes.ok() ? *bytes : arrow::util::TotalBufferSize(batch);
}

/// A step by which all of `count` are visited, far from each other at first.
size_t StrideOver(size_t count) {
  constexpr double kGoldenRatio = 0.618;
  auto stride = static_cast<size_t>(static_cast<double>(count) * kGoldenRatio) + 1;
  while (std::gcd(stride, count) > 1) {
    ++stride;
  }
  return stride;
}

/// Adds the file's figures to `*sample`; gives the row group to read from, or -1.
Result<int32_t> AddFooter(io::FileIO& io, const iceberg::DataFile& file,
                          SampledRows* sample) {
  ARROW_ASSIGN_OR_RAISE(const auto input, ParquetInput::Open(io, file));
  ARROW_RETURN_NOT_OK(input->Run([&] {
    for (const auto& [id, figures] : ColumnFiguresOf(input->footer())) {
      sample->in_files[id].encoded_bytes += figures.encoded_bytes;
      sample->in_files[id].compressed_bytes += figures.compressed_bytes;
    }
    return Status::OK();
  }));
  const int32_t groups = input->footer().num_row_groups();
  return groups == 0 ? -1 : groups / 2;
}

Status AddPiece(io::FileIO& io, const iceberg::TableMetadata& metadata,
                const iceberg::DataFile& file, int64_t bytes_max, SampledRows* sample) {
  ARROW_ASSIGN_OR_RAISE(const int32_t group, AddFooter(io, file, sample));
  if (group < 0) {
    return Status::OK();
  }
  DataFileReadOptions options{.schema = metadata.schema_ptr(),
                              .batch_rows_max = kBatchRowsMax,
                              .row_groups = std::vector<int32_t>{group}};
  ARROW_ASSIGN_OR_RAISE(
      auto reader, DataFileReader::Open(io, metadata, file, /*data_sequence_number=*/{},
                                        /*deleted=*/nullptr, std::move(options)));
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  int64_t bytes = 0;
  while (bytes < bytes_max) {
    ARROW_ASSIGN_OR_RAISE(auto batch, reader->Next());
    if (batch == nullptr) {
      break;
    }
    if (batch->num_rows() > 0) {
      bytes += BytesOf(*batch);
      batches.push_back(std::move(batch));
    }
  }
  if (batches.empty()) {
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(auto piece, arrow::ConcatenateRecordBatches(batches));
  sample->rows += piece->num_rows();
  sample->pieces.push_back(std::move(piece));
  return Status::OK();
}

}  // namespace

Result<SampledRows> SampleRows(io::FileIO& io, const iceberg::TableMetadata& metadata,
                               const std::vector<iceberg::DataFile>& files,
                               const AdviseOptions& options) {
  std::vector<const iceberg::DataFile*> candidates;
  for (const iceberg::DataFile& file : files) {
    if (file.format == iceberg::FileFormat::kParquet && file.record_count > 0) {
      candidates.push_back(&file);
    }
  }
  SampledRows sample;
  const size_t count = candidates.size();
  const int64_t piece_bytes_max =
      std::max<int64_t>(options.sample_bytes_max / kPieces, 1);
  const size_t stride = StrideOver(count);
  int64_t bytes = 0;
  for (size_t i = 0; i < std::min(count, static_cast<size_t>(options.files_max)) &&
                     bytes < options.sample_bytes_max;
       ++i) {
    const size_t pieces = sample.pieces.size();
    ARROW_RETURN_NOT_OK(
        AddPiece(io, metadata, *candidates[(count / 2 + i * stride) % count],
                 std::min(piece_bytes_max, options.sample_bytes_max - bytes), &sample));
    ++sample.files;
    bytes += sample.pieces.size() > pieces ? BytesOf(*sample.pieces.back()) : 0;
  }
  return sample;
}

}  // namespace tarn::storage
