// Queries answered from a materialised view: blocks (SELECT … FROM … WHERE … GROUP BY …)
// that ask for what the view keeps select from the view instead.
//
//   view    SELECT day, region, sum(amount) AS total FROM orders GROUP BY day, region
//   query   SELECT day, sum(amount) FROM orders WHERE region = 'eu' GROUP BY day
//   answer  SELECT day, sum(total) AS _col1 FROM view WHERE region = 'eu' GROUP BY day
//
// Where it is not sure that the rows are the same, the query stays. The caller says that
// the view is fresh.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/sql/query.h"

namespace tarn::sql {

struct KeptView {
  std::vector<Name> name;  // what an answer selects from
  QueryPtr definition;
  struct Column {
    std::string name;
    /// A sum of it does not depend on the order of rows: integers and decimals.
    bool is_exact = false;
    /// A time or timestamp: kept with all its digits, whatever precision the query gave
    /// it.
    bool is_time = false;
  };
  std::vector<Column> columns;
};

/// What names mean where a query stands.
struct NameMeanings {
  /// One text for each table, however it is named; unset for what is no table with rows
  /// of its own: views, system tables, tables that are not there.
  std::function<std::optional<std::string>(const std::vector<Name>&)> table;
  /// Whether a function of this name (lower case) aggregates.
  std::function<bool(std::string_view)> is_aggregate;
};

/// nullptr if no block of `query` can be answered from the view. `of_query` and `of_view`
/// say what names mean in the query and in the view's definition. Blocks in subqueries of
/// expressions stay as they are.
QueryPtr AnswerFromView(const QueryPtr& query, const NameMeanings& of_query,
                        const KeptView& view, const NameMeanings& of_view);

/// Names of all tables that blocks of `query` select from, as written.
std::vector<std::vector<Name>> TablesOfBlocks(const QueryPtr& query);

}  // namespace tarn::sql
