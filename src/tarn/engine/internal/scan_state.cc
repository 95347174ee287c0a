#include "tarn/engine/internal/scan_state.h"

#include <utility>

#include "tarn/base/error.h"
#include "tarn/iceberg/metrics_evaluator.h"
#include "tarn/iceberg/projection.h"

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

Status RefuseDeletes(const TableScanSource& source, const table::ScanPlan& plan) {
  for (const table::FileScanTask& task : plan.tasks) {
    if (task.deletes.empty()) {
      continue;
    }
    return MakeError(
        ErrorCode::kNotSupported,
        "Table " + source.name +
            " has row-level delete files, which this version cannot apply; rewrite its "
            "data files in the "
            "engine that wrote them and query again. First file with deletes: " +
            task.file.file_path);
  }
  return Status::OK();
}

}  // namespace

Result<std::shared_ptr<ScanState>> ScanState::Make(const TableScanSource& source,
                                                   int32_t threads) {
  std::shared_ptr<ScanState> state(new ScanState());
  state->source_ = source;
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
  return state;
}

Result<std::shared_ptr<const table::ScanPlan>> ScanState::Plan(
    const iceberg::Expression& filter) {
  const table::ScanRequest request{.metadata = source_.metadata,
                                   .snapshot_id = source_.snapshot_id,
                                   .filter = filter,
                                   .keep_stats = true,
                                   .threads_max = threads_};
  ARROW_ASSIGN_OR_RAISE(table::ScanPlan planned, table::PlanScan(*source_.io, request));
  RETURN_NOT_OK(RefuseDeletes(source_, planned));
  auto plan = std::make_shared<const table::ScanPlan>(std::move(planned));
  const std::lock_guard guard(mutex_);
  plans_.push_back(plan);
  return plan;
}

NumberedTask ScanState::Register(const std::shared_ptr<const table::ScanPlan>& plan,
                                 const table::FileScanTask& task) {
  const std::lock_guard guard(mutex_);
  TARN_CHECK(!plans_.empty() && plan != nullptr);
  const auto [found, added] = ordinals_.try_emplace(task.file.file_path, tasks_.size());
  if (added) {
    tasks_.push_back(&task);
  }
  return {found->second, tasks_[found->second]};
}

const table::FileScanTask& ScanState::TaskOf(uint64_t ordinal) const {
  const std::lock_guard guard(mutex_);
  TARN_CHECK(ordinal < tasks_.size());
  return *tasks_[ordinal];
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
