#include "tarn/table/internal/manifest_rewrite.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <string>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/iceberg/metrics_evaluator.h"
#include "tarn/table/internal/manifest_files.h"
#include "tarn/table/internal/parallel.h"

namespace tarn::table::internal {
namespace {

using iceberg::EntryStatus;
using iceberg::Manifest;
using iceberg::ManifestContent;
using iceberg::ManifestEntry;
using iceberg::ManifestFile;
using iceberg::ManifestWriter;
using iceberg::PartitionSpec;
using iceberg::TableMetadata;
using iceberg::Type;

constexpr int32_t kThreads = 4;

int64_t IntegerProperty(const TableMetadata& table, const std::string& key,
                        int64_t otherwise) {
  const std::string text = table.Property(key, "");
  int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool valid = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  return valid && number > 0 ? number : otherwise;
}

ManifestWriter::Options WriterOptions(const RewriteTarget& target,
                                      ManifestContent content) {
  ManifestWriter::Options options;
  options.format_version = target.table.format_version;
  options.content = content;
  options.snapshot_id = target.snapshot_id;
  return options;
}

struct RemovedFromOne {
  std::optional<ManifestFile> manifest;  // unset if there was nothing to remove
  FileTotals totals;
};

Result<RemovedFromOne> RemoveFiles(const RewriteTarget& target,
                                   const ManifestFile& manifest) {
  RemovedFromOne removed;
  if (HasNoLiveEntries(manifest)) {
    return removed;
  }
  ARROW_ASSIGN_OR_RAISE(Manifest loaded, LoadManifest(target.io, manifest));
  PartitionSpec spec = loaded.header.spec;
  spec.id = manifest.spec_id;
  ManifestWriter writer(WriterOptions(target, manifest.content), loaded.header.schema,
                        spec);
  bool is_empty = true;
  for (ManifestEntry& entry : loaded.entries) {
    if (!entry.is_live()) {
      continue;
    }
    is_empty = false;
    entry.status = EntryStatus::kDeleted;
    entry.snapshot_id = target.snapshot_id;
    removed.totals.Add(
        entry.file, std::to_string(spec.id.value) + ":" +
                        PartitionPath(spec, *loaded.header.schema, entry.file.partition));
    RETURN_NOT_OK(writer.Add(entry));
  }
  if (is_empty) {
    return removed;
  }
  ARROW_ASSIGN_OR_RAISE(ManifestWriter::Finished finished, writer.Finish());
  ARROW_ASSIGN_OR_RAISE(removed.manifest,
                        target.staged.WriteManifest(target.table, std::move(finished)));
  return removed;
}

/// Live entries of several manifests of one spec in one new manifest; nullopt if there
/// are none.
Result<std::optional<ManifestFile>> Merge(const RewriteTarget& target,
                                          const PartitionSpec& spec,
                                          const std::vector<Type>& types,
                                          const std::vector<ManifestFile>& manifests) {
  std::vector<Manifest> loaded(manifests.size());
  RETURN_NOT_OK(ForEachParallel(manifests.size(), kThreads, [&](size_t i) -> Status {
    if (HasNoLiveEntries(manifests[i])) {
      return Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(loaded[i], LoadManifest(target.io, manifests[i]));
    return Status::OK();
  }));
  ManifestWriter writer(WriterOptions(target, ManifestContent::kData),
                        target.table.schema_ptr(), spec);
  bool is_empty = true;
  for (Manifest& manifest : loaded) {
    for (ManifestEntry& entry : manifest.entries) {
      if (!entry.is_live()) {
        continue;
      }
      is_empty = false;
      entry.status = EntryStatus::kExisting;
      RETURN_NOT_OK(NormalizePartition(spec, types, &entry.file.partition));
      RETURN_NOT_OK(writer.Add(entry));
    }
  }
  if (is_empty) {
    return std::optional<ManifestFile>();
  }
  ARROW_ASSIGN_OR_RAISE(ManifestWriter::Finished finished, writer.Finish());
  ARROW_ASSIGN_OR_RAISE(ManifestFile merged,
                        target.staged.WriteManifest(target.table, std::move(finished)));
  return std::optional<ManifestFile>(std::move(merged));
}

/// Consecutive small manifests of one spec, up to the target size together.
struct Bin {
  std::vector<ManifestFile> manifests = {};
  int64_t bytes = 0;
};

bool CanMerge(const RewriteTarget& target, const ManifestFile& manifest,
              int64_t bytes_max) {
  if (manifest.content != ManifestContent::kData || manifest.length_bytes >= bytes_max) {
    return false;
  }
  // Row ids of such a manifest are given by the list being written; merged with others it
  // would lose them.
  if (target.table.format_version >= 3 && !manifest.first_row_id.has_value()) {
    return false;
  }
  const PartitionSpec* spec = target.table.FindSpec(manifest.spec_id);
  if (spec == nullptr) {
    return false;
  }
  // Partition values of a dropped source have no type under the current schema to be
  // written as.
  const std::vector<Type> types = PartitionTypes(*spec, target.table.schema());
  return std::ranges::none_of(
      types, [](const Type& type) { return type.id() == iceberg::TypeId::kUnknown; });
}

}  // namespace

Result<RemovedFiles> RemoveAllFiles(const RewriteTarget& target,
                                    const std::vector<ManifestFile>& manifests) {
  std::vector<RemovedFromOne> parts(manifests.size());
  RETURN_NOT_OK(ForEachParallel(manifests.size(), kThreads, [&](size_t i) -> Status {
    ARROW_ASSIGN_OR_RAISE(parts[i], RemoveFiles(target, manifests[i]));
    return Status::OK();
  }));
  RemovedFiles removed;
  for (RemovedFromOne& part : parts) {
    if (part.manifest.has_value()) {
      removed.manifests.push_back(std::move(*part.manifest));
    }
    removed.totals.Add(part.totals);
  }
  return removed;
}

Result<std::vector<ManifestFile>> MergeSmallManifests(const RewriteTarget& target,
                                                      std::vector<ManifestFile> carried,
                                                      size_t num_added) {
  constexpr int64_t kMinCount = 100;
  constexpr int64_t kTargetBytes = int64_t{8} << 20;
  const TableMetadata& table = target.table;
  const int64_t min_count =
      IntegerProperty(table, "commit.manifest.min-count-to-merge", kMinCount);
  const int64_t bytes_max =
      IntegerProperty(table, "commit.manifest.target-size-bytes", kTargetBytes);
  const bool is_enabled =
      table.Property("commit.manifest-merge.enabled", "true") == "true";
  if (!is_enabled || static_cast<int64_t>(carried.size() + num_added) <= min_count) {
    return carried;
  }

  std::vector<ManifestFile> result;
  std::map<int32_t, Bin> open_bins;  // by spec id
  const auto close = [&](int32_t spec_id) -> Status {
    Bin bin = std::exchange(open_bins[spec_id], Bin{});
    if (bin.manifests.size() < 2) {
      std::ranges::move(bin.manifests, std::back_inserter(result));
      return Status::OK();
    }
    const PartitionSpec& spec = *table.FindSpec(iceberg::SpecId{{spec_id}});
    const std::vector<Type> types = PartitionTypes(spec, table.schema());
    ARROW_ASSIGN_OR_RAISE(auto merged, Merge(target, spec, types, bin.manifests));
    if (merged.has_value()) {
      result.push_back(std::move(*merged));
    }
    return Status::OK();
  };
  for (ManifestFile& manifest : carried) {
    if (!CanMerge(target, manifest, bytes_max)) {
      result.push_back(std::move(manifest));
      continue;
    }
    const int32_t spec_id = manifest.spec_id.value;
    if (open_bins[spec_id].bytes + manifest.length_bytes > bytes_max) {
      RETURN_NOT_OK(close(spec_id));
    }
    Bin& bin = open_bins[spec_id];
    bin.bytes += manifest.length_bytes;
    bin.manifests.push_back(std::move(manifest));
  }
  std::vector<int32_t> spec_ids;
  for (const auto& [spec_id, bin] : open_bins) {
    spec_ids.push_back(spec_id);
  }
  for (const int32_t spec_id : spec_ids) {
    RETURN_NOT_OK(close(spec_id));
  }
  return result;
}

Status CompleteCounts(const RewriteTarget& target, std::vector<ManifestFile>* manifests) {
  return ForEachParallel(manifests->size(), kThreads, [&](size_t i) -> Status {
    ManifestFile& manifest = (*manifests)[i];
    const bool complete = manifest.added_files_count && manifest.existing_files_count &&
                          manifest.deleted_files_count && manifest.added_rows_count &&
                          manifest.existing_rows_count && manifest.deleted_rows_count;
    if (complete) {
      return Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(const Manifest loaded, LoadManifest(target.io, manifest));
    int32_t files[3] = {0, 0, 0};  // by EntryStatus
    int64_t rows[3] = {0, 0, 0};
    for (const ManifestEntry& entry : loaded.entries) {
      const auto status = static_cast<size_t>(entry.status);
      ++files[status];
      rows[status] += entry.file.record_count;
    }
    manifest.existing_files_count = files[0];
    manifest.added_files_count = files[1];
    manifest.deleted_files_count = files[2];
    manifest.existing_rows_count = rows[0];
    manifest.added_rows_count = rows[1];
    manifest.deleted_rows_count = rows[2];
    if (manifest.length_bytes == 0) {
      ARROW_ASSIGN_OR_RAISE(const io::FileInfo info, target.io.Stat(manifest.path));
      manifest.length_bytes = info.size_bytes;
    }
    return Status::OK();
  });
}

}  // namespace tarn::table::internal
