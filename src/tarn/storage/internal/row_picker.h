// Rows out of many batches, in any order, as new batches: column by column.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/storage/internal/row_order.h"

namespace tarn::storage {

enum class PickThreads : uint8_t { kCaller, kCpuPool };

/// Copies rows from batches of one schema. Immutable, so thread-safe.
class RowPicker {
 public:
  using Batches = std::vector<std::shared_ptr<arrow::RecordBatch>>;

  /// One batch at least.
  explicit RowPicker(Batches batches);

  /// Ends of the pieces into which `rows` are to be picked: at most `rows_max` rows and
  /// about `bytes_max` bytes in each, one row at least.
  std::vector<size_t> Pieces(std::span<const RowRef> rows, int64_t rows_max,
                             int64_t bytes_max) const;

  /// Errors: kOutOfMemory; those of Arrow for columns over 2 GiB of text.
  Result<std::shared_ptr<arrow::RecordBatch>> Pick(std::span<const RowRef> rows,
                                                   PickThreads threads) const;

 private:
  /// How long rows are.
  struct RowBytes {
    std::vector<size_t> texts;  // columns of strings and binaries
    int64_t without_texts = 0;  // of a row, on average
    int64_t max = 0;            // of a row with the longest text of every column
  };
  RowBytes Measure() const;
  int64_t BytesOf(const RowBytes& measured, const RowRef& row) const;

  Batches batches_;
  std::vector<arrow::ArrayVector> columns_;  // [column][batch]
};

}  // namespace tarn::storage
