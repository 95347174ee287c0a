// murmur3 and spooky_hash_v2 of bytes.
#include <cstring>

#include "tarn/base/murmur3_x64.h"
#include "tarn/engine/internal/trino_functions/sketch_library.h"
#include "tarn/engine/internal/trino_functions/spooky_hash.h"
#include "tarn/engine/internal/trino_functions/typed_scalar.h"

namespace tarn::engine {
namespace {

/// The first `size` bytes of the words, each with its lowest byte first.
std::string LittleEndian(const void* words, size_t size) {
  std::string bytes(size, '\0');
  std::memcpy(bytes.data(), words, size);
  return bytes;
}

std::string BigEndian(uint64_t word, size_t size) {
  const std::string bytes = LittleEndian(&word, size);
  return {bytes.rbegin(), bytes.rend()};
}

Blob Murmur3Bytes(Bytes value) {
  const auto words = Murmur3X64(value.data);
  return {LittleEndian(words.data(), sizeof(words))};
}

Blob Spooky32(Bytes value) { return {BigEndian(SpookyHash(value.data), 4)}; }
Blob Spooky64(Bytes value) { return {BigEndian(SpookyHash(value.data), 8)}; }

}  // namespace

void AddByteHashes(FunctionLibrary& library) {
  library.Add(Typed<&Murmur3Bytes>("murmur3"));
  library.Add(Typed<&Spooky32>("spooky_hash_v2_32"));
  library.Add(Typed<&Spooky64>("spooky_hash_v2_64"));
}

}  // namespace tarn::engine
