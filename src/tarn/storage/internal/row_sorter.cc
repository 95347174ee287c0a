#include "tarn/storage/internal/row_sorter.h"

#include <algorithm>
#include <utility>

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/byte_size.h>

#include "tarn/storage/internal/row_order.h"
#include "tarn/storage/internal/row_picker.h"
#include "tarn/storage/internal/run_merger.h"

namespace tarn::storage {
namespace {

/// Batches of fewer rows are put together once there are this many of them.
constexpr int64_t kSmallRows = 1'024;
constexpr size_t kSmallBatchesMax = 128;
/// What a batch and its columns take beside their data.
constexpr int64_t kColumnBytes = 256;
/// Row numbers and prefixes while rows are sorted.
constexpr int64_t kOrderBytes = 32;
constexpr int64_t kBlockBytesMin = int64_t{16} << 10;
constexpr int64_t kBlockBytesMax = int64_t{2} << 20;
constexpr size_t kRunsAtOnceMax = 512;
/// Sorted batches are as large as this many blocks.
constexpr int64_t kMergedBlocks = 4;

/// Takes the turn while it lives.
class Turn {
 public:
  explicit Turn(std::binary_semaphore& semaphore) : semaphore_(semaphore) {
    semaphore_.acquire();
  }
  ~Turn() { semaphore_.release(); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  std::binary_semaphore& semaphore_;
};

int64_t BytesOf(const arrow::RecordBatch& batch) {
  const Result<int64_t> bytes = arrow::util::ReferencedBufferSize(batch);
  return (bytes.ok() ? *bytes : arrow::util::TotalBufferSize(batch)) +
         kColumnBytes * batch.num_columns();
}

/// A slice of something much larger would keep all of that in memory.
Result<std::shared_ptr<arrow::RecordBatch>> WithoutTheRest(
    std::shared_ptr<arrow::RecordBatch> batch, int64_t bytes) {
  if (arrow::util::TotalBufferSize(*batch) <= 2 * bytes + kBlockBytesMin) {
    return batch;
  }
  const RowPicker picker({batch});
  std::vector<RowRef> rows;
  for (int64_t row = 0; row < batch->num_rows(); ++row) {
    rows.push_back({.batch = 0, .row = static_cast<uint32_t>(row)});
  }
  return picker.Pick(rows, PickThreads::kCaller);
}

}  // namespace

Result<std::unique_ptr<RowSorter>> RowSorter::Make(std::shared_ptr<arrow::Schema> schema,
                                                   std::shared_ptr<const KeyPlan> plan,
                                                   RowSorterOptions options) {
  return std::unique_ptr<RowSorter>(
      new RowSorter(std::move(schema), std::move(plan), std::move(options)));
}

RowSorter::RowSorter(std::shared_ptr<arrow::Schema> schema,
                     std::shared_ptr<const KeyPlan> plan, RowSorterOptions options)
    : schema_(std::move(schema)), plan_(std::move(plan)), options_(std::move(options)) {
  if (options_.memory != nullptr) {
    account_ = std::make_unique<WriteMemory::Account>(options_.memory, this);
  }
}

RowSorter::~RowSorter() {
  const Turn turn(at_work_);  // TryShrink() uses the account
  account_.reset();
}

int64_t RowSorter::memory_allowed() const {
  if (account_ == nullptr) {
    return options_.memory_bytes_max;
  }
  return std::min(options_.memory_bytes_max,
                  std::max(account_->allowed(), account_->share()));
}

int64_t RowSorter::block_bytes() const {
  return std::clamp(memory_allowed() / 512, kBlockBytesMin, kBlockBytesMax);
}

int64_t RowSorter::bytes_held() const {
  const auto key_bytes = static_cast<int64_t>(plan_->key_bytes());
  return waiting_bytes_ + waiting_rows_ * (kOrderBytes + key_bytes);
}

void RowSorter::Account(int64_t bytes) {
  if (account_ != nullptr) {
    account_->Set(bytes);
  }
}

Status RowSorter::Append(std::shared_ptr<arrow::RecordBatch> batch) {
  const Turn turn(at_work_);
  ARROW_RETURN_NOT_OK(shrink_failure_);
  if (batch->num_rows() == 0) {
    return Status::OK();
  }
  const int64_t bytes = BytesOf(*batch);
  ARROW_ASSIGN_OR_RAISE(batch, WithoutTheRest(std::move(batch), bytes));
  num_rows_ += batch->num_rows();
  total_bytes_ += bytes;
  waiting_rows_ += batch->num_rows();
  waiting_bytes_ += bytes;
  num_small_ = batch->num_rows() < kSmallRows ? num_small_ + 1 : 0;
  waiting_.push_back(std::move(batch));
  if (num_small_ >= kSmallBatchesMax) {
    ARROW_RETURN_NOT_OK(JoinSmall());
  }
  if (account_ != nullptr && bytes_held() > account_->allowed()) {
    account_->ShrinkIdle();
  }
  if (bytes_held() >= memory_allowed() / 4 * 3) {
    return Spill();
  }
  Account(bytes_held());
  return Status::OK();
}

Status RowSorter::JoinSmall() {
  const auto first = waiting_.end() - static_cast<Batches::difference_type>(num_small_);
  const Batches small(first, waiting_.end());
  ARROW_ASSIGN_OR_RAISE(auto joined, arrow::ConcatenateRecordBatches(small));
  for (const auto& batch : small) {
    waiting_bytes_ -= BytesOf(*batch);
  }
  waiting_bytes_ += BytesOf(*joined);
  waiting_.erase(first, waiting_.end());
  waiting_.push_back(std::move(joined));
  num_small_ = 0;
  return Status::OK();
}

int64_t RowSorter::RowsOfBytes(int64_t bytes) const {
  const int64_t row_bytes =
      std::max<int64_t>(total_bytes_ / std::max<int64_t>(num_rows_, 1), 1);
  return std::clamp<int64_t>(bytes / row_bytes, 1, options_.batch_rows_max);
}

Status RowSorter::Spill() {
  if (waiting_.empty()) {
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(auto encoded, EncodeAll(*plan_, waiting_));
  const auto run = std::make_shared<SortRun>(
      SortRun{.file = nullptr, .blocks = {}, .summary = encoded.summary});
  const std::vector<RowRef> rows =
      OrderRows(KeyOrder(plan_, encoded.summary), encoded.keys);
  encoded.keys.clear();
  ARROW_ASSIGN_OR_RAISE(run->file, options_.open_spill());
  const RowPicker picker(std::move(waiting_));
  Forget();
  const std::vector<size_t> ends =
      picker.Pieces(rows, RowsOfBytes(block_bytes()), 2 * block_bytes());
  ARROW_RETURN_NOT_OK(AppendBlocks(*run, ends.size(), [&](size_t i) {
    const size_t begin = i == 0 ? 0 : ends[i - 1];
    return picker.Pick(std::span(rows).subspan(begin, ends[i] - begin),
                       PickThreads::kCaller);
  }));
  bytes_spilled_ += run->file->bytes_written();
  runs_.push_back(run);
  ++num_runs_;
  Account(0);
  return Status::OK();
}

/// After waiting_ was taken.
void RowSorter::Forget() {
  waiting_.clear();
  num_small_ = 0;
  waiting_rows_ = 0;
  waiting_bytes_ = 0;
}

Status RowSorter::Drain(const Sink& sink) {
  const Turn turn(at_work_);
  ARROW_RETURN_NOT_OK(shrink_failure_);
  // The writer behind `sink` needs memory from here on.
  if (!runs_.empty() || bytes_held() > memory_allowed() / 2) {
    ARROW_RETURN_NOT_OK(Spill());
  }
  ARROW_RETURN_NOT_OK(runs_.empty() ? DrainMemory(sink) : DrainRuns(sink));
  num_rows_ = 0;
  total_bytes_ = 0;
  Account(0);
  return Status::OK();
}

Status RowSorter::DrainMemory(const Sink& sink) {
  if (waiting_.empty()) {
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(auto encoded, EncodeAll(*plan_, waiting_));
  const std::vector<RowRef> rows =
      OrderRows(KeyOrder(plan_, encoded.summary), encoded.keys);
  encoded.keys.clear();
  const RowPicker picker(std::move(waiting_));
  Forget();
  size_t begin = 0;
  for (const size_t end : picker.Pieces(rows, RowsOfBytes(kMergedBlocks * block_bytes()),
                                        2 * kMergedBlocks * block_bytes())) {
    ARROW_ASSIGN_OR_RAISE(
        const auto batch,
        picker.Pick(std::span(rows).subspan(begin, end - begin), PickThreads::kCpuPool));
    ARROW_RETURN_NOT_OK(sink(batch));
    begin = end;
  }
  return Status::OK();
}

/// As many as have two blocks each in a quarter of the memory.
size_t RowSorter::RunsAtOnce() const {
  int64_t bytes = 1;
  for (const auto& run : runs_) {
    bytes = std::max(bytes, run->block_bytes_max());
  }
  const int64_t key_bytes =
      RowsOfBytes(bytes) * static_cast<int64_t>(plan_->key_bytes() + sizeof(uint64_t));
  const int64_t runs = memory_allowed() / 4 / (2 * (bytes + key_bytes));
  return std::clamp<size_t>(static_cast<size_t>(runs), 2, kRunsAtOnceMax);
}

Status RowSorter::DrainRuns(const Sink& sink) {
  const size_t runs_at_once = RunsAtOnce();
  Account(memory_allowed() / 4);
  ARROW_RETURN_NOT_OK(ReduceRuns(runs_at_once));
  ARROW_ASSIGN_OR_RAISE(const auto merger,
                        RunMerger::Make(runs_, plan_, schema_,
                                        {.rows_max = options_.batch_rows_max,
                                         .bytes_max = kMergedBlocks * block_bytes()}));
  ++num_merges_;
  runs_.clear();  // each file goes with the last of its runs
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const auto batch, merger->Next());
    if (batch == nullptr) {
      return Status::OK();
    }
    ARROW_RETURN_NOT_OK(sink(batch));
  }
}

Status RowSorter::ReduceRuns(size_t runs_max) {
  while (runs_.size() > runs_max) {
    Runs reduced;
    size_t next = 0;
    while (next < runs_.size()) {
      const size_t left = reduced.size() + runs_.size() - next;
      const size_t excess = left > runs_max ? left - runs_max : 0;
      const size_t count = std::min({runs_max, excess + 1, runs_.size() - next});
      if (count == 1) {
        reduced.push_back(std::move(runs_[next++]));
        continue;
      }
      const auto first = runs_.begin() + static_cast<Runs::difference_type>(next);
      const Runs group(
          std::make_move_iterator(first),
          std::make_move_iterator(first + static_cast<Runs::difference_type>(count)));
      ARROW_ASSIGN_OR_RAISE(auto merged, MergeRuns(group));
      reduced.push_back(std::move(merged));
      next += count;
    }
    runs_ = std::move(reduced);
  }
  return Status::OK();
}

Result<std::shared_ptr<const SortRun>> RowSorter::MergeRuns(const Runs& runs) {
  constexpr size_t kBlocksAtOnce = 4;
  const auto merged = std::make_shared<SortRun>(
      SortRun{.file = nullptr, .blocks = {}, .summary = KeySummary(*plan_)});
  for (const auto& run : runs) {
    merged->summary.Add(run->summary);
  }
  ARROW_ASSIGN_OR_RAISE(merged->file, options_.open_spill());
  ARROW_ASSIGN_OR_RAISE(
      const auto merger,
      RunMerger::Make(runs, plan_, schema_,
                      {.rows_max = options_.batch_rows_max, .bytes_max = block_bytes()}));
  ++num_merges_;
  bool at_end = false;
  while (!at_end) {
    Batches blocks;
    while (!at_end && blocks.size() < kBlocksAtOnce) {
      ARROW_ASSIGN_OR_RAISE(auto block, merger->Next());
      at_end = block == nullptr;
      if (!at_end) {
        blocks.push_back(std::move(block));
      }
    }
    ARROW_RETURN_NOT_OK(
        AppendBlocks(*merged, blocks.size(),
                     [&](size_t i) -> Result<std::shared_ptr<arrow::RecordBatch>> {
                       return blocks[i];
                     }));
  }
  bytes_spilled_ += merged->file->bytes_written();
  return merged;
}

void RowSorter::Clear() {
  const Turn turn(at_work_);
  Forget();
  runs_.clear();
  num_rows_ = 0;
  total_bytes_ = 0;
  Account(0);
}

bool RowSorter::TryShrink(int64_t bytes) {
  if (!at_work_.try_acquire()) {
    return false;
  }
  if (bytes_held() > bytes && shrink_failure_.ok()) {
    shrink_failure_ = Spill();
    Account(bytes_held());
  }
  at_work_.release();
  return true;
}

}  // namespace tarn::storage
