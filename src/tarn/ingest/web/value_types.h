// Types of columns that came as text: what every value of one can be without losing
// anything.
//
//   const ColumnPlan plan = PlanColumn(rows.column(i), PlanOptions{});
//   ARROW_ASSIGN_OR_RAISE(auto array, BuildColumn(plan, rows.column(i), 0, 1000));
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/ingest/web/row_set.h"

namespace tarn::ingest::web {

enum class ValueKind : uint8_t {
  kText,
  kBool,
  kInteger,  // int64
  kDouble,   // at most 15 digits
  kDecimal,
  kDate,
  kTimestamp,  // without zone
  kInstant,    // with a zone; UTC
};

/// How numbers of a column are written.
struct NumberStyle {
  char group = ',';
  char point = '.';
};

/// Which of the numbers of 3/4/2024 is what.
enum class DateOrder : uint8_t { kNone, kDayFirst, kMonthFirst };

struct ColumnPlan {
  ValueKind kind = ValueKind::kText;
  NumberStyle style = {};
  DateOrder order = DateOrder::kNone;
  int32_t scale = 0;  // of kDecimal
  int32_t precision = 38;
  bool is_percent = false;   // "12 %" is 12
  bool is_currency = false;  // "$5.00" is 5.00; CurrencyOf() has the rest
  bool is_empty = false;     // no value at all
};

/// The narrowest kind that holds all of `cells`. Text of pages may be any; JSON's strings
/// only dates and times. Where two readings are possible it is text, but "1,234" is a
/// thousand. "-", "n/a" and the like are no values where the others are no text.
ColumnPlan PlanColumn(const std::vector<Cell>& cells);

/// The same column as `wanted` if its values are such, as the column of a table that is
/// there already; unset if they are not.
std::optional<ColumnPlan> PlanAs(const ColumnPlan& plan, const arrow::DataType& wanted);

std::shared_ptr<arrow::DataType> TypeOf(const ColumnPlan& plan);

/// Rows from `begin` to before `end`; what `cells` lacks at its end is null. `cells` are
/// those that were planned, or others: Errors: kTypeMismatch for one that does not fit.
Result<std::shared_ptr<arrow::Array>> BuildColumn(const ColumnPlan& plan,
                                                  const std::vector<Cell>& cells,
                                                  int64_t begin, int64_t end);

/// "$" of "$ 5.00", "EUR" of "5 EUR"; empty if there is none.
std::string CurrencyOf(std::string_view text);

/// Names as columns have them: "GDP (US$ million)[2]" is gdp_us_million. Unique; none
/// empty; none of `taken`.
std::vector<std::string> ColumnNames(const std::vector<std::string>& names,
                                     const std::vector<std::string>& taken);

}  // namespace tarn::ingest::web
