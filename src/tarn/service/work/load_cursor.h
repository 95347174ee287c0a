// Loads that take only what is new: rows of a database whose cursor column is beyond the
// value that the last such load ended at.
//
// The value is in the summary of the snapshot that the load commits, and so is there if
// and only if its rows are; and in a property of the table, for when that snapshot
// expires. Beside it are marks of the rows that have this value: the next load reads from
// the value on, and leaves out those.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

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
  std::vector<std::string> key = {};  // tells rows of one value apart; empty: all columns
  std::optional<std::string> after =
      {};  // the last load's greatest value, if there is one
  /// Rows of that value that were taken; unset: all that will ever be.
  std::optional<std::multiset<std::string>> taken = {};
  std::optional<std::string> up_to = {};  // the greatest value; unset: there is no row
  int64_t held_back = 0;                  // rows with it that wait for a greater one
  bool is_empty = false;                  // nothing has come since the last load
  bool has_table = false;
  std::optional<iceberg::SnapshotId> base = {};  // of the table that it was read from
  /// Of these rows, with the columns of ingest/cursor_rows.h behind theirs.
  std::string query = {};
};

/// Rows of one value that are known one by one; where there are more, all wait until
/// there is a greater value.
inline constexpr int64_t kCursorRowsMax = 500;

/// Reads the last value from the table and the greatest one from the database. Errors:
/// those of both; kNoSuchColumn, kInvalidArgument for a start that is no value of the
/// column.
Result<CursorSpan> FindCursorSpan(const Lake& lake, catalog::Catalog& catalog,
                                  const JoinedOrder& joined);

/// For the summary of the load's snapshot; `at_end` as CursorRows::AtEnd() tells.
std::map<std::string, std::string> CursorSummary(const CursorSpan& span,
                                                 const std::vector<std::string>& at_end);

/// Puts the last value of the load's source into the table's properties, if it is not
/// there.
Status KeepCursor(const table::Context& context, const LoadOrder& order);

}  // namespace tarn::service
