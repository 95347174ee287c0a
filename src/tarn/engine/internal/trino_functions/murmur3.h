// The hash MurmurHash3 (Austin Appleby's, in the public domain), its variant for 64 bit
// machines with 128 bits, seed 0.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace tarn::engine {

std::array<uint64_t, 2> Murmur3(std::string_view bytes);

}  // namespace tarn::engine
