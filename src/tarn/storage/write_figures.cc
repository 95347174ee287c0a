#include "tarn/storage/write_figures.h"

#include <algorithm>

#include <arrow/memory_pool.h>

namespace tarn::storage {

double WriteFigures::Totals::ratio() const {
  return columns.compressed_bytes == 0
             ? 1
             : static_cast<double>(columns.encoded_bytes) /
                   static_cast<double>(columns.compressed_bytes);
}

void WriteFigures::Add(const FileFigures& file) {
  const std::lock_guard lock(mutex_);
  ++totals_.files;
  totals_.rows += file.rows;
  totals_.file_bytes += file.file_bytes;
  totals_.encoding += file.encoding;
  for (const auto& [id, column] : file.columns) {
    totals_.columns.encoded_bytes += column.encoded_bytes;
    totals_.columns.compressed_bytes += column.compressed_bytes;
  }
}

WriteFigures::Totals WriteFigures::totals() const {
  const std::lock_guard lock(mutex_);
  return totals_;
}

MemoryReuse::MemoryReuse(int64_t kept_bytes_max, arrow::MemoryPool* pool)
    : kept_bytes_max_(kept_bytes_max), pool_(pool) {}

void MemoryReuse::Taken() {
  const int64_t in_use = pool_->bytes_allocated();
  const std::lock_guard lock(mutex_);
  highest_ = std::max(highest_, in_use);
}

void MemoryReuse::Freed() {
  const int64_t in_use = pool_->bytes_allocated();
  {
    const std::lock_guard lock(mutex_);
    if (highest_ - in_use <= kept_bytes_max_) {
      return;
    }
    highest_ = in_use;
  }
  pool_->ReleaseUnused();
}

}  // namespace tarn::storage
