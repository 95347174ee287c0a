#include "tarn/engine/internal/result_cache.h"

#include <utility>

#include <arrow/array/concatenate.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/byte_size.h>

namespace tarn::engine {
namespace {

/// What an entry costs beside its rows and its key: itself, and each column's objects in
/// the schema and in each batch.
constexpr int64_t kEntryBytes = 1'024;
constexpr int64_t kColumnBytes = 768;

/// A copy that holds no more memory than its values need: buffers of the engine have room
/// for a whole vector, be there one row.
Result<std::shared_ptr<arrow::RecordBatch>> Compacted(const arrow::RecordBatch& batch) {
  arrow::ArrayVector columns;
  columns.reserve(static_cast<size_t>(batch.num_columns()));
  for (const std::shared_ptr<arrow::Array>& column : batch.columns()) {
    ARROW_ASSIGN_OR_RAISE(auto copy, arrow::Concatenate({column}));
    columns.push_back(std::move(copy));
  }
  return arrow::RecordBatch::Make(batch.schema(), batch.num_rows(), std::move(columns));
}

class KeptStream final : public ResultStream {
 public:
  explicit KeptStream(std::shared_ptr<const KeptResult> result)
      : result_(std::move(result)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return result_->schema; }
  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    if (next_ == result_->batches.size()) {
      return nullptr;
    }
    return result_->batches[next_++];
  }
  std::optional<int64_t> rows_changed() const override { return std::nullopt; }
  const std::string& statement_type() const override { return type_; }
  bool is_from_cache() const override { return true; }

 private:
  const std::shared_ptr<const KeptResult> result_;
  const std::string type_ = "SELECT";
  size_t next_ = 0;
};

class KeepingStream final : public ResultStream {
 public:
  KeepingStream(std::unique_ptr<ResultStream> rows, std::shared_ptr<ResultCache> cache,
                std::string key, uint64_t era)
      : rows_(std::move(rows)),
        cache_(std::move(cache)),
        key_(std::move(key)),
        era_(era),
        kept_(std::make_shared<KeptResult>(KeptResult{.schema = rows_->schema()})) {}

  std::shared_ptr<arrow::Schema> schema() const override { return rows_->schema(); }
  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    auto batch = rows_->Next();
    if (kept_ == nullptr) {
      return batch;
    }
    if (!batch.ok()) {
      kept_ = nullptr;
    } else if (*batch == nullptr) {
      cache_->Keep(key_, era_, std::exchange(kept_, nullptr));
    } else if (!AddCopy(**batch)) {
      kept_ = nullptr;
    }
    return batch;
  }
  std::optional<int64_t> rows_changed() const override { return rows_->rows_changed(); }
  const std::string& statement_type() const override { return rows_->statement_type(); }

 private:
  /// Whether the result may still be kept.
  bool AddCopy(const arrow::RecordBatch& batch) {
    auto copy = Compacted(batch);
    if (!copy.ok()) {
      return false;
    }
    kept_->bytes += arrow::util::TotalBufferSize(**copy);
    kept_->batches.push_back(*std::move(copy));
    return kept_->bytes <= cache_->entry_bytes_max();
  }

  const std::unique_ptr<ResultStream> rows_;
  const std::shared_ptr<ResultCache> cache_;
  const std::string key_;
  const uint64_t era_;
  std::shared_ptr<KeptResult> kept_;  // nullptr: it is not kept
};

}  // namespace

std::shared_ptr<const KeptResult> ResultCache::Find(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    metrics_.Missed();
    return nullptr;
  }
  metrics_.Found();
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->result;
}

void ResultCache::Keep(const std::string& key, uint64_t era,
                       std::shared_ptr<const KeptResult> result) {
  const auto column_sets = static_cast<int64_t>(1 + result->batches.size());
  const int64_t bytes = result->bytes + 2 * static_cast<int64_t>(key.size()) +
                        kEntryBytes +
                        kColumnBytes * result->schema->num_fields() * column_sets;
  const std::lock_guard lock(mutex_);
  const bool fits = result->bytes <= entry_bytes_max_ && bytes <= bytes_max_;
  if (!fits || era != era_ || by_key_.contains(key)) {
    return;
  }
  while (bytes_ + bytes > bytes_max_) {
    RemoveLast();
  }
  entries_.push_front({.key = key, .result = std::move(result), .bytes = bytes});
  by_key_[key] = entries_.begin();
  bytes_ += bytes;
  metrics_.Added(static_cast<size_t>(bytes));
}

void ResultCache::RemoveLast() {
  const Entry& last = entries_.back();
  bytes_ -= last.bytes;
  metrics_.Evicted(static_cast<size_t>(last.bytes));
  by_key_.erase(last.key);
  entries_.pop_back();
}

void ResultCache::BeginEra() {
  const std::lock_guard lock(mutex_);
  ++era_;
  for (const Entry& entry : entries_) {
    metrics_.Removed(static_cast<size_t>(entry.bytes));
  }
  by_key_.clear();
  entries_.clear();
  bytes_ = 0;
}

uint64_t ResultCache::era() const {
  const std::lock_guard lock(mutex_);
  return era_;
}

int64_t ResultCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

std::unique_ptr<ResultStream> StreamOfKept(std::shared_ptr<const KeptResult> result) {
  return std::make_unique<KeptStream>(std::move(result));
}

std::unique_ptr<ResultStream> KeepWhenRead(std::unique_ptr<ResultStream> rows,
                                           std::shared_ptr<ResultCache> cache,
                                           std::string key, uint64_t era) {
  return std::make_unique<KeepingStream>(std::move(rows), std::move(cache),
                                         std::move(key), era);
}

}  // namespace tarn::engine
