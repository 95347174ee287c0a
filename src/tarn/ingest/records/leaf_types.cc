#include "tarn/ingest/records/leaf_types.h"

#include <array>
#include <charconv>
#include <chrono>
#include <system_error>

namespace tarn::ingest::records {
namespace {

constexpr uint8_t kBool = 1;
constexpr uint8_t kInteger = 2;
constexpr uint8_t kDouble = 4;
constexpr uint8_t kDate = 8;
constexpr uint8_t kTimestamp = 16;
constexpr uint8_t kInstant = 32;

/// Digits that a double keeps whatever they are.
constexpr size_t kDoubleDigits = 15;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

size_t DigitsOf(std::string_view text) {
  size_t digits = 0;
  while (digits < text.size() && IsDigit(text[digits])) {
    ++digits;
  }
  return digits;
}

uint8_t NumberTypes(std::string_view text) {
  const std::string_view whole_text = text;
  if (text.starts_with('-')) {
    text.remove_prefix(1);
  }
  const size_t whole = DigitsOf(text);
  if (whole == 0 || (whole > 1 && text[0] == '0')) {
    return 0;
  }
  if (whole == text.size()) {
    int64_t value = 0;
    const char* end = whole_text.data() + whole_text.size();
    const auto read = std::from_chars(whole_text.data(), end, value);
    const bool fits = read.ec == std::errc() && read.ptr == end;
    return static_cast<uint8_t>((fits ? kInteger : 0) |
                                (whole <= kDoubleDigits ? kDouble : 0));
  }
  size_t digits = whole;
  text.remove_prefix(whole);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    const size_t part = DigitsOf(text);
    if (part == 0) {
      return 0;
    }
    digits += part;
    text.remove_prefix(part);
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('-') || text.starts_with('+')) {
      text.remove_prefix(1);
    }
    const size_t exponent = DigitsOf(text);
    if (exponent == 0 || exponent > 2) {
      return 0;
    }
    text.remove_prefix(exponent);
  }
  return text.empty() && digits <= kDoubleDigits ? kDouble : 0;
}

/// Takes `count` digits off the front; -1 if they are not there.
int TakeDigits(std::string_view* text, size_t count) {
  if (DigitsOf(text->substr(0, count)) != count) {
    return -1;
  }
  int value = 0;
  for (size_t i = 0; i < count; ++i) {
    value = value * 10 + ((*text)[i] - '0');
  }
  text->remove_prefix(count);
  return value;
}

bool Take(std::string_view* text, char c) {
  if (!text->starts_with(c)) {
    return false;
  }
  text->remove_prefix(1);
  return true;
}

bool TakeDate(std::string_view* text) {
  const int year = TakeDigits(text, 4);
  const bool has_month = year > 0 && Take(text, '-');
  const int month = has_month ? TakeDigits(text, 2) : -1;
  const bool has_day = month > 0 && Take(text, '-');
  const int day = has_day ? TakeDigits(text, 2) : -1;
  return day > 0 &&
         std::chrono::year_month_day(std::chrono::year(year),
                                     std::chrono::month(static_cast<unsigned>(month)),
                                     std::chrono::day(static_cast<unsigned>(day)))
             .ok();
}

/// "10:00", "10:00:00.123456".
bool TakeTime(std::string_view* text) {
  const int hour = TakeDigits(text, 2);
  if (hour < 0 || hour > 23 || !Take(text, ':')) {
    return false;
  }
  const int minute = TakeDigits(text, 2);
  if (minute < 0 || minute > 59) {
    return false;
  }
  if (!Take(text, ':')) {
    return true;
  }
  const int second = TakeDigits(text, 2);
  if (second < 0 || second > 59) {
    return false;
  }
  if (Take(text, '.')) {
    constexpr size_t kMicroDigits = 6;
    const size_t digits = DigitsOf(*text);
    if (digits == 0 || digits > kMicroDigits) {
      return false;
    }
    text->remove_prefix(digits);
  }
  return true;
}

/// "Z", "+02:00".
bool TakeZone(std::string_view* text) {
  if (Take(text, 'Z')) {
    return true;
  }
  if (!Take(text, '+') && !Take(text, '-')) {
    return false;
  }
  const int hours = TakeDigits(text, 2);
  if (hours < 0 || hours > 14 || !Take(text, ':')) {
    return false;
  }
  const int minutes = TakeDigits(text, 2);
  return minutes >= 0 && minutes <= 59;
}

uint8_t TimeTypes(std::string_view text) {
  if (!TakeDate(&text)) {
    return 0;
  }
  if (text.empty()) {
    return kDate | kTimestamp;
  }
  if ((!Take(&text, 'T') && !Take(&text, ' ')) || !TakeTime(&text)) {
    return 0;
  }
  if (text.empty()) {
    return kTimestamp;
  }
  return TakeZone(&text) && text.empty() ? kInstant : 0;
}

}  // namespace

void LeafTypes::Add(std::string_view text) {
  is_empty_ = false;
  if (possible_ == 0) {
    return;
  }
  uint8_t types = 0;
  if (text == "true" || text == "false") {
    types = kBool;
  } else if (text.size() < 40) {
    types = static_cast<uint8_t>(NumberTypes(text) | TimeTypes(text));
  }
  possible_ &= types;
}

void LeafTypes::AddText() {
  is_empty_ = false;
  possible_ = 0;
}

void LeafTypes::AddNumber(bool is_whole) {
  is_empty_ = false;
  possible_ &= static_cast<uint8_t>(is_whole ? kInteger | kDouble : kDouble);
}

std::string_view LeafTypes::type() const {
  constexpr std::array<std::string_view, 6> kNames = {
      "BOOLEAN", "BIGINT", "DOUBLE", "DATE", "TIMESTAMP", "TIMESTAMPTZ"};
  for (size_t i = 0; !is_empty_ && i < kNames.size(); ++i) {
    if ((possible_ & (1U << i)) != 0) {
      return kNames[i];
    }
  }
  return "VARCHAR";
}

}  // namespace tarn::ingest::records
