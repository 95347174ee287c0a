#include "tarn/table/internal/manifest_rewrite.h"

#include <string>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/table/internal/manifest_files.h"
#include "tarn/table/internal/parallel.h"
#include "tarn/table/manifest_cache.h"

namespace tarn::table::internal {
namespace {

using iceberg::DataFile;
using iceberg::EntryStatus;
using iceberg::ManifestEntry;
using iceberg::ManifestFile;
using iceberg::ManifestWriter;
using iceberg::PartitionSpec;

/// The schema whose types the partition values of `manifest` have.
std::shared_ptr<const iceberg::Schema> SchemaOf(const RewriteTarget& target,
                                                const OpenedManifest& manifest) {
  const auto& own = manifest.columns->header().schema;
  return own == nullptr || own->fields().empty() ? target.table.schema_ptr() : own;
}

/// `manifest` with its live entries as `goes` says, written anew.
Status WriteFiltered(const RewriteTarget& target, const ManifestFile& manifest,
                     const OpenedManifest& loaded, const std::vector<bool>& goes,
                     FilteredManifest* result) {
  PartitionSpec spec = loaded.columns->header().spec;
  spec.id = manifest.spec_id;
  const auto schema = SchemaOf(target, loaded);
  ManifestWriter::Options options;
  options.format_version = target.table.format_version;
  options.content = manifest.content;
  options.snapshot_id = target.snapshot_id;
  ManifestWriter writer(options, schema, spec);
  for (size_t i = 0; i < loaded.size(); ++i) {
    if (!loaded.columns->is_live(i)) {
      continue;
    }
    ManifestEntry entry = loaded.EntryAt(i);
    entry.status = goes[i] ? EntryStatus::kDeleted : EntryStatus::kExisting;
    if (goes[i]) {
      entry.snapshot_id = target.snapshot_id;
      result->removed.Add(entry.file, PartitionText(spec, *schema, entry.file.partition));
      if (entry.file.content == iceberg::FileContent::kData) {
        result->removed_data_files.push_back(loaded.FileAt(i));
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

ManifestEntry OpenedManifest::EntryAt(size_t row) const {
  ManifestEntry entry = columns->EntryAt(row);
  entry.file.spec_id = spec_id;
  return entry;
}

DataFile OpenedManifest::FileAt(size_t row) const {
  DataFile file = columns->FileAt(row, iceberg::StatsKept::kNo);
  file.spec_id = spec_id;
  return file;
}

Result<OpenedManifest> OpenManifest(const Context& context,
                                    const ManifestFile& list_entry) {
  OpenedManifest opened;
  opened.spec_id = list_entry.spec_id;
  ManifestCache uncached(0);
  ManifestCache& cache = context.manifests != nullptr ? *context.manifests : uncached;
  ARROW_ASSIGN_OR_RAISE(opened.columns, cache.ReadManifest(context.io, list_entry));
  return opened;
}

Result<std::vector<ManifestFile>> OpenManifestListOf(const Context& context,
                                                     const iceberg::TableMetadata& table,
                                                     const iceberg::Snapshot& snapshot) {
  ManifestCache uncached(0);
  ManifestCache& cache = context.manifests != nullptr ? *context.manifests : uncached;
  ARROW_ASSIGN_OR_RAISE(const auto list, cache.ReadList(context.io, table, snapshot));
  return *list;
}

Result<FilteredManifest> FilterManifest(const RewriteTarget& target,
                                        const ManifestFile& manifest,
                                        const RemovalPredicate& goes) {
  FilteredManifest result;
  result.manifest = manifest;
  if (HasNoLiveEntries(manifest)) {
    return result;
  }
  ARROW_ASSIGN_OR_RAISE(const OpenedManifest loaded,
                        OpenManifest(target.context, manifest));
  std::vector<bool> decisions(loaded.size(), false);
  bool any = false;
  for (size_t i = 0; i < loaded.size(); ++i) {
    if (!loaded.columns->is_live(i)) {
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(const bool decision, goes(loaded, i));
    decisions[i] = decision;
    any = any || decision;
  }
  if (any) {
    RETURN_NOT_OK(WriteFiltered(target, manifest, loaded, decisions, &result));
  }
  return result;
}

Result<RemovedFiles> RemoveAllFiles(const RewriteTarget& target,
                                    const std::vector<ManifestFile>& manifests) {
  std::vector<FilteredManifest> parts(manifests.size());
  const auto goes = [](const OpenedManifest&, size_t) -> Result<bool> { return true; };
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
  return ForEachParallel(manifests->size(), kManifestThreads, [&](size_t i) -> Status {
    ManifestFile& manifest = (*manifests)[i];
    const bool complete = manifest.added_files_count && manifest.existing_files_count &&
                          manifest.deleted_files_count && manifest.added_rows_count &&
                          manifest.existing_rows_count && manifest.deleted_rows_count;
    if (complete) {
      return Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(const OpenedManifest loaded,
                          OpenManifest(target.context, manifest));
    int32_t files[3] = {0, 0, 0};  // by EntryStatus
    int64_t rows[3] = {0, 0, 0};
    for (size_t row = 0; row < loaded.size(); ++row) {
      const auto status = static_cast<size_t>(loaded.columns->status(row));
      ++files[status];
      rows[status] += loaded.columns->record_count(row);
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
