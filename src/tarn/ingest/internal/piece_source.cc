#include "tarn/ingest/internal/piece_source.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include <arrow/record_batch.h>

#include "tarn/base/error.h"
#include "tarn/ingest/internal/batch_queue.h"

namespace tarn::ingest::internal {
namespace {

constexpr int64_t kQueueBytes = int64_t{16} << 20;
/// How often it is asked whether somebody cancelled.
constexpr std::chrono::milliseconds kAskEvery{200};

Status Cancelled() { return MakeError(ErrorCode::kCancelled, "The load was cancelled"); }

class PieceSource final : public Source {
 public:
  explicit PieceSource(PieceSourceOptions options)
      : options_(std::move(options)),
        queue_(kQueueBytes),
        reading_(static_cast<int>(options_.readers.size())) {}

  ~PieceSource() override {
    is_closed_ = true;
    queue_.Close();
    {
      const std::lock_guard lock(mutex_);
      asked_.notify_all();
    }
    for (std::thread& thread : threads_) {
      thread.join();
    }
  }
  PieceSource(const PieceSource&) = delete;
  PieceSource& operator=(const PieceSource&) = delete;

  void Start() {
    for (const auto& reader : options_.readers) {
      threads_.emplace_back([this, own = reader.get()] { ReadAll(*own); });
    }
    threads_.emplace_back([this] { Watch(); });
  }

  std::shared_ptr<arrow::Schema> schema() const override { return options_.schema; }
  Format format() const override { return options_.format; }
  std::string note() const override { return options_.note; }

  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    auto batch = queue_.Pop();
    if (batch == nullptr) {
      const std::lock_guard lock(mutex_);
      RETURN_NOT_OK(error_);
    }
    return batch;
  }

  Result<std::vector<engine::RejectedRow>> Rejects() override {
    return std::vector<engine::RejectedRow>();
  }

  std::optional<double> progress() const override {
    const size_t count = options_.pieces.size();
    if (count < 2) {
      return std::nullopt;
    }
    return static_cast<double>(pieces_done_) / static_cast<double>(count);
  }

 private:
  bool IsOver() const {
    return is_closed_ || (options_.cancelled && options_.cancelled());
  }

  Status Push(std::shared_ptr<arrow::RecordBatch> batch) {
    return queue_.Push(std::move(batch)) ? Status::OK() : Cancelled();
  }

  void ReadAll(PieceReader& reader) {
    Status status;
    for (size_t piece = next_piece_++; status.ok() && piece < options_.pieces.size();
         piece = next_piece_++) {
      status = reader.Read(
          options_.pieces[piece], [this](auto batch) { return Push(std::move(batch)); },
          [this] { return IsOver(); });
      ++pieces_done_;
    }
    if (!status.ok()) {
      const std::lock_guard lock(mutex_);
      if (error_.ok()) {
        error_ = IsOver() ? Cancelled() : status;
      }
      is_closed_ = true;
    }
    const bool is_last = --reading_ == 0;
    if (is_closed_) {
      queue_.Close();  // after an error what is queued is of no use
    } else if (is_last) {
      queue_.End();
    }
    const std::lock_guard lock(mutex_);
    asked_.notify_all();
  }

  /// Ends the readers once nobody wants more.
  void Watch() {
    while (!IsOver()) {
      std::unique_lock lock(mutex_);
      asked_.wait_for(lock, kAskEvery);
      if (reading_ == 0) {
        return;
      }
    }
    for (const auto& reader : options_.readers) {
      if (reading_ > 0) {
        reader->Abort();
      }
    }
  }

  const PieceSourceOptions options_;
  BatchQueue queue_;
  std::atomic<size_t> next_piece_ = 0;
  std::atomic<size_t> pieces_done_ = 0;
  std::atomic<int> reading_;
  std::atomic<bool> is_closed_ = false;
  std::mutex mutex_;
  std::condition_variable asked_;
  Status error_;  // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace

std::unique_ptr<Source> ReadPieces(PieceSourceOptions options) {
  auto source = std::make_unique<PieceSource>(std::move(options));
  source->Start();
  return source;
}

}  // namespace tarn::ingest::internal
