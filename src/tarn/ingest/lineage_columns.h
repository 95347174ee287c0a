// Columns that say where rows come from, added to those of a source.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/schema.h"
#include "tarn/ingest/source.h"

namespace tarn::ingest {

/// The same for all rows of a load.
struct Lineage {
  /// Text columns in their order: {"source_system", "s3"}, {"source_key", "a/b.csv"}.
  std::vector<std::pair<std::string, std::string>> texts = {};
  /// Columns that hold `loaded_at`, an instant of microseconds.
  std::vector<std::string> times = {};
  std::chrono::milliseconds loaded_at{0};  // since the Unix epoch, UTC
};

/// What a load called `load_id` adds for a place: the columns `source_system`,
/// `source_file`, `source_bucket` and `source_key`, or `source_url` as the place has
/// them, `loaded_at`, `load_id`; of databases `scraped_at` too, which says the same as
/// `loaded_at`. `shown` is a path or URL without secrets.
Lineage LineageOf(const std::string& shown, const std::string& load_id,
                  std::chrono::milliseconds now);
/// Names of its columns, in their order.
std::vector<std::string> ColumnsOf(const Lineage& lineage);

/// `source` with the columns of `lineage` behind its own. A column that the source has
/// already, in any case, stays as it is. With `table`, only columns that it has are
/// added.
std::unique_ptr<Source> WithLineage(std::unique_ptr<Source> source,
                                    const Lineage& lineage, const iceberg::Schema* table);

}  // namespace tarn::ingest
