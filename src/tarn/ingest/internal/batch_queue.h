// A queue of batches between one reading and several encoding threads, bounded in bytes.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>

#include <arrow/type_fwd.h>

namespace tarn::ingest::internal {

/// Thread-safe.
class BatchQueue {
 public:
  explicit BatchQueue(int64_t bytes_max) : bytes_max_(bytes_max) {}

  /// Waits while the queue is full. A batch larger than the bound passes alone. False
  /// once closed.
  bool Push(std::shared_ptr<arrow::RecordBatch> batch);
  /// Waits for a batch; nullptr once the queue is closed, or ended and empty.
  std::shared_ptr<arrow::RecordBatch> Pop();
  /// No more batches will come; what is queued is still taken.
  void End();
  /// Drops what is queued and lets everybody go.
  void Close();
  /// True if the last Push had to wait: the readers of the queue are the slower side.
  bool was_full() const;

 private:
  const int64_t bytes_max_;
  mutable std::mutex mutex_;
  std::condition_variable room_;
  std::condition_variable filled_;
  std::deque<std::pair<std::shared_ptr<arrow::RecordBatch>, int64_t>> batches_;
  int64_t bytes_ = 0;
  bool ended_ = false;
  bool closed_ = false;
  bool was_full_ = false;
};

}  // namespace tarn::ingest::internal
