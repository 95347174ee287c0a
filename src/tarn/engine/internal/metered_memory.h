// DuckDB's memory, of which each piece is known to belong to a statement.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <unordered_map>

#include <duckdb/common/allocator.hpp>
#include <duckdb/storage/block_allocator.hpp>
#include <duckdb/storage/buffer/buffer_pool.hpp>

#include "tarn/engine/internal/query_meter.h"

namespace duckdb {
struct DBConfig;
}

namespace tarn::engine {

/// Who is charged for which piece of memory. Thread-safe.
class MemoryCharges {
 public:
  /// Smaller pieces are nobody's.
  static constexpr duckdb::idx_t kBytesMin = 4'096;

  void Charge(const void* memory, duckdb::idx_t bytes, std::shared_ptr<QueryMeter> meter);
  /// Gives who was charged; nullptr: nobody was.
  std::shared_ptr<QueryMeter> Release(const void* memory);

 private:
  struct Charged {
    std::shared_ptr<QueryMeter> meter;
    int64_t bytes;
  };
  struct Shard {
    std::mutex mutex;
    std::unordered_map<const void*, Charged> charged;
  };
  Shard& ShardOf(const void* memory);

  std::array<Shard, 64> shards_;
};

/// Made before, and outlived by, the pool that flushes it: nothing is allocated from it.
struct OwnBlockAllocator {
  explicit OwnBlockAllocator(duckdb::Allocator& allocator);
  duckdb::BlockAllocator blocks;
};

/// DuckDB's pool of memory, with limits for each statement beside the one of all. A
/// statement that would be over a limit first has rows that wait, of its own or of
/// others, written to disk; if that is not enough it fails.
class MeteredBufferPool final : private OwnBlockAllocator, public duckdb::BufferPool {
 public:
  MeteredBufferPool(duckdb::Allocator& allocator, std::shared_ptr<MemoryCharges> charges,
                    const duckdb::DBConfig& config);

  /// What operators of the statement plan with.
  duckdb::idx_t GetQueryMaxMemory() const override;

 protected:
  EvictionResult EvictBlocks(duckdb::MemoryTag tag, duckdb::idx_t extra_memory,
                             duckdb::idx_t memory_limit,
                             duckdb::unique_ptr<duckdb::FileBuffer>* buffer) override;

 private:
  void Spill(QueryMeter& meter, duckdb::MemoryTag tag, int64_t more);

  const std::shared_ptr<MemoryCharges> charges_;
};

/// Has a database of `config`, which is not open yet, count its memory by statement.
void MeterMemory(duckdb::DBConfig* config);

}  // namespace tarn::engine
