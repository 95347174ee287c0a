// Loading a source into a table: one commit or nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/ids.h"
#include "tarn/iceberg/schema.h"
#include "tarn/iceberg/table_ident.h"
#include "tarn/ingest/source.h"
#include "tarn/table/write.h"

namespace tarn::ingest {

enum class LoadMode : uint8_t {
  kCreate,     // the table must not exist
  kAppend,     // it must exist and take the source's columns (by name)
  kOverwrite,  // it exists; its rows are replaced, its schema stays
  kReplace,    // created, or replaced with the source's schema; snapshots before stay
               // readable
  kUpsert,     // it exists; rows with the keys of the source's are replaced, others stay
};

/// "create", "append", "overwrite", "replace", "upsert". Errors: kInvalidArgument.
Result<LoadMode> LoadModeFromName(std::string_view name);

struct LoadRequest {
  iceberg::TableIdent into;
  std::string source = {};  // what messages about its rows call it
  LoadMode mode = LoadMode::kCreate;
  /// kUpsert: columns by which two rows are the same; none: the table's identifier
  /// fields.
  std::vector<std::string> keys = {};
  std::vector<std::string> partition_by = {};  // terms: "day(ts)", "region"
  std::map<std::string, std::string> properties = {};
  /// Of a new table's columns, by their names.
  std::map<std::string, std::string> comments = {};
  std::map<std::string, std::string> summary =
      {};  // extra properties of the snapshot: the source's name
  /// The same, asked for when all rows are read.
  std::function<std::map<std::string, std::string>()> summary_at_end = {};
  std::optional<std::string> reject_to =
      {};  // rejected rows as CSV here; without a place any reject fails the load
  /// Takes the rejected rows just before the commit, in the place of `reject_to`; not
  /// called without any. Its error fails the load.
  std::function<Status(const std::vector<engine::RejectedRow>&)> on_rejects = {};
  /// How a load that fails for a rejected row takes the others: ends its message.
  std::string reject_advice = "--reject-to FILE loads the other rows";
  /// Rows taken from the source, bytes handed to storage, part of the source read.
  std::function<void(int64_t rows, int64_t bytes, std::optional<double> part)>
      on_progress = {};
  std::function<void(const iceberg::Schema&)> on_schema =
      {};  // the proposed or existing schema
  std::function<bool()> cancelled = {};
  /// What others may have committed before this is; of an append, overwrite or
  /// upsert.
  table::ConflictChecks checks = {};
  /// Writers at once, each with files of its own; more than one only helps tables without
  /// partitions and with few columns, or on many cores.
  int32_t writers_max = 4;
};

/// In the summary of the snapshot of a load that rejected rows: how many.
inline constexpr char kRowsRejectedProperty[] = "tarn.rows-rejected";

struct LoadResult {
  int64_t rows_loaded = 0;
  int64_t rows_rejected = 0;
  int64_t files_written = 0;
  int64_t bytes_written = 0;
  std::optional<iceberg::SnapshotId> snapshot_id = {};
  std::shared_ptr<const iceberg::Schema> schema;
};

/// Namespaces on the way are created. Nothing is left behind on an error, except when the
/// commit's outcome is unknown (kCommitStateUnknown): then the files stay. Errors:
/// kAlreadyExists, kNoSuchTable, kNoSuchColumn, kTypeMismatch, kConstraintViolated,
/// kInvalidData (bad input and refused rows), kCancelled, kCommitConflict, and those of
/// the source, storage and catalog.
Result<LoadResult> Load(const table::Context& context, Source& source,
                        const LoadRequest& request);

}  // namespace tarn::ingest
