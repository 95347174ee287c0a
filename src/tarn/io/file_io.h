// Files of tables, wherever they are: local paths, file: URIs, s3:// and s3a:// over
// Arrow's file systems. Module `io` is the only one that includes arrow/filesystem.
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
/// "s3://bucket/key". Errors of every method: kNoSuchFile, kForbidden, kDiskFull,
/// kIoFailed, kTimeout, kInvalidArgument (bad location).
class FileIO {
 public:
  virtual ~FileIO() = default;

  /// `size_bytes`, when known (data files in manifests), saves a request on object
  /// stores.
  virtual Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenInput(
      const std::string& location, std::optional<int64_t> size_bytes = {}) = 0;

  /// A new file, parents made as needed, multipart on object stores. Nothing is visible
  /// under `location` on object stores until Close() is OK; local files are fsynced (file
  /// and directory) by Close(). Destroying the stream without Close(), or Abort(),
  /// discards what was written where the store allows it.
  virtual Result<std::shared_ptr<arrow::io::OutputStream>> OpenOutput(
      const std::string& location) = 0;

  /// Creates the file whole or not at all, durable when OK; kAlreadyExists if it is there
  /// (link/rename on local files, If-None-Match on S3).
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

struct S3Options {
  std::string endpoint;  // "http://127.0.0.1:9000"; empty for AWS
  std::string region;
  std::string access_key_id;  // empty: the AWS default chain; never logged
  std::string secret_access_key;
  std::string session_token;
  bool path_style = true;  // when an endpoint is given
};

/// Reads "s3.endpoint", "s3.region", "s3.access-key-id", "s3.secret-access-key",
/// "s3.session-token", "s3.path-style-access" (Iceberg's property names), then AWS_*
/// variables for what is missing.
S3Options S3OptionsFrom(const std::map<std::string, std::string>& properties);

struct FileIOOptions {
  S3Options s3;
  std::shared_ptr<KeyManagement> keys = nullptr;  // FileIO::keys()
};

/// Routes by scheme; file systems are opened on first use.
std::unique_ptr<FileIO> MakeFileIO(FileIOOptions options);

/// "/a/b" for "/a/b", "file:/a/b", "file:///a/b" and "file://localhost/a/b"; empty
/// optional for other schemes.
std::optional<std::string> LocalPathOf(std::string_view location);
/// `location` itself if it has a scheme or is absolute; else made absolute against the
/// working directory.
std::string AbsoluteLocation(std::string_view location);
/// Joins with exactly one '/'.
std::string JoinLocation(std::string_view directory, std::string_view name);

}  // namespace tarn::io
