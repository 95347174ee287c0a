#include "tarn/cli/shell/shell.h"

#include <cerrno>
#include <cstdio>
#include <cwchar>
#include <utility>

#include <histedit.h>
#include <unistd.h>

#include "tarn/base/error.h"
#include "tarn/cli/interrupt.h"
#include "tarn/cli/print/text_width.h"
#include "tarn/cli/shell/meta_command.h"
#include "tarn/cli/shell/statement_buffer.h"

namespace tarn::cli {
namespace {

constexpr int kHistoryLines = 5000;

/// libedit's callback has no argument of ours but the editor's client data.
char* PromptOf(EditLine* editor) {
  void* prompt = nullptr;
  ::el_get(editor, EL_CLIENTDATA, &prompt);
  return static_cast<std::string*>(prompt)->data();
}

/// One character from the terminal. libedit's own function reads on after a signal; this
/// one ends the line.
int ReadCharacter(EditLine* editor, wchar_t* character) {
  static_cast<void>(editor);
  std::mbstate_t state{};
  while (true) {
    char byte = 0;
    const ssize_t got = ::read(STDIN_FILENO, &byte, 1);
    if (got < 0 && errno == EINTR && !Interrupted()) {
      continue;
    }
    if (got <= 0) {
      return static_cast<int>(got);
    }
    const size_t length = std::mbrtowc(character, &byte, 1, &state);
    constexpr auto kIncomplete = static_cast<size_t>(-2);
    constexpr auto kInvalid = static_cast<size_t>(-1);
    if (length == kIncomplete) {
      continue;
    }
    if (length == kInvalid) {
      state = {};
      continue;  // not a character of this locale
    }
    return 1;
  }
}

/// Lines from the terminal, edited with libedit.
class LineReader {
 public:
  explicit LineReader(std::string history_file)
      : history_file_(std::move(history_file)),
        editor_(::el_init("tarn", stdin, stdout, stderr)),
        history_(::history_init()) {
    HistEvent event{};
    ::history(history_, &event, H_SETSIZE, kHistoryLines);
    ::history(history_, &event, H_SETUNIQUE, 1);
    ::history(history_, &event, H_LOAD, history_file_.c_str());
    ::el_set(editor_, EL_CLIENTDATA, &prompt_);
    ::el_set(editor_, EL_PROMPT, &PromptOf);
    ::el_set(editor_, EL_EDITOR, "emacs");
    ::el_set(editor_, EL_SIGNAL, 0);
    ::el_set(editor_, EL_GETCFN, &ReadCharacter);
    ::el_set(editor_, EL_HIST, ::history, history_);
    ::el_set(editor_, EL_BIND, "^R", "em-inc-search-prev", nullptr);
    ::el_source(editor_, nullptr);
  }
  ~LineReader() {
    ::history_end(history_);
    ::el_end(editor_);
  }
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  enum class Outcome { kLine, kInterrupted, kEnd };

  Outcome Read(const std::string& prompt, std::string* line) {
    prompt_ = prompt;
    int length = 0;
    errno = 0;
    const char* text = ::el_gets(editor_, &length);
    if (Interrupted()) {
      ClearInterrupt();
      return Outcome::kInterrupted;
    }
    if (text == nullptr || length <= 0) {
      return Outcome::kEnd;
    }
    line->assign(text, static_cast<size_t>(length));
    while (!line->empty() && (line->back() == '\n' || line->back() == '\r')) {
      line->pop_back();
    }
    return Outcome::kLine;
  }

  /// One entry for a whole statement; history stays useful even if it cannot be saved.
  void Remember(const std::string& statement) {
    HistEvent event{};
    ::history(history_, &event, H_ENTER, OneLine(statement).c_str());
    ::history(history_, &event, H_SAVE, history_file_.c_str());
  }

 private:
  std::string history_file_;
  EditLine* editor_;
  History* history_;
  std::string prompt_;
};

std::string SpacesForBreaks(std::string text) {
  for (char& c : text) {
    if (c == '\n') {
      c = ' ';
    }
  }
  return text;
}

class Shell {
 public:
  explicit Shell(ShellContext context)
      : context_(std::move(context)), lines_(context_.history_file) {
    settings_.format = context_.runner.sink.format;
  }

  Status Run() {
    RETURN_NOT_OK(context_.output.Write(
        "Tarn SQL shell. Statements end with ;  \\? for help, \\q to leave.\n"));
    RETURN_NOT_OK(context_.output.Flush());
    while (!settings_.quit) {
      std::string line;
      const LineReader::Outcome outcome = lines_.Read(Prompt(), &line);
      if (outcome == LineReader::Outcome::kEnd) {
        break;
      }
      if (outcome == LineReader::Outcome::kInterrupted) {
        buffer_.Clear();
        RETURN_NOT_OK(context_.output.Write("^C\n"));
      } else if (buffer_.state() == StatementBuffer::State::kStart &&
                 IsMetaCommand(line)) {
        lines_.Remember(line);
        Report(RunMetaCommand(line, context_.catalog, context_.session.current_schema(),
                              settings_, context_.output));
      } else {
        buffer_.AddLine(line);
        RunComplete();
      }
      RETURN_NOT_OK(context_.output.Flush());
    }
    return Status::OK();
  }

 private:
  std::string Prompt() const {
    const std::string schema = context_.session.current_schema();
    const std::string name = schema.empty() ? "tarn" : "tarn:" + schema;
    switch (buffer_.state()) {
      case StatementBuffer::State::kStart:
        return name + "> ";
      case StatementBuffer::State::kStatement:
        return std::string(name.size() - 1, ' ') + "-> ";
      case StatementBuffer::State::kQuote:
        return std::string(name.size() - 1, ' ') + "'> ";
      case StatementBuffer::State::kComment:
        return std::string(name.size() - 1, ' ') + "*> ";
    }
    return "> ";
  }

  void RunComplete() {
    while (const std::optional<std::string> statement = buffer_.TakeStatement()) {
      lines_.Remember(SpacesForBreaks(*statement) + ";");
      RunnerOptions options = context_.runner;
      options.timing = settings_.timing;
      options.sink.expanded = settings_.expanded;
      options.sink.format = settings_.format;
      options.sink.width_max = TerminalWidth(1);
      const Status status =
          StatementRunner(context_.session, context_.output).Run(*statement, options);
      ClearInterrupt();
      Report(status);
      if (!status.ok()) {  // what was typed behind a failed statement was meant to follow
                           // its success
        buffer_.Clear();
        return;
      }
    }
  }

  static void Report(const Status& status) {
    if (!status.ok()) {
      PrintToStderr("Error: " + status.message() + "\n");
    }
  }

  ShellContext context_;
  LineReader lines_;
  StatementBuffer buffer_;
  ShellSettings settings_;
};

}  // namespace

Status RunShell(ShellContext context) { return Shell(std::move(context)).Run(); }

}  // namespace tarn::cli
