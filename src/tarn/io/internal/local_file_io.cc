#include "tarn/io/internal/local_file_io.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>

#include <arrow/io/file.h>
#include <arrow/io/interfaces.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <unistd.h>

#include "tarn/base/error.h"
#include "tarn/io/internal/posix.h"

namespace tarn::io {
namespace {

Result<std::string> PathOf(const std::string& location) {
  std::optional<std::string> path = LocalPathOf(location);
  if (!path) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Not an absolute local path or file: URI: " + location);
  }
  if (path->find('\0') != std::string::npos) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "A path holds a NUL byte: " + path->substr(0, path->find('\0')));
  }
  while (path->size() > 1 && path->ends_with('/')) {
    path->pop_back();
  }
  return *path;
}

std::chrono::milliseconds ModifiedOf(const struct stat& info) {
  return std::chrono::seconds(info.st_mtim.tv_sec) +
         std::chrono::milliseconds(info.st_mtim.tv_nsec / 1'000'000);
}

/// Writes to a temporary file beside `path` and renames it at Close, so that nothing half
/// written is ever seen under `path`.
class LocalOutputStream : public arrow::io::OutputStream {
 public:
  LocalOutputStream(FileDescriptor fd, std::string temporary, std::string path)
      : fd_(std::move(fd)), temporary_(std::move(temporary)), path_(std::move(path)) {}
  ~LocalOutputStream() override { static_cast<void>(Discard()); }

  using OutputStream::Write;
  Status Write(const void* data, int64_t nbytes) override {
    if (closed()) {
      return MakeError(ErrorCode::kInternal, "Write to the closed file " + path_);
    }
    const std::string_view bytes(static_cast<const char*>(data),
                                 static_cast<size_t>(nbytes));
    ARROW_RETURN_NOT_OK(WriteFully(fd_.get(), bytes, path_));
    position_ += nbytes;
    return Status::OK();
  }

  Status Close() override {
    if (closed()) {
      return Status::OK();
    }
    const Status status = Publish();
    if (!status.ok()) {
      static_cast<void>(Discard());
    }
    return status;
  }

  /// An error says that the temporary file is still there.
  Status Abort() override { return Discard(); }

  Result<int64_t> Tell() const override { return position_; }
  bool closed() const override { return !fd_.is_open(); }

 private:
  Status Publish() {
    ARROW_RETURN_NOT_OK(SyncFile(fd_.get(), path_));
    // From here the descriptor is not needed; a failed close still leaves Discard() the
    // name to remove.
    FileDescriptor fd = std::move(fd_);
    ARROW_RETURN_NOT_OK(fd.Close(path_));
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
      return ErrnoError(errno, "create", path_);
    }
    temporary_.clear();
    return SyncDirectory(ParentOf(path_));
  }

  Status Discard() {
    FileDescriptor closed = std::move(fd_);
    if (!temporary_.empty() && ::unlink(temporary_.c_str()) != 0 && errno != ENOENT) {
      return ErrnoError(errno, "delete", temporary_);
    }
    temporary_.clear();
    return Status::OK();
  }

  FileDescriptor fd_;
  std::string temporary_;  // empty once renamed or removed
  std::string path_;
  int64_t position_ = 0;
};

/// Gives `temporary` the name `path` if nothing has it. The old name is gone when OK.
Status LinkNew(const std::string& temporary, const std::string& path) {
  if (::link(temporary.c_str(), path.c_str()) == 0) {
    ::unlink(temporary.c_str());
    return Status::OK();
  }
  int error = errno;
  if (error == EPERM || error == ENOTSUP ||
      error == EMLINK) {  // a file system without hard links
    if (::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, path.c_str(),
                    RENAME_NOREPLACE) == 0) {
      return Status::OK();
    }
    error = errno;
  }
  if (error == EEXIST) {
    return MakeError(ErrorCode::kAlreadyExists, "File already exists: " + path);
  }
  return ErrnoError(error, "create", path);
}

Result<FileDescriptor> OpenRegularFile(const std::string& location, struct stat* info) {
  ARROW_ASSIGN_OR_RAISE(const std::string path, PathOf(location));
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.is_open() || ::fstat(fd.get(), info) != 0) {
    return ErrnoError(errno, "open", location);
  }
  if (S_ISDIR(info->st_mode)) {
    return MakeError(ErrorCode::kNoSuchFile, "Not a file but a directory: " + location);
  }
  return fd;
}

class LocalFileIO : public FileIO {
 public:
  Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenInput(
      const std::string& location, std::optional<int64_t> /*size_bytes*/) override {
    struct stat info{};
    ARROW_ASSIGN_OR_RAISE(FileDescriptor fd, OpenRegularFile(location, &info));
    return arrow::io::ReadableFile::Open(fd.Release());
  }

  Result<std::shared_ptr<arrow::io::OutputStream>> OpenOutput(
      const std::string& location) override {
    ARROW_ASSIGN_OR_RAISE(std::string path, PathOf(location));
    const std::string directory = ParentOf(path);
    ARROW_RETURN_NOT_OK(MakeDirectories(directory));
    ARROW_ASSIGN_OR_RAISE(auto temporary, MakeTemporaryFile(directory));
    return std::make_shared<LocalOutputStream>(
        std::move(temporary.first), std::move(temporary.second), std::move(path));
  }

  Status WriteNew(const std::string& location, std::string_view bytes) override {
    ARROW_ASSIGN_OR_RAISE(const std::string path, PathOf(location));
    const std::string directory = ParentOf(path);
    ARROW_RETURN_NOT_OK(MakeDirectories(directory));
    ARROW_ASSIGN_OR_RAISE(auto temporary, MakeTemporaryFile(directory));
    const auto fill_and_link = [&, &fd = temporary.first,
                                &name = temporary.second]() -> Status {
      ARROW_RETURN_NOT_OK(WriteFully(fd.get(), bytes, path));
      ARROW_RETURN_NOT_OK(SyncFile(fd.get(), path));
      ARROW_RETURN_NOT_OK(fd.Close(path));
      return LinkNew(name, path);
    };
    if (Status status = fill_and_link(); !status.ok()) {
      ::unlink(temporary.second.c_str());
      return status;
    }
    return SyncDirectory(directory);
  }

  Result<std::string> ReadAll(const std::string& location, int64_t bytes_max) override {
    struct stat info{};
    ARROW_ASSIGN_OR_RAISE(FileDescriptor fd, OpenRegularFile(location, &info));
    std::string bytes;
    bytes.resize(static_cast<size_t>(std::clamp<int64_t>(info.st_size, 0, bytes_max)) +
                 1);
    size_t size = 0;
    while (true) {  // the size that stat gave is a hint: pipes and /proc have none
      if (size > static_cast<size_t>(bytes_max)) {
        return MakeError(ErrorCode::kResourceLimit,
                         fmt::format("{} is larger than {} bytes", location, bytes_max));
      }
      if (size == bytes.size()) {
        bytes.resize(std::max<size_t>(2 * size, 4096));
      }
      const ssize_t n = ::read(fd.get(), bytes.data() + size, bytes.size() - size);
      if (n < 0 && errno == EINTR) {
        continue;
      }
      if (n < 0) {
        return ErrnoError(errno, "read", location);
      }
      if (n == 0) {
        break;
      }
      size += static_cast<size_t>(n);
    }
    bytes.resize(size);
    return bytes;
  }

  Result<FileInfo> Stat(const std::string& location) override {
    ARROW_ASSIGN_OR_RAISE(const std::string path, PathOf(location));
    struct stat info{};
    if (::stat(path.c_str(), &info) != 0) {
      return ErrnoError(errno, "look at", location);
    }
    if (S_ISDIR(info.st_mode)) {
      return MakeError(ErrorCode::kNoSuchFile, "Not a file but a directory: " + location);
    }
    return FileInfo{location, info.st_size, ModifiedOf(info)};
  }

  Result<std::vector<FileInfo>> List(const std::string& directory) override {
    ARROW_ASSIGN_OR_RAISE(const std::string path, PathOf(directory));
    namespace fs = std::filesystem;
    std::vector<FileInfo> files;
    std::error_code error;
    fs::recursive_directory_iterator it(path, error);
    const fs::recursive_directory_iterator end;
    // Names that vanish while we look (another process cleans up) are no error.
    while (!error && it != end) {
      struct stat info{};
      const std::string& name = it->path().native();
      if (::stat(name.c_str(), &info) == 0 && !S_ISDIR(info.st_mode)) {
        const std::string_view below =
            std::string_view(name).substr(path == "/" ? 1 : path.size() + 1);
        files.push_back({JoinLocation(directory, below), info.st_size, ModifiedOf(info)});
      }
      it.increment(error);
    }
    if (error && error.value() != ENOENT &&
        !(error.value() == ENOTDIR && files.empty())) {
      return ErrnoError(error.value(), "list", directory);
    }
    std::sort(files.begin(), files.end(), [](const FileInfo& a, const FileInfo& b) {
      return a.location < b.location;
    });
    return files;
  }

  Status Delete(const std::string& location) override {
    ARROW_ASSIGN_OR_RAISE(const std::string path, PathOf(location));
    if (::unlink(path.c_str()) == 0 || errno == ENOENT) {
      return Status::OK();
    }
    // A parent that is a file means that the file cannot be there either.
    if (errno == ENOTDIR) {
      return Status::OK();
    }
    return ErrnoError(errno, "delete", location);
  }
};

}  // namespace

std::unique_ptr<FileIO> MakeLocalFileIO() { return std::make_unique<LocalFileIO>(); }

}  // namespace tarn::io
