#include "tarn/engine/internal/scan_state.h"

#include <utility>

#include "tarn/base/error.h"
#include "tarn/iceberg/metrics_evaluator.h"
#include "tarn/iceberg/projection.h"
#include "tarn/storage/deleted_rows.h"
#include "tarn/table/incremental_scan.h"

namespace tarn::engine {
namespace {

using iceberg::Field;
using iceberg::TypeId;

bool IsLossyPromotion(TypeId from, TypeId to) {
  return (from == TypeId::kFloat && to == TypeId::kDouble) ||
         (from == TypeId::kDate &&
          (to == TypeId::kTimestamp || to == TypeId::kTimestampNs));
}

bool WasPromotedLossily(const Field& field, const iceberg::TableMetadata& metadata) {
  for (const auto& schema : metadata.schemas) {
    const Field* before = schema->FindById(field.id);
    if (before != nullptr && IsLossyPromotion(before->type.id(), field.type.id())) {
      return true;
    }
  }
  for (const Field& child : field.type.fields()) {
    if (WasPromotedLossily(child, metadata)) {
      return true;
    }
  }
  return false;
}

Result<std::shared_ptr<const iceberg::Schema>> ScanSchemaOf(
    const TableScanSource& source) {
  const iceberg::TableMetadata& metadata = *source.metadata;
  if (source.schema != nullptr) {
    return source.schema;
  }
  if (!source.snapshot_id.has_value() ||
      source.snapshot_id == metadata.current_snapshot_id) {
    return metadata.schema_ptr();
  }
  const iceberg::Snapshot* snapshot = metadata.FindSnapshot(*source.snapshot_id);
  if (snapshot == nullptr) {
    return MakeError(ErrorCode::kNoSuchSnapshot,
                     "Table " + source.name + " has no snapshot " +
                         std::to_string(source.snapshot_id->value));
  }
  return metadata.SchemaOf(*snapshot);
}

}  // namespace

Result<std::shared_ptr<ScanState>> ScanState::Make(const TableScanSource& source,
                                                   int32_t threads) {
  std::shared_ptr<ScanState> state(new ScanState());
  state->source_ = source;
  if (state->source_.files == nullptr) {
    state->source_.files = std::make_shared<ScanFiles>();
  }
  state->threads_ = threads;
  ARROW_ASSIGN_OR_RAISE(state->schema_, ScanSchemaOf(source));
  const std::string mapping =
      source.metadata->Property("schema.name-mapping.default", "");
  if (!mapping.empty()) {
    ARROW_ASSIGN_OR_RAISE(state->name_mapping_, iceberg::NameMappingFromJson(mapping));
  }
  for (const Field& field : state->schema_->fields()) {
    if (WasPromotedLossily(field, *source.metadata)) {
      state->reader_takes_filters_ = false;
    }
  }
  if (!source.metadata->encryption_keys.empty()) {
    state->reader_takes_filters_ = false;
  }
  return state;
}

Result<std::shared_ptr<const table::ScanPlan>> ScanState::Plan(
    const iceberg::Expression& filter) const {
  if (source_.appended_after.has_value()) {
    const table::IncrementalRequest appends{.metadata = source_.metadata,
                                            .from = source_.appended_after,
                                            .to = source_.snapshot_id,
                                            .filter = filter,
                                            .keep_stats = true,
                                            .threads_max = threads_,
                                            .manifests = source_.manifests};
    ARROW_ASSIGN_OR_RAISE(table::ScanPlan appended,
                          table::PlanAppends(*source_.io, appends));
    return std::make_shared<const table::ScanPlan>(std::move(appended));
  }
  const table::ScanRequest request{.metadata = source_.metadata,
                                   .snapshot_id = source_.snapshot_id,
                                   .schema = source_.schema,
                                   .filter = filter,
                                   .keep_stats = true,
                                   .threads_max = threads_,
                                   .manifests = source_.manifests};
  ARROW_ASSIGN_OR_RAISE(table::ScanPlan planned, table::PlanScan(*source_.io, request));
  return std::make_shared<const table::ScanPlan>(std::move(planned));
}

NumberedTask ScanFiles::Register(const std::shared_ptr<const table::ScanPlan>& plan,
                                 const table::FileScanTask& task) {
  const std::lock_guard guard(mutex_);
  const auto [found, added] = ordinals_.try_emplace(task.file.file_path, tasks_.size());
  if (added) {
    tasks_.push_back(&task);
    if (plans_.empty() || plans_.back() != plan) {
      plans_.push_back(plan);
    }
  }
  return {found->second, tasks_[found->second]};
}

const table::FileScanTask& ScanFiles::TaskOf(uint64_t ordinal) const {
  const std::lock_guard guard(mutex_);
  TARN_CHECK(ordinal < tasks_.size());
  return *tasks_[ordinal];
}

std::optional<int64_t> ScanState::DistinctValuesOf(iceberg::FieldId field_id) const {
  const iceberg::TableMetadata& metadata = *source_.metadata;
  const auto snapshot_id = source_.snapshot_id.has_value() ? source_.snapshot_id
                                                           : metadata.current_snapshot_id;
  const iceberg::StatisticsFile* statistics =
      snapshot_id.has_value() ? metadata.FindStatistics(*snapshot_id) : nullptr;
  if (statistics == nullptr) {
    return {};
  }
  return iceberg::DistinctValues(*statistics, field_id);
}

Result<std::shared_ptr<const iceberg::PositionSet>> ScanState::DeletedRowsOf(
    const table::FileScanTask& task) const {
  if (task.deletes.empty()) {
    return nullptr;
  }
  return source_.deletions->Of(*source_.io, *source_.metadata, task.file, task.deletes);
}

bool FilePruner::MayMatch(const table::FileScanTask& task) {
  if (filter_.op == iceberg::Operation::kTrue) {
    return true;
  }
  if (filter_.op == iceberg::Operation::kFalse) {
    return false;
  }
  const iceberg::SpecId spec_id = task.file.spec_id;
  const iceberg::PartitionSpec* spec = state_.source().metadata->FindSpec(spec_id);
  if (spec != nullptr && !spec->is_unpartitioned()) {
    auto found = by_spec_.find(spec_id);
    if (found == by_spec_.end()) {
      found = by_spec_
                  .emplace(spec_id,
                           iceberg::ProjectInclusive(filter_, *spec, state_.schema()))
                  .first;
    }
    if (!iceberg::PartitionMatches(found->second, *spec, task.file.partition)) {
      return false;
    }
  }
  return iceberg::MayMatch(filter_, state_.schema(), task.file);
}

}  // namespace tarn::engine
