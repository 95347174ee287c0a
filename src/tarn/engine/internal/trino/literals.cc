#include "tarn/engine/internal/trino/literals.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include <duckdb/common/types/hugeint.hpp>

#include "tarn/base/error.h"
#include "tarn/engine/internal/trino_functions/interval_type.h"

namespace tarn::engine::trino {
namespace {

using duckdb::Value;

constexpr size_t kDecimalDigitsMax = 38;
constexpr int64_t kMicrosPerSecond = 1'000'000;

Status BadLiteral(std::string_view kind, std::string_view text) {
  return MakeError(ErrorCode::kInvalidArgument, "INVALID_LITERAL: '" + std::string(text) +
                                                    "' is not a valid " +
                                                    std::string(kind) + " literal");
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// Numbers separated by single characters of any other kind: "1 02:03:04.5" gives five.
std::optional<std::vector<int64_t>> Numbers(std::string_view text, std::string* marks) {
  std::vector<int64_t> numbers;
  const char* at = text.data();
  const char* end = at + text.size();
  while (true) {
    int64_t number = 0;
    const auto parsed = std::from_chars(at, end, number);
    if (parsed.ec != std::errc() || !IsDigit(*at)) {
      return {};
    }
    numbers.push_back(number);
    if (parsed.ptr == end) {
      return numbers;
    }
    marks->push_back(*parsed.ptr);
    at = parsed.ptr + 1;
  }
}

/// Microseconds of the digits after a second's point; at most six of them.
std::optional<int64_t> TakeFraction(std::string_view* text) {
  const size_t point = text->find('.');
  if (point == std::string_view::npos) {
    return 0;
  }
  std::string digits(text->substr(point + 1));
  if (digits.empty() || digits.size() > 6 ||
      digits.find_first_not_of("0123456789") != std::string::npos) {
    return {};
  }
  digits.resize(6, '0');
  *text = text->substr(0, point);
  return std::strtoll(digits.c_str(), nullptr, 10);
}

constexpr std::string_view kFields[] = {"day", "hour", "minute", "second"};
constexpr int64_t kFieldMicros[] = {86'400 * kMicrosPerSecond, 3'600 * kMicrosPerSecond,
                                    60 * kMicrosPerSecond, kMicrosPerSecond};
constexpr char kFieldMarks[] = {' ', ':', ':'};

std::optional<size_t> FieldIndex(const std::string& name) {
  for (size_t i = 0; i < std::size(kFields); ++i) {
    if (kFields[i] == name) {
      return i;
    }
  }
  return {};
}

Result<Value> DayInterval(const sql::node::Interval& interval) {
  const auto first = FieldIndex(interval.from);
  const auto last = interval.to.has_value() ? FieldIndex(*interval.to) : first;
  std::string_view text = interval.value;
  const auto fraction = TakeFraction(&text);
  std::string marks;
  const auto numbers = Numbers(text, &marks);
  if (!first || !last || *last < *first || !fraction || !numbers ||
      numbers->size() != *last - *first + 1 ||
      marks != std::string_view(kFieldMarks + *first, *last - *first)) {
    return BadLiteral("INTERVAL", interval.value);
  }
  int64_t micros = *fraction;
  for (size_t i = 0; i < numbers->size(); ++i) {
    int64_t part = 0;
    if (__builtin_mul_overflow((*numbers)[i], kFieldMicros[*first + i], &part) ||
        __builtin_add_overflow(micros, part, &micros)) {
      return BadLiteral("INTERVAL", interval.value);
    }
  }
  return Value::INTERVAL(0, 0, interval.is_negative ? -micros : micros);
}

Result<Value> YearInterval(const sql::node::Interval& interval) {
  std::string marks;
  const auto numbers = Numbers(interval.value, &marks);
  const bool has_months = interval.to == "month";
  if (!numbers || numbers->size() != (has_months ? 2U : 1U) ||
      marks != (has_months ? "-" : "")) {
    return BadLiteral("INTERVAL", interval.value);
  }
  constexpr int64_t kYearsMax = std::numeric_limits<int32_t>::max() / 12 - 1;
  int64_t months = (*numbers)[0];
  if (interval.from == "year") {
    if (months > kYearsMax) {
      return BadLiteral("INTERVAL", interval.value);
    }
    months = months * 12 + (has_months ? (*numbers)[1] : 0);
  }
  if (months > std::numeric_limits<int32_t>::max()) {
    return BadLiteral("INTERVAL", interval.value);
  }
  const auto count = static_cast<int32_t>(months);
  Value value = Value::INTERVAL(interval.is_negative ? -count : count, 0, 0);
  value.Reinterpret(YearMonthInterval());
  return value;
}

}  // namespace

Result<Value> IntegerValue(const std::string& text) {
  int base = 10;
  std::string_view digits = text;
  const bool is_negative = digits.starts_with('-');
  digits.remove_prefix(is_negative ? 1 : 0);
  if (digits.size() > 2 && digits[0] == '0' && !IsDigit(digits[1])) {
    const char kind = digits[1];
    base = kind == 'x' || kind == 'X' ? 16 : kind == 'o' || kind == 'O' ? 8 : 2;
    digits.remove_prefix(2);
  }
  // The sign stays in front of the digits, since the least bigint has no positive twin.
  const std::string written = (is_negative ? "-" : "") + std::string(digits);
  int64_t number = 0;
  const char* end = written.data() + written.size();
  const auto parsed = std::from_chars(written.data(), end, number, base);
  if (parsed.ec != std::errc() || parsed.ptr != end) {
    return MakeError(ErrorCode::kSyntax, "Invalid numeric literal: " + text);
  }
  if (std::in_range<int32_t>(number)) {
    return Value::INTEGER(static_cast<int32_t>(number));
  }
  return Value::BIGINT(number);
}

Result<Value> DecimalValue(std::string_view text) {
  bool is_negative = false;
  std::string_view rest = text;
  if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) {
    is_negative = rest[0] == '-';
    rest.remove_prefix(1);
  }
  const size_t point = rest.find('.');
  std::string_view whole = rest.substr(0, point);
  const std::string_view fraction =
      point == std::string_view::npos ? std::string_view() : rest.substr(point + 1);
  if (whole.empty() && fraction.empty()) {
    return BadLiteral("DECIMAL", text);
  }
  whole.remove_prefix(std::min(whole.find_first_not_of('0'), whole.size()));
  const std::string digits = std::string(whole) + std::string(fraction);
  if (digits.size() > kDecimalDigitsMax ||
      digits.find_first_not_of("0123456789") != std::string::npos) {
    return BadLiteral("DECIMAL", text);
  }
  duckdb::hugeint_t number(0);
  for (const char digit : digits) {
    number = number * duckdb::hugeint_t(10) + duckdb::hugeint_t(digit - '0');
  }
  number = is_negative ? -number : number;
  const auto width = static_cast<uint8_t>(std::max<size_t>(digits.size(), 1));
  const auto scale = static_cast<uint8_t>(fraction.size());
  if (width > 18) {
    return Value::DECIMAL(number, width, scale);
  }
  return Value::DECIMAL(duckdb::Hugeint::Cast<int64_t>(number), width, scale);
}

Result<Value> DoubleValue(const std::string& text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ptr != end ||
      (parsed.ec != std::errc() && parsed.ec != std::errc::result_out_of_range)) {
    return BadLiteral("DOUBLE", text);
  }
  if (parsed.ec == std::errc::result_out_of_range) {
    number = std::strtod(text.c_str(), nullptr);  // 0 or infinity, as in Java
  }
  return Value::DOUBLE(number);
}

Result<Value> IntervalValue(const sql::node::Interval& interval) {
  sql::node::Interval plain = interval;
  if (!plain.value.empty() && (plain.value[0] == '-' || plain.value[0] == '+')) {
    plain.is_negative ^= plain.value[0] == '-';
    plain.value.erase(0, 1);
  }
  const bool is_year = plain.from == "year" || plain.from == "month";
  return is_year ? YearInterval(plain) : DayInterval(plain);
}

TimeText LookAtTime(std::string_view text) {
  TimeText time;
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    return time;
  }
  size_t at = colon;
  bool in_fraction = false;
  for (; at < text.size() && (IsDigit(text[at]) || text[at] == ':' || text[at] == '.');
       ++at) {
    time.precision += in_fraction && IsDigit(text[at]) ? 1 : 0;
    in_fraction |= text[at] == '.';
  }
  const size_t zone = text.find_first_not_of(' ', at);
  time.has_zone = zone != std::string_view::npos;
  time.zone = time.has_zone ? text.substr(zone) : std::string_view();
  time.zone = time.zone.substr(0, time.zone.find_last_not_of(' ') + 1);
  return time;
}

}  // namespace tarn::engine::trino
