#include "tarn/cli/serve/flight_listener.h"

#include <optional>

#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/base/logging.h"
#include "tarn/cli/version_command.h"
#include "tarn/gateway/trino/query_bounds.h"

namespace tarn::cli {
namespace {

constexpr char kListen[] = "flight.listen";
constexpr char kUsualAddress[] = "127.0.0.1";
constexpr uint16_t kUsualPort = 32010;
constexpr uint16_t kUsualHttpPort = 8080;

/// Unset: off. Servers on other ports, as in tests and beside a first one, would fight
/// for the one usual port if they took it without being told to.
Result<std::optional<ListenAddress>> AddressFrom(const Config& config,
                                                 const ServeSettings& settings) {
  const std::string& text = config.GetText(kListen);
  if (text == "off") {
    return std::nullopt;
  }
  if (!text.empty()) {
    ARROW_ASSIGN_OR_RAISE(auto listen, ListenAddressFrom(config, kListen));
    return listen;
  }
  if (settings.http.port != kUsualHttpPort || settings.http.address != kUsualAddress) {
    return std::nullopt;
  }
  if (gateway::FindFlightModule().empty()) {
    LogWarn("Arrow Flight SQL is off: its module is not installed");
    return std::nullopt;
  }
  return ListenAddress{kUsualAddress, kUsualPort};
}

Status Explain(const Status& status) {
  return CodeOf(status) == ErrorCode::kAlreadyExists
             ? MakeError(ErrorCode::kAlreadyExists,
                         status.message() +
                             "; for Arrow Flight SQL choose another port with "
                             "--flight-listen ADDRESS:PORT, or --flight-listen off")
             : status;
}

}  // namespace

Result<std::unique_ptr<gateway::FlightEndpoint>> StartFlightListener(
    Workspace& workspace, const ServeSettings& settings,
    governance::Authenticator* authenticator) {
  const Config& config = workspace.config();
  ARROW_ASSIGN_OR_RAISE(const auto listen, AddressFrom(config, settings));
  if (!listen) {
    return nullptr;
  }
  if (!listen->IsLoopback() && authenticator == nullptr) {
    return MakeError(ErrorCode::kUsage,
                     "Without authentication Tarn listens on loopback only; use --auth "
                     "(auth.enabled), or --flight-listen 127.0.0.1:PORT instead of " +
                         listen->address);
  }
  auto endpoint = gateway::FlightEndpoint::Start(
      {.address = listen->address,
       .port = listen->port,
       .connections_max =
           static_cast<int32_t>(config.GetInteger("flight.connections_max")),
       .tls = settings.http.tls},
      {.engine = [&workspace] { return workspace.engine(); },
       .context = workspace.context(),
       .authenticator = authenticator,
       .access = gateway::SqlAccessFrom(config),
       .random = SystemRandom(),
       .version = VersionNumber(),
       .limits = {.results_max =
                      static_cast<size_t>(config.GetInteger("flight.results_max")),
                  .result_wait = config.GetDuration("flight.result_timeout"),
                  .transaction_idle = config.GetDuration("flight.transaction_timeout")},
       .query = gateway::trino::QueryBoundsFrom(config).Memory(nullptr)});
  if (!endpoint.ok()) {
    return Explain(endpoint.status());
  }
  return endpoint;
}

std::string FlightUrl(const Config& config, const ServeSettings& settings,
                      const gateway::FlightEndpoint& endpoint) {
  const auto listen = AddressFrom(config, settings);
  const std::string address = listen.ok() && *listen ? (*listen)->address : kUsualAddress;
  const bool is_v6 = address.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}", settings.http.tls ? "grpc+tls" : "grpc",
                     is_v6 ? "[" : "", address, is_v6 ? "]" : "", endpoint.port());
}

}  // namespace tarn::cli
