#include "tarn/table/maintenance/internal/metadata_commit.h"

#include <optional>
#include <string>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/table/internal/commit_retry.h"

namespace tarn::table::internal {
namespace {

using catalog::LoadedTable;

class MetadataCommit {
 public:
  MetadataCommit(const Context& context, const iceberg::TableIdent& ident,
                 const AlterFunction& change)
      : context_(context),
        ident_(ident),
        change_(change),
        backoff_(context.clock, context.random) {}

  Result<LoadedTable> Run(const std::string& table_uuid, const ActionControl& control) {
    while (true) {
      const Result<LoadedTable> loaded = context_.catalog.LoadTable(ident_);
      if (!loaded.ok()) {
        if (CanLoadAgain(loaded.status()) && backoff_.Wait(policy_)) {
          continue;
        }
        return unknown_.value_or(loaded.status());
      }
      policy_ = RetryPolicyFor(loaded->metadata->properties);
      RETURN_NOT_OK(CheckSameTable(*loaded, table_uuid));
      if (refused_ && refused_at_ == loaded->metadata_location) {
        return *refused_;
      }
      Result<Alteration> alteration = change_(*loaded->metadata);
      if (!alteration.ok()) {
        return unknown_.value_or(alteration.status());
      }
      if (alteration->updates.empty()) {
        return *loaded;
      }
      Result<LoadedTable> committed = Commit(*loaded, *std::move(alteration));
      if (committed.ok()) {
        return committed;
      }
      const Status status = committed.status();
      const Status cancelled = control.Check();
      if (!CanCommitAgain(status, loaded->metadata_location) || !backoff_.Wait(policy_)) {
        return unknown_.value_or(status);
      }
      if (!cancelled.ok()) {
        return unknown_.value_or(cancelled);
      }
    }
  }

 private:
  Result<LoadedTable> Commit(const LoadedTable& base, Alteration alteration) {
    alteration.requirements.emplace_back(
        iceberg::require::AssertTableUuid{base.metadata->table_uuid});
    ARROW_ASSIGN_OR_RAISE(
        std::vector<LoadedTable> committed,
        context_.catalog.Commit({{ident_, std::move(alteration.requirements),
                                  std::move(alteration.updates)}}));
    return std::move(committed.front());
  }

  Status CheckSameTable(const LoadedTable& loaded, const std::string& table_uuid) const {
    if (loaded.metadata->table_uuid == table_uuid) {
      return Status::OK();
    }
    return MakeError(ErrorCode::kCommitConflict,
                     "Table was dropped and made anew while it was maintained; run the "
                     "action again: " +
                         ident_.ToString());
  }

  bool CanLoadAgain(const Status& status) const {
    const ErrorCode code = CodeOf(status);
    return code == ErrorCode::kUnavailable ||
           (unknown_ && (code == ErrorCode::kIoFailed || code == ErrorCode::kTimeout));
  }

  bool CanCommitAgain(const Status& status, const std::string& location) {
    switch (CodeOf(status)) {
      case ErrorCode::kCommitConflict:
      case ErrorCode::kUnavailable:
        return true;
      case ErrorCode::kCommitStateUnknown:
        unknown_ = status;
        return true;
      case ErrorCode::kInvalidArgument:
        refused_ = status;
        refused_at_ = location;
        return true;
      default:
        return false;
    }
  }

  const Context& context_;
  const iceberg::TableIdent& ident_;
  const AlterFunction& change_;
  Backoff backoff_;
  RetryPolicy policy_;
  std::optional<Status> unknown_;  // of an attempt that may or may not have been applied
  std::optional<Status> refused_;  // final unless the table has changed since
  std::string refused_at_;         // metadata location it was refused at
};

}  // namespace

Result<LoadedTable> CommitMetadata(const Context& context,
                                   const iceberg::TableIdent& ident,
                                   const std::string& table_uuid,
                                   const AlterFunction& change,
                                   const ActionControl& control) {
  return MetadataCommit(context, ident, change).Run(table_uuid, control);
}

}  // namespace tarn::table::internal
