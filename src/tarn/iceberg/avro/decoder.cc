#include "tarn/iceberg/avro/decoder.h"

namespace tarn::iceberg::avro {

const char* Decoder::LongVarint(const char* at, const char* end, uint64_t* value) {
  uint64_t bits = 0;
  for (unsigned shift = 0; shift < 64 && at != end; shift += 7) {
    uint64_t byte = static_cast<unsigned char>(*at++);
    if (shift == 63 && byte > 1) {
      return nullptr;  // would be the 65th bit
    }
    bits |= (byte & 0x7F) << shift;
    if (byte < 0x80) {
      *value = bits;
      return at;
    }
  }
  return nullptr;
}

int64_t Decoder::BlockItems(int64_t* block_bytes) {
  if (block_bytes != nullptr) {
    *block_bytes = -1;
  }
  int64_t count = Long();
  if (count >= 0) {
    return count;
  }
  if (count == INT64_MIN) {
    Fail("an item count is out of range");
    return 0;
  }
  int64_t size = Long();
  if (size < 0 || static_cast<uint64_t>(size) > bytes_left()) {
    Fail("an array's block ends beyond its data");
    return 0;
  }
  if (block_bytes != nullptr) {
    *block_bytes = size;
  }
  return -count;
}

}  // namespace tarn::iceberg::avro
