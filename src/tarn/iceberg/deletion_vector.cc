// The blob of a deletion vector (spec: Puffin, deletion-vector-v1):
//
//   length   uint32 big-endian, of magic and vector
//   magic    D1 D3 39 64
//   vector   uint64 little-endian: how many bitmaps; each is its key, uint32
//            little-endian and ascending, and a portable 32-bit Roaring bitmap
//   CRC-32   uint32 big-endian, of magic and vector
#include <limits>
#include <string>
#include <utility>

#include <zlib.h>

#include "tarn/base/byte_order.h"
#include "tarn/base/error.h"
#include "tarn/iceberg/internal/position_set_impl.h"
#include "tarn/iceberg/internal/roaring_format.h"

namespace tarn::iceberg {

using internal::Roaring;

namespace {

constexpr std::string_view kMagic = "\xD1\xD3\x39\x64";
constexpr size_t kLengthBytes = 4;
constexpr size_t kCrcBytes = 4;
constexpr size_t kCountBytes = 8;
constexpr size_t kKeyBytes = 4;
/// Keys are the upper half of a signed 64-bit position, and never the highest one.
constexpr uint32_t kKeyMax = 0x7ffffffe;

uint32_t Crc32(std::string_view bytes) {
  return static_cast<uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

Status Corrupt(const std::string& why) {
  return MakeError(ErrorCode::kInvalidData, "Corrupt deletion vector: " + why);
}

/// The vector between magic and checksum, both found right.
Result<std::string_view> Unwrap(std::string_view blob) {
  constexpr size_t kAround = kLengthBytes + kMagic.size() + kCrcBytes;
  if (blob.size() < kAround + kCountBytes) {
    return Corrupt("only " + std::to_string(blob.size()) + " bytes");
  }
  const auto length = LoadBig<uint32_t>(blob, 0);
  if (length != blob.size() - kLengthBytes - kCrcBytes) {
    return Corrupt("length " + std::to_string(length) + " in a blob of " +
                   std::to_string(blob.size()) + " bytes");
  }
  const std::string_view body = blob.substr(kLengthBytes, length);
  if (!body.starts_with(kMagic)) {
    return Corrupt("wrong magic number");
  }
  if (Crc32(body) != LoadBig<uint32_t>(blob, blob.size() - kCrcBytes)) {
    return Corrupt("checksum does not match");
  }
  return body.substr(kMagic.size());
}

Result<Roaring> ReadBitmap(std::string_view bytes) {
  Roaring bitmap(roaring_bitmap_portable_deserialize_safe(bytes.data(), bytes.size()));
  if (bitmap == nullptr) {
    return MakeError(
        ErrorCode::kOutOfMemory,
        "Cannot load a Roaring bitmap of " + std::to_string(bytes.size()) + " bytes");
  }
  return bitmap;
}

}  // namespace

std::string DeletionVectorToBlob(const PositionSet& positions) {
  std::string body(kMagic);
  AppendLittle<uint64_t>(positions.impl_->parts.size(), &body);
  for (const auto& [high, low] : positions.impl_->parts) {
    // The set itself stays as it is: others may be reading it.
    const Roaring packed(roaring_bitmap_copy(low.get()));
    TARN_CHECK(packed != nullptr);
    roaring_bitmap_run_optimize(packed.get());
    AppendLittle<uint32_t>(high, &body);
    const size_t at = body.size();
    body.resize(at + roaring_bitmap_portable_size_in_bytes(packed.get()));
    roaring_bitmap_portable_serialize(packed.get(), body.data() + at);
  }
  // Readers hold the length in an int: it takes more than 16 thousand million rows of one
  // file to get there.
  TARN_CHECK(body.size() <= static_cast<size_t>(std::numeric_limits<int32_t>::max()));
  std::string blob;
  blob.reserve(kLengthBytes + body.size() + kCrcBytes);
  AppendBig(static_cast<uint32_t>(body.size()), &blob);
  blob += body;
  AppendBig(Crc32(body), &blob);
  return blob;
}

Result<PositionSet> DeletionVectorFromBlob(std::string_view blob) {
  ARROW_ASSIGN_OR_RAISE(std::string_view rest, Unwrap(blob));
  const auto count = LoadLittle<uint64_t>(rest, 0);
  rest.remove_prefix(kCountBytes);
  PositionSet positions;
  int64_t last_key = -1;
  for (uint64_t i = 0; i < count; ++i) {
    if (rest.size() < kKeyBytes) {
      return Corrupt("it ends after " + std::to_string(i) + " of " +
                     std::to_string(count) + " bitmaps");
    }
    const auto key = LoadLittle<uint32_t>(rest, 0);
    if (key <= last_key || key > kKeyMax) {
      return Corrupt("bitmap key " + std::to_string(key) + " after " +
                     std::to_string(last_key));
    }
    last_key = key;
    rest.remove_prefix(kKeyBytes);
    ARROW_ASSIGN_OR_RAISE(const size_t length, internal::CheckPortableRoaring(rest));
    ARROW_ASSIGN_OR_RAISE(Roaring bitmap, ReadBitmap(rest.substr(0, length)));
    rest.remove_prefix(length);
    // Some writers fill the gaps between keys with empty bitmaps.
    if (!roaring_bitmap_is_empty(bitmap.get())) {
      positions.impl_->parts.push_back({key, std::move(bitmap)});
    }
  }
  if (!rest.empty()) {
    return Corrupt(std::to_string(rest.size()) + " bytes after its last bitmap");
  }
  return positions;
}

}  // namespace tarn::iceberg
