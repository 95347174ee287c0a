// Commands of the shell that begin with a backslash.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"

namespace tarn::cli {

class Interpreter;

/// What a command takes, for completion.
enum class CommandArgument : uint8_t {
  kNone,
  kFile,
  kObject,
  kSchema,
  kStatement,  // the name of a kind of statement
  kWord,       // one of ArgumentWords()
};

struct MetaCommand {
  std::string_view name;       // "\\d"
  std::string_view arguments;  // "[TABLE]"
  std::string_view help;
  CommandArgument argument = CommandArgument::kNone;
  Status (*run)(Interpreter& shell, const std::string& argument) = nullptr;
};

/// Runs "\d sales.orders". Errors: kUsage for an unknown command, the command's own.
Status RunMetaCommand(std::string_view line, Interpreter& shell);

/// Names, sorted.
std::vector<std::string> CommandNames();
CommandArgument ArgumentOf(std::string_view command);
std::vector<std::string> ArgumentWords(std::string_view command);
/// The help's lines that have `wanted`; all if it is empty.
std::string CommandHelp(std::string_view wanted);

// The groups of commands, each in a file of its own.
std::vector<MetaCommand> ListingCommands();   // \d, \l, \dn, …
std::vector<MetaCommand> RunningCommands();   // \g, \watch, \i, …
std::vector<MetaCommand> SettingsCommands();  // \x, \format, \set, …

}  // namespace tarn::cli
