// One scan that the server plans for a client: what was asked, and the files of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/iceberg/client_filter.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/table/context.h"
#include "tarn/table/scan.h"

namespace tarn::gateway::internal {

/// PlanTableScanRequest of the specification. `select` and the hints that this server
/// does not use are checked and left out.
struct ClientScanRequest {
  std::optional<iceberg::SnapshotId> snapshot_id = {};
  std::optional<iceberg::SnapshotId> start_snapshot_id = {};  // exclusive
  std::optional<iceberg::SnapshotId> end_snapshot_id = {};    // inclusive
  std::optional<Json> filter = {};
  iceberg::NameCase names = iceberg::NameCase::kSensitive;
  bool uses_snapshot_schema = false;
  std::vector<std::string> stats_fields = {};
  std::optional<int64_t> min_rows = {};

  bool is_incremental() const { return start_snapshot_id.has_value(); }
};

/// Errors: kInvalidArgument.
Result<ClientScanRequest> ClientScanRequestFromJson(const Json& json);

/// A request with all that decides its result: it is planned again to the same files as
/// long as its snapshots are there.
struct PinnedScan {
  std::shared_ptr<const iceberg::TableMetadata> metadata;
  ClientScanRequest request;  // of a table with snapshots: with its snapshot
  std::shared_ptr<const iceberg::Schema> schema;
  /// Of the table's schema and the snapshot's the one that was not chosen; nullptr if
  /// they are one. Java's clients say "snapshot schema" for the current snapshot also
  /// when their names are those of the table's newer schema.
  std::shared_ptr<const iceberg::Schema> other = nullptr;
};

/// Chooses snapshot and schema: the snapshot's own one if the request says so, else the
/// table's. Errors: kNoSuchSnapshot, kInvalidArgument.
Result<PinnedScan> PinScan(std::shared_ptr<const iceberg::TableMetadata> metadata,
                           ClientScanRequest request);

/// What a plan holds, without the metadata it was made from: as a record that another
/// server of the catalog can make the plan from.
Json PinnedScanToJson(const PinnedScan& scan);
/// Errors: kNoSuchPlan if the table has moved on so far that the plan is void.
Result<PinnedScan> PinnedScanFromJson(
    const Json& json, std::shared_ptr<const iceberg::TableMetadata> metadata);

/// Immutable.
struct PlannedScan {
  PinnedScan scan;
  iceberg::ClientFilter filter;
  std::set<iceberg::FieldId> stats_fields;  // whose statistics clients are told
  table::ScanPlan plan;
  size_t bytes = 0;  // about, of all of it
};

/// Errors: kNoSuchColumn, kInvalidArgument, kNoSuchSnapshot, kCancelled; those of reading
/// the manifests.
Result<std::shared_ptr<const PlannedScan>> PlanClientScan(const table::Context& context,
                                                          PinnedScan scan,
                                                          std::stop_token stop);

}  // namespace tarn::gateway::internal
