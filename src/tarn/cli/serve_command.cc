// `tarn serve`: every surface on one listener.
#include <charconv>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/base/logging.h"
#include "tarn/cli/command.h"
#include "tarn/cli/interrupt.h"
#include "tarn/cli/print/text_output.h"
#include "tarn/cli/workspace.h"
#include "tarn/gateway/iceberg_rest/rest_catalog.h"
#include "tarn/net/http_server.h"

namespace tarn::cli {
namespace {

constexpr std::chrono::seconds kShutdownGrace(30);
constexpr std::chrono::milliseconds kSignalPoll(50);

struct ServeArguments {
  std::string listen = "127.0.0.1:8080";
};

struct Listener {
  std::string address;
  uint16_t port = 0;
};

/// "127.0.0.1:8080" or "[::1]:8080"; port 0 takes one that is free.
Result<Listener> ListenerOf(const std::string& text) {
  const size_t colon = text.rfind(':');
  Listener listener;
  if (colon != std::string::npos) {
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data() + colon + 1, end, listener.port);
    listener.address = text.substr(0, colon);
    if (listener.address.starts_with('[') && listener.address.ends_with(']')) {
      listener.address = listener.address.substr(1, listener.address.size() - 2);
    }
    if (parsed.ec == std::errc() && parsed.ptr == end && !listener.address.empty()) {
      return listener;
    }
  }
  return MakeError(ErrorCode::kUsage,
                   "--listen is an address and a port like 127.0.0.1:8080, not " + text);
}

/// Nobody is asked who they are yet: only this machine may call.
Status CheckIsLoopback(const Listener& listener) {
  if (listener.address == "::1" || listener.address.starts_with("127.") ||
      listener.address == "localhost") {
    return Status::OK();
  }
  return MakeError(ErrorCode::kUsage,
                   "Without authentication Tarn listens on loopback only; use "
                   "--listen 127.0.0.1:PORT instead of " +
                       listener.address);
}

void LogAccess(const net::HttpAccess& access) {
  LogInfo("request", {{"id", access.request_id},
                      {"from", access.remote_address},
                      {"method", access.method},
                      {"path", access.path},
                      {"status", std::to_string(access.status)},
                      {"bytes", std::to_string(access.response_bytes)},
                      {"us", std::to_string(access.duration.count())}});
}

void AddHealthRoutes(net::Router* router) {
  const auto healthy = [](const net::HttpRequest&) {
    net::HttpResponse response{.status = 200, .body = "{\"status\":\"ok\"}"};
    response.headers.Set("Content-Type", "application/json");
    return response;
  };
  for (const char* path : {"/health/live", "/health/ready", "/api/v1/health"}) {
    router->Add("GET", path, healthy, {.is_logged = false});
  }
}

Status RunServe(const Invocation& invocation, const ServeArguments& given) {
  ARROW_ASSIGN_OR_RAISE(Listener listener, ListenerOf(given.listen));
  RETURN_NOT_OK(CheckIsLoopback(listener));
  if (listener.address == "localhost") {
    listener.address = "127.0.0.1";
  }
  ARROW_ASSIGN_OR_RAISE(const auto workspace,
                        Workspace::Open({invocation.home, HomeMode::kCreate}));
  gateway::RestCatalog rest({.warehouses = {{.name = workspace->catalog().name(),
                                             .location = workspace->warehouse_location(),
                                             .context = workspace->context()}}});
  net::Router router;
  rest.AddRoutes("/catalog", &router);
  AddHealthRoutes(&router);
  net::HttpServerOptions options;
  options.address = listener.address;
  options.port = listener.port;
  options.access = &LogAccess;
  ARROW_ASSIGN_OR_RAISE(const auto server, net::HttpServer::Start(options, router));
  const std::string host = listener.address.find(':') == std::string::npos
                               ? listener.address
                               : "[" + listener.address + "]";
  RETURN_NOT_OK(StandardOutput().Write(
      fmt::format("Tarn serves {} on http://{}:{}\n"
                  "  Iceberg REST catalog   http://{}:{}/catalog\n",
                  workspace->home(), host, server->port(), host, server->port())));
  RETURN_NOT_OK(StandardOutput().Flush());
  while (!Interrupted()) {
    std::this_thread::sleep_for(kSignalPoll);
  }
  ClearInterrupt();
  LogInfo("shutting down");
  server->Shutdown(kShutdownGrace);
  return Status::OK();
}

}  // namespace

void AddServeCommand(CLI::App& app, Invocation& invocation) {
  const auto given = std::make_shared<ServeArguments>();
  CLI::App* command = app.add_subcommand(
      "serve", "Serve the warehouse: the Iceberg REST catalog for every engine");
  AddCommonOptions(*command, invocation, "");
  command
      ->add_option("--listen", given->listen,
                   "Address and port; port 0 takes one that is free [127.0.0.1:8080]")
      ->type_name("ADDRESS:PORT");
  command->callback([&invocation, given] {
    invocation.run = [&invocation, given] { return RunServe(invocation, *given); };
  });
}

}  // namespace tarn::cli
