// Lines of input until they make a statement.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

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

 private:
  enum class Mode : uint8_t {
    kPlain,
    kSingle,
    kEscaped,
    kDouble,
    kBack,
    kDollar,
    kLine,
    kBlock
  };

  size_t ScanPlain(size_t at);
  size_t ScanInside(size_t at);
  bool ScanTo(size_t* semicolon);

  std::string text_;
  size_t scanned_ = 0;
  bool has_content_ = false;  // something other than space and comments before `scanned_`
  Mode mode_ = Mode::kPlain;
  std::string dollar_tag_;  // "$tag$"
};

}  // namespace tarn::cli
