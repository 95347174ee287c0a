#include "tarn/storage/table_writer.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include <arrow/array.h>
#include <arrow/compute/api_vector.h>
#include <arrow/datum.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/byte_size.h>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/storage/internal/coerce.h"
#include "tarn/storage/internal/data_file_writer.h"
#include "tarn/storage/internal/partition_writer.h"
#include "tarn/storage/internal/partitioner.h"
#include "tarn/storage/internal/required.h"

namespace tarn::storage {
namespace {

/// Rows handled at once; limits are checked in between.
constexpr int64_t kPieceRowsMax = 65'536;
constexpr int64_t kPieceBytesMax = int64_t{16} << 20;
/// Rows in mixed partitions are sorted by partition in groups of this size, so that each
/// partition gets slices worth encoding.
constexpr int64_t kStagedRowsMax = 131'072;
/// Runs of at least this many rows of one partition are passed on as they are.
constexpr int64_t kLongRunRows = 1'024;
/// Runs that are encoded at once rather than kept.
constexpr int64_t kDirectRunRows = 16'384;

/// "orders" of ".../orders-1f3a…": what the catalog appended is cut off. Only characters
/// that every store takes.
std::string NameOfTable(const std::string& location) {
  std::string_view path = location;
  while (path.ends_with('/')) {
    path.remove_suffix(1);
  }
  std::string name(path.substr(path.find_last_of('/') + 1));
  const size_t dash = name.find_last_of('-');
  const bool has_suffix =
      dash != std::string::npos && dash > 0 && name.size() - dash > 6 &&
      name.find_first_not_of("0123456789abcdefABCDEF", dash + 1) == std::string::npos;
  if (has_suffix) {
    name.resize(dash);
  }
  return name;
}

std::string SafeFileName(std::string name) {
  for (char& c : name) {
    const bool safe = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      (c >= '0' && c <= '9') || c == '_' || c == '-';
    if (!safe) {
      c = '_';
    }
  }
  constexpr size_t kNameBytesMax = 100;
  if (name.size() > kNameBytesMax) {
    name.resize(kNameBytesMax);
  }
  return name.empty() ? "table" : name;
}

int64_t BytesOf(const arrow::RecordBatch& batch) {
  const Result<int64_t> bytes = arrow::util::ReferencedBufferSize(batch);
  return bytes.ok() ? *bytes : arrow::util::TotalBufferSize(batch);
}

/// Row numbers in the order of their partitions, and where each partition begins: a
/// counting sort.
struct PartitionOrder {
  std::vector<int64_t> starts;  // one more than there are partitions
  std::shared_ptr<arrow::Array> rows;
};

Result<PartitionOrder> OrderByPartition(const std::vector<int32_t>& partitions,
                                        int32_t num_partitions) {
  PartitionOrder order;
  order.starts.assign(static_cast<size_t>(num_partitions) + 1, 0);
  for (const int32_t partition : partitions) {
    ++order.starts[static_cast<size_t>(partition) + 1];
  }
  for (size_t i = 1; i < order.starts.size(); ++i) {
    order.starts[i] += order.starts[i - 1];
  }
  std::vector<int64_t> next(order.starts.begin(), order.starts.end() - 1);
  ARROW_ASSIGN_OR_RAISE(
      std::shared_ptr<arrow::Buffer> buffer,
      arrow::AllocateBuffer(static_cast<int64_t>(partitions.size() * sizeof(int32_t))));
  auto* rows = reinterpret_cast<int32_t*>(buffer->mutable_data());
  for (size_t i = 0; i < partitions.size(); ++i) {
    rows[next[static_cast<size_t>(partitions[i])]++] = static_cast<int32_t>(i);
  }
  order.rows = std::make_shared<arrow::Int32Array>(
      static_cast<int64_t>(partitions.size()), std::move(buffer));
  return order;
}

class ParquetTableWriter : public TableWriter {
 public:
  ParquetTableWriter(io::FileIO& io,
                     std::shared_ptr<const iceberg::TableMetadata> metadata,
                     const TableWriterOptions& options,
                     std::shared_ptr<const DataFileLayout> layout,
                     Partitioner partitioner, Clock& clock, Random& random)
      : metadata_(std::move(metadata)),
        clock_(clock),
        random_(random),
        layout_(layout),
        partitioner_(std::move(partitioner)),
        stage_bytes_max_(
            std::clamp<int64_t>(options.memory_bytes_max / 12, 1, kPieceBytesMax)),
        writer_(
            io, std::move(layout), options,
            [this](const iceberg::PartitionTuple& tuple) { return NewLocation(tuple); }) {
    data_location_ = metadata_->Property("write.data.path",
                                         io::JoinLocation(metadata_->location, "data"));
    table_name_ =
        SafeFileName(options.table_name.empty() ? NameOfTable(metadata_->location)
                                                : options.table_name);
  }
  ~ParquetTableWriter() override {
    if (!finished_) {
      Abort();
    }
  }

  Status Append(const arrow::RecordBatch& batch) override {
    ARROW_RETURN_NOT_OK(CheckUsable());
    failed_ = true;  // until this batch is in
    ARROW_ASSIGN_OR_RAISE(const auto rows,
                          CoerceBatch(batch, layout_->arrow_schema, rows_written_));
    ARROW_RETURN_NOT_OK(CheckRequired(layout_->schema->fields(), *rows, rows_written_));
    const int64_t piece = PieceRows(*rows);
    for (int64_t offset = 0; offset < rows->num_rows(); offset += piece) {
      const auto slice = piece >= rows->num_rows() ? rows : rows->Slice(offset, piece);
      ARROW_RETURN_NOT_OK(metadata_->spec().fields.empty() ? WriteUnpartitioned(*slice)
                                                           : WritePartitioned(slice));
    }
    rows_written_ += batch.num_rows();
    failed_ = false;
    return Status::OK();
  }

  Result<std::vector<iceberg::DataFile>> Finish() override {
    ARROW_RETURN_NOT_OK(CheckUsable());
    Status status = FlushStaged();
    if (status.ok()) {
      status = writer_.Close();
    }
    if (!status.ok()) {
      Abort();
      return status;
    }
    finished_ = true;
    std::vector<iceberg::DataFile> files = writer_.files();
    for (iceberg::DataFile& file : files) {
      file.spec_id = metadata_->default_spec_id;
      file.sort_order_id =
          iceberg::SortOrderId{0};  // rows are written in the order they come
    }
    return files;
  }

  void Abort() override {
    staged_.clear();
    writer_.Abort();
    failed_ = true;
  }

  int64_t rows_written() const override { return rows_written_; }
  int64_t bytes_written() const override { return writer_.bytes_written(); }

 private:
  Status CheckUsable() const {
    if (!failed_ && !finished_) {
      return Status::OK();
    }
    return MakeError(ErrorCode::kInternal,
                     "The writer of " + metadata_->location +
                         (finished_ ? " is finished" : " has failed before"));
  }

  std::string NewLocation(const iceberg::PartitionTuple& tuple) {
    const auto now = clock_.Now();
    const std::time_t seconds =
        std::chrono::duration_cast<std::chrono::seconds>(now).count();
    const std::string name = fmt::format("{}_data_{:%Y%m%d}_{}.parquet", table_name_,
                                         fmt::gmtime(seconds), NewUlid(now, random_));
    const std::string path =
        iceberg::PartitionPath(metadata_->spec(), metadata_->schema(), tuple);
    return io::JoinLocation(
        path.empty() ? data_location_ : io::JoinLocation(data_location_, path), name);
  }

  static int64_t PieceRows(const arrow::RecordBatch& rows) {
    if (rows.num_rows() == 0) {
      return 1;
    }
    const int64_t row_bytes = std::max<int64_t>(BytesOf(rows) / rows.num_rows(), 1);
    return std::clamp<int64_t>(kPieceBytesMax / row_bytes, 1, kPieceRowsMax);
  }

  Status WriteUnpartitioned(const arrow::RecordBatch& rows) {
    if (writer_.num_partitions() == 0) {
      writer_.AddPartition({});
    }
    return writer_.WriteThrough(0, rows);
  }

  Status WritePartitioned(const std::shared_ptr<arrow::RecordBatch>& rows) {
    std::vector<int32_t> partitions;
    ARROW_RETURN_NOT_OK(partitioner_.Assign(*rows, &partitions));
    while (writer_.num_partitions() < partitioner_.num_partitions()) {
      writer_.AddPartition(partitioner_.tuple(writer_.num_partitions()));
    }
    int64_t num_runs = rows->num_rows() == 0 ? 0 : 1;
    for (size_t i = 1; i < partitions.size(); ++i) {
      num_runs += partitions[i] != partitions[i - 1] ? 1 : 0;
    }
    if (num_runs == 0) {
      return Status::OK();
    }
    const int64_t bytes = BytesOf(*rows);
    if (num_runs == 1 || rows->num_rows() / num_runs >= kLongRunRows) {
      ARROW_RETURN_NOT_OK(FlushStaged());
      return PassRuns(*rows, partitions, bytes);
    }
    staged_.push_back(rows);
    staged_partitions_.insert(staged_partitions_.end(), partitions.begin(),
                              partitions.end());
    staged_bytes_ += bytes;
    const bool full = staged_bytes_ >= stage_bytes_max_ ||
                      static_cast<int64_t>(staged_partitions_.size()) >= kStagedRowsMax;
    return full ? FlushStaged() : Status::OK();
  }

  /// Slices `rows` where the partition changes; nothing is copied.
  Status PassRuns(const arrow::RecordBatch& rows, const std::vector<int32_t>& partitions,
                  int64_t bytes) {
    size_t begin = 0;
    while (begin < partitions.size()) {
      size_t end = begin + 1;
      while (end < partitions.size() && partitions[end] == partitions[begin]) {
        ++end;
      }
      ARROW_RETURN_NOT_OK(Pass(partitions[begin], rows, static_cast<int64_t>(begin),
                               static_cast<int64_t>(end), bytes));
      begin = end;
    }
    return Status::OK();
  }

  /// Gives rows [begin, end) of `rows`, which has `bytes`, to one partition.
  Status Pass(int32_t partition, const arrow::RecordBatch& rows, int64_t begin,
              int64_t end, int64_t bytes) {
    auto slice = rows.Slice(begin, end - begin);
    if (end - begin >= kDirectRunRows) {
      return writer_.WriteThrough(partition, *slice);
    }
    return writer_.Append(partition, std::move(slice),
                          bytes * (end - begin) / rows.num_rows());
  }

  Status FlushStaged() {
    if (staged_.empty()) {
      return Status::OK();
    }
    const auto batches = std::exchange(staged_, {});
    const auto partitions = std::exchange(staged_partitions_, {});
    const int64_t bytes = std::exchange(staged_bytes_, 0);
    std::shared_ptr<arrow::RecordBatch> rows = batches.front();
    if (batches.size() > 1) {
      ARROW_ASSIGN_OR_RAISE(rows, arrow::ConcatenateRecordBatches(batches));
    }
    ARROW_ASSIGN_OR_RAISE(const PartitionOrder order,
                          OrderByPartition(partitions, partitioner_.num_partitions()));
    ARROW_ASSIGN_OR_RAISE(
        const arrow::Datum sorted,
        arrow::compute::Take(rows, order.rows,
                             arrow::compute::TakeOptions::NoBoundsCheck()));
    for (size_t i = 0; i + 1 < order.starts.size(); ++i) {
      if (order.starts[i] == order.starts[i + 1]) {
        continue;
      }
      ARROW_RETURN_NOT_OK(Pass(static_cast<int32_t>(i), *sorted.record_batch(),
                               order.starts[i], order.starts[i + 1], bytes));
    }
    return Status::OK();
  }

  std::shared_ptr<const iceberg::TableMetadata> metadata_;
  Clock& clock_;
  Random& random_;
  std::string data_location_;
  std::string table_name_;
  std::shared_ptr<const DataFileLayout> layout_;
  Partitioner partitioner_;
  std::vector<std::shared_ptr<arrow::RecordBatch>> staged_;  // rows in mixed partitions
  std::vector<int32_t> staged_partitions_;                   // of the rows of `staged_`
  int64_t staged_bytes_ = 0;
  int64_t stage_bytes_max_;
  PartitionWriter writer_;
  int64_t rows_written_ = 0;
  bool failed_ = false;
  bool finished_ = false;
};

}  // namespace

Result<std::unique_ptr<TableWriter>> TableWriter::Open(
    io::FileIO& io, std::shared_ptr<const iceberg::TableMetadata> metadata,
    TableWriterOptions options, Clock& clock, Random& random) {
  constexpr int64_t kMemoryBytesMin = int64_t{1} << 20;
  if (options.memory_bytes_max < kMemoryBytesMin || options.file_bytes_max < 1 ||
      options.row_group_rows_max < 1 || options.row_group_bytes_max < 1 ||
      options.open_files_max < 1) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        fmt::format("A table writer needs at least {} bytes of memory and positive "
                    "limits, got: {}",
                    kMemoryBytesMin, options.memory_bytes_max));
  }
  if (metadata->schema().fields().empty()) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        "Cannot write rows to a table without columns: " + metadata->location);
  }
  ARROW_ASSIGN_OR_RAISE(auto layout, DataFileLayout::Make(*metadata, options));
  ARROW_ASSIGN_OR_RAISE(Partitioner partitioner,
                        Partitioner::Make(metadata->spec(), metadata->schema()));
  return std::make_unique<ParquetTableWriter>(io, std::move(metadata), options,
                                              std::move(layout), std::move(partitioner),
                                              clock, random);
}

}  // namespace tarn::storage
