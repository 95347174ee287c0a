// Which bytes of SQL text are in quotes or comments.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tarn::cli {

/// Goes through text step by step; knows '…', E'…', "…", `…`, $tag$…$tag$, -- and /* */.
/// Thread-compatible.
class QuoteScanner {
 public:
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

  Mode mode() const { return mode_; }
  bool IsComment() const { return mode_ == Mode::kLine || mode_ == Mode::kBlock; }
  bool IsQuote() const { return mode_ != Mode::kPlain && !IsComment(); }
  /// Takes the byte at `at`, or a whole mark such as "--"; gives the next position, which
  /// may be beyond the end.
  size_t Step(std::string_view text, size_t at);

 private:
  size_t StepPlain(std::string_view text, size_t at);
  size_t StepInside(std::string_view text, size_t at);

  Mode mode_ = Mode::kPlain;
  std::string dollar_tag_;  // "$tag$"
};

}  // namespace tarn::cli
