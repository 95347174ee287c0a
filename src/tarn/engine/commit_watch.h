// Who follows what a session commits: to find out later, also after a crash, whether it
// was committed.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/table_ident.h"

namespace tarn::engine {

class Session;

/// One table of a commit that is about to be made.
struct TableToCommit {
  std::string catalog;        // as SQL names it: "iceberg"
  iceberg::TableIdent ident;  // without a name: whatever a database of another kind holds
  std::string new_table_uuid =
      {};  // of a table that the commit creates; empty: it exists
};

/// Called on the thread that runs the statement.
class CommitWatch {
 public:
  virtual ~CommitWatch() = default;
  /// Before the catalog is asked; gives what goes into the summary of every snapshot of
  /// the commit. An error ends the commit: nothing was changed.
  virtual Result<std::map<std::string, std::string>> BeforeCommit(
      const std::vector<TableToCommit>& tables) = 0;
};

/// Has `watch` follow all commits of rows by `session` (INSERT, UPDATE, DELETE, MERGE,
/// CREATE TABLE; COMMIT of a transaction), which keeps it. Not those that have no rows:
/// ALTER, DROP, CALL. Before the session's first statement.
void WatchCommits(Session& session, std::shared_ptr<CommitWatch> watch);

}  // namespace tarn::engine
