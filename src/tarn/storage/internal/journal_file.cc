#include "tarn/storage/internal/journal_file.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <thread>

#include <arrow/util/io_util.h>
#include <fcntl.h>
#include <unistd.h>

#include "tarn/base/error.h"

namespace tarn::storage {
namespace {

namespace fs = std::filesystem;

constexpr char kSuffix[] = ".journal";
constexpr mode_t kMode = 0666;
constexpr std::chrono::milliseconds kLockWait{10};
constexpr int kLockTries = 500;

Status PathError(int error_number, const std::string& what, const std::string& path) {
  const ErrorCode code = CodeOf(arrow::internal::IOErrorFromErrno(error_number, ""));
  return MakeError(code, "Cannot " + what + " the write journal " + path + ": " +
                             std::generic_category().message(error_number));
}

/// False if another process holds the lock.
Result<bool> TryLock(int fd, const std::string& path) {
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return false;
    }
    if (errno != EINTR) {
      return PathError(errno, "lock", path);
    }
  }
  return true;
}

Status MakeDirectory(const std::string& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  return error ? PathError(error.value(), "make the directory of", directory)
               : Status::OK();
}

}  // namespace

OwnedDescriptor::~OwnedDescriptor() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

Result<JournalDirectoryLock> JournalDirectoryLock::Take(const std::string& directory,
                                                        IfMissing if_missing) {
  if (if_missing == IfMissing::kMake) {
    ARROW_RETURN_NOT_OK(MakeDirectory(directory));
  }
  const std::string path = directory + "/lock";
  OwnedDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kMode));
  if (file.get() < 0 && (errno == EACCES || errno == EROFS)) {
    // Who may only read can still see to it that nothing changes meanwhile.
    file = OwnedDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  }
  if (file.get() < 0) {
    return PathError(errno, "open", path);
  }
  for (int tries = 0; tries < kLockTries; ++tries) {
    ARROW_ASSIGN_OR_RAISE(const bool is_locked, TryLock(file.get(), path));
    if (is_locked) {
      return JournalDirectoryLock(std::move(file));
    }
    std::this_thread::sleep_for(kLockWait);
  }
  return MakeError(ErrorCode::kUnavailable,
                   "Another process keeps the write journals locked: " + path);
}

Result<std::unique_ptr<JournalFile>> JournalFile::Make(const std::string& directory,
                                                       Clock& clock, Random& random) {
  std::string path = directory + "/" + NewUlid(clock.Now(), random) + "-" +
                     std::to_string(::getpid()) + kSuffix;
  OwnedDescriptor file(
      ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, kMode));
  if (file.get() < 0) {
    return PathError(errno, "make", path);
  }
  ARROW_ASSIGN_OR_RAISE(const bool is_locked, TryLock(file.get(), path));
  if (!is_locked) {
    return MakeError(ErrorCode::kInternal, "A new write journal is locked: " + path);
  }
  return std::unique_ptr<JournalFile>(new JournalFile(std::move(file), std::move(path)));
}

Result<std::unique_ptr<JournalFile>> JournalFile::TakeOver(const std::string& path) {
  OwnedDescriptor file(::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC));
  if (file.get() < 0) {
    return PathError(errno, "open", path);
  }
  ARROW_ASSIGN_OR_RAISE(const bool is_locked, TryLock(file.get(), path));
  if (!is_locked) {
    return nullptr;
  }
  std::unique_ptr<JournalFile> journal(new JournalFile(std::move(file), path));
  ARROW_ASSIGN_OR_RAISE(const std::string text, journal->ReadAll());
  journal->bytes_ = static_cast<int64_t>(text.size());
  journal->is_torn_ = !text.empty() && text.back() != '\n';
  return journal;
}

Status JournalFile::Append(std::string_view lines) {
  std::string text = is_torn_ ? "\n" : "";
  text += lines;
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t written = ::write(file_.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written <= 0) {
      return PathError(written < 0 ? errno : ENOSPC, "write", path_);
    }
    bytes_ += written;
    rest.remove_prefix(static_cast<size_t>(written));
    is_torn_ = !rest.empty();
  }
  return Status::OK();
}

Result<std::string> JournalFile::ReadAll() const { return ReadJournalText(path_); }

Status JournalFile::Truncate() {
  if (::ftruncate(file_.get(), 0) != 0) {
    return PathError(errno, "empty", path_);
  }
  bytes_ = 0;
  is_torn_ = false;
  return Status::OK();
}

Status JournalFile::Remove() {
  if (::unlink(path_.c_str()) != 0 && errno != ENOENT) {
    return PathError(errno, "remove", path_);
  }
  return Status::OK();
}

Result<std::vector<std::string>> ListJournals(const std::string& directory) {
  std::vector<std::string> paths;
  std::error_code error;
  fs::directory_iterator entry(directory, error);
  while (!error && entry != fs::directory_iterator()) {
    if (entry->path().extension() == kSuffix) {
      paths.push_back(entry->path().string());
    }
    entry.increment(error);
  }
  if (error) {
    return PathError(error.value(), "list the directory of", directory);
  }
  std::ranges::sort(paths);
  return paths;
}

int64_t ProcessOf(const std::string& path) {
  const size_t dash = path.rfind('-');
  int64_t process = 0;
  if (dash != std::string::npos) {
    std::from_chars(path.data() + dash + 1, path.data() + path.size(), process);
  }
  return process;
}

Result<std::string> ReadJournalText(const std::string& path) {
  const OwnedDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    return PathError(errno, "open", path);
  }
  std::string text;
  char buffer[1 << 16];
  while (true) {
    const ssize_t read = ::read(file.get(), buffer, sizeof buffer);
    if (read < 0 && errno == EINTR) {
      continue;
    }
    if (read < 0) {
      return PathError(errno, "read", path);
    }
    if (read == 0) {
      return text;
    }
    text.append(buffer, static_cast<size_t>(read));
  }
}

}  // namespace tarn::storage
