#include "tarn/table/maintenance/rewrite_manifests.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/table/internal/manifest_rewrite.h"
#include "tarn/table/internal/staged_files.h"
#include "tarn/table/internal/summary.h"
#include "tarn/table/maintenance/internal/expiry.h"
#include "tarn/table/maintenance/internal/manifest_clustering.h"
#include "tarn/table/maintenance/internal/metadata_commit.h"
#include "tarn/table/scan.h"

namespace tarn::table {
namespace {

using catalog::LoadedTable;
using iceberg::ManifestFile;
using iceberg::Snapshot;
using iceberg::SnapshotId;
using iceberg::TableMetadata;
using internal::ManifestGroup;
namespace require = iceberg::require;
namespace update = iceberg::update;

std::set<std::string> PathsOf(const std::vector<ManifestFile>& manifests) {
  std::set<std::string> paths;
  for (const ManifestFile& manifest : manifests) {
    paths.insert(manifest.path);
  }
  return paths;
}

class ManifestsRewrite {
 public:
  ManifestsRewrite(const Context& context, const iceberg::TableIdent& ident,
                   const RewriteManifestsOptions& options)
      : context_(context), ident_(ident), options_(options), staged_(context) {}

  Result<RewriteManifestsResult> Run() {
    ARROW_ASSIGN_OR_RAISE(const LoadedTable table, context_.catalog.LoadTable(ident_));
    if (options_.dry_run == DryRun::kYes) {
      RETURN_NOT_OK(PlanOn(*table.metadata).status());
      return result_;
    }
    Result<LoadedTable> committed = internal::CommitMetadata(
        context_, ident_, table.metadata->table_uuid,
        [this](const TableMetadata& base) { return Change(base); }, options_.control);
    if (!committed.ok()) {
      const Status status = committed.status();
      committed = context_.catalog.LoadTable(ident_);
      const bool has_landed = committed.ok() && snapshot_id_ &&
                              committed->metadata->FindSnapshot(*snapshot_id_) != nullptr;
      if (!has_landed) {
        if (committed.ok() && !IsOutcomeUnknown(status)) {
          staged_.DeleteAllBut({});
        }
        return status;
      }
    }
    const Snapshot* snapshot =
        snapshot_id_ ? committed->metadata->FindSnapshot(*snapshot_id_) : nullptr;
    if (snapshot == nullptr) {
      staged_.DeleteAllBut({});
      return RewriteManifestsResult{};
    }
    std::set<std::string> kept = PathsOf(written_);
    kept.insert(snapshot->manifest_list);
    staged_.DeleteAllBut(kept);
    result_.snapshot_id = snapshot->id;
    return result_;
  }

 private:
  /// The head of the branch; nullptr if main has none yet.
  Result<const Snapshot*> HeadOf(const TableMetadata& table) const {
    const auto ref = table.refs.find(options_.branch);
    if (ref != table.refs.end()) {
      if (ref->second.type == iceberg::RefType::kTag) {
        return MakeError(ErrorCode::kInvalidArgument,
                         "Manifests are rewritten on branches; this is a tag of " +
                             ident_.ToString() + ": " + options_.branch);
      }
      return table.FindSnapshot(ref->second.snapshot_id);
    }
    if (options_.branch == iceberg::kMainBranch) {
      return table.current_snapshot();
    }
    return MakeError(ErrorCode::kNoSuchSnapshot,
                     "Table " + ident_.ToString() + " has no branch " + options_.branch);
  }

  /// What is worth rewriting on the head of `base`. Sets the counts of the result.
  Result<std::vector<ManifestGroup>> PlanOn(const TableMetadata& base) {
    result_ = {};
    ARROW_ASSIGN_OR_RAISE(const Snapshot* head, HeadOf(base));
    std::vector<ManifestGroup> groups;
    if (head == nullptr) {
      return groups;
    }
    internal::ManifestGroupOptions grouping;
    grouping.spec_id = options_.spec_id;
    grouping.rewrite_all = options_.rewrite_all;
    ARROW_ASSIGN_OR_RAISE(
        grouping.target_bytes,
        internal::IntegerProperty(base, "commit.manifest.target-size-bytes",
                                  grouping.target_bytes, 1));
    grouping.target_bytes = options_.target_size_bytes.value_or(grouping.target_bytes);
    if (grouping.target_bytes <= 0) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "The target size of manifests must be positive, not " +
                           std::to_string(grouping.target_bytes));
    }
    ARROW_ASSIGN_OR_RAISE(const std::vector<ManifestFile> manifests,
                          LoadManifests(context_.io, base, *head));
    groups = internal::PlanManifestGroups(base, manifests, grouping);
    for (const ManifestGroup& group : groups) {
      result_.rewritten_manifests_count += static_cast<int64_t>(group.manifests.size());
      result_.added_manifests_count += group.manifests_wanted;
      for (const ManifestFile& manifest : group.manifests) {
        result_.rewritten_bytes += manifest.length_bytes;
        result_.entries_count += manifest.added_files_count.value_or(0) +
                                 int64_t{manifest.existing_files_count.value_or(0)};
      }
    }
    return groups;
  }

  Result<Alteration> Change(const TableMetadata& base) {
    if (snapshot_id_ && base.FindSnapshot(*snapshot_id_) != nullptr) {
      return Alteration{};  // an attempt of ours has landed after all
    }
    ARROW_ASSIGN_OR_RAISE(const Snapshot* head, HeadOf(base));
    if (head == nullptr) {
      return Alteration{};
    }
    ChooseSnapshotId(base);
    ARROW_ASSIGN_OR_RAISE(std::vector<ManifestFile> carried,
                          LoadManifests(context_.io, base, *head));
    if (!StillFits(base, carried)) {
      RETURN_NOT_OK(WriteAnew(base));
    }
    if (replaced_.empty()) {
      return Alteration{};
    }
    std::erase_if(carried, [this](const ManifestFile& manifest) {
      return replaced_.contains(manifest.path);
    });
    ARROW_ASSIGN_OR_RAISE(Snapshot snapshot, MakeSnapshot(base, *head, carried));
    Alteration alteration;
    alteration.requirements.emplace_back(
        require::AssertRefSnapshotId{options_.branch, head->id});
    alteration.updates = staged_.UpdatesToAdd(std::move(snapshot));
    alteration.updates.emplace_back(update::SetSnapshotRef{
        options_.branch, iceberg::SnapshotRef{.snapshot_id = *snapshot_id_}});
    return alteration;
  }

  /// True if what was written for an earlier head replaces manifests of this one too.
  bool StillFits(const TableMetadata& base, const std::vector<ManifestFile>& head) const {
    const std::set<std::string> paths = PathsOf(head);
    return !replaced_.empty() && format_version_ == base.format_version &&
           std::ranges::includes(paths, replaced_);
  }

  Status WriteAnew(const TableMetadata& base) {
    // What an unknown attempt wrote may yet be referred to: it stays until the end.
    replaced_.clear();
    written_.clear();
    format_version_ = base.format_version;
    ARROW_ASSIGN_OR_RAISE(const std::vector<ManifestGroup> groups, PlanOn(base));
    result_.added_manifests_count = result_.entries_count = 0;
    for (const ManifestGroup& group : groups) {
      ARROW_ASSIGN_OR_RAISE(
          std::vector<ManifestFile> manifests,
          internal::WriteClustered(context_.io, staged_, base, *snapshot_id_, group,
                                   options_.control));
      for (const ManifestFile& manifest : manifests) {
        ++result_.added_manifests_count;
        result_.added_bytes += manifest.length_bytes;
        result_.entries_count += manifest.existing_files_count.value_or(0);
      }
      std::ranges::move(manifests, std::back_inserter(written_));
      replaced_.merge(PathsOf(group.manifests));
    }
    return Status::OK();
  }

  Result<Snapshot> MakeSnapshot(const TableMetadata& base, const Snapshot& head,
                                const std::vector<ManifestFile>& carried) {
    std::vector<ManifestFile> manifests = written_;
    manifests.insert(manifests.end(), carried.begin(), carried.end());
    const internal::RewriteTarget target{context_, staged_, base, *snapshot_id_};
    RETURN_NOT_OK(internal::CompleteCounts(target, &manifests));
    Snapshot snapshot;
    snapshot.id = *snapshot_id_;
    snapshot.parent_id = head.id;
    snapshot.sequence_number =
        iceberg::SequenceNumber{{base.last_sequence_number.value + 1}};
    snapshot.timestamp = std::max(context_.clock.Now(), base.last_updated);
    snapshot.schema_id = base.current_schema_id;
    snapshot.operation = "replace";
    snapshot.summary = internal::MakeSummary(
        {}, {}, &head, internal::Replaces::kNothing,
        {{"manifests-created", std::to_string(written_.size())},
         {"manifests-kept", std::to_string(carried.size())},
         {"manifests-replaced", std::to_string(replaced_.size())},
         {"entries-processed", std::to_string(result_.entries_count)}});

    iceberg::ManifestListOptions list;
    list.format_version = base.format_version;
    list.snapshot_id = snapshot.id;
    list.parent_snapshot_id = snapshot.parent_id;
    list.sequence_number = snapshot.sequence_number;
    if (base.format_version >= 3) {
      list.first_row_id = base.next_row_id.value_or(0);
    }
    ARROW_ASSIGN_OR_RAISE(const iceberg::ManifestListBytes bytes,
                          iceberg::WriteManifestList(list, manifests));
    if (list.first_row_id) {
      snapshot.first_row_id = list.first_row_id;
      snapshot.added_rows =
          bytes.next_row_id.value_or(*list.first_row_id) - *list.first_row_id;
    }
    RETURN_NOT_OK(staged_.WriteManifestList(base, bytes.avro, &snapshot));
    return snapshot;
  }

  void ChooseSnapshotId(const TableMetadata& base) {
    while (!snapshot_id_ || (replaced_.empty() && base.FindSnapshot(*snapshot_id_))) {
      const uint64_t bits = context_.random.Next() &
                            static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
      if (bits != 0) {
        snapshot_id_ = SnapshotId{{static_cast<int64_t>(bits)}};
      }
    }
  }

  const Context& context_;
  const iceberg::TableIdent& ident_;
  const RewriteManifestsOptions& options_;
  internal::StagedFiles staged_;
  std::optional<SnapshotId> snapshot_id_;  // one for all attempts
  int32_t format_version_ = 0;             // of `written_`
  std::vector<ManifestFile> written_;
  std::set<std::string> replaced_;  // paths of the manifests that `written_` replace
  RewriteManifestsResult result_;
};

}  // namespace

Result<RewriteManifestsResult> RewriteManifests(const Context& context,
                                                const iceberg::TableIdent& ident,
                                                const RewriteManifestsOptions& options) {
  return ManifestsRewrite(context, ident, options).Run();
}

}  // namespace tarn::table
