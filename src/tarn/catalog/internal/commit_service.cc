#include "tarn/catalog/internal/commit_service.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/base/metrics.h"
#include "tarn/catalog/internal/catalog_names.h"
#include "tarn/catalog/internal/store_catalog.h"

namespace tarn::catalog::internal {
namespace {

constexpr size_t kWriteThreads = 8;

/// Says which table: requirements and names that are taken are known to clients by how
/// the message begins.
Status Refusal(const iceberg::TableIdent& ident, const Status& why) {
  switch (CodeOf(why)) {
    case ErrorCode::kAlreadyExists:
      return why;
    case ErrorCode::kCommitConflict:
      return MakeError(ErrorCode::kCommitConflict,
                       why.message() + " (table " + ident.ToString() + ")");
    default:
      return WithContext("Cannot commit to " + ident.ToString() + ": ", why);
  }
}

/// The lines to stand in, in the order that everybody takes them.
Result<std::vector<std::string>> KeysOf(const std::vector<TableCommit>& commits) {
  std::set<std::string> keys;
  for (const TableCommit& commit : commits) {
    ARROW_RETURN_NOT_OK(CheckIdent(commit.ident));
    const std::string key = NamespaceKey(commit.ident.ns) + '\0' + commit.ident.name;
    if (!keys.insert(key).second) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "A commit names a table twice: " + commit.ident.ToString());
    }
  }
  return std::vector<std::string>(keys.begin(), keys.end());
}

/// Calls `call` with 0 to `count` - 1, several at a time: waiting for disks and stores
/// adds up.
void CallAll(size_t count, const std::function<void(size_t)>& call) {
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < count; i = next++) {
      call(i);
    }
  };
  std::vector<std::thread> threads;
  try {
    while (threads.size() + 1 < std::min(count, kWriteThreads)) {
      threads.emplace_back(work);
    }
  } catch (const std::system_error&) {
    // The system has no thread for us: those there are do it all.
  }
  work();
  for (std::thread& thread : threads) {
    thread.join();
  }
}

struct CommitMetrics {
  MetricFamily<Counter>& commits = ProcessMetrics().MakeCounters(
      "tarn_commits_total", "Commits to tables, by what came of them.", {"outcome"});
  Counter& files = ProcessMetrics().MakeCounter(
      "tarn_commit_groups_total", "Metadata swaps; each makes a group of commits.");
  Counter& moved = ProcessMetrics().MakeCounter(
      "tarn_appends_moved_total",
      "Appends that were put on a newer head than their writer knew.");
  Counter& lost = ProcessMetrics().MakeCounter(
      "tarn_commit_races_lost_total",
      "Metadata swaps that another process was faster than.");
};

CommitMetrics& Metrics() {
  static CommitMetrics metrics;
  return metrics;
}

std::string_view OutcomeOf(const Result<std::vector<LoadedTable>>& result) {
  if (result.ok()) {
    return "applied";
  }
  switch (CodeOf(result.status())) {
    case ErrorCode::kCommitConflict:
      return "conflict";
    case ErrorCode::kCommitStateUnknown:
      return "unknown";
    case ErrorCode::kUnavailable:
      return "busy";
    default:
      return "failed";
  }
}

}  // namespace

void BackOffCommit(int attempt, Clock& clock, Random& random) {
  // 1 to 64 ms and as much again.
  const int64_t base_ms = int64_t{1} << std::min(attempt - 1, 6);
  const auto jitter_ms =
      static_cast<int64_t>(random.Next() % static_cast<uint64_t>(base_ms + 1));
  clock.Sleep(std::chrono::milliseconds(base_ms + jitter_ms));
}

Result<std::vector<LoadedTable>> CommitService::Commit(
    const std::vector<TableCommit>& commits, const Operation* operation) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<std::string> keys, KeysOf(commits));
  Member member;
  member.commits = &commits;
  member.operation = operation;
  member.is_alone = commits.size() != 1 || AssertsCreate(commits.front());
  for (const TableCommit& commit : commits) {
    member.appends.push_back({.update = PendingAppend::Find(commit)});
  }
  if (!member.is_alone) {
    ExamineEarly(keys.front(), &member);
  }
  const Status queued = queue_.Run(
      keys, &member, [this](const CommitQueue::Group& group) { RunGroup(group); });
  if (!queued.ok()) {
    member.result = Refusal(commits.front().ident, queued);
  }
  if (!member.result) {
    // The one that led the group was broken off (no memory) before it could tell.
    member.result = MakeError(ErrorCode::kCommitStateUnknown,
                              "The commit to " + commits.front().ident.ToString() +
                                  " was broken off, look the table up before touching "
                                  "its files");
  }
  Metrics().commits.With({OutcomeOf(*member.result)}).Add();
  return *std::move(member.result);
}

/// An append that comes while others commit will have to be moved: its files are read
/// while it waits, and not while others wait for it.
void CommitService::ExamineEarly(const std::string& key, Member* member) {
  PendingAppend& append = member->appends.front();
  if (!append.update || !queue_.IsBusy(key)) {
    return;
  }
  const auto draft = OpenDraft(member->commits->front());
  if (!draft.ok() || !iceberg::CheckMayMove(*draft->metadata(), *append.update).ok()) {
    return;
  }
  auto appended = mover_.Examine(*draft->metadata(), *append.update);
  if (appended.ok()) {
    append.appended = std::move(appended);
  }
}

void CommitService::RunGroup(const CommitQueue::Group& group) {
  Members members;
  for (QueueMember* member : group) {
    members.push_back(static_cast<Member*>(member));
  }
  const auto is_settled = [](const Member* member) { return member->result.has_value(); };
  for (int attempt = 1;;) {
    const Verdict verdict = TryGroup(members);
    std::erase_if(members, is_settled);
    if (verdict == Verdict::kSettled || members.empty()) {
      return;
    }
    if (verdict == Verdict::kSmaller) {
      continue;
    }
    Metrics().lost.Add();
    if (attempt == kCommitAttemptsMax) {
      break;
    }
    BackOffCommit(attempt++, clock_, random_);
  }
  for (Member* member : members) {
    member->result =
        MakeError(ErrorCode::kCommitConflict,
                  "Cannot commit to " + member->commits->front().ident.ToString() +
                      ": others committed first " + std::to_string(kCommitAttemptsMax) +
                      " times in a row; try again");
  }
}

CommitService::Verdict CommitService::TryGroup(const Members& members) {
  Drafts drafts;
  Members staged;
  for (Member* member : members) {
    const Status status = Stage(member, &drafts);
    if (status.ok()) {
      staged.push_back(member);
    } else {
      member->result = status;
    }
  }
  return staged.empty() ? Verdict::kSettled : WriteAndSwap(staged, drafts);
}

Status CommitService::Stage(Member* member, Drafts* drafts) {
  std::vector<std::pair<TableDraft*, TableDraft::Mark>> taken;
  member->lists.clear();
  for (size_t i = 0; i < member->commits->size(); ++i) {
    const TableCommit& commit = (*member->commits)[i];
    const auto found = DraftOf(commit, drafts);
    Status status = found.status();
    if (status.ok() && AssertsCreate(commit)) {
      continue;  // it was taken to make the draft
    }
    if (status.ok()) {
      TableDraft* draft = *found;
      taken.emplace_back(draft, draft->mark());
      status = draft->Take(commit, &member->appends[i], mover_, clock_.Now());
    }
    if (!status.ok()) {
      for (const auto& [draft, mark] : taken) {
        draft->GoBackTo(mark);
      }
      return Refusal(commit.ident, status);
    }
  }
  for (const auto& [draft, mark] : taken) {
    for (size_t i = mark.num_lists; i < draft->lists().size(); ++i) {
      member->lists.push_back(draft->lists()[i].location);
    }
  }
  return Status::OK();
}

Result<TableDraft*> CommitService::DraftOf(const TableCommit& commit, Drafts* drafts) {
  const auto found = drafts->find(commit.ident);
  if (found != drafts->end()) {
    return &found->second;
  }
  ARROW_ASSIGN_OR_RAISE(TableDraft draft, OpenDraft(commit));
  return &drafts->emplace(commit.ident, std::move(draft)).first->second;
}

Result<TableDraft> CommitService::OpenDraft(const TableCommit& commit) {
  const std::string ns = NamespaceKey(commit.ident.ns);
  ARROW_ASSIGN_OR_RAISE(const auto entry, database_.Read([&](CatalogTables& tables) {
    return tables.Find(ns, commit.ident.name);
  }));
  const bool creates = AssertsCreate(commit);
  if (entry && entry->type == EntryType::kTable && creates && commit.create == nullptr) {
    return MakeError(
        ErrorCode::kAlreadyExists,
        "Requirement failed: table already exists: " + commit.ident.ToString());
  }
  if (entry && creates) {
    return EntryExists(commit.ident, entry->type, EntryType::kTable);
  }
  if (entry && entry->type == EntryType::kTable) {
    ARROW_ASSIGN_OR_RAISE(auto base, files_.ReadTable(entry->metadata_location));
    return TableDraft(commit.ident, *entry, std::move(base));
  }
  if (!creates) {
    return NoSuchEntry(commit.ident, EntryType::kTable);
  }
  ARROW_ASSIGN_OR_RAISE(const bool exists, database_.Read([&](CatalogTables& tables) {
    return tables.NamespaceExists(ns);
  }));
  if (!exists) {
    return NoSuchNamespace(commit.ident.ns);
  }
  ARROW_RETURN_NOT_OK(iceberg::CheckRequirements(commit.requirements, nullptr));
  return TableDraft::Create(commit, clock_.Now());
}

Status CommitService::WriteFiles(const Drafts& drafts, std::vector<EntryChange>* changes,
                                 std::string* failed_list) {
  struct Task {
    const iceberg::TableIdent* ident;
    std::string list;  // its location; empty: a metadata file
    std::function<Status()> write;
    Status status = {};
  };
  changes->clear();
  for (const auto& [ident, draft] : drafts) {
    changes->push_back(draft.change());
  }
  std::vector<Task> tasks;
  size_t next_change = 0;
  for (const auto& [ident, draft] : drafts) {
    EntryChange& change = (*changes)[next_change++];
    const auto write_metadata = [this, &change, metadata = draft.metadata()]() -> Status {
      ARROW_ASSIGN_OR_RAISE(change.entry.metadata_location,
                            files_.WriteTable(metadata, change.expected));
      return Status::OK();
    };
    if (draft.is_changed()) {
      tasks.push_back({&ident, "", write_metadata});
    }
    for (const NewManifestList& list : draft.lists()) {
      tasks.push_back(
          {&ident, list.location, [this, &list] { return mover_.Write(list); }});
    }
  }
  CallAll(tasks.size(), [&](size_t i) { tasks[i].status = tasks[i].write(); });
  const auto failed =
      std::ranges::find_if(tasks, [](const Task& task) { return !task.status.ok(); });
  if (failed == tasks.end()) {
    return Status::OK();
  }
  swap_.DiscardFiles(*changes);
  DiscardLists(drafts);
  *failed_list = failed->list;
  return WithContext("Cannot commit to " + failed->ident->ToString() + ": ",
                     failed->status);
}

void CommitService::DiscardLists(const Drafts& drafts) {
  for (const auto& [ident, draft] : drafts) {
    for (const NewManifestList& list : draft.lists()) {
      mover_.Discard(list);
    }
  }
}

CommitService::Verdict CommitService::WriteAndSwap(const Members& members,
                                                   const Drafts& drafts) {
  const auto fail = [&](const Status& status) {
    for (Member* member : members) {
      member->result = status;
    }
    return Verdict::kSettled;
  };
  std::vector<EntryChange> changes;
  std::string failed_list;
  if (const Status written = WriteFiles(drafts, &changes, &failed_list); !written.ok()) {
    // A list is written where its writer put its own: only that one fails.
    const auto owner = std::ranges::find_if(members, [&](const Member* member) {
      return std::ranges::count(member->lists, failed_list) > 0;
    });
    if (owner == members.end()) {
      return fail(written);
    }
    (*owner)->result = written;
    return Verdict::kSmaller;
  }
  Operations operations;
  Members owners;
  for (Member* member : members) {
    if (member->operation != nullptr) {
      operations.push_back(member->operation);
      owners.push_back(member);
    }
  }
  size_t repeated = 0;
  const Result<bool> applied = swap_.Apply(changes, operations, &repeated);
  if (applied.ok() && *applied) {
    Succeed(members, drafts, changes);
    return Verdict::kSettled;
  }
  if (!applied.ok() && IsOutcomeUnknown(applied.status())) {
    return fail(applied.status());  // nothing may be removed
  }
  DiscardLists(drafts);
  if (applied.ok()) {
    return Verdict::kLost;
  }
  if (CodeOf(applied.status()) != ErrorCode::kOperationRepeated) {
    return fail(applied.status());
  }
  owners[repeated]->result = applied.status();
  return Verdict::kSmaller;
}

void CommitService::Succeed(const Members& members, const Drafts& drafts,
                            const std::vector<EntryChange>& changes) {
  std::map<iceberg::TableIdent, LoadedTable> loaded;
  size_t next_change = 0;
  for (const auto& [ident, draft] : drafts) {
    const EntryChange& change = changes[next_change++];
    const std::string& location = change.entry.metadata_location;
    loaded[ident] = {ident, location, draft.metadata(), files_.TextOf(location)};
    Metrics().moved.Add(static_cast<int64_t>(draft.lists().size()));
    if (change.is_new_file()) {
      Metrics().files.Add();
      files_.Forget(change.expected);
      DiscardOldFiles(draft);
    }
  }
  for (Member* member : members) {
    std::vector<LoadedTable> tables;
    for (const TableCommit& commit : *member->commits) {
      tables.push_back(loaded[commit.ident]);
    }
    member->result = std::move(tables);
  }
}

void CommitService::DiscardOldFiles(const TableDraft& draft) {
  const iceberg::TableMetadata& made = *draft.metadata();
  if (draft.base() == nullptr ||
      made.Property("write.metadata.delete-after-commit.enabled", "false") != "true") {
    return;
  }
  for (const iceberg::MetadataLogEntry& old : draft.base()->metadata_log) {
    if (std::ranges::count(made.metadata_log, old.metadata_file,
                           &iceberg::MetadataLogEntry::metadata_file) == 0) {
      files_.Discard(old.metadata_file);
    }
  }
}

}  // namespace tarn::catalog::internal
