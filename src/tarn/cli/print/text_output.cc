#include "tarn/cli/print/text_output.h"

#include <cerrno>
#include <cstring>
#include <sys/ioctl.h>

#include <unistd.h>

#include "tarn/base/error.h"

namespace tarn::cli {

Status StreamOutput::Write(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stream_) == text.size()) {
    return Status::OK();
  }
  return Failed(errno);
}

Status StreamOutput::Flush() {
  if (std::fflush(stream_) == 0) {
    return Status::OK();
  }
  return Failed(errno);
}

Status StreamOutput::Failed(int error) {
  closed_by_reader_ = closed_by_reader_ || error == EPIPE;
  return MakeError(error == ENOSPC ? ErrorCode::kDiskFull : ErrorCode::kIoFailed,
                   std::string("Cannot write the output: ") + std::strerror(error));
}

StreamOutput& StandardOutput() {
  static StreamOutput output(stdout);
  return output;
}

void PrintToStderr(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

bool IsTerminal(int file_descriptor) { return ::isatty(file_descriptor) == 1; }

int TerminalWidth(int file_descriptor) {
  winsize size{};
  if (!IsTerminal(file_descriptor) || ::ioctl(file_descriptor, TIOCGWINSZ, &size) != 0) {
    return 0;
  }
  return size.ws_col;
}

}  // namespace tarn::cli
