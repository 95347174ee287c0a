// Rows of text in aligned columns.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/cli/print/text_output.h"

namespace tarn::cli {

enum class Align { kLeft, kRight };
enum class TableBorder { kPlain, kUnicode };  // as below, or boxes around cells

struct TextColumn {
  std::string name;
  Align align = Align::kLeft;
};

/// Prints
///    name  | rows
///   -------+------
///    a     |   12
/// Widths come from the header and the rows given at first; later rows that are wider
/// shift their line.
class TextTable {
 public:
  /// `width_max`: columns are narrowed, longest first, until a line fits; 0 for no limit.
  TextTable(std::vector<TextColumn> columns, int width_max,
            TableBorder border = TableBorder::kPlain);

  /// Fixes the widths by these rows. Cells are shown as OneLine makes them.
  void Measure(const std::vector<std::vector<std::string>>& rows);
  void AppendHeader(std::string* out) const;
  void AppendRow(const std::vector<std::string>& cells, std::string* out) const;
  /// The line that closes a box; nothing if there is none.
  void AppendFooter(std::string* out) const;

 private:
  void Narrow();
  void AppendRule(std::string_view left, std::string_view cross, std::string_view right,
                  std::string* out) const;
  std::string_view Separator(size_t column) const;
  void EndLine(std::string* out) const;

  std::vector<TextColumn> columns_;
  std::vector<int> widths_;
  int width_max_;
  TableBorder border_;
  bool narrowed_ = false;
};

/// A whole table at once.
std::string FormatTextTable(const std::vector<TextColumn>& columns,
                            const std::vector<std::vector<std::string>>& rows,
                            int width_max = 0);

/// "name: value" lines with the values below each other.
std::string FormatPairs(const std::vector<std::pair<std::string, std::string>>& pairs);

}  // namespace tarn::cli
