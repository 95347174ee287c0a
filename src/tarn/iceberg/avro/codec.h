// Compression of the blocks of an Avro file (Avro specification 1.12, Object Container
// Files).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tarn/base/result.h"

namespace tarn::iceberg::avro {

enum class Codec : uint8_t { kNull, kDeflate, kSnappy, kZstandard };

/// "null", "deflate", "snappy", "zstandard".
std::string_view CodecName(Codec codec);
/// Errors: kNotSupported.
Result<Codec> CodecFromName(std::string_view name);

/// Unpacks blocks, reusing its state and buffer. Thread-compatible.
class Decompressor {
 public:
  explicit Decompressor(Codec codec);
  ~Decompressor();
  Decompressor(Decompressor&&) noexcept;
  Decompressor& operator=(Decompressor&&) noexcept;

  /// The unpacked bytes, valid until the next call (kNull: `block` itself). Memory grows
  /// with what really comes out, never by what the block claims. Errors: kInvalidData,
  /// also for more than `bytes_max` unpacked.
  Result<std::string_view> Unpack(std::string_view block, size_t bytes_max);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Appends `block` packed by `codec` to `*out`. Errors: kInternal.
Status Pack(Codec codec, std::string_view block, std::string* out);

}  // namespace tarn::iceberg::avro
