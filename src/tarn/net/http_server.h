// The one listener of `tarn serve`.
//
//   ARROW_ASSIGN_OR_RAISE(auto server, HttpServer::Start(options, router));
//   log("http://127.0.0.1:{}", server->port());
//   server->Shutdown(std::chrono::seconds(30));
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/net/router.h"

namespace tarn::net {

struct TlsOptions {
  std::string certificate_file;  // PEM, the whole chain
  std::string key_file;          // PEM
  /// PEM, the authorities of clients' certificates; empty: clients show none.
  std::string client_ca_file = {};
  /// Whether a client without a certificate is refused.
  bool needs_client_certificate = false;
};

/// One line of the access log.
struct HttpAccess {
  std::string request_id;
  std::string remote_address;
  std::string method;
  std::string path;   // raw, without the query: that may hold secrets
  std::string route;  // the pattern; empty if none matched
  int status = 0;
  int64_t request_bytes = 0;
  int64_t response_bytes = 0;
  std::chrono::microseconds duration{0};
  std::string user_agent;
  std::string principal;  // as the handler's answer says; else empty
};

struct HttpServerOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 0;                       // 0: one that the system gives
  std::vector<uint16_t> extra_ports = {};  // of the same address, served alike
  int32_t io_threads = 1;                  // reading, writing, TLS
  /// Handlers, which may block; of each lane of routes (router.h). Started as they are
  /// needed.
  int32_t worker_threads = 32;
  int32_t connections_max = 4096;              // more are told 503 and closed
  size_t header_bytes_max = size_t{32} << 10;  // else 431
  /// Requests of a lane that wait for a worker; more get 503, Retry-After.
  int32_t queue_max = 4096;
  std::chrono::milliseconds header_timeout{10'000};  // slow clients: 408
  std::chrono::milliseconds body_timeout{30'000};    // without a byte
  std::chrono::milliseconds idle_timeout{75'000};    // between requests of a connection
  std::chrono::milliseconds write_timeout{30'000};   // without a byte taken
  std::optional<TlsOptions> tls = {};  // files are read again when they change
  std::function<void(const HttpAccess&)> access = nullptr;  // any thread
};

/// Thread-safe. HTTP/1.1 (and 1.0) with keep-alive and pipelining; answers are sent in
/// one write, those of more than 1 kB of text compressed if the client takes gzip. What a
/// handler throws becomes a 500.
class HttpServer {
 public:
  /// `router` outlives the server and is not changed any more. `address` is an IPv4 or
  /// IPv6 address or "localhost". Errors: kInvalidArgument (address, certificate),
  /// kAlreadyExists (the port is taken), kIoFailed.
  static Result<std::unique_ptr<HttpServer>> Start(HttpServerOptions options,
                                                   const Router& router);
  virtual ~HttpServer() = default;  // as Shutdown(0)

  virtual uint16_t port() const = 0;
  virtual const std::vector<uint16_t>& extra_ports() const = 0;
  /// No new connections; idle ones are closed; requests that are being answered may
  /// finish within `grace`.
  virtual void Shutdown(std::chrono::milliseconds grace) = 0;

  /// Reads the certificate now, also if its files look unchanged; connections that are
  /// open keep theirs. OK without TLS. Errors: kInvalidArgument; the one before stays in
  /// use.
  virtual Status ReloadCertificate() = 0;

  struct Counts {
    int64_t connections = 0;  // now
    int64_t requests = 0;     // ever
    int64_t in_progress = 0;
    int64_t refused = 0;  // by a limit
  };
  virtual Counts counts() const = 0;
};

}  // namespace tarn::net
