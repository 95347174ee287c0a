#include "tarn/cli/print/quantity.h"

#include <array>

#include <fmt/format.h>

#include "tarn/cli/print/time_text.h"

namespace tarn::cli {

std::string BytesText(int64_t bytes) {
  constexpr std::array<const char*, 6> kUnits = {"kB", "MB", "GB", "TB", "PB", "EB"};
  if (bytes < 1000) {
    return fmt::format("{} B", bytes);
  }
  double value = static_cast<double>(bytes) / 1000;
  size_t unit = 0;
  while (value >= 999.5 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  return value < 9.95 ? fmt::format("{:.1f} {}", value, kUnits.at(unit))
                      : fmt::format("{:.0f} {}", value, kUnits.at(unit));
}

std::string CountText(int64_t count, const std::string& one) {
  return GroupedText(count) + " " + one + (count == 1 ? "" : "s");
}

std::string GroupedText(int64_t number) {
  std::string text = std::to_string(number);
  const size_t first = text.starts_with('-') ? 1 : 0;
  for (size_t at = text.size(); at > first + 3; at -= 3) {
    text.insert(at - 3, 1, ' ');
  }
  return text;
}

std::string InstantText(std::chrono::milliseconds since_epoch) {
  return TimestampText(since_epoch.count(), 1000, 'T') + "Z";
}

std::string DurationText(std::chrono::milliseconds duration) {
  const int64_t ms = duration.count();
  if (ms < 10'000) {
    return fmt::format("{}.{:03} s", ms / 1000, ms % 1000);
  }
  if (ms < 60'000) {
    return fmt::format("{:.1f} s", static_cast<double>(ms) / 1000);
  }
  return fmt::format("{} min {} s", ms / 60'000, ms / 1000 % 60);
}

}  // namespace tarn::cli
