#include "tarn/table/snapshot_refs.h"

#include <functional>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/table/alter.h"

namespace tarn::table {
namespace {

using catalog::LoadedTable;
using iceberg::kMainBranch;
using iceberg::RefType;
using iceberg::SnapshotId;
using iceberg::SnapshotRef;
using iceberg::TableIdent;
using iceberg::TableMetadata;
namespace require = iceberg::require;
namespace update = iceberg::update;

Status Invalid(const std::string& what) {
  return MakeError(ErrorCode::kInvalidArgument, what);
}

Status NoSuchRef(const std::string& name) {
  return MakeError(ErrorCode::kNoSuchSnapshot, "Ref does not exist: " + name);
}

Status NoSuchSnapshot(const std::string& what, SnapshotId id) {
  return MakeError(ErrorCode::kNoSuchSnapshot,
                   what + " unknown snapshot: " + std::to_string(id.value));
}

/// Old metadata names main's snapshot and not main.
std::optional<SnapshotRef> FindRef(const TableMetadata& table, const std::string& name) {
  const auto found = table.refs.find(name);
  if (found != table.refs.end()) {
    return found->second;
  }
  if (name != kMainBranch || !table.current_snapshot_id.has_value()) {
    return std::nullopt;
  }
  SnapshotRef main;
  main.snapshot_id = *table.current_snapshot_id;
  return main;
}

iceberg::TableRequirement RefIsAt(const std::string& name,
                                  const std::optional<SnapshotRef>& ref) {
  return require::AssertRefSnapshotId{
      name, ref ? std::optional(ref->snapshot_id) : std::nullopt};
}

/// Moves branch `name` (at `from`) to `id`; nothing if it is there.
Alteration Move(const std::string& name, const std::optional<SnapshotRef>& from,
                SnapshotId id) {
  if (from.has_value() && from->snapshot_id == id) {
    return {};
  }
  SnapshotRef to = from.value_or(SnapshotRef{});
  to.snapshot_id = id;
  return {{RefIsAt(name, from)}, {update::SetSnapshotRef{name, to}}};
}

Status CheckBranch(const std::string& name, const std::optional<SnapshotRef>& ref) {
  if (ref.has_value() && ref->type != RefType::kBranch) {
    return Invalid("Ref " + name + " is a tag, not a branch");
  }
  return Status::OK();
}

void SetRetention(const RefRetention& retention, SnapshotRef* ref) {
  if (retention.min_snapshots_to_keep) {
    ref->min_snapshots_to_keep = retention.min_snapshots_to_keep;
  }
  if (retention.max_snapshot_age) {
    ref->max_snapshot_age = retention.max_snapshot_age;
  }
  if (retention.max_ref_age) {
    ref->max_ref_age = retention.max_ref_age;
  }
}

Result<SnapshotRef> WantedRef(const TableMetadata& base, const NewRef& ref) {
  SnapshotRef wanted;
  wanted.type = ref.type;
  SetRetention(ref.retention, &wanted);
  const std::optional<SnapshotId> id =
      ref.snapshot_id ? ref.snapshot_id : base.current_snapshot_id;
  if (!id.has_value()) {
    return MakeError(ErrorCode::kNoSuchSnapshot,
                     "Cannot create " + ref.name + ": main has no snapshot yet");
  }
  if (base.FindSnapshot(*id) == nullptr) {
    return NoSuchSnapshot("Cannot set " + ref.name + " to", *id);
  }
  wanted.snapshot_id = *id;
  return wanted;
}

/// `was_tried`: an attempt of ours may have landed already.
Result<Alteration> Create(const TableMetadata& base, const NewRef& ref, bool was_tried) {
  const std::optional<SnapshotRef> existing = FindRef(base, ref.name);
  if (existing && ref.if_exists == IfRefExists::kIgnore) {
    return Alteration{};
  }
  ARROW_ASSIGN_OR_RAISE(SnapshotRef wanted, WantedRef(base, ref));
  if (existing && was_tried && *existing == wanted) {
    return Alteration{};
  }
  if (existing && ref.if_exists == IfRefExists::kFail) {
    return MakeError(ErrorCode::kAlreadyExists, "Ref " + ref.name + " already exists");
  }
  if (existing && existing->type != ref.type) {
    return Invalid(
        "Ref " + ref.name + " is a " +
        (existing->type == RefType::kTag ? "tag, not a branch" : "branch, not a tag"));
  }
  if (existing) {
    SnapshotRef replaced = *existing;
    replaced.snapshot_id = wanted.snapshot_id;
    SetRetention(ref.retention, &replaced);
    wanted = replaced;
  }
  if (existing == wanted) {
    return Alteration{};
  }
  return Alteration{{RefIsAt(ref.name, existing)},
                    {update::SetSnapshotRef{ref.name, wanted}}};
}

Result<Alteration> Rename(const TableMetadata& base, const std::string& from,
                          const std::string& to, bool was_tried) {
  const std::optional<SnapshotRef> source = FindRef(base, from);
  const std::optional<SnapshotRef> target = FindRef(base, to);
  if (!source && target && was_tried) {
    return Alteration{};
  }
  if (!source) {
    return NoSuchRef(from);
  }
  RETURN_NOT_OK(CheckBranch(from, source));
  if (target) {
    return MakeError(ErrorCode::kAlreadyExists, "Ref " + to + " already exists");
  }
  return Alteration{
      {RefIsAt(from, source), RefIsAt(to, target)},
      {update::SetSnapshotRef{to, *source}, update::RemoveSnapshotRef{from}}};
}

/// As AlterTable; `change` also learns whether it was asked before.
using RetriedChange =
    std::function<Result<Alteration>(const TableMetadata& base, bool was_tried)>;
Result<LoadedTable> Alter(const Context& context, const TableIdent& ident,
                          const RetriedChange& change) {
  bool was_tried = false;
  return AlterTable(context, ident, [&](const TableMetadata& base) -> Result<Alteration> {
    ARROW_ASSIGN_OR_RAISE(Alteration alteration, change(base, was_tried));
    was_tried = true;
    return alteration;
  });
}

}  // namespace

Result<LoadedTable> CreateRef(const Context& context, const TableIdent& ident,
                              const NewRef& ref) {
  if (ref.name.empty()) {
    return Invalid("A branch or tag needs a name");
  }
  return Alter(context, ident, [&](const TableMetadata& base, bool was_tried) {
    return Create(base, ref, was_tried);
  });
}

Result<LoadedTable> SetRefRetention(const Context& context, const TableIdent& ident,
                                    const std::string& name,
                                    const RefRetention& retention) {
  return AlterTable(context, ident, [&](const TableMetadata& base) -> Result<Alteration> {
    const std::optional<SnapshotRef> ref = FindRef(base, name);
    if (!ref) {
      return NoSuchRef(name);
    }
    SnapshotRef wanted = *ref;
    SetRetention(retention, &wanted);
    if (wanted == *ref) {
      return Alteration{};
    }
    return Alteration{{RefIsAt(name, ref)}, {update::SetSnapshotRef{name, wanted}}};
  });
}

Result<LoadedTable> DropRef(const Context& context, const TableIdent& ident,
                            const std::string& name, bool if_exists) {
  if (name == kMainBranch) {
    return Invalid("Cannot remove main branch");
  }
  return Alter(context, ident,
               [&](const TableMetadata& base, bool was_tried) -> Result<Alteration> {
                 const std::optional<SnapshotRef> ref = FindRef(base, name);
                 if (ref) {
                   return Alteration{{RefIsAt(name, ref)},
                                     {update::RemoveSnapshotRef{name}}};
                 }
                 if (if_exists || was_tried) {
                   return Alteration{};
                 }
                 return NoSuchRef(name);
               });
}

Result<LoadedTable> RenameBranch(const Context& context, const TableIdent& ident,
                                 const std::string& from, const std::string& to) {
  if (from == kMainBranch) {
    return Invalid("Cannot rename main branch");
  }
  if (to.empty()) {
    return Invalid("A branch needs a name");
  }
  return Alter(context, ident, [&](const TableMetadata& base, bool was_tried) {
    return Rename(base, from, to, was_tried);
  });
}

Result<LoadedTable> FastForward(const Context& context, const TableIdent& ident,
                                const std::string& branch, const std::string& to) {
  return AlterTable(context, ident, [&](const TableMetadata& base) -> Result<Alteration> {
    const std::optional<SnapshotRef> target = FindRef(base, to);
    if (!target) {
      return NoSuchRef(to);
    }
    const std::optional<SnapshotRef> ref = FindRef(base, branch);
    RETURN_NOT_OK(CheckBranch(branch, ref));
    if (ref && !IsAncestorOf(base, ref->snapshot_id, target->snapshot_id)) {
      return Invalid("Cannot fast-forward: " + branch + " is not an ancestor of " + to);
    }
    return Move(branch, ref, target->snapshot_id);
  });
}

Result<LoadedTable> RollbackToSnapshot(const Context& context, const TableIdent& ident,
                                       SnapshotId snapshot_id) {
  return AlterTable(context, ident, [&](const TableMetadata& base) -> Result<Alteration> {
    if (base.FindSnapshot(snapshot_id) == nullptr) {
      return NoSuchSnapshot("Cannot roll back to", snapshot_id);
    }
    const std::optional<SnapshotRef> main = FindRef(base, kMainBranch);
    if (!main || !IsAncestorOf(base, snapshot_id, main->snapshot_id)) {
      return Invalid(
          "Cannot roll back to snapshot, not an ancestor of the current state: " +
          std::to_string(snapshot_id.value));
    }
    return Move(kMainBranch, main, snapshot_id);
  });
}

Result<LoadedTable> RollbackToTimestamp(const Context& context, const TableIdent& ident,
                                        std::chrono::milliseconds time) {
  return AlterTable(context, ident, [&](const TableMetadata& base) -> Result<Alteration> {
    const std::optional<SnapshotRef> main = FindRef(base, kMainBranch);
    if (main) {
      for (const iceberg::Snapshot* snapshot : AncestorsOf(base, main->snapshot_id)) {
        if (snapshot->timestamp <= time) {
          return Move(kMainBranch, main, snapshot->id);
        }
      }
    }
    return MakeError(ErrorCode::kNoSuchSnapshot,
                     "Cannot roll back, no snapshot as old as milliseconds since 1970: " +
                         std::to_string(time.count()));
  });
}

Result<LoadedTable> SetCurrentSnapshot(const Context& context, const TableIdent& ident,
                                       SnapshotId snapshot_id) {
  return AlterTable(context, ident, [&](const TableMetadata& base) -> Result<Alteration> {
    if (base.FindSnapshot(snapshot_id) == nullptr) {
      return NoSuchSnapshot("Cannot set current to", snapshot_id);
    }
    return Move(kMainBranch, FindRef(base, kMainBranch), snapshot_id);
  });
}

}  // namespace tarn::table
