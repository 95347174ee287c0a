// The terminal that the shell runs on, key by key.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <termios.h>

namespace tarn::cli {

/// Standard input and output. Thread-compatible.
class Terminal {
 public:
  /// True if standard input and output are a terminal that knows escape sequences.
  static bool IsUsable();

  ~Terminal() { Leave(); }

  /// Keys come one by one, unseen, and Ctrl-C is a key; until Leave().
  void Enter();
  void Leave();

  enum class Outcome : uint8_t { kBytes, kTimeout, kInterrupted, kEnd };
  /// Waits for bytes, for good if `timeout` is negative. kInterrupted: a signal came.
  Outcome Read(std::chrono::milliseconds timeout, std::string* bytes);
  /// True if more is there already: what comes faster than fingers.
  bool HasMore() const;
  void Write(std::string_view bytes);

  int width() const;   // 80 if it does not say
  int height() const;  // 24 if it does not say

 private:
  bool entered_ = false;
  termios before_{};
};

/// What the environment and the terminal say of colors: NO_COLOR and TERM=dumb are no.
bool WantsColors();

}  // namespace tarn::cli
