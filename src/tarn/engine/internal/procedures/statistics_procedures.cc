// Statistics for planners.
#include "tarn/base/error.h"
#include "tarn/engine/internal/procedures/procedure_call.h"
#include "tarn/table/alter.h"
#include "tarn/table/maintenance/compute_partition_stats.h"
#include "tarn/table/maintenance/compute_table_stats.h"

namespace tarn::engine::procedures {
namespace {

using duckdb::LogicalTypeId;

Status ComputeTableStats(ProcedureCall& call) {
  table::ComputeTableStatsOptions options;
  options.snapshot_id = call.Snapshot("snapshot_id");
  options.columns = call.Texts("columns");
  options.control = call.control();
  ARROW_ASSIGN_OR_RAISE(const auto ident, call.Table());
  ARROW_ASSIGN_OR_RAISE(const auto result,
                        table::ComputeTableStats(call.tarn(), ident, options));
  if (result.statistics_file.has_value()) {
    call.Answer({duckdb::Value(result.statistics_file->path)});
  }
  return Status::OK();
}

Status ComputePartitionStats(ProcedureCall& call) {
  table::ComputePartitionStatsOptions options;
  options.snapshot_id = call.Snapshot("snapshot_id");
  options.control = call.control();
  ARROW_ASSIGN_OR_RAISE(const auto ident, call.Table());
  ARROW_ASSIGN_OR_RAISE(const auto result,
                        table::ComputePartitionStats(call.tarn(), ident, options));
  if (result.statistics_file.has_value()) {
    call.Answer({duckdb::Value(result.statistics_file->path)});
  }
  return Status::OK();
}

/// The statistics files leave the metadata; they are deleted when they are orphans.
Status DropExtendedStats(ProcedureCall& call) {
  ARROW_ASSIGN_OR_RAISE(const auto ident, call.Table());
  const auto drop = [](const iceberg::TableMetadata& base) -> Result<table::Alteration> {
    table::Alteration alteration;
    for (const iceberg::StatisticsFile& file : base.statistics) {
      alteration.updates.emplace_back(
          iceberg::update::RemoveStatistics{.snapshot_id = file.snapshot_id});
    }
    return alteration;
  };
  return table::AlterTable(call.tarn(), ident, drop).status();
}

}  // namespace

void AddStatisticsProcedures(std::vector<Procedure>* list) {
  const Parameter table{"table", Kind::kTable, Need::kRequired};
  list->insert(list->end(),
               {{"compute_table_stats",
                 Form::kCall,
                 {table, {"snapshot_id", Kind::kLong}, {"columns", Kind::kTexts}},
                 {{"statistics_file", LogicalTypeId::VARCHAR}},
                 &ComputeTableStats},
                {"compute_partition_stats",
                 Form::kCall,
                 {table, {"snapshot_id", Kind::kLong}},
                 {{"partition_statistics_file", LogicalTypeId::VARCHAR}},
                 &ComputePartitionStats},
                {"drop_extended_stats", Form::kExecute, {}, {}, &DropExtendedStats}});
}

}  // namespace tarn::engine::procedures
