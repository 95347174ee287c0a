#include "tarn/ingest/web/value_types.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <set>

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_decimal.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/builder_time.h>
#include <arrow/type.h>
#include <arrow/util/decimal.h>
#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/ingest/web/internal/date_text.h"
#include "tarn/ingest/web/internal/number_text.h"

namespace tarn::ingest::web {
namespace {

using internal::Digits;
using internal::NumberText;

constexpr int32_t kDoubleDigitsMax = 15;  // any such number survives
constexpr int32_t kDecimalDigitsMax = 38;
constexpr NumberStyle kStyles[] = {
    {',', '.'}, {' ', '.'}, {'\'', '.'}, {'.', ','}, {' ', ','}};

bool IsNoValue(std::string_view text) {
  constexpr std::string_view kMarks[] = {
      "",    "-",  "\xe2\x80\x93", "\xe2\x80\x94", "\xe2\x88\x92", "n/a",
      "N/A", "NA", "n.a.",         "null",         "NULL",         "\xe2\x80\xa6"};
  return std::ranges::find(kMarks, text) != std::end(kMarks);
}

using Values = std::vector<std::string_view>;

/// The number that `text` is in this style; unset if it is none.
std::optional<Digits> NumberOf(std::string_view text, const ColumnPlan& plan) {
  const std::optional<NumberText> number = internal::SplitNumber(text);
  if (!number || number->is_percent != plan.is_percent ||
      number->currency.empty() == plan.is_currency) {
    return std::nullopt;
  }
  return internal::ParseDigits(number->core, plan.style, plan.is_percent);
}

/// Kind, scale and precision of numbers that were all read.
void ChooseNumber(const std::vector<Digits>& numbers, ColumnPlan* plan) {
  int32_t scale = 0;
  int32_t whole = 0;
  int32_t digits = 0;
  bool is_of_64_bits = true;
  for (const Digits& number : numbers) {
    scale = std::max(scale, number.scale);
    const auto size = static_cast<int32_t>(number.digits.size());
    whole = std::max(whole, size - number.scale);
    digits = std::max(digits, size);
    is_of_64_bits = is_of_64_bits && size <= 18;
  }
  plan->scale = scale;
  if (scale == 0 && is_of_64_bits && !plan->is_currency) {
    plan->kind = ValueKind::kInteger;
  } else if (plan->is_currency || digits > kDoubleDigitsMax) {
    plan->kind = ValueKind::kDecimal;
    plan->scale = plan->is_currency ? std::max(2, scale) : scale;
    plan->precision = whole + plan->scale <= 18 ? 18 : kDecimalDigitsMax;
    if (whole + plan->scale > kDecimalDigitsMax) {
      plan->kind = ValueKind::kText;
    }
  } else {
    plan->kind = ValueKind::kDouble;
  }
}

bool PlanNumbers(const Values& values, ColumnPlan* plan) {
  const std::optional<NumberText> first = internal::SplitNumber(values.front());
  if (!first) {
    return false;
  }
  ColumnPlan tried = *plan;
  tried.is_percent = first->is_percent;
  tried.is_currency = !first->currency.empty();
  for (const NumberStyle& style : kStyles) {
    tried.style = style;
    std::vector<Digits> numbers;
    for (const std::string_view value : values) {
      std::optional<Digits> number = NumberOf(value, tried);
      if (!number) {
        break;
      }
      numbers.push_back(std::move(*number));
    }
    if (numbers.size() == values.size()) {
      ChooseNumber(numbers, &tried);
      if (tried.kind == ValueKind::kText) {
        return false;
      }
      *plan = tried;
      return true;
    }
  }
  return false;
}

bool PlanDates(const Values& values, ColumnPlan* plan) {
  const auto fits = [&](DateOrder order) {
    return std::ranges::all_of(values, [&](std::string_view value) {
      return internal::ParseDate(value, order).has_value();
    });
  };
  const bool is_plain = fits(DateOrder::kNone);
  const bool day_first = !is_plain && fits(DateOrder::kDayFirst);
  const bool month_first = !is_plain && fits(DateOrder::kMonthFirst);
  if (is_plain || day_first != month_first) {
    plan->kind = ValueKind::kDate;
    plan->order = is_plain    ? DateOrder::kNone
                  : day_first ? DateOrder::kDayFirst
                              : DateOrder::kMonthFirst;
    return true;
  }
  const auto first = internal::ParseTime(values.front());
  if (!first || !std::ranges::all_of(values, [&](std::string_view value) {
        const auto time = internal::ParseTime(value);
        return time && time->has_zone == first->has_zone;
      })) {
    return false;
  }
  plan->kind = first->has_zone ? ValueKind::kInstant : ValueKind::kTimestamp;
  return true;
}

ColumnPlan PlanText(const Values& values) {
  ColumnPlan plan;
  const bool is_bool = std::ranges::all_of(values, [](std::string_view value) {
    return value == "true" || value == "false" || value == "True" || value == "False";
  });
  if (is_bool) {
    plan.kind = ValueKind::kBool;
  } else if (!PlanNumbers(values, &plan)) {
    PlanDates(values, &plan);
  }
  return plan;
}

/// Numbers of JSON: "12", "1.5", "1e3".
ColumnPlan PlanJsonNumbers(const Values& values) {
  ColumnPlan plan;
  const auto is_integer = [](std::string_view value) {
    return value.find_first_of(".eE") == std::string_view::npos;
  };
  const bool all_are = std::ranges::all_of(values, is_integer);
  const bool all_fit = std::ranges::all_of(values, [&](std::string_view value) {
    int64_t number = 0;
    const auto read = std::from_chars(value.data(), value.data() + value.size(), number);
    return read.ec == std::errc() && read.ptr == value.data() + value.size();
  });
  const bool all_survive = std::ranges::all_of(values, [&](std::string_view value) {
    return !is_integer(value) || value.size() <= kDoubleDigitsMax;
  });
  if (all_are && all_fit) {
    plan.kind = ValueKind::kInteger;
  } else if (!all_are && all_survive) {
    plan.kind = ValueKind::kDouble;
  }
  return plan;
}

Status Misfit(const ColumnPlan& plan, std::string_view text) {
  return MakeError(ErrorCode::kTypeMismatch,
                   fmt::format("Not a value of type {}: {}", TypeOf(plan)->ToString(),
                               text.substr(0, 100)));
}

double DoubleOf(const Digits& number) {
  const std::string text =
      (number.digits.empty() ? "0" : number.digits) + fmt::format("e-{}", number.scale);
  const double value = std::strtod(text.c_str(), nullptr);
  return number.is_negative ? -value : value;
}

Result<arrow::Decimal128> DecimalOf(const Digits& number, const ColumnPlan& plan) {
  const std::string digits = number.digits.empty() ? "0" : number.digits;
  ARROW_ASSIGN_OR_RAISE(arrow::Decimal128 value, arrow::Decimal128::FromString(digits));
  ARROW_ASSIGN_OR_RAISE(value, value.Rescale(number.scale, plan.scale));
  return number.is_negative ? -value : value;
}

/// The cells as values: what is no value is unset.
std::optional<std::string_view> ValueOf(const ColumnPlan& plan, const Cell& cell) {
  if (cell.kind == Cell::Kind::kNull) {
    return std::nullopt;
  }
  const bool may_be_mark =
      plan.kind != ValueKind::kText &&
      (cell.kind == Cell::Kind::kText || cell.kind == Cell::Kind::kString);
  if (may_be_mark && IsNoValue(cell.text)) {
    return std::nullopt;
  }
  return cell.text;
}

template <typename Builder, typename Convert>
Result<std::shared_ptr<arrow::Array>> Fill(Builder builder, const ColumnPlan& plan,
                                           const std::vector<Cell>& cells, int64_t begin,
                                           int64_t end, const Convert& convert) {
  ARROW_RETURN_NOT_OK(builder.Reserve(end - begin));
  for (int64_t i = begin; i < end; ++i) {
    const auto index = static_cast<size_t>(i);
    const auto value = index < cells.size() ? ValueOf(plan, cells[index]) : std::nullopt;
    if (!value) {
      ARROW_RETURN_NOT_OK(builder.AppendNull());
      continue;
    }
    auto converted = convert(*value, cells[index].kind == Cell::Kind::kNumber);
    if (!converted) {
      return Misfit(plan, *value);
    }
    ARROW_RETURN_NOT_OK(builder.Append(*converted));
  }
  return builder.Finish();
}

std::optional<int64_t> IntegerOf(std::string_view text, const ColumnPlan& plan,
                                 bool is_json) {
  std::string digits(text);
  if (!is_json) {
    const std::optional<Digits> number = NumberOf(text, plan);
    if (!number || number->scale != 0) {
      return std::nullopt;
    }
    digits = (number->is_negative ? "-" : "") +
             (number->digits.empty() ? "0" : number->digits);
  }
  int64_t value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool is_whole =
      read.ec == std::errc() && read.ptr == digits.data() + digits.size();
  return is_whole ? std::optional(value) : std::nullopt;
}

}  // namespace

ColumnPlan PlanColumn(const std::vector<Cell>& cells) {
  using Kind = Cell::Kind;
  std::set<Kind> kinds;
  Values values;
  for (const Cell& cell : cells) {
    if (cell.kind == Kind::kNull) {
      continue;
    }
    kinds.insert(cell.kind);
    const bool is_text = cell.kind == Kind::kText || cell.kind == Kind::kString;
    if (!is_text || !IsNoValue(cell.text)) {
      values.push_back(cell.text);
    }
  }
  ColumnPlan plan;
  plan.is_empty = values.empty();
  if (values.empty() || kinds.size() != 1) {
    return plan;
  }
  switch (*kinds.begin()) {
    case Kind::kText:
      return PlanText(values);
    case Kind::kString:
      PlanDates(values, &plan);
      return plan;
    case Kind::kBool:
      plan.kind = ValueKind::kBool;
      return plan;
    case Kind::kNumber:
      return PlanJsonNumbers(values);
    default:
      return plan;
  }
}

std::optional<ColumnPlan> PlanAs(const ColumnPlan& plan, const arrow::DataType& wanted) {
  ColumnPlan changed = plan;
  const bool is_number = plan.kind == ValueKind::kInteger ||
                         plan.kind == ValueKind::kDouble ||
                         plan.kind == ValueKind::kDecimal;
  switch (wanted.id()) {
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
      changed.kind = ValueKind::kText;
      return changed;
    case arrow::Type::DOUBLE:
      changed.kind = ValueKind::kDouble;
      return is_number || plan.is_empty ? std::optional(changed) : std::nullopt;
    case arrow::Type::INT32:
    case arrow::Type::INT64:
      changed.kind = ValueKind::kInteger;
      return plan.is_empty ? std::optional(changed) : std::nullopt;
    case arrow::Type::DECIMAL128: {
      const auto& decimal = static_cast<const arrow::Decimal128Type&>(wanted);
      changed.kind = ValueKind::kDecimal;
      changed.scale = decimal.scale();
      changed.precision = decimal.precision();
      return is_number || plan.is_empty ? std::optional(changed) : std::nullopt;
    }
    case arrow::Type::BOOL:
      changed.kind = ValueKind::kBool;
      return plan.is_empty ? std::optional(changed) : std::nullopt;
    case arrow::Type::DATE32:
      changed.kind = ValueKind::kDate;
      return plan.is_empty ? std::optional(changed) : std::nullopt;
    case arrow::Type::TIMESTAMP: {
      const auto& timestamp = static_cast<const arrow::TimestampType&>(wanted);
      changed.kind =
          timestamp.timezone().empty() ? ValueKind::kTimestamp : ValueKind::kInstant;
      return plan.is_empty ? std::optional(changed) : std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

std::shared_ptr<arrow::DataType> TypeOf(const ColumnPlan& plan) {
  switch (plan.kind) {
    case ValueKind::kText:
      return arrow::utf8();
    case ValueKind::kBool:
      return arrow::boolean();
    case ValueKind::kInteger:
      return arrow::int64();
    case ValueKind::kDouble:
      return arrow::float64();
    case ValueKind::kDecimal:
      return arrow::decimal128(plan.precision, plan.scale);
    case ValueKind::kDate:
      return arrow::date32();
    case ValueKind::kTimestamp:
      return arrow::timestamp(arrow::TimeUnit::MICRO);
    case ValueKind::kInstant:
      return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  }
  return arrow::utf8();
}

Result<std::shared_ptr<arrow::Array>> BuildColumn(const ColumnPlan& plan,
                                                  const std::vector<Cell>& cells,
                                                  int64_t begin, int64_t end) {
  using std::optional;
  arrow::MemoryPool* const pool = arrow::default_memory_pool();
  switch (plan.kind) {
    case ValueKind::kText:
      return Fill(arrow::StringBuilder(pool), plan, cells, begin, end,
                  [](std::string_view text, bool) { return optional(text); });
    case ValueKind::kBool:
      return Fill(arrow::BooleanBuilder(pool), plan, cells, begin, end,
                  [](std::string_view text, bool) -> optional<bool> {
                    return text == "true" || text == "True";
                  });
    case ValueKind::kInteger:
      return Fill(arrow::Int64Builder(pool), plan, cells, begin, end,
                  [&](std::string_view text, bool is_json) {
                    return IntegerOf(text, plan, is_json);
                  });
    case ValueKind::kDouble:
      return Fill(arrow::DoubleBuilder(pool), plan, cells, begin, end,
                  [&](std::string_view text, bool is_json) -> optional<double> {
                    if (is_json) {
                      return std::strtod(std::string(text).c_str(), nullptr);
                    }
                    const auto number = NumberOf(text, plan);
                    return number ? optional(DoubleOf(*number)) : std::nullopt;
                  });
    case ValueKind::kDecimal:
      return Fill(
          arrow::Decimal128Builder(TypeOf(plan), pool), plan, cells, begin, end,
          [&](std::string_view text, bool) -> optional<arrow::Decimal128> {
            const auto number = NumberOf(text, plan);
            const auto value = number ? DecimalOf(*number, plan) : Misfit(plan, text);
            const bool fits = value.ok() && value->FitsInPrecision(plan.precision);
            return fits ? optional(*value) : std::nullopt;
          });
    case ValueKind::kDate:
      return Fill(arrow::Date32Builder(pool), plan, cells, begin, end,
                  [&](std::string_view text, bool) -> optional<int32_t> {
                    const auto date = internal::ParseDate(text, plan.order);
                    return date ? optional(date->time_since_epoch().count())
                                : std::nullopt;
                  });
    case ValueKind::kTimestamp:
    case ValueKind::kInstant:
      return Fill(arrow::TimestampBuilder(TypeOf(plan), pool), plan, cells, begin, end,
                  [](std::string_view text, bool) -> optional<int64_t> {
                    const auto time = internal::ParseTime(text);
                    return time ? optional(time->micros) : std::nullopt;
                  });
  }
  return MakeError(ErrorCode::kInternal, "A column of no kind");
}

std::string CurrencyOf(std::string_view text) {
  const std::optional<NumberText> number = internal::SplitNumber(text);
  return number ? std::string(number->currency) : std::string();
}

std::vector<std::string> ColumnNames(const std::vector<std::string>& names,
                                     const std::vector<std::string>& taken) {
  std::set<std::string> used(taken.begin(), taken.end());
  std::vector<std::string> cleaned;
  for (const std::string& name : names) {
    std::string column;
    bool is_within_mark = false;  // "[2]" of a footnote
    char before = '\0';
    for (const char c : name) {
      is_within_mark = c == '[' || (is_within_mark && c != ']');
      const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                             (c >= '0' && c <= '9') ||
                             static_cast<unsigned char>(c) > 127;
      if (is_letter && !is_within_mark) {
        const bool begins_word =
            c >= 'A' && c <= 'Z' && before >= 'a' && before <= 'z';  // camelCase
        column += begins_word ? "_" : "";
        column += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
      } else if (c == '%') {
        column += column.empty() || column.back() == '_' ? "percent" : "_percent";
      } else if (!is_within_mark && !column.empty() && column.back() != '_') {
        column += '_';
      }
      before = c;
    }
    column.erase(column.find_last_not_of('_') + 1);
    if (column.empty()) {
      column = "column";
    }
    std::string unique = column;
    for (int i = 2; !used.insert(unique).second; ++i) {
      unique = column + '_' + std::to_string(i);
    }
    cleaned.push_back(std::move(unique));
  }
  return cleaned;
}

}  // namespace tarn::ingest::web
