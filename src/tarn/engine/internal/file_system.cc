#include "tarn/engine/internal/file_system.h"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <arrow/io/interfaces.h>
#include <duckdb/common/file_open_flags.hpp>
#include <duckdb/common/string_util.hpp>
#include <duckdb/function/scalar/string_common.hpp>

#include "tarn/base/error.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/storage/decrypted_parquet.h"

namespace tarn::engine {
namespace {

class Handle final : public duckdb::FileHandle {
 public:
  Handle(duckdb::FileSystem& owner, const std::string& location,
         duckdb::FileOpenFlags open_flags, std::shared_ptr<CatalogSource> of_catalog,
         std::shared_ptr<arrow::io::RandomAccessFile> opened, int64_t bytes)
      : duckdb::FileHandle(owner, location, open_flags),
        source(std::move(of_catalog)),
        file(std::move(opened)),
        size_bytes(bytes) {}

  void Close() override {
    if (file == nullptr) {
      return;
    }
    [[maybe_unused]] const Status only_read = file->Close();
    file.reset();
  }

  std::shared_ptr<CatalogSource> source;  // lives as long as its file; may be null
  std::shared_ptr<arrow::io::RandomAccessFile> file;
  int64_t size_bytes;
  int64_t position = 0;
};

Handle& HandleOf(duckdb::FileHandle& handle) { return static_cast<Handle&>(handle); }

bool HasWildcard(std::string_view text) {
  return text.find_first_of("*?[") != std::string_view::npos;
}

/// The directory before the first wildcard: what has to be listed.
std::string FixedPart(const std::string& pattern) {
  return pattern.substr(0, pattern.rfind('/', pattern.find_first_of("*?[")));
}

/// Level by level; "**" stands for any number of levels.
bool MatchesGlob(const std::vector<std::string>& path, size_t at,
                 const std::vector<std::string>& glob, size_t from) {
  if (from == glob.size()) {
    return at == path.size();
  }
  if (glob[from] == "**") {
    for (size_t skip = at; skip <= path.size(); ++skip) {
      if (MatchesGlob(path, skip, glob, from + 1)) {
        return true;
      }
    }
    return false;
  }
  if (at == path.size()) {
    return false;
  }
  return duckdb::Glob(path[at].data(), path[at].size(), glob[from].data(),
                      glob[from].size(), true) &&
         MatchesGlob(path, at + 1, glob, from + 1);
}

class FileSystemBridge final : public duckdb::FileSystem {
 public:
  FileSystemBridge(io::FileIO& io, std::shared_ptr<CatalogSources> sources)
      : io_(io), sources_(std::move(sources)) {}

  std::string GetName() const override { return "TarnFileSystem"; }
  bool CanHandleFile(const duckdb::string& path) override {
    return io::IsStoreLocation(path) || path.starts_with(kEncryptedFileScheme);
  }
  bool CanSeek() override { return true; }
  bool OnDiskFile(duckdb::FileHandle&) override {
    return false;
  }  // so that column chunks are prefetched

  duckdb::unique_ptr<duckdb::FileHandle> OpenFile(
      const duckdb::string& path, duckdb::FileOpenFlags flags,
      duckdb::optional_ptr<duckdb::FileOpener>) override {
    return Open(path, flags, {}, nullptr);
  }

  void Read(duckdb::FileHandle& handle, void* buffer, int64_t num_bytes,
            duckdb::idx_t offset) override {
    const int64_t read = ValueOrThrow(
        HandleOf(handle).file->ReadAt(static_cast<int64_t>(offset), num_bytes, buffer));
    if (read == num_bytes) {
      return;
    }
    ThrowStatus(MakeError(ErrorCode::kInvalidData,
                          "File is shorter than expected: " + handle.path));
  }
  int64_t Read(duckdb::FileHandle& handle, void* buffer, int64_t num_bytes) override {
    Handle& ours = HandleOf(handle);
    const int64_t read =
        ValueOrThrow(ours.file->ReadAt(ours.position, num_bytes, buffer));
    ours.position += read;
    return read;
  }
  int64_t GetFileSize(duckdb::FileHandle& handle) override {
    return HandleOf(handle).size_bytes;
  }
  // Both are asked for at every open: data files never change, so no request is spent on
  // them.
  duckdb::timestamp_t GetLastModifiedTime(duckdb::FileHandle&) override {
    return duckdb::timestamp_t(0);
  }
  duckdb::string GetVersionTag(duckdb::FileHandle&) override { return {}; }
  duckdb::FileType GetFileType(duckdb::FileHandle&) override {
    return duckdb::FileType::FILE_TYPE_REGULAR;
  }
  void Seek(duckdb::FileHandle& handle, duckdb::idx_t position) override {
    HandleOf(handle).position = static_cast<int64_t>(position);
  }
  duckdb::idx_t SeekPosition(duckdb::FileHandle& handle) override {
    return static_cast<duckdb::idx_t>(HandleOf(handle).position);
  }

  bool FileExists(const duckdb::string& path,
                  duckdb::optional_ptr<duckdb::FileOpener>) override {
    const auto info = io_.Stat(path);
    if (!info.ok() && CodeOf(info.status()) != ErrorCode::kNoSuchFile) {
      ThrowStatus(info.status());
    }
    return info.ok();
  }

  duckdb::vector<duckdb::OpenFileInfo> Glob(const duckdb::string& pattern,
                                            duckdb::FileOpener*) override {
    if (!HasWildcard(pattern)) {
      return {duckdb::OpenFileInfo(pattern)};
    }
    const auto levels = duckdb::StringUtil::Split(pattern, "/");
    std::vector<std::string> found;
    for (const io::FileInfo& file : ValueOrThrow(io_.List(FixedPart(pattern)))) {
      if (MatchesGlob(duckdb::StringUtil::Split(file.location, "/"), 0, levels, 0)) {
        found.push_back(file.location);
      }
    }
    std::sort(found.begin(), found.end());
    duckdb::vector<duckdb::OpenFileInfo> files;
    for (const std::string& location : found) {
      files.emplace_back(location);
    }
    return files;
  }

 protected:
  bool SupportsOpenFileExtended() const override {
    return true;
  }  // else the known size is lost
  duckdb::unique_ptr<duckdb::FileHandle> OpenFileExtended(
      const duckdb::OpenFileInfo& info, duckdb::FileOpenFlags flags,
      duckdb::optional_ptr<duckdb::FileOpener>) override {
    std::optional<int64_t> size;
    std::optional<std::string> key_metadata;
    std::shared_ptr<CatalogSource> source;
    if (info.extended_info != nullptr) {
      const auto& options = info.extended_info->options;
      if (const auto found = options.find("file_size"); found != options.end()) {
        size = found->second.GetValue<int64_t>();
      }
      if (const auto found = options.find("key_metadata"); found != options.end()) {
        key_metadata = duckdb::StringValue::Get(found->second);
      }
      if (const auto found = options.find(kCatalogOption); found != options.end()) {
        source = SourceOf(found->second.GetValue<uint64_t>(), info.path);
      }
    }
    return key_metadata ? OpenEncrypted(info.path, flags, *key_metadata, source)
                        : Open(info.path, flags, size, source);
  }

 private:
  using OpenedFile = std::shared_ptr<arrow::io::RandomAccessFile>;

  std::shared_ptr<CatalogSource> SourceOf(uint64_t number, const std::string& path) {
    auto source = sources_->Find(number);
    if (source == nullptr) {
      ThrowStatus(MakeError(ErrorCode::kCancelled,
                            "The catalog of this file has been detached: " + path));
    }
    return source;
  }
  io::FileIO& FilesOf(const std::shared_ptr<CatalogSource>& source) {
    return source == nullptr ? io_ : source->tarn().io;
  }

  /// DuckDB opens a file once for each thread that reads it: its footer is decrypted
  /// once.
  duckdb::unique_ptr<duckdb::FileHandle> OpenEncrypted(
      const std::string& path, duckdb::FileOpenFlags flags,
      const std::string& key_metadata, std::shared_ptr<CatalogSource> source) {
    OpenedFile file;
    {
      const std::lock_guard lock(mutex_);
      std::erase_if(encrypted_, [](const auto& entry) { return entry.second.expired(); });
      if (const auto found = encrypted_.find(path); found != encrypted_.end()) {
        file = found->second.lock();
      }
    }
    if (file == nullptr) {
      const std::string location =
          path.substr(std::string_view(kEncryptedFileScheme).size());
      file = ValueOrThrow(
          storage::OpenDecryptedParquet(FilesOf(source), location, {}, key_metadata));
      const std::lock_guard lock(mutex_);
      encrypted_[path] = file;
    }
    const int64_t size = ValueOrThrow(file->GetSize());
    return duckdb::make_uniq<Handle>(*this, path, flags, std::move(source),
                                     std::move(file), size);
  }

  duckdb::unique_ptr<duckdb::FileHandle> Open(const std::string& path,
                                              duckdb::FileOpenFlags flags,
                                              std::optional<int64_t> size,
                                              std::shared_ptr<CatalogSource> source) {
    if (flags.OpenForWriting()) {
      ThrowStatus(MakeError(ErrorCode::kNotSupported,
                            "SQL can read object stores, not write them: " + path));
    }
    auto file = FilesOf(source).OpenInput(path, size);
    if (!file.ok()) {
      const bool missing = CodeOf(file.status()) == ErrorCode::kNoSuchFile;
      if (missing && flags.ReturnNullIfNotExists()) {
        return nullptr;
      }
      ThrowStatus(file.status());
    }
    if (!size.has_value()) {
      size = ValueOrThrow((*file)->GetSize());
    }
    return duckdb::make_uniq<Handle>(*this, path, flags, std::move(source),
                                     *std::move(file), *size);
  }

  io::FileIO& io_;
  const std::shared_ptr<CatalogSources> sources_;
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<arrow::io::RandomAccessFile>>
      encrypted_;  // those that are open; guarded by mutex_
};

}  // namespace

duckdb::unique_ptr<duckdb::FileSystem> MakeFileSystem(
    io::FileIO& io, std::shared_ptr<CatalogSources> sources) {
  return duckdb::make_uniq<FileSystemBridge>(io, std::move(sources));
}

}  // namespace tarn::engine
