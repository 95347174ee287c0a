// Editing of statements on a terminal: several lines, colors, completion, history.
//
//   LineEditor editor(terminal, history, hooks);
//   std::string text;
//   while (editor.Read(&text) == LineEditor::Outcome::kText) …
//
// Keys are those of Emacs and readline; docs/user/shell.md lists them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/cli/line_editor/edit_buffer.h"
#include "tarn/cli/line_editor/history.h"
#include "tarn/cli/line_editor/key.h"
#include "tarn/cli/line_editor/terminal.h"
#include "tarn/cli/line_editor/text_frame.h"

namespace tarn::cli {

/// What may stand in the place of text from `begin` to the cursor.
struct Completions {
  struct Candidate {
    std::string text;         // to insert
    std::string label;        // to show in the list
    std::string suffix = {};  // to insert behind it if it is the only one: " ", "."
  };
  size_t begin = 0;
  std::vector<Candidate> candidates;
};

struct EditorHooks {
  /// What stands before a line; `before` is the text up to it.
  std::function<std::string(std::string_view before)> prompt;
  /// True if Enter hands the text on; else it begins a new line.
  std::function<bool(std::string_view text)> is_complete;
  std::function<std::vector<StyledSpan>(std::string_view text, size_t cursor)> highlight;
  std::function<Completions(std::string_view text, size_t cursor)> complete;
  /// Ctrl-X Ctrl-E: lets another program edit the text.
  std::function<std::optional<std::string>(const std::string& text)> edit_outside;
};

/// Thread-compatible.
class LineEditor {
 public:
  /// The first two outlive the editor.
  LineEditor(Terminal& terminal, History& history, EditorHooks hooks)
      : terminal_(terminal), history_(history), hooks_(std::move(hooks)) {}

  enum class Outcome : uint8_t { kText, kInterrupted, kEnd };
  /// Reads until Enter on a complete text. kInterrupted: Ctrl-C; `text` is what was
  /// there.
  Outcome Read(std::string* text);
  /// What the next Read() begins with.
  void Prefill(std::string text) { prefill_ = std::move(text); }
  void SetColors(bool colors) { colors_ = colors; }

 private:
  enum class Step : uint8_t { kGoOn, kSubmit, kInterrupt, kEnd };

  std::optional<Key> NextKey();
  Step Handle(const Key& key);
  Step HandleControl(char letter);
  void HandleAlt(char letter);
  void HandleMove(KeyKind kind);
  Step HandleEnter();
  Step HandleControlX();
  void HandleTab(bool back);
  void ShowCandidates(Completions completions);
  void CloseMenu();
  void Recall(bool older);
  Step Search();
  bool AcceptHint();
  void Suspend();
  std::string Hint() const;
  void Draw();
  void DrawLast();

  Terminal& terminal_;
  History& history_;
  EditorHooks hooks_;
  bool colors_ = true;
  std::string prefill_;
  KeyDecoder keys_;
  EditBuffer buffer_;
  TextFrame frame_;
  Completions menu_;
  int selected_ = -1;
  bool is_first_read_ = false;
  size_t recalled_ = 0;       // index in the history; its size: what is being typed
  std::string typed_;         // what was there before older entries were recalled
  std::string search_label_;  // in the prompt's place while searching
};

}  // namespace tarn::cli
