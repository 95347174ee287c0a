#include "tarn/testing/memory_file_io.h"

#include <utility>

#include <arrow/buffer.h>
#include <arrow/io/memory.h>

#include "tarn/base/error.h"

namespace tarn::testing {
namespace {

/// One spelling for all those of a local path.
std::string KeyOf(const std::string& location) {
  const std::string_view view(location);
  for (const std::string_view prefix : {"file://localhost/", "file:///", "file:/"}) {
    if (view.starts_with(prefix)) {
      return std::string(view.substr(prefix.size() - 1));
    }
  }
  return location;
}

/// Collects what is written and hands it over on Close().
class MemoryOutput : public arrow::io::OutputStream {
 public:
  MemoryOutput(MemoryFileIO& owner, std::string location)
      : owner_(owner), location_(std::move(location)) {
    set_mode(arrow::io::FileMode::WRITE);
  }

  using arrow::io::OutputStream::Write;
  Status Write(const void* data, int64_t size) override {
    if (closed_) {
      return MakeError(ErrorCode::kIoFailed, "File is closed: " + location_);
    }
    bytes_.append(static_cast<const char*>(data), static_cast<size_t>(size));
    return Status::OK();
  }
  Status Close() override {
    if (!std::exchange(closed_, true)) {
      owner_.Put(location_, std::move(bytes_));
    }
    return Status::OK();
  }
  Status Abort() override {
    closed_ = true;
    return Status::OK();
  }
  bool closed() const override { return closed_; }
  Result<int64_t> Tell() const override { return static_cast<int64_t>(bytes_.size()); }

 private:
  MemoryFileIO& owner_;
  const std::string location_;
  std::string bytes_;
  bool closed_ = false;
};

/// A buffer that keeps its file's bytes alive after the file was deleted.
class SharedBuffer : public arrow::Buffer {
 public:
  explicit SharedBuffer(std::shared_ptr<const std::string> bytes)
      : Buffer(reinterpret_cast<const uint8_t*>(bytes->data()),
               static_cast<int64_t>(bytes->size())),
        bytes_(std::move(bytes)) {}

 private:
  std::shared_ptr<const std::string> bytes_;
};

}  // namespace

Result<MemoryFileIO::File> MemoryFileIO::Find(const std::string& location) const {
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(KeyOf(location));
  if (found == files_.end()) {
    return MakeError(ErrorCode::kNoSuchFile, "File does not exist: " + location);
  }
  return found->second;
}

Result<std::shared_ptr<arrow::io::RandomAccessFile>> MemoryFileIO::OpenInput(
    const std::string& location, std::optional<int64_t>) {
  ARROW_ASSIGN_OR_RAISE(const File file, Find(location));
  return std::make_shared<arrow::io::BufferReader>(
      std::make_shared<SharedBuffer>(file.bytes));
}

Result<std::shared_ptr<arrow::io::OutputStream>> MemoryFileIO::OpenOutput(
    const std::string& location) {
  return std::make_shared<MemoryOutput>(*this, location);
}

Status MemoryFileIO::WriteNew(const std::string& location, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  File file{std::make_shared<const std::string>(bytes), clock_.Now()};
  if (files_.emplace(KeyOf(location), std::move(file)).second) {
    return Status::OK();
  }
  return MakeError(ErrorCode::kAlreadyExists, "File already exists: " + location);
}

Result<std::string> MemoryFileIO::ReadAll(const std::string& location,
                                          int64_t bytes_max) {
  ARROW_ASSIGN_OR_RAISE(const File file, Find(location));
  if (static_cast<int64_t>(file.bytes->size()) > bytes_max) {
    return MakeError(
        ErrorCode::kResourceLimit,
        "File is larger than " + std::to_string(bytes_max) + " bytes: " + location);
  }
  return *file.bytes;
}

Result<io::FileInfo> MemoryFileIO::Stat(const std::string& location) {
  ARROW_ASSIGN_OR_RAISE(const File file, Find(location));
  return io::FileInfo{location, static_cast<int64_t>(file.bytes->size()), file.modified};
}

Result<std::vector<io::FileInfo>> MemoryFileIO::List(const std::string& directory) {
  const std::string prefix = KeyOf(directory) + (directory.ends_with('/') ? "" : "/");
  const std::string asked = directory + (directory.ends_with('/') ? "" : "/");
  const std::lock_guard lock(mutex_);
  std::vector<io::FileInfo> result;
  for (auto it = files_.lower_bound(prefix);
       it != files_.end() && it->first.starts_with(prefix); ++it) {
    result.push_back({asked + it->first.substr(prefix.size()),
                      static_cast<int64_t>(it->second.bytes->size()),
                      it->second.modified});
  }
  return result;
}

Status MemoryFileIO::Delete(const std::string& location) {
  const std::lock_guard lock(mutex_);
  files_.erase(KeyOf(location));
  return Status::OK();
}

void MemoryFileIO::Put(const std::string& location, std::string bytes) {
  const std::lock_guard lock(mutex_);
  files_[KeyOf(location)] = {std::make_shared<const std::string>(std::move(bytes)),
                             clock_.Now()};
}

size_t MemoryFileIO::num_files() const {
  const std::lock_guard lock(mutex_);
  return files_.size();
}

}  // namespace tarn::testing
