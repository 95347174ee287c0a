// Commands that change how the shell shows things.
#include "tarn/base/error.h"
#include "tarn/cli/print/text_table.h"
#include "tarn/cli/shell/interpreter.h"
#include "tarn/cli/shell/meta_command.h"
#include "tarn/cli/shell/setting_table.h"
#include "tarn/cli/sql_client/text_rows.h"

namespace tarn::cli {
namespace {

/// Turns a setting round, or makes it `argument`, and says what it is now.
Status Toggle(Interpreter& shell, const std::string& name, const std::string& title,
              const std::string& argument) {
  ARROW_ASSIGN_OR_RAISE(const std::string now, SettingValue(shell.settings(), name));
  const std::string value = !argument.empty() ? argument : now == "on" ? "off" : "on";
  RETURN_NOT_OK(ChangeSetting(shell.settings(), name, value));
  return shell.Print(title + " is " + value + ".\n");
}

Status Timing(Interpreter& shell, const std::string& argument) {
  return Toggle(shell, "timing", "Timing", argument);
}

Status Expanded(Interpreter& shell, const std::string& argument) {
  return Toggle(shell, "expanded", "Expanded display", argument);
}

Status Format(Interpreter& shell, const std::string& argument) {
  if (argument.empty()) {
    ARROW_ASSIGN_OR_RAISE(const std::string now,
                          SettingValue(shell.settings(), "format"));
    return shell.Print("Format is " + now + ".\n");
  }
  return ChangeSetting(shell.settings(), "format", argument);
}

Status Pager(Interpreter& shell, const std::string& argument) {
  if (!argument.empty()) {
    RETURN_NOT_OK(ChangeSetting(shell.settings(), "pager", argument));
  }
  ARROW_ASSIGN_OR_RAISE(const std::string now, SettingValue(shell.settings(), "pager"));
  return shell.Print("Pager is " + now + ".\n");
}

Status Set(Interpreter& shell, const std::string& argument) {
  const size_t space = argument.find_first_of(" \t=");
  if (argument.empty()) {
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const std::string& name : SettingNames()) {
      ARROW_ASSIGN_OR_RAISE(std::string value, SettingValue(shell.settings(), name));
      pairs.emplace_back(name, std::move(value));
    }
    return shell.Print(FormatPairs(pairs));
  }
  const std::string name = argument.substr(0, space);
  if (space == std::string::npos) {
    ARROW_ASSIGN_OR_RAISE(const std::string value, SettingValue(shell.settings(), name));
    return shell.Print(FormatPairs({{name, value}}));
  }
  const size_t begin = argument.find_first_not_of(" \t=", space);
  std::string value = begin == std::string::npos ? "" : argument.substr(begin);
  if (value.size() >= 2 && value.front() == '\'' && value.back() == '\'') {
    value = value.substr(1, value.size() - 2);
  }
  return ChangeSetting(shell.settings(), name, value);
}

Status ChooseDialect(Interpreter& shell, const std::string& argument) {
  if (!argument.empty()) {
    RETURN_NOT_OK(
        shell.client().Execute("SET SESSION dialect = " + SqlString(argument)).status());
  }
  return shell.Print("Dialect is " + shell.client().dialect() + ".\n");
}

}  // namespace

std::vector<MetaCommand> SettingsCommands() {
  return {
      {"\\x", "[on|off]", "one line per value on or off", CommandArgument::kWord,
       &Expanded},
      {"\\timing", "[on|off]", "the time of each statement on or off",
       CommandArgument::kWord, &Timing},
      {"\\format", "[NAME]",
       "table, vertical, csv, tsv, json, jsonlines, markdown, html, "
       "arrow, parquet",
       CommandArgument::kWord, &Format},
      {"\\pager", "[on|off|CMD]", "what shows results that are larger than the screen",
       CommandArgument::kWord, &Pager},
      {"\\set", "[NAME [VALUE]]", "settings of the shell; without names all of them",
       CommandArgument::kWord, &Set},
      {"\\dialect", "[trino|duckdb]", "how statements are read", CommandArgument::kWord,
       &ChooseDialect},
  };
}

}  // namespace tarn::cli
