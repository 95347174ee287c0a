#include "tarn/engine/internal/table_scan.h"

#include <algorithm>
#include <optional>

#include <duckdb/catalog/catalog.hpp>
#include <duckdb/catalog/catalog_entry/table_catalog_entry.hpp>
#include <duckdb/catalog/catalog_entry/table_function_catalog_entry.hpp>
#include <duckdb/common/multi_file/multi_file_states.hpp>
#include <duckdb/function/partition_stats.hpp>
#include <duckdb/parallel/task_scheduler.hpp>
#include <duckdb/parser/tableref/table_function_ref.hpp>
#include <duckdb/storage/statistics/base_statistics.hpp>
#include <duckdb/storage/statistics/numeric_stats.hpp>

#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/scan_file_list.h"
#include "tarn/engine/internal/scan_reader.h"
#include "tarn/engine/internal/scan_state.h"
#include "tarn/engine/internal/type_conversion.h"
#include "tarn/iceberg/value.h"

namespace tarn::engine {
namespace {

using iceberg::TypeId;

const ScanFileList& ListOf(const duckdb::FunctionData* bind_data) {
  return static_cast<const ScanFileList&>(
      *bind_data->Cast<duckdb::MultiFileBindData>().file_list);
}

/// Types whose bounds hold for every row in DuckDB's order too: not floats (NaN), not
/// texts (truncated bounds).
bool HasExactOrder(const iceberg::Type& type) {
  switch (type.id()) {
    case TypeId::kInt:
    case TypeId::kLong:
    case TypeId::kDate:
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
      return true;
    case TypeId::kDecimal:
      return type.precision() <= 18;
    default:
      return false;
  }
}

struct Bounds {
  iceberg::Value lower;
  iceberg::Value upper;
};

/// Bounds over all planned files; unset if one file does not tell.
std::optional<Bounds> BoundsOf(const PlannedFiles& planned, const iceberg::Field& field) {
  std::optional<Bounds> all;
  for (const NumberedTask& numbered : planned.files) {
    const iceberg::ColumnStats* stats =
        iceberg::FindColumnStats(numbered.task->file, field.id);
    if (stats == nullptr) {
      return {};
    }
    const bool only_nulls = stats->null_count.has_value() &&
                            stats->null_count == stats->value_count &&
                            stats->value_count == numbered.task->file.record_count;
    if (only_nulls) {
      continue;
    }
    if (!stats->lower_bound.has_value() || !stats->upper_bound.has_value()) {
      return {};
    }
    auto lower = iceberg::ValueFromBytes(field.type, *stats->lower_bound);
    auto upper = iceberg::ValueFromBytes(field.type, *stats->upper_bound);
    if (!lower.ok() || !upper.ok()) {
      return {};
    }
    if (!all.has_value()) {
      all = Bounds{*lower, *upper};
      continue;
    }
    if (iceberg::CompareValues(field.type, *lower, all->lower) < 0) {
      all->lower = *lower;
    }
    if (iceberg::CompareValues(field.type, *upper, all->upper) > 0) {
      all->upper = *upper;
    }
  }
  return all;
}

duckdb::unique_ptr<duckdb::BaseStatistics> Statistics(
    duckdb::ClientContext&, const duckdb::FunctionData* bind_data,
    duckdb::column_t column) {
  const ScanFileList& list = ListOf(bind_data);
  const auto& fields = list.state().schema().fields();
  if (column >= fields.size() || !HasExactOrder(fields[column].type)) {
    return nullptr;
  }
  const iceberg::Field& field = fields[column];
  const std::optional<Bounds> bounds = BoundsOf(list.Planned(), field);
  if (!bounds.has_value()) {
    return nullptr;
  }
  auto statistics = duckdb::BaseStatistics::CreateUnknown(LogicalTypeOf(field.type));
  duckdb::NumericStats::SetMin(statistics, DuckValueOf(field.type, bounds->lower));
  duckdb::NumericStats::SetMax(statistics, DuckValueOf(field.type, bounds->upper));
  return statistics.ToUnique();
}

/// Row counts of the files: count(*) without a filter is answered from them. Exact, since
/// no file has deletes.
duckdb::vector<duckdb::PartitionStatistics> RowCounts(
    duckdb::ClientContext&, duckdb::GetPartitionStatsInput& input) {
  duckdb::vector<duckdb::PartitionStatistics> counts;
  for (const NumberedTask& numbered : ListOf(input.bind_data.get()).Planned().files) {
    duckdb::PartitionStatistics one;
    one.count = static_cast<duckdb::idx_t>(numbered.task->file.record_count);
    one.count_type = duckdb::CountType::COUNT_EXACT;
    counts.push_back(std::move(one));
  }
  return counts;
}

duckdb::BindInfo TableOf(const duckdb::optional_ptr<duckdb::FunctionData> bind_data) {
  return duckdb::BindInfo(*ListOf(bind_data.get()).state().source().entry);
}

/// The lines that EXPLAIN shows for the scan.
duckdb::InsertionOrderPreservingMap<std::string> Explain(
    duckdb::TableFunctionToStringInput& input) {
  const ScanFileList& list = ListOf(input.bind_data.get());
  const PlannedFiles& planned = list.Planned();
  const table::ScanPlan& plan = *planned.plan;
  duckdb::InsertionOrderPreservingMap<std::string> lines;
  lines["Table"] = list.state().source().name;
  lines["Files"] = std::to_string(planned.files.size()) + " planned, " +
                   std::to_string(plan.files_skipped + planned.files_pruned) + " pruned";
  lines["Manifests"] = std::to_string(plan.manifests - plan.manifests_skipped) +
                       " read, " + std::to_string(plan.manifests_skipped) + " skipped";
  if (list.filter().op != iceberg::Operation::kTrue) {
    lines["Pruned By"] = iceberg::ExpressionToString(list.filter());
  }
  return lines;
}

}  // namespace

duckdb::TableFunction BindTableScan(duckdb::ClientContext& context,
                                    const TableScanSource& source,
                                    duckdb::unique_ptr<duckdb::FunctionData>* bind_data) {
  const auto threads = duckdb::TaskScheduler::GetScheduler(context).NumberOfThreads();
  auto state =
      ValueOrThrow(ScanState::Make(source, std::max(1, static_cast<int32_t>(threads))));

  const bool takes_filters = state->reader_takes_filters();
  auto& system = duckdb::Catalog::GetSystemCatalog(context);
  auto& entry = system.GetEntry<duckdb::TableFunctionCatalogEntry>(
      context, DEFAULT_SCHEMA, "parquet_scan");
  const auto paths_type = duckdb::LogicalType::LIST(duckdb::LogicalType::VARCHAR);
  duckdb::TableFunction function =
      entry.functions.GetFunctionByArguments(context, {paths_type});
  function.name = "iceberg_scan";
  function.function_info = duckdb::make_shared_ptr<ScanFunctionInfo>(std::move(state));
  function.get_multi_file_reader = ScanReader::Create;
  function.statistics = Statistics;
  function.get_partition_stats = RowCounts;
  function.get_bind_info = TableOf;
  function.to_string = Explain;
  if (!takes_filters) {
    function.filter_pushdown = false;
  }
  // A copy through Parquet's serialization would come back with DuckDB's own file reader.
  function.serialize = nullptr;
  function.deserialize = nullptr;
  function.verify_serialization = false;

  duckdb::vector<duckdb::Value> inputs{
      duckdb::Value::LIST(duckdb::LogicalType::VARCHAR, duckdb::vector<duckdb::Value>{})};
  duckdb::named_parameter_map_t parameters;
  // Parquet's bounds leave NaN out, and DuckDB orders NaN above all numbers.
  parameters["can_have_nan"] = duckdb::Value::BOOLEAN(true);
  duckdb::vector<duckdb::LogicalType> input_types;
  duckdb::vector<std::string> input_names;
  duckdb::vector<duckdb::LogicalType> types;
  duckdb::vector<std::string> names;
  duckdb::TableFunctionRef reference;
  duckdb::TableFunctionBindInput input(inputs, parameters, input_types, input_names,
                                       function.function_info.get(), nullptr, function,
                                       reference);
  *bind_data = function.bind(context, input, types, names);
  return function;
}

duckdb::virtual_column_map_t TableScanVirtualColumns() {
  using duckdb::MultiFileReader;
  duckdb::virtual_column_map_t columns;
  const auto add = [&](duckdb::column_t id, const char* name,
                       const duckdb::LogicalType& type) {
    columns.insert(std::make_pair(id, duckdb::TableColumn(name, type)));
  };
  add(MultiFileReader::COLUMN_IDENTIFIER_FILENAME, "filename",
      duckdb::LogicalType::VARCHAR);
  add(MultiFileReader::COLUMN_IDENTIFIER_FILE_INDEX, "file_index",
      duckdb::LogicalType::UBIGINT);
  add(MultiFileReader::COLUMN_IDENTIFIER_FILE_ROW_NUMBER, "file_row_number",
      duckdb::LogicalType::BIGINT);
  add(duckdb::COLUMN_IDENTIFIER_EMPTY, "", duckdb::LogicalType::BOOLEAN);
  return columns;
}

duckdb::vector<duckdb::column_t> TableScanRowIdColumns() {
  return {duckdb::MultiFileReader::COLUMN_IDENTIFIER_FILE_INDEX,
          duckdb::MultiFileReader::COLUMN_IDENTIFIER_FILE_ROW_NUMBER};
}

}  // namespace tarn::engine
