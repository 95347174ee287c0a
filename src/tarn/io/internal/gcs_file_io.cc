#include "tarn/io/internal/gcs_file_io.h"

#include <chrono>
#include <mutex>
#include <utility>
#include <vector>

#include <arrow/filesystem/gcsfs.h>
#include <arrow/io/interfaces.h>

#include "tarn/base/clock.h"
#include "tarn/base/error.h"
#include "tarn/io/internal/endpoint.h"
#include "tarn/io/internal/object_store.h"
#include "tarn/io/internal/store_errors.h"

namespace tarn::io {
namespace {

namespace fs = arrow::fs;

// One request carries so much; Arrow itself would send 256 KiB at a time.
constexpr int64_t kBufferBytes = int64_t{8} << 20;
constexpr int64_t kObjectBytesMax = int64_t{5} << 40;

fs::GcsOptions WithCredentials(const GcsOptions& options) {
  if (options.anonymous) {
    return fs::GcsOptions::Anonymous();
  }
  if (options.token.empty()) {
    return fs::GcsOptions::Defaults();
  }
  // A token whose end is not known is used until the store refuses it.
  constexpr auto kFarAway = std::chrono::hours(24 * 365);
  fs::TimePoint expires(SystemClock().Now() + kFarAway);
  if (options.token_expires_at.count() > 0) {
    expires = fs::TimePoint(options.token_expires_at);
  }
  return fs::GcsOptions::FromAccessToken(options.token, expires);
}

Result<fs::GcsOptions> ToArrow(const GcsOptions& options) {
  fs::GcsOptions to = WithCredentials(options);
  to.scheme = "https";
  if (!options.host.empty()) {
    ARROW_ASSIGN_OR_RAISE(const Endpoint endpoint,
                          ParseEndpoint("gcs.service.host", options.host));
    to.scheme = endpoint.scheme;
    to.endpoint_override = endpoint.authority;
  }
  if (!options.project_id.empty()) {
    to.project_id = options.project_id;
  }
  to.retry_limit_seconds = std::chrono::duration<double>(options.retry_limit).count();
  return to;
}

/// Arrow's stream publishes what it has when it is destroyed, and it has no other end.
/// One that must not be published is kept until the process ends (256 KiB each); the
/// store forgets its half of the upload after a week.
Status Forget(const Upload::Stream& stream) {
  if (stream->closed()) {
    return Status::OK();  // failed, or published
  }
  static auto& forgotten = *new std::vector<Upload::Stream>;
  static std::mutex mutex;
  const std::lock_guard<std::mutex> lock(mutex);
  forgotten.push_back(stream);
  return Status::OK();
}

class GcsStore final : public ObjectStore {
 public:
  explicit GcsStore(std::shared_ptr<fs::GcsFileSystem> gcs) : gcs_(std::move(gcs)) {}

  Result<std::string> KeyOf(const std::string& location) const override {
    return BucketAndKey("Google Cloud Storage", location);
  }
  fs::FileSystem& file_system() override { return *gcs_; }

  Upload UploadTo(const std::string& location, const std::string& key) override {
    return {.location = location,
            .open = [gcs = gcs_, key] { return gcs->OpenOutputStream(key, nullptr); },
            .discard = Forget,
            .buffer_bytes = kBufferBytes,
            .bytes_max = kObjectBytesMax};
  }

 private:
  std::shared_ptr<fs::GcsFileSystem> gcs_;
};

}  // namespace

Result<std::unique_ptr<FileIO>> MakeGcsFileIO(const GcsOptions& options) {
  auto gcs = CatchStore([&]() -> Result<std::shared_ptr<fs::GcsFileSystem>> {
    ARROW_ASSIGN_OR_RAISE(const fs::GcsOptions arrow_options, ToArrow(options));
    return fs::GcsFileSystem::Make(arrow_options);
  });
  if (!gcs.ok()) {
    return FromStoreError("Cannot open Google Cloud Storage", gcs.status());
  }
  return MakeObjectStoreFileIO(std::make_unique<GcsStore>(*std::move(gcs)));
}

}  // namespace tarn::io
