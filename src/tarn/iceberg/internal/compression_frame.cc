#include "tarn/iceberg/internal/compression_frame.h"

#include <algorithm>
#include <memory>

#include <lz4frame.h>
#include <zstd.h>

#include "tarn/base/error.h"

namespace tarn::iceberg::internal {
namespace {

constexpr size_t kFirstBufferBytes = size_t{64} << 10;
/// Windows above this are refused: a frame of a few bytes could claim gigabytes.
constexpr int kZstdWindowLogMax = 27;
constexpr int kZstdLevel = 3;

/// One step of a decoder: what it took, what it gave, whether the frame is complete.
struct Step {
  size_t read = 0;
  size_t written = 0;
  bool is_end = false;
  const char* error = nullptr;
};

struct FreeLz4 {
  void operator()(LZ4F_dctx* context) const { LZ4F_freeDecompressionContext(context); }
};
struct FreeZstd {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

class Lz4Decoder {
 public:
  Lz4Decoder() {
    LZ4F_dctx* context = nullptr;
    if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)) == 0) {
      context_.reset(context);
    }
  }
  bool is_ready() const { return context_ != nullptr; }
  Step Run(std::string_view in, char* out, size_t room) {
    Step step{.read = in.size(), .written = room};
    const size_t hint = LZ4F_decompress(context_.get(), out, &step.written, in.data(),
                                        &step.read, nullptr);
    if (LZ4F_isError(hint) != 0) {
      step.error = LZ4F_getErrorName(hint);
    }
    step.is_end = hint == 0;
    return step;
  }

 private:
  std::unique_ptr<LZ4F_dctx, FreeLz4> context_;
};

class ZstdDecoder {
 public:
  ZstdDecoder() : context_(ZSTD_createDCtx()) {
    if (context_ != nullptr) {
      ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kZstdWindowLogMax);
    }
  }
  bool is_ready() const { return context_ != nullptr; }
  Step Run(std::string_view in, char* out, size_t room) {
    ZSTD_inBuffer source{in.data(), in.size(), 0};
    ZSTD_outBuffer target{out, room, 0};
    const size_t hint = ZSTD_decompressStream(context_.get(), &target, &source);
    return {.read = source.pos,
            .written = target.pos,
            .is_end = hint == 0,
            .error = ZSTD_isError(hint) != 0 ? ZSTD_getErrorName(hint) : nullptr};
  }

 private:
  std::unique_ptr<ZSTD_DCtx, FreeZstd> context_;
};

template <typename Decoder>
Result<std::string> Unpack(std::string_view stored, size_t bytes_max,
                           const std::string& what) {
  const auto corrupt = [&](const std::string& why) {
    return MakeError(ErrorCode::kInvalidData, "Cannot decompress " + what + " of " +
                                                  std::to_string(stored.size()) +
                                                  " bytes: " + why);
  };
  Decoder decoder;
  if (!decoder.is_ready()) {
    return MakeError(ErrorCode::kOutOfMemory, "Cannot start to decompress " + what);
  }
  std::string out;
  size_t used = 0;
  std::string_view rest = stored;
  for (;;) {
    if (used == out.size()) {
      if (used > bytes_max) {
        return MakeError(ErrorCode::kResourceLimit, what + " holds more than " +
                                                        std::to_string(bytes_max) +
                                                        " bytes once it is decompressed");
      }
      // One byte more than allowed tells a frame that fits from one that does not.
      out.resize(std::min(std::max(used * 2, kFirstBufferBytes), bytes_max + 1));
    }
    const Step step = decoder.Run(rest, out.data() + used, out.size() - used);
    if (step.error != nullptr) {
      return corrupt(step.error);
    }
    rest.remove_prefix(step.read);
    used += step.written;
    if (step.is_end) {
      break;
    }
    if (step.read == 0 && step.written == 0) {
      return corrupt("truncated");
    }
  }
  if (!rest.empty()) {
    return corrupt(std::to_string(rest.size()) + " bytes after its end");
  }
  if (used > bytes_max) {
    return MakeError(ErrorCode::kResourceLimit, what + " holds more than " +
                                                    std::to_string(bytes_max) +
                                                    " bytes once it is decompressed");
  }
  out.resize(used);
  return out;
}

}  // namespace

Result<std::string> UnpackFrame(FrameCodec codec, std::string_view stored,
                                int64_t bytes_max, const std::string& what) {
  const auto limit = static_cast<size_t>(std::max<int64_t>(bytes_max, 0));
  return codec == FrameCodec::kLz4 ? Unpack<Lz4Decoder>(stored, limit, what)
                                   : Unpack<ZstdDecoder>(stored, limit, what);
}

Result<std::string> PackFrame(FrameCodec codec, std::string_view bytes) {
  std::string out;
  const char* error = nullptr;
  size_t size = 0;
  if (codec == FrameCodec::kLz4) {
    LZ4F_preferences_t preferences{};
    preferences.frameInfo.contentSize = bytes.size();
    out.resize(LZ4F_compressFrameBound(bytes.size(), &preferences));
    size = LZ4F_compressFrame(out.data(), out.size(), bytes.data(), bytes.size(),
                              &preferences);
    error = LZ4F_isError(size) != 0 ? LZ4F_getErrorName(size) : nullptr;
  } else {
    out.resize(ZSTD_compressBound(bytes.size()));
    size = ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), kZstdLevel);
    error = ZSTD_isError(size) != 0 ? ZSTD_getErrorName(size) : nullptr;
  }
  if (error != nullptr) {
    return MakeError(
        ErrorCode::kInternal,
        "Cannot compress " + std::to_string(bytes.size()) + " bytes: " + error);
  }
  out.resize(size);
  return out;
}

}  // namespace tarn::iceberg::internal
