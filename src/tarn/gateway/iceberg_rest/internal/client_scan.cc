#include "tarn/gateway/iceberg_rest/internal/client_scan.h"

#include <utility>

#include "tarn/base/error.h"
#include "tarn/iceberg/projection.h"
#include "tarn/table/incremental_scan.h"

namespace tarn::gateway::internal {
namespace {

using iceberg::Schema;
using iceberg::Snapshot;
using iceberg::SnapshotId;

Status Bad(const std::string& problem) {
  return MakeError(ErrorCode::kInvalidArgument, "Invalid scan request: " + problem);
}

Result<std::optional<SnapshotId>> SnapshotMember(const JsonFields& fields,
                                                 const char* key) {
  ARROW_ASSIGN_OR_RAISE(const auto id, fields.OptionalInt64(key));
  return id ? std::optional(SnapshotId{{*id}}) : std::nullopt;
}

Result<bool> BoolMember(const JsonFields& fields, const char* key, bool otherwise) {
  const Json* value = fields.Find(key);
  if (value == nullptr) {
    return otherwise;
  }
  return value->is_boolean() ? Result<bool>(value->get<bool>())
                             : Result<bool>(fields.Wrong(key, "a boolean"));
}

Result<std::vector<std::string>> NamesMember(const JsonFields& fields, const char* key) {
  ARROW_ASSIGN_OR_RAISE(const Json* names, fields.OptionalArray(key));
  return names == nullptr ? std::vector<std::string>() : StringArray(*names, key);
}

Result<ClientScanRequest> ReadRequest(const Json& json) {
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(json, "scan request"));
  ClientScanRequest request;
  ARROW_ASSIGN_OR_RAISE(request.snapshot_id, SnapshotMember(fields, "snapshot-id"));
  ARROW_ASSIGN_OR_RAISE(request.start_snapshot_id,
                        SnapshotMember(fields, "start-snapshot-id"));
  ARROW_ASSIGN_OR_RAISE(request.end_snapshot_id,
                        SnapshotMember(fields, "end-snapshot-id"));
  if (const Json* filter = fields.Find("filter"); filter != nullptr) {
    request.filter = *filter;
  } else if (json.contains("filter")) {
    return Bad("filter is null; leave it out to read all rows");
  }
  ARROW_ASSIGN_OR_RAISE(const bool is_sensitive,
                        BoolMember(fields, "case-sensitive", true));
  request.names =
      is_sensitive ? iceberg::NameCase::kSensitive : iceberg::NameCase::kInsensitive;
  ARROW_ASSIGN_OR_RAISE(request.uses_snapshot_schema,
                        BoolMember(fields, "use-snapshot-schema", false));
  ARROW_RETURN_NOT_OK(NamesMember(fields, "select").status());
  ARROW_ASSIGN_OR_RAISE(request.stats_fields, NamesMember(fields, "stats-fields"));
  ARROW_ASSIGN_OR_RAISE(request.min_rows, fields.OptionalInt64("min-rows-requested"));
  return request;
}

Result<const Snapshot*> FindSnapshot(const iceberg::TableMetadata& metadata,
                                     SnapshotId id) {
  const Snapshot* snapshot = metadata.FindSnapshot(id);
  if (snapshot == nullptr) {
    return MakeError(ErrorCode::kNoSuchSnapshot,
                     "Cannot find snapshot with ID " + std::to_string(id.value));
  }
  return snapshot;
}

/// The columns whose statistics are asked for; names that the schema does not have are
/// passed over, as they have none.
std::set<iceberg::FieldId> FieldIdsOf(const Schema& schema,
                                      const ClientScanRequest& request) {
  std::set<iceberg::FieldId> ids;
  for (const std::string& name : request.stats_fields) {
    const iceberg::Field* field = request.names == iceberg::NameCase::kSensitive
                                      ? schema.FindByName(name)
                                      : schema.FindByNameIgnoringCase(name);
    if (field != nullptr) {
      ids.insert(field->id);
    }
  }
  return ids;
}

/// Fills in the filter, and the schema whose names it uses.
Status ReadFilter(PlannedScan* planned) {
  PinnedScan& scan = planned->scan;
  if (!scan.request.filter) {
    return Status::OK();
  }
  const auto read = [&](const Schema& schema, const Schema* other) {
    return iceberg::ClientFilterFromJson(*scan.request.filter, schema, scan.request.names,
                                         other);
  };
  Result<iceberg::ClientFilter> filter = read(*scan.schema, scan.other.get());
  if (!filter.ok() && CodeOf(filter.status()) == ErrorCode::kNoSuchColumn &&
      scan.other != nullptr) {
    Result<iceberg::ClientFilter> again = read(*scan.other, scan.schema.get());
    if (again.ok()) {
      std::swap(scan.schema, scan.other);
      filter = std::move(again);
    }
  }
  if (!filter.ok() && CodeOf(filter.status()) == ErrorCode::kInvalidData) {
    return MakeError(ErrorCode::kInvalidArgument, filter.status().message());
  }
  ARROW_ASSIGN_OR_RAISE(planned->filter, std::move(filter));
  return Status::OK();
}

/// `min-rows-requested`: files after those that surely give so many rows are left out.
void LeaveOutWhatIsNotNeeded(PlannedScan* planned) {
  const std::optional<int64_t> wanted = planned->scan.request.min_rows;
  if (!wanted || planned->filter.filter.op != iceberg::Operation::kTrue ||
      !planned->filter.is_exact) {
    return;
  }
  int64_t rows = 0;
  std::vector<table::FileScanTask>& tasks = planned->plan.tasks;
  for (size_t i = 0; i < tasks.size(); ++i) {
    if (rows >= *wanted && i > 0) {
      tasks.resize(i);
      return;
    }
    rows += tasks[i].deletes.empty() ? tasks[i].file.record_count : 0;
  }
}

size_t BytesOf(const PlannedScan& planned) {
  size_t bytes = sizeof(PlannedScan);
  for (const table::FileScanTask& task : planned.plan.tasks) {
    bytes += sizeof(task) + task.file.file_path.size() +
             task.file.partition.size() * sizeof(iceberg::Value) +
             task.file.columns.size() * sizeof(iceberg::ColumnStats) +
             task.file.split_offsets.size() * sizeof(int64_t) +
             task.deletes.size() * sizeof(std::shared_ptr<void>);
  }
  return bytes;
}

Result<table::ScanPlan> PlanFiles(const table::Context& context,
                                  const PlannedScan& planned, std::stop_token stop) {
  const ClientScanRequest& request = planned.scan.request;
  if (request.is_incremental()) {
    table::IncrementalRequest scan;
    scan.metadata = planned.scan.metadata;
    scan.from = request.start_snapshot_id;
    scan.start = table::StartOfRange::kExclusive;
    scan.to = request.end_snapshot_id;
    scan.filter = planned.filter.filter;
    scan.keep_stats = !planned.stats_fields.empty();
    scan.manifests = context.manifests;
    scan.stop = std::move(stop);
    return table::PlanAppends(context.io, scan);
  }
  table::ScanRequest scan;
  scan.metadata = planned.scan.metadata;
  scan.snapshot_id = request.snapshot_id;
  scan.schema = planned.scan.schema;
  scan.filter = planned.filter.filter;
  scan.keep_stats = !planned.stats_fields.empty();
  scan.stop = std::move(stop);
  return table::PlanScan(context, std::move(scan));
}

}  // namespace

Result<ClientScanRequest> ClientScanRequestFromJson(const Json& json) {
  Result<ClientScanRequest> request = ReadRequest(json);
  if (!request.ok()) {
    return MakeError(ErrorCode::kInvalidArgument, request.status().message());
  }
  if (request->start_snapshot_id.has_value() != request->end_snapshot_id.has_value()) {
    return Bad("start-snapshot-id and end-snapshot-id come together");
  }
  if (request->snapshot_id && request->is_incremental()) {
    return Bad("either snapshot-id, or start-snapshot-id and end-snapshot-id");
  }
  if (request->min_rows.value_or(0) < 0) {
    return Bad("min-rows-requested is negative: " + std::to_string(*request->min_rows));
  }
  return request;
}

Result<PinnedScan> PinScan(std::shared_ptr<const iceberg::TableMetadata> metadata,
                           ClientScanRequest request) {
  PinnedScan scan{metadata, std::move(request), metadata->schema_ptr()};
  if (scan.request.is_incremental()) {
    // Appended files are read with the table's schema, whatever it was then.
    RETURN_NOT_OK(FindSnapshot(*metadata, *scan.request.end_snapshot_id).status());
    return scan;
  }
  if (!scan.request.snapshot_id) {
    scan.request.snapshot_id = metadata->current_snapshot_id;
  }
  if (!scan.request.snapshot_id) {
    return scan;  // a table without rows
  }
  ARROW_ASSIGN_OR_RAISE(const Snapshot* snapshot,
                        FindSnapshot(*metadata, *scan.request.snapshot_id));
  scan.other = metadata->SchemaOf(*snapshot);
  if (scan.request.uses_snapshot_schema) {
    std::swap(scan.schema, scan.other);
  }
  if (scan.other->id() == scan.schema->id()) {
    scan.other = nullptr;
  }
  return scan;
}

Json PinnedScanToJson(const PinnedScan& scan) {
  const ClientScanRequest& request = scan.request;
  Json json = {{"table-uuid", scan.metadata->table_uuid},
               {"schema-id", scan.schema->id().value},
               {"case-sensitive", request.names == iceberg::NameCase::kSensitive},
               {"stats-fields", request.stats_fields}};
  const auto set = [&](const char* key, const auto& value) {
    if (value) {
      json[key] = value->value;
    }
  };
  set("snapshot-id", request.snapshot_id);
  set("start-snapshot-id", request.start_snapshot_id);
  set("end-snapshot-id", request.end_snapshot_id);
  if (request.filter) {
    json["filter"] = *request.filter;
  }
  if (request.min_rows) {
    json["min-rows-requested"] = *request.min_rows;
  }
  return json;
}

Result<PinnedScan> PinnedScanFromJson(
    const Json& json, std::shared_ptr<const iceberg::TableMetadata> metadata) {
  ARROW_ASSIGN_OR_RAISE(ClientScanRequest request, ClientScanRequestFromJson(json));
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(json, "scan plan"));
  ARROW_ASSIGN_OR_RAISE(const std::string uuid, fields.String("table-uuid"));
  ARROW_ASSIGN_OR_RAISE(const int32_t schema_id, fields.Int32("schema-id"));
  PinnedScan scan{metadata, std::move(request),
                  metadata->FindSchema(iceberg::SchemaId{{schema_id}})};
  const auto is_gone = [&](const std::optional<SnapshotId>& id) {
    return id && metadata->FindSnapshot(*id) == nullptr;
  };
  if (uuid != metadata->table_uuid || scan.schema == nullptr ||
      is_gone(scan.request.snapshot_id) || is_gone(scan.request.end_snapshot_id)) {
    return MakeError(ErrorCode::kNoSuchPlan,
                     "The table's snapshots have changed under the plan: plan again");
  }
  if (scan.request.snapshot_id) {
    const auto own =
        metadata->SchemaOf(*metadata->FindSnapshot(*scan.request.snapshot_id));
    scan.other = own->id() == scan.schema->id() ? metadata->schema_ptr() : own;
    if (scan.other->id() == scan.schema->id()) {
      scan.other = nullptr;
    }
  }
  return scan;
}

Result<std::shared_ptr<const PlannedScan>> PlanClientScan(const table::Context& context,
                                                          PinnedScan scan,
                                                          std::stop_token stop) {
  auto planned = std::make_shared<PlannedScan>();
  planned->scan = std::move(scan);
  RETURN_NOT_OK(ReadFilter(planned.get()));
  planned->stats_fields = FieldIdsOf(*planned->scan.schema, planned->scan.request);
  ARROW_ASSIGN_OR_RAISE(planned->plan, PlanFiles(context, *planned, std::move(stop)));
  LeaveOutWhatIsNotNeeded(planned.get());
  planned->bytes = BytesOf(*planned);
  return planned;
}

}  // namespace tarn::gateway::internal
