// The parts of a location: scheme and the rest.
#pragma once

#include <string>
#include <string_view>

namespace tarn::io {

/// "s3" for "s3://b/k", "file" for "file:/a"; lower case; empty for plain paths.
std::string SchemeOf(std::string_view location);

/// True for s3, s3a and s3n.
bool IsS3Scheme(std::string_view scheme);

}  // namespace tarn::io
