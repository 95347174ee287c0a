#include "tarn/cli/shell/interpreter.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/cli/interrupt.h"
#include "tarn/cli/line_editor/terminal.h"
#include "tarn/cli/shell/file_completion.h"
#include "tarn/cli/shell/highlight.h"
#include "tarn/cli/shell/meta_command.h"
#include "tarn/cli/shell/pager.h"

namespace tarn::cli {
namespace {

constexpr int32_t kFilesOpenMax = 16;

std::string_view WithoutReturn(std::string_view line) {
  return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

/// Where a command begins in `line`, which comes after the text of `buffer`.
size_t CommandIn(const StatementBuffer& buffer, std::string_view line) {
  if (line.find('\\') == std::string_view::npos || buffer.quotes().IsQuote() ||
      buffer.quotes().mode() == QuoteScanner::Mode::kBlock) {
    return std::string_view::npos;
  }
  return FindCommand(line);
}

}  // namespace

class Interpreter::FileOutput final : public TextOutput {
 public:
  static Result<std::unique_ptr<FileOutput>> Open(const std::string& path) {
    std::FILE* const file = std::fopen(WithHome(path).c_str(), "we");
    if (file == nullptr) {
      return MakeError(ErrorCode::kIoFailed,
                       "Cannot write " + path + ": " + std::strerror(errno));
    }
    return std::make_unique<FileOutput>(file);
  }
  explicit FileOutput(std::FILE* file) : file_(file), stream_(file) {}
  ~FileOutput() override { std::fclose(file_); }

  Status Write(std::string_view text) override { return stream_.Write(text); }
  Status Flush() override { return stream_.Flush(); }

 private:
  std::FILE* file_;
  StreamOutput stream_;
};

Interpreter::Interpreter(SqlClient& client, TextOutput& output, ShellSettings settings)
    : client_(client), output_(output), settings_(std::move(settings)) {}

Interpreter::~Interpreter() = default;

TextOutput& Interpreter::output() {
  if (file_ != nullptr) {
    return *file_;
  }
  return output_;
}

Status Interpreter::AddLine(std::string_view line) {
  line = WithoutReturn(line);
  const size_t command = CommandIn(buffer_, line);
  if (command == std::string_view::npos) {
    buffer_.AddLine(line);
    return RunComplete();
  }
  if (command > 0) {
    buffer_.AddLine(line.substr(0, command));
    RETURN_NOT_OK(RunComplete());
  }
  return RunCommand(line.substr(command));
}

Status Interpreter::End() {
  RETURN_NOT_OK(RunComplete());
  if (const std::optional<std::string> rest = buffer_.TakeRest()) {
    return Handle(RunStatement(*rest), *rest, buffer_.statement_line());
  }
  return Status::OK();
}

Status Interpreter::RunComplete() {
  while (const std::optional<std::string> statement = buffer_.TakeStatement()) {
    if (on_statement_) {
      on_statement_(*statement);
    }
    RETURN_NOT_OK(Handle(RunStatement(*statement), *statement, buffer_.statement_line()));
    if (quits_) {
      break;
    }
  }
  return Status::OK();
}

Status Interpreter::RunCommand(std::string_view command) {
  failed_statement_.clear();
  const Status status = RunMetaCommand(command, *this);
  if (std::exchange(was_told_, false)) {
    return status;  // an error in a script that the command ran
  }
  const std::string text(command);
  return Handle(status, failed_statement_.empty() ? text : failed_statement_, 0);
}

Status Interpreter::Handle(const Status& status, const std::string& statement,
                           int64_t line) {
  if (status.ok() || !on_error_) {
    return status;
  }
  return on_error_(status, statement, line);
}

std::string Interpreter::TakeStatement() {
  return buffer_.TakeRest().value_or(last_statement_);
}

bool Interpreter::Pages() const {
  return !settings_.pager.empty() && file_ == nullptr && settings_.runner.show_summary &&
         TerminalWidth(1) > 0 && !IsBinary(settings_.runner.sink.format);
}

Status Interpreter::RunStatement(const std::string& statement) {
  if (statement.empty()) {
    return MakeError(ErrorCode::kUsage, "There is no statement to run yet");
  }
  if (Interrupted()) {
    return MakeError(ErrorCode::kCancelled, "Cancelled");
  }
  last_statement_ = statement;
  failed_statement_ = statement;  // until it is known that it did not fail
  const Status status = ShowResult(statement);
  if (status.ok()) {
    failed_statement_.clear();
  }
  return status;
}

Status Interpreter::ShowResult(const std::string& statement) {
  RunnerOptions options = settings_.runner;
  if (IsBinary(options.sink.format) && file_ == nullptr && IsTerminal(1)) {
    const std::string name(NameOf(options.sink.format));
    return MakeError(ErrorCode::kUsage, "A terminal cannot show " + name +
                                            "; send it to a file: \\o result." + name);
  }
  if (!Pages()) {
    if (options.sink.width_max < 0) {
      options.sink.width_max = file_ == nullptr ? TerminalWidth(1) : 0;
    }
    return StatementRunner(client_, output()).Run(statement, options).status();
  }
  const Terminal terminal;
  PagerOutput pager(settings_.pager, {terminal.width(), terminal.height()}, output_);
  options.sink.width_max = 0;  // the pager scrolls sideways
  const Status status = StatementRunner(client_, pager).Run(statement, options).status();
  const Status shown = pager.Finish();
  return pager.was_left() ? Status::OK() : status.ok() ? shown : status;
}

Status Interpreter::RunFile(const std::string& path) {
  if (files_open_ >= kFilesOpenMax) {
    return MakeError(ErrorCode::kResourceLimit,
                     "Scripts run each other too deeply: " + path);
  }
  std::ifstream file(WithHome(path), std::ios::binary);
  if (!file) {
    const ErrorCode code =
        errno == ENOENT ? ErrorCode::kNoSuchFile : ErrorCode::kIoFailed;
    return MakeError(code, "Cannot read " + path + ": " + std::strerror(errno));
  }
  ++files_open_;
  const StatementBuffer outer = std::exchange(buffer_, {});
  std::string line;
  Status status;
  while (status.ok() && !quits_ && std::getline(file, line)) {
    status = AddLine(line);
  }
  if (status.ok() && file.bad()) {
    status = MakeError(ErrorCode::kIoFailed, "Cannot read " + path);
  }
  if (status.ok() && !quits_) {
    status = End();
  }
  buffer_ = outer;
  --files_open_;
  was_told_ = !status.ok() && on_error_;
  return status;
}

Status Interpreter::Redirect(const std::string& path) {
  if (file_ != nullptr) {
    RETURN_NOT_OK(file_->Flush());
    file_.reset();
  }
  if (!path.empty()) {
    ARROW_ASSIGN_OR_RAISE(file_, FileOutput::Open(path));
  }
  return Status::OK();
}

}  // namespace tarn::cli
