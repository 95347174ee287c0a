#include "tarn/engine/internal/row_delta.h"

#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <arrow/record_batch.h>
#include <duckdb/main/client_context.hpp>
#include <duckdb/parallel/task_executor.hpp>
#include <duckdb/parallel/task_scheduler.hpp>

#include "tarn/base/error.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/row_writer.h"
#include "tarn/storage/data_file_reader.h"
#include "tarn/storage/delete_file_writer.h"
#include "tarn/storage/deleted_rows.h"
#include "tarn/storage/table_writer.h"

namespace tarn::engine {
namespace {

/// The first format version with deletion vectors and row lineage.
constexpr int32_t kVectorsVersion = 3;

std::string PropertyOf(ChangeKind kind, std::string_view what) {
  return "write." + std::string(NameOf(kind)) + "." + std::string(what);
}

Status SenselessProperty(const std::string& name, const std::string& value,
                         std::string_view choices) {
  return MakeError(
      ErrorCode::kInvalidArgument,
      "Table property " + name + " must be " + std::string(choices) + ", not: " + value);
}

/// True if the delete file holds deletes of one data file only.
bool IsFileScoped(const iceberg::DataFile& deletes) {
  if (deletes.referenced_data_file.has_value()) {
    return true;
  }
  const iceberg::ColumnStats* paths =
      iceberg::FindColumnStats(deletes, storage::kFilePathField);
  return paths != nullptr && paths->lower_bound.has_value() &&
         paths->lower_bound == paths->upper_bound;
}

class DeltaMaker {
 public:
  DeltaMaker(duckdb::ClientContext& client, const table::Context& tarn,
             const ChangeTarget& target)
      : client_(client),
        tarn_(tarn),
        target_(target),
        mode_(ValueOrThrow(ModeOf(target.kind, *target.metadata))),
        has_vectors_(target.metadata->format_version >= kVectorsVersion) {}
  ~DeltaMaker() { delta_.Abort(tarn_.io); }
  DeltaMaker(const DeltaMaker&) = delete;
  DeltaMaker& operator=(const DeltaMaker&) = delete;

  RowDelta Make(std::vector<FileChange> changes) {
    delta_.checks = ValueOrThrow(ChecksOf(target_));
    for (FileChange& change : changes) {
      ThrowIfError(Place(std::move(change)));
    }
    ThrowIfError(WriteDeletes());
    RewriteFiles();
    return std::exchange(delta_, {});
  }

 private:
  class RewriteTask final : public duckdb::BaseExecutorTask {
   public:
    RewriteTask(duckdb::TaskExecutor& tasks, DeltaMaker& maker, const FileChange& change)
        : BaseExecutorTask(tasks), maker_(maker), change_(change) {}
    void ExecuteTask() override { ThrowIfError(maker_.Rewrite(change_)); }

   private:
    DeltaMaker& maker_;
    const FileChange& change_;
  };

  const iceberg::TableMetadata& metadata() const { return *target_.metadata; }

  /// Decides what becomes of the file.
  Status Place(FileChange change) {
    const table::FileScanTask& task = *change.task;
    std::shared_ptr<const iceberg::PositionSet> before;
    if (!task.deletes.empty()) {
      ARROW_ASSIGN_OR_RAISE(
          before, tarn_.deletions->Of(tarn_.io, metadata(), task.file, task.deletes));
    }
    const int64_t gone = change.positions.size() + (before ? before->size() : 0);
    if (gone >= task.file.record_count) {
      delta_.removed_files.push_back(task.file);
      return Status::OK();
    }
    if (mode_ == ChangeMode::kCopyOnWrite || IsOwn(task.file)) {
      if (before != nullptr) {
        change.positions.Union(*before);
      }
      rewrites_.push_back(std::move(change));
      return Status::OK();
    }
    if (has_vectors_) {
      RETURN_NOT_OK(TakeOverDeletes(task, &change.positions));
    }
    deletes_.push_back({.file = &task.file, .positions = std::move(change.positions)});
    return Status::OK();
  }

  bool IsOwn(const iceberg::DataFile& file) const {
    return target_.own_changes != nullptr &&
           target_.own_changes->files.contains(file.file_path);
  }

  /// At most one deletion vector applies to a file, and where one does position deletes
  /// do not.
  Status TakeOverDeletes(const table::FileScanTask& task,
                         iceberg::PositionSet* positions) {
    for (const auto& entry : task.deletes) {
      if (entry->file.content != iceberg::FileContent::kPositionDeletes) {
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(
          const auto held,
          tarn_.deletions->PositionsIn(tarn_.io, entry->file, task.file.file_path));
      if (held != nullptr) {
        positions->Union(*held);
      }
      if (IsFileScoped(entry->file)) {
        delta_.removed_files.push_back(entry->file);
      }
    }
    return Status::OK();
  }

  Status WriteDeletes() {
    if (deletes_.empty()) {
      return Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(delta_.delete_files,
                          storage::WritePositionDeletes(tarn_.io, metadata(), deletes_,
                                                        tarn_.clock, tarn_.random));
    return Status::OK();
  }

  void RewriteFiles() {
    if (rewrites_.empty()) {
      return;
    }
    const auto threads = duckdb::TaskScheduler::GetScheduler(client_).NumberOfThreads();
    writing_ = ValueOrThrow(WriterOptionsOf(tarn_, metadata(),
                                            {.table_name = target_.ident.name,
                                             .threads_max = static_cast<int64_t>(threads),
                                             .row_lineage = has_vectors_}));
    duckdb::TaskExecutor tasks(client_);
    for (const FileChange& change : rewrites_) {
      tasks.ScheduleTask(duckdb::make_uniq<RewriteTask>(tasks, *this, change));
    }
    tasks.WorkOnTasks();
  }

  Status Rewrite(const FileChange& change) {
    const table::FileScanTask& task = *change.task;
    const storage::DataFileReadOptions reading{.schema = metadata().schema_ptr(),
                                               .row_lineage = has_vectors_};
    iceberg::DataFile file = task.file;
    if (IsOwn(file)) {
      file.first_row_id.reset();  // a guess: only ids that are stored are kept
    }
    const auto without = std::make_shared<const iceberg::PositionSet>(change.positions);
    ARROW_ASSIGN_OR_RAISE(
        const auto reader,
        storage::DataFileReader::Open(tarn_.io, metadata(), file,
                                      task.data_sequence_number, without, reading));
    ARROW_ASSIGN_OR_RAISE(
        auto writer, storage::TableWriter::Open(tarn_.io, target_.metadata, *writing_,
                                                tarn_.clock, tarn_.random));
    for (;;) {
      if (client_.interrupted) {
        return MakeError(ErrorCode::kCancelled, "The statement was cancelled");
      }
      ARROW_ASSIGN_OR_RAISE(const auto batch, reader->Next());
      if (batch == nullptr) {
        break;
      }
      RETURN_NOT_OK(writer->Append(*batch));
    }
    ARROW_ASSIGN_OR_RAISE(auto files, writer->Finish());
    const std::lock_guard guard(mutex_);
    delta_.removed_files.push_back(task.file);
    delta_.rewritten.files.insert(delta_.rewritten.files.end(), files.begin(),
                                  files.end());
    delta_.rewritten.writers.push_back(std::move(writer));
    return Status::OK();
  }

  duckdb::ClientContext& client_;
  const table::Context& tarn_;
  const ChangeTarget& target_;
  ChangeMode mode_;
  bool has_vectors_;
  std::vector<storage::FileDeletes> deletes_;
  std::vector<FileChange> rewrites_;
  std::optional<storage::TableWriterOptions> writing_;
  std::mutex mutex_;
  RowDelta delta_;
};

}  // namespace

std::string_view NameOf(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kDelete:
      return "delete";
    case ChangeKind::kUpdate:
      return "update";
    case ChangeKind::kMerge:
      break;
  }
  return "merge";
}

Result<ChangeMode> ModeOf(ChangeKind kind, const iceberg::TableMetadata& metadata) {
  const std::string name = PropertyOf(kind, "mode");
  const std::string mode = metadata.Property(name, "merge-on-read");
  if (mode != "merge-on-read" && mode != "copy-on-write") {
    return SenselessProperty(name, mode, "merge-on-read or copy-on-write");
  }
  const bool copies = mode == "copy-on-write" || metadata.format_version < 2;
  return copies ? ChangeMode::kCopyOnWrite : ChangeMode::kMergeOnRead;
}

Result<table::ConflictChecks> ChecksOf(const ChangeTarget& target) {
  const std::string name = PropertyOf(target.kind, "isolation-level");
  const std::string level = target.metadata->Property(name, "serializable");
  if (level != "serializable" && level != "snapshot") {
    return SenselessProperty(name, level, "serializable or snapshot");
  }
  return table::ConflictChecks{.isolation = level == "serializable"
                                                ? table::Isolation::kSerializable
                                                : table::Isolation::kSnapshot,
                               .base = target.base,
                               .read_rows = target.read_rows};
}

RowDelta MakeRowDelta(duckdb::ClientContext& client, const table::Context& tarn,
                      const ChangeTarget& target, std::vector<FileChange> changes) {
  return DeltaMaker(client, tarn, target).Make(std::move(changes));
}

}  // namespace tarn::engine
