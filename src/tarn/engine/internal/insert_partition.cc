#include "tarn/engine/internal/insert_partition.h"

#include <algorithm>
#include <set>
#include <utility>

#include <duckdb/execution/operator/projection/physical_projection.hpp>
#include <duckdb/execution/physical_plan_generator.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/planner/expression/bound_constant_expression.hpp>
#include <duckdb/planner/expression/bound_reference_expression.hpp>

#include "tarn/base/error.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/type_conversion.h"
#include "tarn/iceberg/metrics_evaluator.h"
#include "tarn/iceberg/projection.h"
#include "tarn/table/scan.h"

namespace tarn::engine {
namespace {

/// Those whose value is the partition's: others come of a column and cannot be set.
std::set<iceberg::FieldId> PartitionColumnsOf(const iceberg::TableMetadata& metadata) {
  std::set<iceberg::FieldId> columns;
  for (const iceberg::PartitionField& field : metadata.spec().fields) {
    if (std::holds_alternative<iceberg::Identity>(field.transform)) {
      columns.insert(field.source_id());
    }
  }
  return columns;
}

[[noreturn]] void Refuse(const std::string& what) {
  ThrowStatus(MakeError(ErrorCode::kInvalidArgument, what));
}

iceberg::Expression IsValue(const iceberg::Schema& schema, const iceberg::Field& field,
                            const duckdb::Value& value) {
  const std::string& column = schema.NameOf(field.id);
  if (value.IsNull()) {
    return iceberg::Unary(iceberg::Operation::kIsNull, column);
  }
  auto literal = IcebergValueOf(field.type, value);
  if (!literal.has_value()) {
    Refuse("PARTITION cannot overwrite rows by a column of this type: " + column);
  }
  return iceberg::Predicate(iceberg::Operation::kEqual, column, field.type,
                            {*std::move(literal)});
}

}  // namespace

StaticPartition ResolvePartition(duckdb::ClientContext& context,
                                 const iceberg::TableMetadata& metadata,
                                 const iceberg::Schema& schema,
                                 const sql::InsertName& name) {
  StaticPartition partition;
  partition.values.resize(schema.fields().size());
  std::set<iceberg::FieldId> open = PartitionColumnsOf(metadata);
  iceberg::Expression replaced = iceberg::AlwaysTrue();
  for (const sql::PartitionColumn& column : name.partition) {
    const iceberg::Field* field = schema.FindByNameIgnoringCase(column.name);
    if (field == nullptr || !PartitionColumnsOf(metadata).contains(field->id)) {
      Refuse("PARTITION names a column that the table is not partitioned by itself: " +
             column.name);
    }
    if (!column.is_static) {
      continue;
    }
    const duckdb::LogicalType type = LogicalTypeOf(field->type);
    const duckdb::Value value = column.value.has_value()
                                    ? duckdb::Value(*column.value).CastAs(context, type)
                                    : duckdb::Value(type);
    const auto place = std::find_if(
        schema.fields().begin(), schema.fields().end(),
        [&](const iceberg::Field& candidate) { return candidate.id == field->id; });
    if (place == schema.fields().end()) {
      Refuse("PARTITION cannot give the value of a part of a column: " + column.name);
    }
    partition.values[static_cast<size_t>(place - schema.fields().begin())] = value;
    replaced = iceberg::And(std::move(replaced), IsValue(schema, *field, value));
    open.erase(field->id);
  }
  if (name.mode == sql::InsertInto::kOverwrite && open.empty()) {
    partition.replaced = std::move(replaced);
  }
  return partition;
}

Result<RowDelta> ReplacedFiles(
    const table::Context& tarn,
    const std::shared_ptr<const iceberg::TableMetadata>& metadata,
    const std::string& branch, const iceberg::Expression& rows) {
  ARROW_ASSIGN_OR_RAISE(const iceberg::Expression bound,
                        iceberg::Bind(rows, metadata->schema()));
  RowDelta delta;
  delta.checks.isolation = table::Isolation::kSerializable;
  delta.checks.read_rows = bound;
  const auto ref = metadata->refs.find(branch);
  const auto head = ref != metadata->refs.end() ? ref->second.snapshot_id
                                                : metadata->current_snapshot_id;
  if (!head.has_value()) {
    return delta;
  }
  ARROW_ASSIGN_OR_RAISE(const table::ScanPlan plan,
                        table::PlanScan(tarn, {.metadata = metadata,
                                               .snapshot_id = head,
                                               .filter = bound,
                                               .keep_stats = true}));
  for (const table::FileScanTask& task : plan.tasks) {
    const iceberg::PartitionSpec* spec = metadata->FindSpec(task.file.spec_id);
    const bool in_partition =
        spec != nullptr && !spec->is_unpartitioned() &&
        iceberg::PartitionMatches(
            iceberg::ProjectStrict(bound, *spec, metadata->schema()), *spec,
            task.file.partition);
    if (!in_partition && !iceberg::MustMatch(bound, metadata->schema(), task.file)) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "A file of an older partitioning may hold other rows, too; DELETE "
                       "the rows and INSERT the new ones in one transaction: " +
                           task.file.file_path);
    }
    delta.removed_files.push_back(task.file);
  }
  return delta;
}

duckdb::PhysicalOperator& AddStaticColumns(duckdb::PhysicalPlanGenerator& planner,
                                           const StaticPartition& partition,
                                           duckdb::PhysicalOperator& plan) {
  duckdb::vector<duckdb::LogicalType> types;
  duckdb::vector<duckdb::unique_ptr<duckdb::Expression>> row;
  duckdb::idx_t next = 0;
  for (const auto& value : partition.values) {
    if (value.has_value()) {
      row.push_back(duckdb::make_uniq<duckdb::BoundConstantExpression>(*value));
    } else {
      row.push_back(duckdb::make_uniq<duckdb::BoundReferenceExpression>(
          plan.GetTypes()[next], next));
      ++next;
    }
    types.push_back(row.back()->return_type);
  }
  auto& whole = planner.Make<duckdb::PhysicalProjection>(std::move(types), std::move(row),
                                                         plan.estimated_cardinality);
  whole.children.push_back(plan);
  return whole;
}

}  // namespace tarn::engine
