// URLs, read as RFC 2396 has them.
#include <fmt/format.h>

#include "tarn/engine/internal/trino_functions/function_library.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"
#include "tarn/engine/internal/trino_functions/typed_scalar.h"
#include "tarn/engine/internal/trino_functions/value_text.h"

namespace tarn::engine {
namespace {

using MaybeText = std::optional<std::string>;

struct Url {
  std::optional<std::string_view> scheme;
  std::optional<std::string_view> host;
  std::optional<int64_t> port;
  std::string_view path;
  std::optional<std::string_view> query;
  std::optional<std::string_view> fragment;
};

void ReadAuthority(std::string_view authority, Url* url) {
  const size_t at = authority.rfind('@');
  if (at != std::string_view::npos) {
    authority.remove_prefix(at + 1);
  }
  const size_t bracket = authority.find(']');
  const size_t colon =
      authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (!authority.empty()) {
    url->host = authority.substr(0, colon);
  }
  if (colon != std::string_view::npos) {
    url->port = ParseInteger(authority.substr(colon + 1));
  }
}

/// Unset for what is no URL: blanks and other characters that have to be escaped.
std::optional<Url> ReadUrl(std::string_view text) {
  if (text.find_first_of(" \"<>\\^`{|}") != std::string_view::npos) {
    return {};
  }
  Url url;
  const size_t hash = text.find('#');
  if (hash != std::string_view::npos) {
    url.fragment = text.substr(hash + 1);
    text = text.substr(0, hash);
  }
  const size_t colon = text.find(':');
  if (colon != std::string_view::npos && colon < text.find_first_of("/?")) {
    url.scheme = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  const size_t question = text.find('?');
  if (question != std::string_view::npos) {
    url.query = text.substr(question + 1);
    text = text.substr(0, question);
  }
  if (text.starts_with("//")) {
    text.remove_prefix(2);
    const size_t slash = text.find('/');
    ReadAuthority(text.substr(0, slash), &url);
    text = slash == std::string_view::npos ? "" : text.substr(slash);
  }
  url.path = text;
  return url;
}

std::optional<int> HexValue(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? std::optional(lower - 'a' + 10) : std::nullopt;
}

/// "%20" is a blank; '+' too where `plus_is_blank`. Unset for a bad escape.
MaybeText Unescaped(std::string_view text, bool plus_is_blank) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_blank) {
      plain += ' ';
    } else if (text[i] != '%') {
      plain += text[i];
    } else {
      const auto high = i + 2 < text.size() ? HexValue(text[i + 1]) : std::nullopt;
      const auto low = high ? HexValue(text[i + 2]) : std::nullopt;
      if (!low) {
        return {};
      }
      plain += static_cast<char>(*high * 16 + *low);
      i += 2;
    }
  }
  return plain;
}

std::string Decoded(std::optional<std::string_view> part) {
  return part ? Unescaped(*part, false).value_or(std::string(*part)) : std::string();
}

MaybeText UrlHost(std::string_view text) {
  const auto url = ReadUrl(text);
  if (!url) {
    return {};
  }
  return std::string(url->host.value_or(""));  // empty, not null, where there is none
}

std::optional<int64_t> UrlPort(std::string_view text) {
  const auto url = ReadUrl(text);
  return url ? url->port : std::nullopt;
}

MaybeText UrlPath(std::string_view text) {
  const auto url = ReadUrl(text);
  return url ? MaybeText(Decoded(url->path)) : std::nullopt;
}

MaybeText UrlQuery(std::string_view text) {
  const auto url = ReadUrl(text);
  return url ? MaybeText(Decoded(url->query)) : std::nullopt;
}

MaybeText UrlFragment(std::string_view text) {
  const auto url = ReadUrl(text);
  return url ? MaybeText(Decoded(url->fragment)) : std::nullopt;
}

MaybeText UrlProtocol(std::string_view text) {
  const auto url = ReadUrl(text);
  return url ? MaybeText(std::string(url->scheme.value_or(""))) : std::nullopt;
}

MaybeText UrlParameter(std::string_view text, std::string_view name) {
  const auto url = ReadUrl(text);
  std::string_view query = url && url->query ? *url->query : "";
  while (!query.empty()) {
    const size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    const size_t equals = pair.find('=');
    if (Unescaped(pair.substr(0, equals), true) == name) {
      return equals == std::string_view::npos ? MaybeText("")
                                              : Unescaped(pair.substr(equals + 1), true);
    }
    query = end == std::string_view::npos ? "" : query.substr(end + 1);
  }
  return {};
}

std::string UrlEncode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
                       c == '*';
    if (plain) {
      encoded += c;
    } else if (c == ' ') {
      encoded += '+';
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

std::string UrlDecode(std::string_view text) {
  const auto plain = Unescaped(text, true);
  if (!plain) {
    ThrowTrino(kInvalidArgument,
               fmt::format("Incomplete or illegal escape in: {}", text));
  }
  return *plain;
}

}  // namespace

void AddUrls(FunctionLibrary& library) {
  library.Add(Typed<&UrlHost>("url_extract_host"));
  library.Add(Typed<&UrlPort>("url_extract_port"));
  library.Add(Typed<&UrlPath>("url_extract_path"));
  library.Add(Typed<&UrlQuery>("url_extract_query"));
  library.Add(Typed<&UrlFragment>("url_extract_fragment"));
  library.Add(Typed<&UrlProtocol>("url_extract_protocol"));
  library.Add(Typed<&UrlParameter>("url_extract_parameter"));
  library.Add(Typed<&UrlEncode>("url_encode"));
  library.Add(Typed<&UrlDecode>("url_decode"));
}

}  // namespace tarn::engine
