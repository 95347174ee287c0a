// The text of a page: bytes in the encoding that its mark, its header or itself names.
#pragma once

#include <string>
#include <string_view>

#include "tarn/base/result.h"

namespace tarn::ingest::web {

/// What a page is written in: by its byte order mark, by `content_type` (the header), by
/// a meta element or an XML declaration in its first bytes, in this order. Without any
/// it is UTF-8 if it can be, else windows-1252, as browsers do. The name as it is there.
std::string CharsetOf(std::string_view body, std::string_view content_type);

/// `body` as UTF-8, without a byte order mark; what cannot be decoded becomes U+FFFD.
/// Errors: kNotSupported for an encoding that nobody knows.
Result<std::string> DecodeText(std::string_view body, std::string_view charset);

/// "text/html" of "Text/HTML; charset=x".
std::string MediaTypeOf(std::string_view content_type);

bool IsUtf8(std::string_view text);

}  // namespace tarn::ingest::web
