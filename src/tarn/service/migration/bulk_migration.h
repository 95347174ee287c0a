// Several tables, some at a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/service/migration/migration_record.h"
#include "tarn/service/migration/migration_request.h"
#include "tarn/service/migration/table_migration.h"

namespace tarn::service {

/// The tables that `request` means; those of a scope as they are now, sorted, and behind
/// them its views. Errors: kInvalidArgument (two with one destination), kNoSuchNamespace
/// (a scope without tables is no error), those of the catalogs.
Result<std::vector<TablePair>> TablesOf(Places& places, const BulkRequest& request);

/// Who asked, and with which words; for the record.
struct MigrationOrigin {
  std::string owner;
  Json request;
};

/// Told after each table.
using TableDone = std::function<void(const TableReport&, size_t done, size_t all)>;

/// Migrates all of `tables`, which `request` means, whatever becomes of one of them;
/// views when what they name is there. Writes the record, which it gives: status
/// "success", "partial" (some failed) or "error" (all did). After a cancel what is done
/// stays. Errors: kCancelled; those of the records.
Result<Json> MigrateTables(MigrationRun run, const BulkRequest& request,
                           const std::vector<TablePair>& tables,
                           const MigrationOrigin& origin, MigrationRecords& records,
                           const TableDone& told);

/// The record of one table as the answer to who asked: its report's members beside those
/// of the record.
Json SingleAnswer(const Json& record);

}  // namespace tarn::service
