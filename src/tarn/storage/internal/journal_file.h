// The files of write journals: who holds one, and who has gone.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"

namespace tarn::storage {

/// A file descriptor that is closed with it.
class OwnedDescriptor {
 public:
  explicit OwnedDescriptor(int fd = -1) : fd_(fd) {}
  OwnedDescriptor(OwnedDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  OwnedDescriptor& operator=(OwnedDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  OwnedDescriptor(const OwnedDescriptor&) = delete;
  OwnedDescriptor& operator=(const OwnedDescriptor&) = delete;
  ~OwnedDescriptor();
  int get() const { return fd_; }

 private:
  int fd_;
};

/// Nobody else makes, reads or removes journals of a directory while one lives:
/// flock of "<directory>/lock".
class JournalDirectoryLock {
 public:
  enum class IfMissing : uint8_t { kMake, kFail };
  /// Errors: kNoSuchFile (no such directory, kFail), kUnavailable after a few seconds,
  /// kForbidden, kIoFailed.
  static Result<JournalDirectoryLock> Take(const std::string& directory,
                                           IfMissing if_missing);

 private:
  explicit JournalDirectoryLock(OwnedDescriptor file) : file_(std::move(file)) {}
  OwnedDescriptor file_;
};

/// "<ulid>-<process id>.journal", locked by this object as long as it lives.
/// Thread-compatible.
class JournalFile {
 public:
  /// To be called under the directory's lock.
  static Result<std::unique_ptr<JournalFile>> Make(const std::string& directory,
                                                   Clock& clock, Random& random);
  /// The file if its process is gone; nullptr if it lives. Under the directory's lock.
  static Result<std::unique_ptr<JournalFile>> TakeOver(const std::string& path);

  /// Appends whole lines. After a write that was cut off the next begins a line of its
  /// own.
  Status Append(std::string_view lines);
  Result<std::string> ReadAll() const;
  Status Truncate();
  /// The name goes; the lock goes with the object.
  Status Remove();

  const std::string& path() const { return path_; }
  int64_t bytes() const { return bytes_; }

 private:
  JournalFile(OwnedDescriptor file, std::string path)
      : file_(std::move(file)), path_(std::move(path)) {}

  OwnedDescriptor file_;
  std::string path_;
  int64_t bytes_ = 0;
  bool is_torn_ = false;  // the last line has no end
};

/// Paths of the journals in `directory`, oldest first.
Result<std::vector<std::string>> ListJournals(const std::string& directory);
/// The id in a journal's name; 0 if there is none.
int64_t ProcessOf(const std::string& path);
Result<std::string> ReadJournalText(const std::string& path);

}  // namespace tarn::storage
