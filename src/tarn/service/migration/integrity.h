// Whether tables are whole: every file that their metadata names is there as it says, and
// whether two tables hold the same rows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/service/migration/compare_rows.h"
#include "tarn/service/migration/migration_request.h"
#include "tarn/service/migration/table_migration.h"

namespace tarn::service {

/// How far a check goes.
enum class IntegrityDepth : uint8_t {
  kFiles,  // files are there with their sizes, manifests and footers agree on rows
  kRows,   // and all rows of the current snapshot can be read; their checksum is that of
           // the migration that wrote them, if one did
};

struct FileProblem {
  std::string file;
  std::string problem;
};

struct TableIntegrity {
  std::string table;
  int64_t snapshots = 0;
  int64_t files = 0;  // of all snapshots, metadata too
  int64_t bytes = 0;
  int64_t rows = 0;  // of the current snapshot
  std::string checksum = {};
  std::string recorded_checksum = {};  // by the migration; empty: none
  int64_t problem_count = 0;
  std::vector<FileProblem> problems = {};  // the first hundred
};

/// Problems are findings, no errors. Errors: kCancelled.
Result<TableIntegrity> CheckTable(const MigrationRun& run, const PlacedTable& table,
                                  IntegrityDepth depth);

/// All tables and views of `scope`, some at a time; of a view its metadata. Members:
/// status ("success", "damaged"), tables, views, and sums. Errors: kCancelled, those of
/// the catalog's lists.
Result<Json> CheckIntegrity(const MigrationRun& run, const TableScope& scope,
                            const std::vector<PlacedTable>& tables, IntegrityDepth depth);

/// Compares the current rows of two tables by the columns of the source. Members as
/// TableReportToJson has them, status "success" or "mismatch". Errors: kNoSuchTable,
/// kNoSuchColumn, kInvalidData, kCancelled, those of FileIO.
Result<Json> CompareTables(const MigrationRun& run, const TablePair& pair);

}  // namespace tarn::service
