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
inline constexpr std::string_view kJsonInput = "JSON_INPUT_CONVERSION_ERROR";
inline constexpr std::string_view kJsonOutput = "JSON_OUTPUT_CONVERSION_ERROR";
inline constexpr std::string_view kJsonValue = "JSON_VALUE_RESULT_ERROR";
inline constexpr std::string_view kMissingArgument = "MISSING_ARGUMENT";
inline constexpr std::string_view kNoFunction = "FUNCTION_NOT_FOUND";
inline constexpr std::string_view kInvalidLiteral = "INVALID_LITERAL";
inline constexpr std::string_view kInvalidFrame = "INVALID_WINDOW_FRAME";
inline constexpr std::string_view kInvalidPath = "INVALID_PATH";
inline constexpr std::string_view kMemoryOfFunction = "EXCEEDED_FUNCTION_MEMORY_LIMIT";

/// Throws a DuckDB exception with the text "<name>: <message>".
[[noreturn]] void ThrowTrino(std::string_view name, const std::string& message);

}  // namespace tarn::engine
