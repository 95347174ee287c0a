// Rows that a statement deletes or replaces, gathered while it runs.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include <duckdb/common/types/selection_vector.hpp>
#include <duckdb/common/types/vector.hpp>

#include "tarn/engine/internal/scan_state.h"
#include "tarn/iceberg/position_set.h"

namespace tarn::engine {

/// Rows of one data file.
struct FileChange {
  const table::FileScanTask* task = nullptr;  // lives as long as the RowChanges
  iceberg::PositionSet positions;
};

/// Thread-safe.
class RowChanges {
 public:
  /// `files` numbered the files of every scan of the statement.
  explicit RowChanges(std::shared_ptr<const ScanFiles> files)
      : files_(std::move(files)) {}

  /// Marks `count` rows, given by the numbers of their files and their places in them.
  /// Writes the indexes of those that had not been marked before to `fresh` (room for
  /// `count`) and returns how many: a join may bring a row several times.
  duckdb::idx_t Mark(duckdb::Vector& files, duckdb::Vector& positions,
                     duckdb::idx_t count, duckdb::SelectionVector* fresh);

  /// All that was marked, by file; nothing is marked afterwards.
  std::vector<FileChange> Take();

 private:
  std::shared_ptr<const ScanFiles> files_;
  std::mutex mutex_;
  std::map<uint64_t, iceberg::PositionSet> marked_;  // by the file's number
};

}  // namespace tarn::engine
