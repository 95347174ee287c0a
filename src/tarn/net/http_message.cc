#include "tarn/net/http_message.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "tarn/base/error.h"

namespace tarn::net {
namespace {

char LowerAscii(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool IsSameName(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(),
                    [](char x, char y) { return LowerAscii(x) == LowerAscii(y); });
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = LowerAscii(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

enum class Plus { kStays, kIsSpace };

Result<std::string> Decode(std::string_view text, Plus plus) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const int high = i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        return MakeError(ErrorCode::kInvalidArgument,
                         fmt::format("Broken percent-escape at byte {} of: {}", i, text));
      }
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus == Plus::kIsSpace) {
      c = ' ';
    }
    if (c == '\0') {
      return MakeError(ErrorCode::kInvalidArgument,
                       fmt::format("A NUL at byte {} of percent-encoded text", i));
    }
    decoded += c;
  }
  return decoded;
}

bool IsUnreserved(char c) {
  const char lower = LowerAscii(c);
  return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

struct Reason {
  int status;
  std::string_view phrase;
};
constexpr std::array kReasons = {
    Reason{100, "Continue"},
    Reason{101, "Switching Protocols"},
    Reason{200, "OK"},
    Reason{201, "Created"},
    Reason{202, "Accepted"},
    Reason{204, "No Content"},
    Reason{206, "Partial Content"},
    Reason{301, "Moved Permanently"},
    Reason{302, "Found"},
    Reason{303, "See Other"},
    Reason{304, "Not Modified"},
    Reason{307, "Temporary Redirect"},
    Reason{308, "Permanent Redirect"},
    Reason{400, "Bad Request"},
    Reason{401, "Unauthorized"},
    Reason{403, "Forbidden"},
    Reason{404, "Not Found"},
    Reason{405, "Method Not Allowed"},
    Reason{406, "Not Acceptable"},
    Reason{408, "Request Timeout"},
    Reason{409, "Conflict"},
    Reason{410, "Gone"},
    Reason{411, "Length Required"},
    Reason{412, "Precondition Failed"},
    Reason{413, "Content Too Large"},
    Reason{414, "URI Too Long"},
    Reason{415, "Unsupported Media Type"},
    Reason{416, "Range Not Satisfiable"},
    Reason{417, "Expectation Failed"},
    Reason{419, "Authentication Timeout"},  // Iceberg REST: credentials have expired
    Reason{422, "Unprocessable Content"},
    Reason{429, "Too Many Requests"},
    Reason{431, "Request Header Fields Too Large"},
    Reason{499, "Client Closed Request"},
    Reason{500, "Internal Server Error"},
    Reason{501, "Not Implemented"},
    Reason{502, "Bad Gateway"},
    Reason{503, "Service Unavailable"},
    Reason{504, "Gateway Timeout"},
    Reason{505, "HTTP Version Not Supported"},
    Reason{507, "Insufficient Storage"},
};

}  // namespace

void HttpHeaders::Add(std::string name, std::string value) {
  all_.emplace_back(std::move(name), std::move(value));
}

void HttpHeaders::Set(std::string_view name, std::string value) {
  const auto is_it = [name](const auto& header) {
    return IsSameName(header.first, name);
  };
  const auto first = std::find_if(all_.begin(), all_.end(), is_it);
  if (first == all_.end()) {
    all_.emplace_back(name, std::move(value));
    return;
  }
  first->second = std::move(value);
  all_.erase(std::remove_if(first + 1, all_.end(), is_it), all_.end());
}

const std::string* HttpHeaders::Find(std::string_view name) const {
  for (const auto& [key, value] : all_) {
    if (IsSameName(key, name)) {
      return &value;
    }
  }
  return nullptr;
}

const std::string* HttpRequest::PathParameter(std::string_view name) const {
  const auto found = path_parameters.find(name);
  return found == path_parameters.end() ? nullptr : &found->second;
}

std::optional<std::string> HttpRequest::QueryParameter(std::string_view name) const {
  return FormValue(raw_query, name);
}

Result<std::string> PercentDecode(std::string_view text) {
  return Decode(text, Plus::kStays);
}

Result<std::string> FormDecode(std::string_view text) {
  return Decode(text, Plus::kIsSpace);
}

std::string PercentEncode(std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (IsUnreserved(c)) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += '%';
      encoded += kDigits[byte >> 4];
      encoded += kDigits[byte & 15];
    }
  }
  return encoded;
}

std::optional<std::string> FormValue(std::string_view form, std::string_view name) {
  while (!form.empty()) {
    const std::string_view pair = form.substr(0, form.find('&'));
    form.remove_prefix(std::min(form.size(), pair.size() + 1));
    const size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view raw_key = pair.substr(0, equals);
    if (FormDecode(raw_key).ValueOr(std::string(raw_key)) == name) {
      const std::string_view raw = pair.substr(std::min(pair.size(), equals + 1));
      return FormDecode(raw).ValueOr(std::string(raw));
    }
  }
  return std::nullopt;
}

std::string_view ReasonPhrase(int status) {
  for (const Reason& reason : kReasons) {
    if (reason.status == status) {
      return reason.phrase;
    }
  }
  return "Unknown";
}

}  // namespace tarn::net
