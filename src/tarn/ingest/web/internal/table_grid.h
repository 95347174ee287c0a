// A table of a page as a grid: spans spread out, its head told from its rows.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/ingest/web/document.h"

namespace tarn::ingest::web::internal {

struct TableOptions {
  std::optional<bool> header;  // whether the first row is one; unset: by its cells
  bool keeps_links = false;    // a column "x_href" after each column x with links
  bool keeps_footnotes = false;
  std::function<std::string(const std::string&)> absolute;  // of links
};

struct TableGrid {
  std::string caption;
  std::vector<std::string> names;              // unique, none empty
  std::vector<std::vector<std::string>> rows;  // each as long as names
};

/// `table` is a table element; if any of `chosen` are its rows, only these are taken.
/// Rows of tables within its cells are not its rows. Errors: kResourceLimit.
Result<TableGrid> ReadTable(const Document& page, NodeId table,
                            const std::set<NodeId>& chosen, const TableOptions& options);

}  // namespace tarn::ingest::web::internal
