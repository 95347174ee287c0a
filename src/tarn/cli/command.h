// What all commands share. Each command has a file that adds it to the parser; parsing
// sets `run`.
#pragma once

#include <functional>
#include <string>

#include "tarn/base/result.h"

namespace CLI {
class App;
}  // namespace CLI

namespace tarn::cli {

struct Invocation {
  std::string home;  // --home; empty: $TARN_HOME, then ./tarn-home
  bool json = false;
  std::function<Status()> run = {};
};

/// Adds --home and --json (with `json_help`; none if empty) to a command.
void AddCommonOptions(CLI::App& command, Invocation& invocation,
                      const std::string& json_help);

void AddLoadCommand(CLI::App& app, Invocation& invocation);
void AddSqlCommand(CLI::App& app, Invocation& invocation);
void AddTableCommand(CLI::App& app, Invocation& invocation);
/// The commands below `tarn table` that change a table: branches, tags, properties….
void AddTableChanges(CLI::App& table_command, Invocation& invocation);
/// `tarn table rewrite-path` and `register`.
void AddTableCopies(CLI::App& table_command, Invocation& invocation);
void AddMaintainCommand(CLI::App& app, Invocation& invocation);
void AddServeCommand(CLI::App& app, Invocation& invocation);
void AddDoctorCommand(CLI::App& app, Invocation& invocation);
void AddVersionCommand(CLI::App& app, Invocation& invocation);

}  // namespace tarn::cli
