// Which commits are appends that could be moved, by their requirements and updates.
#include <algorithm>

#include "tarn/base/overload.h"
#include "tarn/iceberg/append_rebase.h"

namespace tarn::iceberg {
namespace {

template <typename Required>
bool Requires(const std::vector<TableRequirement>& requirements) {
  return std::ranges::any_of(requirements, [](const TableRequirement& requirement) {
    return std::holds_alternative<Required>(requirement);
  });
}

/// True if `update` means the same on a newer head, given what the commit requires.
bool FitsAnyHead(const TableUpdate& update, const AppendUpdate& append,
                 const std::vector<TableRequirement>& requirements) {
  const bool schema_is_required = Requires<require::AssertCurrentSchemaId>(requirements);
  const bool spec_is_required = Requires<require::AssertDefaultSpecId>(requirements);
  const bool order_is_required =
      Requires<require::AssertDefaultSortOrderId>(requirements);
  return std::visit(
      Overload{
          [](const update::AddSnapshot&) { return true; },
          [&](const update::SetSnapshotRef& set) {
            return set.ref.snapshot_id == append.snapshot.id;
          },
          [](const update::SetProperties& set) {
            return !set.updates.contains("format-version") &&
                   !set.updates.contains(kRebaseAppendsProperty);
          },
          [](const update::RemoveProperties&) { return true; },
          [&](const update::AddSchema&) {
            return schema_is_required &&
                   Requires<require::AssertLastAssignedFieldId>(requirements);
          },
          [&](const update::SetCurrentSchema&) { return schema_is_required; },
          [&](const update::AddPartitionSpec&) {
            return spec_is_required &&
                   Requires<require::AssertLastAssignedPartitionId>(requirements);
          },
          [&](const update::SetDefaultSpec&) { return spec_is_required; },
          [&](const update::AddSortOrder&) { return order_is_required; },
          [&](const update::SetDefaultSortOrder&) { return order_is_required; },
          [](const auto&) { return false; },
      },
      update);
}

/// Sets the snapshot and its branch; false if there is not exactly one of each.
bool FindSnapshotAndBranch(const std::vector<TableUpdate>& updates,
                           AppendUpdate* append) {
  int num_snapshots = 0;
  for (size_t i = 0; i < updates.size(); ++i) {
    if (const auto* add = std::get_if<update::AddSnapshot>(&updates[i])) {
      ++num_snapshots;
      append->index = i;
      append->snapshot = add->snapshot;
    }
  }
  int num_branches = 0;
  for (const TableUpdate& update : updates) {
    const auto* set = std::get_if<update::SetSnapshotRef>(&update);
    if (set != nullptr && set->ref.type == RefType::kBranch) {
      ++num_branches;
      append->branch = set->name;
    }
  }
  return num_snapshots == 1 && num_branches == 1;
}

}  // namespace

std::optional<AppendUpdate> FindAppend(const std::vector<TableRequirement>& requirements,
                                       const std::vector<TableUpdate>& updates) {
  AppendUpdate append;
  if (!FindSnapshotAndBranch(updates, &append) || append.snapshot.operation != "append" ||
      append.snapshot.manifest_list.empty()) {
    return std::nullopt;
  }
  for (const TableRequirement& requirement : requirements) {
    if (std::holds_alternative<require::AssertCreate>(requirement)) {
      return std::nullopt;
    }
    const auto* ref = std::get_if<require::AssertRefSnapshotId>(&requirement);
    if (ref == nullptr || ref->ref != append.branch) {
      continue;
    }
    if (ref->snapshot_id != append.snapshot.parent_id) {
      return std::nullopt;
    }
    append.asserts_parent = true;
  }
  if (!append.snapshot.parent_id && !append.asserts_parent) {
    return std::nullopt;
  }
  const bool fits = std::ranges::all_of(updates, [&](const TableUpdate& update) {
    return FitsAnyHead(update, append, requirements);
  });
  return fits ? std::optional(std::move(append)) : std::nullopt;
}

std::vector<TableRequirement> LiteralRequirements(
    const std::vector<TableRequirement>& requirements, const AppendUpdate& append) {
  std::vector<TableRequirement> literal = requirements;
  std::erase_if(literal, [&](const TableRequirement& requirement) {
    const auto* ref = std::get_if<require::AssertRefSnapshotId>(&requirement);
    return ref != nullptr && ref->ref == append.branch;
  });
  return literal;
}

}  // namespace tarn::iceberg
