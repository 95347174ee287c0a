// The rows of a scrape as a source of a load.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/ingest/source.h"
#include "tarn/ingest/web/row_set.h"

namespace tarn::ingest::web {

/// Rows from `first_row` on, up to those of the next page.
struct PageSpan {
  int64_t first_row = 0;
  std::string url;
  int64_t number = 1;
  std::chrono::milliseconds read_at{0};  // since the epoch, UTC
};

struct ScrapedRows {
  RowSet rows;
  std::vector<PageSpan> pages = {};
  std::string note = {};  // what a person should know about them
};

struct ScrapeSourceOptions {
  bool is_typed = true;      // false: every column is text
  bool has_lineage = true;   // columns source_url, scraped_at, page_number
  std::string load_id = {};  // with lineage: a column of it if it is not empty
};

/// Columns have types that hold all values, and names that SQL takes. Of a currency's
/// column the currency is one more, "price_currency". Errors: kInvalidData if there is no
/// row.
Result<std::unique_ptr<Source>> MakeScrapeSource(std::shared_ptr<const ScrapedRows> rows,
                                                 const ScrapeSourceOptions& options);

}  // namespace tarn::ingest::web
