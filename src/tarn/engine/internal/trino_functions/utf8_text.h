// Text as Trino counts it: in code points. Knows nothing of DuckDB.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::engine {

int64_t CharacterCount(std::string_view text);
/// The first `count` code points; all of a shorter text.
std::string_view FirstCharacters(std::string_view text, int64_t count);
/// Code points; a byte that is no UTF-8 becomes U+FFFD.
std::vector<char32_t> CodePoints(std::string_view text);
void AppendUtf8(std::string* text, char32_t code_point);
std::string Utf8Of(const std::vector<char32_t>& code_points);

}  // namespace tarn::engine
