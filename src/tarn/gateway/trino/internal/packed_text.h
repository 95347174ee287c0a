// Compression of what goes through the protocol: pages of rows, long statements.
#pragma once

#include <string>
#include <string_view>

#include "tarn/base/result.h"

namespace tarn::gateway::trino::internal {

/// A statement of a header after "$zstd:": base64url of zstd. Errors: kInvalidArgument,
/// also for texts of more than 16 MB.
Result<std::string> UnpackText(std::string_view packed);

/// Empty if it does not get smaller.
std::string ZstdPacked(std::string_view bytes);
/// One block of LZ4, without a frame; empty if it does not get smaller.
std::string Lz4Packed(std::string_view bytes);

}  // namespace tarn::gateway::trino::internal
