// Local files by their file descriptors: every errno becomes the right ErrorCode, and
// what must survive a power cut is fsynced.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "tarn/base/result.h"

namespace tarn::io {

/// "Cannot <action> <path>: <text of errno>", with the code that `error_number` means.
Status ErrnoError(int error_number, std::string_view action, std::string_view path);

/// Owns a file descriptor; closes it without looking at the outcome.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor();

  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  /// Gives the descriptor away.
  int Release() { return std::exchange(fd_, -1); }
  /// Closes and reports what close(2) says (a late write error on network file systems).
  Status Close(std::string_view path);

 private:
  int fd_ = -1;
};

/// Writes all bytes; goes on after short writes and EINTR.
Status WriteFully(int fd, std::string_view bytes, const std::string& path);

Status SyncFile(int fd, const std::string& path);
/// Makes names that were added to or removed from `directory` durable.
Status SyncDirectory(const std::string& directory);
/// As mkdir -p; the parents of new directories are synced.
Status MakeDirectories(const std::string& directory);

/// "/a" for "/a/b", "/" for "/b".
std::string ParentOf(const std::string& path);

/// A new, empty file in `directory` with a name that no other file has:
/// ".tarn-tmp-<pid>-<n>-<random>". Such a file is never part of anything: one that is
/// left over after a crash may be deleted.
Result<std::pair<FileDescriptor, std::string>> MakeTemporaryFile(
    const std::string& directory);

}  // namespace tarn::io
