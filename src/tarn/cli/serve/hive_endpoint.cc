#include "tarn/cli/serve/hive_endpoint.h"

#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/base/logging.h"
#include "tarn/cli/serve/serve_settings.h"

namespace tarn::cli {
namespace {

constexpr char kListen[] = "hive.listen";

/// Secrets are sent as they are: the protocol has no encryption that its clients know.
gateway::HiveAuthenticator SignInBy(governance::Authenticator* authenticator) {
  if (authenticator == nullptr) {
    return nullptr;
  }
  return [authenticator](const std::string& user, const std::string& secret,
                         const std::string& from) {
    return authenticator->SignIn({.client_id = user, .client_secret = secret}, "", from)
        .status();
  };
}

}  // namespace

Result<std::unique_ptr<gateway::HiveServer>> StartHiveEndpoint(
    const Config& config, catalog::Catalog& catalog,
    governance::Authenticator* authenticator) {
  if (config.GetText(kListen).empty()) {
    return nullptr;
  }
  ARROW_ASSIGN_OR_RAISE(const ListenAddress listen, ListenAddressFrom(config, kListen));
  if (!listen.IsLoopback()) {
    if (authenticator == nullptr) {
      return MakeError(ErrorCode::kUsage,
                       "Without authentication Tarn listens on loopback only; use --auth "
                       "(auth.enabled), or --hive-listen 127.0.0.1:PORT instead of " +
                           listen.address);
    }
    LogWarn(
        "Hive Metastore clients send secrets without encryption: let a private "
        "network or a tunnel carry them");
  }
  return gateway::HiveServer::Start(
      {.address = listen.address,
       .port = listen.port,
       .connections_max = static_cast<int32_t>(config.GetInteger("hive.connections_max")),
       .message_bytes_max =
           static_cast<size_t>(config.GetInteger("hive.message_size_max")),
       .idle_timeout = config.GetDuration("hive.idle_timeout"),
       .lock_timeout = config.GetDuration("hive.lock_timeout"),
       .authenticate = SignInBy(authenticator)},
      catalog, SystemClock());
}

std::string HiveUrl(const Config& config, const gateway::HiveServer& server) {
  const auto listen = ListenAddressFrom(config, kListen);
  const std::string address = listen.ok() ? listen->address : "127.0.0.1";
  const bool is_v6 = address.find(':') != std::string::npos;
  return fmt::format("thrift://{}{}{}:{}", is_v6 ? "[" : "", address, is_v6 ? "]" : "",
                     server.port());
}

}  // namespace tarn::cli
