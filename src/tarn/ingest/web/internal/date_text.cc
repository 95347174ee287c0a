#include "tarn/ingest/web/internal/date_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace tarn::ingest::web::internal {
namespace {

using std::chrono::day;
using std::chrono::month;
using std::chrono::sys_days;
using std::chrono::year;

constexpr int64_t kMicrosPerSecond = 1'000'000;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// All of `text`, which has as many digits as that.
std::optional<int> Number(std::string_view text, size_t min, size_t max) {
  if (text.size() < min || text.size() > max || !std::ranges::all_of(text, IsDigit)) {
    return std::nullopt;
  }
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::optional<sys_days> DateOf(int y, int m, int d) {
  const std::chrono::year_month_day date(year(y), month(static_cast<unsigned>(m)),
                                         day(static_cast<unsigned>(d)));
  return date.ok() && y >= 1 ? std::optional(sys_days(date)) : std::nullopt;
}

std::optional<int> MonthOf(std::string_view word) {
  constexpr std::array<std::string_view, 12> kMonths = {
      "january", "february", "march",     "april",   "may",      "june",
      "july",    "august",   "september", "october", "november", "december"};
  std::string lower;
  for (const char c : word) {
    lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  if (lower.ends_with('.')) {
    lower.pop_back();
  }
  if (lower == "sept") {
    return 9;
  }
  for (size_t i = 0; i < kMonths.size(); ++i) {
    if (lower == kMonths[i] || (lower.size() == 3 && kMonths[i].starts_with(lower))) {
      return static_cast<int>(i) + 1;
    }
  }
  return std::nullopt;
}

std::vector<std::string_view> Words(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty() && words.size() < 8) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    const size_t end = std::min(text.find(' '), text.size());
    if (end > 0) {
      words.push_back(text.substr(0, end));
    }
    text.remove_prefix(end);
  }
  return words;
}

std::optional<sys_days> IsoDate(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') {
    return std::nullopt;
  }
  const auto y = Number(text.substr(0, 4), 4, 4);
  const auto m = Number(text.substr(5, 2), 2, 2);
  const auto d = Number(text.substr(8, 2), 2, 2);
  return y && m && d ? DateOf(*y, *m, *d) : std::nullopt;
}

/// "1 March 2024", "March 1, 2024".
std::optional<sys_days> WordDate(const std::vector<std::string_view>& words) {
  if (words.size() != 3) {
    return std::nullopt;
  }
  const auto y = Number(words[2], 4, 4);
  std::string_view day_text = words[0];
  auto m = MonthOf(words[1]);
  if (!m) {
    m = MonthOf(words[0]);
    day_text = words[1];
    if (day_text.ends_with(',')) {
      day_text.remove_suffix(1);
    }
  } else if (day_text.ends_with('.')) {
    day_text.remove_suffix(1);
  }
  const auto d = Number(day_text, 1, 2);
  return y && m && d ? DateOf(*y, *m, *d) : std::nullopt;
}

std::optional<sys_days> NumericDate(std::string_view text, DateOrder order) {
  const size_t first = text.find_first_of("/.-");
  if (order == DateOrder::kNone || first == std::string_view::npos) {
    return std::nullopt;
  }
  const size_t second = text.find(text[first], first + 1);
  if (second == std::string_view::npos) {
    return std::nullopt;
  }
  const auto a = Number(text.substr(0, first), 1, 2);
  const auto b = Number(text.substr(first + 1, second - first - 1), 1, 2);
  const auto y = Number(text.substr(second + 1), 4, 4);
  if (!a || !b || !y) {
    return std::nullopt;
  }
  return order == DateOrder::kDayFirst ? DateOf(*y, *b, *a) : DateOf(*y, *a, *b);
}

struct ClockText {
  int64_t micros;
  std::string_view rest;  // the zone
};

/// "12:30", "12:30:01.25" at the front.
std::optional<ClockText> ClockOf(std::string_view text) {
  if (text.size() < 5 || text[2] != ':') {
    return std::nullopt;
  }
  const auto hours = Number(text.substr(0, 2), 2, 2);
  const auto minutes = Number(text.substr(3, 2), 2, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) {
    return std::nullopt;
  }
  int64_t seconds = int64_t{*hours} * 3600 + *minutes * 60;
  int64_t micros = 0;
  text.remove_prefix(5);
  if (text.starts_with(':')) {
    const auto second = Number(text.substr(1, 2), 2, 2);
    if (!second || *second > 59) {
      return std::nullopt;
    }
    seconds += *second;
    text.remove_prefix(3);
    if (text.starts_with('.') || text.starts_with(',')) {
      text.remove_prefix(1);
      const auto end = std::ranges::find_if_not(text, IsDigit);
      const auto digits = static_cast<size_t>(end - text.begin());
      if (digits == 0 || digits > 6) {  // more would be lost
        return std::nullopt;
      }
      std::string fraction(text.substr(0, digits));
      fraction.resize(6, '0');
      micros = *Number(fraction, 6, 6);
      text.remove_prefix(digits);
    }
  }
  return ClockText{seconds * kMicrosPerSecond + micros, text};
}

/// Microseconds east of UTC: "Z", "GMT", "+02:00", "+0200", "+02".
std::optional<int64_t> ZoneOf(std::string_view text) {
  if (text == "Z" || text == "z" || text == "GMT" || text == "UTC" || text == "UT") {
    return 0;
  }
  if (text.size() < 3 || (text[0] != '+' && text[0] != '-')) {
    return std::nullopt;
  }
  const auto hours = Number(text.substr(1, 2), 2, 2);
  std::string_view rest = text.substr(3);
  if (rest.starts_with(':')) {
    rest.remove_prefix(1);
  }
  const auto minutes = rest.empty() ? std::optional(0) : Number(rest, 2, 2);
  if (!hours || !minutes || *hours > 18 || *minutes > 59) {
    return std::nullopt;
  }
  const int64_t seconds = int64_t{*hours} * 3600 + *minutes * 60;
  return (text[0] == '-' ? -seconds : seconds) * kMicrosPerSecond;
}

std::optional<TimeText> TimeOf(sys_days date, std::string_view clock_and_zone) {
  const std::optional<ClockText> clock = ClockOf(clock_and_zone);
  if (!clock) {
    return std::nullopt;
  }
  const int64_t micros =
      int64_t{date.time_since_epoch().count()} * 86'400 * kMicrosPerSecond +
      clock->micros;
  std::string_view zone = clock->rest;
  if (zone.starts_with(' ')) {
    zone.remove_prefix(1);
  }
  if (zone.empty()) {
    return TimeText{micros, false};
  }
  const std::optional<int64_t> east = ZoneOf(zone);
  return east ? std::optional(TimeText{micros - *east, true}) : std::nullopt;
}

}  // namespace

std::optional<sys_days> ParseDate(std::string_view text, DateOrder order) {
  if (text.size() > 40) {
    return std::nullopt;
  }
  if (auto date = IsoDate(text)) {
    return date;
  }
  if (auto date = WordDate(Words(text))) {
    return date;
  }
  return NumericDate(text, order);
}

std::optional<TimeText> ParseTime(std::string_view text) {
  if (text.size() < 16 || text.size() > 60) {
    return std::nullopt;
  }
  if (text[10] == 'T' || text[10] == 't' || text[10] == ' ') {
    if (const auto date = IsoDate(text.substr(0, 10))) {
      return TimeOf(*date, text.substr(11));
    }
  }
  // RFC 822: the day of the week may be left out.
  const size_t comma = text.find(", ");
  if (comma != std::string_view::npos) {
    text.remove_prefix(comma + 2);
  }
  const std::vector<std::string_view> words = Words(text);
  if (words.size() != 5) {
    return std::nullopt;
  }
  const auto date = WordDate({words[0], words[1], words[2]});
  if (!date) {
    return std::nullopt;
  }
  return TimeOf(*date, std::string(words[3]) + ' ' + std::string(words[4]));
}

}  // namespace tarn::ingest::web::internal
