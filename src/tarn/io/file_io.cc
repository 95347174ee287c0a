#include "tarn/io/file_io.h"

#include <map>
#include <mutex>
#include <utility>

#include <arrow/io/interfaces.h>

#include "tarn/base/error.h"
#include "tarn/io/internal/azure_file_io.h"
#include "tarn/io/internal/azure_location.h"
#include "tarn/io/internal/gcs_file_io.h"
#include "tarn/io/internal/local_file_io.h"
#include "tarn/io/internal/s3_file_io.h"
#include "tarn/io/internal/scheme.h"

namespace tarn::io {
namespace {

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
    if (IsS3Scheme(scheme)) {
      return Store("s3", [this] { return MakeS3FileIO(options_.s3); });
    }
    if (scheme == "gs") {
      return Store("gs", [this] { return MakeGcsFileIO(options_.gcs); });
    }
    if (IsAzureScheme(scheme)) {
      ARROW_ASSIGN_OR_RAISE(const AzureLocation parsed, ParseAzureLocation(location));
      return Store("azure " + parsed.account + parsed.blob_authority,
                   [&] { return MakeAzureFileIO(options_.azure, parsed); });
    }
    return MakeError(ErrorCode::kInvalidArgument,
                     "No file system for the scheme '" + scheme +
                         "' (known are local paths, file:, s3:// and s3a://, abfs:// and "
                         "abfss://, wasb:// and wasbs://, gs://): " +
                         location);
  }

  /// The store of that name, made on first use.
  template <typename Make>
  Result<FileIO*> Store(const std::string& name, const Make& make) {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::unique_ptr<FileIO>& store = stores_[name];
    if (store == nullptr) {
      ARROW_ASSIGN_OR_RAISE(store, make());
    }
    return store.get();
  }

  const FileIOOptions options_;
  const std::unique_ptr<FileIO> local_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<FileIO>> stores_;  // guarded by mutex_
};

}  // namespace

FileIOOptions FileIOOptionsFrom(const std::map<std::string, std::string>& properties) {
  return {.s3 = S3OptionsFrom(properties),
          .azure = AzureOptionsFrom(properties),
          .gcs = GcsOptionsFrom(properties)};
}

std::unique_ptr<FileIO> MakeFileIO(FileIOOptions options) {
  return std::make_unique<RoutingFileIO>(std::move(options));
}

}  // namespace tarn::io
