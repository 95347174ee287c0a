// Parquet files that exist already as data files of a table (Java's AddFiles, Spark's
// add_files): nothing is copied, nothing is read but footers.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/iceberg/schema.h"
#include "tarn/table/context.h"
#include "tarn/table/maintenance/action.h"

namespace tarn::table {

/// What becomes of files in directories below the one that is named, other than those of
/// partitions ("region=eu").
enum class Subdirectories : uint8_t { kRead, kSkip, kFail };

struct AddFilesOptions {
  std::string location;  // a directory, or one file
  Subdirectories subdirectories = Subdirectories::kRead;
  /// Only files of partitions with these values, by name, as directories spell them.
  std::map<std::string, std::string> partition_filter = {};
  /// A file that the table has already is an error; else it is added again.
  bool check_duplicate_files = true;
  std::map<std::string, std::string> summary = {};  // extra properties of the snapshot
  ActionControl control = {};
};

struct AddFilesResult {
  int64_t added_files_count = 0;
  int64_t changed_partition_count = 0;
  std::optional<iceberg::SnapshotId> snapshot_id = {};  // unset: there was no file
};

/// Appends the files in one snapshot. Values of partition fields, which must be identity,
/// are those of the directories. Columns are matched by field ids, or by names where the
/// file has none: the table gets a name mapping if it has none yet, in a commit before.
/// Files whose names begin with '_' or '.' are left out. From then on the files are the
/// table's: expiring snapshots may delete them. Errors: kNoSuchFile (the directory holds
/// none), kNotSupported (a partition transform that directories do not tell),
/// kAlreadyExists (a duplicate), kTypeMismatch, kInvalidData (no Parquet file),
/// kInvalidArgument (a partition that a path does not tell), kCommitConflict,
/// kCommitStateUnknown, kCancelled, those of FileIO. Nothing is added after an error.
Result<AddFilesResult> AddFiles(const Context& context, const iceberg::TableIdent& ident,
                                const AddFilesOptions& options);

/// The table to make of the files: columns of the first one's footer, then those of the
/// directories' names, typed by their values (long, date, string) and partitioned by.
struct DiscoveredTable {
  std::vector<iceberg::Field> fields;
  std::vector<std::string> partition_columns;
};
/// Errors: as AddFiles.
Result<DiscoveredTable> DiscoverTable(const Context& context,
                                      const AddFilesOptions& options);

}  // namespace tarn::table
