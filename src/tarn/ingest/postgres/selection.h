// What is read of a PostgreSQL: its columns, and the query that gives them in forms that
// copy_decoder.h knows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/ingest/postgres/column_type.h"
#include "tarn/ingest/postgres/connection.h"

namespace tarn::ingest::postgres {

/// What numerics without a declared precision are.
enum class AsNumeric : uint8_t { kDecimal, kDouble, kText };

struct SelectionRequest {
  std::string table = {};  // as SQL names it: orders, sales.orders, "Sales"."Orders"
  std::string query = {};  // one of the two
  AsNumeric numeric = AsNumeric::kDecimal;  // decimal(38, 18)
};

struct Selection {
  std::vector<Column> columns;
  std::string select;  // all rows
  /// Blocks of the table's largest part; unset for queries and what has none.
  std::optional<int64_t> num_blocks = {};

  /// COPY of the rows for which `condition` holds; of all, if it is empty.
  std::string Copy(const std::string& condition) const;
};

/// Types that have no form of their own (ranges, intervals, addresses, …) are read as
/// text. Errors: kNoSuchTable, kNoSuchColumn, kInvalidArgument (no columns, two of one
/// name), and those of the connection.
Result<Selection> Select(Connection& connection, const SelectionRequest& request);

}  // namespace tarn::ingest::postgres
