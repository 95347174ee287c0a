#include "tarn/engine/internal/change_rows.h"

#include <algorithm>
#include <atomic>

#include <duckdb/catalog/catalog.hpp>
#include <duckdb/common/vector_operations/vector_operations.hpp>
#include <duckdb/execution/execution_context.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/parallel/task_scheduler.hpp>

#include "tarn/base/error.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/returned_rows.h"
#include "tarn/engine/internal/row_writer.h"
#include "tarn/engine/internal/transaction.h"
#include "tarn/engine/internal/type_conversion.h"
#include "tarn/storage/deleted_rows.h"

namespace tarn::engine {
namespace {

/// The first format version with row lineage.
constexpr int32_t kLineageVersion = 3;

duckdb::vector<duckdb::LogicalType> WrittenTypes(const iceberg::TableMetadata& metadata) {
  duckdb::vector<duckdb::LogicalType> types;
  for (const iceberg::Field& field : metadata.schema().fields()) {
    types.push_back(LogicalTypeOf(field.type));
  }
  if (metadata.format_version >= kLineageVersion) {
    types.push_back(duckdb::LogicalType::BIGINT);
    types.push_back(duckdb::LogicalType::BIGINT);
  }
  return types;
}

/// All rows of one statement, or of one action of a MERGE.
struct ChangeState final : public duckdb::GlobalSinkState {
  std::shared_ptr<RowChanges> changes;
  std::unique_ptr<RowWriter> rows;  // nullptr: DELETE
  std::atomic<int64_t> num_rows = 0;
  std::unique_ptr<ReturnedRows> returned;
};

struct ChangeThread final : public duckdb::LocalSinkState {
  explicit ChangeThread(duckdb::vector<duckdb::LogicalType> types)
      : written_types(std::move(types)) {}

  duckdb::SelectionVector fresh{STANDARD_VECTOR_SIZE};
  duckdb::vector<duckdb::LogicalType> written_types;
  std::unique_ptr<ThreadRows> rows;  // once there are some to write
};

/// Rows that this transaction made get their ids from the commit.
duckdb::Vector WithoutGuesses(duckdb::Vector& ids, int64_t first_guessed,
                              duckdb::idx_t count) {
  duckdb::Vector known(duckdb::LogicalType::BIGINT);
  duckdb::VectorOperations::Copy(ids, known, count, 0, 0);
  const auto* values = duckdb::FlatVector::GetData<int64_t>(known);
  for (duckdb::idx_t row = 0; row < count; ++row) {
    if (values[row] >= first_guessed) {
      duckdb::FlatVector::SetNull(known, row, true);
    }
  }
  return known;
}

/// The columns of `chunk` that are written: the table's, and from format version 3 on the
/// row's id, which stays, and no sequence number, so that it becomes the commit's.
void ReferToWritten(duckdb::DataChunk& chunk, const RowIdPlaces& places,
                    const duckdb::vector<duckdb::LogicalType>& types,
                    const ChangeTarget& target, duckdb::DataChunk* written) {
  const duckdb::idx_t num_columns = target.metadata->schema().fields().size();
  written->InitializeEmpty(types);
  for (duckdb::idx_t i = 0; i < num_columns; ++i) {
    written->data[i].Reference(chunk.data[i]);
  }
  if (types.size() > num_columns) {
    written->data[num_columns].Reference(chunk.data[places.row_id]);
    if (target.own_changes != nullptr) {
      auto known = WithoutGuesses(chunk.data[places.row_id],
                                  target.own_changes->first_own_row_id, chunk.size());
      written->data[num_columns].Reference(known);
    }
    written->data[num_columns + 1].Reference(duckdb::Value(duckdb::LogicalType::BIGINT));
  }
  written->SetCardinality(chunk.size());
}

/// The statement's last step.
void FinishChanges(duckdb::ClientContext& context, duckdb::Catalog& catalog,
                   const ChangeTarget& target, RowChanges& changes) {
  std::vector<FileChange> by_file = changes.Take();
  if (by_file.empty() && target.kind != ChangeKind::kMerge) {
    return;  // no row matched; a MERGE may have inserted what it must check
  }
  IcebergTransaction& transaction = IcebergTransaction::Get(context, catalog);
  RowDelta delta = MakeRowDelta(context, transaction.tarn(), target, std::move(by_file));
  transaction.writes().ChangeRows(target.ident, target.metadata, std::move(delta));
}

void EmitCount(int64_t rows, duckdb::DataChunk* chunk) {
  chunk->SetCardinality(1);
  chunk->SetValue(0, 0, duckdb::Value::BIGINT(rows));
}

}  // namespace

ChangeOperator::ChangeOperator(duckdb::PhysicalPlan& plan,
                               duckdb::vector<duckdb::LogicalType> result_types,
                               duckdb::idx_t estimated_rows, duckdb::Catalog& catalog,
                               ChangeTarget target, RowIdPlaces places,
                               std::shared_ptr<MergeInProgress> merge)
    : duckdb::PhysicalOperator(plan, duckdb::PhysicalOperatorType::EXTENSION,
                               std::move(result_types), estimated_rows),
      catalog_(catalog),
      target_(std::move(target)),
      places_(places),
      merge_(std::move(merge)) {}

duckdb::string ChangeOperator::GetName() const {
  return writes() ? "ICEBERG_UPDATE" : "ICEBERG_DELETE";
}

duckdb::InsertionOrderPreservingMap<duckdb::string> ChangeOperator::ParamsToString()
    const {
  duckdb::InsertionOrderPreservingMap<duckdb::string> params;
  params["Table"] = target_.ident.ToString();
  return params;
}

duckdb::unique_ptr<duckdb::GlobalSinkState> ChangeOperator::GetGlobalSinkState(
    duckdb::ClientContext& context) const {
  ThrowIfError(IcebergTransaction::Get(context, catalog_)
                   .writes()
                   .ChooseBranch(target_.ident, target_.branch));
  auto state = duckdb::make_uniq<ChangeState>();
  state->changes =
      merge_ != nullptr ? merge_->changes : std::make_shared<RowChanges>(target_.files);
  if (writes()) {
    const auto threads = duckdb::TaskScheduler::GetScheduler(context).NumberOfThreads();
    const RowWriterOptions options{
        .table_name = target_.ident.name,
        .threads_max = static_cast<int64_t>(threads),
        .row_lineage = target_.metadata->format_version >= kLineageVersion};
    state->rows = ValueOrThrow(RowWriter::Make(
        IcebergTransaction::Get(context, catalog_).tarn(), target_.metadata, options));
  }
  if (target_.returns_rows) {
    state->returned = std::make_unique<ReturnedRows>(context, types);
  }
  return state;
}

duckdb::unique_ptr<duckdb::LocalSinkState> ChangeOperator::GetLocalSinkState(
    duckdb::ExecutionContext&) const {
  return duckdb::make_uniq<ChangeThread>(WrittenTypes(*target_.metadata));
}

duckdb::SinkResultType ChangeOperator::Sink(duckdb::ExecutionContext& context,
                                            duckdb::DataChunk& chunk,
                                            duckdb::OperatorSinkInput& input) const {
  auto& state = static_cast<ChangeState&>(input.global_state);
  auto& thread = static_cast<ChangeThread&>(input.local_state);
  const duckdb::idx_t fresh =
      state.changes->Mark(chunk.data[places_.file], chunk.data[places_.position],
                          chunk.size(), &thread.fresh);
  if (fresh < chunk.size()) {
    if (merge_ != nullptr && merge_->refuses_repeats) {
      ThrowStatus(MakeError(ErrorCode::kConstraintViolated,
                            "MERGE_TARGET_ROW_MULTIPLE_MATCHES: One MERGE target table "
                            "row matched more than one source row"));
    }
    chunk.Slice(thread.fresh, fresh);
  }
  state.num_rows += static_cast<int64_t>(fresh);
  if (state.returned != nullptr && fresh > 0) {
    state.returned->Append(chunk);
  }
  if (state.rows == nullptr || fresh == 0) {
    return duckdb::SinkResultType::NEED_MORE_INPUT;
  }
  if (thread.rows == nullptr) {
    thread.rows =
        std::make_unique<ThreadRows>(context.client, *state.rows, thread.written_types);
  }
  duckdb::DataChunk written;
  ReferToWritten(chunk, places_, thread.written_types, target_, &written);
  ThrowIfError(thread.rows->Append(*state.rows, written));
  return duckdb::SinkResultType::NEED_MORE_INPUT;
}

duckdb::SinkCombineResultType ChangeOperator::Combine(
    duckdb::ExecutionContext&, duckdb::OperatorSinkCombineInput& input) const {
  auto& state = static_cast<ChangeState&>(input.global_state);
  auto& thread = static_cast<ChangeThread&>(input.local_state);
  if (thread.rows != nullptr) {
    ThrowIfError(thread.rows->Finish(*state.rows));
  }
  return duckdb::SinkCombineResultType::FINISHED;
}

duckdb::SinkFinalizeType ChangeOperator::Finalize(
    duckdb::Pipeline&, duckdb::Event&, duckdb::ClientContext& context,
    duckdb::OperatorSinkFinalizeInput& input) const {
  auto& state = static_cast<ChangeState&>(input.global_state);
  if (state.rows != nullptr) {
    WrittenFiles written = ValueOrThrow(state.rows->Finish());
    if (!written.files.empty()) {
      IcebergTransaction::Get(context, catalog_)
          .writes()
          .Insert(target_.ident, target_.metadata, std::move(written));
    }
  }
  if (merge_ == nullptr) {
    FinishChanges(context, catalog_, target_, *state.changes);
  }
  return duckdb::SinkFinalizeType::READY;
}

duckdb::unique_ptr<duckdb::GlobalSourceState> ChangeOperator::GetGlobalSourceState(
    duckdb::ClientContext&) const {
  return duckdb::make_uniq<ReturnedSource>();
}

duckdb::SourceResultType ChangeOperator::GetDataInternal(
    duckdb::ExecutionContext&, duckdb::DataChunk& chunk,
    duckdb::OperatorSourceInput& input) const {
  const auto& state = static_cast<const ChangeState&>(*sink_state);
  if (state.returned != nullptr) {
    return static_cast<ReturnedSource&>(input.global_state).Next(*state.returned, &chunk);
  }
  EmitCount(state.num_rows, &chunk);
  return duckdb::SourceResultType::FINISHED;
}

MergeOperator::MergeOperator(duckdb::PhysicalPlan& plan,
                             duckdb::vector<duckdb::LogicalType> result_types,
                             Actions planned, const MergePlaces& places,
                             duckdb::Catalog& catalog, ChangeTarget target,
                             std::shared_ptr<MergeInProgress> merge)
    : duckdb::PhysicalMergeInto(plan, std::move(result_types), std::move(planned),
                                places.row_id_start, places.source_marker,
                                /*parallel=*/true, places.returns_rows),
      catalog_(catalog),
      target_(std::move(target)),
      merge_(std::move(merge)) {}

duckdb::unique_ptr<duckdb::GlobalSinkState> MergeOperator::GetGlobalSinkState(
    duckdb::ClientContext& context) const {
  ThrowIfError(IcebergTransaction::Get(context, catalog_)
                   .writes()
                   .ChooseBranch(target_.ident, target_.branch));
  merge_->changes = std::make_shared<RowChanges>(target_.files);
  return PhysicalMergeInto::GetGlobalSinkState(context);
}

duckdb::SinkFinalizeType MergeOperator::Finalize(
    duckdb::Pipeline& pipeline, duckdb::Event& event, duckdb::ClientContext& context,
    duckdb::OperatorSinkFinalizeInput& input) const {
  const auto result = PhysicalMergeInto::Finalize(pipeline, event, context, input);
  FinishChanges(context, catalog_, target_, *merge_->changes);
  return result;
}

duckdb::InsertionOrderPreservingMap<duckdb::string> WholeFilesDelete::ParamsToString()
    const {
  duckdb::InsertionOrderPreservingMap<duckdb::string> params;
  params["Table"] = target_.ident.ToString();
  params["Files"] = std::to_string(tasks_.size()) + " removed whole";
  return params;
}

duckdb::SourceResultType WholeFilesDelete::GetDataInternal(
    duckdb::ExecutionContext& context, duckdb::DataChunk& chunk,
    duckdb::OperatorSourceInput&) const {
  IcebergTransaction& transaction = IcebergTransaction::Get(context.client, catalog_);
  ThrowIfError(transaction.writes().ChooseBranch(target_.ident, target_.branch));
  const table::Context& tarn = transaction.tarn();
  RowDelta delta;
  delta.checks = ValueOrThrow(ChecksOf(target_));
  int64_t rows = 0;
  for (const table::FileScanTask* task : tasks_) {
    rows += task->file.record_count;
    if (!task->deletes.empty()) {
      const auto deleted = ValueOrThrow(
          tarn.deletions->Of(tarn.io, *target_.metadata, task->file, task->deletes));
      rows -= deleted == nullptr ? 0 : deleted->size();
    }
    delta.removed_files.push_back(task->file);
  }
  if (!tasks_.empty()) {
    transaction.writes().ChangeRows(target_.ident, target_.metadata, std::move(delta));
  }
  EmitCount(rows, &chunk);
  return duckdb::SourceResultType::FINISHED;
}

}  // namespace tarn::engine
