// Results of queries, kept for whoever asks the same of the same data.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/cache_metrics.h"
#include "tarn/base/result.h"
#include "tarn/engine/engine.h"

namespace tarn::engine {

/// A whole result. Never changed once it is kept.
struct KeptResult {
  std::shared_ptr<arrow::Schema> schema;
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches = {};
  int64_t bytes = 0;
};

/// Thread-safe. What was not asked for the longest time goes first.
class ResultCache {
 public:
  /// Results of more than `entry_bytes_max` are not kept.
  ResultCache(int64_t bytes_max, int64_t entry_bytes_max)
      : bytes_max_(bytes_max), entry_bytes_max_(entry_bytes_max) {}

  /// nullptr if there is none.
  std::shared_ptr<const KeptResult> Find(const std::string& key);
  /// `era` is that in which the query was planned: results of older ones are dropped.
  void Keep(const std::string& key, uint64_t era,
            std::shared_ptr<const KeptResult> result);
  /// What queries mean has changed otherwise than by data (a setting, an attached
  /// database, a macro): nothing that was kept counts any more.
  void BeginEra();
  uint64_t era() const;

  int64_t entry_bytes_max() const { return entry_bytes_max_; }
  int64_t bytes() const;

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const KeptResult> result;
    int64_t bytes;
  };
  void RemoveLast();  // with mutex_ held

  const int64_t bytes_max_;
  const int64_t entry_bytes_max_;
  mutable std::mutex mutex_;
  std::list<Entry> entries_;  // asked for last first
  std::unordered_map<std::string, std::list<Entry>::iterator> by_key_;
  int64_t bytes_ = 0;
  uint64_t era_ = 1;
  CacheMetrics metrics_{"results"};
};

/// The rows of a kept result.
std::unique_ptr<ResultStream> StreamOfKept(std::shared_ptr<const KeptResult> result);

/// `rows`, which go into `cache` under `key` once they have all been read.
std::unique_ptr<ResultStream> KeepWhenRead(std::unique_ptr<ResultStream> rows,
                                           std::shared_ptr<ResultCache> cache,
                                           std::string key, uint64_t era);

}  // namespace tarn::engine
