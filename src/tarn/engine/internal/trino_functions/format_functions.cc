// format('%s: %,d', …) with Java's specifiers, format_number, concat_ws.
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "tarn/engine/internal/trino_functions/call_rewrite.h"
#include "tarn/engine/internal/trino_functions/function_library.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"
#include "tarn/engine/internal/trino_functions/typed_scalar.h"
#include "tarn/engine/internal/trino_functions/utf8_text.h"
#include "tarn/engine/internal/trino_functions/value_text.h"

namespace tarn::engine {
namespace {

using duckdb::LogicalType;
using duckdb::Value;
using Id = duckdb::LogicalTypeId;

/// "%2$-08.3f"
struct Specifier {
  size_t argument = 0;  // from 1; 0: the next one
  std::string flags;
  int64_t width = 0;
  int precision = -1;
  char conversion = 's';
  std::string text;
};

[[noreturn]] void ThrowFormat(const Specifier& specifier, std::string_view why) {
  ThrowTrino(kInvalidArgument,
             fmt::format("Invalid format string: {} ({})", specifier.text, why));
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

int TakeNumber(std::string_view text, size_t* at) {
  int number = 0;
  while (*at < text.size() && IsDigit(text[*at]) && number < 100'000) {
    number = number * 10 + (text[(*at)++] - '0');
  }
  return number;
}

/// The specifier behind text[*at] == '%'; moves `at` behind it.
Specifier TakeSpecifier(std::string_view text, size_t* at) {
  Specifier specifier;
  const size_t begin = (*at)++;
  size_t look = *at;
  const int index = TakeNumber(text, &look);
  if (index > 0 && look < text.size() && text[look] == '$') {
    specifier.argument = static_cast<size_t>(index);
    *at = look + 1;
  }
  while (*at < text.size() && std::string_view("-#+ 0,(").find(text[*at]) < 7) {
    specifier.flags += text[(*at)++];
  }
  specifier.width = TakeNumber(text, at);
  if (*at < text.size() && text[*at] == '.') {
    ++*at;
    specifier.precision = TakeNumber(text, at);
  }
  if (*at == text.size()) {
    ThrowTrino(kInvalidArgument,
               fmt::format("Invalid format string: {} (UnknownFormatConversion)", text));
  }
  specifier.conversion = text[(*at)++];
  specifier.text = std::string(text.substr(begin, *at - begin));
  return specifier;
}

bool HasFlag(const Specifier& specifier, char flag) {
  return specifier.flags.find(flag) != std::string::npos;
}

std::string Grouped(std::string_view digits) {
  const size_t point = std::min(digits.find('.'), digits.size());
  std::string grouped;
  for (size_t i = 0; i < digits.size(); ++i) {
    grouped += i > 0 && i < point && (point - i) % 3 == 0 ? "," : "";
    grouped += digits[i];
  }
  return grouped;
}

std::string PaddedTo(std::string text, const Specifier& specifier) {
  const auto missing = std::max<int64_t>(specifier.width - CharacterCount(text), 0);
  const std::string blanks(static_cast<size_t>(missing), ' ');
  return HasFlag(specifier, '-') ? text + blanks : blanks + text;
}

/// Sign, grouping and zeros around the digits of a number's size.
std::string NumberText(std::string digits, bool negative, const Specifier& specifier) {
  if (HasFlag(specifier, ',')) {
    digits = Grouped(digits);
  }
  std::string sign = negative                  ? "-"
                     : HasFlag(specifier, '+') ? "+"
                     : HasFlag(specifier, ' ') ? " "
                                               : "";
  if (negative && HasFlag(specifier, '(')) {
    return PaddedTo("(" + digits + ")", specifier);
  }
  if (HasFlag(specifier, '0')) {
    const auto size = static_cast<int64_t>(sign.size() + digits.size());
    digits.insert(0, static_cast<size_t>(std::max<int64_t>(specifier.width - size, 0)),
                  '0');
  }
  return PaddedTo(sign + digits, specifier);
}

std::string IntegerText(const Value& value, const Specifier& specifier) {
  if (!value.type().IsIntegral()) {
    ThrowFormat(specifier,
                fmt::format("IllegalFormatConversion: {} != {}", specifier.conversion,
                            value.type().id() == Id::VARCHAR ? "java.lang.String"
                                                             : "java.lang.Double"));
  }
  const auto number = value.DefaultCastAs(LogicalType::BIGINT).GetValue<int64_t>();
  if (specifier.conversion == 'd') {
    std::string digits = fmt::format("{}", number);
    digits.erase(0, number < 0 ? 1 : 0);
    return NumberText(std::move(digits), number < 0, specifier);
  }
  // Negative numbers show the bits of their own width.
  const bool is_int = value.type().id() == Id::INTEGER;
  const uint64_t bits =
      is_int ? static_cast<uint32_t>(number) : static_cast<uint64_t>(number);
  std::string digits = specifier.conversion == 'o'   ? fmt::format("{:o}", bits)
                       : specifier.conversion == 'x' ? fmt::format("{:x}", bits)
                                                     : fmt::format("{:X}", bits);
  return NumberText(std::move(digits), false, specifier);
}

/// Digits of a decimal's text at `precision`, half up.
std::string RoundedDigits(std::string text, int precision) {
  const size_t point = text.find('.');
  const std::string whole = text.substr(0, point);
  std::string digits =
      whole + (point == std::string::npos ? std::string() : text.substr(point + 1));
  const size_t kept = whole.size() + static_cast<size_t>(precision);
  const bool round_up = digits.size() > kept && digits[kept] >= '5';
  digits.resize(kept, '0');
  bool carry = round_up;
  for (size_t i = digits.size(); carry && i-- > 0;) {
    carry = digits[i] == '9';
    digits[i] = carry ? '0' : static_cast<char>(digits[i] + 1);
  }
  digits.insert(0, carry ? "1" : "");
  if (precision > 0) {
    digits.insert(digits.size() - static_cast<size_t>(precision), ".");
  }
  return digits;
}

/// Every digit of the shortest text of a number: "1234567.891".
std::string ShortestFixed(double size) {
  std::array<char, 400> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), size,
                                 std::chars_format::fixed);
  return {buffer.data(), end.ptr};
}

/// The digits of a double as Java rounds them: the shortest text, half up.
std::string FixedText(const Value& value, int precision) {
  if (value.type().id() == Id::DECIMAL) {
    const std::string text = value.ToString();
    return RoundedDigits(text.substr(text.starts_with("-") ? 1 : 0), precision);
  }
  return RoundedDigits(ShortestFixed(std::abs(value.GetValue<double>())), precision);
}

std::string RealText(const Value& value, const Specifier& specifier) {
  const Id id = value.type().id();
  if (id != Id::DOUBLE && id != Id::FLOAT && id != Id::DECIMAL) {
    ThrowFormat(specifier, fmt::format("IllegalFormatConversion: {} != {}",
                                       specifier.conversion, "java.lang.Long"));
  }
  const double number = value.DefaultCastAs(LogicalType::DOUBLE).GetValue<double>();
  if (!std::isfinite(number)) {
    return PaddedTo(ScientificText(number), specifier);
  }
  const int precision = specifier.precision < 0 ? 6 : specifier.precision;
  std::string digits;
  if (specifier.conversion == 'e' || specifier.conversion == 'E') {
    digits = fmt::format("{:.{}e}", std::abs(number), precision);
  } else {
    digits = FixedText(value, precision);
    digits.erase(0, digits.starts_with("-") ? 1 : 0);
  }
  return NumberText(std::move(digits), std::signbit(number), specifier);
}

std::string UpperText(std::string text) {
  for (char& c : text) {
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return text;
}

std::string PlainValue(const Value& value, std::string_view as_varchar) {
  if (value.type().id() == Id::DOUBLE || value.type().id() == Id::FLOAT) {
    return PlainText(value.DefaultCastAs(LogicalType::DOUBLE).GetValue<double>());
  }
  return std::string(as_varchar);
}

/// One argument: itself and, for %s, its text.
struct FormatArgument {
  Value value;
  std::string text;
};

std::string Formatted(const Specifier& specifier, const FormatArgument& argument) {
  const Value& value = argument.value;
  const bool is_text_kind = specifier.conversion == 's' || specifier.conversion == 'S';
  if (value.IsNull() && specifier.conversion != 'b') {
    return PaddedTo("null", specifier);
  }
  switch (specifier.conversion) {
    case 'd':
    case 'o':
    case 'x':
    case 'X':
      return IntegerText(value, specifier);
    case 'f':
    case 'e':
    case 'E':
      return RealText(value, specifier);
    case 'b':
      return PaddedTo(!value.IsNull() && value.type().id() == Id::BOOLEAN
                          ? (value.GetValue<bool>() ? "true" : "false")
                          : (value.IsNull() ? "false" : "true"),
                      specifier);
    default:
      break;
  }
  if (!is_text_kind) {
    ThrowFormat(specifier, fmt::format("UnknownFormatConversion: Conversion = '{}'",
                                       specifier.conversion));
  }
  std::string text = PlainValue(value, argument.text);
  if (specifier.precision >= 0) {
    text = std::string(FirstCharacters(text, specifier.precision));
  }
  return PaddedTo(specifier.conversion == 'S' ? UpperText(std::move(text)) : text,
                  specifier);
}

std::string FormatRow(std::string_view format,
                      const std::vector<FormatArgument>& arguments) {
  std::string result;
  size_t next = 0;
  for (size_t at = 0; at < format.size();) {
    if (format[at] != '%') {
      result += format[at++];
      continue;
    }
    const Specifier specifier = TakeSpecifier(format, &at);
    if (specifier.conversion == '%' || specifier.conversion == 'n') {
      result += specifier.conversion == '%' ? "%" : "\n";
      continue;
    }
    const size_t index = specifier.argument > 0 ? specifier.argument - 1 : next++;
    if (index >= arguments.size()) {
      ThrowFormat(specifier, fmt::format("MissingFormatArgument: Format specifier '{}'",
                                         specifier.text));
    }
    result += Formatted(specifier, arguments[index]);
  }
  return result;
}

/// (format, value, its text, value, its text, …)
void RunFormat(duckdb::DataChunk& args, duckdb::ExpressionState&,
               duckdb::Vector& result) {
  const bool constant = args.AllConstant();
  const duckdb::idx_t count = constant ? 1 : args.size();
  for (duckdb::idx_t row = 0; row < count; ++row) {
    const Value format = args.data[0].GetValue(row);
    if (format.IsNull()) {
      result.SetValue(row, Value(LogicalType::VARCHAR));
      continue;
    }
    std::vector<FormatArgument> arguments;
    for (duckdb::idx_t i = 1; i + 1 < args.ColumnCount(); i += 2) {
      arguments.push_back({.value = args.data[i].GetValue(row),
                           .text = args.data[i + 1].GetValue(row).ToString()});
    }
    result.SetValue(row, Value(FormatRow(duckdb::StringValue::Get(format), arguments)));
  }
  if (constant) {
    result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
  }
}

ExpressionPtr Format(const BoundCall& call) {
  Expressions parts = ListOf(call.Argument(0));
  for (size_t i = 1; i < call.size(); ++i) {
    const Id id = call.IdOf(i);
    if (id == Id::LIST || id == Id::MAP || id == Id::STRUCT) {
      ThrowTrino(kNotSupportedHere, "Type not supported for formatting");
    }
    parts.push_back(call.Cast(call.Argument(i), call.TypeOf(i)));
    parts.push_back(call.Ours("cast_varchar", ListOf(call.Argument(i))));
  }
  return call.Ours("format_row", std::move(parts));
}

duckdb::ScalarFunction FormatRowFunction() {
  duckdb::ScalarFunction function("format_row", {LogicalType::VARCHAR},
                                  LogicalType::VARCHAR, &RunFormat);
  function.varargs = LogicalType::ANY;
  function.null_handling = duckdb::FunctionNullHandling::SPECIAL_HANDLING;
  function.errors = duckdb::FunctionErrors::CAN_THROW_RUNTIME_ERROR;
  return function;
}

/// "1.23M": three digits and a unit, of the number without its fraction.
std::string FormatNumber(double number) {
  if (std::isnan(number)) {
    return "0";
  }
  constexpr double kTop = 9223372036854775807.0;
  if (number <= -kTop) {
    return "-9223.37Q";  // what Trino makes of the smallest bigint
  }
  const double value = std::trunc(std::min(number, kTop));
  constexpr std::string_view kUnits[] = {"", "K", "M", "B", "T", "Q"};
  size_t unit = 0;
  double size = std::abs(value);
  while (size >= 1000 && unit + 1 < std::size(kUnits)) {
    size /= 1000;
    ++unit;
  }
  // Trino looks at the number with its sign: one below zero always has two digits.
  const int digits = value < 0 || size < 10 ? 2 : (size < 100 ? 1 : 0);
  std::string text = RoundedDigits(ShortestFixed(size), digits);
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    text.erase(text.ends_with(".") ? text.size() - 1 : text.size());
  }
  return (value < 0 ? "-" : "") + text + std::string(kUnits[unit]);
}

ExpressionPtr ConcatWs(const BoundCall& call) {
  if (call.size() == 2 && call.IdOf(1) == Id::LIST) {
    auto joined = call.Own(
        "list_aggregate",
        ListOf(call.Argument(1), ConstantOf(Value("string_agg")), call.Argument(0)));
    auto text = OrElse(std::move(joined), ConstantOf(Value("")));
    return call.Ours("unless_null",
                     ListOf(std::move(text), call.Argument(0), call.Argument(1)));
  }
  return call.Own("concat_ws", call.Arguments());
}

}  // namespace

void AddFormats(FunctionLibrary& library) {
  library.Add(FormatRowFunction(), Reach::kTranslatorOnly);
  library.Add(Rewritten<&Format>("format", 2, /*more_arguments=*/true));
  library.Add(Typed<&FormatNumber>("format_number"));
  library.Add(Rewritten<&ConcatWs>("concat_ws", 2, /*more_arguments=*/true));
}

}  // namespace tarn::engine
