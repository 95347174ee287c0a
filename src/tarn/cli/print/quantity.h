// Sizes, counts and times for people.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace tarn::cli {

/// "1.4 MB", in powers of 1000; whole bytes below 1000.
std::string BytesText(int64_t bytes);
/// "1 file", "3 files": `one` is the singular, the plural ends in s.
std::string CountText(int64_t count, const std::string& one);
/// "336 776".
std::string GroupedText(int64_t number);
/// "2024-01-31T10:00:00.5Z" of a time since the Unix epoch.
std::string InstantText(std::chrono::milliseconds since_epoch);
/// "0.012 s", "3.4 s", "2 min 5 s".
std::string DurationText(std::chrono::milliseconds duration);

}  // namespace tarn::cli
