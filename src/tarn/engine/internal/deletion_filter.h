// Deleted rows of a data file as DuckDB's reader leaves them out.
#pragma once

#include <memory>

#include <duckdb/common/multi_file/multi_file_data.hpp>

#include "tarn/iceberg/position_set.h"

namespace tarn::engine {

/// Thread-safe: several threads read row groups of one file.
class DeletionFilter final : public duckdb::DeleteFilter {
 public:
  explicit DeletionFilter(std::shared_ptr<const iceberg::PositionSet> deleted)
      : deleted_(std::move(deleted)) {}

  /// Selects the rows of [start, start + count) that are not deleted; `start` counts
  /// from the first row of the file.
  duckdb::idx_t Filter(duckdb::row_t start, duckdb::idx_t count,
                       duckdb::SelectionVector& selection) override;

 private:
  std::shared_ptr<const iceberg::PositionSet> deleted_;
};

}  // namespace tarn::engine
