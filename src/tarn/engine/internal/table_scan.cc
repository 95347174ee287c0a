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
#include <duckdb/planner/operator/logical_get.hpp>
#include <duckdb/storage/statistics/base_statistics.hpp>

#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/scan_file_list.h"
#include "tarn/engine/internal/scan_reader.h"
#include "tarn/engine/internal/scan_state.h"
#include "tarn/engine/internal/scan_statistics.h"
#include "tarn/engine/internal/table_scan_copy.h"
#include "tarn/engine/internal/virtual_columns.h"

namespace tarn::engine {
namespace {

const ScanFileList& ListOf(const duckdb::FunctionData* bind_data) {
  return static_cast<const ScanFileList&>(
      *bind_data->Cast<duckdb::MultiFileBindData>().file_list);
}

duckdb::unique_ptr<duckdb::BaseStatistics> Statistics(
    duckdb::ClientContext&, const duckdb::FunctionData* bind_data,
    duckdb::column_t column) {
  const ScanFileList& list = ListOf(bind_data);
  const auto& fields = list.state().schema().fields();
  if (column >= fields.size()) {
    return nullptr;
  }
  return StatisticsOf(list.state(), list.Planned(), fields[column]);
}

duckdb::vector<duckdb::PartitionStatistics> PartitionStatistics(
    duckdb::ClientContext&, duckdb::GetPartitionStatsInput& input) {
  const ScanFileList& list = ListOf(input.bind_data.get());
  return FileStatistics(list.shared_state(), list.Planned());
}

duckdb::virtual_column_map_t BindVirtualColumns(
    duckdb::ClientContext&, duckdb::optional_ptr<duckdb::FunctionData> bind_data) {
  auto& data = bind_data->Cast<duckdb::MultiFileBindData>();
  data.virtual_columns = VirtualColumns();
  return data.virtual_columns;
}

void PushComplexFilters(duckdb::ClientContext& context, duckdb::LogicalGet& get,
                        duckdb::FunctionData* bind_data,
                        duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& filters) {
  static_cast<ScanFunctionInfo&>(*get.function.function_info)
      .push_filters(context, get, bind_data, filters);
  KeepLineageFiltersAbove(get, filters);
}

bool TakesExpression(duckdb::ClientContext&, const duckdb::LogicalGet& get,
                     duckdb::Expression& filter) {
  return !RefersToLineage(get, filter);
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
  if (plan.delete_files > 0) {
    lines["Delete Files"] = std::to_string(plan.delete_files);
  }
  lines["Manifests"] = std::to_string(plan.manifests - plan.manifests_skipped) +
                       " read, " + std::to_string(plan.manifests_skipped) + " skipped";
  const auto pruned_by = iceberg::And(list.filter(), list.of_files());
  if (pruned_by.op != iceberg::Operation::kTrue) {
    lines["Pruned By"] = iceberg::ExpressionToString(pruned_by);
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
  auto info = duckdb::make_shared_ptr<ScanFunctionInfo>(std::move(state));
  info->push_filters = function.pushdown_complex_filter;
  function.function_info = std::move(info);
  function.pushdown_complex_filter = PushComplexFilters;
  function.pushdown_expression = TakesExpression;
  function.get_multi_file_reader = ScanReader::Create;
  function.statistics = Statistics;
  function.get_partition_stats = PartitionStatistics;
  function.get_virtual_columns = BindVirtualColumns;
  function.get_bind_info = TableOf;
  function.to_string = Explain;
  if (!takes_filters) {
    function.filter_pushdown = false;
  }
  MakeCopyable(&function);  // Parquet's way would come back with DuckDB's file reader
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

const ScanFileList* TableScanFiles(const duckdb::TableFunction& function,
                                   const duckdb::FunctionData* bind_data) {
  const bool is_ours = function.get_multi_file_reader == ScanReader::Create;
  return is_ours && bind_data != nullptr ? &ListOf(bind_data) : nullptr;
}

duckdb::virtual_column_map_t TableScanVirtualColumns() { return VirtualColumns(); }

duckdb::vector<duckdb::column_t> TableScanRowIdColumns() {
  return {duckdb::MultiFileReader::COLUMN_IDENTIFIER_FILE_INDEX,
          duckdb::MultiFileReader::COLUMN_IDENTIFIER_FILE_ROW_NUMBER, kRowIdColumn};
}

}  // namespace tarn::engine
