// What a transaction has written and not yet committed: data files, and tables to be
// created.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/table_ident.h"
#include "tarn/iceberg/table_metadata.h"
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

/// A table that the commit creates, or replaces when `replaces` is set.
struct NewTableWrite {
  iceberg::TableIdent ident;
  std::shared_ptr<const iceberg::TableMetadata> metadata;
  bool replaces = false;
};

/// Thread-safe. What is neither committed nor aborted is aborted by the destructor.
class PendingWrites {
 public:
  PendingWrites() = default;
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
  };

  mutable std::mutex mutex_;
  std::map<iceberg::TableIdent, Pending> tables_;
};

}  // namespace tarn::engine
