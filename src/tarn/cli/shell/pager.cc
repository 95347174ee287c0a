#include "tarn/cli/shell/pager.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include <unistd.h>

#include "tarn/base/error.h"
#include "tarn/cli/print/text_width.h"

namespace tarn::cli {
namespace {

/// Lines are cut and not wrapped, colors go through, the result stays on the screen.
constexpr char kLess[] = "less -SRX";

bool IsInPath(const std::string& program) {
  const char* const path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(':'), rest.size());
    const std::string file = std::string(rest.substr(0, end)) + "/" + program;
    if (end > 0 && ::access(file.c_str(), X_OK) == 0) {
      return true;
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

}  // namespace

std::string DefaultPager() {
  const char* const command = std::getenv("PAGER");
  if (command != nullptr && command != std::string_view("less")) {
    return command;
  }
  return IsInPath("less") ? kLess : "";
}

PagerOutput::PagerOutput(std::string command, Screen screen, TextOutput& output)
    : command_(std::move(command)), screen_(screen), output_(output) {}

PagerOutput::~PagerOutput() {
  if (pipe_ != nullptr) {
    ::pclose(pipe_);
  }
}

void PagerOutput::Measure(std::string_view text) {
  while (!text.empty() && !IsLarge()) {
    const size_t end = text.find('\n');
    line_ += text.substr(0, end);
    // Bytes are at least as many as columns.
    is_wide_ = is_wide_ || (line_.size() > static_cast<size_t>(screen_.width) &&
                            DisplayWidth(line_) > screen_.width);
    if (end == std::string_view::npos) {
      return;
    }
    ++lines_;
    line_.clear();
    text.remove_prefix(end + 1);
  }
}

Status PagerOutput::Write(std::string_view text) {
  if (command_.empty()) {
    return output_.Write(text);
  }
  if (was_left_) {
    return MakeError(ErrorCode::kCancelled, "Cancelled");
  }
  if (pipe_ == nullptr) {
    Measure(text);
    held_ += text;
    return IsLarge() ? Start() : Status::OK();
  }
  was_left_ = std::fwrite(text.data(), 1, text.size(), pipe_) != text.size() ||
              std::fflush(pipe_) != 0;
  return was_left_ ? MakeError(ErrorCode::kCancelled, "Cancelled") : Status::OK();
}

Status PagerOutput::Start() {
  RETURN_NOT_OK(output_.Flush());
  pipe_ = ::popen(command_.c_str(), "we");
  if (pipe_ == nullptr) {
    const std::string held = std::exchange(held_, {});
    return output_.Write(held);
  }
  const std::string held = std::exchange(held_, {});
  return Write(held);
}

Status PagerOutput::Finish() {
  if (pipe_ != nullptr) {
    ::pclose(pipe_);
    pipe_ = nullptr;
    return Status::OK();
  }
  const std::string held = std::exchange(held_, {});
  RETURN_NOT_OK(output_.Write(held));
  return output_.Flush();
}

}  // namespace tarn::cli
