#include "tarn/base/murmur3_x64.h"

#include <bit>
#include <cstddef>
#include <cstring>

#include "tarn/base/byte_order.h"

namespace tarn {
namespace {

constexpr uint64_t kC1 = 0x87c37b91114253d5;
constexpr uint64_t kC2 = 0x4cf5ad432745937f;
constexpr size_t kBlockBytes = 16;

uint64_t Mix1(uint64_t k) { return std::rotl(k * kC1, 31) * kC2; }
uint64_t Mix2(uint64_t k) { return std::rotl(k * kC2, 33) * kC1; }

uint64_t Finish(uint64_t k) {
  k ^= k >> 33;
  k *= 0xff51afd7ed558ccd;
  k ^= k >> 33;
  k *= 0xc4ceb9fe1a85ec53;
  return k ^ (k >> 33);
}

}  // namespace

std::array<uint64_t, 2> Murmur3X64(std::string_view bytes, uint64_t seed) {
  uint64_t h1 = seed;
  uint64_t h2 = seed;
  size_t at = 0;
  for (; at + kBlockBytes <= bytes.size(); at += kBlockBytes) {
    h1 ^= Mix1(LoadLittle<uint64_t>(bytes, at));
    h1 = (std::rotl(h1, 27) + h2) * 5 + 0x52dce729;
    h2 ^= Mix2(LoadLittle<uint64_t>(bytes, at + 8));
    h2 = (std::rotl(h2, 31) + h1) * 5 + 0x38495ab5;
  }
  char tail[kBlockBytes] = {};  // zeros change nothing
  std::memcpy(tail, bytes.data() + at, bytes.size() - at);
  const std::string_view last(tail, kBlockBytes);
  h2 ^= Mix2(LoadLittle<uint64_t>(last, 8));
  h1 ^= Mix1(LoadLittle<uint64_t>(last, 0));
  h1 ^= bytes.size();
  h2 ^= bytes.size();
  h1 += h2;
  h2 += h1;
  h1 = Finish(h1);
  h2 = Finish(h2);
  h1 += h2;
  return {h1, h2 + h1};
}

}  // namespace tarn
