// Any bytes as a deletion vector's blob, and as the vector inside of one whose length and
// checksum are right: what is accepted reads back from what we write of it.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <zlib.h>

#include "tarn/base/byte_order.h"
#include "tarn/base/error.h"
#include "tarn/iceberg/position_set.h"

namespace {

using tarn::iceberg::PositionSet;

void Check(std::string_view blob) {
  const auto read = tarn::iceberg::DeletionVectorFromBlob(blob);
  if (!read.ok()) {
    return;
  }
  const auto again =
      tarn::iceberg::DeletionVectorFromBlob(tarn::iceberg::DeletionVectorToBlob(*read));
  TARN_CHECK(again.ok());
  TARN_CHECK(*again == *read);
  std::array<uint32_t, 2048> absent;
  const uint32_t kept = read->SelectAbsent(0, 2048, absent.data());
  TARN_CHECK(kept + read->CountInRange(0, 2048) == 2048);
  TARN_CHECK(read->size() >= read->CountInRange(0, 2048));
  PositionSet both = *read;
  both.Union(*again);
  TARN_CHECK(both == *read);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  Check(input);
  const std::string body = "\xD1\xD3\x39\x64" + std::string(input);
  std::string blob;
  tarn::AppendBig(static_cast<uint32_t>(body.size()), &blob);
  blob += body;
  const auto crc = crc32_z(0, reinterpret_cast<const Bytef*>(body.data()), body.size());
  tarn::AppendBig(static_cast<uint32_t>(crc), &blob);
  Check(blob);
  return 0;
}
