// Sorted runs: rows in order on disk, in blocks that are compressed and checked.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <arrow/type_fwd.h>
#include <arrow/util/future.h>

#include "tarn/base/result.h"
#include "tarn/storage/internal/row_key.h"
#include "tarn/storage/internal/spill_file.h"

namespace tarn::storage {

/// Some consecutive rows of a run, an Arrow IPC message compressed with LZ4.
struct RunBlock {
  SpillExtent extent;
  int64_t rows = 0;
  int64_t bytes = 0;  // in memory
};

struct SortRun {
  std::shared_ptr<SpillFile> file;
  std::vector<RunBlock> blocks;
  KeySummary summary;

  int64_t block_bytes_max() const;
};

/// Appends `count` blocks whose rows `make_rows(i)` gives; several at once, on Arrow's
/// CPU pool. Errors: those of SpillFile and of `make_rows`.
Status AppendBlocks(
    SortRun& run, size_t count,
    const std::function<Result<std::shared_ptr<arrow::RecordBatch>>(size_t)>& make_rows);

/// A block in memory, its keys made anew.
struct SortedRows {
  std::shared_ptr<arrow::RecordBatch> batch;
  BatchKeys keys;
  std::vector<uint64_t> prefixes;
  int64_t row_bytes = 0;  // on average
};

/// Reads a run from its first row to its last; the next block is read ahead on Arrow's
/// CPU pool. Thread-compatible.
class RunReader {
 public:
  /// `order` knows the run's keys and those of the runs that it is merged with.
  RunReader(std::shared_ptr<const SortRun> run, std::shared_ptr<arrow::Schema> schema,
            std::shared_ptr<const KeyOrder> order);
  ~RunReader();
  RunReader(const RunReader&) = delete;
  RunReader& operator=(const RunReader&) = delete;

  /// nullptr after the last block. Errors: kInvalidData (see SpillFile), kIoFailed.
  Result<std::shared_ptr<const SortedRows>> Next();

 private:
  using Block = std::shared_ptr<const SortedRows>;
  Status ReadAhead();

  std::shared_ptr<const SortRun> run_;
  std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<const KeyOrder> order_;
  size_t next_ = 0;  // block to be read
  std::optional<arrow::Future<Block>> ahead_;
};

}  // namespace tarn::storage
