// Commits to tables: grouped, applied in memory, written in one metadata file, swapped at
// once (docs/internals/commit.md).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/catalog/internal/append_mover.h"
#include "tarn/catalog/internal/catalog_database.h"
#include "tarn/catalog/internal/commit_queue.h"
#include "tarn/catalog/internal/head_swap.h"
#include "tarn/catalog/internal/metadata_files.h"
#include "tarn/catalog/internal/table_draft.h"

namespace tarn::catalog::internal {

/// Races lost in a row before we give up; each means that somebody else committed.
inline constexpr int kCommitAttemptsMax = 20;

/// Waits before the attempt after `attempt` (from 1 on): longer each time, and at random,
/// so that rivals do not meet in step.
void BackOffCommit(int attempt, Clock& clock, Random& random);

/// Thread-safe. What it is made with outlives it.
class CommitService {
 public:
  CommitService(CatalogDatabase& database, MetadataFiles& files, io::FileIO& io,
                Clock& clock, Random& random, CommitQueueLimits limits = {})
      : database_(database),
        files_(files),
        swap_(database, files, clock),
        mover_(io, random),
        clock_(clock),
        random_(random),
        queue_(limits) {}

  /// As Catalog::Commit, with `operation` (optional) in the same transaction. Errors:
  /// also kOperationRepeated; kUnavailable if too many wait to commit to a table (nothing
  /// was done).
  Result<std::vector<LoadedTable>> Commit(const std::vector<TableCommit>& commits,
                                          const Operation* operation);

  /// Callers that wait for their turn.
  size_t num_waiting() const { return queue_.num_waiting(); }

 private:
  /// One caller's commits, while they wait for or are part of a group.
  struct Member : QueueMember {
    const std::vector<TableCommit>* commits = nullptr;
    const Operation* operation = nullptr;
    std::vector<PendingAppend> appends;   // of each commit
    std::vector<std::string> lists = {};  // of its moved appends, in this attempt
    std::optional<Result<std::vector<LoadedTable>>> result = {};  // once it is known
  };
  using Members = std::vector<Member*>;

  /// Drafts of the tables that a group commits to, by name.
  using Drafts = std::map<iceberg::TableIdent, TableDraft>;

  enum class Verdict : uint8_t {
    kSettled,  // every member has its result
    kSmaller,  // some members failed; the others are to be tried again without them
    kLost,     // another process committed first
  };

  void ExamineEarly(const std::string& key, Member* member);
  void RunGroup(const CommitQueue::Group& group);
  Verdict TryGroup(const Members& members);
  Status Stage(Member* member, Drafts* drafts);
  Result<TableDraft*> DraftOf(const TableCommit& commit, Drafts* drafts);
  Result<TableDraft> OpenDraft(const TableCommit& commit);
  Verdict WriteAndSwap(const Members& members, const Drafts& drafts);
  /// Writes the lists of moved appends and the metadata files, several at a time; nothing
  /// is left of them after an error. `failed_list` is then set if the first that could
  /// not be written is a list.
  Status WriteFiles(const Drafts& drafts, std::vector<EntryChange>* changes,
                    std::string* failed_list);
  void DiscardLists(const Drafts& drafts);
  void Succeed(const Members& members, const Drafts& drafts,
               const std::vector<EntryChange>& changes);
  void DiscardOldFiles(const TableDraft& draft);

  CatalogDatabase& database_;
  MetadataFiles& files_;
  HeadSwap swap_;
  AppendMover mover_;
  Clock& clock_;
  Random& random_;
  CommitQueue queue_;
};

}  // namespace tarn::catalog::internal
