// The hash SpookyHash V2 (Bob Jenkins's, in the public domain), its first 64 bits, seed
// 0.
#pragma once

#include <cstdint>
#include <string_view>

namespace tarn::engine {

uint64_t SpookyHash(std::string_view bytes);

}  // namespace tarn::engine
