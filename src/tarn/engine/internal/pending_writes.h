// What a transaction has written and not yet committed: data files, and tables to be
// created.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/table_ident.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/io/file_io.h"
#include "tarn/storage/table_writer.h"
#include "tarn/table/write.h"

namespace tarn::engine {

/// The files of one finished INSERT or CTAS, with the writers that can take them back.
struct WrittenFiles {
  std::vector<iceberg::DataFile> files;
  std::vector<std::unique_ptr<storage::TableWriter>> writers;

  void Append(WrittenFiles other);
  void Abort();
};

/// Files that row-level changes of a table add and take away.
struct RowDelta {
  std::vector<iceberg::DataFile> removed_files;  // data files, deletes that were replaced
  std::vector<iceberg::DataFile> delete_files;
  WrittenFiles rewritten;  // copies without the changed rows
  table::ConflictChecks checks;

  /// Deletes the files it added. Best effort.
  void Abort(io::FileIO& io);
};

/// A table that the commit creates, or replaces when `replaces` is set.
struct NewTableWrite {
  iceberg::TableIdent ident;
  std::shared_ptr<const iceberg::TableMetadata> metadata;
  bool replaces = false;
};

/// Thread-safe. What is neither committed nor aborted is aborted by the destructor.
class PendingWrites {
 public:
  /// `io` outlives it.
  explicit PendingWrites(io::FileIO& io) : io_(io) {}
  PendingWrites(const PendingWrites&) = delete;
  PendingWrites& operator=(const PendingWrites&) = delete;
  ~PendingWrites();

  /// Errors: kAlreadyExists if this transaction creates it already; kNotSupported to
  /// replace a table it has changed.
  Status CreateTable(const NewTableWrite& table);
  /// Rows for a table that exists or that this transaction creates; several INSERTs
  /// become one snapshot.
  void Insert(const iceberg::TableIdent& ident, const iceberg::TableMetadata& metadata,
              WrittenFiles written);

  /// The branch that this transaction writes of a table, before anything is written.
  /// Errors: kNotSupported if it has written another one.
  Status ChooseBranch(const iceberg::TableIdent& ident, const std::string& branch);

  /// Row-level changes of a table that exists: they and its INSERTs become one snapshot.
  void ChangeRows(const iceberg::TableIdent& ident,
                  const iceberg::TableMetadata& metadata, RowDelta delta);

  bool empty() const;
  /// True if the table is written to or created here: its rows cannot be read before the
  /// commit.
  bool Changes(const iceberg::TableIdent& ident) const;
  /// Metadata of a table that is created here; nullptr if it is not.
  std::shared_ptr<const iceberg::TableMetadata> Created(
      const iceberg::TableIdent& ident) const;
  std::vector<iceberg::TableIdent> CreatedIn(const iceberg::Namespace& ns) const;

  /// All tables in one commit. On an error the data files are deleted, unless the outcome
  /// is unknown.
  Status Commit(const table::Context& context);
  /// Deletes every file. Best effort.
  void Abort();

 private:
  struct Pending {
    table::WriteRequest request;
    WrittenFiles written;
    std::optional<RowDelta> delta = {};  // changes rows, not only adds some
  };

  /// What the commit writes of it.
  static table::WriteRequest RequestOf(const Pending& pending);
  void AbortAll();

  io::FileIO& io_;
  mutable std::mutex mutex_;
  std::map<iceberg::TableIdent, Pending> tables_;
  std::map<iceberg::TableIdent, std::string> branches_;
};

}  // namespace tarn::engine
