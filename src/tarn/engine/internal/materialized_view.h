// Materialised views: an Iceberg view whose properties name a table with its rows, whose
// snapshots say what they were made of (docs/internals/materialized-views.md).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <duckdb/catalog/catalog_entry/view_catalog_entry.hpp>

#include "tarn/base/result.h"
#include "tarn/engine/internal/catalog_view.h"
#include "tarn/iceberg/snapshot.h"
#include "tarn/iceberg/table_ident.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/iceberg/view_metadata.h"

namespace duckdb {
class ClientContext;
}

namespace tarn::engine {

class IcebergTransaction;

/// "by_day$fresh": the view, with the rows of its storage table only while they are
/// fresh, and those of its query otherwise, whatever the view's grace period says.
inline constexpr char kFreshSuffix[] = "$fresh";
/// Storage tables' names begin with this; eight hexadecimal digits follow.
std::string StoragePrefix(const std::string& view_name);
/// Whether a table may be one by its name.
bool IsStorageName(const std::string& table_name);

// Properties of the view.
inline constexpr char kStorageProperty[] = "tarn.storage-table";  // in its namespace
inline constexpr char kGraceProperty[] = "tarn.grace-period-ms";  // absent: for ever
inline constexpr char kWhenStaleProperty[] = "tarn.when-stale";   // "inline", "fail"
/// WITH (…) of CREATE MATERIALIZED VIEW as written, for SHOW CREATE.
inline constexpr char kWithProperty[] = "tarn.with";
/// In the summary of the storage table's snapshots; of a refresh that changed no row, in
/// the table's properties, with the snapshot that it is about.
inline constexpr char kRefreshState[] = "tarn.refresh-state";
inline constexpr char kRefreshSnapshot[] = "tarn.refresh-snapshot-id";
/// In the storage table's properties: the view's name since it was renamed.
inline constexpr char kViewProperty[] = "tarn.materialized-view";

struct MaterializedView {
  iceberg::TableIdent storage;
  std::optional<std::chrono::milliseconds> grace_period = {};  // unset: for ever
  bool fails_when_stale = false;
};

/// Unset for an ordinary view. Errors: kInvalidData.
Result<std::optional<MaterializedView>> MaterializedViewOf(
    const iceberg::TableIdent& ident, const iceberg::ViewMetadata& metadata);

/// A view and its storage table, both in one namespace.
struct StoredView {
  std::string name;
  std::string storage;
};
/// The materialised views of a namespace, by the storage tables that are there. Only
/// these views are loaded. Errors: those of loading.
Result<std::vector<StoredView>> MaterializedViewsIn(IcebergTransaction& transaction,
                                                    const iceberg::Namespace& ns);

/// A table or view that a refresh read, in its state then.
struct RefreshSource {
  std::string catalog;
  iceberg::TableIdent ident;
  std::string uuid;
  std::optional<iceberg::SnapshotId> snapshot_id = {};  // of a table that has one
  std::optional<int32_t> version_id = {};               // of a view
  int32_t schema_id = 0;                                // of a table
};

struct RefreshState {
  std::string view_uuid;
  int32_t version_id = 0;
  std::vector<RefreshSource> sources = {};
  bool reads_others = false;  // tables whose states nobody knows
};

std::string RefreshStateToJson(const RefreshState& state);
/// Errors: kInvalidData.
Result<RefreshState> RefreshStateFromJson(const std::string& json);

/// What the rows of a storage table were made of; unset if that is not known: nothing was
/// refreshed yet, or somebody else wrote into it. Compactions change nothing.
std::optional<RefreshState> StateOfStorage(const iceberg::TableMetadata& storage);

enum class Freshness : uint8_t { kFresh, kStale, kUnknown, kNeverRefreshed };

struct ViewFreshness {
  Freshness freshness = Freshness::kNeverRefreshed;
  /// When the first change came that the rows lack; of kUnknown, when they were made.
  std::optional<std::chrono::milliseconds> fresh_until = {};
  std::shared_ptr<const iceberg::TableMetadata> storage;  // nullptr: it is gone
  std::optional<RefreshState> state = {};
};

/// By the transaction's view of all tables. May throw DuckDB's exceptions. Errors: those
/// of loading tables.
Result<ViewFreshness> FreshnessOf(duckdb::ClientContext& context,
                                  IcebergTransaction& transaction,
                                  const iceberg::ViewMetadata& metadata,
                                  const MaterializedView& view);

/// Whether a query may read the rows that are there: fresh ones, or stale ones within the
/// grace period. Errors: kNotSupported if it must fail instead of reading base tables.
Result<bool> MayReadStorage(const iceberg::TableIdent& ident,
                            const MaterializedView& view, const ViewFreshness& freshness,
                            std::chrono::milliseconds now);

enum class MayBeStale : uint8_t { kWithinGrace, kNever };

/// `object`, a view, as queries read it: its rows or its query. May throw DuckDB's
/// exceptions.
std::unique_ptr<duckdb::ViewCatalogEntry> MakeEntryOfView(
    duckdb::ClientContext& context, IcebergTransaction& transaction,
    duckdb::Catalog& catalog, duckdb::SchemaCatalogEntry& schema,
    const CatalogObject& object, MayBeStale may_be_stale = MayBeStale::kWithinGrace);

/// What the tables and views that the connection's transaction has read so far are, but
/// for `view` and `storage`.
std::vector<RefreshSource> SourcesRead(duckdb::ClientContext& context,
                                       const iceberg::TableIdent& view,
                                       const iceberg::TableIdent& storage);

/// The table of a source as the transaction sees it; nullptr if there is none any more.
Result<std::shared_ptr<const iceberg::TableMetadata>> TableOf(
    duckdb::ClientContext& context, const RefreshSource& source);

/// Snapshots of `table` after `base` up to the current one, the newest first; unset if
/// `base` is no ancestor of it or one between is gone.
std::optional<std::vector<const iceberg::Snapshot*>> SnapshotsAfter(
    const iceberg::TableMetadata& table, std::optional<iceberg::SnapshotId> base);

/// For system.metadata.materialized_views.
struct ListedMaterializedView {
  iceberg::TableIdent storage;
  std::string freshness;  // "FRESH", "STALE", "UNKNOWN"
  std::optional<std::chrono::milliseconds> last_fresh_time = {};
  std::string comment;
  std::string definition;
};
/// Unset for what is no materialised view. May throw DuckDB's exceptions.
Result<std::optional<ListedMaterializedView>> ListMaterializedView(
    duckdb::ClientContext& context, IcebergTransaction& transaction,
    const CatalogObject& object);

}  // namespace tarn::engine
