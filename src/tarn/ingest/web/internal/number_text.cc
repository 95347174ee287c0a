#include "tarn/ingest/web/internal/number_text.h"

#include <algorithm>

namespace tarn::ingest::web::internal {
namespace {

constexpr std::string_view kCurrencies[] = {
    "US$", "A$",  "C$",  "R$",  "CHF", "EUR", "USD", "GBP", "JPY", "CNY", "INR", "AUD",
    "CAD", "SEK", "NOK", "DKK", "PLN", "CZK", "BRL", "KRW", "RUB", "TRY", "MXN", "ZAR",
    "$",   "€",   "£",   "¥",   "₹",   "₽",   "₩",   "₺",   "₴",   "₫",   "₪",   "zł"};

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(' ');
  return begin == std::string_view::npos
             ? std::string_view()
             : text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// The minus sign of typography is one too.
bool TakeMinus(std::string_view* text) {
  for (const std::string_view sign : {"-", "\xe2\x88\x92"}) {
    if (text->starts_with(sign)) {
      text->remove_prefix(sign.size());
      return true;
    }
  }
  return false;
}

/// The digits of "1,234,567"; unset if the groups are not of three.
std::optional<std::string> JoinGroups(std::string_view whole, char group) {
  std::string digits;
  size_t size_of_group = 0;
  bool is_first = true;
  for (const char c : whole) {
    if (IsDigit(c)) {
      digits += c;
      ++size_of_group;
      continue;
    }
    const bool is_right =
        is_first ? size_of_group >= 1 && size_of_group <= 3 : size_of_group == 3;
    if (c != group || !is_right) {
      return std::nullopt;
    }
    is_first = false;
    size_of_group = 0;
  }
  if (digits.empty() || (!is_first && size_of_group != 3)) {
    return std::nullopt;
  }
  return digits;
}

}  // namespace

std::optional<NumberText> SplitNumber(std::string_view text) {
  NumberText number;
  text = Trim(text);
  if (text.ends_with('%')) {
    number.is_percent = true;
    text = Trim(text.substr(0, text.size() - 1));
  }
  for (const std::string_view currency : kCurrencies) {
    if (number.is_percent) {
      break;
    }
    if (text.starts_with(currency)) {
      number.currency = currency;
      text = Trim(text.substr(currency.size()));
      break;
    }
    if (text.ends_with(currency)) {
      number.currency = currency;
      text = Trim(text.substr(0, text.size() - currency.size()));
      break;
    }
  }
  number.core = text;
  std::string_view rest = text;
  if (!TakeMinus(&rest) && rest.starts_with('+')) {
    rest.remove_prefix(1);
  }
  const bool is_number =
      !rest.empty() && rest.size() <= 64 && std::ranges::any_of(rest, IsDigit) &&
      std::ranges::all_of(rest, [](char c) {
        return IsDigit(c) || c == ',' || c == '.' || c == '\'' || c == ' ';
      });
  return is_number ? std::optional(number) : std::nullopt;
}

std::optional<Digits> ParseDigits(std::string_view core, const NumberStyle& style,
                                  bool takes_plus) {
  Digits number;
  number.is_negative = TakeMinus(&core);
  if (!number.is_negative && core.starts_with('+')) {
    if (!takes_plus) {
      return std::nullopt;  // a telephone number
    }
    core.remove_prefix(1);
  }
  const size_t point = core.find(style.point);
  const std::string_view whole = core.substr(0, point);
  std::string_view fraction;
  if (point != std::string_view::npos) {
    fraction = core.substr(point + 1);
    if (fraction.empty() || !std::ranges::all_of(fraction, IsDigit)) {
      return std::nullopt;
    }
  }
  const std::optional<std::string> digits = JoinGroups(whole, style.group);
  if (!digits || (digits->size() > 1 && digits->front() == '0')) {
    return std::nullopt;
  }
  number.scale = static_cast<int32_t>(fraction.size());
  number.digits = *digits + std::string(fraction);
  number.digits.erase(
      0, std::min(number.digits.find_first_not_of('0'), number.digits.size()));
  return number;
}

}  // namespace tarn::ingest::web::internal
