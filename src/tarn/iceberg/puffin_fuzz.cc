// Any bytes as a Puffin file, and as the payload of a footer, plain and compressed: every
// blob that the footer names is decoded.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tarn/base/byte_order.h"
#include "tarn/base/error.h"
#include "tarn/iceberg/puffin.h"

namespace {

/// Small, so that a run spends its time on parsing.
constexpr int64_t kBlobBytesMax = 1 << 20;

void Check(std::string_view file) {
  const auto size = static_cast<int64_t>(file.size());
  const auto footer = tarn::iceberg::ReadPuffinFooter(file, size);
  if (!footer.ok()) {
    return;
  }
  for (const tarn::iceberg::PuffinBlob& blob : footer->blobs) {
    TARN_CHECK(blob.offset >= 4 && blob.length_bytes >= 0);
    TARN_CHECK(blob.offset + blob.length_bytes <= size - 16);
    const auto bytes = tarn::iceberg::DecodePuffinBlob(
        blob,
        file.substr(static_cast<size_t>(blob.offset),
                    static_cast<size_t>(blob.length_bytes)),
        kBlobBytesMax);
    TARN_CHECK(!bytes.ok() || static_cast<int64_t>(bytes->size()) <= kBlobBytesMax);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  Check(input);
  for (const uint32_t flags : {0U, 1U}) {
    std::string file = "PFA1" + std::string(32, 'b') + "PFA1" + std::string(input);
    tarn::AppendLittle(static_cast<int32_t>(size), &file);
    tarn::AppendLittle(flags, &file);
    Check(file + "PFA1");
  }
  return 0;
}
