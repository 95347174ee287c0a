// The program's log: one place, two forms (lines for people, JSON lines), no secrets.
//
//   RETURN_NOT_OK(StartLogging({.level = LogLevel::kDebug, .format = LogFormat::kJson}));
//   LogInfo("Committed a snapshot", {{"table", ident}, {"snapshot",
//   std::to_string(id)}});
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "tarn/base/result.h"

namespace tarn {

enum class LogLevel : uint8_t { kTrace, kDebug, kInfo, kWarn, kError, kOff };
enum class LogFormat : uint8_t { kText, kJson };

struct LogOptions {
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kText;
  std::string file = {};  // appended to; standard error if empty
};

/// Sets up the process's log; before it, warnings and errors go to standard error as
/// text. May be called again. Errors: kIoFailed, kForbidden if the file cannot be opened.
Status StartLogging(const LogOptions& options);
/// Writes what is still buffered.
void FlushLog();
/// Whether messages of `level` are written: spares making fields that nobody reads.
bool IsLogged(LogLevel level);
/// "trace", "debug", "info", "warn", "error", "off". Errors: kInvalidArgument.
Result<LogLevel> LogLevelFromString(std::string_view name);

struct LogField {
  std::string_view key;
  std::string value;
};

/// Thread-safe. `message` is one line without values; values go into `fields`. Values
/// under keys that name secrets, and secrets inside of URLs and of key=value texts, are
/// replaced by "***".
void Log(LogLevel level, std::string_view message,
         std::initializer_list<LogField> fields = {});
inline void LogDebug(std::string_view message,
                     std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kDebug, message, fields);
}
inline void LogInfo(std::string_view message,
                    std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kInfo, message, fields);
}
inline void LogWarn(std::string_view message,
                    std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kWarn, message, fields);
}
inline void LogError(std::string_view message,
                     std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kError, message, fields);
}

/// True for names like "s3.secret-access-key", "password", "auth_token", "Authorization".
bool IsSecretName(std::string_view name);
/// `text` with what looks like a secret replaced by "***": user:password@ in URLs, values
/// after password=, token=, secret…=, X-Amz-Signature=, and after "Bearer " or "Basic ".
/// For logs and error messages.
std::string Redact(std::string_view text);

}  // namespace tarn
