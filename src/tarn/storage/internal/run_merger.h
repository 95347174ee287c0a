// Many sorted runs as one stream of rows.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/storage/internal/row_order.h"
#include "tarn/storage/internal/row_picker.h"
#include "tarn/storage/internal/sort_run.h"

namespace tarn::storage {

/// How much is put together at once.
struct BatchSize {
  int64_t rows_max = 65'536;
  int64_t bytes_max = int64_t{4} << 20;  // about; one row may have more
};

/// Merges with a tree of losers; of equal rows those of the earlier run come first. Two
/// blocks of each run are in memory, a few more while a batch is put together.
/// Thread-compatible.
class RunMerger {
 public:
  static Result<std::unique_ptr<RunMerger>> Make(
      const std::vector<std::shared_ptr<const SortRun>>& runs,
      std::shared_ptr<const KeyPlan> plan, std::shared_ptr<arrow::Schema> schema,
      BatchSize batch_size);

  /// nullptr after the last row. Errors: those of RunReader.
  Result<std::shared_ptr<arrow::RecordBatch>> Next();

 private:
  /// The next row of one run.
  struct Cursor {
    std::unique_ptr<RunReader> reader;
    std::shared_ptr<const SortedRows> rows;  // nullptr at the end
    uint64_t prefix = 0;
    uint32_t row = 0;
    uint32_t source = 0;  // number of `rows` among those of the batch at hand
  };

  RunMerger(std::shared_ptr<const KeyOrder> order, BatchSize batch_size);
  Status ReadBlock(Cursor& cursor);
  bool Before(size_t left, size_t right) const;
  bool BeforeOnTie(const Cursor& left, const Cursor& right, bool is_earlier) const;
  size_t WinnerBelow(size_t node);
  void Replay(size_t cursor);
  /// The cursors' blocks become the sources of the next batch.
  void StartBatch();

  std::shared_ptr<const KeyOrder> order_;
  const BatchSize batch_size_;
  std::vector<Cursor> cursors_;
  std::vector<size_t> losers_;  // by node of the tree; 0 is the winner
  std::vector<std::shared_ptr<arrow::RecordBatch>> sources_;
  std::vector<RowRef> picked_;
};

}  // namespace tarn::storage
