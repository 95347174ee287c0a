#include "tarn/base/logging.h"

#include <atomic>
#include <cerrno>
#include <memory>
#include <system_error>

#include <arrow/util/io_util.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "tarn/base/error.h"

namespace tarn {
namespace {

constexpr std::string_view kLevelNames[] = {"trace", "debug", "info",
                                            "warn",  "error", "off"};

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kTrace:
      return spdlog::level::trace;
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
    case LogLevel::kOff:
      return spdlog::level::off;
  }
  return spdlog::level::info;
}

struct Logger {
  std::shared_ptr<spdlog::logger> logger;
  LogFormat format = LogFormat::kText;
};

std::shared_ptr<const Logger> MakeLogger(const LogOptions& options,
                                         spdlog::sink_ptr sink) {
  auto logger = std::make_shared<spdlog::logger>("tarn", std::move(sink));
  logger->set_level(ToSpdlog(options.level));
  logger->flush_on(spdlog::level::warn);
  // JSON lines carry time and level themselves.
  logger->set_pattern(
      options.format == LogFormat::kJson ? "%v" : "%Y-%m-%dT%H:%M:%S.%eZ %-5l %v",
      spdlog::pattern_time_type::utc);
  return std::make_shared<Logger>(Logger{std::move(logger), options.format});
}

std::shared_ptr<const Logger>& Slot() {
  static std::shared_ptr<const Logger> logger = MakeLogger(
      {.level = LogLevel::kWarn}, std::make_shared<spdlog::sinks::stderr_sink_mt>());
  return logger;
}

std::shared_ptr<const Logger> Current() { return std::atomic_load(&Slot()); }

std::string ValueToShow(const LogField& field) {
  return IsSecretName(field.key) ? "***" : Redact(field.value);
}

/// Control characters would let a value forge lines.
std::string OneLine(std::string text) {
  std::string out;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out;
}

std::string TextLine(std::string_view message, std::initializer_list<LogField> fields) {
  std::string line = Redact(message);
  for (const LogField& field : fields) {
    const std::string value = ValueToShow(field);
    const bool quote = value.empty() || value.find_first_of(" =\"") != std::string::npos;
    const std::string_view mark = quote ? "\"" : "";
    line += fmt::format(" {}={}{}{}", field.key, mark, value, mark);
  }
  return OneLine(std::move(line));
}

std::string JsonLine(LogLevel level, std::string_view message,
                     std::initializer_list<LogField> fields) {
  using std::chrono::system_clock;
  const auto now = system_clock::now();
  const auto millis =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch())
          .count() %
      1000;
  nlohmann::ordered_json line;
  const std::time_t seconds = system_clock::to_time_t(now);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[sizeof("2024-01-31T00:00:00")];
  std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
  line["time"] = fmt::format("{}.{:03}Z", text, millis);
  line["level"] = kLevelNames[static_cast<size_t>(level)];
  line["message"] = Redact(message);
  for (const LogField& field : fields) {
    line[std::string(field.key)] = ValueToShow(field);
  }
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// spdlog reports a file that it cannot open by an exception without errno: ask first.
Status CheckWritable(const std::string& file) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  if (fd >= 0) {
    ::close(fd);
    return Status::OK();
  }
  const int error = errno;
  return MakeError(CodeOf(arrow::internal::IOErrorFromErrno(error, "")),
                   fmt::format("Cannot write the log file {}: {}", file,
                               std::generic_category().message(error)));
}

}  // namespace

Status StartLogging(const LogOptions& options) {
  spdlog::sink_ptr sink;
  if (options.file.empty()) {
    sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  } else {
    ARROW_RETURN_NOT_OK(CheckWritable(options.file));
    try {
      sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(options.file);
    } catch (const spdlog::spdlog_ex& e) {
      return MakeError(
          ErrorCode::kIoFailed,
          fmt::format("Cannot write the log file {}: {}", options.file, e.what()));
    }
  }
  std::atomic_store(&Slot(), MakeLogger(options, std::move(sink)));
  return Status::OK();
}

void FlushLog() { Current()->logger->flush(); }

bool IsLogged(LogLevel level) {
  return level != LogLevel::kOff && Current()->logger->should_log(ToSpdlog(level));
}

Result<LogLevel> LogLevelFromString(std::string_view name) {
  for (size_t i = 0; i < std::size(kLevelNames); ++i) {
    if (kLevelNames[i] == name) {
      return static_cast<LogLevel>(i);
    }
  }
  return MakeError(
      ErrorCode::kInvalidArgument,
      fmt::format("A log level is trace, debug, info, warn, error or off, got: {}",
                  name));
}

void Log(LogLevel level, std::string_view message,
         std::initializer_list<LogField> fields) {
  const std::shared_ptr<const Logger> current = Current();
  const auto spdlog_level = ToSpdlog(level);
  if (level == LogLevel::kOff || !current->logger->should_log(spdlog_level)) {
    return;
  }
  const std::string line = current->format == LogFormat::kJson
                               ? JsonLine(level, message, fields)
                               : TextLine(message, fields);
  current->logger->log(spdlog_level, "{}", line);
}

}  // namespace tarn
