// Compression of answers.
#pragma once

#include <string>
#include <string_view>

#include "tarn/net/http_message.h"

namespace tarn::net::internal {

/// Whether an Accept-Encoding header takes gzip (RFC 9110 12.5.3).
bool AcceptsGzip(std::string_view accept_encoding);

/// Compresses the body of `response` and says so in its headers, if `request` asks for it
/// and it is worth while: more than 1 kB of text that is not encoded yet.
void MaybeGzip(const HttpRequest& request, HttpResponse* response);

}  // namespace tarn::net::internal
