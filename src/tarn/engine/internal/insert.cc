#include "tarn/engine/internal/insert.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <duckdb/catalog/catalog.hpp>
#include <duckdb/execution/execution_context.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/parallel/task_scheduler.hpp>

#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/create_table.h"
#include "tarn/engine/internal/insert_partition.h"
#include "tarn/engine/internal/returned_rows.h"
#include "tarn/engine/internal/row_writer.h"
#include "tarn/engine/internal/transaction.h"

namespace tarn::engine {
namespace {

enum class Effect : uint8_t { kAdds, kCreates, kOverwrites, kReplaces };

/// All rows of one statement.
class InsertState final : public duckdb::GlobalSinkState {
 public:
  InsertState(IcebergTransaction& transaction, NewTableWrite table, Effect effect,
              int64_t threads_max, const InsertTarget& target)
      : transaction_(transaction),
        table_(std::move(table)),
        effect_(effect),
        target_(target) {
    const RowWriterOptions options{.table_name = table_.ident.name,
                                   .threads_max = threads_max};
    rows_ = ValueOrThrow(RowWriter::Make(transaction_.tarn(), table_.metadata, options));
  }

  RowWriter& rows() { return *rows_; }
  std::unique_ptr<ReturnedRows> returned;
  int64_t num_rows() const { return rows_->num_rows(); }

  /// Hands everything to the transaction. `is_last`: the statement is all of it.
  Status Finish(bool is_last) {
    ARROW_ASSIGN_OR_RAISE(WrittenFiles written, rows_->Finish());
    PendingWrites& writes = transaction_.writes();
    if (effect_ == Effect::kOverwrites) {
      return writes.Overwrite(table_.ident, table_.metadata, std::move(written), is_last);
    }
    if (effect_ == Effect::kReplaces) {
      return Replace(std::move(written));
    }
    if (effect_ == Effect::kCreates) {
      const Status created = writes.CreateTable(table_);
      if (!created.ok()) {
        written.Abort();
        return created;
      }
    }
    if (!written.files.empty()) {
      writes.Insert(table_.ident, table_.metadata, std::move(written));
    }
    return Status::OK();
  }

 private:
  /// The rows come in place of those that match the target's `replaced`.
  Status Replace(WrittenFiles written) {
    PendingWrites& writes = transaction_.writes();
    auto metadata = table_.metadata;
    if (writes.Changes(table_.ident)) {
      ARROW_ASSIGN_OR_RAISE(const OwnView own, writes.ViewOf(table_.ident));
      metadata = own.metadata;
    }
    Result<RowDelta> delta =
        ReplacedFiles(transaction_.tarn(), metadata, target_.branch, *target_.replaced);
    if (!delta.ok()) {
      written.Abort();
      return delta.status();
    }
    writes.ChangeRows(table_.ident, table_.metadata, *std::move(delta));
    if (!written.files.empty()) {
      writes.Insert(table_.ident, table_.metadata, std::move(written));
    }
    return Status::OK();
  }

  IcebergTransaction& transaction_;
  NewTableWrite table_;
  Effect effect_;
  const InsertTarget& target_;  // the operator's, which outlives its state
  std::unique_ptr<RowWriter> rows_;
};

struct InsertThread final : public duckdb::LocalSinkState {
  std::optional<ThreadRows> rows;  // once there are some
};

}  // namespace

duckdb::InsertionOrderPreservingMap<duckdb::string> InsertOperator::ParamsToString()
    const {
  duckdb::InsertionOrderPreservingMap<duckdb::string> params;
  params["Table"] = target_.ident.ToString();
  return params;
}

duckdb::unique_ptr<duckdb::GlobalSinkState> InsertOperator::GetGlobalSinkState(
    duckdb::ClientContext& context) const {
  IcebergTransaction& transaction = IcebergTransaction::Get(context, catalog_);
  const int64_t threads =
      parallel_ ? std::max<int64_t>(
                      1, duckdb::TaskScheduler::GetScheduler(context).NumberOfThreads())
                : 1;
  ThrowIfError(transaction.writes().ChooseBranch(target_.ident, target_.branch));
  NewTableWrite table{.ident = target_.ident, .metadata = target_.metadata};
  if (target_.declared.has_value()) {
    auto resolved = ValueOrThrow(
        ResolveNewTable(transaction, *target_.declared, target_.on_conflict));
    if (!resolved.has_value()) {
      ThrowStatus(MakeError(ErrorCode::kAlreadyExists,
                            "Table already exists: " + target_.ident.ToString()));
    }
    table = *std::move(resolved);
  }
  Effect effect = target_.overwrites ? Effect::kOverwrites : Effect::kAdds;
  if (target_.replaced.has_value()) {
    effect = Effect::kReplaces;
  }
  if (target_.declared.has_value()) {
    effect = Effect::kCreates;
  }
  auto state = duckdb::make_uniq<InsertState>(transaction, std::move(table), effect,
                                              threads, target_);
  if (target_.returns_rows) {
    state->returned = std::make_unique<ReturnedRows>(context, types);
  }
  return state;
}

duckdb::unique_ptr<duckdb::LocalSinkState> InsertOperator::GetLocalSinkState(
    duckdb::ExecutionContext&) const {
  return duckdb::make_uniq<InsertThread>();  // as an action of MERGE it has no sink_state
}

duckdb::SinkResultType InsertOperator::Sink(duckdb::ExecutionContext& context,
                                            duckdb::DataChunk& chunk,
                                            duckdb::OperatorSinkInput& input) const {
  auto& thread = static_cast<InsertThread&>(input.local_state);
  auto& state = static_cast<InsertState&>(input.global_state);
  if (!thread.rows.has_value()) {
    thread.rows.emplace(context.client, state.rows(), row_types_);
  }
  if (state.returned != nullptr) {
    state.returned->Append(chunk);
  }
  ThrowIfError(thread.rows->Append(state.rows(), chunk));
  return duckdb::SinkResultType::NEED_MORE_INPUT;
}

duckdb::SinkCombineResultType InsertOperator::Combine(
    duckdb::ExecutionContext&, duckdb::OperatorSinkCombineInput& input) const {
  auto& thread = static_cast<InsertThread&>(input.local_state);
  auto& state = static_cast<InsertState&>(input.global_state);
  if (thread.rows.has_value()) {
    ThrowIfError(thread.rows->Finish(state.rows()));
  }
  return duckdb::SinkCombineResultType::FINISHED;
}

duckdb::SinkFinalizeType InsertOperator::Finalize(
    duckdb::Pipeline&, duckdb::Event&, duckdb::ClientContext& context,
    duckdb::OperatorSinkFinalizeInput& input) const {
  ThrowIfError(static_cast<InsertState&>(input.global_state)
                   .Finish(context.transaction.IsAutoCommit()));
  return duckdb::SinkFinalizeType::READY;
}

duckdb::unique_ptr<duckdb::GlobalSourceState> InsertOperator::GetGlobalSourceState(
    duckdb::ClientContext&) const {
  return duckdb::make_uniq<ReturnedSource>();
}

duckdb::SourceResultType InsertOperator::GetDataInternal(
    duckdb::ExecutionContext&, duckdb::DataChunk& chunk,
    duckdb::OperatorSourceInput& input) const {
  const auto& state = static_cast<const InsertState&>(*sink_state);
  if (state.returned != nullptr) {
    return static_cast<ReturnedSource&>(input.global_state).Next(*state.returned, &chunk);
  }
  chunk.SetCardinality(1);
  chunk.SetValue(0, 0, duckdb::Value::BIGINT(state.num_rows()));
  return duckdb::SourceResultType::FINISHED;
}

}  // namespace tarn::engine
