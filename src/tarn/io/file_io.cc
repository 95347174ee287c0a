#include "tarn/io/file_io.h"

#include <cstdlib>
#include <mutex>

#include <arrow/io/interfaces.h>

#include "tarn/base/error.h"
#include "tarn/io/internal/local_file_io.h"
#include "tarn/io/internal/s3_file_io.h"
#include "tarn/io/internal/scheme.h"

namespace tarn::io {
namespace {

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// The property, or else the first of the variables that is set.
std::string PropertyOr(const std::map<std::string, std::string>& properties,
                       const std::string& key,
                       std::initializer_list<const char*> variables) {
  if (const auto it = properties.find(key);
      it != properties.end() && !it->second.empty()) {
    return it->second;
  }
  for (const char* variable : variables) {
    if (std::string value = Environment(variable); !value.empty()) {
      return value;
    }
  }
  return {};
}

class RoutingFileIO : public FileIO {
 public:
  explicit RoutingFileIO(FileIOOptions options)
      : options_(std::move(options)), local_(MakeLocalFileIO()) {}

  Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenInput(
      const std::string& location, std::optional<int64_t> size_bytes) override {
    ARROW_ASSIGN_OR_RAISE(FileIO * io, For(location));
    return io->OpenInput(location, size_bytes);
  }
  Result<std::shared_ptr<arrow::io::OutputStream>> OpenOutput(
      const std::string& location) override {
    ARROW_ASSIGN_OR_RAISE(FileIO * io, For(location));
    return io->OpenOutput(location);
  }
  Status WriteNew(const std::string& location, std::string_view bytes) override {
    ARROW_ASSIGN_OR_RAISE(FileIO * io, For(location));
    return io->WriteNew(location, bytes);
  }
  Result<std::string> ReadAll(const std::string& location, int64_t bytes_max) override {
    ARROW_ASSIGN_OR_RAISE(FileIO * io, For(location));
    return io->ReadAll(location, bytes_max);
  }
  Result<FileInfo> Stat(const std::string& location) override {
    ARROW_ASSIGN_OR_RAISE(FileIO * io, For(location));
    return io->Stat(location);
  }
  Result<std::vector<FileInfo>> List(const std::string& directory) override {
    ARROW_ASSIGN_OR_RAISE(FileIO * io, For(directory));
    return io->List(directory);
  }
  Status Delete(const std::string& location) override {
    ARROW_ASSIGN_OR_RAISE(FileIO * io, For(location));
    return io->Delete(location);
  }
  KeyManagement* keys() override { return options_.keys.get(); }

 private:
  Result<FileIO*> For(const std::string& location) {
    const std::string scheme = SchemeOf(location);
    if (scheme.empty() || scheme == "file") {
      return local_.get();
    }
    if (scheme == "s3" || scheme == "s3a" || scheme == "s3n") {
      return S3();
    }
    return MakeError(
        ErrorCode::kInvalidArgument,
        "No file system for the scheme '" + scheme +
            "' (known are local paths, file:, s3:// and s3a://): " + location);
  }

  Result<FileIO*> S3() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (s3_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(s3_, MakeS3FileIO(options_.s3));
    }
    return s3_.get();
  }

  FileIOOptions options_;
  std::unique_ptr<FileIO> local_;
  std::mutex mutex_;
  std::unique_ptr<FileIO> s3_;  // made on first use, guarded by mutex_ until then
};

}  // namespace

S3Options S3OptionsFrom(const std::map<std::string, std::string>& properties) {
  S3Options options;
  options.endpoint =
      PropertyOr(properties, "s3.endpoint", {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"});
  options.region =
      PropertyOr(properties, "s3.region", {"AWS_REGION", "AWS_DEFAULT_REGION"});
  options.access_key_id = PropertyOr(properties, "s3.access-key-id", {});
  options.secret_access_key = PropertyOr(properties, "s3.secret-access-key", {});
  options.session_token = PropertyOr(properties, "s3.session-token", {});
  // One identity: never a key id from here with a secret from there.
  if (options.access_key_id.empty() && options.secret_access_key.empty()) {
    options.access_key_id = Environment("AWS_ACCESS_KEY_ID");
    options.secret_access_key = Environment("AWS_SECRET_ACCESS_KEY");
    if (options.session_token.empty()) {
      options.session_token = Environment("AWS_SESSION_TOKEN");
    }
  }
  options.path_style = PropertyOr(properties, "s3.path-style-access", {}) != "false";
  return options;
}

std::unique_ptr<FileIO> MakeFileIO(FileIOOptions options) {
  return std::make_unique<RoutingFileIO>(std::move(options));
}

}  // namespace tarn::io
