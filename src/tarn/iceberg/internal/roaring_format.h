// The portable serialization of 32-bit Roaring bitmaps (RoaringFormatSpec), checked
// before the library sees it: the library of Debian 12 has no deserializer that
// validates.
#pragma once

#include <cstddef>
#include <string_view>

#include "tarn/base/result.h"

namespace tarn::iceberg::internal {

/// Length of the bitmap at the start of `bytes`: cookie, keys ascending, offsets where
/// the containers are, containers in order and with the cardinality they claim. The
/// bitmap may be empty; bytes after it are not looked at. Errors: kInvalidData.
Result<size_t> CheckPortableRoaring(std::string_view bytes);

}  // namespace tarn::iceberg::internal
