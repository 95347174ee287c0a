#include "tarn/cli/shell/query_watch.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "tarn/cli/interrupt.h"
#include "tarn/cli/print/quantity.h"
#include "tarn/cli/print/text_output.h"

namespace tarn::cli {
namespace {

constexpr std::chrono::milliseconds kTick{50};
constexpr double kShowAfterSeconds = 0.5;
constexpr int kBarWidth = 30;

}  // namespace

std::string ProgressLine(double part, double elapsed_seconds, const std::string& detail) {
  std::string line;
  if (part >= 0) {
    const int filled = static_cast<int>(std::clamp(part, 0.0, 1.0) * kBarWidth);
    line = "[" + std::string(static_cast<size_t>(filled), '=');
    if (filled < kBarWidth) {
      line += ">" + std::string(static_cast<size_t>(kBarWidth - filled - 1), ' ');
    }
    line += fmt::format("] {:3.0f}%", std::clamp(part, 0.0, 1.0) * 100);
  }
  if (!detail.empty()) {
    line += (line.empty() ? "" : "  ") + detail;
  }
  return line + fmt::format("{}{:.1f} s", line.empty() ? "" : "  ", elapsed_seconds);
}

QueryWatch::QueryWatch(SqlClient& client, ShowProgress show)
    : client_(client), show_(show == ShowProgress::kYes), thread_([this] { Run(); }) {}

QueryWatch::~QueryWatch() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    Clear();
  }
  stop_signal_.notify_all();
  thread_.join();
}

void QueryWatch::HideProgress() {
  const std::lock_guard lock(mutex_);
  show_ = false;
  Clear();
}

void QueryWatch::Run() {
  const auto begin = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  while (!stop_) {
    if (Interrupted()) {
      client_.Interrupt();
    }
    const std::chrono::duration<double> elapsed =
        std::chrono::steady_clock::now() - begin;
    if (show_ && elapsed.count() > kShowAfterSeconds) {
      Draw(elapsed.count());
    }
    stop_signal_.wait_for(lock, kTick);
  }
}

void QueryWatch::Draw(double elapsed_seconds) {
  const engine::Progress progress = client_.progress();
  const std::string rows = progress.rows_processed > 0
                               ? GroupedText(progress.rows_processed) + " rows"
                               : std::string();
  PrintToStderr("\r" + ProgressLine(progress.percent / 100, elapsed_seconds, rows) +
                "\x1b[K");
  drawn_ = true;
}

void QueryWatch::Clear() {
  if (drawn_) {
    PrintToStderr("\r\x1b[K");
  }
  drawn_ = false;
}

}  // namespace tarn::cli
