// `tarn sql`: statements from the command line, a file, standard input or a terminal.
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "tarn/base/error.h"
#include "tarn/cli/command.h"
#include "tarn/cli/interrupt.h"
#include "tarn/cli/print/text_output.h"
#include "tarn/cli/shell/shell.h"
#include "tarn/cli/shell/statement_buffer.h"
#include "tarn/cli/statement_runner.h"
#include "tarn/cli/workspace.h"

namespace tarn::cli {
namespace {

constexpr char kExamples[] =
    "\nExamples:\n"
    "  tarn sql                                            a shell with history; \\? "
    "lists its commands\n"
    "  tarn sql -e 'SELECT * FROM sales.orders LIMIT 5'\n"
    "  tarn sql -e 'USE iceberg.sales' -e 'SHOW TABLES'    several statements, one "
    "session\n"
    "  tarn sql -f report.sql --format csv > report.csv\n"
    "  echo 'SELECT 1' | tarn sql --format json\n"
    "\nFormats: table (aligned columns), csv (RFC 4180, with header; null is empty, the "
    "empty string \"\"), json (one\n"
    "line with an array of objects for each result), arrow (IPC stream), parquet (one "
    "file). Statements run in order until one fails.\n";

struct SqlOptions {
  std::vector<std::string> statements;
  std::string file;
  std::string format = "table";
};

bool IsBinary(OutputFormat format) {
  return format == OutputFormat::kArrow || format == OutputFormat::kParquet;
}

/// Runs the statements of a text as they become complete, so that a long pipe is not held
/// in memory.
class Script {
 public:
  Script(engine::Session& session, const RunnerOptions& options)
      : runner_(session, StandardOutput()), options_(options) {}

  Status AddLines(std::istream& input) {
    std::string line;
    while (std::getline(input, line)) {
      if (!line.empty() && line.back() == '\r') {
        line.pop_back();
      }
      buffer_.AddLine(line);
      RETURN_NOT_OK(RunComplete());
    }
    return Status::OK();
  }

  /// A text that ends here: its last statement needs no semicolon.
  Status AddText(const std::string& text) {
    buffer_.AddLine(text);
    return End();
  }

  Status End() {
    RETURN_NOT_OK(RunComplete());
    if (const std::optional<std::string> rest = buffer_.TakeRest()) {
      return Run(*rest);
    }
    return Status::OK();
  }

 private:
  Status RunComplete() {
    while (const std::optional<std::string> statement = buffer_.TakeStatement()) {
      RETURN_NOT_OK(Run(*statement));
    }
    return Status::OK();
  }

  Status Run(const std::string& statement) {
    if (Interrupted()) {
      return MakeError(ErrorCode::kCancelled, "Cancelled");
    }
    return runner_.Run(statement, options_);
  }

  StatementRunner runner_;
  const RunnerOptions options_;
  StatementBuffer buffer_;
};

Status RunFile(Script& script, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    const ErrorCode code =
        errno == ENOENT ? ErrorCode::kNoSuchFile : ErrorCode::kIoFailed;
    return MakeError(code, "Cannot read " + path + ": " + std::strerror(errno));
  }
  RETURN_NOT_OK(script.AddLines(file));
  if (file.bad()) {
    return MakeError(ErrorCode::kIoFailed, "Cannot read " + path);
  }
  return script.End();
}

Status RunSql(const Invocation& invocation, const SqlOptions& options) {
  RunnerOptions runner;
  ARROW_ASSIGN_OR_RAISE(runner.sink.format,
                        OutputFormatFromName(invocation.json ? "json" : options.format));
  if (!options.statements.empty() && !options.file.empty()) {
    return MakeError(ErrorCode::kUsage, "-e and -f exclude each other");
  }
  const bool to_terminal = IsTerminal(1);
  if (IsBinary(runner.sink.format) && to_terminal) {
    return MakeError(ErrorCode::kUsage, "A terminal cannot show " + options.format +
                                            "; send it to a file: > result." +
                                            options.format);
  }
  runner.show_progress = IsTerminal(2);
  runner.show_summary = to_terminal;
  if (to_terminal) {
    runner.sink.width_max = TerminalWidth(1);
  }

  ARROW_ASSIGN_OR_RAISE(const auto workspace, Workspace::Open(WorkspaceOptionsOf(
                                                  invocation, HomeMode::kCreate)));
  ARROW_ASSIGN_OR_RAISE(engine::Engine * engine, workspace->engine());
  ARROW_ASSIGN_OR_RAISE(const std::unique_ptr<engine::Session> session,
                        engine->Connect());
  Script script(*session, runner);
  if (!options.statements.empty()) {
    for (const std::string& text : options.statements) {
      RETURN_NOT_OK(script.AddText(text));
    }
    return Status::OK();
  }
  if (!options.file.empty() && options.file != "-") {
    return RunFile(script, options.file);
  }
  if (options.file == "-" || !IsTerminal(0)) {
    RETURN_NOT_OK(script.AddLines(std::cin));
    return script.End();
  }
  runner.show_summary = true;
  return RunShell({.session = *session,
                   .catalog = workspace->catalog(),
                   .output = StandardOutput(),
                   .history_file = workspace->history_file(),
                   .runner = runner});
}

}  // namespace

void AddSqlCommand(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand(
      "sql", "Run SQL: a shell, or statements given with -e, -f or a pipe");
  const auto options = std::make_shared<SqlOptions>();
  command
      ->add_option("-e,--execute", options->statements,
                   "Statements to run; may be given several times")
      ->type_name("SQL")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      ->add_option("-f,--file", options->file,
                   "A file with statements; - for standard input")
      ->type_name("FILE");
  command
      ->add_option("--format", options->format,
                   "table, csv, json, arrow or parquet [table]")
      ->type_name("FORMAT");
  AddCommonOptions(*command, invocation, "The same as --format json");
  AddCatalogOptions(*command, invocation, CatalogOption::kServerOnly);
  command->footer(kExamples);
  command->callback([&invocation, options] {
    invocation.run = [&invocation, options] { return RunSql(invocation, *options); };
  });
}

}  // namespace tarn::cli
