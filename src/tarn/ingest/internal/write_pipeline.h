// Encoding beside reading: batches go through a bounded queue to one or more
// TableWriters, a thread each.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/iceberg/data_file.h"
#include "tarn/ingest/internal/batch_queue.h"
#include "tarn/storage/table_writer.h"

namespace tarn::ingest::internal {

struct WritePipelineOptions {
  int32_t writers_max = 1;
  int64_t queue_bytes_max = int64_t{8} << 20;
  /// Another writer begins only after this many rows, so that small loads make one file.
  int64_t rows_before_next_writer = 1'000'000;
};

/// Thread-compatible: one producer.
class WritePipeline {
 public:
  /// Opens a writer; called on the producer's thread, once per writer.
  using OpenWriter = std::function<Result<std::unique_ptr<storage::TableWriter>>()>;
  /// Fits a batch to the table's columns; called on writer threads, thread-safe.
  using Prepare = std::function<Result<std::shared_ptr<arrow::RecordBatch>>(
      const arrow::RecordBatch&)>;

  static Result<std::unique_ptr<WritePipeline>> Start(OpenWriter open, Prepare prepare,
                                                      WritePipelineOptions options);
  /// Aborts unless Release() was called.
  ~WritePipeline();
  WritePipeline(const WritePipeline&) = delete;
  WritePipeline& operator=(const WritePipeline&) = delete;

  /// Hands a batch over; waits while the queue is full. Errors: the first error of any
  /// writer.
  Status Push(std::shared_ptr<arrow::RecordBatch> batch);
  /// Waits for all rows to be written. After an error everything is aborted.
  Result<std::vector<iceberg::DataFile>> Finish();
  /// Stops the threads and deletes every file made, finished ones too.
  void Abort();
  /// After Finish(): the files belong to a commit, or perhaps do; nothing deletes them
  /// any more.
  void Release() { workers_.clear(); }

  int64_t rows_pushed() const { return rows_pushed_; }
  int64_t bytes_written() const { return bytes_written_; }

 private:
  struct Worker {
    std::unique_ptr<storage::TableWriter> writer;
    std::vector<iceberg::DataFile> files;
    std::thread thread;
  };

  WritePipeline(OpenWriter open, Prepare prepare, WritePipelineOptions options);
  Status AddWorker();
  Status RunWorker(Worker& worker);
  void Fail(const Status& status);
  Status failure() const;
  void Join();

  const OpenWriter open_;
  const Prepare prepare_;
  const WritePipelineOptions options_;
  BatchQueue queue_;
  std::vector<std::unique_ptr<Worker>> workers_;
  int64_t rows_pushed_ = 0;
  std::atomic<int64_t> bytes_written_ = 0;
  mutable std::mutex mutex_;  // guards failure_
  Status failure_;
};

}  // namespace tarn::ingest::internal
