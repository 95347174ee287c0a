#include "tarn/storage/internal/row_writer.h"

#include <algorithm>
#include <utility>

#include <arrow/array.h>
#include <arrow/compute/api_vector.h>
#include <arrow/datum.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/byte_size.h>
#include <fmt/format.h>

#include "tarn/base/aes_gcm.h"
#include "tarn/base/error.h"
#include "tarn/storage/internal/accept_batch.h"

namespace tarn::storage {
namespace {

/// Rows in mixed partitions are sorted by partition in groups of this size, so that each
/// partition gets slices worth encoding.
constexpr int64_t kStagedRowsMax = 131'072;
/// Runs of at least this many rows of one partition are passed on as they are.
constexpr int64_t kLongRunRows = 1'024;
/// Runs that are encoded at once rather than kept.
constexpr int64_t kDirectRunRows = 16'384;

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

RowFlow FlowOf(const RowTarget& target, const TableWriterOptions& options) {
  if (target.spec.fields.empty() && !target.sort_by) {
    return RowFlow::kAsGiven;
  }
  return target.sort_by || options.fanout == Fanout::kClustered ? RowFlow::kOneFile
                                                                : RowFlow::kManyFiles;
}

/// With a budget in any case, so that sorting and encoding share it.
TableWriterOptions SortedOptions(TableWriterOptions options) {
  options.fanout = Fanout::kClustered;
  if (options.memory == nullptr) {
    options.memory = std::make_shared<WriteMemory>(options.memory_bytes_max);
  }
  return options;
}

Result<std::unique_ptr<PartitionSorter>> MakeSorter(const RowTarget& target,
                                                    const TableWriterOptions& options,
                                                    const DataFileLayout& layout) {
  constexpr size_t kSpillKeyBytes = 32;
  std::string key;  // what is secret in the files is so in spilled rows
  if (layout.key_bytes) {
    ARROW_ASSIGN_OR_RAISE(key, NewSecretBytes(kSpillKeyBytes));
  }
  return PartitionSorter::Make(*target.file_schema, layout.arrow_schema, *target.sort_by,
                               !target.spec.fields.empty(),
                               {.memory_bytes_max = options.memory_bytes_max,
                                .memory = options.memory,
                                .batch_rows_max = options.batch_rows_max,
                                .open_spill = [directory = options.spill_directory, key] {
                                  return SpillFile::Make(directory, key);
                                }});
}

}  // namespace

Result<std::unique_ptr<RowWriter>> RowWriter::Open(io::FileIO& io, RowTarget target,
                                                   const TableWriterOptions& options,
                                                   Clock& clock, Random& random) {
  constexpr int64_t kMemoryBytesMin = int64_t{1} << 20;
  if (options.memory_bytes_max < kMemoryBytesMin || options.file_bytes_max < 1 ||
      options.parquet.row_group_rows_max < 1 || options.parquet.row_group_bytes_max < 1 ||
      options.open_files_max < 1) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        fmt::format("A table writer needs at least {} bytes of memory and positive "
                    "limits, got: {}",
                    kMemoryBytesMin, options.memory_bytes_max));
  }
  if (target.file_schema->fields().empty()) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        "Cannot write rows to a table without columns: " + target.metadata->location);
  }
  ARROW_ASSIGN_OR_RAISE(auto modes, MetricsModesOf(*target.metadata));
  ARROW_ASSIGN_OR_RAISE(
      auto layout,
      DataFileLayout::Make(io, *target.metadata, target.file_schema, std::move(modes),
                           options, FlowOf(target, options)));
  ARROW_ASSIGN_OR_RAISE(Partitioner partitioner,
                        Partitioner::Make(target.spec, *target.file_schema));
  if (!target.sort_by) {
    return std::make_unique<RowWriter>(io, std::move(target), options, std::move(layout),
                                       std::move(partitioner), nullptr, clock, random);
  }
  const TableWriterOptions sorting = SortedOptions(options);
  ARROW_ASSIGN_OR_RAISE(auto sorter, MakeSorter(target, sorting, *layout));
  return std::make_unique<RowWriter>(io, std::move(target), sorting, std::move(layout),
                                     std::move(partitioner), std::move(sorter), clock,
                                     random);
}

RowWriter::RowWriter(io::FileIO& io, RowTarget target, const TableWriterOptions& options,
                     std::shared_ptr<const DataFileLayout> layout,
                     Partitioner partitioner, std::unique_ptr<PartitionSorter> sorter,
                     Clock& clock, Random& random)
    : target_(std::move(target)),
      clock_(clock),
      file_age_max_(options.file_age_max),
      names_(target_.metadata, options.table_name, clock, random),
      reject_(options.reject),
      layout_(layout),
      partitioner_(std::move(partitioner)),
      sorter_(std::move(sorter)),
      memory_bytes_max_(options.memory_bytes_max),
      batch_rows_max_(std::max<int64_t>(options.batch_rows_max, 1)),
      writer_(io, std::move(layout), options, clock,
              [this](const iceberg::PartitionTuple& tuple) {
                return names_.InPartition(target_.spec, tuple, target_.kind, "parquet");
              }) {}

RowWriter::~RowWriter() {
  if (!finished_) {
    Abort();
  }
}

Status RowWriter::Append(const arrow::RecordBatch& batch) {
  ARROW_RETURN_NOT_OK(CheckUsable());
  failed_ = true;  // until this batch is in
  ARROW_ASSIGN_OR_RAISE(const auto rows,
                        AcceptBatch(batch,
                                    {.fields = layout_->schema->fields(),
                                     .schema = layout_->arrow_schema,
                                     .reject = reject_,
                                     .keeps_dictionary = &layout_->keeps_dictionary},
                                    rows_given_));
  const int64_t piece = PieceRows(*rows);
  for (int64_t offset = 0; offset < rows->num_rows(); offset += piece) {
    const auto slice = piece >= rows->num_rows() ? rows : rows->Slice(offset, piece);
    if (sorter_ != nullptr) {
      ARROW_RETURN_NOT_OK(SortLater(slice));
    } else {
      ARROW_RETURN_NOT_OK(target_.spec.fields.empty() ? WriteUnpartitioned(*slice)
                                                      : WritePartitioned(slice));
    }
  }
  rows_given_ += batch.num_rows();
  rows_written_ += rows->num_rows();
  failed_ = false;
  return Status::OK();
}

/// Rows to be handled at once.
int64_t RowWriter::PieceRows(const arrow::RecordBatch& rows) const {
  if (rows.num_rows() == 0) {
    return 1;
  }
  const int64_t bytes = BytesOf(rows);
  // The sorter keeps batches, and would have to copy slices of them.
  if (sorter_ != nullptr && bytes <= memory_bytes_max_ / 8) {
    return rows.num_rows();
  }
  const int64_t row_bytes = std::max<int64_t>(bytes / rows.num_rows(), 1);
  return std::clamp<int64_t>(writer_.stage_bytes_max() / row_bytes, 1, batch_rows_max_);
}

Status RowWriter::AllOrAbort(const std::function<Status()>& work) {
  ARROW_RETURN_NOT_OK(CheckUsable());
  Status status = work();
  if (!status.ok()) {
    Abort();
  }
  return status;
}

Status RowWriter::CloseDue() {
  return AllOrAbort([&]() -> Status {
    const std::chrono::milliseconds opened_by = clock_.Now() - file_age_max_;
    if (staged_since_ && *staged_since_ <= opened_by) {
      ARROW_RETURN_NOT_OK(FlushStaged());
      ARROW_RETURN_NOT_OK(FlushSorter());
    }
    return writer_.CloseOpenedBy(opened_by);
  });
}

Status RowWriter::CloseAll() {
  return AllOrAbort([&]() -> Status {
    ARROW_RETURN_NOT_OK(FlushStaged());
    ARROW_RETURN_NOT_OK(FlushSorter());
    return writer_.Close();
  });
}

std::optional<std::chrono::milliseconds> RowWriter::next_due() const {
  std::optional<std::chrono::milliseconds> oldest = writer_.oldest();
  if (staged_since_ && (!oldest || *staged_since_ < *oldest)) {
    oldest = staged_since_;
  }
  return oldest ? std::optional(*oldest + file_age_max_) : std::nullopt;
}

Result<std::vector<iceberg::DataFile>> RowWriter::Finish() {
  ARROW_RETURN_NOT_OK(CloseAll());
  finished_ = true;
  return Described(writer_.files());  // Abort() still deletes them
}

std::vector<iceberg::DataFile> RowWriter::TakeClosed() {
  return Described(writer_.TakeFiles());
}

std::vector<iceberg::DataFile> RowWriter::Described(
    std::vector<iceberg::DataFile> files) const {
  for (iceberg::DataFile& file : files) {
    file.spec_id = target_.spec.id;
    file.content = target_.content;
    file.equality_ids = target_.equality_ids;
    file.sort_order_id = target_.sort_order_id;
  }
  return files;
}

void RowWriter::Abort() {
  staged_.clear();
  if (sorter_ != nullptr) {
    sorter_->Clear();
  }
  writer_.Abort();
  failed_ = true;
}

Status RowWriter::CheckUsable() const {
  if (!failed_ && !finished_) {
    return Status::OK();
  }
  return MakeError(ErrorCode::kInternal,
                   "The writer of " + target_.metadata->location +
                       (finished_ ? " is finished" : " has failed before"));
}

Status RowWriter::WriteUnpartitioned(const arrow::RecordBatch& rows) {
  if (writer_.num_partitions() == 0) {
    writer_.AddPartition({});
  }
  return writer_.WriteThrough(0, rows);
}

Status RowWriter::AssignPartitions(const arrow::RecordBatch& rows,
                                   std::vector<int32_t>* partitions) {
  ARROW_RETURN_NOT_OK(partitioner_.Assign(rows, partitions));
  while (writer_.num_partitions() < partitioner_.num_partitions()) {
    writer_.AddPartition(partitioner_.tuple(writer_.num_partitions()));
  }
  return Status::OK();
}

Status RowWriter::SortLater(const std::shared_ptr<arrow::RecordBatch>& rows) {
  if (rows->num_rows() == 0) {
    return Status::OK();
  }
  if (!staged_since_) {
    staged_since_ = clock_.Now();
  }
  std::vector<int32_t> partitions;
  if (!target_.spec.fields.empty()) {
    ARROW_RETURN_NOT_OK(AssignPartitions(*rows, &partitions));
  }
  return sorter_->Append(rows, std::move(partitions));
}

Status RowWriter::FlushSorter() {
  if (sorter_ == nullptr || sorter_->empty()) {
    return Status::OK();
  }
  staged_since_.reset();
  if (writer_.num_partitions() == 0) {
    writer_.AddPartition({});
  }
  ARROW_RETURN_NOT_OK(
      sorter_->Drain([&](int32_t partition, const arrow::RecordBatch& rows) {
        return writer_.WriteThrough(partition, rows);
      }));
  // Files that hold only a part of the rows to come would not be sorted among themselves.
  return writer_.Close();
}

Status RowWriter::WritePartitioned(const std::shared_ptr<arrow::RecordBatch>& rows) {
  std::vector<int32_t> partitions;
  ARROW_RETURN_NOT_OK(AssignPartitions(*rows, &partitions));
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
  if (!staged_since_) {
    staged_since_ = clock_.Now();
  }
  staged_.push_back(rows);
  staged_partitions_.insert(staged_partitions_.end(), partitions.begin(),
                            partitions.end());
  staged_bytes_ += bytes;
  ARROW_RETURN_NOT_OK(writer_.SetStaged(staged_bytes_));
  const bool full = staged_bytes_ >= writer_.stage_bytes_max() ||
                    static_cast<int64_t>(staged_partitions_.size()) >= kStagedRowsMax;
  return full ? FlushStaged() : Status::OK();
}

Status RowWriter::PassRuns(const arrow::RecordBatch& rows,
                           const std::vector<int32_t>& partitions, int64_t bytes) {
  size_t begin = 0;
  while (begin < partitions.size()) {
    size_t end = begin + 1;
    while (end < partitions.size() && partitions[end] == partitions[begin]) {
      ++end;
    }
    ARROW_RETURN_NOT_OK(Pass(partitions[begin], rows, static_cast<int64_t>(begin),
                             static_cast<int64_t>(end), bytes, std::nullopt));
    begin = end;
  }
  return Status::OK();
}

Status RowWriter::Pass(int32_t partition, const arrow::RecordBatch& rows, int64_t begin,
                       int64_t end, int64_t bytes,
                       std::optional<std::chrono::milliseconds> since) {
  auto slice = rows.Slice(begin, end - begin);
  if (end - begin >= kDirectRunRows) {
    return writer_.WriteThrough(partition, *slice, since);
  }
  return writer_.Append(partition, std::move(slice),
                        bytes * (end - begin) / rows.num_rows(), since);
}

Status RowWriter::FlushStaged() {
  if (staged_.empty()) {
    return Status::OK();
  }
  const auto batches = std::exchange(staged_, {});
  const auto partitions = std::exchange(staged_partitions_, {});
  const int64_t bytes = std::exchange(staged_bytes_, 0);
  const auto since = std::exchange(staged_since_, std::nullopt);
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
  ARROW_RETURN_NOT_OK(writer_.SetStaged(0));
  for (size_t i = 0; i + 1 < order.starts.size(); ++i) {
    if (order.starts[i] == order.starts[i + 1]) {
      continue;
    }
    ARROW_RETURN_NOT_OK(Pass(static_cast<int32_t>(i), *sorted.record_batch(),
                             order.starts[i], order.starts[i + 1], bytes, since));
  }
  return Status::OK();
}

}  // namespace tarn::storage
