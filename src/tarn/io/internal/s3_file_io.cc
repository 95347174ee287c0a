#include "tarn/io/internal/s3_file_io.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <mutex>

#include <arrow/buffer.h>
#include <arrow/filesystem/s3fs.h>
#include <arrow/io/interfaces.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/io/internal/scheme.h"

namespace tarn::io {
namespace {

namespace fs = arrow::fs;

constexpr double kConnectTimeoutSeconds = 5;
constexpr double kRequestTimeoutSeconds = 60;
constexpr int64_t kTriesMax = 4;

struct KnownError {
  std::string_view text;  // as the AWS SDK names it in "AWS Error <text> during …"
  ErrorCode code;
};

constexpr auto kKnownErrors = std::to_array<KnownError>({
    {"NO_SUCH_KEY", ErrorCode::kNoSuchFile},
    {"NO_SUCH_BUCKET", ErrorCode::kNoSuchFile},
    {"RESOURCE_NOT_FOUND", ErrorCode::kNoSuchFile},
    {"ACCESS_DENIED", ErrorCode::kForbidden},
    {"INVALID_ACCESS_KEY_ID", ErrorCode::kForbidden},
    {"SIGNATURE_DOES_NOT_MATCH", ErrorCode::kForbidden},
    {"INVALID_SIGNATURE", ErrorCode::kForbidden},
    {"INVALID_CLIENT_TOKEN_ID", ErrorCode::kForbidden},
    {"MISSING_AUTHENTICATION_TOKEN", ErrorCode::kForbidden},
    {"UNRECOGNIZED_CLIENT", ErrorCode::kForbidden},
    {"HTTP status 403", ErrorCode::kForbidden},
    {"HTTP status 404", ErrorCode::kNoSuchFile},
    {"REQUEST_TIMEOUT", ErrorCode::kTimeout},
    {"NETWORK_CONNECTION", ErrorCode::kUnavailable},
    {"SERVICE_UNAVAILABLE", ErrorCode::kUnavailable},
    {"SLOW_DOWN", ErrorCode::kUnavailable},
    {"THROTTLING", ErrorCode::kUnavailable},
    {"INTERNAL_FAILURE", ErrorCode::kUnavailable},
});

std::string OneLine(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

void FinalizeAtExit() { static_cast<void>(fs::EnsureS3Finalized()); }

/// Arrow wants its S3 client shut down before the program's statics go. Handlers run in
/// reverse, so that ours must be registered when the statics that a first client makes
/// are there.
void FinalizeAtExitOnce() {
  static std::once_flag once;
  std::call_once(once, [] { std::atexit(FinalizeAtExit); });
}

Status EnsureStarted() {
  static std::once_flag once;
  static Status status;
  std::call_once(once, [] {
    if (!fs::IsS3Initialized()) {
      status = fs::InitializeS3(fs::S3GlobalOptions::Defaults());
    }
  });
  return status.ok() ? status : FromS3Error("Cannot start the S3 client", status);
}

Status SetEndpoint(const S3Options& options, fs::S3Options* to) {
  std::string_view endpoint = options.endpoint;
  if (endpoint.empty()) {
    return Status::OK();
  }
  to->scheme = SchemeOf(endpoint);
  if (to->scheme.empty()) {
    to->scheme = "https";
  } else {
    endpoint.remove_prefix(to->scheme.size() + std::string_view("://").size());
  }
  while (endpoint.ends_with('/')) {
    endpoint.remove_suffix(1);
  }
  const bool known_scheme = to->scheme == "http" || to->scheme == "https";
  if (!known_scheme || endpoint.empty() || endpoint.find('/') != std::string_view::npos) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        "s3.endpoint must look like http://host:port, got: " + options.endpoint);
  }
  to->endpoint_override = endpoint;
  to->force_virtual_addressing = !options.path_style;
  return Status::OK();
}

Result<fs::S3Options> ToArrow(const S3Options& options) {
  fs::S3Options to;
  if (options.access_key_id.empty() != options.secret_access_key.empty()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "s3.access-key-id and s3.secret-access-key must be given together");
  }
  if (options.access_key_id.empty()) {
    to.ConfigureDefaultCredentials();
  } else {
    to.ConfigureAccessKey(options.access_key_id, options.secret_access_key,
                          options.session_token);
  }
  ARROW_RETURN_NOT_OK(SetEndpoint(options, &to));
  to.region = options.region.empty() ? "us-east-1" : options.region;
  to.allow_delayed_open = true;  // small files take one request instead of three
  to.connect_timeout = kConnectTimeoutSeconds;
  to.request_timeout = kRequestTimeoutSeconds;
  to.retry_strategy = fs::S3RetryStrategy::GetAwsStandardRetryStrategy(kTriesMax);
  return to;
}

/// "bucket/key" of "s3://bucket/key". Keys are taken as they are written, without
/// percent-decoding.
Result<std::string> KeyOf(const std::string& location) {
  const std::string scheme = SchemeOf(location);
  std::string path = location.substr(std::min(location.size(), scheme.size() + 3));
  while (path.ends_with('/')) {
    path.pop_back();
  }
  const size_t slash = path.find('/');
  const bool s3 = scheme == "s3" || scheme == "s3a" || scheme == "s3n";
  if (!s3 || path.empty() || slash == 0 || path.find("//") != std::string::npos ||
      path.find('\0') != std::string::npos) {
    return MakeError(ErrorCode::kInvalidArgument, "Not an S3 location: " + location);
  }
  return path;
}

std::chrono::milliseconds ModifiedOf(const fs::FileInfo& info) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      info.mtime().time_since_epoch());
}

/// Arrow's stream publishes what it has when it is destroyed; this one discards.
class S3OutputStream : public arrow::io::OutputStream {
 public:
  S3OutputStream(std::shared_ptr<arrow::io::OutputStream> stream, std::string location)
      : stream_(std::move(stream)), location_(std::move(location)) {}
  ~S3OutputStream() override { static_cast<void>(Abort()); }

  using OutputStream::Write;
  Status Write(const void* data, int64_t nbytes) override {
    return FromS3Error("Cannot write " + location_, stream_->Write(data, nbytes));
  }
  Status Write(const std::shared_ptr<arrow::Buffer>& data) override {
    return FromS3Error("Cannot write " + location_, stream_->Write(data));
  }
  Status Close() override {
    const Status status = FromS3Error("Cannot write " + location_, stream_->Close());
    if (!status.ok()) {
      static_cast<void>(stream_->Abort());
    }
    return status;
  }
  Status Abort() override {
    if (stream_->closed()) {
      return Status::OK();
    }
    return FromS3Error("Cannot abort the upload of " + location_, stream_->Abort());
  }
  Result<int64_t> Tell() const override { return stream_->Tell(); }
  bool closed() const override { return stream_->closed(); }

 private:
  std::shared_ptr<arrow::io::OutputStream> stream_;
  std::string location_;
};

class S3FileIO : public FileIO {
 public:
  explicit S3FileIO(std::shared_ptr<fs::S3FileSystem> s3) : s3_(std::move(s3)) {}

  Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenInput(
      const std::string& location, std::optional<int64_t> size_bytes) override {
    ARROW_ASSIGN_OR_RAISE(const std::string key, KeyOf(location));
    fs::FileInfo info(key, fs::FileType::File);
    if (size_bytes) {
      info.set_size(*size_bytes);
    }
    auto file = size_bytes ? s3_->OpenInputFile(info) : s3_->OpenInputFile(key);
    if (!file.ok()) {
      return FromS3Error("Cannot open " + location, file.status());
    }
    return file;
  }

  Result<std::shared_ptr<arrow::io::OutputStream>> OpenOutput(
      const std::string& location) override {
    ARROW_ASSIGN_OR_RAISE(const std::string key, KeyOf(location));
    auto stream = s3_->OpenOutputStream(key, nullptr);
    if (!stream.ok()) {
      return FromS3Error("Cannot create " + location, stream.status());
    }
    return std::make_shared<S3OutputStream>(*std::move(stream), location);
  }

  Status WriteNew(const std::string& location, std::string_view bytes) override {
    ARROW_ASSIGN_OR_RAISE(const std::string key, KeyOf(location));
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
    const Result<int64_t> read = file->ReadAt(0, size, bytes.data());
    if (!read.ok()) {
      return FromS3Error("Cannot read " + location, read.status());
    }
    if (*read != size) {
      return MakeError(ErrorCode::kIoFailed, fmt::format("{} ended after {} of {} bytes",
                                                         location, *read, size));
    }
    return bytes;
  }

  Result<FileInfo> Stat(const std::string& location) override {
    ARROW_ASSIGN_OR_RAISE(const std::string key, KeyOf(location));
    ARROW_ASSIGN_OR_RAISE(const fs::FileInfo info, Look(location, key));
    if (info.type() != fs::FileType::File) {
      return MakeError(ErrorCode::kNoSuchFile, "No such file: " + location);
    }
    return FileInfo{location, info.size(), ModifiedOf(info)};
  }

  Result<std::vector<FileInfo>> List(const std::string& directory) override {
    ARROW_ASSIGN_OR_RAISE(const std::string key, KeyOf(directory));
    fs::FileSelector selector;
    selector.base_dir = key;
    selector.allow_not_found = true;
    selector.recursive = true;
    const auto infos = s3_->GetFileInfo(selector);
    if (!infos.ok()) {
      return FromS3Error("Cannot list " + directory, infos.status());
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
    ARROW_ASSIGN_OR_RAISE(const std::string key, KeyOf(location));
    const Status status = FromS3Error("Cannot delete " + location, s3_->DeleteFile(key));
    if (!status.ok() && CodeOf(status) == ErrorCode::kNoSuchFile) {
      return Status::OK();
    }
    return status;
  }

 private:
  Result<fs::FileInfo> Look(const std::string& location, const std::string& key) {
    auto info = s3_->GetFileInfo(key);
    if (!info.ok()) {
      return FromS3Error("Cannot look at " + location, info.status());
    }
    return info;
  }

  std::shared_ptr<fs::S3FileSystem> s3_;
};

}  // namespace

Status FromS3Error(std::string_view what, const Status& status) {
  if (status.ok()) {
    return status;
  }
  ErrorCode code = CodeOf(status);
  for (const KnownError& known : kKnownErrors) {
    if (status.message().find(known.text) != std::string::npos) {
      code = known.code;
      break;
    }
  }
  return MakeError(code, OneLine(fmt::format("{}: {}", what, status.message())));
}

Result<std::unique_ptr<FileIO>> MakeS3FileIO(const S3Options& options) {
  ARROW_RETURN_NOT_OK(EnsureStarted());
  ARROW_ASSIGN_OR_RAISE(const fs::S3Options arrow_options, ToArrow(options));
  auto s3 = fs::S3FileSystem::Make(arrow_options);
  FinalizeAtExitOnce();
  if (!s3.ok()) {
    return FromS3Error("Cannot open S3", s3.status());
  }
  return std::make_unique<S3FileIO>(*std::move(s3));
}

}  // namespace tarn::io
