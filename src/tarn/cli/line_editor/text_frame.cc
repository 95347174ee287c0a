#include "tarn/cli/line_editor/text_frame.h"

#include <algorithm>
#include <utility>

#include "tarn/cli/line_editor/key.h"
#include "tarn/cli/print/text_width.h"

namespace tarn::cli {
namespace {

constexpr int kMenuRowsMax = 8;
constexpr int kMenuGap = 2;
constexpr char kReset[] = "\x1b[0m";

/// Rows as they fill.
class RowWriter {
 public:
  RowWriter(int width, bool colors) : width_(width), colors_(colors) {}

  void SetStyle(TextStyle style) {
    if (!colors_ || style == style_) {
      return;
    }
    if (style_ != TextStyle::kPlain) {
      row_ += kReset;
    }
    row_ += StyleSequence(style);
    style_ = style;
  }

  void Append(std::string_view character) {
    if (character == "\t") {
      Put("    ", 4);
    } else if (const auto byte = static_cast<unsigned char>(character.front());
               byte < 0x20 || byte == 0x7F) {
      const std::string shown = {'^', static_cast<char>(byte ^ 0x40U)};
      Put(shown, 2);
    } else {
      Put(character, DisplayWidth(character));
    }
  }

  void AppendAll(std::string_view text) {
    for (size_t at = 0; at < text.size();) {
      const size_t length = std::min(Utf8Length(text[at]), text.size() - at);
      Append(text.substr(at, length));
      at += length;
    }
  }

  void Break() {
    const TextStyle style = style_;
    SetStyle(TextStyle::kPlain);
    rows_.push_back(std::move(row_));
    row_.clear();
    column_ = 0;
    SetStyle(style);
  }

  int row() const { return static_cast<int>(rows_.size()); }
  int column() const { return column_; }
  /// So that a cursor behind a full row stands on the next one.
  void BreakIfFull() {
    if (column_ >= width_) {
      Break();
    }
  }

  std::vector<std::string> Finish() {
    SetStyle(TextStyle::kPlain);
    rows_.push_back(std::move(row_));
    return std::move(rows_);
  }

 private:
  void Put(std::string_view text, int columns) {
    if (column_ + columns > width_) {
      Break();
    }
    row_ += text;
    column_ += columns;
  }

  const int width_;
  const bool colors_;
  std::vector<std::string> rows_;
  std::string row_;
  int column_ = 0;
  TextStyle style_ = TextStyle::kPlain;
};

void AppendPrompt(const FrameInput& input, size_t at, RowWriter* writer) {
  const std::string prompt = input.prompt(input.text.substr(0, at));
  if (!prompt.empty()) {
    writer->SetStyle(TextStyle::kPrompt);
    writer->AppendAll(prompt);
    writer->SetStyle(TextStyle::kPlain);
  }
}

TextStyle StyleAt(const FrameInput& input, size_t at, size_t* span) {
  while (*span < input.spans.size() && input.spans[*span].end <= at) {
    ++*span;
  }
  const bool inside = *span < input.spans.size() && input.spans[*span].begin <= at;
  return inside ? input.spans[*span].style : TextStyle::kPlain;
}

void AppendText(const FrameInput& input, RowWriter* writer, TextFrame* frame) {
  size_t span = 0;
  const auto mark_cursor = [&](size_t at) {
    if (at == input.cursor) {
      writer->BreakIfFull();
      frame->cursor_row = writer->row();
      frame->cursor_column = writer->column();
    }
  };
  AppendPrompt(input, 0, writer);
  for (size_t at = 0; at < input.text.size();) {
    mark_cursor(at);
    if (input.text[at] == '\n') {
      writer->SetStyle(TextStyle::kPlain);
      writer->Break();
      AppendPrompt(input, ++at, writer);
      continue;
    }
    const size_t length = std::min(Utf8Length(input.text[at]), input.text.size() - at);
    writer->SetStyle(StyleAt(input, at, &span));
    writer->Append(input.text.substr(at, length));
    at += length;
  }
  writer->SetStyle(TextStyle::kPlain);
  mark_cursor(input.text.size());
}

/// Candidates in columns, read from top to bottom; only the rows around the selected one.
std::vector<std::string> MenuRows(const FrameInput& input) {
  int widest = 0;
  for (const std::string& item : input.menu) {
    widest = std::max(widest, DisplayWidth(item));
  }
  const int cell = std::min(widest + kMenuGap, input.width);
  const int columns = std::max(1, input.width / cell);
  const int count = static_cast<int>(input.menu.size());
  const int rows = (count + columns - 1) / columns;
  const int selected_row = input.selected < 0 ? 0 : input.selected % rows;
  const int first =
      std::clamp(selected_row - kMenuRowsMax + 1, 0, std::max(0, rows - kMenuRowsMax));
  std::vector<std::string> lines;
  for (int row = first; row < std::min(rows, first + kMenuRowsMax); ++row) {
    RowWriter line(input.width, input.colors);
    for (int index = row; index < count; index += rows) {
      const std::string item =
          CutToWidth(input.menu[static_cast<size_t>(index)], cell - kMenuGap);
      const bool is_selected = index == input.selected;
      line.SetStyle(is_selected ? TextStyle::kSelected : TextStyle::kPlain);
      line.AppendAll(!input.colors && is_selected ? ">" + item : item);
      line.SetStyle(TextStyle::kPlain);
      const int gap = (index / rows + 1) * cell - line.column();
      if (index + rows < count && gap > 0) {
        line.AppendAll(std::string(static_cast<size_t>(gap), ' '));
      }
    }
    lines.push_back(line.Finish().front());
  }
  if (rows > kMenuRowsMax) {
    lines.push_back(CutToWidth("… " + std::to_string(count) + " in all", input.width));
  }
  return lines;
}

void CutToHeight(int height, TextFrame* frame) {
  const int count = static_cast<int>(frame->rows.size());
  if (height <= 0 || count <= height) {
    return;
  }
  const int first = std::clamp(frame->cursor_row - height + 1, 0, count - height);
  frame->rows.erase(frame->rows.begin(), frame->rows.begin() + first);
  frame->rows.resize(static_cast<size_t>(height));
  frame->cursor_row -= first;
}

}  // namespace

std::string_view StyleSequence(TextStyle style) {
  switch (style) {
    case TextStyle::kPlain:
      return "";
    case TextStyle::kKeyword:
      return "\x1b[1;34m";
    case TextStyle::kFunction:
      return "\x1b[36m";
    case TextStyle::kString:
      return "\x1b[32m";
    case TextStyle::kQuotedName:
      return "\x1b[33m";
    case TextStyle::kNumber:
      return "\x1b[35m";
    case TextStyle::kComment:
      return "\x1b[3;90m";
    case TextStyle::kCommand:
      return "\x1b[1;33m";
    case TextStyle::kError:
      return "\x1b[4;31m";
    case TextStyle::kBracket:
      return "\x1b[1;4m";
    case TextStyle::kFaint:
      return "\x1b[2m";
    case TextStyle::kPrompt:
      return "\x1b[1m";
    case TextStyle::kSelected:
      return "\x1b[7m";
  }
  return "";
}

TextFrame LayOut(const FrameInput& input) {
  TextFrame frame;
  RowWriter writer(input.width, input.colors);
  AppendText(input, &writer, &frame);
  if (!input.hint.empty()) {
    writer.SetStyle(TextStyle::kFaint);
    writer.AppendAll(input.hint);
  }
  frame.rows = writer.Finish();
  if (!input.menu.empty()) {
    for (std::string& row : MenuRows(input)) {
      frame.rows.push_back(std::move(row));
    }
  }
  CutToHeight(input.height, &frame);
  return frame;
}

std::string DrawSequence(const TextFrame& old, const TextFrame& frame) {
  std::string out = "\x1b[?25l\r";
  if (old.cursor_row > 0) {
    out += "\x1b[" + std::to_string(old.cursor_row) + "A";
  }
  for (size_t i = 0; i < frame.rows.size(); ++i) {
    // Cleared first: behind a full row the terminal would clear its last character.
    out += (i == 0 ? "\x1b[K" : "\r\n\x1b[K") + frame.rows[i];
  }
  out += "\x1b[J\r";
  const int up = static_cast<int>(frame.rows.size()) - 1 - frame.cursor_row;
  if (up > 0) {
    out += "\x1b[" + std::to_string(up) + "A";
  }
  if (frame.cursor_column > 0) {
    out += "\x1b[" + std::to_string(frame.cursor_column) + "C";
  }
  return out + "\x1b[?25h";
}

}  // namespace tarn::cli
