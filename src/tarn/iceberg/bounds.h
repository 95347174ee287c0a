// Truncated bounds of strings and binaries for column statistics (spec: Manifests,
// lower_bounds and upper_bounds): a lower bound may be cut, an upper bound must be raised
// after the cut.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::iceberg {

/// The least string of at most `code_points` code points that is not below `utf8`: `utf8`
/// itself if it is short enough, else its prefix with the last code point raised. nullopt
/// if there is none (every code point of the prefix is U+10FFFF) or if `utf8` is not
/// well-formed and too long: leave the bound out then.
std::optional<std::string> TruncatedUpperString(std::string_view utf8,
                                                int32_t code_points);

/// The first `code_points` code points of `utf8`.
std::string TruncatedLowerString(std::string_view utf8, int32_t code_points);

/// The same for bytes; nullopt if the first `length_bytes` of a longer `bytes` are all
/// 0xFF.
std::optional<std::string> TruncatedUpperBinary(std::string_view bytes,
                                                int32_t length_bytes);
std::string TruncatedLowerBinary(std::string_view bytes, int32_t length_bytes);

}  // namespace tarn::iceberg
