#include "tarn/service/migration/row_source.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <utility>

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "tarn/base/error.h"
#include "tarn/engine/engine.h"
#include "tarn/service/migration/run_parallel.h"
#include "tarn/storage/arrow_schema.h"
#include "tarn/storage/data_file_reader.h"
#include "tarn/storage/deleted_rows.h"

namespace tarn::service {
namespace {

Status CheckCancelled(const CancelledFunction& cancelled) {
  return cancelled && cancelled()
             ? MakeError(ErrorCode::kCancelled, "The migration was cancelled")
             : Status::OK();
}

class FileRows : public RowSource {
 public:
  FileRows(const table::Context& context,
           std::shared_ptr<const iceberg::TableMetadata> metadata,
           std::vector<table::FileScanTask> tasks,
           std::shared_ptr<const iceberg::Schema> schema,
           std::shared_ptr<arrow::Schema> arrow_schema, CancelledFunction cancelled)
      : context_(context),
        metadata_(std::move(metadata)),
        tasks_(std::move(tasks)),
        schema_(std::move(schema)),
        arrow_schema_(std::move(arrow_schema)),
        cancelled_(std::move(cancelled)) {
    // The largest first, so that no thread is left with one at the end.
    std::ranges::stable_sort(
        tasks_, std::ranges::greater(),
        [](const table::FileScanTask& task) { return task.file.file_size_bytes; });
  }

  std::shared_ptr<arrow::Schema> schema() const override { return arrow_schema_; }

  Status Read(size_t threads, const Visitor& visit) override {
    std::atomic<size_t> next = 0;
    std::atomic<bool> has_failed = false;
    return RunParallel(std::min(threads, tasks_.size()), [&](size_t thread) -> Status {
      for (size_t i = next++; i < tasks_.size() && !has_failed; i = next++) {
        Status status = ReadTask(tasks_[i], thread, visit);
        if (!status.ok()) {
          has_failed = true;
          return WithContext("File " + tasks_[i].file.file_path + ": ", status);
        }
      }
      return Status::OK();
    });
  }

 private:
  Status ReadTask(const table::FileScanTask& task, size_t thread, const Visitor& visit) {
    storage::DeletedRows& deletions =
        context_.deletions != nullptr ? *context_.deletions : own_deletions_;
    ARROW_ASSIGN_OR_RAISE(auto deleted,
                          deletions.Of(context_.io, *metadata_, task.file, task.deletes));
    storage::DataFileReadOptions reading;
    reading.schema = schema_;
    ARROW_ASSIGN_OR_RAISE(const auto reader,
                          storage::DataFileReader::Open(
                              context_.io, *metadata_, task.file,
                              task.data_sequence_number, deleted, std::move(reading)));
    while (true) {
      RETURN_NOT_OK(CheckCancelled(cancelled_));
      ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<arrow::RecordBatch> batch,
                            reader->Next());
      if (batch == nullptr) {
        return Status::OK();
      }
      if (batch->num_rows() > 0) {
        RETURN_NOT_OK(visit(thread, batch));
      }
    }
  }

  const table::Context& context_;
  const std::shared_ptr<const iceberg::TableMetadata> metadata_;
  std::vector<table::FileScanTask> tasks_;
  const std::shared_ptr<const iceberg::Schema> schema_;
  const std::shared_ptr<arrow::Schema> arrow_schema_;
  const CancelledFunction cancelled_;
  storage::DeletedRows own_deletions_;
};

class QueryRows : public RowSource {
 public:
  QueryRows(std::unique_ptr<engine::Session> session, std::string sql,
            CancelledFunction cancelled)
      : session_(std::move(session)),
        sql_(std::move(sql)),
        cancelled_(std::move(cancelled)) {}

  Status Begin() {
    ARROW_ASSIGN_OR_RAISE(rows_, session_->Execute(sql_));
    if (rows_->statement_type() != "SELECT") {
      return MakeError(
          ErrorCode::kInvalidArgument,
          "A migration's transform must be a SELECT, not " + rows_->statement_type());
    }
    schema_ = rows_->schema();
    return Status::OK();
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  Status Read(size_t /*threads*/, const Visitor& visit) override {
    if (rows_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(rows_, session_->Execute(sql_));
    }
    const std::unique_ptr<engine::ResultStream> rows = std::move(rows_);
    while (true) {
      RETURN_NOT_OK(CheckCancelled(cancelled_));
      ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<arrow::RecordBatch> batch,
                            rows->Next());
      if (batch == nullptr) {
        return Status::OK();
      }
      if (batch->num_rows() > 0) {
        RETURN_NOT_OK(visit(0, batch));
      }
    }
  }

 private:
  const std::unique_ptr<engine::Session> session_;
  const std::string sql_;
  const CancelledFunction cancelled_;
  std::shared_ptr<arrow::Schema> schema_;
  std::unique_ptr<engine::ResultStream> rows_;  // begun, not read; after session_
};

}  // namespace

Result<std::unique_ptr<RowSource>> ReadFiles(
    const table::Context& context, std::shared_ptr<const iceberg::TableMetadata> metadata,
    std::vector<table::FileScanTask> tasks, std::shared_ptr<const iceberg::Schema> schema,
    CancelledFunction cancelled) {
  ARROW_ASSIGN_OR_RAISE(auto arrow_schema, storage::ArrowSchemaOf(*schema));
  return std::make_unique<FileRows>(context, std::move(metadata), std::move(tasks),
                                    std::move(schema), std::move(arrow_schema),
                                    std::move(cancelled));
}

std::vector<table::FileScanTask> TasksOf(const std::vector<iceberg::DataFile>& files) {
  std::vector<table::FileScanTask> tasks;
  for (const iceberg::DataFile& file : files) {
    tasks.push_back({.file = file, .data_sequence_number = {}});
  }
  return tasks;
}

Result<std::shared_ptr<const iceberg::Schema>> ProjectColumns(
    const iceberg::Schema& schema, const std::vector<std::string>& columns) {
  std::vector<iceberg::Field> fields;
  for (const std::string& column : columns) {
    const auto field = std::ranges::find(schema.fields(), column, &iceberg::Field::name);
    if (field == schema.fields().end()) {
      return MakeError(ErrorCode::kNoSuchColumn, "The table has no column " + column);
    }
    fields.push_back(*field);
  }
  return iceberg::Schema::Make(schema.id(), std::move(fields));
}

Result<std::unique_ptr<RowSource>> ReadQuery(engine::Engine& engine, std::string sql,
                                             bool reaches_server,
                                             CancelledFunction cancelled) {
  engine::SessionOptions options;
  options.reaches_server = reaches_server;
  ARROW_ASSIGN_OR_RAISE(auto session, engine.Connect(options));
  auto rows = std::make_unique<QueryRows>(std::move(session), std::move(sql),
                                          std::move(cancelled));
  RETURN_NOT_OK(rows->Begin());
  return rows;
}

Result<RowTally> TallyOf(RowSource& source, size_t threads, const RowTally& empty) {
  std::vector<RowTally> tallies(std::max<size_t>(threads, 1), empty);
  RETURN_NOT_OK(source.Read(
      threads, [&](size_t thread, const std::shared_ptr<arrow::RecordBatch>& rows) {
        return tallies[thread].Add(*rows);
      }));
  RowTally whole = empty;
  for (const RowTally& tally : tallies) {
    whole.Merge(tally);
  }
  return whole;
}

}  // namespace tarn::service
