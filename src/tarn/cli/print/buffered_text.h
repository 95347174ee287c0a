// Text collected and handed on in large pieces.
#pragma once

#include <string>

#include "tarn/base/result.h"
#include "tarn/cli/print/text_output.h"

namespace tarn::cli {

/// `output` outlives it. Thread-compatible.
class BufferedText {
 public:
  explicit BufferedText(TextOutput& output) : output_(output) {}
  std::string& text() { return text_; }
  Status FlushIfLarge() { return text_.size() < kBytes ? Status::OK() : Flush(); }
  Status Flush() {
    const Status status = output_.Write(text_);
    text_.clear();
    return status;
  }

 private:
  static constexpr size_t kBytes = 64 << 10;

  TextOutput& output_;
  std::string text_;
};

}  // namespace tarn::cli
