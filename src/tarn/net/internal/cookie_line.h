// Cookies as lines of a Netscape cookie file, which is how libcurl takes and gives them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tarn/net/http_client.h"

namespace tarn::net::internal {

/// Unset if it is no such line.
std::optional<HttpCookie> CookieOfLine(std::string_view line);
/// Unset if a part of it has a character that no line can hold, or it has no name or
/// domain.
std::optional<std::string> LineOfCookie(const HttpCookie& cookie);

}  // namespace tarn::net::internal
