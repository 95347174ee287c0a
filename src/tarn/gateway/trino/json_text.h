// JSON written by hand, where answers are large.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tarn::gateway::trino {

/// Appends `text` in quotes, escaped; bytes that are not UTF-8 become U+FFFD.
void AppendJsonString(std::string_view text, std::string* json);
void AppendInteger(int64_t value, std::string* json);
/// Appends the bytes in base64, in quotes.
void AppendBase64(std::string_view bytes, std::string* json);

}  // namespace tarn::gateway::trino
