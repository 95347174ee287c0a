// Files of tables, wherever they are: local paths and file: URIs; S3 (s3:// s3a://
// s3n://), Azure (abfs:// abfss:// wasb:// wasbs://) and Google Cloud Storage (gs://)
// over Arrow's file systems. Module `io` is the only one that includes arrow/filesystem.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/io/store_options.h"

namespace arrow::io {
class RandomAccessFile;
class OutputStream;
}  // namespace arrow::io

namespace tarn {
class KeyManagement;
}  // namespace tarn

namespace tarn::io {

struct FileInfo {
  std::string location;  // in the form that List or Stat was asked in (scheme kept)
  int64_t size_bytes = 0;
  std::chrono::milliseconds modified{0};  // since the Unix epoch
};

/// Thread-safe. Locations are absolute: "/a/b", "file:/a/b", "file:///a/b",
/// "s3://bucket/key", "abfss://container@account.dfs.core.windows.net/key",
/// "gs://bucket/key". Errors of every method: kNoSuchFile, kForbidden, kDiskFull,
/// kIoFailed, kTimeout, kUnavailable (after the store's own tries), kInvalidArgument (bad
/// location).
class FileIO {
 public:
  virtual ~FileIO() = default;

  /// `size_bytes`, when known (data files in manifests), saves a request on object
  /// stores.
  virtual Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenInput(
      const std::string& location, std::optional<int64_t> size_bytes = {}) = 0;

  /// A new file, parents made as needed, in parts on object stores: no more than a few
  /// parts are held in memory and none on disk. Nothing is visible under `location` until
  /// Close() is OK (Azure: a file of no bytes, once a file is larger than 1 MiB); local
  /// files are fsynced (file and directory) by Close(). Destroying the stream without
  /// Close(), Abort(), and Close() after a failed Write() discard what was written.
  virtual Result<std::shared_ptr<arrow::io::OutputStream>> OpenOutput(
      const std::string& location) = 0;

  /// Creates the file whole or not at all, durable when OK; kAlreadyExists if it is there
  /// (link/rename on local files; object stores are asked first, README.md).
  virtual Status WriteNew(const std::string& location, std::string_view bytes) = 0;

  /// The whole file; kResourceLimit if it is larger than `bytes_max`.
  virtual Result<std::string> ReadAll(const std::string& location,
                                      int64_t bytes_max = int64_t{1} << 31) = 0;

  virtual Result<FileInfo> Stat(const std::string& location) = 0;
  /// Files below the directory, any depth; empty if there is no such directory.
  virtual Result<std::vector<FileInfo>> List(const std::string& directory) = 0;
  /// OK if the file is gone afterwards, also when it was not there.
  virtual Status Delete(const std::string& location) = 0;

  /// What unlocks encrypted tables; nullptr if nothing is configured.
  virtual KeyManagement* keys() { return nullptr; }
};

struct FileIOOptions {
  S3Options s3;
  AzureOptions azure = {};
  GcsOptions gcs = {};
  std::shared_ptr<KeyManagement> keys = nullptr;  // FileIO::keys()
};

/// The options of every store from Iceberg's properties ("s3.…", "adls.…", "gcs.…") and
/// the environment; other properties are passed over.
FileIOOptions FileIOOptionsFrom(const std::map<std::string, std::string>& properties);

/// Routes by scheme; file systems are opened on first use.
std::unique_ptr<FileIO> MakeFileIO(FileIOOptions options);

/// "/a/b" for "/a/b", "file:/a/b", "file:///a/b" and "file://localhost/a/b"; empty
/// optional for other schemes.
std::optional<std::string> LocalPathOf(std::string_view location);
/// True for locations of object stores: only FileIO reads them.
bool IsStoreLocation(std::string_view location);
/// `location` itself if it has a scheme or is absolute; else made absolute against the
/// working directory.
std::string AbsoluteLocation(std::string_view location);
/// Joins with exactly one '/'.
std::string JoinLocation(std::string_view directory, std::string_view name);

}  // namespace tarn::io
