#include "tarn/engine/internal/trino_functions/spooky_hash.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

namespace tarn::engine {
namespace {

constexpr uint64_t kFiller = 0xdeadbeefdeadbeef;
constexpr size_t kShortBytesMax = 192;
constexpr size_t kWords = 12;  // of the state of long texts
constexpr size_t kBlockBytes = kWords * sizeof(uint64_t);

using ShortState = std::array<uint64_t, 4>;
using LongState = std::array<uint64_t, kWords>;

/// Up to 8 bytes, those that lack are zero.
uint64_t WordOf(std::string_view bytes) {
  static_assert(std::endian::native == std::endian::little);
  uint64_t word = 0;
  std::memcpy(&word, bytes.data(), bytes.size());
  return word;
}

uint64_t WordAt(std::string_view bytes, size_t index) {
  const size_t begin = index * sizeof(uint64_t);
  return begin < bytes.size() ? WordOf(bytes.substr(begin, sizeof(uint64_t))) : 0;
}

void Mix(ShortState* state) {
  constexpr int kTurns[] = {50, 52, 30, 41, 54, 48, 38, 37, 62, 34, 5, 36};
  ShortState& h = *state;
  for (size_t i = 0; i < std::size(kTurns); ++i) {
    const size_t at = (i + 2) % 4;
    h[at] = std::rotl(h[at], kTurns[i]) + h[(at + 1) % 4];
    h[(at + 2) % 4] ^= h[at];
  }
}

void End(ShortState* state) {
  constexpr int kTurns[] = {15, 52, 26, 51, 28, 9, 47, 54, 32, 25, 63};
  ShortState& h = *state;
  for (size_t i = 0; i < std::size(kTurns); ++i) {
    const size_t at = (i + 3) % 4;
    const size_t before = (at + 3) % 4;
    h[at] ^= h[before];
    h[before] = std::rotl(h[before], kTurns[i]);
    h[at] += h[before];
  }
}

uint64_t HashOfShort(std::string_view bytes) {
  const uint64_t size = bytes.size();
  ShortState h = {0, 0, kFiller, kFiller};
  for (; bytes.size() >= 32; bytes.remove_prefix(32)) {
    h[2] += WordAt(bytes, 0);
    h[3] += WordAt(bytes, 1);
    Mix(&h);
    h[0] += WordAt(bytes, 2);
    h[1] += WordAt(bytes, 3);
  }
  if (bytes.size() >= 16) {
    h[2] += WordAt(bytes, 0);
    h[3] += WordAt(bytes, 1);
    Mix(&h);
    bytes.remove_prefix(16);
  }
  h[3] += size << 56U;
  h[2] += bytes.empty() ? kFiller : WordAt(bytes, 0);
  h[3] += bytes.empty() ? kFiller : WordAt(bytes, 1);
  End(&h);
  return h[0];
}

void MixBlock(std::string_view bytes, LongState* state) {
  constexpr int kTurns[kWords] = {11, 32, 43, 31, 17, 28, 39, 57, 55, 54, 22, 46};
  LongState& h = *state;
  for (size_t i = 0; i < kWords; ++i) {
    const size_t before = (i + kWords - 1) % kWords;
    h[i] += WordAt(bytes, i);
    h[(i + 2) % kWords] ^= h[(i + 10) % kWords];
    h[before] ^= h[i];
    h[i] = std::rotl(h[i], kTurns[i]);
    h[before] += h[(i + 1) % kWords];
  }
}

void EndRound(LongState* state) {
  constexpr int kTurns[kWords] = {44, 15, 34, 21, 38, 33, 10, 13, 38, 53, 42, 54};
  LongState& h = *state;
  for (size_t i = 0; i < kWords; ++i) {
    const size_t at = (i + 11) % kWords;
    const size_t next = (i + 1) % kWords;
    h[at] += h[next];
    h[(i + 2) % kWords] ^= h[at];
    h[next] = std::rotl(h[next], kTurns[i]);
  }
}

uint64_t HashOfLong(std::string_view bytes) {
  LongState h = {};
  h[2] = h[5] = h[8] = h[11] = kFiller;
  for (; bytes.size() >= kBlockBytes; bytes.remove_prefix(kBlockBytes)) {
    MixBlock(bytes, &h);
  }
  for (size_t i = 0; i < kWords; ++i) {
    h[i] += WordAt(bytes, i);
  }
  h[kWords - 1] += uint64_t{bytes.size()} << 56U;
  for (int round = 0; round < 3; ++round) {
    EndRound(&h);
  }
  return h[0];
}

}  // namespace

uint64_t SpookyHash(std::string_view bytes) {
  return bytes.size() < kShortBytesMax ? HashOfShort(bytes) : HashOfLong(bytes);
}

}  // namespace tarn::engine
