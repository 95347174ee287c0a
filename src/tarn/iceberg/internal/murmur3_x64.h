// MurmurHash3_x64_128, the hash of theta sketches.
#pragma once

#include <cstdint>
#include <string_view>

namespace tarn::iceberg::internal {

/// The first 64 of the hash's 128 bits.
uint64_t Murmur3X64(std::string_view bytes, uint64_t seed);

}  // namespace tarn::iceberg::internal
