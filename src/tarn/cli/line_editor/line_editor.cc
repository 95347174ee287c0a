#include "tarn/cli/line_editor/line_editor.h"

#include <algorithm>
#include <csignal>
#include <utility>

#include "tarn/cli/interrupt.h"

namespace tarn::cli {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kEscapeWait{50};
constexpr milliseconds kForGood{-1};
constexpr char kEndOfInput = '\x04';  // Ctrl-D

/// What all candidates begin with.
std::string SharedBegin(const std::vector<Completions::Candidate>& candidates) {
  std::string shared = candidates.front().text;
  for (const Completions::Candidate& candidate : candidates) {
    const auto differs = std::mismatch(shared.begin(), shared.end(),
                                       candidate.text.begin(), candidate.text.end());
    shared.erase(differs.first, shared.end());
  }
  while (!shared.empty() && (static_cast<unsigned char>(shared.back()) & 0xC0U) == 0x80) {
    shared.pop_back();  // no half characters
  }
  return shared;
}

}  // namespace

LineEditor::Outcome LineEditor::Read(std::string* text) {
  buffer_ = EditBuffer();
  buffer_.Set(std::exchange(prefill_, {}));
  recalled_ = history_.entries().size();
  frame_ = TextFrame();
  CloseMenu();
  terminal_.Enter();
  is_first_read_ = true;
  Draw();
  Step step = Step::kGoOn;
  while (step == Step::kGoOn) {
    const std::optional<Key> key = NextKey();
    if (!key) {
      step = Interrupted() ? Step::kInterrupt : Step::kEnd;
      break;
    }
    step = Handle(*key);
    if (step == Step::kGoOn && !keys_.IsPending()) {
      Draw();
    }
  }
  CloseMenu();
  DrawLast();
  terminal_.Leave();
  *text = buffer_.text();
  if (step == Step::kInterrupt) {
    ClearInterrupt();
    return Outcome::kInterrupted;
  }
  return step == Step::kSubmit ? Outcome::kText : Outcome::kEnd;
}

std::optional<Key> LineEditor::NextKey() {
  while (true) {
    if (std::optional<Key> key = keys_.Take()) {
      return key;
    }
    std::string bytes;
    switch (terminal_.Read(keys_.IsPending() ? kEscapeWait : kForGood, &bytes)) {
      case Terminal::Outcome::kBytes:
        // A Ctrl-D that came before keys were read one by one has become a zero.
        if (std::exchange(is_first_read_, false) && bytes.starts_with('\0')) {
          bytes.front() = kEndOfInput;
        }
        keys_.Feed(bytes);
        break;
      case Terminal::Outcome::kTimeout:
        if (const Key key = keys_.TakePending(); key.kind != KeyKind::kUnknown) {
          return key;
        }
        break;
      case Terminal::Outcome::kInterrupted:
        if (Interrupted()) {
          return std::nullopt;
        }
        Draw();  // the window's size, perhaps
        break;
      case Terminal::Outcome::kEnd:
        return std::nullopt;
    }
  }
}

LineEditor::Step LineEditor::Handle(const Key& key) {
  const bool is_tab = key.kind == KeyKind::kTab || key.kind == KeyKind::kBackTab;
  if (!is_tab) {
    const bool had_menu = !menu_.candidates.empty();
    CloseMenu();
    if (had_menu && key.kind == KeyKind::kEscape) {
      return Step::kGoOn;
    }
  }
  switch (key.kind) {
    case KeyKind::kText:
    case KeyKind::kPaste:
      buffer_.Insert(key.text);
      break;
    case KeyKind::kControl:
      return HandleControl(key.letter);
    case KeyKind::kAlt:
      HandleAlt(key.letter);
      break;
    case KeyKind::kEnter:
      return HandleEnter();
    case KeyKind::kNewLine:
      buffer_.Insert("\n");
      break;
    case KeyKind::kTab:
    case KeyKind::kBackTab:
      HandleTab(key.kind == KeyKind::kBackTab);
      break;
    case KeyKind::kBackspace:
      buffer_.DeleteBack();
      break;
    case KeyKind::kWordBackspace:
      buffer_.DeleteWordBack();
      break;
    case KeyKind::kDelete:
      buffer_.DeleteForward();
      break;
    default:
      HandleMove(key.kind);
      break;
  }
  return Step::kGoOn;
}

void LineEditor::HandleMove(KeyKind kind) {
  switch (kind) {
    case KeyKind::kLeft:
      buffer_.MoveLeft();
      break;
    case KeyKind::kRight:
      if (!AcceptHint()) {
        buffer_.MoveRight();
      }
      break;
    case KeyKind::kWordLeft:
      buffer_.MoveWordLeft();
      break;
    case KeyKind::kWordRight:
      buffer_.MoveWordRight();
      break;
    case KeyKind::kHome:
      buffer_.MoveToLineBegin();
      break;
    case KeyKind::kEnd:
      if (!AcceptHint()) {
        buffer_.MoveToLineEnd();
      }
      break;
    case KeyKind::kUp:
      if (!buffer_.MoveUp()) {
        Recall(/*older=*/true);
      }
      break;
    case KeyKind::kDown:
      if (!buffer_.MoveDown()) {
        Recall(/*older=*/false);
      }
      break;
    default:
      break;
  }
}

LineEditor::Step LineEditor::HandleControl(char letter) {
  switch (letter) {
    case 'c':
      return Step::kInterrupt;
    case 'd':
      if (buffer_.text().empty()) {
        return Step::kEnd;
      }
      buffer_.DeleteForward();
      break;
    case 'l':
      terminal_.Write("\x1b[H\x1b[2J");
      frame_ = TextFrame();
      break;
    case 'k':
      buffer_.DeleteToLineEnd();
      break;
    case 'u':
      buffer_.DeleteToLineBegin();
      break;
    case 'w':
      buffer_.DeleteToBlank();
      break;
    case 'y':
      buffer_.Yank();
      break;
    case 't':
      buffer_.Transpose();
      break;
    case '_':
      buffer_.Undo();
      break;
    case 'r':
      return Search();
    case 'x':
      return HandleControlX();
    case 'z':
      Suspend();
      break;
    default: {
      constexpr std::pair<char, KeyKind> kMoves[] = {
          {'a', KeyKind::kHome},  {'e', KeyKind::kEnd}, {'b', KeyKind::kLeft},
          {'f', KeyKind::kRight}, {'p', KeyKind::kUp},  {'n', KeyKind::kDown}};
      for (const auto& [key, move] : kMoves) {
        if (key == letter) {
          HandleMove(move);
        }
      }
    }
  }
  return Step::kGoOn;
}

void LineEditor::HandleAlt(char letter) {
  if (letter == 'd') {
    buffer_.DeleteWordForward();
  } else if (letter == '<') {
    buffer_.MoveToBegin();
  } else if (letter == '>') {
    buffer_.MoveToEnd();
  }
}

LineEditor::Step LineEditor::HandleEnter() {
  if (hooks_.is_complete(buffer_.text())) {
    return Step::kSubmit;
  }
  buffer_.Insert("\n");
  return Step::kGoOn;
}

LineEditor::Step LineEditor::HandleControlX() {
  const std::optional<Key> key = NextKey();
  if (!key) {
    return Step::kEnd;
  }
  if (key->kind != KeyKind::kControl || key->letter != 'e' || !hooks_.edit_outside) {
    return Step::kGoOn;
  }
  DrawLast();
  terminal_.Leave();
  const std::optional<std::string> edited = hooks_.edit_outside(buffer_.text());
  terminal_.Enter();
  frame_ = TextFrame();
  if (edited) {
    buffer_.Set(*edited);
  }
  return Step::kGoOn;
}

void LineEditor::HandleTab(bool back) {
  if (!menu_.candidates.empty()) {
    const int count = static_cast<int>(menu_.candidates.size());
    const int from = selected_ < 0 && back ? 0 : selected_;
    selected_ = (from + (back ? count - 1 : 1)) % count;
    const std::string& chosen = menu_.candidates[static_cast<size_t>(selected_)].text;
    buffer_.Replace(menu_.begin, buffer_.cursor(), chosen);
    return;
  }
  if (back) {
    return;
  }
  if (keys_.IsPending() || terminal_.HasMore()) {
    buffer_.Insert("\t");  // of a text that is being pasted
    return;
  }
  ShowCandidates(hooks_.complete(buffer_.text(), buffer_.cursor()));
}

void LineEditor::ShowCandidates(Completions completions) {
  if (completions.candidates.empty()) {
    return;
  }
  const size_t begin = completions.begin;
  const std::string typed = buffer_.text().substr(begin, buffer_.cursor() - begin);
  const std::string shared = SharedBegin(completions.candidates);
  const bool is_only = completions.candidates.size() == 1;
  if (is_only) {
    buffer_.Replace(begin, buffer_.cursor(),
                    shared + completions.candidates.front().suffix);
    return;
  }
  if (shared.size() > typed.size()) {
    buffer_.Replace(begin, buffer_.cursor(), shared);
  }
  menu_ = std::move(completions);
  selected_ = -1;
}

void LineEditor::CloseMenu() {
  menu_ = Completions();
  selected_ = -1;
}

void LineEditor::Recall(bool older) {
  const std::vector<std::string>& entries = history_.entries();
  if (older ? recalled_ == 0 : recalled_ >= entries.size()) {
    return;
  }
  if (recalled_ == entries.size()) {
    typed_ = buffer_.text();
  }
  recalled_ = older ? recalled_ - 1 : recalled_ + 1;
  buffer_.Set(recalled_ == entries.size() ? typed_ : entries[recalled_]);
}

/// Ctrl-R: the newest entry with what is typed, until another key takes it over.
LineEditor::Step LineEditor::Search() {
  std::string wanted;
  size_t before = history_.entries().size();
  const EditBuffer original = buffer_;
  const auto find = [&] {
    const std::optional<size_t> found = history_.FindBefore(before, wanted);
    if (found && !wanted.empty()) {
      before = *found + 1;
      buffer_.Set(history_.entries()[*found]);
    }
    const bool failed = !found && !wanted.empty();
    search_label_ = (failed ? "(no match)`" : "(search)`") + wanted + "': ";
    Draw();
  };
  find();
  Step step = Step::kGoOn;
  while (true) {
    const std::optional<Key> key = NextKey();
    const bool is_control = key && key->kind == KeyKind::kControl;
    if (key && key->kind == KeyKind::kText) {
      wanted += key->text;
    } else if (key && key->kind == KeyKind::kBackspace) {
      EditBuffer shorter;
      shorter.Set(wanted);
      shorter.DeleteBack();
      wanted = shorter.text();
      before = history_.entries().size();
    } else if (is_control && key->letter == 'r') {
      before = before == 0 ? 0 : before - 1;
    } else {
      search_label_.clear();
      const bool gives_up = is_control && (key->letter == 'g' || key->letter == 'c');
      if (gives_up) {
        buffer_ = original;
      } else if (key && key->kind != KeyKind::kEscape) {
        step = Handle(*key);
      }
      return key ? step : Step::kEnd;
    }
    find();
  }
}

bool LineEditor::AcceptHint() {
  const std::string hint = Hint();
  if (hint.empty()) {
    return false;
  }
  buffer_.Insert(hint);
  return true;
}

void LineEditor::Suspend() {
  DrawLast();
  terminal_.Leave();
  std::raise(SIGTSTP);
  terminal_.Enter();
  frame_ = TextFrame();
}

/// What an earlier statement went on with. Only where it can be told from typed text.
std::string LineEditor::Hint() const {
  const bool at_end = buffer_.cursor() == buffer_.text().size();
  return colors_ && at_end && menu_.candidates.empty() && search_label_.empty()
             ? history_.Continuation(buffer_.text())
             : "";
}

void LineEditor::Draw() {
  FrameInput input;
  input.prompt = [this](std::string_view before) {
    return !search_label_.empty() && before.empty() ? search_label_
                                                    : hooks_.prompt(before);
  };
  input.text = buffer_.text();
  input.cursor = buffer_.cursor();
  input.width = terminal_.width();
  input.height = terminal_.height();
  input.colors = colors_;
  if (colors_) {
    input.spans = hooks_.highlight(buffer_.text(), buffer_.cursor());
    input.hint = Hint();
    input.hint.resize(std::min(input.hint.find('\n'), input.hint.size()));
  }
  for (const Completions::Candidate& candidate : menu_.candidates) {
    input.menu.push_back(candidate.label);
  }
  input.selected = selected_;
  TextFrame frame = LayOut(input);
  terminal_.Write(DrawSequence(frame_, frame));
  frame_ = std::move(frame);
}

/// The text as it stays on the screen, and the cursor below it.
void LineEditor::DrawLast() {
  FrameInput input;
  input.prompt = hooks_.prompt;
  input.text = buffer_.text();
  input.cursor = input.text.size();
  input.width = terminal_.width();
  input.height = terminal_.height();
  input.colors = colors_;
  if (colors_) {
    input.spans = hooks_.highlight(buffer_.text(), std::string::npos);
  }
  const TextFrame frame = LayOut(input);
  terminal_.Write(DrawSequence(frame_, frame) + "\r\n");
  frame_ = TextFrame();
}

}  // namespace tarn::cli
