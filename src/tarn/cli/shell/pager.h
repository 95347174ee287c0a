// Results that are larger than the screen, shown by a program such as less.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "tarn/cli/print/text_output.h"

namespace tarn::cli {

/// The command of PAGER, else less if it is there; empty if there is none.
std::string DefaultPager();

/// Holds text back until it is higher or wider than the screen, and then hands it to the
/// pager; else to `output`. Thread-compatible.
class PagerOutput final : public TextOutput {
 public:
  struct Screen {
    int width = 80;
    int height = 24;
  };
  /// `output` outlives it. An empty command is no pager.
  PagerOutput(std::string command, Screen screen, TextOutput& output);
  ~PagerOutput() override;

  /// After the reader left the pager: kCancelled.
  Status Write(std::string_view text) override;
  /// Shows what was held back, and waits for the reader.
  Status Finish();
  bool was_left() const { return was_left_; }

 private:
  bool IsLarge() const { return lines_ >= screen_.height || is_wide_; }
  void Measure(std::string_view text);
  Status Start();

  const std::string command_;
  const Screen screen_;
  TextOutput& output_;
  std::string held_;
  std::string line_;  // the last, not yet whole
  int lines_ = 0;
  bool is_wide_ = false;
  bool was_left_ = false;
  std::FILE* pipe_ = nullptr;
};

}  // namespace tarn::cli
