// What a migration is asked to do: which tables go where, and how.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/iceberg/ids.h"
#include "tarn/iceberg/table_ident.h"

namespace tarn::service {

/// What becomes of a destination that exists.
enum class MigrationMode : uint8_t {
  kFail,       // it must not exist
  kAppend,     // rows are added, by the names of its columns
  kOverwrite,  // its rows are replaced, its schema stays
  kReplace,    // rows, schema, partitions and order are replaced; its snapshots stay
};

/// What is compared before the destination's snapshot becomes visible.
enum class ValidationLevel : uint8_t {
  kNone,
  kCount,   // numbers of rows
  kSample,  // and the checksum of a few columns
  kFull,    // and the checksum of all rows, with rows that differ
};

enum class HistoryMode : uint8_t {
  kNone,      // rows are read and written anew, in one snapshot
  kCopy,      // metadata and files of all snapshots are copied
  kRegister,  // nothing is copied: both catalogs name the same files
};

/// How a source's rows are changed on the way.
struct RowTransform {
  std::vector<std::string> columns = {};  // SQL expressions, with names; empty: all
  std::string where = {};                 // a SQL condition
  std::string query = {};                 // a whole SELECT over the table `source`

  bool is_empty() const { return columns.empty() && where.empty() && query.empty(); }
  /// The query over `source`.
  std::string Sql() const;
};

struct MigrationOptions {
  MigrationMode mode = MigrationMode::kFail;
  ValidationLevel validation = ValidationLevel::kFull;
  HistoryMode history = HistoryMode::kNone;
  /// Only what was appended to the source since the last migration to this destination.
  bool incremental = false;
  RowTransform transform = {};
  std::optional<iceberg::SnapshotId> snapshot_id = {};  // of the source; unset: current
  /// Views of a scope too, and a name may be a view's.
  bool views = true;
};

/// A table in a warehouse, or in a catalog of the settings, of that name; "": the first
/// warehouse.
struct PlacedTable {
  std::string place;
  iceberg::TableIdent ident;

  std::string ToString() const;  // "lake:sales.orders", "sales.orders"
};

/// A table or a view, and where it goes.
struct TablePair {
  PlacedTable source;
  PlacedTable destination;
  MigrationOptions options = {};
  bool is_view = false;  // known to be one
};

/// All tables of a namespace, or of everything.
struct TableScope {
  std::string place;
  std::optional<iceberg::Namespace> ns = {};  // unset: all

  std::string ToString() const;
};

struct BulkRequest {
  std::vector<TablePair> tables = {};  // if empty, those of `source`
  TableScope source = {};
  TableScope destination = {};
  MigrationOptions options = {};  // of the tables of `source`
  int32_t parallel = 10;          // tables at once
};

/// Members as the data service has them (docs/user/migration.md). Errors:
/// kInvalidArgument, with the member.
Result<TablePair> TablePairFromJson(const Json& json);
Result<BulkRequest> BulkRequestFromJson(const Json& json);
Result<MigrationOptions> MigrationOptionsFromJson(const Json& json);

std::string_view NameOf(MigrationMode mode);
std::string_view NameOf(ValidationLevel level);
std::string_view NameOf(HistoryMode history);

/// "ns.table", or "place:ns.table". Errors: kInvalidArgument.
Result<PlacedTable> PlacedTableFromText(const std::string& text);

}  // namespace tarn::service
