// Which data files are being written or wait for their commit: kept on disk, so that a
// crash leaves a list of what may have to be cleaned.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"

namespace tarn::storage {

/// open → closing → closed → committed, or aborted from any of the first three. A closed
/// file's footer has been read again and fits what was written.
enum class FileState : uint8_t { kOpen, kClosing, kClosed, kCommitted, kAborted };
std::string_view ToString(FileState state);

struct JournaledFile {
  std::string location;
  std::string table;  // the table's location
  FileState state = FileState::kOpen;
  int64_t bytes = 0;  // encoded so far
  int64_t rows = 0;
  std::chrono::milliseconds opened{0};  // since the Unix epoch
  std::chrono::milliseconds noted{0};   // when its last record was made
  int64_t process = 0;                  // id of the process that writes it
};

/// What a process has written since it began, for metrics.
struct WriteTotals {
  int64_t files_opened = 0;
  int64_t files_committed = 0;
  int64_t files_aborted = 0;
  int64_t bytes_committed = 0;
  int64_t rows_committed = 0;
  int64_t files_in_hand = 0;                             // now
  int64_t bytes_in_hand = 0;                             // as of their last Progress()
  std::optional<std::chrono::milliseconds> oldest = {};  // when it was opened
};

/// One append-only file in `directory` for each process that writes, locked (flock) while
/// it lives; the operating system gives the lock back when the process ends, however it
/// ends. Records are written before the file that they name is created, and are durable
/// against the process's end (not against the machine's: orphan removal is for that).
/// Thread-safe.
class WriteJournal {
 public:
  /// Nothing is made on disk before the first file is opened, so that programs that only
  /// read leave nothing and need no right to write. Errors: kInvalidArgument (not an
  /// absolute path).
  static Result<std::shared_ptr<WriteJournal>> Open(const std::string& directory,
                                                    Clock& clock, Random& random);
  virtual ~WriteJournal() = default;  // removes its file if nothing is left in it

  /// Errors: kIoFailed, kForbidden, kDiskFull: the file must not be made then.
  virtual Status Opened(const std::string& table, const std::string& location) = 0;
  /// Goes to disk at most once a second, for others to see.
  virtual void Progress(const std::string& location, int64_t bytes, int64_t rows) = 0;
  /// Files that Opened() has not seen, or that are committed or aborted, are passed over.
  virtual Status SetState(const std::string& location, FileState state) = 0;
  /// Files of this process that are neither committed nor aborted, by location.
  virtual std::vector<JournaledFile> files() const = 0;
  virtual WriteTotals totals() const = 0;
};

/// SetState for whoever can do nothing about its failure but log it. `journal` may be
/// nullptr.
void NoteFileState(WriteJournal* journal, const std::string& location, FileState state);

/// What all processes have in hand, and what dead ones left.
struct JournalContents {
  std::vector<JournaledFile> in_hand;
  /// Their processes are gone. Whether a snapshot refers to them is the reader's to find
  /// out: a crash after a commit leaves them here too.
  std::vector<JournaledFile> left_over;
};
/// Errors: kIoFailed, kForbidden. A record that was cut off by a crash is passed over; no
/// such directory is no journal.
Result<JournalContents> ReadJournals(const std::string& directory);
/// Takes `locations` off the journals of dead processes; empty journals are deleted.
Status ForgetLeftOver(const std::string& directory,
                      const std::vector<std::string>& locations);

}  // namespace tarn::storage
