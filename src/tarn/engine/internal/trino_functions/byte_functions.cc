// Digests, encodings and layouts of VARBINARY.
#include <array>
#include <bit>
#include <cstring>

#include <fmt/format.h>

#include "tarn/base/digest.h"
#include "tarn/engine/internal/trino_functions/function_library.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"
#include "tarn/engine/internal/trino_functions/typed_scalar.h"
#include "tarn/engine/internal/trino_functions/xxhash64.h"

namespace tarn::engine {
namespace {

template <DigestKind kKind>
Blob Digest(Bytes bytes) {
  return {DigestOf(kKind, bytes.data)};
}

template <DigestKind kKind>
Blob Hmac(Bytes bytes, Bytes key) {
  return {HmacOf(kKind, key.data, bytes.data)};
}

template <typename T>
Blob BigEndian(T value) {
  std::string bytes(sizeof(T), '\0');
  for (size_t i = 0; i < sizeof(T); ++i) {
    bytes[sizeof(T) - 1 - i] = static_cast<char>(static_cast<uint64_t>(value) >> (8 * i));
  }
  return {bytes};
}

template <typename T>
T FromBigEndian(Bytes bytes) {
  if (bytes.data.size() != sizeof(T)) {
    ThrowTrino(kInvalidArgument,
               fmt::format("expected {}-byte input, but got instead: {}", sizeof(T),
                           bytes.data.size()));
  }
  uint64_t value = 0;
  for (const char c : bytes.data) {
    value = (value << 8U) | static_cast<unsigned char>(c);
  }
  return static_cast<T>(value);
}

Blob DoubleBits(double value) { return BigEndian(std::bit_cast<int64_t>(value)); }
double DoubleOfBits(Bytes bytes) {
  return std::bit_cast<double>(FromBigEndian<int64_t>(bytes));
}
Blob RealBits(float value) { return BigEndian(std::bit_cast<int32_t>(value)); }
float RealOfBits(Bytes bytes) {
  return std::bit_cast<float>(FromBigEndian<int32_t>(bytes));
}

Blob XxHash(Bytes bytes) { return BigEndian(static_cast<int64_t>(XxHash64(bytes.data))); }

int64_t Crc32(Bytes bytes) {
  uint32_t crc = ~uint32_t{0};
  for (const char c : bytes.data) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
    }
  }
  return static_cast<int64_t>(~crc);
}

std::string ToHex(Bytes bytes) {
  std::string text;
  for (const char c : bytes.data) {
    text += fmt::format("{:02X}", static_cast<unsigned char>(c));
  }
  return text;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  if (lower < 'a' || lower > 'f') {
    ThrowTrino(kInvalidArgument, fmt::format("not a hexadecimal digit: \"{}\" = {}", c,
                                             int{static_cast<unsigned char>(c)}));
  }
  return lower - 'a' + 10;
}

Blob FromHex(std::string_view text) {
  if (text.size() % 2 != 0) {
    ThrowTrino(kInvalidArgument, fmt::format("invalid input length {}", text.size()));
  }
  std::string bytes;
  for (size_t i = 0; i < text.size(); i += 2) {
    bytes += static_cast<char>(HexDigit(text[i]) * 16 + HexDigit(text[i + 1]));
  }
  return {bytes};
}

std::string ToBase64(Bytes bytes) { return Base64Encode(bytes.data); }

std::string Padded(std::string text) {
  text.resize((text.size() + 3) / 4 * 4, '=');
  return text;
}

std::string ToBase64Url(Bytes bytes) { return Padded(Base64UrlEncode(bytes.data)); }

Blob FromBase64(std::string_view text) {
  auto bytes = Base64Decode(Padded(std::string(text)));
  if (!bytes.ok()) {
    ThrowTrino(kInvalidArgument, fmt::format("not Base64: {}", text));
  }
  return {*std::move(bytes)};
}

Blob FromBase64Url(std::string_view text) {
  std::string plain(text);
  for (char& c : plain) {
    c = c == '-' ? '+' : (c == '_' ? '/' : c);
  }
  return FromBase64(plain);
}

constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

std::string ToBase32(Bytes bytes) {
  std::string text;
  uint64_t bits = 0;
  unsigned num_bits = 0;
  for (const char c : bytes.data) {
    bits = (bits << 8U) | static_cast<unsigned char>(c);
    for (num_bits += 8; num_bits >= 5; num_bits -= 5) {
      text += kBase32[(bits >> (num_bits - 5)) & 31U];
    }
    bits &= (uint64_t{1} << num_bits) - 1;
  }
  if (num_bits > 0) {
    text += kBase32[(bits << (5 - num_bits)) & 31U];
  }
  text.resize((text.size() + 7) / 8 * 8, '=');
  return text;
}

Blob FromBase32(std::string_view text) {
  std::string bytes;
  uint64_t bits = 0;
  unsigned num_bits = 0;
  for (const char c : text.substr(0, text.find('='))) {
    const size_t value = kBase32.find(c);
    if (value == std::string_view::npos) {
      ThrowTrino(kInvalidArgument, fmt::format("Unrecognized character: {}", c));
    }
    bits = (bits << 5U) | value;
    num_bits += 5;
    if (num_bits >= 8) {
      num_bits -= 8;
      bytes += static_cast<char>(bits >> num_bits);
    }
    bits &= (uint64_t{1} << num_bits) - 1;
  }
  return {bytes};
}

Blob PadBytes(Bytes bytes, int64_t length, Bytes pad, bool left) {
  if (length < 0 || length > std::numeric_limits<int32_t>::max()) {
    ThrowTrino(kInvalidArgument, "Target length must be in the range [0..2147483647]");
  }
  if (pad.data.empty()) {
    ThrowTrino(kInvalidArgument, "Padding bytes must not be empty");
  }
  const auto size = static_cast<size_t>(length);
  std::string padding;
  while (bytes.data.size() + padding.size() < size) {
    padding += pad.data[padding.size() % pad.data.size()];
  }
  const std::string_view kept = bytes.data.substr(0, size);
  return {left ? padding + std::string(kept) : std::string(kept) + padding};
}

Blob PadBytesLeft(Bytes bytes, int64_t length, Bytes pad) {
  return PadBytes(bytes, length, pad, true);
}
Blob PadBytesRight(Bytes bytes, int64_t length, Bytes pad) {
  return PadBytes(bytes, length, pad, false);
}

}  // namespace

void AddBytes(FunctionLibrary& library) {
  library.Add(Typed<&Digest<DigestKind::kMd5>>("md5"));
  library.Add(Typed<&Digest<DigestKind::kSha1>>("sha1"));
  library.Add(Typed<&Digest<DigestKind::kSha256>>("sha256"));
  library.Add(Typed<&Digest<DigestKind::kSha512>>("sha512"));
  library.Add(Typed<&Hmac<DigestKind::kMd5>>("hmac_md5"));
  library.Add(Typed<&Hmac<DigestKind::kSha1>>("hmac_sha1"));
  library.Add(Typed<&Hmac<DigestKind::kSha256>>("hmac_sha256"));
  library.Add(Typed<&Hmac<DigestKind::kSha512>>("hmac_sha512"));
  library.Add(Typed<&XxHash>("xxhash64"));
  library.Add(Typed<&Crc32>("crc32"));
  library.Add(Typed<&ToHex>("to_hex"));
  library.Add(Typed<&FromHex>("from_hex"));
  library.Add(Typed<&ToBase64>("to_base64"));
  library.Add(Typed<&FromBase64>("from_base64"));
  library.Add(Typed<&ToBase64Url>("to_base64url"));
  library.Add(Typed<&FromBase64Url>("from_base64url"));
  library.Add(Typed<&ToBase32>("to_base32"));
  library.Add(Typed<&FromBase32>("from_base32"));
  library.Add(Typed<&BigEndian<int64_t>>("to_big_endian_64"));
  library.Add(Typed<&FromBigEndian<int64_t>>("from_big_endian_64"));
  library.Add(Typed<&BigEndian<int32_t>>("to_big_endian_32"));
  library.Add(Typed<&FromBigEndian<int32_t>>("from_big_endian_32"));
  library.Add(Typed<&DoubleBits>("to_ieee754_64"));
  library.Add(Typed<&DoubleOfBits>("from_ieee754_64"));
  library.Add(Typed<&RealBits>("to_ieee754_32"));
  library.Add(Typed<&RealOfBits>("from_ieee754_32"));
  library.Add(Typed<&PadBytesLeft>("lpad"));
  library.Add(Typed<&PadBytesRight>("rpad"));
}

}  // namespace tarn::engine
