#include "tarn/cli/shell/meta_command.h"

#include <algorithm>

#include "tarn/base/config.h"
#include "tarn/base/error.h"
#include "tarn/cli/print/row_sink.h"
#include "tarn/cli/shell/interpreter.h"
#include "tarn/cli/shell/setting_table.h"
#include "tarn/cli/shell/syntax_help.h"
#include "tarn/sql/letter_case.h"

namespace tarn::cli {
namespace {

constexpr size_t kHelpColumn = 20;

constexpr char kKeysHelp[] =
    "A statement ends with a semicolon and may span lines. Tab completes, Ctrl-R "
    "searches "
    "the history, Alt-Enter\nbegins a line, Ctrl-C cancels a running statement or drops "
    "what was typed, Ctrl-D leaves.\n";

Status ShowHelp(Interpreter& shell, const std::string& argument) {
  const std::string help = CommandHelp(argument);
  if (help.empty()) {
    return MakeError(ErrorCode::kUsage,
                     "No command is about that; \\? lists all: " + argument);
  }
  return shell.Print(argument.empty() ? help + kKeysHelp : help);
}

Status ShowSyntax(Interpreter& shell, const std::string& argument) {
  if (argument.empty()) {
    std::string text =
        "Statements of Trino's dialect; \\h NAME shows how one is written:\n";
    for (const std::string& name : SyntaxHelpNames()) {
      text += "  " + name + "\n";
    }
    return shell.Print(text);
  }
  const std::string help = SyntaxHelp(argument);
  if (help.empty()) {
    const std::string near = NearestWord(sql::Upper(argument), SyntaxHelpNames());
    return MakeError(ErrorCode::kUsage,
                     "No such statement; \\h lists them" +
                         (near.empty() ? "" : ", did you mean " + near + "?") + ": " +
                         argument);
  }
  return shell.Print(help);
}

Status Quit(Interpreter& shell, const std::string& /*argument*/) {
  shell.Quit();
  return Status::OK();
}

const std::vector<MetaCommand>& Commands() {
  static const std::vector<MetaCommand> commands = [] {
    std::vector<MetaCommand> all = ListingCommands();
    for (const auto& group : {RunningCommands(), SettingsCommands()}) {
      all.insert(all.end(), group.begin(), group.end());
    }
    all.push_back({"\\h", "[STATEMENT]", "how a statement is written",
                   CommandArgument::kStatement, &ShowSyntax});
    all.push_back({"\\?", "[WORD]", "these commands, or those about a word",
                   CommandArgument::kNone, &ShowHelp});
    all.push_back({"\\q", "", "leave", CommandArgument::kNone, &Quit});
    return all;
  }();
  return commands;
}

/// Long names that people know from other shells.
std::string_view WithoutAlias(std::string_view name) {
  constexpr std::pair<std::string_view, std::string_view> kAliases[] = {
      {"\\help", "\\?"}, {"\\quit", "\\q"},    {"\\exit", "\\q"},
      {"\\edit", "\\e"}, {"\\include", "\\i"}, {"\\G", "\\gx"}};
  for (const auto& [alias, meant] : kAliases) {
    if (name == alias) {
      return meant;
    }
  }
  return name;
}

const MetaCommand* Find(std::string_view name) {
  const auto& all = Commands();
  const auto found = std::ranges::find(all, WithoutAlias(name), &MetaCommand::name);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

Status RunMetaCommand(std::string_view line, Interpreter& shell) {
  while (!line.empty() &&
         (line.back() == ' ' || line.back() == ';' || line.back() == '\t')) {
    line.remove_suffix(1);
  }
  const size_t space = std::min(line.find_first_of(" \t"), line.size());
  const std::string name(line.substr(0, space));
  const size_t begin = line.find_first_not_of(" \t", space);
  const std::string argument(begin == std::string_view::npos ? "" : line.substr(begin));
  const MetaCommand* const command = Find(name);
  if (command == nullptr) {
    const std::string near = NearestWord(name, CommandNames());
    return MakeError(ErrorCode::kUsage,
                     "Unknown command; \\? lists them" +
                         (near.empty() ? "" : ", did you mean " + near + "?") + ": " +
                         name);
  }
  if (command->arguments.empty() && !argument.empty()) {
    return MakeError(ErrorCode::kUsage, name + " takes no argument: " + argument);
  }
  return command->run(shell, argument);
}

std::vector<std::string> CommandNames() {
  std::vector<std::string> names;
  for (const MetaCommand& command : Commands()) {
    names.emplace_back(command.name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

CommandArgument ArgumentOf(std::string_view command) {
  const MetaCommand* const found = Find(command);
  return found == nullptr ? CommandArgument::kNone : found->argument;
}

std::vector<std::string> ArgumentWords(std::string_view command) {
  if (command == "\\format") {
    return OutputFormatNames();
  }
  if (command == "\\dialect") {
    return {"duckdb", "trino"};
  }
  return command == "\\set" ? SettingNames() : std::vector<std::string>{"off", "on"};
}

std::string CommandHelp(std::string_view wanted) {
  std::string help;
  for (const MetaCommand& command : Commands()) {
    std::string line = std::string(command.name);
    line += (command.arguments.empty() ? "" : " ") + std::string(command.arguments);
    line.resize(std::max(line.size() + 1, kHelpColumn), ' ');
    line += std::string(command.help) + "\n";
    if (wanted.empty() ||
        sql::Lower(line).find(sql::Lower(wanted)) != std::string::npos) {
      help += line;
    }
  }
  return help;
}

}  // namespace tarn::cli
