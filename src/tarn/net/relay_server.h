// A listener that hands the bytes of its connections on to another one, with TLS ended
// here: for a server of somebody else's that is only started when it is wanted.
//
//   ARROW_ASSIGN_OR_RAISE(auto relay, RelayServer::Start(options, &ConnectToIt));
//   relay->Shutdown(std::chrono::seconds(30));
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "tarn/base/result.h"
#include "tarn/net/http_server.h"

namespace tarn::net {

struct RelayServerOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 0;                   // 0: one that the system gives
  int32_t connections_max = 256;       // a thread each; more are closed at once
  std::optional<TlsOptions> tls = {};  // what is behind sees plain bytes
  /// Within it TLS must be agreed on.
  std::chrono::milliseconds handshake_timeout{10'000};
};

/// Whose connection is relayed.
struct RelayedClient {
  std::string remote_address;
  std::string certificate_subject;  // net/client_certificate.h; empty: it has shown none
  /// Whatever is to live as long as the connection.
  std::shared_ptr<void> kept = {};
};

/// Thread-safe.
class RelayServer {
 public:
  /// A socket connected to what is behind, which the relay then owns. Called for each
  /// connection, on its own thread.
  using Connect = std::function<Result<int>(RelayedClient& client)>;

  /// Only HTTP/2 is agreed on by TLS. Errors: kInvalidArgument (address, certificate),
  /// kAlreadyExists (the port is taken), kIoFailed.
  static Result<std::unique_ptr<RelayServer>> Start(RelayServerOptions options,
                                                    Connect connect);
  virtual ~RelayServer() = default;  // as Shutdown(0)

  virtual uint16_t port() const = 0;
  /// Connections that are open may go on for `grace`.
  virtual void Shutdown(std::chrono::milliseconds grace) = 0;
  /// As HttpServer's.
  virtual Status ReloadCertificate() = 0;
};

}  // namespace tarn::net
