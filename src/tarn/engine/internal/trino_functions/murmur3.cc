#include "tarn/engine/internal/trino_functions/murmur3.h"

#include <bit>
#include <cstddef>
#include <cstring>

namespace tarn::engine {
namespace {

constexpr uint64_t kFirst = 0x87c37b91114253d5;
constexpr uint64_t kSecond = 0x4cf5ad432745937f;
constexpr size_t kBlockBytes = 16;

/// Up to 8 bytes, those that lack are zero.
uint64_t WordOf(std::string_view bytes) {
  static_assert(std::endian::native == std::endian::little);
  uint64_t word = 0;
  std::memcpy(&word, bytes.data(), bytes.size());
  return word;
}

uint64_t MixedFirst(uint64_t word) { return std::rotl(word * kFirst, 31) * kSecond; }
uint64_t MixedSecond(uint64_t word) { return std::rotl(word * kSecond, 33) * kFirst; }

uint64_t Finished(uint64_t hash) {
  hash = (hash ^ (hash >> 33U)) * 0xff51afd7ed558ccd;
  hash = (hash ^ (hash >> 33U)) * 0xc4ceb9fe1a85ec53;
  return hash ^ (hash >> 33U);
}

}  // namespace

std::array<uint64_t, 2> Murmur3(std::string_view bytes) {
  const uint64_t size = bytes.size();
  uint64_t first = 0;
  uint64_t second = 0;
  while (bytes.size() >= kBlockBytes) {
    first = std::rotl(first ^ MixedFirst(WordOf(bytes.substr(0, 8))), 27) + second;
    first = first * 5 + 0x52dce729;
    second = std::rotl(second ^ MixedSecond(WordOf(bytes.substr(8, 8))), 31) + first;
    second = second * 5 + 0x38495ab5;
    bytes.remove_prefix(kBlockBytes);
  }
  if (bytes.size() > 8) {
    second ^= MixedSecond(WordOf(bytes.substr(8)));
  }
  if (!bytes.empty()) {
    first ^= MixedFirst(WordOf(bytes.substr(0, 8)));
  }
  first ^= size;
  second ^= size;
  first += second;
  second += first;
  first = Finished(first);
  second = Finished(second);
  first += second;
  second += first;
  return {first, second};
}

}  // namespace tarn::engine
