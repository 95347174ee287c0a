// Files that somebody else gives access to, table by table: credentials by the longest
// prefix of a location, fetched anew before they expire, and settings of one's own for
// all that nobody vended.
//
//   VendedFileIO io({.properties = settings}, SystemClock());
//   io.Grant("sales.orders", {.roots = {"s3://lake/orders"}, .credentials = {…}}, renew);
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/clock.h"
#include "tarn/io/file_io.h"

namespace tarn::io {

/// Secrets: in no message and no log.
struct StorageCredential {
  std::string prefix;  // of the locations that it opens; empty: all
  std::map<std::string, std::string> properties;  // "s3.access-key-id", …
};

/// What the files of one table are reached with.
struct StorageGrant {
  /// The table's directories. Each takes the credential with the longest prefix of it, so
  /// that tables whose credentials have one prefix ("s3://lake/") do not take each
  /// other's.
  std::vector<std::string> roots;
  std::vector<StorageCredential> credentials;
};

struct VendedFileIOOptions {
  /// For locations that nothing is granted for, and below what a grant says.
  std::map<std::string, std::string> properties = {};
  KeyManagement* keys = nullptr;  // FileIO::keys(); outlives it
  /// Grants are renewed this long before they expire, or in the last tenth of their time.
  std::chrono::milliseconds renew_before{5 * 60'000};
};

/// Thread-safe.
class VendedFileIO final : public FileIO {
 public:
  using Renew = std::function<Result<StorageGrant>()>;

  /// `clock` outlives it.
  VendedFileIO(VendedFileIOOptions options, Clock& clock);
  ~VendedFileIO() override;

  /// Takes the place of what `owner` had. `renew` is called by whoever first needs a file
  /// shortly before the grant expires, one call at a time; it must not call Grant. As
  /// many owners as a large catalog has tables are remembered; those granted longest ago
  /// are forgotten first.
  void Grant(const std::string& owner, StorageGrant grant, Renew renew);
  /// False if `owner` has a grant that is about to expire.
  bool IsFresh(const std::string& owner) const;

  Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenInput(
      const std::string& location, std::optional<int64_t> size_bytes) override;
  Result<std::shared_ptr<arrow::io::OutputStream>> OpenOutput(
      const std::string& location) override;
  Status WriteNew(const std::string& location, std::string_view bytes) override;
  Result<std::string> ReadAll(const std::string& location, int64_t bytes_max) override;
  Result<FileInfo> Stat(const std::string& location) override;
  Result<std::vector<FileInfo>> List(const std::string& directory) override;
  Status Delete(const std::string& location) override;
  KeyManagement* keys() override { return options_.keys; }

 private:
  friend class RenewedInput;
  using Properties = std::map<std::string, std::string>;

  struct Opening {  // what one prefix opens
    std::string owner;
    Properties properties;
    std::shared_ptr<FileIO> store = nullptr;  // made on first use
  };
  struct Owner {
    std::vector<std::string> prefixes;
    std::chrono::milliseconds renew_at{0};    // 0: never
    std::chrono::milliseconds expires_at{0};  // 0: never
    Renew renew = nullptr;
    std::shared_ptr<std::mutex> renewing = std::make_shared<std::mutex>();
    int64_t turn = 0;  // of its last grant
  };

  /// The store for `location`, with credentials that last for a while.
  Result<std::shared_ptr<FileIO>> For(const std::string& location);
  Status RenewIfDue(const std::string& owner);
  Opening* FindLocked(const std::string& location);
  std::shared_ptr<FileIO> StoreLocked(const Properties& properties);
  void GrantLocked(const std::string& owner, const StorageGrant& grant);
  void ForgetLocked(const std::string& owner);

  const VendedFileIOOptions options_;
  Clock& clock_;
  const std::shared_ptr<FileIO> base_;
  mutable std::mutex mutex_;                              // guards what follows
  std::map<std::string, Opening, std::less<>> openings_;  // by prefix
  std::map<std::string, Owner> owners_;
  std::map<int64_t, std::string> turns_;                // owners by their last grant
  std::map<Properties, std::weak_ptr<FileIO>> stores_;  // one for equal credentials
  int64_t turn_ = 0;
};

/// `base` with what `vended` says above it. Of one store's identity (key, secret, session
/// token, …) nothing of `base` stays once `vended` has a part of it.
std::map<std::string, std::string> WithVendedProperties(
    std::map<std::string, std::string> base,
    const std::map<std::string, std::string>& vended);

/// When the credentials among `properties` end, since the Unix epoch: the earliest of
/// "s3.session-token-expires-at-ms", "adls.sas-token-expires-at-ms.<account>" and
/// "gcs.oauth2.token-expires-at". nullopt: they do not say.
std::optional<std::chrono::milliseconds> ExpiryOf(
    const std::map<std::string, std::string>& properties);

}  // namespace tarn::io
