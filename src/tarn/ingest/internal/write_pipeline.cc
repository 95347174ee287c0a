#include "tarn/ingest/internal/write_pipeline.h"

#include <iterator>
#include <utility>

#include <arrow/record_batch.h>

namespace tarn::ingest::internal {

Result<std::unique_ptr<WritePipeline>> WritePipeline::Start(
    OpenWriter open, Prepare prepare, WritePipelineOptions options) {
  std::unique_ptr<WritePipeline> pipeline(
      new WritePipeline(std::move(open), std::move(prepare), options));
  RETURN_NOT_OK(pipeline->AddWorker());
  return pipeline;
}

WritePipeline::WritePipeline(OpenWriter open, Prepare prepare,
                             WritePipelineOptions options)
    : open_(std::move(open)),
      prepare_(std::move(prepare)),
      options_(options),
      queue_(options.queue_bytes_max) {}

WritePipeline::~WritePipeline() {
  if (!workers_.empty()) {
    Abort();
  }
}

Status WritePipeline::AddWorker() {
  auto worker = std::make_unique<Worker>();
  ARROW_ASSIGN_OR_RAISE(worker->writer, open_());
  Worker* added = worker.get();
  workers_.push_back(std::move(worker));
  added->thread = std::thread([this, added] {
    const Status status = RunWorker(*added);
    if (!status.ok()) {
      Fail(status);
    }
  });
  return Status::OK();
}

Status WritePipeline::RunWorker(Worker& worker) {
  int64_t bytes_seen = 0;
  while (const std::shared_ptr<arrow::RecordBatch> batch = queue_.Pop()) {
    ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<arrow::RecordBatch> prepared,
                          prepare_(*batch));
    RETURN_NOT_OK(worker.writer->Append(*prepared));
    const int64_t bytes = worker.writer->bytes_written();
    bytes_written_ += bytes - bytes_seen;
    bytes_seen = bytes;
  }
  RETURN_NOT_OK(failure());
  ARROW_ASSIGN_OR_RAISE(worker.files, worker.writer->Finish());
  bytes_written_ += worker.writer->bytes_written() - bytes_seen;
  return Status::OK();
}

void WritePipeline::Fail(const Status& status) {
  {
    const std::lock_guard lock(mutex_);
    if (failure_.ok()) {
      failure_ = status;
    }
  }
  queue_.Close();
}

Status WritePipeline::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

Status WritePipeline::Push(std::shared_ptr<arrow::RecordBatch> batch) {
  const int64_t rows = batch->num_rows();
  if (rows == 0) {
    return failure();
  }
  if (!queue_.Push(std::move(batch))) {
    return failure();
  }
  rows_pushed_ += rows;
  const auto writers = static_cast<int64_t>(workers_.size());
  if (writers < options_.writers_max && queue_.was_full() &&
      rows_pushed_ >= writers * options_.rows_before_next_writer) {
    return AddWorker();
  }
  return Status::OK();
}

void WritePipeline::Join() {
  for (const auto& worker : workers_) {
    if (worker->thread.joinable()) {
      worker->thread.join();
    }
  }
}

Result<std::vector<iceberg::DataFile>> WritePipeline::Finish() {
  queue_.End();
  Join();
  if (const Status status = failure(); !status.ok()) {
    Abort();
    return status;
  }
  std::vector<iceberg::DataFile> files;
  for (const auto& worker : workers_) {
    files.insert(files.end(), std::make_move_iterator(worker->files.begin()),
                 std::make_move_iterator(worker->files.end()));
    worker->files.clear();
  }
  return files;
}

void WritePipeline::Abort() {
  // A worker that finds the queue closed without a failure would finish its files.
  Fail(Status::Cancelled("load aborted"));
  Join();
  for (const auto& worker : workers_) {
    worker->writer->Abort();
  }
  workers_.clear();
}

}  // namespace tarn::ingest::internal
