#include "tarn/cli/interrupt.h"

#include <atomic>
#include <csignal>

#include <unistd.h>

namespace tarn::cli {
namespace {

constexpr int kSignalsToExit = 3;
constexpr int kExitAfterSignal = 128;

std::atomic<int> signals_seen = 0;
static_assert(std::atomic<int>::is_always_lock_free);
std::atomic<bool> hangup_seen = false;
static_assert(std::atomic<bool>::is_always_lock_free);

extern "C" void OnSignal(int signal) {
  if (++signals_seen >= kSignalsToExit) {
    ::_exit(kExitAfterSignal + signal);
  }
}

extern "C" void OnHangup(int /*signal*/) { hangup_seen = true; }

}  // namespace

void InstallSignalHandlers() {
  struct sigaction action{};
  action.sa_handler = &OnSignal;
  ::sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    ::sigaction(signal, &action, nullptr);
  }
  action.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &action, nullptr);
}

bool Interrupted() { return signals_seen.load() > 0; }

void ClearInterrupt() { signals_seen = 0; }

void HandleHangupApart() {
  struct sigaction action{};
  action.sa_handler = &OnHangup;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGHUP, &action, nullptr);
}

void IgnoreFileSizeSignal() {
  struct sigaction action{};
  action.sa_handler = SIG_IGN;
  ::sigaction(SIGXFSZ, &action, nullptr);
}

bool TakeHangup() { return hangup_seen.exchange(false); }

}  // namespace tarn::cli
