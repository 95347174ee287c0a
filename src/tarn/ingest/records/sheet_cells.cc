// Places and times in the cells of a sheet.
#include <chrono>
#include <cmath>
#include <cstdint>

#include <fmt/format.h>

#include "tarn/ingest/records/workbook.h"

namespace tarn::ingest::records {

std::string ColumnLetters(int32_t column) {
  std::string letters;
  for (int32_t rest = column + 1; rest > 0; rest = (rest - 1) / 26) {
    letters.insert(letters.begin(), static_cast<char>('A' + (rest - 1) % 26));
  }
  return letters;
}

std::optional<CellPlace> PlaceOf(std::string_view reference) {
  CellPlace place{.column = 0, .row = 0};
  size_t at = 0;
  for (; at < reference.size(); ++at) {
    const char c = reference[at];
    const bool is_lower = c >= 'a' && c <= 'z';
    if (!is_lower && (c < 'A' || c > 'Z')) {
      break;
    }
    place.column = place.column * 26 + (c - (is_lower ? 'a' : 'A') + 1);
    if (place.column > kSheetColumnsMax) {
      return std::nullopt;
    }
  }
  if (at == 0) {
    return std::nullopt;
  }
  --place.column;
  const bool has_row = at < reference.size();
  for (; at < reference.size(); ++at) {
    const char c = reference[at];
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    place.row = place.row * 10 + (c - '0');
    if (place.row > kSheetRowsMax) {
      return std::nullopt;
    }
  }
  return has_row && place.row == 0 ? std::nullopt : std::optional(place);
}

std::optional<std::string> TimeOfSerial(double serial, bool has_date, bool has_time,
                                        bool is_since_1904) {
  namespace chrono = std::chrono;
  constexpr double kSerialMax = 2'958'466;  // the end of 9999
  constexpr double kLeapDay = 60;           // of 1900, which was none
  constexpr int64_t kDayMs = 86'400'000;
  if (!(serial >= 0 && serial < kSerialMax)) {
    return std::nullopt;
  }
  const int64_t ms = std::llround(serial * static_cast<double>(kDayMs));
  const int64_t in_day = ms % kDayMs;
  std::string time = fmt::format("{:02}:{:02}:{:02}", in_day / 3'600'000,
                                 in_day / 60'000 % 60, in_day / 1'000 % 60);
  if (in_day % 1'000 != 0) {
    time += fmt::format(".{:03}", in_day % 1'000);
  }
  if (!has_date && serial < 1) {
    return time;
  }
  chrono::sys_days epoch = chrono::sys_days(chrono::year(1899) / chrono::December / 30);
  if (is_since_1904) {
    epoch = chrono::sys_days(chrono::year(1904) / chrono::January / 1);
  } else if (serial < kLeapDay) {
    epoch += chrono::days(1);
  }
  const chrono::year_month_day day(epoch + chrono::days(ms / kDayMs));
  std::string text =
      fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                  static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
  if (has_time || in_day != 0) {
    text += "T" + time;
  }
  return text;
}

}  // namespace tarn::ingest::records
