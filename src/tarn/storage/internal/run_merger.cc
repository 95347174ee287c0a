#include "tarn/storage/internal/run_merger.h"

#include <limits>
#include <utility>

#include <arrow/record_batch.h>

namespace tarn::storage {
namespace {

/// Blocks that have been read to their end stay in memory until their rows are copied.
constexpr size_t kFinishedBlocksMax = 8;

}  // namespace

RunMerger::RunMerger(std::shared_ptr<const KeyOrder> order, BatchSize batch_size)
    : order_(std::move(order)), batch_size_(batch_size) {}

Result<std::unique_ptr<RunMerger>> RunMerger::Make(
    const std::vector<std::shared_ptr<const SortRun>>& runs,
    std::shared_ptr<const KeyPlan> plan, std::shared_ptr<arrow::Schema> schema,
    BatchSize batch_size) {
  KeySummary summary(*plan);
  for (const auto& run : runs) {
    summary.Add(run->summary);
  }
  const auto order = std::make_shared<const KeyOrder>(std::move(plan), summary);
  std::unique_ptr<RunMerger> merger(new RunMerger(order, batch_size));
  for (const auto& run : runs) {
    Cursor cursor;
    cursor.reader = std::make_unique<RunReader>(run, schema, order);
    merger->cursors_.push_back(std::move(cursor));
  }
  for (Cursor& cursor : merger->cursors_) {
    ARROW_RETURN_NOT_OK(merger->ReadBlock(cursor));
  }
  merger->losers_.resize(merger->cursors_.size());
  merger->losers_[0] = merger->WinnerBelow(1);
  merger->StartBatch();
  return merger;
}

Status RunMerger::ReadBlock(Cursor& cursor) {
  ARROW_ASSIGN_OR_RAISE(cursor.rows, cursor.reader->Next());
  cursor.row = 0;
  if (cursor.rows == nullptr) {
    cursor.prefix = std::numeric_limits<uint64_t>::max();
    return Status::OK();
  }
  cursor.prefix = cursor.rows->prefixes.front();
  cursor.source = static_cast<uint32_t>(sources_.size());
  sources_.push_back(cursor.rows->batch);
  return Status::OK();
}

bool RunMerger::Before(size_t left, size_t right) const {
  const Cursor& a = cursors_[left];
  const Cursor& b = cursors_[right];
  return a.prefix != b.prefix ? a.prefix < b.prefix : BeforeOnTie(a, b, left < right);
}

bool RunMerger::BeforeOnTie(const Cursor& left, const Cursor& right,
                            bool is_earlier) const {
  if (left.rows == nullptr || right.rows == nullptr) {
    return left.rows != nullptr;
  }
  if (order_->prefix_is_all()) {
    return is_earlier;
  }
  const int compared =
      order_->Compare(left.rows->keys, left.row, right.rows->keys, right.row);
  return compared != 0 ? compared < 0 : is_earlier;
}

size_t RunMerger::WinnerBelow(size_t node) {
  const size_t num_leaves = cursors_.size();
  if (node >= num_leaves) {
    return node - num_leaves;
  }
  const size_t left = WinnerBelow(2 * node);
  const size_t right = WinnerBelow(2 * node + 1);
  const bool left_wins = Before(left, right);
  losers_[node] = left_wins ? right : left;
  return left_wins ? left : right;
}

void RunMerger::Replay(size_t cursor) {
  size_t winner = cursor;
  for (size_t node = (cursor + cursors_.size()) / 2; node > 0; node /= 2) {
    if (Before(losers_[node], winner)) {
      std::swap(losers_[node], winner);
    }
  }
  losers_[0] = winner;
}

void RunMerger::StartBatch() {
  sources_.clear();
  picked_.clear();
  for (Cursor& cursor : cursors_) {
    if (cursor.rows != nullptr) {
      cursor.source = static_cast<uint32_t>(sources_.size());
      sources_.push_back(cursor.rows->batch);
    }
  }
}

Result<std::shared_ptr<arrow::RecordBatch>> RunMerger::Next() {
  const auto rows_max = static_cast<size_t>(batch_size_.rows_max);
  size_t finished_blocks = 0;
  int64_t bytes = 0;
  while (picked_.size() < rows_max && bytes < batch_size_.bytes_max &&
         finished_blocks < kFinishedBlocksMax) {
    Cursor& cursor = cursors_[losers_[0]];
    if (cursor.rows == nullptr) {
      break;
    }
    picked_.push_back({.batch = cursor.source, .row = cursor.row});
    bytes += cursor.rows->row_bytes;
    if (++cursor.row < cursor.rows->prefixes.size()) {
      cursor.prefix = cursor.rows->prefixes[cursor.row];
    } else {
      ++finished_blocks;
      ARROW_RETURN_NOT_OK(ReadBlock(cursor));
    }
    Replay(losers_[0]);
  }
  if (picked_.empty()) {
    return nullptr;
  }
  const RowPicker picker(sources_);
  ARROW_ASSIGN_OR_RAISE(auto batch, picker.Pick(picked_, PickThreads::kCpuPool));
  StartBatch();
  return batch;
}

}  // namespace tarn::storage
