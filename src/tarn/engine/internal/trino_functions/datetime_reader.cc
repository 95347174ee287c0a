// ParseByPattern.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "tarn/engine/internal/trino_functions/datetime_pattern.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"

namespace tarn::engine {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {
    "january", "february", "march",     "april",   "may",      "june",
    "july",    "august",   "september", "october", "november", "december"};
constexpr std::array<std::string_view, 7> kDays = {
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return lower;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

class MomentReader {
 public:
  explicit MomentReader(std::string_view text) : text_(text), rest_(text) {}

  ReadMoment Read(const Pattern& pattern) {
    for (size_t i = 0; i < pattern.size(); ++i) {
      const bool digits_follow =
          i + 1 < pattern.size() && IsNumeric(pattern[i + 1].field);
      ReadItem(pattern[i], digits_follow);
    }
    if (!rest_.empty()) {
      Malformed();
    }
    int32_t hour = hour_;
    if (half_day_) {
      hour = hour % 12 + (*half_day_ == 1 ? 12 : 0);
    }
    result_.micros =
        ((int64_t{hour} * 60 + minute_) * 60 + second_) * 1'000'000 + micros_;
    return result_;
  }

 private:
  static bool IsNumeric(Field field) {
    return field == Field::kYear || field == Field::kYearOfCentury ||
           field == Field::kMonth || field == Field::kDay || field == Field::kHour24 ||
           field == Field::kHour12 || field == Field::kMinute ||
           field == Field::kSecond || field == Field::kFraction ||
           field == Field::kDayOfYear || field == Field::kWeek;
  }

  [[noreturn]] void Malformed() const {
    if (rest_.empty()) {
      ThrowTrino(kInvalidArgument,
                 fmt::format("Invalid format: \"{}\" is too short", text_));
    }
    if (rest_.size() == text_.size()) {
      ThrowTrino(kInvalidArgument, fmt::format("Invalid format: \"{}\"", text_));
    }
    ThrowTrino(kInvalidArgument, fmt::format("Invalid format: \"{}\" is malformed at "
                                             "\"{}\"",
                                             text_, rest_));
  }

  int32_t Number(size_t digits_max, int32_t low, int32_t high) {
    const std::string_view before = rest_;
    size_t digits = 0;
    int32_t value = 0;
    while (digits < rest_.size() && digits < digits_max && IsDigit(rest_[digits])) {
      value = value * 10 + (rest_[digits++] - '0');
    }
    if (digits == 0 || value < low || value > high) {
      rest_ = before;
      Malformed();
    }
    rest_.remove_prefix(digits);
    return value;
  }

  template <size_t N>
  int32_t NameIn(const std::array<std::string_view, N>& names) {
    const std::string lower = Lower(rest_);
    for (size_t i = 0; i < N; ++i) {
      const bool whole = lower.starts_with(names[i]);
      if (whole || lower.starts_with(names[i].substr(0, 3))) {
        rest_.remove_prefix(whole ? names[i].size() : 3);
        return static_cast<int32_t>(i);
      }
    }
    Malformed();
  }

  int32_t Year() {
    const bool negative = rest_.starts_with("-");
    if (negative || rest_.starts_with("+")) {
      rest_.remove_prefix(1);
    }
    const int32_t year = Number(9, 0, 999'999'999);
    return negative ? -year : year;
  }

  void Fraction() {
    micros_ = 0;
    size_t digits = 0;
    for (int64_t unit = 100'000; digits < rest_.size() && IsDigit(rest_[digits]);
         ++digits, unit /= 10) {
      micros_ += (rest_[digits] - '0') * unit;
    }
    if (digits == 0) {
      Malformed();
    }
    rest_.remove_prefix(digits);
  }

  void Zone() {
    size_t size = 0;
    while (size < rest_.size() && rest_[size] != ' ' && rest_[size] != ',' &&
           rest_[size] != ')') {
      ++size;
    }
    if (size == 0) {
      Malformed();
    }
    result_.zone = std::string(rest_.substr(0, size));
    rest_.remove_prefix(size);
  }

  void HalfDay() {
    const std::string lower = Lower(rest_.substr(0, 2));
    if (lower != "am" && lower != "pm") {
      Malformed();
    }
    half_day_ = lower == "pm" ? 1 : 0;
    rest_.remove_prefix(2);
  }

  void ReadLiteral(const std::string& literal) {
    if (!rest_.starts_with(literal)) {
      Malformed();
    }
    rest_.remove_prefix(literal.size());
  }

  void ReadItem(const PatternItem& item, bool digits_follow) {
    switch (item.field) {
      case Field::kLiteral:
        return ReadLiteral(item.literal);
      case Field::kYear:
      case Field::kYearOfEra:
      case Field::kWeekYear:
        result_.year =
            digits_follow ? Number(static_cast<size_t>(item.width), 0, 999'999) : Year();
        return;
      case Field::kYearOfCentury: {
        const int32_t year = Number(2, 0, 99);
        result_.year = year < 70 ? 2000 + year : 1900 + year;
        return;
      }
      case Field::kMonth:
        result_.month = Number(2, 1, 12);
        return;
      case Field::kMonthName:
      case Field::kMonthShort:
        result_.month = NameIn(kMonths) + 1;
        return;
      case Field::kDay:
        result_.day = Number(2, 1, 31);
        return;
      case Field::kDayName:
      case Field::kDayShort:
        NameIn(kDays);
        return;
      case Field::kDayOfWeek:
        result_.day_of_week = Number(1, 1, 7);
        return;
      default:
        return ReadTime(item);
    }
  }

  void ReadTime(const PatternItem& item) {
    switch (item.field) {
      case Field::kDayOfYear:
        result_.day_of_year = Number(3, 1, 366);
        return;
      case Field::kWeek:
        result_.week = Number(2, 1, 53);
        return;
      case Field::kHour24:
        hour_ = Number(2, 0, 23);
        return;
      case Field::kHour24From1:
        hour_ = Number(2, 1, 24) % 24;
        return;
      case Field::kHour12:
      case Field::kHour12From0:
        hour_ = Number(2, 0, 12) % 12;
        return;
      case Field::kHalfDay:
        return HalfDay();
      case Field::kMinute:
        minute_ = Number(2, 0, 59);
        return;
      case Field::kSecond:
        second_ = Number(2, 0, 59);
        return;
      case Field::kFraction:
        return Fraction();
      case Field::kOffset:
      case Field::kOffsetColon:
      case Field::kZone:
        return Zone();
      default:
        Malformed();
    }
  }

  std::string_view text_;
  std::string_view rest_;
  ReadMoment result_;
  int32_t hour_ = 0;
  int32_t minute_ = 0;
  int32_t second_ = 0;
  int64_t micros_ = 0;
  std::optional<int32_t> half_day_;
};

}  // namespace

ReadMoment ParseByPattern(std::string_view text, const Pattern& pattern) {
  return MomentReader(text).Read(pattern);
}

}  // namespace tarn::engine
