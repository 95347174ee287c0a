#include "tarn/table/internal/manifest_rewrite.h"

#include <string>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/table/internal/manifest_files.h"
#include "tarn/table/internal/parallel.h"

namespace tarn::table::internal {
namespace {

using iceberg::DataFile;
using iceberg::EntryStatus;
using iceberg::Manifest;
using iceberg::ManifestEntry;
using iceberg::ManifestFile;
using iceberg::ManifestWriter;
using iceberg::PartitionSpec;

/// The schema whose types the partition values of `manifest` have.
std::shared_ptr<const iceberg::Schema> SchemaOf(const RewriteTarget& target,
                                                const Manifest& manifest) {
  const auto& own = manifest.header.schema;
  return own == nullptr || own->fields().empty() ? target.table.schema_ptr() : own;
}

DataFile WithoutStatistics(const DataFile& file) {
  DataFile result;
  result.content = file.content;
  result.file_path = file.file_path;
  result.format = file.format;
  result.spec_id = file.spec_id;
  result.partition = file.partition;
  result.record_count = file.record_count;
  result.file_size_bytes = file.file_size_bytes;
  return result;
}

/// `manifest` with its live entries as `goes` says, written anew.
Status WriteFiltered(const RewriteTarget& target, const ManifestFile& manifest,
                     const Manifest& loaded, const std::vector<bool>& goes,
                     FilteredManifest* result) {
  PartitionSpec spec = loaded.header.spec;
  spec.id = manifest.spec_id;
  const auto schema = SchemaOf(target, loaded);
  ManifestWriter::Options options;
  options.format_version = target.table.format_version;
  options.content = manifest.content;
  options.snapshot_id = target.snapshot_id;
  ManifestWriter writer(options, schema, spec);
  for (size_t i = 0; i < loaded.entries.size(); ++i) {
    if (!loaded.entries[i].is_live()) {
      continue;
    }
    ManifestEntry entry = loaded.entries[i];
    entry.status = goes[i] ? EntryStatus::kDeleted : EntryStatus::kExisting;
    if (goes[i]) {
      entry.snapshot_id = target.snapshot_id;
      result->removed.Add(entry.file,
                          PartitionText(spec, *schema, entry.file.partition));
      if (entry.file.content == iceberg::FileContent::kData) {
        result->removed_data_files.push_back(WithoutStatistics(entry.file));
      }
    }
    RETURN_NOT_OK(writer.Add(entry));
  }
  ARROW_ASSIGN_OR_RAISE(ManifestWriter::Finished finished, writer.Finish());
  ARROW_ASSIGN_OR_RAISE(result->manifest,
                        target.staged.WriteManifest(target.table, std::move(finished)));
  result->is_rewritten = true;
  return Status::OK();
}

}  // namespace

Result<std::shared_ptr<const Manifest>> OpenManifest(const Context& context,
                                                     const ManifestFile& list_entry) {
  ARROW_ASSIGN_OR_RAISE(Manifest loaded, LoadManifest(context.io, list_entry));
  for (ManifestEntry& entry : loaded.entries) {
    entry.file.spec_id = list_entry.spec_id;
  }
  return std::make_shared<const Manifest>(std::move(loaded));
}

Result<FilteredManifest> FilterManifest(const RewriteTarget& target,
                                        const ManifestFile& manifest,
                                        const RemovalPredicate& goes) {
  FilteredManifest result;
  result.manifest = manifest;
  if (HasNoLiveEntries(manifest)) {
    return result;
  }
  ARROW_ASSIGN_OR_RAISE(const auto loaded, OpenManifest(target.context, manifest));
  std::vector<bool> decisions(loaded->entries.size(), false);
  bool any = false;
  for (size_t i = 0; i < loaded->entries.size(); ++i) {
    if (!loaded->entries[i].is_live()) {
      continue;
    }
    Result<bool> decision = goes(loaded->entries[i]);
    if (!decision.ok()) {
      return decision.status();
    }
    decisions[i] = *decision;
    any = any || *decision;
  }
  if (any) {
    RETURN_NOT_OK(WriteFiltered(target, manifest, *loaded, decisions, &result));
  }
  return result;
}

Result<RemovedFiles> RemoveAllFiles(const RewriteTarget& target,
                                    const std::vector<ManifestFile>& manifests) {
  std::vector<FilteredManifest> parts(manifests.size());
  const auto goes = [](const ManifestEntry&) -> Result<bool> { return true; };
  RETURN_NOT_OK(
      ForEachParallel(manifests.size(), kManifestThreads, [&](size_t i) -> Status {
        ARROW_ASSIGN_OR_RAISE(parts[i], FilterManifest(target, manifests[i], goes));
        return Status::OK();
      }));
  RemovedFiles removed;
  for (FilteredManifest& part : parts) {
    if (part.is_rewritten) {
      removed.manifests.push_back(std::move(part.manifest));
    }
    removed.totals.Add(part.removed);
  }
  return removed;
}

Status CompleteCounts(const RewriteTarget& target, std::vector<ManifestFile>* manifests) {
  return ForEachParallel(
      manifests->size(), kManifestThreads, [&](size_t i) -> Status {
        ManifestFile& manifest = (*manifests)[i];
        const bool complete = manifest.added_files_count &&
                              manifest.existing_files_count &&
                              manifest.deleted_files_count && manifest.added_rows_count &&
                              manifest.existing_rows_count && manifest.deleted_rows_count;
        if (complete) {
          return Status::OK();
        }
        ARROW_ASSIGN_OR_RAISE(const auto loaded, OpenManifest(target.context, manifest));
        int32_t files[3] = {0, 0, 0};  // by EntryStatus
        int64_t rows[3] = {0, 0, 0};
        for (const ManifestEntry& entry : loaded->entries) {
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
          ARROW_ASSIGN_OR_RAISE(const io::FileInfo info,
                                target.context.io.Stat(manifest.path));
          manifest.length_bytes = info.size_bytes;
        }
        return Status::OK();
      });
}

}  // namespace tarn::table::internal
