// What a transaction has written and not yet committed: files, and tables to be created.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/engine/internal/table_changes.h"
#include "tarn/iceberg/table_ident.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/table/context.h"
#include "tarn/table/staged_write.h"
#include "tarn/table/write.h"

namespace tarn::engine {

/// A table that the commit creates, or replaces when `replaces` is set.
struct NewTableWrite {
  iceberg::TableIdent ident;
  std::shared_ptr<const iceberg::TableMetadata> metadata;
  bool replaces = false;
};

/// A table as the transaction that changed it sees it.
struct OwnView {
  std::shared_ptr<const iceberg::TableMetadata> metadata;  // with a snapshot of its own
  std::shared_ptr<const OwnChanges> changes;
};

/// Thread-safe. What is neither committed nor aborted is aborted by the destructor.
class PendingWrites {
 public:
  explicit PendingWrites(const table::Context& tarn) : tarn_(tarn) {}
  PendingWrites(const PendingWrites&) = delete;
  PendingWrites& operator=(const PendingWrites&) = delete;
  ~PendingWrites();

  /// Errors: kAlreadyExists if this transaction creates it already; kNotSupported to
  /// replace a table it has changed.
  Status CreateTable(const NewTableWrite& table);

  /// The branch that this transaction writes of a table, before anything is written.
  /// Errors: kNotSupported if it has written another one.
  Status ChooseBranch(const iceberg::TableIdent& ident, const std::string& branch);

  /// Rows for a table that exists or that this transaction creates; `metadata` as the
  /// statement saw it. All changes of a table become one snapshot.
  void Insert(const iceberg::TableIdent& ident,
              std::shared_ptr<const iceberg::TableMetadata> metadata,
              WrittenFiles written);
  /// Rows in place of all that are in their partitions; of all rows, if the table has no
  /// partitions. What a transaction of one statement replaces is decided when it commits.
  Status Overwrite(const iceberg::TableIdent& ident,
                   std::shared_ptr<const iceberg::TableMetadata> metadata,
                   WrittenFiles written, bool is_last);
  /// Row-level changes of a table.
  void ChangeRows(const iceberg::TableIdent& ident,
                  std::shared_ptr<const iceberg::TableMetadata> metadata, RowDelta delta);

  /// Puts `summary` into the snapshot of a table that this transaction changes, and has
  /// the commit fail if anybody else has changed it meanwhile.
  void Seal(const iceberg::TableIdent& ident, std::map<std::string, std::string> summary);

  bool empty() const;
  /// True if the table is written to or created here.
  bool Changes(const iceberg::TableIdent& ident) const;
  /// Another number after every change: what was looked up before is old.
  uint64_t version() const { return version_; }
  /// The table with its changes, which are staged for it the first time it is asked for
  /// since the last one. Only for a table that Changes(). Errors: those of
  /// table::StagedWrite.
  Result<OwnView> ViewOf(const iceberg::TableIdent& ident);
  /// Metadata of a table that is created here; nullptr if it is not.
  std::shared_ptr<const iceberg::TableMetadata> Created(
      const iceberg::TableIdent& ident) const;
  std::vector<iceberg::TableIdent> CreatedIn(const iceberg::Namespace& ns) const;

  /// The commit will be an error.
  void Spoil() { is_spoilt_ = true; }
  /// All tables in one commit; `announce`, which may be empty, is told of them before,
  /// and gives what goes into the summaries of their snapshots. On an error the data
  /// files are deleted, unless the outcome is unknown.
  using Announce = std::function<Result<std::map<std::string, std::string>>(
      const std::vector<table::WriteRequest>& requests)>;
  Status Commit(const Announce& announce = {});
  /// Deletes every file. Best effort.
  void Abort();

 private:
  struct Pending {
    table::WriteRequest request;
    /// As the first statement that changed it saw it, or as it is created.
    std::shared_ptr<const iceberg::TableMetadata> base;
    TableChanges changes;
    std::unique_ptr<table::StagedWrite> staged;
    bool is_stale = true;  // `staged` lacks the last change
  };

  Pending& PendingOf(const iceberg::TableIdent& ident,
                     std::shared_ptr<const iceberg::TableMetadata> metadata);
  Status Stage(Pending* pending);
  /// What the commit writes of it.
  table::WriteRequest RequestOf(const Pending& pending) const;
  table::WriteRequest UnsealedRequestOf(const Pending& pending) const;
  void AbortAll();

  const table::Context tarn_;
  std::atomic<uint64_t> version_{0};
  std::atomic<bool> is_spoilt_{false};
  mutable std::mutex mutex_;
  std::map<iceberg::TableIdent, Pending> tables_;
  std::map<iceberg::TableIdent, std::string> branches_;
  std::map<iceberg::TableIdent, std::map<std::string, std::string>> seals_;
};

}  // namespace tarn::engine
