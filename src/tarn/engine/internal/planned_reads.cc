#include "tarn/engine/internal/planned_reads.h"

#include <algorithm>
#include <utility>

#include <duckdb/catalog/catalog.hpp>
#include <duckdb/catalog/catalog_entry/schema_catalog_entry.hpp>
#include <duckdb/catalog/catalog_entry/table_catalog_entry.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/optimizer/optimizer.hpp>
#include <duckdb/planner/operator/logical_delete.hpp>
#include <duckdb/planner/operator/logical_get.hpp>
#include <duckdb/planner/operator/logical_insert.hpp>
#include <duckdb/planner/operator/logical_merge_into.hpp>
#include <duckdb/planner/operator/logical_update.hpp>
#include <duckdb/planner/planner.hpp>

#include "tarn/engine/internal/scan_file_list.h"
#include "tarn/engine/internal/table_scan.h"

namespace tarn::engine {
namespace {

using duckdb::LogicalOperatorType;

void AddTable(std::string name, ScanEstimate* estimate) {
  if (std::ranges::find(estimate->tables, name) == estimate->tables.end()) {
    estimate->tables.push_back(std::move(name));
  }
}

void AddTarget(const duckdb::TableCatalogEntry& table, ScanEstimate* estimate) {
  AddTable(table.ParentCatalog().GetName() + "." + table.ParentSchema().name + "." +
               table.name,
           estimate);
}

void AddScan(const duckdb::LogicalGet& get, ScanEstimate* estimate) {
  const ScanFileList* const files = TableScanFiles(get.function, get.bind_data.get());
  if (files == nullptr) {
    return;
  }
  AddTable(files->state().source().name, estimate);
  for (const NumberedTask& file : files->Planned().files) {
    estimate->bytes += file.task->file.file_size_bytes;
    ++estimate->files;
  }
}

void AddOperator(const duckdb::LogicalOperator& op, ScanEstimate* estimate) {
  switch (op.type) {
    case LogicalOperatorType::LOGICAL_GET:
      AddScan(op.Cast<duckdb::LogicalGet>(), estimate);
      break;
    case LogicalOperatorType::LOGICAL_INSERT:
      AddTarget(op.Cast<duckdb::LogicalInsert>().table, estimate);
      break;
    case LogicalOperatorType::LOGICAL_DELETE:
      AddTarget(op.Cast<duckdb::LogicalDelete>().table, estimate);
      break;
    case LogicalOperatorType::LOGICAL_UPDATE:
      AddTarget(op.Cast<duckdb::LogicalUpdate>().table, estimate);
      break;
    case LogicalOperatorType::LOGICAL_MERGE_INTO:
      AddTarget(op.Cast<duckdb::LogicalMergeInto>().table, estimate);
      break;
    default:
      break;
  }
  for (const auto& child : op.children) {
    AddOperator(*child, estimate);
  }
}

}  // namespace

ScanEstimate EstimateOf(duckdb::ClientContext& context,
                        duckdb::unique_ptr<duckdb::SQLStatement> statement) {
  ScanEstimate estimate;
  context.RunFunctionInTransaction([&] {
    duckdb::Planner planner(context);
    planner.CreatePlan(std::move(statement));
    duckdb::Optimizer optimizer(*planner.binder, context);
    const auto plan = optimizer.Optimize(std::move(planner.plan));
    AddOperator(*plan, &estimate);
  });
  return estimate;
}

}  // namespace tarn::engine
