#include "tarn/storage/write_journal.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/base/logging.h"
#include "tarn/storage/internal/journal_file.h"
#include "tarn/storage/internal/journal_record.h"

namespace tarn::storage {
namespace {

using std::chrono::milliseconds;
using IfMissing = JournalDirectoryLock::IfMissing;

constexpr milliseconds kProgressEvery{1'000};
/// A journal larger than this is written anew once most of it is history.
constexpr int64_t kRewriteBytesMin = int64_t{1} << 20;
constexpr int64_t kHistoryPartMax = 4;

class LockedWriteJournal final : public WriteJournal {
 public:
  LockedWriteJournal(std::string directory, Clock& clock, Random& random)
      : directory_(std::move(directory)), clock_(clock), random_(random) {}

  ~LockedWriteJournal() override {
    if (file_ != nullptr && files_.empty()) {
      static_cast<void>(file_->Remove());
    }
  }

  Status Opened(const std::string& table, const std::string& location) override {
    const std::lock_guard lock(mutex_);
    ARROW_RETURN_NOT_OK(MakeFile());
    const milliseconds now = clock_.Now();
    JournaledFile file{.location = location,
                       .table = table,
                       .opened = now,
                       .noted = now,
                       .process = ProcessOf(file_->path())};
    ARROW_RETURN_NOT_OK(file_->Append(JournalLine(file)));
    ++totals_.files_opened;
    files_[location] = std::move(file);
    return Status::OK();
  }

  void Progress(const std::string& location, int64_t bytes, int64_t rows) override {
    const std::lock_guard lock(mutex_);
    const auto found = files_.find(location);
    if (found == files_.end()) {
      return;
    }
    JournaledFile& file = found->second;
    file.bytes = bytes;
    file.rows = rows;
    const milliseconds now = clock_.Now();
    if (now - file.noted >= kProgressEvery) {
      file.noted = now;
      static_cast<void>(file_->Append(JournalLine(file)));  // for whoever looks on only
    }
  }

  Status SetState(const std::string& location, FileState state) override {
    const std::lock_guard lock(mutex_);
    const auto found = files_.find(location);
    if (found == files_.end()) {
      return Status::OK();
    }
    JournaledFile& file = found->second;
    file.state = state;
    file.noted = clock_.Now();
    const std::string line = JournalLine(file);
    if (state == FileState::kCommitted) {
      ++totals_.files_committed;
      totals_.bytes_committed += file.bytes;
      totals_.rows_committed += file.rows;
    }
    totals_.files_aborted += state == FileState::kAborted ? 1 : 0;
    if (state == FileState::kCommitted || state == FileState::kAborted) {
      files_.erase(found);
    }
    ARROW_RETURN_NOT_OK(file_->Append(line));
    return DropHistory();
  }

  std::vector<JournaledFile> files() const override {
    const std::lock_guard lock(mutex_);
    std::vector<JournaledFile> files;
    for (const auto& [location, file] : files_) {
      files.push_back(file);
    }
    return files;
  }

  WriteTotals totals() const override {
    const std::lock_guard lock(mutex_);
    WriteTotals totals = totals_;
    totals.files_in_hand = static_cast<int64_t>(files_.size());
    for (const auto& [location, file] : files_) {
      totals.bytes_in_hand += file.bytes;
      totals.oldest = std::min(totals.oldest.value_or(file.opened), file.opened);
    }
    return totals;
  }

 private:
  Status MakeFile() {
    if (file_ != nullptr) {
      return Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(const auto lock,
                          JournalDirectoryLock::Take(directory_, IfMissing::kMake));
    ARROW_ASSIGN_OR_RAISE(file_, JournalFile::Make(directory_, clock_, random_));
    return Status::OK();
  }

  Status DropHistory() {
    if (file_->bytes() < rewrite_at_) {
      return Status::OK();
    }
    if (files_.empty()) {
      return file_->Truncate();
    }
    std::string lines;
    for (const auto& [location, file] : files_) {
      lines += JournalLine(file);
    }
    const auto live = static_cast<int64_t>(lines.size());
    rewrite_at_ = std::max(kRewriteBytesMin, live * kHistoryPartMax);
    if (file_->bytes() < rewrite_at_) {
      return Status::OK();
    }
    // Whoever reads the directory sees the old one or the new one, as it has the lock.
    ARROW_ASSIGN_OR_RAISE(const auto lock,
                          JournalDirectoryLock::Take(directory_, IfMissing::kMake));
    ARROW_ASSIGN_OR_RAISE(auto next, JournalFile::Make(directory_, clock_, random_));
    if (Status status = next->Append(lines); !status.ok()) {
      static_cast<void>(next->Remove());
      return status;
    }
    ARROW_RETURN_NOT_OK(file_->Remove());
    file_ = std::move(next);
    return Status::OK();
  }

  const std::string directory_;
  Clock& clock_;
  Random& random_;
  mutable std::mutex mutex_;  // guards what follows
  std::unique_ptr<JournalFile> file_;
  std::map<std::string, JournaledFile> files_;
  WriteTotals totals_;
  int64_t rewrite_at_ = kRewriteBytesMin;
};

void AddFiles(std::string_view text, const std::string& path,
              std::vector<JournaledFile>* files) {
  for (auto& [location, file] : ReplayJournal(text)) {
    files->push_back(file);
    files->back().process = ProcessOf(path);
  }
}

bool IsMissing(const Status& status) {
  return !status.ok() && CodeOf(status) == ErrorCode::kNoSuchFile;
}

/// Takes `locations` off one journal, which is deleted if nothing is left in it.
Status Forget(JournalFile& journal, const std::set<std::string>& locations) {
  ARROW_ASSIGN_OR_RAISE(const std::string text, journal.ReadAll());
  auto files = ReplayJournal(text);
  std::string lines;
  for (const std::string& location : locations) {
    const auto found = files.find(location);
    if (found != files.end()) {
      found->second.state = FileState::kAborted;
      lines += JournalLine(found->second);
      files.erase(found);
    }
  }
  if (files.empty()) {
    return journal.Remove();
  }
  return lines.empty() ? Status::OK() : journal.Append(lines);
}

}  // namespace

Result<std::shared_ptr<WriteJournal>> WriteJournal::Open(const std::string& directory,
                                                         Clock& clock, Random& random) {
  if (!directory.starts_with('/')) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        "The directory of a write journal is an absolute path, not: " + directory);
  }
  return std::make_shared<LockedWriteJournal>(directory, clock, random);
}

void NoteFileState(WriteJournal* journal, const std::string& location, FileState state) {
  if (journal == nullptr) {
    return;
  }
  // A stale record makes the file look left over, which is looked into before anything
  // is deleted: no reason to fail a write that went well.
  if (const Status status = journal->SetState(location, state); !status.ok()) {
    LogWarn("The write journal could not be kept up",
            {{"file", location}, {"error", status.message()}});
  }
}

Result<JournalContents> ReadJournals(const std::string& directory) {
  JournalContents contents;
  const auto lock = JournalDirectoryLock::Take(directory, IfMissing::kFail);
  if (IsMissing(lock.status())) {
    return contents;
  }
  ARROW_RETURN_NOT_OK(lock.status());
  ARROW_ASSIGN_OR_RAISE(const auto paths, ListJournals(directory));
  for (const std::string& path : paths) {
    // A process may end, and its journal go, at any time.
    const auto dead = JournalFile::TakeOver(path);
    if (IsMissing(dead.status())) {
      continue;
    }
    ARROW_RETURN_NOT_OK(dead.status());
    const auto text = ReadJournalText(path);
    if (IsMissing(text.status())) {
      continue;
    }
    ARROW_RETURN_NOT_OK(text.status());
    AddFiles(*text, path, *dead != nullptr ? &contents.left_over : &contents.in_hand);
  }
  return contents;
}

Status ForgetLeftOver(const std::string& directory,
                      const std::vector<std::string>& locations) {
  const auto lock = JournalDirectoryLock::Take(directory, IfMissing::kFail);
  if (IsMissing(lock.status())) {
    return Status::OK();
  }
  ARROW_RETURN_NOT_OK(lock.status());
  ARROW_ASSIGN_OR_RAISE(const auto paths, ListJournals(directory));
  const std::set<std::string> forgotten(locations.begin(), locations.end());
  for (const std::string& path : paths) {
    const auto dead = JournalFile::TakeOver(path);
    if (IsMissing(dead.status())) {
      continue;
    }
    ARROW_RETURN_NOT_OK(dead.status());
    if (*dead != nullptr) {
      ARROW_RETURN_NOT_OK(Forget(**dead, forgotten));
    }
  }
  return Status::OK();
}

}  // namespace tarn::storage
