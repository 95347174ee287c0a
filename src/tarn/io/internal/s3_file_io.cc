#include "tarn/io/internal/s3_file_io.h"

#include <cstdlib>
#include <mutex>
#include <utility>

#include <arrow/filesystem/s3fs.h>
#include <arrow/io/interfaces.h>

#include "tarn/base/clock.h"
#include "tarn/base/error.h"
#include "tarn/io/internal/endpoint.h"
#include "tarn/io/internal/object_store.h"
#include "tarn/io/internal/s3_retry.h"
#include "tarn/io/internal/store_errors.h"

namespace tarn::io {
namespace {

namespace fs = arrow::fs;

// Arrow sends parts of this size, and S3 takes so many of them for one file.
constexpr int64_t kPartBytes = int64_t{10} << 20;
constexpr int64_t kPartsMax = 10'000;

double SecondsOf(std::chrono::milliseconds duration) {
  return std::chrono::duration<double>(duration).count();
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
  return status.ok() ? status : FromStoreError("Cannot start the S3 client", status);
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
  if (!options.endpoint.empty()) {
    ARROW_ASSIGN_OR_RAISE(const Endpoint endpoint,
                          ParseEndpoint("s3.endpoint", options.endpoint));
    to.scheme = endpoint.scheme;
    to.endpoint_override = endpoint.authority;
    to.force_virtual_addressing = !options.path_style;
  }
  to.region = options.region.empty() ? "us-east-1" : options.region;
  to.allow_delayed_open = true;  // small files take one request instead of three
  to.connect_timeout = SecondsOf(options.connect_timeout);
  to.request_timeout = SecondsOf(options.request_timeout);
  to.retry_strategy = MakeS3Retry(options.retry, SystemRandom());
  return to;
}

class S3Store final : public ObjectStore {
 public:
  S3Store(std::shared_ptr<fs::S3FileSystem> s3, int64_t parts_in_flight_max)
      : s3_(std::move(s3)), parts_in_flight_max_(parts_in_flight_max) {}

  Result<std::string> KeyOf(const std::string& location) const override {
    return BucketAndKey("S3", location);
  }
  fs::FileSystem& file_system() override { return *s3_; }

  Upload UploadTo(const std::string& location, const std::string& key) override {
    return {.location = location,
            .open = [s3 = s3_, key] { return s3->OpenOutputStream(key, nullptr); },
            .discard = Discard,
            .bytes_in_flight_max = parts_in_flight_max_ * kPartBytes,
            .bytes_max = kPartsMax * kPartBytes};
  }

 private:
  /// Parts that arrive after the abort would stay, so that it waits for them.
  static Status Discard(const Upload::Stream& stream) {
    if (!stream->closed()) {
      static_cast<void>(stream->Flush());
    }
    return stream->Abort();
  }

  std::shared_ptr<fs::S3FileSystem> s3_;
  int64_t parts_in_flight_max_;
};

}  // namespace

Result<std::unique_ptr<FileIO>> MakeS3FileIO(const S3Options& options) {
  ARROW_RETURN_NOT_OK(EnsureStarted());
  ARROW_ASSIGN_OR_RAISE(const fs::S3Options arrow_options, ToArrow(options));
  auto s3 = CatchStore([&] { return fs::S3FileSystem::Make(arrow_options); });
  FinalizeAtExitOnce();
  if (!s3.ok()) {
    return FromStoreError("Cannot open S3", s3.status());
  }
  return MakeObjectStoreFileIO(
      std::make_unique<S3Store>(*std::move(s3), options.parts_in_flight_max));
}

}  // namespace tarn::io
