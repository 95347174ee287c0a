#include "tarn/engine/internal/metered_memory.h"

#include <functional>
#include <utility>

#include <duckdb/common/file_buffer.hpp>
#include <duckdb/common/file_system.hpp>
#include <duckdb/main/config.hpp>
#include <duckdb/storage/storage_info.hpp>

#include "tarn/base/error.h"
#include "tarn/engine/internal/catch_duckdb.h"

namespace tarn::engine {
namespace {

using duckdb::data_ptr_t;
using duckdb::idx_t;
using duckdb::MemoryTag;
using duckdb::PrivateAllocatorData;

/// What the pool has let a statement have and the allocator is about to be asked for, on
/// the same thread. A buffer is larger than was asked for by its header and alignment.
struct Expected {
  std::shared_ptr<QueryMeter> meter = nullptr;
  idx_t bytes = 0;
};
constexpr idx_t kHeaderBytesMax = 8'192;

Expected& ExpectedHere() {
  thread_local Expected expected;
  return expected;
}

std::shared_ptr<QueryMeter> TakeExpected(idx_t bytes) {
  Expected& expected = ExpectedHere();
  const bool is_it = expected.meter != nullptr && bytes >= expected.bytes &&
                     bytes - expected.bytes <= kHeaderBytesMax;
  return is_it ? std::exchange(expected.meter, nullptr) : nullptr;
}

struct MeteredAllocator final : PrivateAllocatorData {
  explicit MeteredAllocator(std::shared_ptr<MemoryCharges> shared)
      : charges(std::move(shared)) {}
  const std::shared_ptr<MemoryCharges> charges;
};

MemoryCharges& ChargesOf(PrivateAllocatorData* data) {
  return *static_cast<MeteredAllocator*>(data)->charges;
}

data_ptr_t Allocate(PrivateAllocatorData* data, idx_t bytes) {
  const data_ptr_t memory = duckdb::Allocator::DefaultAllocate(data, bytes);
  if (auto meter = TakeExpected(bytes); meter != nullptr && memory != nullptr) {
    ChargesOf(data).Charge(memory, bytes, std::move(meter));
  }
  return memory;
}

void Free(PrivateAllocatorData* data, data_ptr_t memory, idx_t bytes) {
  if (bytes >= MemoryCharges::kBytesMin) {
    ChargesOf(data).Release(memory);
  }
  duckdb::Allocator::DefaultFree(data, memory, bytes);
}

/// What grows stays its owner's.
data_ptr_t Reallocate(PrivateAllocatorData* data, data_ptr_t memory, idx_t old_bytes,
                      idx_t bytes) {
  MemoryCharges& charges = ChargesOf(data);
  auto meter = old_bytes >= MemoryCharges::kBytesMin ? charges.Release(memory) : nullptr;
  const data_ptr_t moved =
      duckdb::Allocator::DefaultReallocate(data, memory, old_bytes, bytes);
  if (meter == nullptr) {
    meter = TakeExpected(bytes);
  }
  const bool is_counted =
      meter != nullptr && moved != nullptr && bytes >= MemoryCharges::kBytesMin;
  if (is_counted) {
    charges.Charge(moved, bytes, std::move(meter));
  }
  return moved;
}

/// Of operators; other memory is shared by all or does not come from the allocator.
bool IsOfStatements(MemoryTag tag) {
  return tag != MemoryTag::EXTERNAL_FILE_CACHE && tag != MemoryTag::OBJECT_CACHE &&
         tag != MemoryTag::BASE_TABLE && tag != MemoryTag::METADATA &&
         tag != MemoryTag::EXTENSION;
}

/// As DuckDB does where nobody says how much.
void ChooseMemory(duckdb::DBConfig* config) {
  if (config->options.maximum_memory != duckdb::DConstants::INVALID_INDEX) {
    return;
  }
  const auto files = duckdb::FileSystem::CreateLocal();
  const idx_t machine = duckdb::DBConfig::GetSystemAvailableMemory(*files);
  config->options.maximum_memory =
      machine == duckdb::DConstants::INVALID_INDEX ? machine : machine / 10 * 8;
}

}  // namespace

MemoryCharges::Shard& MemoryCharges::ShardOf(const void* memory) {
  // Blocks lie at multiples of pages.
  const size_t page = std::hash<const void*>()(memory) >> 12U;
  return shards_[(page ^ (page >> 6U)) % shards_.size()];
}

void MemoryCharges::Charge(const void* memory, idx_t bytes,
                           std::shared_ptr<QueryMeter> meter) {
  const auto charged = static_cast<int64_t>(bytes);
  meter->Charge(charged);
  Shard& shard = ShardOf(memory);
  const std::lock_guard lock(shard.mutex);
  shard.charged[memory] = {.meter = std::move(meter), .bytes = charged};
}

std::shared_ptr<QueryMeter> MemoryCharges::Release(const void* memory) {
  Charged released{};
  Shard& shard = ShardOf(memory);
  {
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.charged.find(memory);
    if (found == shard.charged.end()) {
      return nullptr;
    }
    released = std::move(found->second);
    shard.charged.erase(found);
  }
  released.meter->Charge(-released.bytes);
  return std::move(released.meter);
}

OwnBlockAllocator::OwnBlockAllocator(duckdb::Allocator& allocator)
    : blocks(allocator, DEFAULT_BLOCK_ALLOC_SIZE,
             /*virtual_memory_size=*/DEFAULT_BLOCK_ALLOC_SIZE,
             /*physical_memory_size=*/0) {}

MeteredBufferPool::MeteredBufferPool(duckdb::Allocator& allocator,
                                     std::shared_ptr<MemoryCharges> charges,
                                     const duckdb::DBConfig& config)
    : OwnBlockAllocator(allocator),
      BufferPool(blocks, config.options.maximum_memory,
                 config.options.buffer_manager_track_eviction_timestamps,
                 config.options.allocator_bulk_deallocation_flush_threshold),
      charges_(std::move(charges)) {}

idx_t MeteredBufferPool::GetQueryMaxMemory() const {
  const QueryMeter* const meter = QueryMeter::Current();
  const int64_t limit = meter == nullptr ? 0 : meter->memory_bytes_max();
  // One operator is not all of a statement.
  return limit == 0 ? GetMaxMemory()
                    : std::min(GetMaxMemory(), static_cast<idx_t>(limit) / 2);
}

void MeteredBufferPool::Spill(QueryMeter& meter, MemoryTag tag, int64_t more) {
  // The first queue has cached files, the last one what cannot be written.
  for (size_t i = 1; i + 1 < queues.size(); ++i) {
    for (int64_t excess = meter.ExcessWith(more); excess > 0;
         excess = meter.ExcessWith(more)) {
      const idx_t used = GetUsedMemory();
      const auto over = static_cast<idx_t>(excess);
      const idx_t target = used > over ? used - over : 0;
      if (!EvictBlocksInternal(*queues[i], tag, 0, target, nullptr).success) {
        break;
      }
    }
  }
}

duckdb::BufferPool::EvictionResult MeteredBufferPool::EvictBlocks(
    MemoryTag tag, idx_t extra_memory, idx_t memory_limit,
    duckdb::unique_ptr<duckdb::FileBuffer>* buffer) {
  Expected& expected = ExpectedHere();
  expected.meter = nullptr;
  QueryMeter* const meter = QueryMeter::Current();
  const bool is_counted =
      meter != nullptr && extra_memory >= MemoryCharges::kBytesMin && IsOfStatements(tag);
  const auto more = static_cast<int64_t>(extra_memory);
  if (is_counted && meter->ExcessWith(more) > 0) {
    Spill(*meter, tag, more);
    if (meter->ExcessWith(more) > 0) {
      ThrowStatus(MakeError(ErrorCode::kResourceLimit, meter->ExcessError(more)));
    }
  }
  EvictionResult result =
      BufferPool::EvictBlocks(tag, extra_memory, memory_limit, buffer);
  if (!result.success) {
    return result;
  }
  const bool is_reused = buffer != nullptr && *buffer != nullptr;
  if (is_reused) {
    const void* const memory = (*buffer)->InternalBuffer();
    charges_->Release(memory);
    if (is_counted) {
      charges_->Charge(memory, (*buffer)->AllocSize(), meter->shared_from_this());
    }
  } else if (is_counted) {
    expected = {.meter = meter->shared_from_this(), .bytes = extra_memory};
  }
  return result;
}

void MeterMemory(duckdb::DBConfig* config) {
  ChooseMemory(config);
  auto charges = std::make_shared<MemoryCharges>();
  config->allocator = duckdb::make_uniq<duckdb::Allocator>(
      Allocate, Free, Reallocate, duckdb::make_uniq<MeteredAllocator>(charges));
  config->buffer_pool =
      duckdb::make_shared_ptr<MeteredBufferPool>(*config->allocator, charges, *config);
}

}  // namespace tarn::engine
