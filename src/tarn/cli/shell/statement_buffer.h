// Lines of input until they make a statement.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tarn/cli/shell/quote_scanner.h"

namespace tarn::cli {

/// Splits text at the semicolons that end statements: not those in '…', E'…', "…", `…`,
/// $tag$…$tag$, -- and /* */. Thread-compatible.
class StatementBuffer {
 public:
  /// What the text so far ends in: for the prompt.
  enum class State : uint8_t { kStart, kStatement, kQuote, kComment };

  /// Adds one line, without its line break.
  void AddLine(std::string_view line);
  /// The next complete statement without its semicolon; empty ones are skipped.
  std::optional<std::string> TakeStatement();
  /// What is left at the end of input, as a statement; nullopt if that is only space and
  /// comments.
  std::optional<std::string> TakeRest();
  void Clear();
  State state() const;
  /// The line, counted from 1, on which the statement taken last begins.
  int64_t statement_line() const { return statement_line_; }
  /// Where the text so far left off.
  const QuoteScanner& quotes() const { return quotes_; }

 private:
  bool ScanTo(size_t* semicolon);
  void NoteLine(const std::string& statement);

  std::string text_;
  size_t scanned_ = 0;
  bool has_content_ = false;  // something other than space and comments before `scanned_`
  QuoteScanner quotes_;
  int64_t lines_taken_ = 0;
  int64_t statement_line_ = 1;
};

}  // namespace tarn::cli
