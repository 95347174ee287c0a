// Commands that run statements, or have them edited.
#include <charconv>
#include <chrono>
#include <thread>

#include "tarn/base/clock.h"
#include "tarn/base/error.h"
#include "tarn/cli/interrupt.h"
#include "tarn/cli/print/quantity.h"
#include "tarn/cli/shell/interpreter.h"
#include "tarn/cli/shell/meta_command.h"
#include "tarn/cli/shell/text_editor.h"

namespace tarn::cli {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTick{50};

Status RunTo(Interpreter& shell, const std::string& file) {
  const std::string statement = shell.TakeStatement();
  if (file.empty()) {
    return shell.RunStatement(statement);
  }
  RETURN_NOT_OK(shell.Redirect(file));
  const Status status = shell.RunStatement(statement);
  const Status closed = shell.Redirect("");
  return status.ok() ? closed : status;
}

Status Go(Interpreter& shell, const std::string& argument) {
  return RunTo(shell, argument);
}

Status GoExpanded(Interpreter& shell, const std::string& argument) {
  SinkOptions& sink = shell.settings().runner.sink;
  const bool before = sink.expanded;
  sink.expanded = true;
  const Status status = RunTo(shell, argument);
  sink.expanded = before;
  return status;
}

/// False if Ctrl-C came while waiting.
bool Wait(milliseconds duration) {
  for (milliseconds waited{0}; waited < duration && !Interrupted(); waited += kTick) {
    std::this_thread::sleep_for(std::min(kTick, duration - waited));
  }
  return !Interrupted();
}

/// "\watch 2.5 10": every 2.5 seconds, 10 times.
Status Watch(Interpreter& shell, const std::string& argument) {
  double seconds = 2;
  int64_t times = 0;
  const char* at = argument.data();
  const char* const end = at + argument.size();
  bool is_right = true;
  if (at != end) {
    const auto read = std::from_chars(at, end, seconds);
    is_right = read.ec == std::errc() && seconds >= 0 && seconds <= 86'400;
    at = read.ptr;
    while (at != end && *at == ' ') {
      ++at;
    }
    if (is_right && at != end) {
      const auto count = std::from_chars(at, end, times);
      is_right = count.ec == std::errc() && count.ptr == end && times > 0;
    }
  }
  if (!is_right) {
    return MakeError(
        ErrorCode::kUsage,
        "\\watch takes seconds and how often, as in \\watch 2 10: " + argument);
  }
  const std::string statement = shell.TakeStatement();
  const std::string pager = std::exchange(shell.settings().pager, "");
  Status status;
  for (int64_t i = 0; status.ok() && (times == 0 || i < times); ++i) {
    const auto interval = milliseconds(static_cast<int64_t>(seconds * 1000));
    if (i > 0 && !Wait(interval)) {
      ClearInterrupt();
      break;
    }
    status = shell.Print(InstantText(SystemClock().Now()) + " (every " +
                         DurationText(interval) + ")\n");
    if (status.ok()) {
      status = shell.RunStatement(statement);
    }
  }
  shell.settings().pager = pager;
  return status;
}

Status Edit(Interpreter& shell, const std::string& /*argument*/) {
  const std::string statement = shell.TakeStatement();
  ARROW_ASSIGN_OR_RAISE(std::string edited, EditInEditor(statement));
  shell.Prefill(std::move(edited));
  return Status::OK();
}

Status Include(Interpreter& shell, const std::string& argument) {
  if (argument.empty()) {
    return MakeError(ErrorCode::kUsage, "\\i takes the name of a file");
  }
  return shell.RunFile(argument);
}

Status SendTo(Interpreter& shell, const std::string& argument) {
  return shell.Redirect(argument);
}

Status PrintStatement(Interpreter& shell, const std::string& /*argument*/) {
  return shell.Print(shell.TakeStatement() + "\n");
}

Status Echo(Interpreter& shell, const std::string& argument) {
  return shell.Print(argument + "\n");
}

}  // namespace

std::vector<MetaCommand> RunningCommands() {
  return {
      {"\\g", "[FILE]", "runs what was typed, or the last statement again; to a file",
       CommandArgument::kFile, &Go},
      {"\\gx", "[FILE]", "the same, with one line per value", CommandArgument::kFile,
       &GoExpanded},
      {"\\watch", "[SEC [N]]", "runs it again and again until Ctrl-C, or N times",
       CommandArgument::kNone, &Watch},
      {"\\e", "", "edits what was typed, or the last statement, in $VISUAL or $EDITOR",
       CommandArgument::kNone, &Edit},
      {"\\i", "FILE", "runs the statements of a file", CommandArgument::kFile, &Include},
      {"\\o", "[FILE]", "results go to a file; without a name to the screen again",
       CommandArgument::kFile, &SendTo},
      {"\\p", "", "shows what was typed, or the last statement", CommandArgument::kNone,
       &PrintStatement},
      {"\\echo", "[TEXT]", "prints a text", CommandArgument::kNone, &Echo},
  };
}

}  // namespace tarn::cli
