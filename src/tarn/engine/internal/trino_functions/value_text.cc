#include "tarn/engine/internal/trino_functions/value_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

namespace tarn::engine {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kDay = 86'400 * kSecond;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

template <typename T>
std::string Scientific(T value) {
  if (std::isnan(value)) {
    return "NaN";
  }
  if (std::isinf(value)) {
    return value < 0 ? "-Infinity" : "Infinity";
  }
  if (value == 0) {
    return std::signbit(value) ? "-0E0" : "0E0";
  }
  std::array<char, 40> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                 std::chars_format::scientific);
  const std::string_view text(buffer.data(),
                              static_cast<size_t>(end.ptr - buffer.data()));
  const size_t e = text.find('e');
  std::string mantissa(text.substr(0, e));
  if (mantissa.find('.') == std::string::npos) {
    mantissa += ".0";
  }
  const int exponent = std::atoi(std::string(text.substr(e + 1)).c_str());
  return mantissa + "E" + std::to_string(exponent);
}

/// Takes characters from the front of a text.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool Take(char c) {
    if (rest_.empty() || rest_.front() != c) {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }

  std::optional<int32_t> Number(size_t digits_max) {
    size_t digits = 0;
    while (digits < rest_.size() && digits < digits_max && IsDigit(rest_[digits])) {
      ++digits;
    }
    if (digits == 0) {
      return {};
    }
    int32_t value = 0;
    std::from_chars(rest_.data(), rest_.data() + digits, value);
    rest_.remove_prefix(digits);
    return value;
  }

  /// Digits after the point of a second, as microseconds.
  std::optional<int64_t> Fraction() {
    int64_t micros = 0;
    size_t digits = 0;
    bool round_up = false;
    for (; digits < rest_.size() && IsDigit(rest_[digits]); ++digits) {
      if (digits < 6) {
        micros = micros * 10 + (rest_[digits] - '0');
      } else if (digits == 6) {
        round_up = rest_[digits] >= '5';
      }
    }
    if (digits == 0 || digits > 12) {
      return {};
    }
    for (size_t missing = digits; missing < 6; ++missing) {
      micros *= 10;
    }
    rest_.remove_prefix(digits);
    return micros + (round_up ? 1 : 0);
  }

  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

std::optional<int64_t> ReadTime(Reader* reader) {
  const auto hour = reader->Number(2);
  if (!hour || !reader->Take(':')) {
    return {};
  }
  const auto minute = reader->Number(2);
  if (!minute) {
    return {};
  }
  int64_t micros = 0;
  if (reader->Take(':')) {
    const auto second = reader->Number(2);
    if (!second || *second > 59) {
      return {};
    }
    micros = *second * kSecond;
    if (reader->Take('.')) {
      const auto fraction = reader->Fraction();
      if (!fraction) {
        return {};
      }
      micros += *fraction;
    }
  }
  if (*hour > 23 || *minute > 59) {
    return {};
  }
  return micros + (int64_t{*hour} * 60 + *minute) * 60 * kSecond;
}

bool IsZone(std::string_view zone) {
  if (zone.empty()) {
    return false;
  }
  for (const char c : zone) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !IsDigit(c) && c != '/' && c != '_' && c != '-' && c != '+' &&
        c != ':') {
      return false;
    }
  }
  return true;
}

}  // namespace

std::string ScientificText(double value) { return Scientific(value); }
std::string ScientificText(float value) { return Scientific(value); }

std::string PlainText(double value) {
  const double size = std::abs(value);
  if (value != 0 && (!std::isfinite(value) || size < 1e-3 || size >= 1e7)) {
    return ScientificText(value);
  }
  std::array<char, 40> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                 std::chars_format::fixed);
  std::string text(buffer.data(), end.ptr);
  return text.find('.') == std::string::npos ? text + ".0" : text;
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') {
    text.remove_prefix(1);
  }
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') {
    text.remove_suffix(1);
  }
  return text;
}

std::optional<int64_t> ParseInteger(std::string_view text) {
  text = Trimmed(text);
  if (text.size() > 1 && text.front() == '+' && IsDigit(text[1])) {
    text.remove_prefix(1);
  }
  int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (text.empty() || read.ec != std::errc() || read.ptr != end) {
    return {};
  }
  return value;
}

std::optional<double> ParseDouble(std::string_view text) {
  text = Trimmed(text);
  const bool negative = !text.empty() && text.front() == '-';
  std::string_view size = text;
  if (!size.empty() && (negative || size.front() == '+')) {
    size.remove_prefix(1);
  }
  if (size == "NaN") {
    return std::nan("");
  }
  if (size == "Infinity") {
    return negative ? -HUGE_VAL : HUGE_VAL;
  }
  if (size.size() > 1 && std::string_view("dDfF").find(size.back()) < 4) {
    size.remove_suffix(1);
  }
  if (size.empty() || size.find_first_not_of("0123456789.eE+-") != std::string::npos ||
      size.front() == '+' || size.front() == '-') {
    return {};
  }
  const std::string terminated(size);
  char* end = nullptr;
  const double value = std::strtod(terminated.c_str(), &end);
  if (end != terminated.c_str() + terminated.size()) {
    return {};
  }
  return negative ? -value : value;
}

std::optional<bool> ParseBoolean(std::string_view text) {
  std::string lower;
  for (const char c : text) {
    lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if (lower == "true" || lower == "t" || lower == "1") {
    return true;
  }
  if (lower == "false" || lower == "f" || lower == "0") {
    return false;
  }
  return {};
}

std::optional<MomentText> ParseMoment(std::string_view text) {
  Reader reader(Trimmed(text));
  MomentText moment;
  const bool negative = reader.Take('-');
  if (!negative) {
    reader.Take('+');
  }
  const auto year = reader.Number(6);
  if (!year || !reader.Take('-')) {
    return {};
  }
  const auto month = reader.Number(2);
  if (!month || !reader.Take('-')) {
    return {};
  }
  const auto day = reader.Number(2);
  if (!day) {
    return {};
  }
  moment.year = negative ? -*year : *year;
  moment.month = *month;
  moment.day = *day;
  if (reader.rest().empty()) {
    return moment;
  }
  if (!reader.Take(' ')) {
    return {};
  }
  const auto micros = ReadTime(&reader);
  if (!micros) {
    return {};
  }
  moment.has_time = true;
  moment.micros = *micros;
  moment.zone = std::string(Trimmed(reader.rest()));
  if (!moment.zone.empty() && !IsZone(moment.zone)) {
    return {};
  }
  return moment;
}

std::optional<int64_t> ParseTimeOfDay(std::string_view text) {
  Reader reader(Trimmed(text));
  const auto micros = ReadTime(&reader);
  return reader.rest().empty() ? micros : std::nullopt;
}

std::optional<int32_t> OffsetOfZone(std::string_view zone) {
  if (zone == "Z" || zone == "UTC" || zone == "GMT" || zone == "UT") {
    return 0;
  }
  for (const std::string_view utc : {"UTC", "GMT", "UT"}) {
    if (zone.starts_with(utc) && zone.find_first_of("+-") == utc.size()) {
      zone.remove_prefix(utc.size());
    }
  }
  Reader reader(zone);
  const bool negative = reader.Take('-');
  if (!negative && !reader.Take('+')) {
    return {};
  }
  const auto hours = reader.Number(2);
  if (!hours) {
    return {};
  }
  int32_t minutes = 0;
  if (!reader.rest().empty()) {
    reader.Take(':');
    const auto read = reader.Number(2);
    if (!read || !reader.rest().empty()) {
      return {};
    }
    minutes = *read;
  }
  const int32_t seconds = (*hours * 60 + minutes) * 60;
  if (seconds > 14 * 3600 || minutes > 59) {
    return {};
  }
  return negative ? -seconds : seconds;
}

std::string ZoneOfOffset(int32_t seconds) {
  if (seconds == 0) {
    return "UTC";
  }
  const int32_t minutes = std::abs(seconds) / 60;
  return fmt::format("{}{:02}:{:02}", seconds < 0 ? '-' : '+', minutes / 60,
                     minutes % 60);
}

std::string DateText(int32_t year, int32_t month, int32_t day) {
  const std::string_view sign = year < 0 ? "-" : (year > 9999 ? "+" : "");
  return fmt::format("{}{:04}-{:02}-{:02}", sign, std::abs(year), month, day);
}

std::string TimeText(int64_t micros_of_day, int digits) {
  const int64_t seconds = micros_of_day / kSecond;
  std::string text =
      fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (digits > 0) {
    const std::string fraction = fmt::format("{:06}", micros_of_day % kSecond);
    text += "." + fraction.substr(0, static_cast<size_t>(digits));
  }
  return text;
}

std::string MonthsText(int64_t months) {
  const int64_t size = std::abs(months);
  return fmt::format("{}{}-{}", months < 0 ? "-" : "", size / 12, size % 12);
}

std::string DayTimeText(int64_t micros) {
  const int64_t size = std::abs(micros);
  return fmt::format("{}{} {}", micros < 0 ? "-" : "", size / kDay,
                     TimeText(size % kDay, 3));
}

}  // namespace tarn::engine
