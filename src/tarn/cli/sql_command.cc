// `tarn sql`: statements from the command line, a file, standard input or a terminal.
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "tarn/base/error.h"
#include "tarn/cli/command.h"
#include "tarn/cli/line_editor/terminal.h"
#include "tarn/cli/print/text_output.h"
#include "tarn/cli/print/text_width.h"
#include "tarn/cli/shell/interpreter.h"
#include "tarn/cli/shell/pager.h"
#include "tarn/cli/shell/setting_table.h"
#include "tarn/cli/shell/shell.h"
#include "tarn/cli/sql_client/embedded_client.h"
#include "tarn/cli/sql_client/remote_client.h"
#include "tarn/cli/sql_client/remote_sign_in.h"
#include "tarn/cli/workspace.h"

namespace tarn::cli {
namespace {

constexpr char kExamples[] =
    "\nExamples:\n"
    "  tarn sql                                            a shell with completion and "
    "history; \\? lists its commands\n"
    "  tarn sql -e 'SELECT * FROM sales.orders LIMIT 5'\n"
    "  tarn sql -e 'USE iceberg.sales' -e 'SHOW TABLES'    several statements, one "
    "session\n"
    "  tarn sql -f report.sql --format csv --output report.csv\n"
    "  echo 'SELECT 1' | tarn sql --format json\n"
    "  tarn sql --server http://127.0.0.1:8080             the same shell, run by a "
    "server\n"
    "\nFormats: table (aligned columns), vertical (one line per value), csv (RFC 4180, "
    "with header; null is empty, the\n"
    "empty string \"\"), tsv, json (one line with an array of objects for each result), "
    "jsonlines, markdown, html, arrow\n"
    "(IPC stream), parquet (one file). Statements run in order until one fails.\n";

struct SqlOptions {
  std::vector<std::string> statements;
  std::string file;
  std::string format = "table";
  std::string output;
  std::string dialect;
  std::string color = "auto";
  std::vector<std::string> settings;  // --set name=value
  bool stop_on_error = true;
  SignInOptions sign_in;
};

Result<bool> ColorsOf(const std::string& choice) {
  if (choice != "auto" && choice != "always" && choice != "never") {
    return MakeError(ErrorCode::kUsage,
                     "--color must be auto, always or never: " + choice);
  }
  return choice == "auto" ? WantsColors() : choice == "always";
}

Status ApplySettings(const std::vector<std::string>& pairs, ShellSettings* settings) {
  for (const std::string& pair : pairs) {
    const size_t equals = pair.find('=');
    if (equals == std::string::npos) {
      return MakeError(ErrorCode::kUsage, "--set takes NAME=VALUE: " + pair);
    }
    RETURN_NOT_OK(
        ChangeSetting(*settings, pair.substr(0, equals), pair.substr(equals + 1)));
  }
  return Status::OK();
}

Result<ShellSettings> SettingsOf(const Invocation& invocation,
                                 const SqlOptions& options) {
  ShellSettings settings;
  RunnerOptions& runner = settings.runner;
  ARROW_ASSIGN_OR_RAISE(runner.sink.format,
                        OutputFormatFromName(invocation.json ? "json" : options.format));
  const bool to_terminal = IsTerminal(1) && options.output.empty();
  if (IsBinary(runner.sink.format) && to_terminal) {
    return MakeError(ErrorCode::kUsage, "A terminal cannot show " + options.format +
                                            "; send it to a file: --output result." +
                                            options.format);
  }
  runner.show_progress = IsTerminal(2);
  runner.show_summary = to_terminal;
  runner.sink.width_max = to_terminal ? -1 : 0;  // -1: as wide as the terminal is then
  ARROW_ASSIGN_OR_RAISE(settings.colors, ColorsOf(options.color));
  RETURN_NOT_OK(ApplySettings(options.settings, &settings));
  return settings;
}

/// Statements from elsewhere than a terminal.
class Script {
 public:
  Script(SqlClient& client, ShellSettings settings, bool stops)
      : interpreter_(client, StandardOutput(), std::move(settings)) {
    if (!stops) {
      interpreter_.SetErrorHandler([this](const Status& status, const std::string&,
                                          int64_t) { return GoOn(status); });
    }
  }

  Interpreter& interpreter() { return interpreter_; }

  Status RunTexts(const std::vector<std::string>& texts) {
    for (const std::string& text : texts) {
      for (size_t at = 0; at <= text.size() && !interpreter_.quits();) {
        const size_t end = std::min(text.find('\n', at), text.size());
        RETURN_NOT_OK(interpreter_.AddLine(std::string_view(text).substr(at, end - at)));
        at = end + 1;
      }
      RETURN_NOT_OK(interpreter_.End());
    }
    return Status::OK();
  }

  Status RunInput() {
    std::string line;
    while (!interpreter_.quits() && std::getline(std::cin, line)) {
      RETURN_NOT_OK(interpreter_.AddLine(line));
    }
    return interpreter_.quits() ? Status::OK() : interpreter_.End();
  }

  /// Closes the output; errors of statements that did not end the run are told of.
  Status Finish() {
    RETURN_NOT_OK(interpreter_.Redirect(""));
    if (failed_ > 0) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "Statements that failed: " + std::to_string(failed_));
    }
    return Status::OK();
  }

 private:
  Status GoOn(const Status& status) {
    if (CodeOf(status) == ErrorCode::kCancelled) {
      return status;
    }
    ++failed_;
    RETURN_NOT_OK(interpreter_.output().Flush());
    PrintToStderr("tarn: " + OneLine(status.message()) + "\n");
    return Status::OK();
  }

  Interpreter interpreter_;
  int64_t failed_ = 0;
};

Status RunStatements(SqlClient& client, const SqlOptions& options,
                     const ShellSettings& settings) {
  Script script(client, settings, options.stop_on_error);
  RETURN_NOT_OK(script.interpreter().Redirect(options.output));
  if (!options.statements.empty()) {
    RETURN_NOT_OK(script.RunTexts(options.statements));
  } else if (!options.file.empty() && options.file != "-") {
    RETURN_NOT_OK(script.interpreter().RunFile(options.file));
  } else {
    RETURN_NOT_OK(script.RunInput());
  }
  return script.Finish();
}

Status RunWith(SqlClient& client, const SqlOptions& options, ShellSettings settings,
               const std::string& history_file) {
  const bool is_script =
      !options.statements.empty() || !options.file.empty() || !IsTerminal(0);
  if (is_script) {
    return RunStatements(client, options, settings);
  }
  settings.runner.show_summary = true;
  settings.pager = DefaultPager();
  RETURN_NOT_OK(ApplySettings(options.settings, &settings));
  return RunShell({.client = client,
                   .output = StandardOutput(),
                   .history_file = history_file,
                   .settings = std::move(settings)});
}

Status RunSql(const Invocation& invocation, const SqlOptions& options) {
  if (!options.statements.empty() && !options.file.empty()) {
    return MakeError(ErrorCode::kUsage, "-e and -f exclude each other");
  }
  ARROW_ASSIGN_OR_RAISE(ShellSettings settings, SettingsOf(invocation, options));
  if (IsSqlServer(invocation.server)) {
    ARROW_ASSIGN_OR_RAISE(RemoteOptions remote,
                          SignIn(invocation.home, invocation.server, options.sign_in));
    if (!options.dialect.empty()) {
      remote.properties["dialect"] = options.dialect;
    }
    const std::unique_ptr<SqlClient> client = MakeRemoteClient(remote);
    return RunWith(*client, options, std::move(settings), StateDirectory() + "/history");
  }
  RETURN_NOT_OK(RefuseSignIn(options.sign_in));
  ARROW_ASSIGN_OR_RAISE(const auto workspace, Workspace::Open(WorkspaceOptionsOf(
                                                  invocation, HomeMode::kCreate)));
  ARROW_ASSIGN_OR_RAISE(engine::Engine * engine, workspace->engine());
  ARROW_ASSIGN_OR_RAISE(
      const std::unique_ptr<SqlClient> client,
      MakeEmbeddedClient(
          {.engine = *engine,
           .catalog = workspace->catalog(),
           .dialect = options.dialect.empty() ? workspace->config().GetText("sql.dialect")
                                              : options.dialect,
           .home = invocation.server.empty() ? workspace->home() : invocation.server}));
  return RunWith(*client, options, std::move(settings), workspace->history_file());
}

void AddOutputOptions(CLI::App& command, SqlOptions& options) {
  command
      .add_option("--format", options.format,
                  "table, vertical, csv, tsv, json, jsonlines, markdown, html, arrow or "
                  "parquet [table]")
      ->type_name("FORMAT");
  command.add_option("-o,--output", options.output, "Results go to this file")
      ->type_name("FILE");
  command
      .add_option("--color", options.color,
                  "auto, always or never [auto: on a terminal, unless NO_COLOR is set]")
      ->type_name("WHEN");
  command
      .add_option("--set", options.settings,
                  "A setting of the shell (\\set lists them); may be given several times")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command.add_flag("--stop-on-error,!--no-stop-on-error", options.stop_on_error,
                   "Whether the first statement that fails is the last one [yes]");
}

void AddSignInOptions(CLI::App& command, SignInOptions& sign_in) {
  command
      .add_option("--user", sign_in.user,
                  "With --server: who asks; TARN_CLIENT_CREDENTIAL=user:password and "
                  "TARN_CLIENT_TOKEN sign in")
      ->type_name("NAME");
  command.add_flag("--password", sign_in.asks_password,
                   "With --server: asks for the password on the terminal");
  command
      .add_option("--password-file", sign_in.password_file,
                  "With --server: the password is in this file")
      ->type_name("FILE");
  command
      .add_option("--token-file", sign_in.token_file,
                  "With --server: a bearer token is in this file")
      ->type_name("FILE");
  command
      .add_option("--schema", sign_in.schema,
                  "With --server: the schema to begin in, as sales or lake.sales")
      ->type_name("NAME");
  command
      .add_option("--ca", sign_in.ca_file,
                  "With --server: PEM file of the authorities to trust")
      ->type_name("FILE");
  command
      .add_option("--certificate", sign_in.certificate_file,
                  "With --server: PEM file of the client's certificate")
      ->type_name("FILE");
  command.add_option("--key", sign_in.key_file, "With --server: PEM file of its key")
      ->type_name("FILE");
  command.add_flag("--insecure", sign_in.is_insecure,
                   "With --server: takes any certificate of the server");
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
      ->add_option("--dialect", options->dialect,
                   "How statements are read: trino or duckdb [the setting sql.dialect; "
                   "with --server what the server says]")
      ->type_name("NAME");
  AddOutputOptions(*command, *options);
  AddCommonOptions(*command, invocation, "The same as --format json");
  AddCatalogOptions(*command, invocation, CatalogOption::kServerOnly);
  AddSignInOptions(*command, options->sign_in);
  command->footer(kExamples);
  command->callback([&invocation, options] {
    invocation.run = [&invocation, options] { return RunSql(invocation, *options); };
  });
}

}  // namespace tarn::cli
