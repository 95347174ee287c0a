#include "tarn/cli/print/text_table.h"

#include <algorithm>
#include <numeric>

#include "tarn/cli/print/text_width.h"

namespace tarn::cli {
namespace {

constexpr int kNarrowest = 8;  // a column is never cut below this

void AppendPadded(std::string_view text, int width, Align align, std::string* out) {
  const auto padding = static_cast<size_t>(std::max(0, width - DisplayWidth(text)));
  if (align == Align::kRight) {
    out->append(padding, ' ');
  }
  *out += text;
  if (align == Align::kLeft) {
    out->append(padding, ' ');
  }
}

/// Nothing hangs over the end of a line: trailing blanks of the last column go.
void TrimEnd(std::string* out) {
  while (!out->empty() && out->back() == ' ') {
    out->pop_back();
  }
}

}  // namespace

TextTable::TextTable(std::vector<TextColumn> columns, int width_max, TableBorder border)
    : columns_(std::move(columns)), width_max_(width_max), border_(border) {
  for (TextColumn& column : columns_) {
    column.name = OneLine(column.name);
    widths_.push_back(DisplayWidth(column.name));
  }
}

void TextTable::Measure(const std::vector<std::vector<std::string>>& rows) {
  for (const auto& row : rows) {
    for (size_t i = 0; i < columns_.size(); ++i) {
      widths_[i] = std::max(widths_[i], DisplayWidth(OneLine(row[i])));
    }
  }
  if (width_max_ > 0) {
    Narrow();
  }
}

void TextTable::Narrow() {
  const int separators =
      3 * static_cast<int>(columns_.size()) + (border_ == TableBorder::kUnicode ? 1 : 0);
  int excess = std::accumulate(widths_.begin(), widths_.end(), separators) - width_max_;
  while (excess > 0 && !widths_.empty()) {
    const auto widest = std::max_element(widths_.begin(), widths_.end());
    if (*widest <= kNarrowest) {
      break;
    }
    --*widest;
    --excess;
    narrowed_ = true;
  }
}

std::string_view TextTable::Separator(size_t column) const {
  if (border_ == TableBorder::kUnicode) {
    return column == 0 ? "│ " : " │ ";
  }
  return column == 0 ? " " : " | ";
}

void TextTable::EndLine(std::string* out) const {
  if (border_ == TableBorder::kUnicode) {
    *out += " │";
  } else {
    TrimEnd(out);
  }
  *out += '\n';
}

void TextTable::AppendRule(std::string_view left, std::string_view cross,
                           std::string_view right, std::string* out) const {
  *out += left;
  for (size_t i = 0; i < columns_.size(); ++i) {
    *out += i == 0 ? std::string_view() : cross;
    for (int cell = 0; cell < widths_[i] + 2; ++cell) {
      *out += border_ == TableBorder::kUnicode ? "─" : "-";
    }
  }
  *out += right;
  *out += '\n';
}

void TextTable::AppendHeader(std::string* out) const {
  if (border_ == TableBorder::kUnicode) {
    AppendRule("┌", "┬", "┐", out);
  }
  for (size_t i = 0; i < columns_.size(); ++i) {
    *out += Separator(i);
    const std::string& name = columns_[i].name;
    AppendPadded(narrowed_ ? CutToWidth(name, widths_[i]) : name, widths_[i],
                 Align::kLeft, out);
  }
  EndLine(out);
  if (border_ == TableBorder::kUnicode) {
    AppendRule("├", "┼", "┤", out);
  } else {
    AppendRule("", "+", "", out);
  }
}

void TextTable::AppendRow(const std::vector<std::string>& cells, std::string* out) const {
  for (size_t i = 0; i < columns_.size(); ++i) {
    *out += Separator(i);
    std::string cell = OneLine(cells[i]);
    if (narrowed_) {
      cell = CutToWidth(cell, widths_[i]);
    }
    AppendPadded(cell, widths_[i], columns_[i].align, out);
  }
  EndLine(out);
}

void TextTable::AppendFooter(std::string* out) const {
  if (border_ == TableBorder::kUnicode) {
    AppendRule("└", "┴", "┘", out);
  }
}

std::string FormatTextTable(const std::vector<TextColumn>& columns,
                            const std::vector<std::vector<std::string>>& rows,
                            int width_max) {
  TextTable table(columns, width_max);
  table.Measure(rows);
  std::string out;
  table.AppendHeader(&out);
  for (const auto& row : rows) {
    table.AppendRow(row, &out);
  }
  return out;
}

std::string FormatPairs(const std::vector<std::pair<std::string, std::string>>& pairs) {
  int width = 0;
  for (const auto& [name, value] : pairs) {
    width = std::max(width, DisplayWidth(name));
  }
  std::string out;
  for (const auto& [name, value] : pairs) {
    AppendPadded(name, width + 2, Align::kLeft, &out);
    out += OneLine(value);
    TrimEnd(&out);
    out += '\n';
  }
  return out;
}

}  // namespace tarn::cli
