// Parts of http(s) URLs, read by the library that connects to them, so that no two
// readers disagree about where a URL leads.
#pragma once

#include <cstdint>
#include <string>

#include "tarn/base/result.h"

namespace tarn::net {

struct Url {
  std::string scheme;  // "http" or "https"
  std::string host;    // lower case; IPv6 in brackets
  uint16_t port = 0;   // the scheme's if none is named
  std::string path;    // with its first "/", escaped
  std::string query;   // after "?", escaped; without it empty
  std::string user;
  std::string password;

  /// "https://host:443": whom it is asked of.
  std::string Origin() const;
  /// Path and query: what is asked.
  std::string Target() const;
  /// Without user, password and fragment.
  std::string Text() const;
};

/// Errors: kInvalidArgument, without user, password and query in the message.
Result<Url> ParseUrl(const std::string& text);

/// What the reference `text` on the page `base` means, as an absolute URL (RFC 3986 5);
/// of any scheme. Errors: kInvalidArgument.
Result<std::string> ResolveUrl(const std::string& base, const std::string& text);

/// `url` with "name=value" in its query: in place of one of that name, else at its end.
/// Errors: kInvalidArgument.
Result<std::string> WithParameter(const std::string& url, const std::string& name,
                                  const std::string& value);

}  // namespace tarn::net
