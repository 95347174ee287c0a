// Adding data files to tables as new snapshots.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/iceberg/data_file.h"
#include "tarn/io/file_io.h"

namespace tarn::table {

/// What a writer works with. All outlive the calls they are given to. Thread-safe.
struct Context {
  catalog::Catalog& catalog;
  io::FileIO& io;
  Clock& clock;
  Random& random;
};

enum class WriteMode : uint8_t {
  kAppend,
  kOverwrite,  // all rows of the table are replaced (summary operation "overwrite")
};

struct WriteRequest {
  iceberg::TableIdent ident;
  WriteMode mode = WriteMode::kAppend;
  std::vector<iceberg::DataFile>
      files;  // of the table's specs; may be empty (an empty append makes no snapshot)
  std::map<std::string, std::string> summary = {};  // extra summary properties
  /// Set to create the table in the same commit (CTAS, load --mode create).
  std::shared_ptr<const iceberg::TableMetadata> create = nullptr;
  /// kOverwrite: replace schema and spec too (load --mode replace): the table as it shall
  /// become.
  std::shared_ptr<const iceberg::TableMetadata> replace = nullptr;
  /// Set if the schema the files were written with must still be the table's current one.
  std::optional<iceberg::SchemaId> schema_id = {};
};

/// Commits the files in one snapshot. A conflict (another writer was first) rebuilds the
/// manifest list on the new head and tries again, up to the table's
/// commit.retry.num-retries (20) times with back-off (commit.retry.min-wait-ms 25,
/// .max-wait-ms 5000, .total-timeout-ms 30 minutes); the data files are kept. After a
/// definite failure the manifests made here are deleted and the data files are the
/// caller's to abort. When the outcome of a commit is unknown the snapshot id is looked
/// up in the reloaded table; if that is impossible kCommitStateUnknown is returned and
/// nothing may be deleted. A head with more than commit.manifest.min-count-to-merge (100)
/// manifests gets its small ones merged. Errors: kCommitConflict, kCommitStateUnknown,
/// kAlreadyExists, kNoSuchTable, kNoSuchNamespace, kNotSupported (a table of format
/// version 1, which is only read), kInvalidArgument (files or a replacement that do not
/// fit the table), and those of FileIO.
Result<catalog::LoadedTable> Write(const Context& context, const WriteRequest& request);

/// Several tables, all or nothing.
Result<std::vector<catalog::LoadedTable>> WriteAll(
    const Context& context, const std::vector<WriteRequest>& requests);

}  // namespace tarn::table
