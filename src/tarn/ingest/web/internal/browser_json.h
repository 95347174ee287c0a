// Headers and cookies as the DevTools protocol writes them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tarn/base/json_fields.h"
#include "tarn/ingest/web/browser.h"

namespace tarn::ingest::web::internal {

/// A member of an object; empty if it is no text.
std::string TextOf(const Json& json, const char* name);
/// 0 if it is no whole number of 53 bits.
int64_t IntegerOf(const Json& json, const char* name);

/// The headers of an answer as it is given to the browser: without those that were about
/// its way here.
Json HeadersForBrowser(const FetchedPage& page);

/// The headers of a request that the browser would send to `url`: with those of the order
/// for its own origin, and without them anywhere else, also where a redirect carries
/// them.
Json RequestHeaders(const Json& request, const std::string& url,
                    const RenderOrder& order);

/// The order's cookies, and those of its header Cookie.
Json CookiesForBrowser(const RenderOrder& order);
std::vector<net::HttpCookie> CookiesFromBrowser(const Json& answer);

}  // namespace tarn::ingest::web::internal
