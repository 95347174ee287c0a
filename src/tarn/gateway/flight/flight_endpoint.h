// The port of Arrow Flight SQL. Connections are accepted, and TLS is ended, by a relay of
// ours; the Flight server behind it is a shared module (libtarn_flight.so, beside the
// program or in ../lib) that is loaded when the first client comes.
//
//   ARROW_ASSIGN_OR_RAISE(auto endpoint, FlightEndpoint::Start(options, services));
//   log("grpc://127.0.0.1:{}", endpoint->port());
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "tarn/base/result.h"
#include "tarn/gateway/flight/flight_service.h"
#include "tarn/net/relay_server.h"

namespace tarn::gateway {

/// Where the module is; empty if it is not installed.
std::string FindFlightModule();

/// Thread-safe.
class FlightEndpoint {
 public:
  /// What `services` refers to outlives the endpoint. Errors: kNoSuchFile (no module),
  /// kAlreadyExists (the port is taken), those of RelayServer::Start.
  static Result<std::unique_ptr<FlightEndpoint>> Start(net::RelayServerOptions options,
                                                       flight::FlightServices services);
  virtual ~FlightEndpoint() = default;  // as Shutdown(0)

  virtual uint16_t port() const = 0;
  /// Calls that are being answered may end within `grace`.
  virtual void Shutdown(std::chrono::milliseconds grace) = 0;
  virtual Status ReloadCertificate() = 0;
};

}  // namespace tarn::gateway
