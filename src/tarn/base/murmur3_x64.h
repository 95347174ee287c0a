// MurmurHash3_x64_128: the hash of theta sketches, of HyperLogLog's text and of SQL's
// murmur3().
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace tarn {

std::array<uint64_t, 2> Murmur3X64(std::string_view bytes, uint64_t seed = 0);

}  // namespace tarn
