// What is typed or piped into `tarn sql`, run line by line: statements and commands that
// begin with a backslash.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "tarn/base/result.h"
#include "tarn/cli/print/text_output.h"
#include "tarn/cli/shell/statement_buffer.h"
#include "tarn/cli/sql_client/sql_client.h"
#include "tarn/cli/statement_runner.h"

namespace tarn::cli {

/// What \set and its like change.
struct ShellSettings {
  RunnerOptions runner;
  std::string pager;  // a command; empty: none
  bool colors = false;
};

/// Thread-compatible.
class Interpreter {
 public:
  /// The first two outlive the interpreter.
  Interpreter(SqlClient& client, TextOutput& output, ShellSettings settings);
  ~Interpreter();

  /// Told of each error with its statement, or command, and the line it begins on; what
  /// it gives back ends the run if it is not OK. Without it the first error does.
  using ErrorHandler =
      std::function<Status(const Status&, const std::string& statement, int64_t line)>;
  void SetErrorHandler(ErrorHandler handler) { on_error_ = std::move(handler); }
  /// Called before each statement that was completed.
  void SetListener(std::function<void(const std::string& statement)> listener) {
    on_statement_ = std::move(listener);
  }

  /// Runs what the line completes.
  Status AddLine(std::string_view line);
  /// The last statement needs no semicolon.
  Status End();
  /// A whole script.
  Status RunFile(const std::string& path);
  void Clear() { buffer_.Clear(); }

  const StatementBuffer& buffer() const { return buffer_; }
  bool quits() const { return quits_; }

  // For the commands.
  SqlClient& client() { return client_; }
  ShellSettings& settings() { return settings_; }
  TextOutput& output();
  void Quit() { quits_ = true; }
  /// The statement that waits for its semicolon, taken out; else the one that ran last.
  std::string TakeStatement();
  Status RunStatement(const std::string& statement);
  Status Print(std::string_view text) { return output().Write(text); }
  /// To a file from now on; "" for standard output. Errors: kIoFailed.
  Status Redirect(const std::string& path);
  /// What the next input is to begin with.
  void Prefill(std::string text) { prefill_ = std::move(text); }
  std::string TakePrefill() { return std::exchange(prefill_, {}); }

 private:
  class FileOutput;

  Status RunComplete();
  Status ShowResult(const std::string& statement);
  Status Handle(const Status& status, const std::string& statement, int64_t line);
  Status RunCommand(std::string_view command);
  bool Pages() const;

  SqlClient& client_;
  TextOutput& output_;
  ShellSettings settings_;
  std::unique_ptr<FileOutput> file_;
  ErrorHandler on_error_;
  std::function<void(const std::string&)> on_statement_;
  StatementBuffer buffer_;
  std::string last_statement_;
  std::string prefill_;
  int32_t files_open_ = 0;  // scripts that run scripts
  std::string failed_statement_;
  bool was_told_ = false;  // an error of a script, to the handler
  bool quits_ = false;
};

}  // namespace tarn::cli
