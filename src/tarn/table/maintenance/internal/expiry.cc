#include "tarn/table/maintenance/internal/expiry.h"

#include <charconv>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include "tarn/base/error.h"

namespace tarn::table::internal {
namespace {

using iceberg::Snapshot;
using iceberg::SnapshotId;
using iceberg::SnapshotRef;
using iceberg::TableMetadata;
using std::chrono::milliseconds;

constexpr int64_t kMaxSnapshotAgeMs = int64_t{5} * 24 * 60 * 60 * 1000;

struct Defaults {
  milliseconds older_than{0};
  int64_t snapshots_min = 1;
  std::optional<milliseconds> ref_age_max = {};  // unset: refs never expire
};

Result<Defaults> DefaultsOf(const TableMetadata& table,
                            const ExpireSnapshotsOptions& options, milliseconds now) {
  constexpr int64_t kForever = std::numeric_limits<int64_t>::max();
  ARROW_ASSIGN_OR_RAISE(
      const int64_t snapshot_age,
      IntegerProperty(table, "history.expire.max-snapshot-age-ms", kMaxSnapshotAgeMs, 0));
  ARROW_ASSIGN_OR_RAISE(
      const int64_t snapshots_min,
      IntegerProperty(table, "history.expire.min-snapshots-to-keep", 1, 1));
  ARROW_ASSIGN_OR_RAISE(
      const int64_t ref_age,
      IntegerProperty(table, "history.expire.max-ref-age-ms", kForever, 1));
  Defaults defaults;
  defaults.older_than = options.older_than.value_or(
      milliseconds(now.count() - std::min(snapshot_age, now.count())));
  defaults.snapshots_min = options.retain_last.value_or(
      static_cast<int32_t>(std::min<int64_t>(snapshots_min, INT32_MAX)));
  if (ref_age != kForever) {
    defaults.ref_age_max = milliseconds(ref_age);
  }
  if (defaults.snapshots_min < 1) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "At least one snapshot of each branch must stay, not " +
                         std::to_string(defaults.snapshots_min));
  }
  return defaults;
}

/// A ref whose snapshot is missing keeps nothing and is of no use to anybody.
bool HasExpired(const TableMetadata& table, const std::string& name,
                const SnapshotRef& ref, const Defaults& defaults, milliseconds now) {
  if (name == iceberg::kMainBranch) {
    return false;
  }
  const Snapshot* head = table.FindSnapshot(ref.snapshot_id);
  if (head == nullptr) {
    return true;
  }
  const std::optional<milliseconds> age_max =
      ref.max_ref_age ? ref.max_ref_age : defaults.ref_age_max;
  return age_max && now - head->timestamp > *age_max;
}

/// Snapshots that stay, and those that some ref reaches.
class Retention {
 public:
  Retention(const TableMetadata& table, const Defaults& defaults, milliseconds now)
      : table_(table), defaults_(defaults), now_(now) {}

  void Keep(const SnapshotRef& ref) {
    kept_.insert(ref.snapshot_id);
    referenced_.insert(ref.snapshot_id);
    if (ref.type == iceberg::RefType::kTag) {
      return;
    }
    const int64_t count_min = ref.min_snapshots_to_keep
                                  ? int64_t{*ref.min_snapshots_to_keep}
                                  : defaults_.snapshots_min;
    const milliseconds older_than =
        ref.max_snapshot_age ? now_ - *ref.max_snapshot_age : defaults_.older_than;
    int64_t count = 0;
    bool is_kept = true;
    std::set<SnapshotId> visited;  // a damaged table may have a cycle
    const Snapshot* snapshot = table_.FindSnapshot(ref.snapshot_id);
    while (snapshot != nullptr && visited.insert(snapshot->id).second) {
      referenced_.insert(snapshot->id);
      is_kept = is_kept && (count < count_min || snapshot->timestamp >= older_than);
      if (is_kept) {
        kept_.insert(snapshot->id);
        ++count;
      }
      snapshot =
          snapshot->parent_id ? table_.FindSnapshot(*snapshot->parent_id) : nullptr;
    }
  }

  bool Keeps(const Snapshot& snapshot) const {
    const bool is_young = snapshot.timestamp >= defaults_.older_than;
    return kept_.contains(snapshot.id) ||
           (!referenced_.contains(snapshot.id) && is_young);
  }

 private:
  const TableMetadata& table_;
  const Defaults& defaults_;
  const milliseconds now_;
  std::set<SnapshotId> kept_;
  std::set<SnapshotId> referenced_;
};

Status CheckNoRefNeeds(const TableMetadata& table, const std::set<SnapshotId>& ids,
                       const std::vector<std::string>& expired_refs) {
  const std::set<std::string> expired(expired_refs.begin(), expired_refs.end());
  auto refs = table.refs;
  if (table.current_snapshot_id) {
    refs.try_emplace(iceberg::kMainBranch,
                     SnapshotRef{.snapshot_id = *table.current_snapshot_id});
  }
  for (const auto& [name, ref] : refs) {
    if (!expired.contains(name) && ids.contains(ref.snapshot_id)) {
      return MakeError(ErrorCode::kInvalidArgument,
                       std::string("Cannot expire a snapshot that ") +
                           (ref.type == iceberg::RefType::kTag ? "tag " : "branch ") +
                           name + " refers to: " + std::to_string(ref.snapshot_id.value));
    }
  }
  return Status::OK();
}

}  // namespace

Result<int64_t> IntegerProperty(const TableMetadata& table, const std::string& key,
                                int64_t otherwise, int64_t min) {
  const std::string text = table.Property(key, "");
  if (text.empty()) {
    return otherwise;
  }
  int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() ||
      number < min) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Table property " + key + " must be a whole number of at least " +
                         std::to_string(min) + ", not " + text);
  }
  return number;
}

Status CheckGarbageCollection(const TableMetadata& table, const std::string& action,
                              const std::string& name) {
  if (table.Property("gc.enabled", "true") != "false") {
    return Status::OK();
  }
  return MakeError(ErrorCode::kInvalidArgument,
                   "Cannot " + action + " of " + name +
                       ": its property gc.enabled is false, other tables may use its "
                       "files");
}

Result<Expiry> DecideExpiry(const TableMetadata& table,
                            const ExpireSnapshotsOptions& options, milliseconds now) {
  const std::set<SnapshotId> chosen(options.snapshot_ids.begin(),
                                    options.snapshot_ids.end());
  const bool only_chosen = !chosen.empty() && !options.older_than && !options.retain_last;
  ARROW_ASSIGN_OR_RAISE(const Defaults defaults, DefaultsOf(table, options, now));
  Expiry expiry;
  Retention retention(table, defaults, now);
  // Old tables have no ref for it.
  if (table.current_snapshot_id && !table.refs.contains(iceberg::kMainBranch)) {
    retention.Keep({.snapshot_id = *table.current_snapshot_id});
  }
  for (const auto& [name, ref] : table.refs) {
    if (!only_chosen && HasExpired(table, name, ref, defaults, now)) {
      expiry.refs.push_back(name);
    } else {
      retention.Keep(ref);
    }
  }
  RETURN_NOT_OK(CheckNoRefNeeds(table, chosen, expiry.refs));
  for (const Snapshot& snapshot : table.snapshots) {
    const bool stays =
        !chosen.contains(snapshot.id) && (only_chosen || retention.Keeps(snapshot));
    (stays ? expiry.remaining : expiry.expired).push_back(snapshot);
  }
  return expiry;
}

}  // namespace tarn::table::internal
