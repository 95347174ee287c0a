#include "tarn/table/internal/manifest_merge.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/iceberg/metrics_evaluator.h"
#include "tarn/table/internal/manifest_files.h"
#include "tarn/table/internal/parallel.h"

namespace tarn::table::internal {
namespace {

using iceberg::ManifestContent;
using iceberg::ManifestEntry;
using iceberg::ManifestFile;
using iceberg::ManifestWriter;
using iceberg::PartitionSpec;
using iceberg::TableMetadata;
using iceberg::Type;

int64_t IntegerProperty(const TableMetadata& table, const std::string& key,
                        int64_t otherwise) {
  const std::string text = table.Property(key, "");
  int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool valid = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  return valid && number > 0 ? number : otherwise;
}

/// What is merged together: manifests of one content and spec, in their order.
using Group = std::pair<ManifestContent, int32_t>;
struct Bin {
  std::vector<ManifestFile> manifests = {};
  int64_t bytes = 0;
};

/// Live entries of the bin's manifests in one new manifest; nullopt if there are none.
Result<std::optional<ManifestFile>> Merge(const RewriteTarget& target, const Group& group,
                                          const std::vector<ManifestFile>& manifests) {
  std::vector<OpenedManifest> loaded(manifests.size());
  RETURN_NOT_OK(
      ForEachParallel(manifests.size(), kManifestThreads, [&](size_t i) -> Status {
        if (HasNoLiveEntries(manifests[i])) {
          return Status::OK();
        }
        ARROW_ASSIGN_OR_RAISE(loaded[i], OpenManifest(target.context, manifests[i]));
        return Status::OK();
      }));
  const PartitionSpec& spec = *target.table.FindSpec(iceberg::SpecId{{group.second}});
  const std::vector<Type> types = PartitionTypes(spec, target.table.schema());
  ManifestWriter::Options options;
  options.format_version = target.table.format_version;
  options.content = group.first;
  options.snapshot_id = target.snapshot_id;
  ManifestWriter writer(options, target.table.schema_ptr(), spec);
  bool is_empty = true;
  for (const OpenedManifest& manifest : loaded) {
    for (size_t row = 0; manifest.columns && row < manifest.size(); ++row) {
      if (!manifest.columns->is_live(row)) {
        continue;
      }
      is_empty = false;
      ManifestEntry entry = manifest.EntryAt(row);
      entry.status = iceberg::EntryStatus::kExisting;
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

class Merger {
 public:
  Merger(const RewriteTarget& target, const std::vector<ManifestFile>& added)
      : target_(target) {
    constexpr int64_t kMinCount = 100;
    constexpr int64_t kTargetBytes = int64_t{8} << 20;
    const TableMetadata& table = target.table;
    min_count_ = IntegerProperty(table, "commit.manifest.min-count-to-merge", kMinCount);
    bytes_max_ =
        IntegerProperty(table, "commit.manifest.target-size-bytes", kTargetBytes);
    is_enabled_ = table.Property("commit.manifest-merge.enabled", "true") == "true";
    Count(added);
  }

  Result<std::vector<ManifestFile>> Run(std::vector<ManifestFile> carried) {
    Count(carried);
    for (ManifestFile& manifest : carried) {
      if (!CanMerge(manifest)) {
        result_.push_back(std::move(manifest));
        continue;
      }
      const Group group{manifest.content, manifest.spec_id.value};
      if (open_bins_[group].bytes + manifest.length_bytes > bytes_max_) {
        RETURN_NOT_OK(Close(group));
      }
      Bin& bin = open_bins_[group];
      bin.bytes += manifest.length_bytes;
      bin.manifests.push_back(std::move(manifest));
    }
    std::vector<Group> groups;
    for (const auto& [group, bin] : open_bins_) {
      groups.push_back(group);
    }
    for (const Group& group : groups) {
      RETURN_NOT_OK(Close(group));
    }
    return std::move(result_);
  }

 private:
  void Count(const std::vector<ManifestFile>& manifests) {
    for (const ManifestFile& manifest : manifests) {
      ++counts_[manifest.content];
    }
  }

  bool CanMerge(const ManifestFile& manifest) const {
    if (!is_enabled_ || counts_.at(manifest.content) <= min_count_ ||
        manifest.length_bytes >= bytes_max_ ||
        manifest.added_snapshot_id == target_.snapshot_id) {
      return false;
    }
    // Row ids of such a manifest are given by the list being written; merged with others
    // it would lose them.
    if (manifest.content == ManifestContent::kData && target_.table.format_version >= 3 &&
        !manifest.first_row_id.has_value()) {
      return false;
    }
    const PartitionSpec* spec = target_.table.FindSpec(manifest.spec_id);
    if (spec == nullptr) {
      return false;
    }
    // Partition values of a dropped source have no type under the current schema to be
    // written as.
    const std::vector<Type> types = PartitionTypes(*spec, target_.table.schema());
    return std::ranges::none_of(
        types, [](const Type& type) { return type.id() == iceberg::TypeId::kUnknown; });
  }

  Status Close(const Group& group) {
    Bin bin = std::exchange(open_bins_[group], Bin{});
    if (bin.manifests.size() < 2) {
      std::ranges::move(bin.manifests, std::back_inserter(result_));
      return Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(auto merged, Merge(target_, group, bin.manifests));
    if (merged.has_value()) {
      result_.push_back(std::move(*merged));
    }
    return Status::OK();
  }

  const RewriteTarget& target_;
  int64_t min_count_ = 0;
  int64_t bytes_max_ = 0;
  bool is_enabled_ = true;
  std::map<ManifestContent, int64_t> counts_;
  std::map<Group, Bin> open_bins_;
  std::vector<ManifestFile> result_;
};

}  // namespace

Result<std::vector<ManifestFile>> MergeSmallManifests(
    const RewriteTarget& target, std::vector<ManifestFile> carried,
    const std::vector<ManifestFile>& added) {
  return Merger(target, added).Run(std::move(carried));
}

}  // namespace tarn::table::internal
