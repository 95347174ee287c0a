// Any bytes as the footer of a Parquet file, in Thrift's compact protocol: what comes out
// has nothing more to leave out.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tarn/base/error.h"
#include "tarn/storage/internal/compact_thrift.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  TARN_CHECK(tarn::storage::CompactStructBytes(input) <= input.size());
  const std::string once = tarn::storage::WithoutColumnEncryption(input);
  TARN_CHECK(once.size() <= input.size());
  if (!once.empty()) {
    TARN_CHECK(tarn::storage::WithoutColumnEncryption(once) == once);
  }
  return 0;
}
