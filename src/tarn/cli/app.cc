#include "tarn/cli/app.h"

#include <algorithm>
#include <clocale>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "tarn/base/config.h"
#include "tarn/base/error.h"
#include "tarn/cli/command.h"
#include "tarn/cli/interrupt.h"
#include "tarn/cli/print/text_output.h"
#include "tarn/cli/print/text_width.h"
#include "tarn/cli/version_command.h"
#include "tarn/cli/workspace.h"

namespace tarn::cli {
namespace {

constexpr char kAbout[] = "Tarn: an Apache Iceberg lakehouse in one program.";
constexpr char kFooter[] =
    "\nExamples:\n"
    "  tarn load --sample                                  a small shop to try things "
    "on\n"
    "  tarn load flights.csv --into air.flights            a table from a file\n"
    "  tarn sql -e 'SELECT count(*) FROM air.flights'      a query\n"
    "  tarn sql                                            a shell with history\n"
    "  tarn table list                                     what is there\n"
    "\n`tarn COMMAND --help` describes a command. Exit codes: 0 done, 1 failed, 2 wrong "
    "usage.";

/// Errors are one line: what is in the message keeps its words but not its line breaks.
void ReportError(const Status& status, bool as_json) {
  const ErrorCode code = CodeOf(status);
  if (as_json) {
    const nlohmann::ordered_json error = {
        {"error",
         {{"code", std::string(InfoOf(code).name)}, {"message", status.message()}}}};
    PrintToStderr(error.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) +
                  "\n");
    return;
  }
  std::string message = status.message();
  std::replace(message.begin(), message.end(), '\n', ' ');
  PrintToStderr("tarn: " + OneLine(message) + "\n");
}

/// The innermost command on the command line.
const CLI::App* ChosenCommand(const CLI::App& app) {
  const CLI::App* chosen = &app;
  for (auto below = chosen->get_subcommands(); !below.empty();
       below = chosen->get_subcommands()) {
    chosen = below.front();
  }
  return chosen;
}

std::vector<std::string> CommandNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) {
    names.push_back(command->get_name());
  }
  return names;
}

std::vector<std::string> OptionNames(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      names.push_back("--" + name);
    }
  }
  return names;
}

std::string FullName(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return parent == nullptr ? "tarn" : FullName(*parent) + " " + command.get_name();
}

/// "Unknown command: lod; did you mean load?" for the first word that nothing takes.
Status UnknownWord(const CLI::App& app, const std::string& word) {
  const CLI::App* command = ChosenCommand(app);
  const bool is_option = word.starts_with("-");
  const bool takes_commands = !command->get_subcommands({}).empty();
  std::string message = is_option        ? "Unknown option"
                        : takes_commands ? "Unknown command"
                                         : "Unexpected argument";
  message += " of `" + FullName(*command) + "`: " + word;
  const std::string name = word.substr(0, word.find('='));
  const std::string near =
      NearestWord(name, is_option ? OptionNames(*command) : CommandNames(*command));
  message += near.empty() ? "; see `" + FullName(*command) + " --help`"
                          : "; did you mean " + near + "?";
  return MakeError(ErrorCode::kUsage, message);
}

Status UsageError(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<std::string> extras = app.remaining(true);
  if (!extras.empty()) {
    return UnknownWord(app, extras.front());
  }
  const CLI::App* command = ChosenCommand(app);
  return MakeError(ErrorCode::kUsage, std::string(error.what()) + "; see `" +
                                          FullName(*command) + " --help`");
}

void AddCommands(CLI::App& app, Invocation& invocation) {
  app.add_option("--home", invocation.home,
                 "Directory of the warehouse [TARN_HOME, ./tarn-home]")
      ->type_name("DIR");
  app.add_flag("--json", invocation.json, "Answers and errors as JSON");
  AddLoadCommand(app, invocation);
  AddSqlCommand(app, invocation);
  AddTableCommand(app, invocation);
  AddFunctionCommand(app, invocation);
  AddMaintainCommand(app, invocation);
  AddServeCommand(app, invocation);
  AddMigrateCommand(app, invocation);
  AddJobsCommand(app, invocation);
  AddScheduleCommand(app, invocation);
  AddConnectionCommand(app, invocation);
  AddUserCommand(app, invocation);
  AddScrapeCommand(app, invocation);
  AddDoctorCommand(app, invocation);
  AddVersionCommand(app, invocation);
  app.require_subcommand(1);
  app.footer(kFooter);
}

bool AsksForJson(int argc, char** argv) {
  return std::any_of(argv, argv + argc, [](const char* argument) {
    return std::string_view(argument) == "--json";
  });
}

}  // namespace

void AddCommonOptions(CLI::App& command, Invocation& invocation,
                      const std::string& json_help) {
  command
      .add_option("--home", invocation.home,
                  "Directory of the warehouse [TARN_HOME, ./tarn-home]")
      ->type_name("DIR");
  if (!json_help.empty()) {
    command.add_flag("--json", invocation.json, json_help);
  }
}

void AddCatalogOptions(CLI::App& command, Invocation& invocation, CatalogOption which) {
  command
      .add_option("--server", invocation.server,
                  "Work on this server's catalog, not on a home: a URL, or a name below "
                  "`catalogs` in tarn.yaml")
      ->type_name("URL");
  if (which == CatalogOption::kOneCatalog) {
    command
        .add_option("--catalog", invocation.catalog,
                    "Work on this catalog of those below `catalogs` in tarn.yaml")
        ->type_name("NAME");
  }
}

WorkspaceOptions WorkspaceOptionsOf(const Invocation& invocation, HomeMode mode) {
  WorkspaceOptions options{.home = invocation.home, .mode = mode};
  options.catalog = invocation.catalog;
  options.server = invocation.server;
  return options;
}

int RunTarn(int argc, char** argv) {
  std::setlocale(LC_CTYPE, "");
  InstallSignalHandlers();
  CLI::App app(kAbout, "tarn");
  app.set_version_flag("--version", VersionLine());
  Invocation invocation;
  AddCommands(app, invocation);
  Status status;
  bool as_json = AsksForJson(argc, argv);
  try {
    app.parse(argc, argv);
    status = invocation.run();
    as_json = invocation.json;
  } catch (const CLI::Success& asked) {  // --help, --version
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    status = UsageError(app, error);
  } catch (const std::bad_alloc&) {
    status = MakeError(ErrorCode::kOutOfMemory, "Out of memory");
  } catch (const std::exception& error) {
    status = MakeError(ErrorCode::kInternal,
                       std::string("Unexpected failure: ") + error.what());
  }
  if (status.ok()) {
    status = StandardOutput().Flush();
  }
  if (status.ok()) {
    return 0;
  }
  // Whoever closed the pipe ("| head") has what they wanted.
  if (!StandardOutput().closed_by_reader()) {
    ReportError(status, as_json);
  }
  return InfoOf(CodeOf(status)).exit_code;
}

}  // namespace tarn::cli
