#include "tarn/ingest/web/row_set.h"

#include <fmt/format.h>

#include "tarn/base/error.h"

namespace tarn::ingest::web {

size_t RowSet::ColumnOf(std::string_view name) {
  const auto found = index_.find(name);
  if (found != index_.end()) {
    return found->second;
  }
  const size_t index = names_.size();
  names_.emplace_back(name);
  columns_.emplace_back();
  index_.emplace(name, index);
  return index;
}

Status RowSet::Add(std::vector<std::pair<size_t, Cell>> cells) {
  if (names_.size() > kColumnsMax) {
    return MakeError(ErrorCode::kResourceLimit,
                     fmt::format("What was found has more than {} columns; choose fewer "
                                 "by \"fields\"",
                                 kColumnsMax));
  }
  for (auto& [index, cell] : cells) {
    std::vector<Cell>& column = columns_[index];
    const int64_t skipped = num_rows_ - static_cast<int64_t>(column.size());
    bytes_ += static_cast<int64_t>(sizeof(Cell)) * (1 + skipped) +
              static_cast<int64_t>(cell.text.size());
    if (bytes_ > bytes_max_) {
      return MakeError(ErrorCode::kResourceLimit,
                       fmt::format("The rows take more than {} bytes of memory (setting "
                                   "web.memory_max); read fewer pages at a time",
                                   bytes_max_));
    }
    column.resize(static_cast<size_t>(num_rows_));
    column.push_back(std::move(cell));
  }
  ++num_rows_;
  return Status::OK();
}

}  // namespace tarn::ingest::web
