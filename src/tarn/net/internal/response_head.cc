#include "tarn/net/internal/response_head.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <ctime>

#include <fmt/format.h>

#include "tarn/base/clock.h"

namespace tarn::net::internal {
namespace {

constexpr size_t kRequestIdBytesMax = 128;
constexpr std::array<std::string_view, 5> kOwnHeaders = {
    "connection", "content-length", "date", "transfer-encoding", "x-request-id"};

bool IsOwnHeader(std::string_view name) {
  const auto is_it = [name](std::string_view own) {
    return own.size() == name.size() &&
           std::equal(own.begin(), own.end(), name.begin(), [](char a, char b) {
             return a == static_cast<char>(std::tolower(static_cast<unsigned char>(b)));
           });
  };
  return std::any_of(kOwnHeaders.begin(), kOwnHeaders.end(), is_it);
}

bool IsOneLine(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

void AppendHeader(std::string_view name, std::string_view value, std::string* head) {
  head->append(name).append(": ").append(value).append("\r\n");
}

/// Made anew once a second.
const std::string& DateNow() {
  thread_local std::string date;
  thread_local int64_t made_at = -1;
  const int64_t now =
      std::chrono::duration_cast<std::chrono::seconds>(SystemClock().Now()).count();
  if (now != made_at) {
    date = HttpDate(now);
    made_at = now;
  }
  return date;
}

}  // namespace

std::string ResponseHead(const HttpResponse& response, const HeadOptions& options) {
  std::string head;
  head.reserve(256);
  head += options.is_http10 ? "HTTP/1.0 " : "HTTP/1.1 ";
  head += std::to_string(response.status);
  head += ' ';
  head += ReasonPhrase(response.status);
  head += "\r\n";
  for (const auto& [name, value] : response.headers.all()) {
    if (!IsOwnHeader(name) && IsOneLine(name) && IsOneLine(value)) {
      AppendHeader(name, value, &head);
    }
  }
  AppendHeader("X-Request-Id", options.request_id, &head);
  AppendHeader("Date", DateNow(), &head);
  switch (options.framing) {
    case BodyFraming::kLength:
      AppendHeader("Content-Length", std::to_string(options.body_bytes), &head);
      break;
    case BodyFraming::kChunked:
      AppendHeader("Transfer-Encoding", "chunked", &head);
      break;
    case BodyFraming::kToEnd:
    case BodyFraming::kNone:
      break;
  }
  if (!options.keeps_alive) {
    AppendHeader("Connection", "close", &head);
  } else if (options.is_http10) {
    AppendHeader("Connection", "keep-alive", &head);
  }
  head += "\r\n";
  return head;
}

std::string HttpDate(int64_t seconds_since_epoch) {
  static constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t time = seconds_since_epoch;
  std::tm parts = {};
  ::gmtime_r(&time, &parts);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                     kDays[static_cast<size_t>(parts.tm_wday)], parts.tm_mday,
                     kMonths[static_cast<size_t>(parts.tm_mon)], parts.tm_year + 1900,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

bool IsSaneRequestId(std::string_view id) {
  return !id.empty() && id.size() <= kRequestIdBytesMax &&
         std::all_of(id.begin(), id.end(), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                  std::string_view("-_.:/=+@").find(c) != std::string_view::npos;
         });
}

}  // namespace tarn::net::internal
