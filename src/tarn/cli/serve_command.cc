// `tarn serve`: every surface on one listener.
#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/base/logging.h"
#include "tarn/base/metrics.h"
#include "tarn/cli/command.h"
#include "tarn/cli/interrupt.h"
#include "tarn/cli/print/text_output.h"
#include "tarn/cli/serve/authentication.h"
#include "tarn/cli/serve/data_service.h"
#include "tarn/cli/serve/dropped_table_sweep.h"
#include "tarn/cli/serve/first_admin.h"
#include "tarn/cli/serve/flight_listener.h"
#include "tarn/cli/serve/hive_endpoint.h"
#include "tarn/cli/serve/open_files.h"
#include "tarn/cli/serve/operations_routes.h"
#include "tarn/cli/serve/process_metrics.h"
#include "tarn/cli/serve/request_report.h"
#include "tarn/cli/serve/serve_settings.h"
#include "tarn/cli/serve/served_catalog.h"
#include "tarn/cli/serve/service_manager.h"
#include "tarn/cli/version_command.h"
#include "tarn/cli/workspace.h"
#include "tarn/console/console.h"
#include "tarn/gateway/api/api_description.h"
#include "tarn/gateway/api/api_response.h"
#include "tarn/gateway/api/browse_api.h"
#include "tarn/gateway/trino/trino_gateway.h"
#include "tarn/governance/authenticator.h"
#include "tarn/net/http_server.h"

namespace tarn::cli {
namespace {

constexpr std::chrono::milliseconds kSignalPoll(50);
constexpr int kPollsPerFlush = 20;  // what is in the log's buffer is in its file soon
constexpr char kRestPath[] = "/catalog";

constexpr char kFooter[] =
    "\nExamples:\n"
    "  tarn serve --home ./lake                             "
    "http://127.0.0.1:8080/catalog\n"
    "  tarn serve --listen 0.0.0.0:8080 --auth              for others, who sign in\n"
    "  tarn serve --auth --listen 0.0.0.0:443 --tls-certificate lake.pem --tls-key "
    "lake.key\n"
    "\nSIGTERM and Ctrl-C end it when the requests under way are answered; SIGHUP reads "
    "the certificate and the\nsettings of the log again. Settings: serve.*, auth.*, "
    "tls.* "
    "and warehouses in tarn.yaml.";

struct ServeArguments {
  std::string config_file;
  std::vector<ConfigFlag> flags;
};

/// The server's log tells more than a command's: requests too.
Status StartServerLog(const Config& config) {
  LogOptions options{.file = config.GetText("log.file")};
  ARROW_ASSIGN_OR_RAISE(options.level, LogLevelFromString(config.GetText("log.level")));
  if (config.GetText("log.format") == "json") {
    options.format = LogFormat::kJson;
  }
  return StartLogging(options);
}

/// The parts of a server that runs, in the order in which they are made.
struct Server {
  std::unique_ptr<Workspace> workspace;
  ServeSettings settings;
  std::unique_ptr<governance::Authenticator>
      authenticator;  // nullptr: everybody may call
  std::unique_ptr<ServedCatalog> catalog;
  std::unique_ptr<gateway::BrowseApi> browse;
  std::unique_ptr<gateway::TrinoGateway> trino;
  std::unique_ptr<DataService> data;
  std::unique_ptr<Readiness> readiness;
  std::unique_ptr<RequestReport> report;
  net::Router router;
  std::unique_ptr<net::HttpServer> http;
  std::unique_ptr<gateway::HiveServer> hive;        // nullptr: nobody asked for it
  std::unique_ptr<gateway::FlightEndpoint> flight;  // nullptr: off
  std::unique_ptr<DroppedTableSweep> sweep;
  std::vector<MetricCallback> metrics;
};

void KeepMetrics(std::vector<MetricCallback> added, Server* server) {
  std::ranges::move(added, std::back_inserter(server->metrics));
}

Status AskForSignIn(Server* server) {
  if (!server->settings.needs_sign_in) {
    return Status::OK();
  }
  governance::PrincipalStore& principals = server->workspace->store().principals();
  ARROW_ASSIGN_OR_RAISE(
      server->authenticator,
      MakeAuthenticator(server->workspace->config(), server->settings, principals));
  ARROW_ASSIGN_OR_RAISE(const auto credentials,
                        MakeFirstAdmin(principals, server->workspace->home()));
  if (credentials) {
    RETURN_NOT_OK(StandardOutput().Write(
        "There was no principal yet: the administrator \"admin\" was made. Its secret is "
        "in\n  " +
        *credentials +
        "\nwhich only you can read; `tarn user add NAME` makes others.\n"));
  }
  if (!server->settings.http.tls && !server->settings.IsLoopback()) {
    LogWarn(
        "Secrets and tokens are sent without encryption: set tls.certificate and "
        "tls.key, or put a proxy that speaks TLS in front");
  }
  return Status::OK();
}

/// The page for people, and what it shows beside the catalog's own answers.
void AddConsole(Server* server) {
  const Counter& commits =
      ProcessMetrics()
          .MakeCounters("tarn_commits_total", "Commits to tables, by what came of them.",
                        {"outcome"})
          .With({"applied"});
  server->browse = std::make_unique<gateway::BrowseApi>(
      gateway::BrowseApiOptions{.warehouses = server->catalog->warehouses(),
                                .authenticator = server->authenticator.get(),
                                .version = VersionNumber(),
                                .num_commits = [&commits] { return commits.value(); }});
  server->browse->AddRoutes(&server->router);
  console::AddRoutes(&server->router);
}

/// SQL by Trino's client protocol; the engine is opened at the first statement.
Status AddSql(Server* server) {
  ARROW_ASSIGN_OR_RAISE(auto route,
                        gateway::trino::RouteSettingsFrom(server->workspace->config()));
  ARROW_ASSIGN_OR_RAISE(auto groups,
                        gateway::trino::ResourceGroupsFrom(server->workspace->config()));
  server->trino = std::make_unique<gateway::TrinoGateway>(gateway::TrinoGatewayOptions{
      .open_engine = [workspace =
                          server->workspace.get()] { return workspace->engine(); },
      .authenticator = server->authenticator.get(),
      .access = gateway::SqlAccessFrom(server->workspace->config()),
      .limits = {.groups = std::move(groups),
                 .query = gateway::trino::QueryBoundsFrom(server->workspace->config())},
      .public_url = server->settings.public_url,
      .route = std::move(route)});
  server->trino->AddRoutes(&server->router);
  return Status::OK();
}

/// Loads, scrapes, migrations, schedules: what becomes jobs.
Status AddDataService(Server* server) {
  server->data = DataService::Make(*server->workspace, server->catalog->warehouses());
  server->data->AddRoutes(server->authenticator.get(), &server->router);
  return server->data->Start();
}

/// What all surfaces have, for programs and for people. Made when somebody asks.
void AddDescription(Server* server) {
  const auto document = [server] {
    const Result<Json> catalog =
        ParseJson(server->catalog->rest().Description(), "OpenAPI document");
    TARN_CHECK(catalog.ok());  // a text of ours
    return server->data->Describe(*catalog);
  };
  server->router.Add("GET", "/openapi.json", [document](const net::HttpRequest&) {
    return gateway::ApiAnswer(document());
  });
  server->router.Add("GET", "/docs", [document](const net::HttpRequest&) {
    return gateway::DocumentationAnswer(document());
  });
}

Status Start(const Invocation& invocation, const ServeArguments& given, Server* server) {
  const std::chrono::milliseconds started_at = SystemClock().Now();
  ARROW_ASSIGN_OR_RAISE(server->workspace,
                        Workspace::Open({.home = invocation.home,
                                         .mode = HomeMode::kCreate,
                                         .config_file = given.config_file,
                                         .flags = given.flags}));
  Workspace& workspace = *server->workspace;
  ARROW_ASSIGN_OR_RAISE(server->settings, ServeSettingsFrom(workspace.config()));
  ServeSettings& settings = server->settings;
  RETURN_NOT_OK(StartServerLog(workspace.config()));
  settings.http.connections_max = MakeRoomForConnections(settings.http.connections_max);
  RETURN_NOT_OK(AskForSignIn(server));
  governance::Authenticator* const authenticator = server->authenticator.get();
  ARROW_ASSIGN_OR_RAISE(server->catalog,
                        ServedCatalog::Make(workspace, settings, authenticator));
  server->catalog->rest().AddRoutes(kRestPath, &server->router);
  server->catalog->rest().AddApiRoutes("/api/v1/warehouses", &server->router);
  AddConsole(server);
  RETURN_NOT_OK(AddSql(server));
  RETURN_NOT_OK(AddDataService(server));
  AddDescription(server);
  server->readiness =
      std::make_unique<Readiness>(workspace.store().settings(), SystemClock());
  AddOperationsRoutes(*server->readiness,
                      settings.has_public_metrics ? nullptr : authenticator,
                      &server->router);
  server->report = std::make_unique<RequestReport>(RequestReportOptions{
      .has_access_log = settings.has_access_log, .slow = settings.slow_request});
  settings.http.access = [report = server->report.get()](const net::HttpAccess& access) {
    (*report)(access);
  };
  ARROW_ASSIGN_OR_RAISE(server->http,
                        net::HttpServer::Start(settings.http, server->router));
  ARROW_ASSIGN_OR_RAISE(
      server->hive,
      StartHiveEndpoint(workspace.config(), workspace.catalog(), authenticator));
  ARROW_ASSIGN_OR_RAISE(server->flight,
                        StartFlightListener(workspace, settings, authenticator));
  server->sweep = std::make_unique<DroppedTableSweep>(
      server->catalog->warehouses(),
      workspace.config().GetDuration("catalog.purge_interval"));
  KeepMetrics(AddProcessMetrics(started_at), server);
  KeepMetrics(AddWriteMetrics(workspace), server);
  KeepMetrics(AddServerMetrics(*server->http), server);
  KeepMetrics(server->data->AddMetrics(), server);
  return Status::OK();
}

Status SayWhere(const Server& server) {
  const ServeSettings& settings = server.settings;
  const std::string url = settings.UrlOf(server.http->port());
  std::string text = fmt::format(
      "Tarn serves {} on {}\n"
      "  Iceberg REST catalog   {}{}\n"
      "  SQL (Trino's clients)  {}\n"
      "  Console                {}/ui/\n"
      "  Data service           {}/api/v1 ({}/docs)\n",
      server.workspace->home(), url, url, kRestPath, url, url, url, url);
  for (const uint16_t port : server.http->extra_ports()) {
    text += fmt::format("  also on                {}\n", settings.UrlOf(port));
  }
  if (server.hive != nullptr) {
    text += fmt::format("  Hive Metastore         {}\n",
                        HiveUrl(server.workspace->config(), *server.hive));
  }
  if (server.flight != nullptr) {
    text += fmt::format("  Arrow Flight SQL       {}\n",
                        FlightUrl(server.workspace->config(), settings, *server.flight));
  }
  const auto& warehouses = server.catalog->warehouses();
  for (size_t i = 1; i < warehouses.size(); ++i) {
    text += fmt::format("  warehouse {:<12} {}\n", warehouses[i].name,
                        warehouses[i].location);
  }
  RETURN_NOT_OK(StandardOutput().Write(text));
  return StandardOutput().Flush();
}

/// SIGHUP. What cannot be read leaves what was there in use, and is in the log.
void Reload(const Invocation& invocation, const ServeArguments& given, Server* server) {
  NotifyReloading();
  Status status = server->http->ReloadCertificate();
  if (status.ok() && server->flight != nullptr) {
    status = server->flight->ReloadCertificate();
  }
  Result<Config> config = ReadConfig(server->workspace->home(), given.config_file);
  if (status.ok()) {
    status = config.ok() ? StartServerLog(*config) : config.status();
  }
  if (status.ok()) {
    LogInfo("Read the certificate and the settings of the log again",
            {{"home", HomeDirectory(invocation.home)}});
  } else {
    LogError("Cannot read everything again", {{"reason", status.message()}});
  }
  NotifyServiceManager("READY=1");
}

/// Balancers look first; then the requests under way may finish.
void ShutDown(Server* server) {
  NotifyServiceManager("STOPPING=1");
  server->readiness->Drain();
  LogInfo("shutting down",
          {{"in_progress", std::to_string(server->http->counts().in_progress)}});
  ClearInterrupt();
  const auto deadline =
      std::chrono::steady_clock::now() + server->settings.shutdown_delay;
  while (std::chrono::steady_clock::now() < deadline && !Interrupted()) {
    std::this_thread::sleep_for(kSignalPoll);
  }
  // Before the server ends the connections: who waits for a job is told where it is.
  server->data->Drain(server->settings.shutdown_grace * 3 / 4);
  // All have the same time.
  std::thread flight([server] {
    if (server->flight != nullptr) {
      server->flight->Shutdown(server->settings.shutdown_grace);
    }
  });
  std::thread hive([server] {
    if (server->hive != nullptr) {
      server->hive->Shutdown(server->settings.shutdown_grace);
    }
  });
  server->http->Shutdown(server->settings.shutdown_grace);
  hive.join();
  flight.join();
  server->data->Stop();
}

Status RunServe(const Invocation& invocation, const ServeArguments& given) {
  IgnoreFileSizeSignal();
  Server server;
  RETURN_NOT_OK(Start(invocation, given, &server));
  HandleHangupApart();
  RETURN_NOT_OK(SayWhere(server));
  NotifyServiceManager(fmt::format("READY=1\nSTATUS=Serving {}",
                                   server.settings.UrlOf(server.http->port())));
  for (int polls = 1; !Interrupted(); ++polls) {
    if (TakeHangup()) {
      Reload(invocation, given, &server);
    }
    if (polls % kPollsPerFlush == 0) {
      FlushLog();
      polls = 0;
    }
    std::this_thread::sleep_for(kSignalPoll);
  }
  ShutDown(&server);
  return Status::OK();
}

/// An option that is a setting.
void AddSetting(CLI::App& command, const std::shared_ptr<ServeArguments>& given,
                const std::string& flag, const std::string& key, const std::string& type,
                const std::string& help) {
  command
      .add_option_function<std::string>(
          flag,
          [given, flag, key](const std::string& value) {
            given->flags.push_back({.key = key, .value = value, .flag = flag});
          },
          help)
      ->type_name(type);
}

}  // namespace

void AddServeCommand(CLI::App& app, Invocation& invocation) {
  const auto given = std::make_shared<ServeArguments>();
  CLI::App* command = app.add_subcommand(
      "serve", "Serve the warehouse: the Iceberg REST catalog for every engine");
  AddCommonOptions(*command, invocation, "");
  AddSetting(*command, given, "--listen", "serve.listen", "ADDRESS:PORT",
             "Address and port; port 0 takes one that is free [127.0.0.1:8080]");
  command
      ->add_option("--config", given->config_file,
                   "Settings in this file instead of the home's tarn.yaml")
      ->type_name("FILE");
  command->add_flag_callback(
      "--auth",
      [given] {
        given->flags.push_back(
            {.key = "auth.enabled", .value = "true", .flag = "--auth"});
      },
      "Callers must sign in (auth.enabled); needed on addresses other than loopback");
  AddSetting(*command, given, "--flight-listen", "flight.listen", "ADDRESS:PORT|off",
             "Arrow Flight SQL [127.0.0.1:32010 if --listen is 127.0.0.1:8080, else "
             "off]");
  AddSetting(*command, given, "--hive-listen", "hive.listen", "ADDRESS:PORT",
             "Answer Hive Metastore clients (thrift://) too, like 127.0.0.1:9083");
  AddSetting(*command, given, "--tls-certificate", "tls.certificate", "FILE",
             "PEM file with the certificate chain: HTTPS");
  AddSetting(*command, given, "--tls-key", "tls.key", "FILE",
             "PEM file with the certificate's private key");
  command->footer(kFooter);
  command->callback([&invocation, given] {
    invocation.run = [&invocation, given] { return RunServe(invocation, *given); };
  });
}

}  // namespace tarn::cli
