#include "tarn/io/internal/object_store.h"

#include <algorithm>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/filesystem/filesystem.h>
#include <arrow/io/interfaces.h>
#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/io/internal/scheme.h"
#include "tarn/io/internal/store_errors.h"
#include "tarn/io/positioned_file.h"

namespace tarn::io {
namespace {

namespace fs = arrow::fs;

std::chrono::milliseconds ModifiedOf(const fs::FileInfo& info) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      info.mtime().time_since_epoch());
}

/// A file of the store whose errors are ours, and that says so when the store gives less
/// than it should.
class StoreFile final : public PositionedFile {
 public:
  StoreFile(std::shared_ptr<arrow::io::RandomAccessFile> file, std::string location,
            int64_t size)
      : PositionedFile(size), file_(std::move(file)), location_(std::move(location)) {}

 private:
  Result<int64_t> ReadRange(int64_t position, int64_t nbytes, void* out) override {
    const Result<int64_t> read =
        CatchStore([&] { return file_->ReadAt(position, nbytes, out); });
    if (!read.ok()) {
      return FromStoreError("Cannot read " + location_, read.status());
    }
    if (*read != nbytes) {
      return MakeError(
          ErrorCode::kIoFailed,
          fmt::format("Cannot read {}: {} of {} bytes came of those from {} on",
                      location_, *read, nbytes, position));
    }
    return nbytes;
  }

  const std::shared_ptr<arrow::io::RandomAccessFile> file_;
  const std::string location_;
};

class ObjectStoreFileIO final : public FileIO {
 public:
  explicit ObjectStoreFileIO(std::unique_ptr<ObjectStore> store)
      : store_(std::move(store)) {}

  Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenInput(
      const std::string& location, std::optional<int64_t> size_bytes) override {
    ARROW_ASSIGN_OR_RAISE(const std::string key, store_->KeyOf(location));
    fs::FileInfo info(key, fs::FileType::File);
    if (size_bytes) {
      info.set_size(*size_bytes);
    }
    auto opened = CatchStore([&] {
      return size_bytes ? store_->file_system().OpenInputFile(info)
                        : store_->file_system().OpenInputFile(key);
    });
    if (!opened.ok()) {
      return FromStoreError("Cannot open " + location, opened.status());
    }
    const auto size = CatchStore([&] { return (*opened)->GetSize(); });
    if (!size.ok()) {
      return FromStoreError("Cannot open " + location, size.status());
    }
    return std::make_shared<StoreFile>(*std::move(opened), location, *size);
  }

  Result<std::shared_ptr<arrow::io::OutputStream>> OpenOutput(
      const std::string& location) override {
    ARROW_ASSIGN_OR_RAISE(const std::string key, store_->KeyOf(location));
    return MakeUploadStream(store_->UploadTo(location, key));
  }

  Status WriteNew(const std::string& location, std::string_view bytes) override {
    ARROW_ASSIGN_OR_RAISE(const std::string key, store_->KeyOf(location));
    ARROW_ASSIGN_OR_RAISE(const fs::FileInfo info, Look(location, key));
    if (info.type() != fs::FileType::NotFound) {
      return MakeError(ErrorCode::kAlreadyExists, "File already exists: " + location);
    }
    ARROW_ASSIGN_OR_RAISE(auto stream, OpenOutput(location));
    ARROW_RETURN_NOT_OK(stream->Write(bytes));
    return stream->Close();
  }

  Result<std::string> ReadAll(const std::string& location, int64_t bytes_max) override {
    ARROW_ASSIGN_OR_RAISE(auto file, OpenInput(location, {}));
    ARROW_ASSIGN_OR_RAISE(const int64_t size, file->GetSize());
    if (size > bytes_max) {
      return MakeError(ErrorCode::kResourceLimit,
                       fmt::format("{} is larger than {} bytes", location, bytes_max));
    }
    std::string bytes(static_cast<size_t>(size), '\0');
    ARROW_RETURN_NOT_OK(file->ReadAt(0, size, bytes.data()));
    return bytes;
  }

  Result<FileInfo> Stat(const std::string& location) override {
    ARROW_ASSIGN_OR_RAISE(const std::string key, store_->KeyOf(location));
    ARROW_ASSIGN_OR_RAISE(const fs::FileInfo info, Look(location, key));
    if (info.type() != fs::FileType::File) {
      return MakeError(ErrorCode::kNoSuchFile, "No such file: " + location);
    }
    return FileInfo{location, info.size(), ModifiedOf(info)};
  }

  Result<std::vector<FileInfo>> List(const std::string& directory) override {
    ARROW_ASSIGN_OR_RAISE(const std::string key, store_->KeyOf(directory));
    fs::FileSelector selector;
    selector.base_dir = key;
    selector.allow_not_found = true;
    selector.recursive = true;
    const auto infos =
        CatchStore([&] { return store_->file_system().GetFileInfo(selector); });
    if (!infos.ok()) {
      return FromStoreError("Cannot list " + directory, infos.status());
    }
    std::vector<FileInfo> files;
    for (const fs::FileInfo& info : *infos) {
      if (info.type() != fs::FileType::File) {
        continue;
      }
      files.push_back({JoinLocation(directory, info.path().substr(key.size() + 1)),
                       info.size(), ModifiedOf(info)});
    }
    std::sort(files.begin(), files.end(), [](const FileInfo& a, const FileInfo& b) {
      return a.location < b.location;
    });
    return files;
  }

  Status Delete(const std::string& location) override {
    ARROW_ASSIGN_OR_RAISE(const std::string key, store_->KeyOf(location));
    const Status status =
        FromStoreError("Cannot delete " + location,
                       CatchStore([&] { return store_->file_system().DeleteFile(key); }));
    if (status.ok() || CodeOf(status) == ErrorCode::kNoSuchFile) {
      return Status::OK();
    }
    // The SDKs do not always understand the answer for a file that is not there.
    const Result<fs::FileInfo> info = Look(location, key);
    return info.ok() && info->type() == fs::FileType::NotFound ? Status::OK() : status;
  }

 private:
  Result<fs::FileInfo> Look(const std::string& location, const std::string& key) {
    auto info = CatchStore([&] { return store_->file_system().GetFileInfo(key); });
    if (!info.ok()) {
      return FromStoreError("Cannot look at " + location, info.status());
    }
    return info;
  }

  const std::unique_ptr<ObjectStore> store_;
};

}  // namespace

std::unique_ptr<FileIO> MakeObjectStoreFileIO(std::unique_ptr<ObjectStore> store) {
  return std::make_unique<ObjectStoreFileIO>(std::move(store));
}

Result<std::string> BucketAndKey(std::string_view store, const std::string& location) {
  const std::string scheme = SchemeOf(location);
  std::string path = location.substr(std::min(location.size(), scheme.size() + 3));
  while (path.ends_with('/')) {
    path.pop_back();
  }
  if (scheme.empty() || path.empty() || path.starts_with('/') ||
      path.find("//") != std::string::npos || path.find('\0') != std::string::npos) {
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("Not a location of {}: {}", store, location));
  }
  return path;
}

}  // namespace tarn::io
