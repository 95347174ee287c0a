#include "tarn/engine/internal/row_changes.h"

#include <utility>

#include <duckdb/common/types/vector.hpp>

namespace tarn::engine {

duckdb::idx_t RowChanges::Mark(duckdb::Vector& files, duckdb::Vector& positions,
                               duckdb::idx_t count, duckdb::SelectionVector* fresh) {
  duckdb::UnifiedVectorFormat file_data;
  duckdb::UnifiedVectorFormat position_data;
  files.ToUnifiedFormat(count, file_data);
  positions.ToUnifiedFormat(count, position_data);
  const auto* file_of = duckdb::UnifiedVectorFormat::GetData<uint64_t>(file_data);
  const auto* position_of = duckdb::UnifiedVectorFormat::GetData<int64_t>(position_data);
  duckdb::idx_t num_fresh = 0;
  uint64_t current_file = 0;
  iceberg::PositionSet* current = nullptr;  // rows come in runs of one file
  const std::lock_guard guard(mutex_);
  for (duckdb::idx_t row = 0; row < count; ++row) {
    const uint64_t file = file_of[file_data.sel->get_index(row)];
    const int64_t position = position_of[position_data.sel->get_index(row)];
    if (current == nullptr || file != current_file) {
      current = &marked_[file];
      current_file = file;
    }
    if (current->Contains(position)) {
      continue;
    }
    current->Add(position);
    fresh->set_index(num_fresh++, row);
  }
  return num_fresh;
}

std::vector<FileChange> RowChanges::Take() {
  const std::lock_guard guard(mutex_);
  std::vector<FileChange> changes;
  for (auto& [ordinal, positions] : std::exchange(marked_, {})) {
    changes.push_back({&files_->TaskOf(ordinal), std::move(positions)});
  }
  return changes;
}

}  // namespace tarn::engine
