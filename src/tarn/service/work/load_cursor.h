// Loads that take only what is new: rows of a database whose cursor column is beyond the
// value that the last such load ended at.
//
// The value is in the summary of the snapshot that the load commits, and so is there if
// and only if its rows are; and in a property of the table, for when that snapshot
// expires.
#pragma once

#include <optional>
#include <string>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/service/lake.h"
#include "tarn/service/work/load_order.h"
#include "tarn/service/work/load_source.h"

namespace tarn::service {

/// What one load takes.
struct CursorSpan {
  std::string source;  // the key of its state in the table
  std::string column;
  std::string type = {};                  // of the column, in the database's words
  std::optional<std::string> after = {};  // rows beyond it, if there was a load before
  std::optional<std::string> up_to = {};  // and up to it; unset: there is no row
  bool has_table = false;
  std::optional<iceberg::SnapshotId> base = {};  // of the table that it was read from
  std::string query = {};                        // of these rows

  /// Nothing has come since the last load.
  bool is_empty() const { return !up_to || up_to == after; }
};

/// Reads the last value from the table and the greatest one from the database. Errors:
/// those of both; kNoSuchColumn, kInvalidArgument for a start that is no value of the
/// column.
Result<CursorSpan> FindCursorSpan(const Lake& lake, catalog::Catalog& catalog,
                                  const JoinedOrder& joined);

/// For the summary of the load's snapshot.
std::map<std::string, std::string> CursorSummary(const CursorSpan& span);

/// Puts the last value of the load's source into the table's properties, if it is not
/// there.
Status KeepCursor(const table::Context& context, const LoadOrder& order);

}  // namespace tarn::service
