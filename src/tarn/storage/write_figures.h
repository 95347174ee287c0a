// What writing costs and gives: sizes, compression and time of the files that a process
// writes, taken from footers that are at hand anyway; and what freed memory is kept.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include <arrow/type_fwd.h>

#include "tarn/iceberg/ids.h"

namespace tarn::storage {

/// Bytes of a column's values in a file, levels and dictionaries included.
struct ColumnFigures {
  int64_t encoded_bytes = 0;     // before compression
  int64_t compressed_bytes = 0;  // in the file
};

/// One file that was closed.
struct FileFigures {
  std::string location;
  int64_t rows = 0;
  int64_t file_bytes = 0;
  std::chrono::nanoseconds encoding{0};  // time in the encoder, its writes included
  std::map<iceberg::FieldId, ColumnFigures> columns = {};
};

/// Sums over the files of a process. Thread-safe.
class WriteFigures {
 public:
  struct Totals {
    int64_t files = 0;
    int64_t rows = 0;
    int64_t file_bytes = 0;
    ColumnFigures columns;  // of all columns
    std::chrono::nanoseconds encoding{0};

    /// Encoded to compressed bytes; 1 if there are none.
    double ratio() const;
  };

  void Add(const FileFigures& file);
  Totals totals() const;

 private:
  mutable std::mutex mutex_;
  Totals totals_;
};

/// Keeps what an Arrow pool holds back after memory was freed near a limit. The pools
/// count only what is in use, so what they may hold back is taken to be what went out of
/// use since they were last told to give back. Thread-safe.
class MemoryReuse {
 public:
  /// `pool` outlives this.
  MemoryReuse(int64_t kept_bytes_max, arrow::MemoryPool* pool);

  /// To be called when memory has been taken.
  void Taken();
  /// To be called when memory has been freed: gives it back to the system if more than
  /// `kept_bytes_max` has.
  void Freed();

 private:
  const int64_t kept_bytes_max_;
  arrow::MemoryPool* pool_;
  std::mutex mutex_;
  int64_t highest_ = 0;  // in use since memory was last given back
};

}  // namespace tarn::storage
