// parse_data_size: "2.5MB" as a number of bytes.
#include <algorithm>
#include <iterator>

#include <duckdb/common/types/hugeint.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/trino_functions/decimal_value.h"
#include "tarn/engine/internal/trino_functions/sketch_library.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"
#include "tarn/engine/internal/trino_functions/typed_scalar.h"

namespace tarn::engine {

template <>
struct SqlType<duckdb::hugeint_t> {
  using Stored = duckdb::hugeint_t;
  static duckdb::LogicalType Get() { return duckdb::LogicalType::DECIMAL(38, 0); }
};

namespace {

constexpr size_t kFractionDigitsMax = 13;  // times a yottabyte less than 38 digits

[[noreturn]] void ThrowNoSize(std::string_view text) {
  ThrowTrino(kInvalidArgument, fmt::format("Invalid data size: '{}'", text));
}

[[noreturn]] void ThrowTooLarge(std::string_view text) {
  ThrowTrino(kOutOfRange, fmt::format("Value out of range: '{}' "
                                      "(it takes more than 38 digits)",
                                      text));
}

__int128 UnitOf(std::string_view unit, std::string_view text) {
  constexpr std::string_view kUnits[] = {"B",  "kB", "MB", "GB", "TB",
                                         "PB", "EB", "ZB", "YB"};
  for (unsigned i = 0; i < std::size(kUnits); ++i) {
    if (kUnits[i] == unit) {
      return __int128{1} << (10 * i);
    }
  }
  ThrowNoSize(text);
}

/// `digits` times `unit`, which throws beyond 38 digits.
__int128 Times(std::string_view digits, __int128 unit, std::string_view text) {
  constexpr __int128 kTenTo19 = 10'000'000'000'000'000'000ULL;
  __int128 product = 0;
  for (const char digit : digits) {
    if (__builtin_mul_overflow(product, 10, &product) ||
        __builtin_add_overflow(product, unit * (digit - '0'), &product)) {
      ThrowTooLarge(text);
    }
  }
  if (product >= kTenTo19 * kTenTo19) {
    ThrowTooLarge(text);
  }
  return product;
}

duckdb::hugeint_t ParseDataSize(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789";
  const size_t whole_end = std::min(text.find_first_not_of(kDigits), text.size());
  const std::string_view whole = text.substr(0, whole_end);
  std::string_view rest = text.substr(whole_end);
  std::string_view fraction;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    fraction = rest.substr(0, rest.find_first_not_of(kDigits));
    rest.remove_prefix(fraction.size());
  }
  if (whole.empty()) {
    ThrowNoSize(text);
  }
  const __int128 unit = UnitOf(rest, text);
  fraction = fraction.substr(0, kFractionDigitsMax);
  __int128 parts = Times(fraction, unit, text);
  for (size_t i = 0; i < fraction.size(); ++i) {
    parts /= 10;
  }
  return HugeintOf(Times(whole, unit, text) + parts);
}

}  // namespace

void AddDataSizes(FunctionLibrary& library) {
  library.Add(Typed<&ParseDataSize>("parse_data_size"));
  library.AddAlias("parse_presto_data_size", "parse_data_size");
}

}  // namespace tarn::engine
