#include "tarn/ingest/internal/batch_queue.h"

#include <arrow/record_batch.h>
#include <arrow/util/byte_size.h>

namespace tarn::ingest::internal {
namespace {

/// Bytes that the batch's rows use; slices of a large batch count only their part.
int64_t BytesOf(const arrow::RecordBatch& batch) {
  const auto referenced = arrow::util::ReferencedBufferSize(batch);
  return referenced.ok() ? *referenced : arrow::util::TotalBufferSize(batch);
}

}  // namespace

bool BatchQueue::Push(std::shared_ptr<arrow::RecordBatch> batch) {
  const int64_t bytes = BytesOf(*batch);
  std::unique_lock lock(mutex_);
  const auto has_room = [&] {
    return closed_ || batches_.empty() || bytes_ + bytes <= bytes_max_;
  };
  was_full_ = !has_room();
  room_.wait(lock, has_room);
  if (closed_) {
    return false;
  }
  bytes_ += bytes;
  batches_.emplace_back(std::move(batch), bytes);
  filled_.notify_one();
  return true;
}

std::shared_ptr<arrow::RecordBatch> BatchQueue::Pop() {
  std::unique_lock lock(mutex_);
  filled_.wait(lock, [&] { return closed_ || ended_ || !batches_.empty(); });
  if (closed_ || batches_.empty()) {
    return nullptr;
  }
  auto [batch, bytes] = std::move(batches_.front());
  batches_.pop_front();
  bytes_ -= bytes;
  room_.notify_one();
  return std::move(batch);
}

void BatchQueue::End() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  filled_.notify_all();
}

void BatchQueue::Close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  batches_.clear();
  bytes_ = 0;
  filled_.notify_all();
  room_.notify_all();
}

bool BatchQueue::was_full() const {
  const std::lock_guard lock(mutex_);
  return was_full_;
}

}  // namespace tarn::ingest::internal
