#include "tarn/engine/internal/trino_functions/trino_error.h"

#include <algorithm>
#include <array>

#include <duckdb/common/exception.hpp>

#include "tarn/engine/internal/trino_functions/function_table.h"

namespace tarn::engine {

void ThrowTrino(std::string_view name, const std::string& message) {
  throw duckdb::InvalidInputException(std::string(name) + ": " + message);
}

std::optional<TrinoErrorParts> SplitTrinoError(std::string_view message) {
  constexpr std::array kNames = {
      kDivisionByZero, kInvalidArgument,  kInvalidCast,     kOutOfRange,
      kTypeMismatch,   kNotSupportedHere, kPathError,       kJsonInput,
      kJsonOutput,     kJsonValue,        kMissingArgument, kNoFunction,
      kInvalidLiteral, kInvalidFrame,     kInvalidPath,     kMemoryOfFunction};
  if (message.starts_with("line ")) {  // where the expression is, if DuckDB knew
    const size_t place = message.find(": ");
    message.remove_prefix(place == std::string_view::npos ? 0 : place + 2);
  }
  const size_t colon = message.find(": ");
  if (colon == std::string_view::npos) {
    return {};
  }
  const auto* const found =
      std::find(kNames.begin(), kNames.end(), message.substr(0, colon));
  if (found == kNames.end()) {
    return {};
  }
  return TrinoErrorParts{.name = *found, .message = message.substr(colon + 2)};
}

}  // namespace tarn::engine
