#include "tarn/table/internal/delete_index.h"

#include <cstring>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/base/overload.h"

namespace tarn::table::internal {
namespace {

using iceberg::DataFile;
using iceberg::FileContent;
using iceberg::FileFormat;
using iceberg::PartitionTuple;
using iceberg::SequenceNumber;
using iceberg::Value;

/// The column of position delete files that holds paths (spec: Reserved Field IDs).
constexpr iceberg::FieldId kFilePathFieldId = 2147483546;

template <typename Number>
void AppendBytes(Number number, std::string* out) {
  char bytes[sizeof(Number)];
  std::memcpy(bytes, &number, sizeof(Number));
  out->append(bytes, sizeof(Number));
}

/// Spec and values as bytes that are equal only for equal partitions.
std::string PartitionKey(iceberg::SpecId spec_id, const PartitionTuple& partition) {
  std::string key;
  AppendBytes(spec_id.value, &key);
  for (const Value& value : partition) {
    key += static_cast<char>(value.index());
    std::visit(Overload{[](std::monostate) {},
                        [&](const std::string& text) {
                          AppendBytes(text.size(), &key);
                          key += text;
                        },
                        [&](auto number) { AppendBytes(number, &key); }},
               value);
  }
  return key;
}

bool IsDeletionVector(const DataFile& file) {
  return file.content == FileContent::kPositionDeletes &&
         file.format == FileFormat::kPuffin;
}

/// Entries without a sequence number come from v1 writers: 0.
SequenceNumber SequenceOf(const DeleteEntry& entry) {
  return entry->sequence_number.value_or(SequenceNumber{0});
}

/// False if the bounds of the delete file's paths leave `path` out.
bool PathBoundsAllow(const DataFile& delete_file, std::string_view path) {
  const iceberg::ColumnStats* stats = FindColumnStats(delete_file, kFilePathFieldId);
  if (stats == nullptr) {
    return true;
  }
  if (stats->lower_bound.has_value() && path < *stats->lower_bound) {
    return false;
  }
  // Some writers cut an upper bound without raising it.
  return !stats->upper_bound.has_value() || path <= *stats->upper_bound ||
         path.starts_with(*stats->upper_bound);
}

const std::vector<DeleteEntry>* Find(
    const std::unordered_map<std::string, std::vector<DeleteEntry>>& groups,
    const std::string& key) {
  const auto found = groups.find(key);
  return found == groups.end() ? nullptr : &found->second;
}

}  // namespace

std::string_view ReferencedDataFile(const DataFile& delete_file) {
  if (delete_file.content != FileContent::kPositionDeletes) {
    return {};
  }
  if (delete_file.referenced_data_file.has_value()) {
    return *delete_file.referenced_data_file;
  }
  const iceberg::ColumnStats* stats = FindColumnStats(delete_file, kFilePathFieldId);
  // Equal bounds are the one path itself, unless they were cut (at 16 characters by
  // default) by a writer that does not raise the upper one.
  constexpr size_t kTruncateLength = 16;
  const bool one_path = stats != nullptr && stats->lower_bound.has_value() &&
                        stats->lower_bound == stats->upper_bound &&
                        stats->lower_bound->size() > kTruncateLength;
  return one_path ? std::string_view(*stats->lower_bound) : std::string_view();
}

Status DeleteIndex::Add(DeleteEntry entry, const iceberg::PartitionSpec& spec) {
  const DataFile& file = entry->file;
  ++size_;
  if (file.content == FileContent::kEqualityDeletes) {
    Group& group =
        spec.is_unpartitioned()
            ? global_equality_
            : equality_by_partition_[PartitionKey(file.spec_id, file.partition)];
    group.push_back(std::move(entry));
    return Status::OK();
  }
  const std::string path(ReferencedDataFile(file));
  if (IsDeletionVector(file)) {
    if (path.empty()) {
      return MakeError(ErrorCode::kInvalidData,
                       "Deletion vector names no data file: " + file.file_path);
    }
    const auto [existing, added] = vectors_by_path_.emplace(path, std::move(entry));
    if (added) {
      return Status::OK();
    }
    return MakeError(ErrorCode::kInvalidData,
                     "Two deletion vectors for one data file: " + existing->first);
  }
  if (path.empty()) {
    positions_by_partition_[PartitionKey(file.spec_id, file.partition)].push_back(
        std::move(entry));
  } else {
    positions_by_path_[path].push_back(std::move(entry));
  }
  return Status::OK();
}

bool DeleteIndex::MayConcern(const std::string& path) const {
  return !positions_by_partition_.empty() || !equality_by_partition_.empty() ||
         !global_equality_.empty() || vectors_by_path_.contains(path) ||
         positions_by_path_.contains(path);
}

std::vector<DeleteEntry> DeleteIndex::For(const DataFile& file,
                                          SequenceNumber data_sequence_number) const {
  std::vector<DeleteEntry> result;
  if (size_ == 0) {
    return result;
  }
  std::string key;
  if (!positions_by_partition_.empty() || !equality_by_partition_.empty()) {
    key = PartitionKey(file.spec_id, file.partition);
  }
  const auto add_positions = [&](const Group* group) {
    if (group == nullptr) {
      return;
    }
    for (const DeleteEntry& entry : *group) {
      // Rows and their position deletes may come from one commit.
      if (data_sequence_number > SequenceOf(entry)) {
        continue;
      }
      if (PathBoundsAllow(entry->file, file.file_path)) {
        result.push_back(entry);
      }
    }
  };
  const auto add_equality = [&](const Group* group) {
    if (group == nullptr) {
      return;
    }
    for (const DeleteEntry& entry : *group) {
      if (data_sequence_number < SequenceOf(entry)) {
        result.push_back(entry);
      }
    }
  };
  const auto vector = vectors_by_path_.find(file.file_path);
  if (vector != vectors_by_path_.end() &&
      data_sequence_number <= SequenceOf(vector->second)) {
    result.push_back(vector->second);  // it has taken over all earlier position deletes
  } else {
    add_positions(Find(positions_by_path_, file.file_path));
    add_positions(Find(positions_by_partition_, key));
  }
  add_equality(&global_equality_);
  add_equality(Find(equality_by_partition_, key));
  return result;
}

}  // namespace tarn::table::internal
