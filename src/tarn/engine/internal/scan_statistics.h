// What manifests tell of a scan's rows without reading a data file: to DuckDB's
// optimizer, and as the answer to count(*), min and max.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include <duckdb/function/partition_stats.hpp>
#include <duckdb/storage/statistics/base_statistics.hpp>

#include "tarn/iceberg/data_file.h"
#include "tarn/iceberg/schema.h"
#include "tarn/iceberg/value.h"

namespace tarn::engine {

struct PlannedFiles;
class ScanState;

/// One column in one file, or in several.
struct ColumnSummary {
  bool is_known = true;     // false: nothing below can be said
  bool has_values = false;  // a value that is not null
  bool may_have_null = false;
  iceberg::Value lower = {};  // with has_values; hold for every row in DuckDB's order
  iceberg::Value upper = {};
};

/// `field` as the statistics of `file` show it.
ColumnSummary SummaryOf(const iceberg::DataFile& file, const iceberg::Field& field);

/// Over all files of a plan; each column is looked at once. Thread-safe.
class ColumnSummaries {
 public:
  ColumnSummary Of(const PlannedFiles& planned, const iceberg::Field& field);

 private:
  std::mutex mutex_;
  std::map<iceberg::FieldId, ColumnSummary> by_field_;
};

/// For the optimizer: bounds and nulls of all planned files, and how many distinct values
/// the table's statistics file counted. nullptr if nothing is known. Deletes leave bounds
/// true.
duckdb::unique_ptr<duckdb::BaseStatistics> StatisticsOf(const ScanState& state,
                                                        const PlannedFiles& planned,
                                                        const iceberg::Field& field);

/// One for each planned file: count(*), min and max without a filter are answered from
/// them. Counts are exact for files without deletes (position deletes may repeat a row,
/// and nobody has counted what equality deletes hit); so are bounds, but never those of
/// texts and binaries, which writers truncate, nor those of floats that a NaN is beyond.
/// `state` outlives the result's use.
duckdb::vector<duckdb::PartitionStatistics> FileStatistics(
    std::shared_ptr<const ScanState> state, const PlannedFiles& planned);

}  // namespace tarn::engine
