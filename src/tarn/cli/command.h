// What all commands share. Each command has a file that adds it to the parser; parsing
// sets `run`.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "tarn/base/result.h"

namespace CLI {
class App;
}  // namespace CLI

namespace tarn::cli {

enum class HomeMode : uint8_t;
struct WorkspaceOptions;

struct Invocation {
  std::string home;     // --home; empty: $TARN_HOME, then ./tarn-home
  std::string catalog;  // --catalog; empty: the warehouse
  std::string server;   // --server; empty: the home
  bool json = false;
  std::function<Status()> run = {};
};

/// Adds --home and --json (with `json_help`; none if empty) to a command.
void AddCommonOptions(CLI::App& command, Invocation& invocation,
                      const std::string& json_help);

/// Adds --server, and --catalog where one command works on one catalog.
enum class CatalogOption : uint8_t { kServerOnly, kOneCatalog };
void AddCatalogOptions(CLI::App& command, Invocation& invocation, CatalogOption which);
/// What these options and --home mean.
WorkspaceOptions WorkspaceOptionsOf(const Invocation& invocation, HomeMode mode);

void AddLoadCommand(CLI::App& app, Invocation& invocation);
void AddSqlCommand(CLI::App& app, Invocation& invocation);
void AddTableCommand(CLI::App& app, Invocation& invocation);
/// The commands below `tarn table` that change a table: branches, tags, properties….
void AddTableChanges(CLI::App& table_command, Invocation& invocation);
/// `tarn table drop`, `dropped` and `undrop`.
void AddTableDrops(CLI::App& table_command, Invocation& invocation);
/// `tarn table rewrite-path` and `register`.
void AddTableCopies(CLI::App& table_command, Invocation& invocation);
/// `tarn table label`.
void AddTableLabels(CLI::App& table_command, Invocation& invocation);
void AddFunctionCommand(CLI::App& app, Invocation& invocation);
void AddMaintainCommand(CLI::App& app, Invocation& invocation);
void AddServeCommand(CLI::App& app, Invocation& invocation);
void AddUserCommand(CLI::App& app, Invocation& invocation);
void AddJobsCommand(CLI::App& app, Invocation& invocation);
void AddScheduleCommand(CLI::App& app, Invocation& invocation);
void AddConnectionCommand(CLI::App& app, Invocation& invocation);
void AddMigrateCommand(CLI::App& app, Invocation& invocation);
void AddScrapeCommand(CLI::App& app, Invocation& invocation);
void AddDoctorCommand(CLI::App& app, Invocation& invocation);
void AddVersionCommand(CLI::App& app, Invocation& invocation);

}  // namespace tarn::cli
