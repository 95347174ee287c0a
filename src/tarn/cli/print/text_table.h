// Rows of text in aligned columns.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/cli/print/text_output.h"

namespace tarn::cli {

enum class Align { kLeft, kRight };

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
  TextTable(std::vector<TextColumn> columns, int width_max);

  /// Fixes the widths by these rows. Cells are shown as OneLine makes them.
  void Measure(const std::vector<std::vector<std::string>>& rows);
  void AppendHeader(std::string* out) const;
  void AppendRow(const std::vector<std::string>& cells, std::string* out) const;

 private:
  void Narrow();

  std::vector<TextColumn> columns_;
  std::vector<int> widths_;
  int width_max_;
  bool narrowed_ = false;
};

/// A whole table at once.
std::string FormatTextTable(const std::vector<TextColumn>& columns,
                            const std::vector<std::vector<std::string>>& rows,
                            int width_max = 0);

/// "name: value" lines with the values below each other.
std::string FormatPairs(const std::vector<std::pair<std::string, std::string>>& pairs);

}  // namespace tarn::cli
