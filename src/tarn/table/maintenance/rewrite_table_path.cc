#include "tarn/table/maintenance/rewrite_table_path.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "tarn/base/error.h"
#include "tarn/table/internal/parallel.h"
#include "tarn/table/maintenance/file_location.h"
#include "tarn/table/maintenance/internal/path_rewriter.h"
#include "tarn/table/scan.h"

namespace tarn::table {
namespace {

using catalog::LoadedTable;
using iceberg::ManifestFile;
using iceberg::Snapshot;
using iceberg::TableMetadata;

constexpr int32_t kThreads = 4;

std::string NameOf(const std::string& location) {
  return location.substr(location.rfind('/') + 1);
}

std::string WithoutTrailingSlash(std::string prefix) {
  while (prefix.size() > 1 && prefix.ends_with('/')) {
    prefix.pop_back();
  }
  return prefix;
}

std::string CsvField(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) {
    return text;
  }
  std::string quoted = "\"";
  for (const char c : text) {
    quoted += c;
    if (c == '"') {
      quoted += c;
    }
  }
  return quoted + '"';
}

class TablePathRewrite {
 public:
  TablePathRewrite(const Context& context, const LoadedTable& table,
                   const RewriteTablePathOptions& options)
      : context_(context), table_(table), options_(options) {}

  Result<RewriteTablePathResult> Run() {
    internal::PathMapping mapping;
    mapping.source_prefix = WithoutTrailingSlash(options_.source_prefix);
    mapping.target_prefix = WithoutTrailingSlash(options_.target_prefix);
    mapping.staging = WithoutTrailingSlash(StagingLocation());
    RETURN_NOT_OK(Check(mapping));
    result_.staging_location = mapping.staging;
    RETURN_NOT_OK(ChooseVersions());
    internal::PathRewriter rewriter(context_.io, std::move(mapping));
    RETURN_NOT_OK(RewriteVersions(rewriter));
    RETURN_NOT_OK(RewriteSnapshots(rewriter));
    RETURN_NOT_OK(ListStatistics(rewriter));
    result_.rewritten_delete_files_count = rewriter.num_delete_files();
    result_.files_to_copy_count = static_cast<int64_t>(rewriter.copies().size());
    RETURN_NOT_OK(WriteFileList(rewriter));
    return result_;
  }

 private:
  /// A metadata file of the table, and what it holds.
  struct Version {
    std::string location;
    std::shared_ptr<const TableMetadata> metadata;
  };

  std::string StagingLocation() const {
    if (!options_.staging_location.empty()) {
      return options_.staging_location;
    }
    const std::string folder = table_.metadata->Property("write.metadata.path", "");
    return io::JoinLocation(
        folder.empty() ? io::JoinLocation(table_.metadata->location, "metadata") : folder,
        "copy-table-staging-" + NewUuid(context_.random));
  }

  static Status Check(const internal::PathMapping& mapping) {
    if (mapping.source_prefix.empty() || mapping.target_prefix.empty() ||
        PathBelow(mapping.target_prefix, mapping.source_prefix) == "") {
      return MakeError(ErrorCode::kInvalidArgument,
                       "Source and target prefix must be given and differ: " +
                           mapping.source_prefix + ", " + mapping.target_prefix);
    }
    return Status::OK();
  }

  Result<std::shared_ptr<const TableMetadata>> ReadMetadata(const std::string& location) {
    ARROW_ASSIGN_OR_RAISE(std::string bytes, context_.io.ReadAll(location));
    ARROW_ASSIGN_OR_RAISE(const std::string json,
                          iceberg::MetadataBytesToJson(std::move(bytes)));
    return iceberg::TableMetadataFromJson(json);
  }

  bool IsVersion(const std::string& location, const std::string& wanted) const {
    return location == wanted || NameOf(location) == wanted;
  }

  /// Fills in versions_: after the start, up to the end. Files that are gone are noted.
  Status ChooseVersions() {
    std::vector<std::string> locations;
    for (const iceberg::MetadataLogEntry& entry : table_.metadata->metadata_log) {
      locations.push_back(entry.metadata_file);
    }
    locations.push_back(table_.metadata_location);
    bool has_begun = options_.start_version.empty();
    bool has_ended = false;
    for (const std::string& location : locations) {
      const Result<std::shared_ptr<const TableMetadata>> metadata =
          ReadMetadata(location);
      const bool is_missing =
          !metadata.ok() && CodeOf(metadata.status()) == ErrorCode::kNoSuchFile;
      exists_[location] = !is_missing;
      if (!metadata.ok() && !is_missing) {
        return WithContext("Metadata file " + location + ": ", metadata.status());
      }
      const bool is_last = options_.end_version.empty()
                               ? location == table_.metadata_location
                               : IsVersion(location, options_.end_version);
      if (has_begun && metadata.ok()) {
        versions_.push_back({location, *metadata});
      }
      if (!has_begun && IsVersion(location, options_.start_version)) {
        has_begun = true;
        if (metadata.ok()) {
          start_ = *metadata;
        }
      }
      if (is_last) {
        has_ended = true;
        break;
      }
    }
    const bool is_whole = has_begun && has_ended && !versions_.empty() &&
                          (options_.start_version.empty() || start_ != nullptr);
    if (!is_whole) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "The metadata log of " + table_.ident.ToString() +
                           " has no versions from " + options_.start_version + " to " +
                           options_.end_version);
    }
    result_.latest_version = NameOf(versions_.back().location);
    return Status::OK();
  }

  Status RewriteVersions(internal::PathRewriter& rewriter) {
    for (const Version& version : versions_) {
      RETURN_NOT_OK(options_.control.Check());
      ARROW_ASSIGN_OR_RAISE(const TableMetadata rewritten,
                            rewriter.Rewrite(*version.metadata, exists_));
      ARROW_ASSIGN_OR_RAISE(const std::string bytes,
                            iceberg::TableMetadataToFileBytes(rewritten));
      RETURN_NOT_OK(rewriter.Stage(version.location, bytes));
      ++result_.rewritten_metadata_files_count;
    }
    return Status::OK();
  }

  /// Snapshots of any version to be copied that the start does not have. Those that only
  /// earlier versions had have expired: their files may be gone.
  std::vector<Snapshot> SnapshotsToCopy() const {
    std::vector<Snapshot> snapshots;
    for (const Snapshot& snapshot : versions_.back().metadata->snapshots) {
      if (start_ == nullptr || start_->FindSnapshot(snapshot.id) == nullptr) {
        snapshots.push_back(snapshot);
      }
    }
    return snapshots;
  }

  Status RewriteSnapshots(internal::PathRewriter& rewriter) {
    const TableMetadata& metadata = *versions_.back().metadata;
    const std::vector<Snapshot> snapshots = SnapshotsToCopy();
    std::vector<std::vector<ManifestFile>> lists(snapshots.size());
    std::map<std::string, ManifestFile> manifests;  // by source path
    for (size_t i = 0; i < snapshots.size(); ++i) {
      ARROW_ASSIGN_OR_RAISE(lists[i], LoadManifests(context_.io, metadata, snapshots[i]));
      for (const ManifestFile& manifest : lists[i]) {
        manifests.try_emplace(manifest.path, manifest);
      }
    }
    std::vector<ManifestFile*> unstaged;
    for (auto& [path, manifest] : manifests) {
      unstaged.push_back(&manifest);
    }
    RETURN_NOT_OK(
        internal::ForEachParallel(unstaged.size(), kThreads, [&](size_t i) -> Status {
          RETURN_NOT_OK(options_.control.Check());
          return rewriter.StageManifest(unstaged[i]);
        }));
    result_.rewritten_manifests_count = static_cast<int64_t>(manifests.size());
    for (size_t i = 0; i < snapshots.size(); ++i) {
      if (snapshots[i].manifest_list.empty()) {
        continue;  // an old v1 snapshot names its manifests itself
      }
      for (ManifestFile& manifest : lists[i]) {
        const ManifestFile& staged = manifests.at(manifest.path);
        manifest.path = staged.path;
        manifest.length_bytes = staged.length_bytes;
      }
      RETURN_NOT_OK(rewriter.StageManifestList(snapshots[i], lists[i],
                                               ListVersion(metadata, snapshots[i])));
      ++result_.rewritten_manifest_lists_count;
    }
    return Status::OK();
  }

  /// The version to write a snapshot's list in: one from before an upgrade has no row ids
  /// or sequence numbers to give.
  static int32_t ListVersion(const TableMetadata& metadata, const Snapshot& snapshot) {
    if (metadata.format_version >= 3 && !snapshot.first_row_id) {
      return 2;
    }
    return metadata.format_version;
  }

  Status ListStatistics(internal::PathRewriter& rewriter) const {
    const TableMetadata& metadata = *versions_.back().metadata;
    for (const iceberg::StatisticsFile& file : metadata.statistics) {
      RETURN_NOT_OK(rewriter.CopyAsIs(file.path));
    }
    for (const iceberg::PartitionStatisticsFile& file : metadata.partition_statistics) {
      RETURN_NOT_OK(rewriter.CopyAsIs(file.path));
    }
    return Status::OK();
  }

  Status WriteFileList(const internal::PathRewriter& rewriter) {
    if (!options_.create_file_list) {
      return Status::OK();
    }
    std::string csv;
    for (const auto& [target, source] : rewriter.copies()) {
      csv += CsvField(source) + "," + CsvField(target) + "\n";
    }
    result_.file_list_location =
        io::JoinLocation(result_.staging_location, "file-list.csv");
    return context_.io.WriteNew(result_.file_list_location, csv);
  }

  const Context& context_;
  const LoadedTable& table_;
  const RewriteTablePathOptions& options_;
  std::vector<Version> versions_;  // to be copied, oldest first
  std::shared_ptr<const TableMetadata> start_;
  std::map<std::string, bool> exists_;  // by location of the metadata file
  RewriteTablePathResult result_;
};

}  // namespace

Result<RewriteTablePathResult> RewriteTablePath(const Context& context,
                                                const iceberg::TableIdent& ident,
                                                const RewriteTablePathOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const LoadedTable table, context.catalog.LoadTable(ident));
  return TablePathRewrite(context, table, options).Run();
}

}  // namespace tarn::table
