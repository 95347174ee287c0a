// The Hive Metastore's Thrift protocol on a catalog of ours, for clients that know
// Iceberg tables only through a metastore: PyIceberg's, Spark's and Trino's Hive
// catalogs.
//
//   ARROW_ASSIGN_OR_RAISE(auto server, HiveServer::Start(options, catalog, clock));
//   log("thrift://127.0.0.1:{}", server->port());
//   server->Shutdown(std::chrono::seconds(30));
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"

namespace tarn::gateway {

/// Whether this is somebody who may use the catalog. Errors: kUnauthenticated, others.
using HiveAuthenticator = std::function<Status(
    const std::string& user, const std::string& secret, const std::string& from)>;

struct HiveServerOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 0;              // 0: one that the system gives
  int32_t connections_max = 256;  // a thread each; more are closed at once
  size_t message_bytes_max = size_t{16} << 20;
  std::chrono::milliseconds idle_timeout{1'800'000};  // between calls
  std::chrono::milliseconds read_timeout{30'000};     // within a call, without a byte
  std::chrono::milliseconds call_timeout{120'000};    // for all of a call's bytes
  std::chrono::milliseconds write_timeout{30'000};    // without a byte taken
  /// A lock that its client says nothing of for so long is gone.
  std::chrono::milliseconds lock_timeout{300'000};
  /// How long a call waits for a lock that somebody else has before it says so.
  std::chrono::milliseconds lock_wait{4'000};
  /// Unset: everybody may. Else clients sign in with SASL PLAIN, and no call is answered
  /// before they did.
  HiveAuthenticator authenticate = nullptr;
};

/// Binary protocol, buffered transport. Thread-safe.
class HiveServer {
 public:
  /// `catalog` and `clock` outlive the server. Errors: kInvalidArgument (address),
  /// kAlreadyExists (the port is taken), kIoFailed.
  static Result<std::unique_ptr<HiveServer>> Start(HiveServerOptions options,
                                                   catalog::Catalog& catalog,
                                                   Clock& clock);
  virtual ~HiveServer() = default;  // as Shutdown(0)

  virtual uint16_t port() const = 0;
  /// Calls that are being answered may end within `grace`.
  virtual void Shutdown(std::chrono::milliseconds grace) = 0;
};

}  // namespace tarn::gateway
