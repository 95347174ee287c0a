#include "tarn/table/alter.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "tarn/base/error.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/table/internal/commit_retry.h"

namespace tarn::table {
namespace {

using catalog::LoadedTable;
using iceberg::TableMetadata;
namespace require = iceberg::require;

bool NamesTable(const Alteration& alteration) {
  return std::ranges::any_of(alteration.requirements, [](const auto& requirement) {
    return std::holds_alternative<require::AssertTableUuid>(requirement);
  });
}

/// One alteration over all attempts to commit it.
class AlterSession {
 public:
  AlterSession(const Context& context, const iceberg::TableIdent& ident,
               const AlterFunction& change)
      : context_(context),
        ident_(ident),
        change_(change),
        backoff_(context.clock, context.random) {}

  Result<LoadedTable> Run() {
    while (true) {
      Status failure;
      Result<LoadedTable> loaded = context_.catalog.LoadTable(ident_);
      if (loaded.ok()) {
        Result<LoadedTable> done = Attempt(*loaded);
        if (done.ok()) {
          return done;
        }
        failure = done.status();
        if (!is_committing_) {
          return unknown_.value_or(failure);
        }
      } else {
        failure = loaded.status();
      }
      if (!CanTryAgain(failure) || !Wait()) {
        return GiveUp(failure);
      }
    }
  }

 private:
  /// Commits the change on `loaded`, or finds that it has landed or is not needed.
  Result<LoadedTable> Attempt(const LoadedTable& loaded) {
    is_committing_ = false;
    if (unknown_.has_value() && HasLanded(loaded)) {
      return loaded;
    }
    if (table_uuid_.empty()) {
      table_uuid_ = loaded.metadata->table_uuid;
    } else if (table_uuid_ != loaded.metadata->table_uuid) {
      return MakeError(
          ErrorCode::kCommitConflict,
          "Table was dropped and made anew while it was changed: " + ident_.ToString());
    }
    ARROW_ASSIGN_OR_RAISE(Alteration alteration, change_(*loaded.metadata));
    if (alteration.updates.empty()) {
      return loaded;
    }
    if (!NamesTable(alteration)) {
      alteration.requirements.emplace_back(require::AssertTableUuid{table_uuid_});
    }
    tried_ = loaded;
    tried_updates_ = alteration.updates;
    is_committing_ = true;
    ARROW_ASSIGN_OR_RAISE(
        std::vector<LoadedTable> committed,
        context_.catalog.Commit({{ident_, std::move(alteration.requirements),
                                  std::move(alteration.updates), nullptr}}));
    return std::move(committed.front());
  }

  /// True if `found` is what the last attempt wanted to make.
  bool HasLanded(const LoadedTable& found) const {
    if (!tried_ || found.metadata_location == tried_->metadata_location) {
      return false;
    }
    const auto wanted = ApplyUpdates(*tried_->metadata, tried_->metadata_location,
                                     tried_updates_, found.metadata->last_updated);
    return wanted.ok() &&
           TableMetadataToJson(**wanted) == TableMetadataToJson(*found.metadata);
  }

  bool CanTryAgain(const Status& status) {
    switch (CodeOf(status)) {
      case ErrorCode::kCommitStateUnknown:
        unknown_ = status;
        return true;
      case ErrorCode::kCommitConflict:
      case ErrorCode::kUnavailable:
        return true;
      case ErrorCode::kIoFailed:
      case ErrorCode::kTimeout:
        return unknown_.has_value();
      default:
        return false;
    }
  }

  bool Wait() {
    return backoff_.Wait(internal::RetryPolicyFor(
        tried_ ? tried_->metadata->properties : std::map<std::string, std::string>()));
  }

  /// The last word after an unknown outcome is what the table says.
  Result<LoadedTable> GiveUp(const Status& failure) {
    if (!unknown_.has_value()) {
      return failure;
    }
    Result<LoadedTable> loaded = context_.catalog.LoadTable(ident_);
    if (loaded.ok() && HasLanded(*loaded)) {
      return loaded;
    }
    return *unknown_;
  }

  const Context& context_;
  const iceberg::TableIdent& ident_;
  const AlterFunction& change_;
  internal::Backoff backoff_;
  std::string table_uuid_;
  std::optional<LoadedTable> tried_;  // what the last attempt was built on
  std::vector<iceberg::TableUpdate> tried_updates_;
  std::optional<Status> unknown_;  // of an attempt that may or may not have been applied
  bool is_committing_ = false;     // the last failure is the commit's, not the change's
};

}  // namespace

Result<LoadedTable> AlterTable(const Context& context, const iceberg::TableIdent& ident,
                               const AlterFunction& change) {
  return AlterSession(context, ident, change).Run();
}

}  // namespace tarn::table
