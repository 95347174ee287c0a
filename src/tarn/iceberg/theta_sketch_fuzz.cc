// Any bytes as a compact theta sketch: what is accepted is written back the same way, and
// merges with another.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tarn/base/error.h"
#include "tarn/iceberg/theta_sketch.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using tarn::iceberg::ThetaSketch;
  const auto read = ThetaSketch::Deserialize({reinterpret_cast<const char*>(data), size});
  if (!read.ok()) {
    return 0;
  }
  const std::string bytes = read->Serialize();
  const auto again = ThetaSketch::Deserialize(bytes);
  TARN_CHECK(again.ok());
  TARN_CHECK(again->Serialize() == bytes);
  TARN_CHECK(again->Estimate() == read->Estimate());
  ThetaSketch both;
  both.Update("a value");
  both.Union(*read);
  both.Update("another value");
  TARN_CHECK(both.Estimate() >= 0);
  TARN_CHECK(ThetaSketch::Deserialize(both.Serialize()).ok());
  return 0;
}
