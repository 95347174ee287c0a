#include "tarn/iceberg/manifest_columns.h"

#include <algorithm>

namespace tarn::iceberg {
namespace {

constexpr size_t kMallocBytes = 16;

size_t TupleBytes(const PartitionTuple& tuple) {
  size_t bytes = sizeof(PartitionTuple) + tuple.size() * sizeof(Value) + kMallocBytes;
  for (const Value& value : tuple) {
    if (const auto* text = std::get_if<std::string>(&value)) {
      bytes += text->capacity();
    }
  }
  return bytes;
}

}  // namespace

size_t StatsColumn::memory_bytes() const {
  return sizeof(StatsColumn) + column_sizes.memory_bytes() + value_counts.memory_bytes() +
         null_counts.memory_bytes() + nan_counts.memory_bytes() +
         lower_bounds.memory_bytes() + upper_bounds.memory_bytes();
}

template <typename T>
std::vector<T> ManifestColumns::ListColumn<T>::at(size_t row) const {
  const uint32_t begin = row == 0 ? 0 : ends.at(row - 1);
  return {items.begin() + begin, items.begin() + ends.at(row)};
}

template <typename T>
size_t ManifestColumns::ListColumn<T>::memory_bytes() const {
  return ends.memory_bytes() + items.capacity() * sizeof(T);
}

std::optional<SnapshotId> ManifestColumns::snapshot_id(size_t row) const {
  return has(row, kSnapshotId) ? std::optional(SnapshotId{{snapshot_ids_.at(row)}})
                               : std::nullopt;
}

std::optional<SequenceNumber> ManifestColumns::sequence_number(size_t row) const {
  return has(row, kSequence) ? std::optional(SequenceNumber{{sequences_.at(row)}})
                             : std::nullopt;
}

std::optional<int64_t> ManifestColumns::first_row_id(size_t row) const {
  return has(row, kFirstRowId) ? std::optional(first_row_ids_.at(row)) : std::nullopt;
}

const StatsColumn* ManifestColumns::FindStats(FieldId field_id) const {
  const auto found =
      std::ranges::lower_bound(stats_, field_id, {}, &StatsColumn::field_id);
  return found == stats_.end() || found->field_id != field_id ? nullptr : &*found;
}

std::vector<ColumnStats> ManifestColumns::StatsAt(size_t row) const {
  std::vector<ColumnStats> result;
  result.reserve(stats_.size());
  for (const StatsColumn& column : stats_) {
    ColumnStats& one = result.emplace_back();
    one.field_id = column.field_id;
    one.column_size = column.column_sizes.Find(row);
    one.value_count = column.value_counts.Find(row);
    one.null_count = column.null_counts.Find(row);
    one.nan_count = column.nan_counts.Find(row);
    one.lower_bound = column.lower_bounds.Find(row, arena_);
    one.upper_bound = column.upper_bounds.Find(row, arena_);
    const bool known = one.column_size || one.value_count || one.null_count ||
                       one.nan_count || one.lower_bound || one.upper_bound;
    if (!known) {
      result.pop_back();
    }
  }
  return result;
}

DataFile ManifestColumns::FileAt(size_t row, StatsKept stats) const {
  DataFile file;
  file.content = content(row);
  file.file_path = file_path(row);
  file.format = format(row);
  file.spec_id = header_->spec.id;
  file.partition = partitions_[partition_index(row)];
  file.record_count = record_count(row);
  file.file_size_bytes = file_size_bytes(row);
  if (stats == StatsKept::kYes) {
    file.columns = StatsAt(row);
  }
  file.key_metadata = key_metadata_.Find(row, arena_);
  file.split_offsets = split_offsets_.at(row);
  file.equality_ids = equality_ids_.at(row);
  if (has(row, kSortOrder)) {
    file.sort_order_id = SortOrderId{{sort_orders_.at(row)}};
  }
  file.first_row_id = first_row_id(row);
  file.referenced_data_file = referenced_data_files_.Find(row, arena_);
  if (has(row, kContentOffset)) {
    file.content_offset = content_offsets_.at(row);
  }
  if (has(row, kContentSize)) {
    file.content_size_bytes = content_sizes_.at(row);
  }
  return file;
}

ManifestEntry ManifestColumns::EntryAt(size_t row, StatsKept stats) const {
  ManifestEntry entry;
  entry.status = status(row);
  entry.snapshot_id = snapshot_id(row);
  entry.sequence_number = sequence_number(row);
  if (has(row, kFileSequence)) {
    entry.file_sequence_number = SequenceNumber{{file_sequences_.at(row)}};
  }
  entry.file = FileAt(row, stats);
  return entry;
}

void ManifestColumns::CountMemory() {
  size_t bytes = sizeof(ManifestColumns) + paths_.capacity() + arena_.capacity() +
                 paths_end_.capacity() * sizeof(uint32_t);
  bytes += status_.memory_bytes() + content_.memory_bytes() + format_.memory_bytes() +
           has_.memory_bytes() + snapshot_ids_.memory_bytes() +
           sequences_.memory_bytes() + file_sequences_.memory_bytes() +
           record_counts_.memory_bytes() + file_sizes_.memory_bytes() +
           sort_orders_.memory_bytes() + first_row_ids_.memory_bytes() +
           content_offsets_.memory_bytes() + content_sizes_.memory_bytes() +
           partition_.memory_bytes() + split_offsets_.memory_bytes() +
           equality_ids_.memory_bytes() + key_metadata_.memory_bytes() +
           referenced_data_files_.memory_bytes();
  for (const PartitionTuple& tuple : partitions_) {
    bytes += TupleBytes(tuple);
  }
  for (const StatsColumn& column : stats_) {
    bytes += column.memory_bytes();
  }
  memory_bytes_ = bytes;
}

}  // namespace tarn::iceberg
