// Table metadata from anywhere: read without a crash, and once read, written and read
// again to the same text.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tarn/iceberg/table_metadata.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  tarn::iceberg::MetadataVersionOf(bytes);
  const auto text = tarn::iceberg::MetadataBytesToJson(bytes);
  if (!text.ok()) {
    return 0;
  }
  const auto metadata = tarn::iceberg::TableMetadataFromJson(*text);
  if (!metadata.ok()) {
    return 0;
  }
  const std::string written = tarn::iceberg::TableMetadataToJson(**metadata);
  const auto again = tarn::iceberg::TableMetadataFromJson(written);
  if (!again.ok() || tarn::iceberg::TableMetadataToJson(**again) != written) {
    std::abort();
  }
  return 0;
}
