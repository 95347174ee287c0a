// One compressed frame in memory, as Puffin has its blobs and footers (spec: Puffin,
// Compression codecs).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tarn/base/result.h"

namespace tarn::iceberg::internal {

enum class FrameCodec : uint8_t { kLz4, kZstd };

/// What the single frame `stored` holds; memory grows with what comes out, never by what
/// the frame claims. `what` names the bytes in errors. Errors: kInvalidData (also for
/// bytes after the frame), kResourceLimit beyond `bytes_max`, kOutOfMemory.
Result<std::string> UnpackFrame(FrameCodec codec, std::string_view stored,
                                int64_t bytes_max, const std::string& what);
/// A frame that tells the size of its content. Errors: kInternal.
Result<std::string> PackFrame(FrameCodec codec, std::string_view bytes);

}  // namespace tarn::iceberg::internal
