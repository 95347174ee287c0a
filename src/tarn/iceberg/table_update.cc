#include "tarn/iceberg/table_update.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/base/overload.h"
#include "tarn/iceberg/internal/table_metadata_builder.h"

namespace tarn::iceberg {
namespace {

bool SameUuid(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

/// Clients know these by their words, which are the reference implementation's.
Status Conflict(const std::string& what) {
  return MakeError(ErrorCode::kCommitConflict, "Requirement failed: " + what);
}

Status RequireEqual(const std::string& what, int64_t required, int64_t found) {
  if (required == found) {
    return Status::OK();
  }
  return Conflict(what + ": expected id " + std::to_string(required) +
                  " != " + std::to_string(found));
}

Status Check(const require::AssertRefSnapshotId& required, const TableMetadata& base) {
  const auto found = base.refs.find(required.ref);
  if (found == base.refs.end()) {
    if (!required.snapshot_id) {
      return Status::OK();
    }
    return Conflict("branch or tag " + required.ref + " is missing, expected " +
                    std::to_string(required.snapshot_id->value));
  }
  const std::string what =
      (found->second.type == RefType::kBranch ? "branch " : "tag ") + required.ref;
  if (!required.snapshot_id) {
    return Conflict(what + " was created concurrently");
  }
  return RequireEqual(what + " has changed", required.snapshot_id->value,
                      found->second.snapshot_id.value);
}

Status CheckOne(const TableRequirement& requirement, const TableMetadata* base) {
  if (std::holds_alternative<require::AssertCreate>(requirement)) {
    if (base == nullptr) {
      return Status::OK();
    }
    return MakeError(ErrorCode::kAlreadyExists,
                     "Table already exists at " + base->location);
  }
  if (base == nullptr) {
    return MakeError(ErrorCode::kCommitConflict,
                     "Requirement failed: the table does not exist any more");
  }
  return std::visit(
      Overload{[](const require::AssertCreate&) { return Status::OK(); },
               [&](const require::AssertTableUuid& required) {
                 if (SameUuid(required.uuid, base->table_uuid)) {
                   return Status::OK();
                 }
                 return Conflict("UUID does not match: expected " + required.uuid +
                                 " != " + base->table_uuid);
               },
               [&](const require::AssertRefSnapshotId& required) {
                 return Check(required, *base);
               },
               [&](const require::AssertLastAssignedFieldId& required) {
                 return RequireEqual("last assigned field id changed", required.id,
                                     base->last_column_id);
               },
               [&](const require::AssertCurrentSchemaId& required) {
                 return RequireEqual("current schema changed", required.id.value,
                                     base->current_schema_id.value);
               },
               [&](const require::AssertLastAssignedPartitionId& required) {
                 return RequireEqual("last assigned partition id changed", required.id,
                                     base->last_partition_id);
               },
               [&](const require::AssertDefaultSpecId& required) {
                 return RequireEqual("default partition spec changed", required.id.value,
                                     base->default_spec_id.value);
               },
               [&](const require::AssertDefaultSortOrderId& required) {
                 return RequireEqual("default sort order changed", required.id.value,
                                     base->default_sort_order_id.value);
               }},
      requirement);
}

}  // namespace

Status CheckRequirements(const std::vector<TableRequirement>& requirements,
                         const TableMetadata* base) {
  for (const TableRequirement& requirement : requirements) {
    ARROW_RETURN_NOT_OK(CheckOne(requirement, base));
  }
  return Status::OK();
}

Result<std::shared_ptr<const TableMetadata>> ApplyUpdates(
    const TableMetadata& base, const std::string& previous_location,
    const std::vector<TableUpdate>& updates, std::chrono::milliseconds now) {
  internal::TableMetadataBuilder builder(base, now);
  for (const TableUpdate& update : updates) {
    ARROW_RETURN_NOT_OK(builder.Apply(update));
  }
  return builder.Finish(previous_location);
}

}  // namespace tarn::iceberg
