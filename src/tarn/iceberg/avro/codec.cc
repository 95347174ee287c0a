#include "tarn/iceberg/avro/codec.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <libdeflate.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include "tarn/base/error.h"

namespace tarn::iceberg::avro {
namespace {

constexpr std::array<std::pair<std::string_view, Codec>, 4> kCodecs = {{
    {"null", Codec::kNull},
    {"deflate", Codec::kDeflate},
    {"snappy", Codec::kSnappy},
    {"zstandard", Codec::kZstandard},
}};

constexpr size_t kFirstBufferBytes = size_t{64} << 10;
/// Windows above this are refused: a frame of a few bytes could claim gigabytes.
constexpr int kZstdWindowLogMax = 27;
constexpr int kDeflateLevel = 6;
constexpr int kZstdLevel = 3;
/// One snappy element of 2 bytes copies at most 11, one of 3 bytes at most 64.
constexpr size_t kSnappyRatioMax = 22;

Status Corrupt(std::string_view codec, std::string_view why) {
  return MakeError(ErrorCode::kInvalidData,
                   "Avro " + std::string(codec) + " block: " + std::string(why));
}

Status TooLarge(std::string_view codec, size_t bytes_max) {
  return Corrupt(codec,
                 "unpacks to more bytes than allowed: " + std::to_string(bytes_max));
}

uint32_t Crc32(std::string_view bytes) {
  uLong crc = crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  return static_cast<uint32_t>(crc);
}

/// Bytes without the zero fill that std::string would spend on them.
struct Buffer {
  std::unique_ptr<char[]> bytes;
  size_t capacity = 0;

  void Grow(size_t size, size_t keep) {
    if (size <= capacity) {
      return;
    }
    auto larger = std::make_unique_for_overwrite<char[]>(size);
    if (keep > 0) {
      std::memcpy(larger.get(), bytes.get(), keep);
    }
    bytes = std::move(larger);
    capacity = size;
  }
};

}  // namespace

std::string_view CodecName(Codec codec) {
  for (const auto& [name, value] : kCodecs) {
    if (value == codec) {
      return name;
    }
  }
  return {};
}

Result<Codec> CodecFromName(std::string_view name) {
  for (const auto& [text, codec] : kCodecs) {
    if (text == name) {
      return codec;
    }
  }
  return MakeError(
      ErrorCode::kNotSupported,
      "Avro codec is not one of null, deflate, snappy, zstandard: " + std::string(name));
}

struct Decompressor::State {
  explicit State(Codec chosen) : codec(chosen) {}
  ~State() {
    libdeflate_free_decompressor(inflater);
    ZSTD_freeDCtx(zstd);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  Result<std::string_view> Inflate(std::string_view block, size_t bytes_max);
  Result<std::string_view> Unsnappy(std::string_view block, size_t bytes_max);
  Result<std::string_view> Unzstd(std::string_view block, size_t bytes_max);

  /// Room for more output after `used` bytes, of which `keep` are kept; false at the
  /// limit.
  bool MoreRoom(size_t used, size_t bytes_max, size_t keep) {
    if (used >= bytes_max) {
      return false;
    }
    buffer.Grow(std::min(std::max(used * 2, kFirstBufferBytes), bytes_max), keep);
    return true;
  }

  Codec codec;
  Buffer buffer;
  libdeflate_decompressor* inflater = nullptr;
  ZSTD_DCtx* zstd = nullptr;
};

/// libdeflate, because it takes a third of zlib's time: most of what reading a manifest
/// costs. It wants room for the whole block, so too little room costs another try.
Result<std::string_view> Decompressor::State::Inflate(std::string_view block,
                                                      size_t bytes_max) {
  constexpr std::string_view kName = "deflate";
  constexpr size_t kUsualRatio = 6;
  if (inflater == nullptr) {
    inflater = libdeflate_alloc_decompressor();
  }
  if (inflater == nullptr) {
    return MakeError(ErrorCode::kOutOfMemory, "libdeflate could not start");
  }
  const size_t usual = std::max(kFirstBufferBytes, block.size() * kUsualRatio);
  buffer.Grow(std::max<size_t>(std::min(usual, bytes_max), 1), 0);
  for (;;) {
    const size_t room = std::min(buffer.capacity, bytes_max);
    size_t used = 0;
    switch (libdeflate_deflate_decompress(inflater, block.data(), block.size(),
                                          buffer.bytes.get(), room, &used)) {
      case LIBDEFLATE_SUCCESS:
        return std::string_view(buffer.bytes.get(), used);
      case LIBDEFLATE_INSUFFICIENT_SPACE:
        break;
      default:
        return Corrupt(kName, "corrupt or cut off");
    }
    if (!MoreRoom(room, bytes_max, 0)) {
      return TooLarge(kName, bytes_max);
    }
  }
}

Result<std::string_view> Decompressor::State::Unsnappy(std::string_view block,
                                                       size_t bytes_max) {
  constexpr std::string_view kName = "snappy";
  if (block.size() < 4) {
    return Corrupt(kName, "truncated");
  }
  std::string_view packed = block.substr(0, block.size() - 4);
  size_t size = 0;
  if (!snappy::GetUncompressedLength(packed.data(), packed.size(), &size)) {
    return Corrupt(kName, "corrupt");
  }
  if (size > bytes_max) {
    return TooLarge(kName, bytes_max);
  }
  if (size > packed.size() * kSnappyRatioMax) {
    return Corrupt(kName, "corrupt length");
  }
  buffer.Grow(std::max<size_t>(size, 1), 0);
  if (!snappy::RawUncompress(packed.data(), packed.size(), buffer.bytes.get())) {
    return Corrupt(kName, "corrupt");
  }
  uint32_t stated = 0;
  for (char c : block.substr(packed.size())) {
    stated = (stated << 8) | static_cast<unsigned char>(c);
  }
  std::string_view unpacked(buffer.bytes.get(), size);
  if (stated != Crc32(unpacked)) {
    return Corrupt(kName, "checksum does not match");
  }
  return unpacked;
}

Result<std::string_view> Decompressor::State::Unzstd(std::string_view block,
                                                     size_t bytes_max) {
  constexpr std::string_view kName = "zstandard";
  if (zstd == nullptr) {
    zstd = ZSTD_createDCtx();
    if (zstd == nullptr) {
      return MakeError(ErrorCode::kOutOfMemory, "zstd could not start");
    }
    ZSTD_DCtx_setParameter(zstd, ZSTD_d_windowLogMax, kZstdWindowLogMax);
  }
  ZSTD_DCtx_reset(zstd, ZSTD_reset_session_only);
  ZSTD_inBuffer in{block.data(), block.size(), 0};
  size_t used = 0;
  bool at_frame_end = false;
  for (;;) {
    if (at_frame_end && in.pos == in.size) {
      return std::string_view(buffer.bytes.get(), used);
    }
    if (used == buffer.capacity && !MoreRoom(used, bytes_max, used)) {
      return TooLarge(kName, bytes_max);
    }
    size_t room = std::min(buffer.capacity, bytes_max);
    if (room <= used) {
      return TooLarge(kName, bytes_max);
    }
    size_t in_before = in.pos;
    ZSTD_outBuffer out{buffer.bytes.get(), room, used};
    size_t code = ZSTD_decompressStream(zstd, &out, &in);
    if (ZSTD_isError(code) != 0) {
      return Corrupt(kName, ZSTD_getErrorName(code));
    }
    at_frame_end = code == 0;
    bool stuck = out.pos == used && in.pos == in_before;
    if (!at_frame_end && in.pos == in.size && (stuck || out.pos < room)) {
      return Corrupt(kName, "truncated");
    }
    used = out.pos;
  }
}

Decompressor::Decompressor(Codec codec) : state_(std::make_unique<State>(codec)) {}
Decompressor::~Decompressor() = default;
Decompressor::Decompressor(Decompressor&&) noexcept = default;
Decompressor& Decompressor::operator=(Decompressor&&) noexcept = default;

Result<std::string_view> Decompressor::Unpack(std::string_view block, size_t bytes_max) {
  switch (state_->codec) {
    case Codec::kNull:
      if (block.size() > bytes_max) {
        return TooLarge("null", bytes_max);
      }
      return block;
    case Codec::kDeflate:
      return state_->Inflate(block, bytes_max);
    case Codec::kSnappy:
      return state_->Unsnappy(block, bytes_max);
    case Codec::kZstandard:
      return state_->Unzstd(block, bytes_max);
  }
  return MakeError(ErrorCode::kInternal, "Avro codec out of range");
}

namespace {

Status PackDeflate(std::string_view block, std::string* out) {
  z_stream deflater{};
  if (deflateInit2(&deflater, kDeflateLevel, Z_DEFLATED, -MAX_WBITS, 8,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return MakeError(ErrorCode::kOutOfMemory, "zlib could not start");
  }
  size_t before = out->size();
  out->resize(before + deflateBound(&deflater, block.size()));
  deflater.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(block.data()));
  deflater.avail_in = static_cast<uInt>(block.size());
  deflater.next_out = reinterpret_cast<Bytef*>(out->data() + before);
  deflater.avail_out = static_cast<uInt>(out->size() - before);
  int code = deflate(&deflater, Z_FINISH);
  out->resize(out->size() - deflater.avail_out);
  deflateEnd(&deflater);
  if (code != Z_STREAM_END) {
    return MakeError(ErrorCode::kInternal, "zlib did not finish a block");
  }
  return Status::OK();
}

void PackSnappy(std::string_view block, std::string* out) {
  size_t before = out->size();
  size_t size = 0;
  out->resize(before + snappy::MaxCompressedLength(block.size()));
  snappy::RawCompress(block.data(), block.size(), out->data() + before, &size);
  out->resize(before + size);
  uint32_t crc = Crc32(block);
  for (int shift = 24; shift >= 0; shift -= 8) {
    out->push_back(static_cast<char>(crc >> shift));
  }
}

Status PackZstd(std::string_view block, std::string* out) {
  size_t before = out->size();
  out->resize(before + ZSTD_compressBound(block.size()));
  size_t size = ZSTD_compress(out->data() + before, out->size() - before, block.data(),
                              block.size(), kZstdLevel);
  if (ZSTD_isError(size) != 0) {
    return MakeError(ErrorCode::kInternal, "zstd did not pack a block: " +
                                               std::string(ZSTD_getErrorName(size)));
  }
  out->resize(before + size);
  return Status::OK();
}

}  // namespace

Status Pack(Codec codec, std::string_view block, std::string* out) {
  if (block.size() > (size_t{1} << 30)) {
    return MakeError(ErrorCode::kInternal, "Avro block to write is larger than 1 GiB");
  }
  switch (codec) {
    case Codec::kNull:
      out->append(block);
      break;
    case Codec::kDeflate:
      return PackDeflate(block, out);
    case Codec::kSnappy:
      PackSnappy(block, out);
      break;
    case Codec::kZstandard:
      return PackZstd(block, out);
  }
  return Status::OK();
}

}  // namespace tarn::iceberg::avro
