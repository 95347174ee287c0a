#include "tarn/engine/internal/deletion_filter.h"

#include <type_traits>

#include <duckdb/common/types/selection_vector.hpp>

namespace tarn::engine {

static_assert(std::is_same_v<duckdb::sel_t, uint32_t>, "PositionSet writes selections");

duckdb::idx_t DeletionFilter::Filter(duckdb::row_t start, duckdb::idx_t count,
                                     duckdb::SelectionVector& selection) {
  const auto end = start + static_cast<int64_t>(count);
  if (deleted_->CountInRange(start, end) == 0) {
    return count;  // the reader comes with an empty selection, which means all rows
  }
  selection.Initialize(count);
  return deleted_->SelectAbsent(start, static_cast<uint32_t>(count), selection.data());
}

}  // namespace tarn::engine
