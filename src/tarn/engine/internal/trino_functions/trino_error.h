// Errors as Trino names them.
#pragma once

#include <string>
#include <string_view>

namespace tarn::engine {

inline constexpr std::string_view kDivisionByZero = "DIVISION_BY_ZERO";
inline constexpr std::string_view kInvalidArgument = "INVALID_FUNCTION_ARGUMENT";
inline constexpr std::string_view kInvalidCast = "INVALID_CAST_ARGUMENT";
inline constexpr std::string_view kOutOfRange = "NUMERIC_VALUE_OUT_OF_RANGE";
inline constexpr std::string_view kTypeMismatch = "TYPE_MISMATCH";
inline constexpr std::string_view kNotSupportedHere = "NOT_SUPPORTED";
inline constexpr std::string_view kPathError = "PATH_EVALUATION_ERROR";

/// Throws a DuckDB exception with the text "<name>: <message>".
[[noreturn]] void ThrowTrino(std::string_view name, const std::string& message);

}  // namespace tarn::engine
