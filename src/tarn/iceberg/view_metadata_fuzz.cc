// View metadata from anywhere: read without a crash, and once read, written and read
// again to the same text.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tarn/iceberg/view_metadata.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto metadata = tarn::iceberg::ViewMetadataFromJson(text);
  if (!metadata.ok()) {
    return 0;
  }
  const std::string written = tarn::iceberg::ViewMetadataToJson(**metadata);
  const auto again = tarn::iceberg::ViewMetadataFromJson(written);
  if (!again.ok() || tarn::iceberg::ViewMetadataToJson(**again) != written) {
    std::abort();
  }
  return 0;
}
