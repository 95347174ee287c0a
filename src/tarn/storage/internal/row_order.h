// Rows of many batches put into the order of their keys.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/storage/internal/row_key.h"

namespace tarn::storage {

/// A row of a list of batches.
struct RowRef {
  uint32_t batch = 0;
  uint32_t row = 0;

  bool operator==(const RowRef&) const = default;
};

/// The rows of all `keys` in the order of `order`, which was made of their summary; equal
/// rows keep their order. 32 bytes of memory for each row while it works.
std::vector<RowRef> OrderRows(const KeyOrder& order, const std::vector<BatchKeys>& keys);

/// Keys of all batches, on Arrow's CPU pool, and what they have in common.
struct EncodedRows {
  std::vector<BatchKeys> keys;
  KeySummary summary;
};
Result<EncodedRows> EncodeAll(
    const KeyPlan& plan, const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches);

}  // namespace tarn::storage
