#include "tarn/table/internal/summary.h"

#include <charconv>
#include <optional>
#include <utility>

namespace tarn::table::internal {
namespace {

using iceberg::DataFile;
using iceberg::FileContent;

using Properties = std::map<std::string, std::string>;

void SetIfPositive(const std::string& key, int64_t count, Properties* summary) {
  if (count > 0) {
    (*summary)[key] = std::to_string(count);
  }
}

/// The parent's total under `key`; 0 before the first snapshot, nullopt if the parent
/// does not say.
std::optional<int64_t> TotalOf(const iceberg::Snapshot* parent, const std::string& key) {
  if (parent == nullptr) {
    return 0;
  }
  const auto found = parent->summary.find(key);
  if (found == parent->summary.end()) {
    return std::nullopt;
  }
  const std::string& text = found->second;
  int64_t total = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), total);
  const bool valid = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  return valid && total >= 0 ? std::optional(total) : std::nullopt;
}

struct Total {
  const char* key;
  int64_t added;
  int64_t removed;
};

}  // namespace

std::string PartitionText(const iceberg::PartitionSpec& spec,
                          const iceberg::Schema& schema,
                          const iceberg::PartitionTuple& tuple) {
  return std::to_string(spec.id.value) + ":" + PartitionPath(spec, schema, tuple);
}

bool IsDeletionVector(const DataFile& file) {
  return file.content == FileContent::kPositionDeletes &&
         file.format == iceberg::FileFormat::kPuffin;
}

void FileTotals::Add(const DataFile& file, std::string partition) {
  bytes += IsDeletionVector(file) ? file.content_size_bytes.value_or(file.file_size_bytes)
                                  : file.file_size_bytes;
  partitions.insert(std::move(partition));
  switch (file.content) {
    case FileContent::kData:
      ++data_files;
      records += file.record_count;
      break;
    case FileContent::kPositionDeletes:
      ++(IsDeletionVector(file) ? deletion_vectors : position_delete_files);
      position_deletes += file.record_count;
      break;
    case FileContent::kEqualityDeletes:
      ++equality_delete_files;
      equality_deletes += file.record_count;
      break;
  }
}

void FileTotals::Add(const FileTotals& other) {
  data_files += other.data_files;
  records += other.records;
  bytes += other.bytes;
  position_delete_files += other.position_delete_files;
  deletion_vectors += other.deletion_vectors;
  equality_delete_files += other.equality_delete_files;
  position_deletes += other.position_deletes;
  equality_deletes += other.equality_deletes;
  partitions.insert(other.partitions.begin(), other.partitions.end());
}

Properties MakeSummary(const FileTotals& added, const FileTotals& removed,
                       const iceberg::Snapshot* parent, Replaces replaces,
                       const Properties& extra) {
  Properties summary = extra;
  SetIfPositive("added-data-files", added.data_files, &summary);
  SetIfPositive("added-records", added.records, &summary);
  SetIfPositive("added-files-size", added.bytes, &summary);
  SetIfPositive("added-delete-files", added.delete_files(), &summary);
  SetIfPositive("added-position-delete-files", added.position_delete_files, &summary);
  SetIfPositive("added-dvs", added.deletion_vectors, &summary);
  SetIfPositive("added-equality-delete-files", added.equality_delete_files, &summary);
  SetIfPositive("added-position-deletes", added.position_deletes, &summary);
  SetIfPositive("added-equality-deletes", added.equality_deletes, &summary);
  SetIfPositive("deleted-data-files", removed.data_files, &summary);
  SetIfPositive("deleted-records", removed.records, &summary);
  SetIfPositive("removed-files-size", removed.bytes, &summary);
  SetIfPositive("removed-delete-files", removed.delete_files(), &summary);
  SetIfPositive("removed-position-delete-files", removed.position_delete_files, &summary);
  SetIfPositive("removed-dvs", removed.deletion_vectors, &summary);
  SetIfPositive("removed-equality-delete-files", removed.equality_delete_files, &summary);
  SetIfPositive("removed-position-deletes", removed.position_deletes, &summary);
  SetIfPositive("removed-equality-deletes", removed.equality_deletes, &summary);
  std::set<std::string> partitions = added.partitions;
  partitions.insert(removed.partitions.begin(), removed.partitions.end());
  summary["changed-partition-count"] = std::to_string(partitions.size());

  const Total totals[] = {
      {"total-data-files", added.data_files, removed.data_files},
      {"total-records", added.records, removed.records},
      {"total-files-size", added.bytes, removed.bytes},
      {"total-delete-files", added.delete_files(), removed.delete_files()},
      {"total-position-deletes", added.position_deletes, removed.position_deletes},
      {"total-equality-deletes", added.equality_deletes, removed.equality_deletes},
  };
  for (const Total& total : totals) {
    summary.erase(total.key);
    if (replaces == Replaces::kEverything) {
      summary[total.key] = std::to_string(total.added);
      continue;
    }
    const std::optional<int64_t> before = TotalOf(parent, total.key);
    if (!before.has_value()) {
      continue;
    }
    const int64_t after = *before + total.added - total.removed;
    if (after >= 0) {
      summary[total.key] = std::to_string(after);
    }
  }
  return summary;
}

}  // namespace tarn::table::internal
