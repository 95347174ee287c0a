// The hash of the bucket transform (spec: Appendix B).
#include <bit>
#include <cstring>

#include "tarn/base/error.h"
#include "tarn/iceberg/internal/datetime.h"
#include "tarn/iceberg/internal/value_get.h"
#include "tarn/iceberg/transform.h"
#include "tarn/iceberg/value.h"

namespace tarn::iceberg {
namespace {

using internal::Get;

constexpr uint32_t kC1 = 0xCC9E2D51;
constexpr uint32_t kC2 = 0x1B873593;

uint32_t Scramble(uint32_t block) { return std::rotl(block * kC1, 15) * kC2; }

uint32_t HashLong(int64_t value) {
  static_assert(std::endian::native == std::endian::little);
  char bytes[sizeof(value)];
  std::memcpy(bytes, &value, sizeof(value));
  return Murmur3({bytes, sizeof(bytes)});
}

uint32_t HashUnsigned(const Type& type, const Value& value) {
  switch (type.id()) {
    case TypeId::kInt:
    case TypeId::kLong:
    case TypeId::kDate:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
      // Always eight bytes, so that a column keeps its buckets when int becomes long.
      return HashLong(internal::GetInteger(value));
    case TypeId::kTimestampNs:
    case TypeId::kTimestampTzNs:
      return HashLong(internal::FloorDiv(Get<int64_t>(value), 1000));
    case TypeId::kDecimal:
      return Murmur3(DecimalToBytes(Get<int128_t>(value)));
    default:
      return Murmur3(Get<std::string>(value));
  }
}

}  // namespace

uint32_t Murmur3(std::string_view bytes) {
  uint32_t hash = 0;
  const size_t blocks_end = bytes.size() / 4 * 4;
  for (size_t at = 0; at < blocks_end; at += 4) {
    uint32_t block = 0;
    std::memcpy(&block, bytes.data() + at, sizeof(block));
    hash = std::rotl(hash ^ Scramble(block), 13) * 5 + 0xE6546B64;
  }
  uint32_t tail = 0;
  for (size_t at = bytes.size(); at > blocks_end; --at) {
    tail = tail << 8 | static_cast<uint8_t>(bytes[at - 1]);
  }
  hash ^= Scramble(tail);  // nothing if there is no tail
  hash ^= static_cast<uint32_t>(bytes.size());
  hash = (hash ^ hash >> 16) * 0x85EBCA6B;
  hash = (hash ^ hash >> 13) * 0xC2B2AE35;
  return hash ^ hash >> 16;
}

int32_t HashValue(const Type& type, const Value& value) {
  return static_cast<int32_t>(HashUnsigned(type, value));
}

}  // namespace tarn::iceberg
