// What a transaction has done to one table: the files that come and go, summed up over
// its statements.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/data_file.h"
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

  bool empty() const {
    return removed_files.empty() && delete_files.empty() && rewritten.files.empty();
  }
  /// Deletes the files it added. Best effort.
  void Abort(io::FileIO& io);
};

/// What statements must know of a table that their transaction has changed before.
struct OwnChanges {
  /// Data files that are not committed. Deletes of their rows write them anew: a commit
  /// brings no deletes of files that it brings.
  std::unordered_set<std::string> files;
  /// Row ids from here on are only guessed: the commit numbers the rows.
  int64_t first_own_row_id = 0;
};

/// Files that one statement brought and a later one took away again are in none of the
/// lists; they are deleted in the end. Thread-compatible.
class TableChanges {
 public:
  void Insert(WrittenFiles written) { written_.Append(std::move(written)); }
  void ChangeRows(RowDelta delta);

  const std::vector<iceberg::DataFile>& files() const { return written_.files; }
  const std::vector<iceberg::DataFile>& removed_files() const { return removed_; }
  const std::vector<iceberg::DataFile>& delete_files() const { return deletes_; }
  /// Of all statements together, without a base.
  const table::ConflictChecks& checks() const { return checks_; }
  /// True if rows of the table were changed, and not only some added.
  bool changes_rows() const { return changes_rows_; }

  /// Deletes what was brought and taken away again. Best effort.
  void DeleteDropped(io::FileIO& io);
  /// Deletes every file. Best effort.
  void Abort(io::FileIO& io);

 private:
  bool DropDataFile(const std::string& path);
  bool DropDeleteFile(const iceberg::DataFile& file);
  void DropDeletesOf(const std::string& data_path);

  WrittenFiles written_;
  std::vector<iceberg::DataFile> removed_;
  std::vector<iceberg::DataFile> deletes_;
  table::ConflictChecks checks_;
  bool changes_rows_ = false;
  std::unordered_set<std::string> dropped_;  // paths
};

}  // namespace tarn::engine
