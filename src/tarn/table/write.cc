#include "tarn/table/write.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/storage/table_writer.h"
#include "tarn/table/internal/commit_retry.h"
#include "tarn/table/internal/pending_write.h"
#include "tarn/table/internal/request_checks.h"

namespace tarn::table {
namespace {

using catalog::LoadedTable;
using catalog::TableCommit;
using internal::PendingWrite;

/// All tables of a write, until they are committed together or not at all.
class WriteSession {
 public:
  WriteSession(const Context& context, const std::vector<WriteRequest>& requests)
      : context_(context), requests_(requests), backoff_(context.clock, context.random) {
    for (const WriteRequest& request : requests) {
      writes_.emplace_back(context, request);
    }
  }

  Result<std::vector<LoadedTable>> Run() {
    // A commit begins: what a crash leaves is as old as that, not as its rows.
    NoteState(storage::FileState::kClosed);
    while (true) {
      Status status = Refresh();
      if (has_landed_) {
        return Succeed({});
      }
      if (status.ok() && refused_.has_value() && !has_changed_) {
        return Fail(*refused_);
      }
      refused_.reset();
      if (status.ok()) {
        status = Stage();
      }
      if (!status.ok()) {
        if (CanRefreshAgain(status) && Wait()) {
          continue;
        }
        return Fail(status);
      }
      Result<std::vector<LoadedTable>> committed = Commit();
      if (committed.ok()) {
        return Succeed(std::move(*committed));
      }
      if (!CanCommitAgain(committed.status()) || !Wait()) {
        return FailCommit(committed.status());
      }
    }
  }

 private:
  /// Looks at all tables. Sets has_landed_ even if it returns an error about one of them.
  Status Refresh() {
    has_landed_ = has_changed_ = head_has_moved_ = false;
    Status first_error;
    for (PendingWrite& write : writes_) {
      const Status status = write.Refresh();
      if (first_error.ok()) {
        first_error = status;
      }
      has_landed_ = has_landed_ || write.has_landed();
      has_changed_ = has_changed_ || write.has_changed();
      head_has_moved_ = head_has_moved_ || write.head_has_moved();
    }
    // An unknown attempt required the old heads: it can land no more.
    if (head_has_moved_ && !has_landed_) {
      unknown_.reset();
    }
    return first_error;
  }

  Status Stage() {
    for (PendingWrite& write : writes_) {
      RETURN_NOT_OK(write.Stage());
    }
    return Status::OK();
  }

  Result<std::vector<LoadedTable>> Commit() {
    std::vector<TableCommit> commits;
    for (const PendingWrite& write : writes_) {
      if (write.commit().has_value()) {
        commits.push_back(*write.commit());
      }
    }
    if (commits.empty()) {
      return std::vector<LoadedTable>();
    }
    return context_.catalog.Commit(commits);
  }

  bool Wait() {
    return !writes_.empty() && backoff_.Wait(writes_.front().retry_policy());
  }

  /// While it is unknown whether an attempt was applied, every way to learn it is tried;
  /// else only waiting for what is busy helps. A file of the head that is gone may have
  /// been expired together with that head: Refresh() tells.
  bool CanRefreshAgain(const Status& status) {
    switch (CodeOf(status)) {
      case ErrorCode::kUnavailable:
        return true;
      case ErrorCode::kNoSuchFile:
        refused_ = status;
        return true;
      case ErrorCode::kIoFailed:
      case ErrorCode::kTimeout:
        return unknown_.has_value();
      default:
        return false;
    }
  }

  bool CanCommitAgain(const Status& status) {
    switch (CodeOf(status)) {
      case ErrorCode::kCommitConflict:
      case ErrorCode::kUnavailable:
        return true;
      case ErrorCode::kCommitStateUnknown:
        unknown_ = status;
        return true;
      // Another branch's commit uses up sequence numbers and row ids under an unmoved
      // main, and a table that exists already may be our own of an attempt whose answer
      // was lost: Refresh() tells.
      case ErrorCode::kInvalidArgument:
      case ErrorCode::kAlreadyExists:
        refused_ = status;
        return true;
      default:
        return false;
    }
  }

  Result<std::vector<LoadedTable>> Succeed(std::vector<LoadedTable> committed) {
    // One table was seen to have landed, so all have; those looked at before may have
    // been too early.
    if (has_landed_ && writes_.size() > 1) {
      for (PendingWrite& write : writes_) {
        if (write.has_landed()) {
          continue;
        }
        [[maybe_unused]] const Status best_effort = write.Refresh();
      }
    }
    NoteState(storage::FileState::kCommitted);
    std::vector<LoadedTable> tables;
    size_t next_committed = 0;
    for (PendingWrite& write : writes_) {
      const bool is_committed = !has_landed_ && write.commit().has_value();
      std::optional<LoadedTable> table = write.loaded();
      if (is_committed && next_committed < committed.size()) {
        table = std::move(committed[next_committed++]);
      }
      if (!table.has_value()) {
        return MakeError(
            ErrorCode::kCommitStateUnknown,
            "The commit was applied, but one of its tables cannot be loaded");
      }
      write.CleanUp(table->metadata.get());
      tables.push_back(std::move(*table));
    }
    return tables;
  }

  /// What failed for good stays closed in the journal until its owner deletes it, and
  /// what may have been committed until somebody finds out.
  void NoteState(storage::FileState state) {
    if (context_.writing == nullptr || context_.writing->journal == nullptr) {
      return;
    }
    storage::WriteJournal* journal = context_.writing->journal.get();
    for (const WriteRequest& request : requests_) {
      for (const iceberg::DataFile& file : request.files) {
        storage::NoteFileState(journal, file.file_path, state);
      }
      for (const iceberg::DataFile& file : request.delete_files) {
        storage::NoteFileState(journal, file.file_path, state);
      }
    }
  }

  /// `status` is the catalog's last word; what the tables say counts more. A conflict may
  /// be our own commit, sent twice by some layer below.
  Result<std::vector<LoadedTable>> FailCommit(const Status& status) {
    const Status refreshed = Refresh();
    if (has_landed_) {
      return Succeed({});
    }
    if (!refreshed.ok() && !head_has_moved_) {
      return unknown_.value_or(status);
    }
    return Fail(status);
  }

  Status Fail(const Status& status) {
    if (unknown_.has_value()) {
      return *unknown_;  // nothing may be deleted
    }
    for (PendingWrite& write : writes_) {
      write.CleanUp(nullptr);
    }
    return status;
  }

  const Context& context_;
  const std::vector<WriteRequest>& requests_;
  internal::Backoff backoff_;
  std::deque<PendingWrite> writes_;
  std::optional<Status> unknown_;  // of an attempt that may or may not have been applied
  std::optional<Status> refused_;  // final unless a table has changed since
  bool has_landed_ = false;
  bool has_changed_ = false;
  bool head_has_moved_ = false;
};

}  // namespace

Result<std::vector<LoadedTable>> WriteAll(const Context& context,
                                          const std::vector<WriteRequest>& requests) {
  RETURN_NOT_OK(internal::CheckRequests(requests));
  return WriteSession(context, requests).Run();
}

Result<LoadedTable> Write(const Context& context, const WriteRequest& request) {
  ARROW_ASSIGN_OR_RAISE(std::vector<LoadedTable> tables, WriteAll(context, {request}));
  return std::move(tables.front());
}

}  // namespace tarn::table
