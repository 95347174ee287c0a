#include "tarn/engine/internal/time_travel.h"

#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include <duckdb/common/string_util.hpp>
#include <duckdb/common/types/value.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/planner/tableref/bound_at_clause.hpp>

#include "tarn/base/error.h"
#include "tarn/engine/internal/catalog_view.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/table/snapshot_refs.h"

namespace tarn::engine {
namespace {

using iceberg::RefType;
using iceberg::SnapshotId;
using iceberg::TableMetadata;
using std::chrono::milliseconds;

constexpr std::string_view kBranch = "branch_";
constexpr std::string_view kTag = "tag_";
constexpr std::string_view kSnapshot = "snapshot_id_";
constexpr std::string_view kTimestamp = "at_timestamp_";

/// Towards the past, so that a snapshot of the same millisecond but later than the time
/// asked for cannot be meant: snapshots know milliseconds only.
milliseconds FloorMillis(int64_t micros) {
  return std::chrono::floor<milliseconds>(std::chrono::microseconds(micros));
}

AsOf TimeOf(duckdb::ClientContext& context, const duckdb::Value& value) {
  if (value.type().IsIntegral()) {
    return milliseconds(std::chrono::seconds(value.GetValue<int64_t>()));
  }
  const duckdb::Value time =
      value.CastAs(context, duckdb::LogicalType(duckdb::LogicalTypeId::TIMESTAMP_TZ));
  return FloorMillis(time.GetValueUnsafe<duckdb::timestamp_t>().value);
}

Status NoSuchSnapshot(const TableMetadata& metadata, SnapshotId id) {
  return MakeError(ErrorCode::kNoSuchSnapshot,
                   "Table at " + metadata.location +
                       " has no snapshot (any more): " + std::to_string(id.value));
}

Result<TableState> StateOfSnapshot(const TableMetadata& metadata, SnapshotId id) {
  const iceberg::Snapshot* snapshot = metadata.FindSnapshot(id);
  if (snapshot == nullptr) {
    return NoSuchSnapshot(metadata, id);
  }
  return TableState{.snapshot_id = id, .schema = metadata.SchemaOf(*snapshot)};
}

Result<TableState> StateOfRef(const TableMetadata& metadata, const std::string& name,
                              const iceberg::SnapshotRef& ref) {
  ARROW_ASSIGN_OR_RAISE(TableState state, StateOfSnapshot(metadata, ref.snapshot_id));
  if (ref.type == RefType::kBranch) {
    state.schema = metadata.schema_ptr();
    state.branch = name;
  }
  return state;
}

Result<TableState> StateNamed(const TableMetadata& metadata, const std::string& name) {
  const auto ref = metadata.refs.find(name);
  if (ref != metadata.refs.end()) {
    return StateOfRef(metadata, name, ref->second);
  }
  if (name == iceberg::kMainBranch) {
    return CurrentState(metadata);  // of a table without snapshots
  }
  ARROW_ASSIGN_OR_RAISE(const SnapshotId id, table::SnapshotNamed(metadata, name));
  return StateOfSnapshot(metadata, id);
}

Result<TableState> StateOfTypedRef(const TableMetadata& metadata, const std::string& name,
                                   RefType type) {
  const auto ref = metadata.refs.find(name);
  if (ref != metadata.refs.end() && ref->second.type != type) {
    return MakeError(ErrorCode::kInvalidArgument,
                     type == RefType::kTag ? "Not a tag but a branch: " + name
                                           : "Not a branch but a tag: " + name);
  }
  if (ref == metadata.refs.end() && name != iceberg::kMainBranch) {
    return MakeError(ErrorCode::kNoSuchSnapshot,
                     "Table at " + metadata.location + " has no " +
                         (type == RefType::kTag ? "tag" : "branch") + ": " + name);
  }
  return StateNamed(metadata, name);
}

Result<int64_t> NumberIn(const std::string& suffix, std::string_view prefix) {
  const char* begin = suffix.data() + prefix.size();
  const char* end = suffix.data() + suffix.size();
  int64_t number = 0;
  const auto parsed = std::from_chars(begin, end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Name of a table's state needs a number: " + suffix);
  }
  return number;
}

}  // namespace

TableState CurrentState(const TableMetadata& metadata) {
  return {.snapshot_id = metadata.current_snapshot_id,
          .schema = metadata.schema_ptr(),
          .branch = iceberg::kMainBranch,
          .is_current = true};
}

AsOf AsOfClause(duckdb::ClientContext& context, const duckdb::BoundAtClause& clause) {
  const duckdb::Value& value = clause.GetValue();
  if (value.IsNull()) {
    ThrowStatus(MakeError(ErrorCode::kInvalidArgument,
                          "A table's " + clause.Unit() + " cannot be NULL"));
  }
  if (duckdb::StringUtil::CIEquals(clause.Unit(), "timestamp")) {
    return TimeOf(context, value);
  }
  if (clause.Unit() == kAppendedAfterUnit) {
    return AppendedAfter{{value.GetValue<int64_t>()}};
  }
  if (!duckdb::StringUtil::CIEquals(clause.Unit(), "version")) {
    ThrowStatus(MakeError(ErrorCode::kNotSupported,
                          "AT knows VERSION and TIMESTAMP, not " + clause.Unit()));
  }
  if (value.type().IsIntegral()) {
    return SnapshotId{value.GetValue<int64_t>()};
  }
  return value.DefaultCastAs(duckdb::LogicalType::VARCHAR).GetValue<std::string>();
}

std::string KeyOf(const AsOf& as_of) {
  if (const auto* id = std::get_if<SnapshotId>(&as_of)) {
    return "id " + std::to_string(id->value);
  }
  if (const auto* time = std::get_if<milliseconds>(&as_of)) {
    return "time " + std::to_string(time->count());
  }
  if (const auto* after = std::get_if<AppendedAfter>(&as_of)) {
    return "after " + std::to_string(after->snapshot_id.value);
  }
  return "name " + std::get<std::string>(as_of);
}

Result<TableState> StateAsOf(const TableMetadata& metadata, const AsOf& as_of) {
  if (const auto* id = std::get_if<SnapshotId>(&as_of)) {
    return StateOfSnapshot(metadata, *id);
  }
  if (const auto* time = std::get_if<milliseconds>(&as_of)) {
    ARROW_ASSIGN_OR_RAISE(const SnapshotId id, table::SnapshotAsOf(metadata, *time));
    return StateOfSnapshot(metadata, id);
  }
  if (const auto* after = std::get_if<AppendedAfter>(&as_of)) {
    return TableState{.snapshot_id = metadata.current_snapshot_id,
                      .schema = metadata.schema_ptr(),
                      .appended_after = after->snapshot_id};
  }
  return StateNamed(metadata, std::get<std::string>(as_of));
}

bool IsStateSuffix(std::string_view suffix) {
  constexpr std::array kPrefixes = {kBranch, kTag, kSnapshot, kTimestamp};
  for (const std::string_view prefix : kPrefixes) {
    if (suffix.size() > prefix.size() &&
        FoldName(suffix.substr(0, prefix.size())) == prefix) {
      return true;
    }
  }
  return false;
}

Result<std::optional<TableState>> StateOfSuffix(const TableMetadata& metadata,
                                                const std::string& suffix) {
  if (!IsStateSuffix(suffix)) {
    return std::optional<TableState>();
  }
  const std::string folded = FoldName(suffix);
  if (folded.starts_with(kBranch)) {
    return StateOfTypedRef(metadata, suffix.substr(kBranch.size()), RefType::kBranch);
  }
  if (folded.starts_with(kTag)) {
    return StateOfTypedRef(metadata, suffix.substr(kTag.size()), RefType::kTag);
  }
  if (folded.starts_with(kSnapshot)) {
    ARROW_ASSIGN_OR_RAISE(const int64_t id, NumberIn(suffix, kSnapshot));
    return StateAsOf(metadata, SnapshotId{id});
  }
  ARROW_ASSIGN_OR_RAISE(const int64_t time, NumberIn(suffix, kTimestamp));
  return StateAsOf(metadata, milliseconds(time));
}

}  // namespace tarn::engine
