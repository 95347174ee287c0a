#include "tarn/table/maintenance/internal/manifest_clustering.h"

#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <utility>

#include "tarn/iceberg/metrics_evaluator.h"
#include "tarn/iceberg/value.h"
#include "tarn/table/internal/manifest_files.h"
#include "tarn/table/internal/parallel.h"

namespace tarn::table::internal {
namespace {

using iceberg::Manifest;
using iceberg::ManifestContent;
using iceberg::ManifestEntry;
using iceberg::ManifestFile;
using iceberg::ManifestWriter;
using iceberg::PartitionSpec;
using iceberg::TableMetadata;
using iceberg::Type;
using iceberg::Value;

constexpr int32_t kThreads = 4;
/// Entries in memory at once; with statistics of many columns each takes a kilobyte or
/// more.
constexpr int64_t kEntriesMax = 250'000;

bool IsNull(const Value& value) { return std::holds_alternative<std::monostate>(value); }

int64_t CeilDivide(int64_t left, int64_t right) { return (left + right - 1) / right; }

bool CanRewrite(const TableMetadata& table, const ManifestFile& manifest) {
  // Row ids of such a manifest are given by the list being written; spread over others
  // they would be lost.
  if (table.format_version >= 3 && manifest.content == ManifestContent::kData &&
      !manifest.first_row_id.has_value()) {
    return false;
  }
  const PartitionSpec* spec = table.FindSpec(manifest.spec_id);
  if (spec == nullptr) {
    return false;
  }
  // Partition values of a dropped source have no type to be written as.
  return std::ranges::none_of(
      PartitionTypes(*spec, table.schema()),
      [](const Type& type) { return type.id() == iceberg::TypeId::kUnknown; });
}

/// Live entries of a manifest; unset if its list does not say.
std::optional<int64_t> LiveCount(const ManifestFile& manifest) {
  if (!manifest.added_files_count || !manifest.existing_files_count) {
    return std::nullopt;
  }
  return int64_t{*manifest.added_files_count} + *manifest.existing_files_count;
}

/// The part of a manifest's bytes that live entries take.
int64_t LiveBytes(const ManifestFile& manifest) {
  const std::optional<int64_t> live = LiveCount(manifest);
  if (!live || !manifest.deleted_files_count) {
    return manifest.length_bytes;
  }
  const int64_t all = *live + *manifest.deleted_files_count;
  return all == 0 ? 0
                  : static_cast<int64_t>(static_cast<double>(manifest.length_bytes) *
                                         static_cast<double>(*live) /
                                         static_cast<double>(all));
}

/// The range of the first partition field over a manifest's files; unset if unknown.
struct Range {
  Value lower;
  Value upper;
};
std::optional<Range> FirstFieldRange(const Type& type, const ManifestFile& manifest) {
  if (manifest.partitions.empty() || manifest.partitions.front().contains_null ||
      !manifest.partitions.front().lower_bound ||
      !manifest.partitions.front().upper_bound) {
    return std::nullopt;
  }
  auto lower = iceberg::ValueFromBytes(type, *manifest.partitions.front().lower_bound);
  auto upper = iceberg::ValueFromBytes(type, *manifest.partitions.front().upper_bound);
  if (!lower.ok() || !upper.ok()) {
    return std::nullopt;
  }
  return Range{*std::move(lower), *std::move(upper)};
}

bool RangesOverlap(const TableMetadata& table, const ManifestGroup& group) {
  const PartitionSpec& spec = *table.FindSpec(group.spec_id);
  const std::vector<Type> types = PartitionTypes(spec, table.schema());
  if (types.empty() || spec.is_unpartitioned() || group.manifests.size() < 2) {
    return false;
  }
  const Type& type = types.front();
  std::vector<Range> ranges;
  for (const ManifestFile& manifest : group.manifests) {
    std::optional<Range> range = FirstFieldRange(type, manifest);
    if (!range) {
      return true;  // unknown, or nulls beside values
    }
    ranges.push_back(*std::move(range));
  }
  std::ranges::sort(ranges, [&](const Range& left, const Range& right) {
    return CompareValues(type, left.lower, right.lower) < 0;
  });
  for (size_t i = 1; i < ranges.size(); ++i) {
    if (CompareValues(type, ranges[i].lower, ranges[i - 1].upper) < 0) {
      return true;
    }
  }
  return false;
}

bool IsWorthIt(const TableMetadata& table, const ManifestGroup& group, bool rewrite_all) {
  const auto count = static_cast<int64_t>(group.manifests.size());
  return rewrite_all || count > group.manifests_wanted ||
         std::ranges::any_of(group.manifests, &HasNoLiveEntries) ||
         RangesOverlap(table, group);
}

/// Orders entries of one spec by their partitions, nulls first.
class ByPartition {
 public:
  explicit ByPartition(const std::vector<Type>& types) : types_(types) {}

  bool operator()(const ManifestEntry& left, const ManifestEntry& right) const {
    for (size_t i = 0; i < types_.size(); ++i) {
      const Value& a = left.file.partition[i];
      const Value& b = right.file.partition[i];
      if (IsNull(a) || IsNull(b)) {
        if (IsNull(a) != IsNull(b)) {
          return IsNull(a);
        }
        continue;
      }
      const auto order = CompareValues(types_[i], a, b);
      if (order != 0) {
        return order < 0;
      }
    }
    return false;
  }

 private:
  const std::vector<Type>& types_;
};

class ClusteredWriter {
 public:
  ClusteredWriter(io::FileIO& io, StagedFiles& staged, const TableMetadata& table,
                  iceberg::SnapshotId snapshot_id, const ManifestGroup& group,
                  const ActionControl& control)
      : io_(io),
        staged_(staged),
        table_(table),
        spec_(*table.FindSpec(group.spec_id)),
        types_(PartitionTypes(spec_, table.schema())),
        group_(group),
        control_(control) {
    options_.format_version = table.format_version;
    options_.content = group.content;
    options_.snapshot_id = snapshot_id;
  }

  Result<std::vector<ManifestFile>> Run() {
    std::vector<ManifestFile> manifests = group_.manifests;
    SortByFirstField(&manifests);
    size_t begin = 0;
    while (begin < manifests.size()) {
      size_t end = begin;
      int64_t entries = 0;
      // A manifest whose count is unknown is taken to fill the memory alone.
      while (end < manifests.size() &&
             (end == begin ||
              entries + LiveCount(manifests[end]).value_or(kEntriesMax) <= kEntriesMax)) {
        entries += LiveCount(manifests[end]).value_or(kEntriesMax);
        ++end;
      }
      RETURN_NOT_OK(Rewrite(std::span(manifests).subspan(begin, end - begin)));
      begin = end;
    }
    return std::move(written_);
  }

 private:
  void SortByFirstField(std::vector<ManifestFile>* manifests) const {
    if (types_.empty()) {
      return;
    }
    const Type& type = types_.front();
    const auto lower = [&](const ManifestFile& manifest) {
      const std::optional<Range> range = FirstFieldRange(type, manifest);
      return range ? range->lower : Value();
    };
    std::ranges::stable_sort(*manifests,
                             [&](const ManifestFile& left, const ManifestFile& right) {
                               const Value a = lower(left);
                               const Value b = lower(right);
                               if (IsNull(a) || IsNull(b)) {
                                 return IsNull(a) && !IsNull(b);
                               }
                               return CompareValues(type, a, b) < 0;
                             });
  }

  Status Rewrite(std::span<const ManifestFile> manifests) {
    ARROW_ASSIGN_OR_RAISE(std::vector<ManifestEntry> entries, LiveEntries(manifests));
    int64_t bytes = 0;
    for (const ManifestFile& manifest : manifests) {
      bytes += LiveBytes(manifest);
    }
    const int64_t share = bytes * group_.manifests_wanted;
    const int64_t count =
        std::max<int64_t>(1, CeilDivide(share, std::max<int64_t>(group_.bytes, 1)));
    const auto per_manifest = static_cast<size_t>(
        std::max<int64_t>(1, CeilDivide(static_cast<int64_t>(entries.size()), count)));
    for (size_t begin = 0; begin < entries.size(); begin += per_manifest) {
      const size_t size = std::min(per_manifest, entries.size() - begin);
      RETURN_NOT_OK(WriteOne(std::span(entries).subspan(begin, size)));
    }
    return Status::OK();
  }

  Result<std::vector<ManifestEntry>> LiveEntries(
      std::span<const ManifestFile> manifests) const {
    std::vector<Manifest> loaded(manifests.size());
    RETURN_NOT_OK(ForEachParallel(manifests.size(), kThreads, [&](size_t i) -> Status {
      RETURN_NOT_OK(control_.Check());
      if (!HasNoLiveEntries(manifests[i])) {
        ARROW_ASSIGN_OR_RAISE(loaded[i], LoadManifest(io_, manifests[i]));
      }
      return Status::OK();
    }));
    std::vector<ManifestEntry> entries;
    for (Manifest& manifest : loaded) {
      for (ManifestEntry& entry : manifest.entries) {
        if (entry.is_live()) {
          RETURN_NOT_OK(NormalizePartition(spec_, types_, &entry.file.partition));
          entry.status = iceberg::EntryStatus::kExisting;
          entries.push_back(std::move(entry));
        }
      }
    }
    std::ranges::stable_sort(entries, ByPartition(types_));
    return entries;
  }

  Status WriteOne(std::span<const ManifestEntry> entries) {
    RETURN_NOT_OK(control_.Check());
    ManifestWriter writer(options_, table_.schema_ptr(), spec_);
    for (const ManifestEntry& entry : entries) {
      RETURN_NOT_OK(writer.Add(entry));
    }
    ARROW_ASSIGN_OR_RAISE(ManifestWriter::Finished finished, writer.Finish());
    ARROW_ASSIGN_OR_RAISE(ManifestFile manifest,
                          staged_.WriteManifest(table_, std::move(finished)));
    written_.push_back(std::move(manifest));
    control_.Report("write manifests", static_cast<int64_t>(written_.size()), 0);
    return Status::OK();
  }

  io::FileIO& io_;
  StagedFiles& staged_;
  const TableMetadata& table_;
  const PartitionSpec& spec_;
  const std::vector<Type> types_;
  const ManifestGroup& group_;
  const ActionControl& control_;
  ManifestWriter::Options options_;
  std::vector<ManifestFile> written_;
};

}  // namespace

std::vector<ManifestGroup> PlanManifestGroups(const TableMetadata& table,
                                              const std::vector<ManifestFile>& manifests,
                                              const ManifestGroupOptions& options) {
  std::map<std::pair<ManifestContent, iceberg::SpecId>, ManifestGroup> groups;
  for (const ManifestFile& manifest : manifests) {
    if ((options.spec_id && manifest.spec_id != *options.spec_id) ||
        !CanRewrite(table, manifest)) {
      continue;
    }
    ManifestGroup& group = groups[{manifest.content, manifest.spec_id}];
    group.spec_id = manifest.spec_id;
    group.content = manifest.content;
    group.bytes += LiveBytes(manifest);
    group.manifests.push_back(manifest);
  }
  std::vector<ManifestGroup> worthy;
  for (auto& [key, group] : groups) {
    group.manifests_wanted = CeilDivide(group.bytes, options.target_bytes);
    if (IsWorthIt(table, group, options.rewrite_all)) {
      worthy.push_back(std::move(group));
    }
  }
  return worthy;
}

Result<std::vector<ManifestFile>> WriteClustered(io::FileIO& io, StagedFiles& staged,
                                                 const TableMetadata& table,
                                                 iceberg::SnapshotId snapshot_id,
                                                 const ManifestGroup& group,
                                                 const ActionControl& control) {
  return ClusteredWriter(io, staged, table, snapshot_id, group, control).Run();
}

}  // namespace tarn::table::internal
