#include "tarn/engine/internal/insert.h"

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include <arrow/record_batch.h>
#include <arrow/util/byte_size.h>
#include <duckdb/catalog/catalog.hpp>
#include <duckdb/execution/execution_context.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/parallel/task_scheduler.hpp>

#include "tarn/engine/internal/arrow_rows.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/create_table.h"
#include "tarn/engine/internal/transaction.h"
#include "tarn/storage/table_writer.h"

namespace tarn::engine {
namespace {

using Batch = std::shared_ptr<arrow::RecordBatch>;

/// Rows of one thread that are kept until it is clear that they fill a file of their own.
constexpr int64_t kOwnFileBytes = int64_t{32} << 20;
/// Over all writers of a statement, and the least that one can work with.
constexpr int64_t kWritersBytes = int64_t{384} << 20;
constexpr int64_t kWriterBytesMin = int64_t{32} << 20;

/// All rows of one statement on their way into files.
class InsertState final : public duckdb::GlobalSinkState {
 public:
  InsertState(IcebergTransaction& transaction, NewTableWrite table, bool creates,
              int64_t writers_max)
      : transaction_(transaction), table_(std::move(table)), creates_(creates) {
    options_ = ValueOrThrow(storage::TableWriterOptionsFor(*table_.metadata));
    options_.memory_bytes_max = std::clamp(kWritersBytes / writers_max, kWriterBytesMin,
                                           options_.memory_bytes_max);
    options_.table_name = table_.ident.name;
    is_partitioned_ = !table_.metadata->spec().is_unpartitioned();
  }
  ~InsertState() override { written_.Abort(); }

  const iceberg::TableMetadata& metadata() const { return *table_.metadata; }
  bool is_partitioned() const { return is_partitioned_; }

  Result<std::unique_ptr<storage::TableWriter>> OpenWriter() const {
    const table::Context& tarn = transaction_.tarn();
    return storage::TableWriter::Open(tarn.io, table_.metadata, options_, tarn.clock,
                                      tarn.random);
  }

  /// Into the writer that all threads share.
  Status AppendShared(const std::vector<Batch>& batches) {
    const std::lock_guard guard(mutex_);
    for (const Batch& batch : batches) {
      if (shared_ == nullptr) {
        ARROW_ASSIGN_OR_RAISE(shared_, OpenWriter());
      }
      RETURN_NOT_OK(shared_->Append(*batch));
    }
    return Status::OK();
  }

  Status FinishWriter(std::unique_ptr<storage::TableWriter> writer) {
    ARROW_ASSIGN_OR_RAISE(auto files, writer->Finish());
    const std::lock_guard guard(mutex_);
    written_.files.insert(written_.files.end(), files.begin(), files.end());
    written_.writers.push_back(std::move(writer));
    return Status::OK();
  }

  void CountRows(int64_t rows) {
    const std::lock_guard guard(mutex_);
    rows_ += rows;
  }
  int64_t rows() const { return rows_; }

  /// Hands everything to the transaction.
  Status Finish() {
    if (shared_ != nullptr) {
      RETURN_NOT_OK(FinishWriter(std::move(shared_)));
    }
    PendingWrites& writes = transaction_.writes();
    if (creates_) {
      RETURN_NOT_OK(writes.CreateTable(table_));
    }
    if (!written_.files.empty()) {
      writes.Insert(table_.ident, *table_.metadata, std::exchange(written_, {}));
    }
    return Status::OK();
  }

 private:
  IcebergTransaction& transaction_;
  NewTableWrite table_;
  bool creates_;
  bool is_partitioned_ = false;
  storage::TableWriterOptions options_;
  std::mutex mutex_;
  std::unique_ptr<storage::TableWriter> shared_;
  WrittenFiles written_;
  int64_t rows_ = 0;
};

/// The rows of one thread.
class InsertThread final : public duckdb::LocalSinkState {
 public:
  InsertThread(duckdb::ClientContext& context,
               const duckdb::vector<duckdb::LogicalType>& types,
               const duckdb::vector<std::string>& names)
      : rows_(context, types, names) {}

  Status Append(InsertState& state, duckdb::DataChunk& chunk) {
    rows_.Append(chunk);
    num_rows_ += static_cast<int64_t>(chunk.size());
    return rows_.full() ? Deliver(state) : Status::OK();
  }

  Status Finish(InsertState& state) {
    if (!rows_.empty()) {
      RETURN_NOT_OK(Deliver(state));
    }
    RETURN_NOT_OK(state.AppendShared(kept_));
    kept_.clear();
    if (writer_ != nullptr) {
      RETURN_NOT_OK(state.FinishWriter(std::move(writer_)));
    }
    state.CountRows(num_rows_);
    return Status::OK();
  }

 private:
  Status Deliver(InsertState& state) {
    ARROW_ASSIGN_OR_RAISE(Batch batch, rows_.Take());
    if (state.is_partitioned()) {
      return state.AppendShared({batch});
    }
    if (writer_ != nullptr) {
      return writer_->Append(*batch);
    }
    kept_bytes_ += arrow::util::TotalBufferSize(*batch);
    kept_.push_back(std::move(batch));
    if (kept_bytes_ < kOwnFileBytes) {
      return Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(writer_, state.OpenWriter());
    for (const Batch& kept : kept_) {
      RETURN_NOT_OK(writer_->Append(*kept));
    }
    kept_.clear();
    return Status::OK();
  }

  ArrowRows rows_;
  std::vector<Batch> kept_;
  int64_t kept_bytes_ = 0;
  int64_t num_rows_ = 0;
  std::unique_ptr<storage::TableWriter> writer_;
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
  return duckdb::make_uniq<InsertState>(transaction, std::move(table),
                                        target_.declared.has_value(), threads);
}

duckdb::unique_ptr<duckdb::LocalSinkState> InsertOperator::GetLocalSinkState(
    duckdb::ExecutionContext& context) const {
  const auto& state = static_cast<const InsertState&>(*sink_state);
  duckdb::vector<std::string> names;
  for (const iceberg::Field& field : state.metadata().schema().fields()) {
    names.push_back(field.name);
  }
  return duckdb::make_uniq<InsertThread>(context.client, children[0].get().GetTypes(),
                                         names);
}

duckdb::SinkResultType InsertOperator::Sink(duckdb::ExecutionContext&,
                                            duckdb::DataChunk& chunk,
                                            duckdb::OperatorSinkInput& input) const {
  auto& thread = static_cast<InsertThread&>(input.local_state);
  ThrowIfError(thread.Append(static_cast<InsertState&>(input.global_state), chunk));
  return duckdb::SinkResultType::NEED_MORE_INPUT;
}

duckdb::SinkCombineResultType InsertOperator::Combine(
    duckdb::ExecutionContext&, duckdb::OperatorSinkCombineInput& input) const {
  auto& thread = static_cast<InsertThread&>(input.local_state);
  ThrowIfError(thread.Finish(static_cast<InsertState&>(input.global_state)));
  return duckdb::SinkCombineResultType::FINISHED;
}

duckdb::SinkFinalizeType InsertOperator::Finalize(
    duckdb::Pipeline&, duckdb::Event&, duckdb::ClientContext&,
    duckdb::OperatorSinkFinalizeInput& input) const {
  ThrowIfError(static_cast<InsertState&>(input.global_state).Finish());
  return duckdb::SinkFinalizeType::READY;
}

duckdb::SourceResultType InsertOperator::GetDataInternal(
    duckdb::ExecutionContext&, duckdb::DataChunk& chunk,
    duckdb::OperatorSourceInput&) const {
  const auto& state = static_cast<const InsertState&>(*sink_state);
  chunk.SetCardinality(1);
  chunk.SetValue(0, 0, duckdb::Value::BIGINT(state.rows()));
  return duckdb::SourceResultType::FINISHED;
}

}  // namespace tarn::engine
