#include "tarn/cli/shell/shell.h"

#include <iostream>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/cli/interrupt.h"
#include "tarn/cli/line_editor/line_editor.h"
#include "tarn/cli/shell/completer.h"
#include "tarn/cli/shell/error_view.h"
#include "tarn/cli/shell/highlight.h"
#include "tarn/cli/shell/name_cache.h"
#include "tarn/cli/shell/text_editor.h"

namespace tarn::cli {
namespace {

/// The prompt of a line says what it is in, but for the later lines of long texts: each
/// prompt reads all that is before it.
constexpr size_t kPromptBytesMax = 8 << 10;

void AddText(std::string_view text, StatementBuffer* buffer) {
  while (!text.empty()) {
    const size_t end = text.find('\n');
    buffer->AddLine(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  while (buffer->TakeStatement()) {
  }
}

/// True if nothing is missing behind `text`: it ends with a semicolon or a command.
bool IsComplete(std::string_view text) {
  if (FindCommand(text) != std::string_view::npos) {
    return true;
  }
  StatementBuffer buffer;
  AddText(text, &buffer);
  return buffer.state() == StatementBuffer::State::kStart;
}

std::string WithoutBlankEnd(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) {
    text.pop_back();
  }
  return text;
}

/// Statements change names unless they only read.
bool MayChangeNames(std::string_view statement) {
  const std::string_view first = statement.substr(0, statement.find_first_of(" \t\n("));
  for (const std::string_view reads : {"select", "SELECT", "with", "WITH", "show", "SHOW",
                                       "values", "VALUES", "explain", "EXPLAIN"}) {
    if (first == reads) {
      return false;
    }
  }
  return true;
}

class Shell {
 public:
  explicit Shell(ShellContext context)
      : client_(context.client),
        output_(context.output),
        names_(client_.names()),
        completer_(client_, names_),
        history_(std::move(context.history_file)),
        editor_(terminal_, history_, Hooks()),
        interpreter_(client_, output_, std::move(context.settings)) {
    interpreter_.SetErrorHandler(
        [this](const Status& status, const std::string& statement, int64_t /*line*/) {
          return Report(status, statement);
        });
    interpreter_.SetListener([this](const std::string& statement) {
      if (MayChangeNames(statement)) {
        names_.Forget();
      }
    });
  }

  Status Run() {
    RETURN_NOT_OK(output_.Write(
        "Tarn SQL shell. Statements end with ;  \\? for help, \\q to leave.\n"));
    RETURN_NOT_OK(output_.Flush());
    names_.Warm("iceberg");
    while (!interpreter_.quits()) {
      std::string text;
      const LineEditor::Outcome outcome = Read(&text);
      if (outcome == LineEditor::Outcome::kEnd) {
        break;
      }
      if (outcome == LineEditor::Outcome::kInterrupted) {
        interpreter_.Clear();
        RETURN_NOT_OK(output_.Write("^C\n"));
      } else {
        history_.Add(WithoutBlankEnd(text));
        RunText(text);
      }
      RETURN_NOT_OK(output_.Flush());
    }
    return Status::OK();
  }

 private:
  EditorHooks Hooks() {
    return {
        .prompt = [this](std::string_view before) { return Prompt(before); },
        .is_complete = [](std::string_view text) { return IsComplete(text); },
        .highlight = &HighlightSql,
        .complete = [this](std::string_view text,
                           size_t cursor) { return completer_.Complete(text, cursor); },
        .edit_outside = [](const std::string& text) -> std::optional<std::string> {
          Result<std::string> edited = EditInEditor(text);
          return edited.ok() ? std::optional(*std::move(edited)) : std::nullopt;
        }};
  }

  LineEditor::Outcome Read(std::string* text) {
    if (!Terminal::IsUsable()) {
      return ReadPlain(text);
    }
    editor_.SetColors(interpreter_.settings().colors);
    editor_.Prefill(interpreter_.TakePrefill());
    return editor_.Read(text);
  }

  /// Where the terminal knows no escape sequences.
  LineEditor::Outcome ReadPlain(std::string* text) {
    static_cast<void>(output_.Write(Prompt(*text)));
    static_cast<void>(output_.Flush());
    std::string line;
    while (std::getline(std::cin, line)) {
      *text += line;
      if (IsComplete(*text)) {
        return LineEditor::Outcome::kText;
      }
      *text += '\n';
      static_cast<void>(output_.Write(Prompt(*text)));
      static_cast<void>(output_.Flush());
    }
    if (!Interrupted()) {
      return LineEditor::Outcome::kEnd;
    }
    ClearInterrupt();
    std::clearerr(stdin);
    std::cin.clear();
    return LineEditor::Outcome::kInterrupted;
  }

  std::string Prompt(std::string_view before) const {
    const std::string schema = client_.current_schema();
    const std::string name = schema.empty() ? "tarn" : "tarn:" + schema;
    if (before.empty()) {
      return name + "> ";
    }
    const std::string indent(name.size() - 1, ' ');
    if (before.size() > kPromptBytesMax) {
      return indent + "-> ";
    }
    StatementBuffer buffer;
    AddText(before, &buffer);
    switch (buffer.state()) {
      case StatementBuffer::State::kQuote:
        return indent + "'> ";
      case StatementBuffer::State::kComment:
        return indent + "*> ";
      default:
        return indent + "-> ";
    }
  }

  /// What follows a failed statement was meant to follow its success.
  void RunText(std::string_view text) {
    failed_ = false;
    while (!text.empty() && !failed_ && !interpreter_.quits()) {
      const size_t end = text.find('\n');
      static_cast<void>(interpreter_.AddLine(text.substr(0, end)));
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    ClearInterrupt();
    if (failed_) {
      interpreter_.Clear();
    }
  }

  Status Report(const Status& status, const std::string& statement) {
    failed_ = true;
    static_cast<void>(output_.Flush());
    PrintToStderr(
        ErrorText(status, statement, terminal_.width(),
                  [&](const Status& error) { return Known(error, statement); }));
    return status;
  }

  std::vector<std::string> Known(const Status& status, const std::string& statement) {
    switch (CodeOf(status)) {
      case ErrorCode::kNoSuchTable:
      case ErrorCode::kNoSuchView:
      case ErrorCode::kNoSuchNamespace:
        return completer_.KnownTables();
      case ErrorCode::kNoSuchColumn:
        return completer_.KnownColumns(statement);
      case ErrorCode::kNoSuchFunction:
        return completer_.KnownFunctions();
      default:
        return {};
    }
  }

  SqlClient& client_;
  TextOutput& output_;
  NameCache names_;
  Completer completer_;
  Terminal terminal_;
  History history_;
  LineEditor editor_;
  Interpreter interpreter_;
  bool failed_ = false;
};

}  // namespace

Status RunShell(ShellContext context) { return Shell(std::move(context)).Run(); }

}  // namespace tarn::cli
