// Where commands print: standard output, or a string in tests.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "tarn/base/result.h"

namespace tarn::cli {

/// Thread-compatible.
class TextOutput {
 public:
  virtual ~TextOutput() = default;
  /// Errors: kIoFailed, kDiskFull.
  virtual Status Write(std::string_view text) = 0;
  /// Hands buffered text on.
  virtual Status Flush() { return Status::OK(); }
};

class StringOutput final : public TextOutput {
 public:
  Status Write(std::string_view text) override {
    text_ += text;
    return Status::OK();
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// A stream of stdio. `closed_by_reader` is true after the other end of a pipe went away
/// ("| head").
class StreamOutput final : public TextOutput {
 public:
  explicit StreamOutput(std::FILE* stream) : stream_(stream) {}
  Status Write(std::string_view text) override;
  Status Flush() override;
  bool closed_by_reader() const { return closed_by_reader_; }

 private:
  Status Failed(int error);
  std::FILE* stream_;
  bool closed_by_reader_ = false;
};

/// The process's standard output.
StreamOutput& StandardOutput();
/// Prints to standard error at once.
void PrintToStderr(std::string_view text);

bool IsTerminal(int file_descriptor);
/// Columns of the terminal; 0 if it is none.
int TerminalWidth(int file_descriptor);

}  // namespace tarn::cli
