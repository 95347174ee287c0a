// The hash XXH64 (github.com/Cyan4973/xxHash, its specification), seed 0.
#pragma once

#include <cstdint>
#include <string_view>

namespace tarn::engine {

uint64_t XxHash64(std::string_view bytes);

}  // namespace tarn::engine
