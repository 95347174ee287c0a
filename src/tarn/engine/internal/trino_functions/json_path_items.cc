#include "tarn/engine/internal/trino_functions/json_path_items.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "tarn/engine/internal/trino_functions/value_text.h"

namespace tarn::engine {
namespace {

/// Whether an order of -1, 0 or 1 is what the symbol asks for.
bool Holds(std::string_view symbol, int order) {
  if (symbol == "==") {
    return order == 0;
  }
  if (symbol == "!=" || symbol == "<>") {
    return order != 0;
  }
  const bool may_equal = symbol.size() == 2;
  return (order == 0 && may_equal) || (symbol[0] == '<' ? order < 0 : order > 0);
}

MaybeItems CalculateWhole(char symbol, int64_t a, int64_t b) {
  int64_t result = 0;
  const bool divides = symbol == '/' || symbol == '%';
  if (divides && b == 0) {
    return {};
  }
  if (divides && b == -1) {  // the one quotient that may not fit
    const bool fits = !__builtin_sub_overflow(int64_t{0}, a, &result);
    return symbol == '%' ? MaybeItems(JsonItems{IntegerItem(0)})
           : fits        ? MaybeItems(JsonItems{IntegerItem(result)})
                         : std::nullopt;
  }
  const bool overflow = symbol == '+'   ? __builtin_add_overflow(a, b, &result)
                        : symbol == '-' ? __builtin_sub_overflow(a, b, &result)
                        : symbol == '*' ? __builtin_mul_overflow(a, b, &result)
                                        : false;
  if (divides) {
    result = symbol == '/' ? a / b : a % b;
  }
  return overflow ? MaybeItems() : JsonItems{IntegerItem(result)};
}

}  // namespace

JsonValue NumberItem(double number) {
  return {.kind = JsonKind::kNumber, .text = ScientificText(number)};
}
JsonValue IntegerItem(int64_t number) {
  return {.kind = JsonKind::kNumber, .text = std::to_string(number)};
}
JsonValue TextItem(std::string_view text) {
  return {.kind = JsonKind::kString, .text = std::string(text)};
}

bool IsWhole(const JsonValue& item) {
  return item.kind == JsonKind::kNumber && ParseInteger(item.text).has_value();
}

double NumberOf(const JsonValue& item) { return ParseDouble(item.text).value_or(NAN); }

std::string_view KindName(JsonKind kind) {
  constexpr std::string_view kNames[] = {"null",   "boolean", "number",
                                         "string", "array",   "object"};
  return kNames[static_cast<size_t>(kind)];
}

std::optional<int> Compared(const JsonValue& a, const JsonValue& b) {
  if (a.kind != b.kind || !a.is_scalar()) {
    return {};
  }
  switch (a.kind) {
    case JsonKind::kNumber: {
      const double x = NumberOf(a);
      const double y = NumberOf(b);
      return (x > y) - (x < y);
    }
    case JsonKind::kString: {
      const int order = a.text.compare(b.text);
      return (order > 0) - (order < 0);
    }
    case JsonKind::kBoolean:
      return int{a.boolean} - int{b.boolean};
    default:
      return 0;
  }
}

Truth AnyCompares(const MaybeItems& left, std::string_view symbol,
                  const MaybeItems& right) {
  bool unknown = !left || !right;
  for (size_t i = 0; !unknown && i < left->size(); ++i) {
    for (const JsonValue& other : *right) {
      const JsonValue& item = (*left)[i];
      const auto order = Compared(item, other);
      if (order && Holds(symbol, *order)) {
        return true;
      }
      const bool nulls = item.kind == JsonKind::kNull || other.kind == JsonKind::kNull;
      unknown = unknown || (!order && !nulls);
    }
  }
  return unknown ? Truth() : Truth(false);
}

Truth AnyStartsWith(const MaybeItems& items, const MaybeItems& prefix) {
  if (!items || !prefix || prefix->size() != 1 ||
      (*prefix)[0].kind != JsonKind::kString) {
    return {};
  }
  return std::ranges::any_of(*items, [&](const JsonValue& item) {
    return item.kind == JsonKind::kString && item.text.starts_with((*prefix)[0].text);
  });
}

MaybeItems Calculate(char symbol, const MaybeItems& left, const MaybeItems& right) {
  const bool numbers = left && right && left->size() == 1 && right->size() == 1 &&
                       (*left)[0].kind == JsonKind::kNumber &&
                       (*right)[0].kind == JsonKind::kNumber;
  if (!numbers) {
    return {};
  }
  const JsonValue& a = (*left)[0];
  const JsonValue& b = (*right)[0];
  if (IsWhole(a) && IsWhole(b)) {
    return CalculateWhole(symbol, *ParseInteger(a.text), *ParseInteger(b.text));
  }
  const double x = NumberOf(a);
  const double y = NumberOf(b);
  switch (symbol) {
    case '+':
      return JsonItems{NumberItem(x + y)};
    case '-':
      return JsonItems{NumberItem(x - y)};
    case '*':
      return JsonItems{NumberItem(x * y)};
    case '/':
      return y == 0 ? MaybeItems() : JsonItems{NumberItem(x / y)};
    default:
      return y == 0 ? MaybeItems() : JsonItems{NumberItem(std::fmod(x, y))};
  }
}

}  // namespace tarn::engine
