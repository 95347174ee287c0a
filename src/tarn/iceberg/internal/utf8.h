// UTF-8 as strings of code points.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tarn::iceberg::internal {

/// True if `text` is well-formed UTF-8: no overlong forms, no surrogates, nothing above
/// U+10FFFF.
bool IsUtf8(std::string_view text);

/// Bytes of the first `count` code points of `text`, or of all of it if it has fewer. In
/// ill-formed text every byte that does not continue a sequence counts as one.
size_t PrefixBytes(std::string_view text, int32_t count);

/// The last code point of well-formed, non-empty `text` and the place where it starts.
struct CodePointAt {
  char32_t code_point;
  size_t offset;
};
CodePointAt LastCodePoint(std::string_view text);

/// Appends `code_point`, a Unicode scalar value.
void AppendUtf8(char32_t code_point, std::string* text);

}  // namespace tarn::iceberg::internal
