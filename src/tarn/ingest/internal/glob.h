// Shell patterns over paths.
#pragma once

#include <string>
#include <string_view>

namespace tarn::ingest::internal {

/// True if `text` has any of * ? [ that is not escaped by a backslash.
bool HasWildcard(std::string_view text);

/// '*' and '?' match within one path segment, '**' over any number of them, '[abc]',
/// '[a-z]' and '[!a]' one byte; a backslash takes the next character as it is. Names that
/// begin with '.' must be matched by a literal '.'.
bool GlobMatch(std::string_view pattern, std::string_view path);

/// The directory above the first segment that has a wildcard: "/data/" of
/// "/data/2024-*/x.csv".
std::string_view FixedPrefix(std::string_view pattern);

}  // namespace tarn::ingest::internal
