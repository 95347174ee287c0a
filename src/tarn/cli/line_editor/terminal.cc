#include "tarn/cli/line_editor/terminal.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <sys/ioctl.h>

#include <poll.h>
#include <unistd.h>

#include "tarn/cli/interrupt.h"

namespace tarn::cli {
namespace {

constexpr char kPasteOn[] = "\x1b[?2004h";
constexpr char kPasteOff[] = "\x1b[?2004l";

std::string_view Variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

winsize SizeOf(int file) {
  winsize size{};
  static_cast<void>(::ioctl(file, TIOCGWINSZ, &size));
  return size;
}

}  // namespace

bool Terminal::IsUsable() {
  const std::string_view kind = Variable("TERM");
  return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1 && !kind.empty() &&
         kind != "dumb";
}

void Terminal::Enter() {
  if (entered_ || ::tcgetattr(STDIN_FILENO, &before_) != 0) {
    return;
  }
  termios raw = before_;
  raw.c_iflag &= ~static_cast<tcflag_t>(BRKINT | ICRNL | INPCK | ISTRIP | IXON);
  raw.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | IEXTEN | ISIG);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  entered_ = ::tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
  Write(kPasteOn);
}

void Terminal::Leave() {
  if (!entered_) {
    return;
  }
  Write(kPasteOff);
  ::tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
  entered_ = false;
}

Terminal::Outcome Terminal::Read(std::chrono::milliseconds timeout, std::string* bytes) {
  pollfd waiting{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  const int ready = ::poll(&waiting, 1, static_cast<int>(timeout.count()));
  if (ready == 0) {
    return Outcome::kTimeout;
  }
  if (ready < 0) {
    return errno == EINTR ? Outcome::kInterrupted : Outcome::kEnd;
  }
  std::array<char, 4096> buffer{};
  const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
  if (got < 0 && errno == EINTR) {
    return Outcome::kInterrupted;
  }
  if (got <= 0) {
    return Outcome::kEnd;
  }
  bytes->assign(buffer.data(), static_cast<size_t>(got));
  return Outcome::kBytes;
}

bool Terminal::HasMore() const {
  pollfd waiting{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  return ::poll(&waiting, 1, 0) > 0;
}

void Terminal::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) {
      return;
    }
    bytes.remove_prefix(written < 0 ? 0 : static_cast<size_t>(written));
  }
}

int Terminal::width() const {
  const int width = SizeOf(STDOUT_FILENO).ws_col;
  return width == 0 ? 80 : width;
}

int Terminal::height() const {
  const int height = SizeOf(STDOUT_FILENO).ws_row;
  return height == 0 ? 24 : height;
}

bool WantsColors() {
  return ::isatty(STDOUT_FILENO) == 1 && Variable("NO_COLOR").empty() &&
         Variable("TERM") != "dumb" && !Variable("TERM").empty();
}

}  // namespace tarn::cli
