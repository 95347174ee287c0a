#include "tarn/io/internal/posix.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <system_error>
#include <vector>

#include <arrow/util/io_util.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "tarn/base/clock.h"
#include "tarn/base/error.h"

namespace tarn::io {
namespace {

ErrorCode CodeOfErrno(int error_number) {
  switch (error_number) {
    case ENAMETOOLONG:
    case EINVAL:
    case ELOOP:
      return ErrorCode::kInvalidArgument;
    default:
      return CodeOf(arrow::internal::IOErrorFromErrno(error_number, ""));
  }
}

std::string_view AdviceFor(int error_number) {
  switch (error_number) {
    case ENOSPC:
      return "; free some space or choose another disk";
    case EDQUOT:
      return "; free some space or raise the quota";
    case EFBIG:
      return "; raise the limit of a file's size (ulimit -f)";
    case EROFS:
      return "; choose a directory on a writable file system";
    case EACCES:
    case EPERM:
      return "; check the owner and the permissions";
    case EMFILE:
      return "; raise the limit of open files (ulimit -n)";
    default:
      return "";
  }
}

}  // namespace

Status ErrnoError(int error_number, std::string_view action, std::string_view path) {
  return MakeError(CodeOfErrno(error_number),
                   fmt::format("Cannot {} {}: {}{}", action, path,
                               std::generic_category().message(error_number),
                               AdviceFor(error_number)));
}

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

Status FileDescriptor::Close(std::string_view path) {
  // After EINTR the descriptor is gone on Linux: never close twice.
  const int fd = std::exchange(fd_, -1);
  if (fd >= 0 && ::close(fd) != 0 && errno != EINTR) {
    return ErrnoError(errno, "close", path);
  }
  return Status::OK();
}

Status WriteFully(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) {
        continue;
      }
      return ErrnoError(errno, "write", path);
    }
    if (written == 0) {
      return ErrnoError(EIO, "write", path);
    }
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return Status::OK();
}

Status SyncFile(int fd, const std::string& path) {
  while (::fsync(fd) != 0) {
    if (errno != EINTR) {
      return ErrnoError(errno, "sync", path);
    }
  }
  return Status::OK();
}

Status SyncDirectory(const std::string& directory) {
  const FileDescriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.is_open()) {
    return ErrnoError(errno, "open directory", directory);
  }
  if (::fsync(fd.get()) == 0) {
    return Status::OK();
  }
  // Some network file systems cannot sync a directory; they make names durable by
  // themselves.
  if (errno == EINVAL || errno == ENOTSUP) {
    return Status::OK();
  }
  return ErrnoError(errno, "sync directory", directory);
}

std::string ParentOf(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) {
    return ".";
  }
  return slash == 0 ? "/" : path.substr(0, slash);
}

Status MakeDirectories(const std::string& directory) {
  std::vector<std::string> missing;
  std::string current = directory;
  struct stat info{};
  while (::stat(current.c_str(), &info) != 0) {
    if (errno != ENOENT) {
      return ErrnoError(errno, "make directory", current);
    }
    missing.push_back(current);
    current = ParentOf(current);
  }
  if (!S_ISDIR(info.st_mode)) {
    return ErrnoError(ENOTDIR, "make directory under", current);
  }
  for (auto it = missing.rbegin(); it != missing.rend(); ++it) {
    if (::mkdir(it->c_str(), 0777) != 0 && errno != EEXIST) {
      return ErrnoError(errno, "make directory", *it);
    }
    ARROW_RETURN_NOT_OK(SyncDirectory(ParentOf(*it)));
  }
  return Status::OK();
}

Result<std::pair<FileDescriptor, std::string>> MakeTemporaryFile(
    const std::string& directory) {
  static std::atomic<uint64_t> counter{0};
  constexpr int kTriesMax = 16;
  for (int i = 0; i < kTriesMax; ++i) {
    std::string path =
        fmt::format("{}/.tarn-tmp-{}-{}-{:016x}", directory == "/" ? "" : directory,
                    ::getpid(), counter.fetch_add(1), SystemRandom().Next());
    FileDescriptor fd(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (fd.is_open()) {
      return std::make_pair(std::move(fd), std::move(path));
    }
    if (errno != EEXIST) {
      return ErrnoError(errno, "create a file in", directory);
    }
  }
  return ErrnoError(EEXIST, "create a file in", directory);
}

}  // namespace tarn::io
