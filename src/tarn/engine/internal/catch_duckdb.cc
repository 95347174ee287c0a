#include "tarn/engine/internal/catch_duckdb.h"

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include <duckdb/common/exception.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/trino_functions/function_table.h"

namespace tarn::engine {
namespace {

using duckdb::ExceptionType;
using ExtraInfo = std::unordered_map<std::string, std::string>;

constexpr char kCodeKey[] = "tarn_error";  // ErrorInfo::name of an error of ours

ExceptionType ExceptionTypeOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kSyntax:
      return ExceptionType::PARSER;
    case ErrorCode::kTypeMismatch:
      return ExceptionType::MISMATCH_TYPE;
    case ErrorCode::kConstraintViolated:
      return ExceptionType::CONSTRAINT;
    case ErrorCode::kNotSupported:
      return ExceptionType::NOT_IMPLEMENTED;
    case ErrorCode::kNoSuchNamespace:
    case ErrorCode::kNoSuchTable:
    case ErrorCode::kNoSuchView:
    case ErrorCode::kNoSuchFunction:
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kNamespaceNotEmpty:
      return ExceptionType::CATALOG;
    case ErrorCode::kNoSuchColumn:
    case ErrorCode::kNoSuchSnapshot:
      return ExceptionType::BINDER;
    case ErrorCode::kCommitConflict:
    case ErrorCode::kCommitStateUnknown:
      return ExceptionType::TRANSACTION;
    case ErrorCode::kForbidden:
    case ErrorCode::kUnauthenticated:
      return ExceptionType::PERMISSION;
    case ErrorCode::kOutOfMemory:
      return ExceptionType::OUT_OF_MEMORY;
    case ErrorCode::kCancelled:
      return ExceptionType::INTERRUPT;
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kUsage:
      return ExceptionType::INVALID_INPUT;
    default:
      return ExceptionType::IO;  // never INTERNAL or FATAL: those take the database down
  }
}

std::optional<ErrorCode> CodeByName(const std::string& name) {
  for (const ErrorInfo& info : AllErrors()) {
    if (info.name == name) {
      return info.code;
    }
  }
  return {};
}

std::string Lookup(const ExtraInfo& info, const std::string& key) {
  const auto found = info.find(key);
  return found == info.end() ? std::string() : found->second;
}

ErrorCode CatalogCode(const ExtraInfo& info, const std::string& message) {
  const std::string subtype = Lookup(info, "error_subtype");
  if (subtype == "ENTRY_ALREADY_EXISTS" ||
      message.find("already exists") != std::string::npos) {
    return ErrorCode::kAlreadyExists;
  }
  if (message.find("does not exist because schema") != std::string::npos) {
    return ErrorCode::kNoSuchNamespace;
  }
  const std::string type = Lookup(info, "type");
  if (subtype == "MISSING_ENTRY" && type == "Table") {
    return ErrorCode::kNoSuchTable;
  }
  if (subtype == "MISSING_ENTRY" && type == "View") {
    return ErrorCode::kNoSuchView;
  }
  if (subtype == "MISSING_ENTRY" && type == "Schema") {
    return ErrorCode::kNoSuchNamespace;
  }
  return ErrorCode::kInvalidArgument;
}

ErrorCode BinderCode(const ExtraInfo& info, const std::string& message) {
  const std::string subtype = Lookup(info, "error_subtype");
  if (subtype == "COLUMN_NOT_FOUND" ||
      message.find("does not have a column") != std::string::npos ||
      // Also of a name that is nothing but its own label: SELECT nope AS nope.
      message.find("referenced that exists in the SELECT clause") != std::string::npos) {
    return ErrorCode::kNoSuchColumn;
  }
  if (subtype == "NO_MATCHING_FUNCTION") {
    return ErrorCode::kTypeMismatch;
  }
  if (message.find("does not exist") != std::string::npos &&
      message.starts_with("Catalog \"")) {
    return ErrorCode::kNoSuchNamespace;
  }
  if (message.find("No matching columns found") != std::string::npos) {
    return ErrorCode::kNoSuchColumn;
  }
  return ErrorCode::kInvalidArgument;
}

ErrorCode IoCode(const std::string& message) {
  if (message.find("No files found") != std::string::npos ||
      message.find("No such file") != std::string::npos) {
    return ErrorCode::kNoSuchFile;
  }
  if (message.find("No space left") != std::string::npos) {
    return ErrorCode::kDiskFull;
  }
  if (message.find("ermission denied") != std::string::npos) {
    return ErrorCode::kForbidden;
  }
  return ErrorCode::kIoFailed;
}

ErrorCode CodeOfType(ExceptionType type, const ExtraInfo& info,
                     const std::string& message) {
  switch (type) {
    case ExceptionType::PARSER:
    case ExceptionType::SYNTAX:
      return ErrorCode::kSyntax;
    case ExceptionType::CATALOG:
      return CatalogCode(info, message);
    case ExceptionType::BINDER:
      return BinderCode(info, message);
    case ExceptionType::CONVERSION:
    case ExceptionType::MISMATCH_TYPE:
    case ExceptionType::INVALID_TYPE:
    case ExceptionType::UNKNOWN_TYPE:
    case ExceptionType::DECIMAL:
      return ErrorCode::kTypeMismatch;
    case ExceptionType::CONSTRAINT:
      return ErrorCode::kConstraintViolated;
    case ExceptionType::NOT_IMPLEMENTED:
      return ErrorCode::kNotSupported;
    case ExceptionType::IO:
    case ExceptionType::NETWORK:
    case ExceptionType::CONNECTION:
    case ExceptionType::HTTP:
      return IoCode(message);
    case ExceptionType::OUT_OF_MEMORY:
      return ErrorCode::kOutOfMemory;
    case ExceptionType::INTERRUPT:
      return ErrorCode::kCancelled;
    case ExceptionType::PERMISSION:
      return ErrorCode::kForbidden;
    case ExceptionType::SERIALIZATION:
      return ErrorCode::kInvalidData;
    case ExceptionType::INTERNAL:
    case ExceptionType::FATAL:
      return ErrorCode::kInternal;
    default:
      return ErrorCode::kInvalidArgument;
  }
}

/// Of an error that a function of Trino's raised.
ErrorCode CodeOfTrino(std::string_view name) {
  return name == "TYPE_MISMATCH"                ? ErrorCode::kTypeMismatch
         : name == "NOT_SUPPORTED"              ? ErrorCode::kNotSupported
         : name == "NUMERIC_VALUE_OUT_OF_RANGE" ? ErrorCode::kConstraintViolated
                                                : ErrorCode::kInvalidArgument;
}

/// "line L:C: " of a byte offset; columns count code points, from 1.
std::string PlaceIn(std::string_view sql, const std::string& position) {
  size_t offset = 0;
  const char* end = position.data() + position.size();
  if (std::from_chars(position.data(), end, offset).ec != std::errc() ||
      offset > sql.size()) {
    return {};
  }
  int64_t line = 1;
  int64_t column = 1;
  for (const char c : sql.substr(0, offset)) {
    if (c == '\n') {
      ++line;
      column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) {
      ++column;
    }
  }
  return fmt::format("line {}:{}: ", line, column);
}

/// DuckDB's message without the quoted source text, on one line.
std::string OneLine(std::string_view message) {
  message = message.substr(0, message.find("\n\nLINE "));
  message = message.substr(0, message.find("\n\nStack Trace"));
  std::string line;
  for (const char c : message) {
    const bool space = c == '\n' || c == '\t' || c == '\r' || c == ' ';
    if (!space) {
      line.push_back(c);
    } else if (!line.empty() && line.back() != ' ') {
      line.push_back(' ');
    }
  }
  while (!line.empty() && line.back() == ' ') {
    line.pop_back();
  }
  return line;
}

Status FromParts(ExceptionType type, const std::string& message, const ExtraInfo& info,
                 std::string_view sql) {
  if (const auto code = CodeByName(Lookup(info, kCodeKey))) {
    return MakeError(*code, OneLine(message));
  }
  const std::string place = PlaceIn(sql, Lookup(info, "position"));
  if (const auto trino = SplitTrinoError(message)) {
    return MakeError(CodeOfTrino(trino->name), place + OneLine(message));
  }
  return MakeError(CodeOfType(type, info, message), place + OneLine(message));
}

}  // namespace

void ThrowStatus(const Status& status) {
  const ErrorCode code = CodeOf(status);
  const ExtraInfo info = {{kCodeKey, std::string(InfoOf(code).name)}};
  throw duckdb::Exception(info, ExceptionTypeOf(code), status.message());
}

Status StatusOf(const duckdb::ErrorData& error, std::string_view sql) {
  const std::string& raw = error.RawMessage();
  if (!raw.empty() &&
      raw.front() == '{') {  // setting errors_as_json, which keeps the place in the text
    try {
      const duckdb::ErrorData parsed(raw);
      return FromParts(parsed.Type(), parsed.RawMessage(), parsed.ExtraInfo(), sql);
    } catch (const std::exception&) {
      return FromParts(error.Type(), raw, error.ExtraInfo(),
                       sql);  // a message that only looks like JSON
    }
  }
  return FromParts(error.Type(), raw, error.ExtraInfo(), sql);
}

}  // namespace tarn::engine
