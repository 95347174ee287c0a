#include "tarn/engine/internal/federation/text_filters.h"

#include <atomic>

#include <duckdb/execution/operator/scan/physical_table_scan.hpp>
#include <duckdb/function/table_function.hpp>
#include <duckdb/main/config.hpp>
#include <duckdb/optimizer/optimizer_extension.hpp>
#include <duckdb/planner/expression/bound_columnref_expression.hpp>
#include <duckdb/planner/expression_iterator.hpp>
#include <duckdb/planner/operator/logical_get.hpp>
#include <duckdb/planner/table_filter.hpp>

namespace tarn::engine {
namespace {

constexpr char kScanName[] = "mysql_scan";

/// The extension's own, the same for each scan.
std::atomic<duckdb::table_function_init_global_t> own_init_global;

bool IsText(const duckdb::LogicalType& type) {
  return type.id() == duckdb::LogicalTypeId::VARCHAR;
}

bool NamesText(const duckdb::Expression& filter) {
  bool names_text = false;
  duckdb::ExpressionIterator::VisitExpression<duckdb::BoundColumnRefExpression>(
      filter, [&](const duckdb::BoundColumnRefExpression& column) {
        names_text = names_text || IsText(column.return_type);
      });
  return names_text;
}

/// Asked before filters go to the scan: where one is on text, all run here.
void HoldBack(duckdb::ClientContext&, duckdb::LogicalGet& get, duckdb::FunctionData*,
              duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& filters) {
  for (const auto& filter : filters) {
    if (NamesText(*filter)) {
      get.function.filter_pushdown = false;
    }
  }
}

/// Leaves out filters that came while the query ran (join keys, Top-N): the plan checks
/// their rows itself.
duckdb::unique_ptr<duckdb::GlobalTableFunctionState> InitGlobal(
    duckdb::ClientContext& context, duckdb::TableFunctionInitInput& input) {
  if (input.filters == nullptr || input.op == nullptr) {
    return own_init_global.load()(context, input);
  }
  const auto& types = input.op->Cast<duckdb::PhysicalTableScan>().returned_types;
  duckdb::TableFilterSet kept;
  for (const auto& [place, filter] : input.filters->filters) {
    const auto column = input.column_ids[place];
    if (column < types.size() && !IsText(types[column])) {
      kept.filters[place] = filter->Copy();
    }
  }
  duckdb::TableFunctionInitInput narrowed(input.bind_data, input.column_indexes,
                                          input.projection_ids, &kept,
                                          input.sample_options, input.op);
  return own_init_global.load()(context, narrowed);
}

void Restrict(duckdb::TableFunction& scan) {
  if (scan.init_global == InitGlobal) {
    return;
  }
  own_init_global = scan.init_global;
  scan.init_global = InitGlobal;
  scan.pushdown_complex_filter = HoldBack;
}

void RestrictScans(duckdb::LogicalOperator& plan) {
  if (plan.type == duckdb::LogicalOperatorType::LOGICAL_GET) {
    auto& function = plan.Cast<duckdb::LogicalGet>().function;
    if (function.name == kScanName) {
      Restrict(function);
    }
  }
  for (const auto& child : plan.children) {
    RestrictScans(*child);
  }
}

void BeforeOptimizing(duckdb::OptimizerExtensionInput&,
                      duckdb::unique_ptr<duckdb::LogicalOperator>& plan) {
  RestrictScans(*plan);
}

}  // namespace

void RegisterTextFilters(duckdb::DBConfig& config) {
  duckdb::OptimizerExtension extension;
  extension.pre_optimize_function = BeforeOptimizing;
  duckdb::OptimizerExtension::Register(config, extension);
}

}  // namespace tarn::engine
