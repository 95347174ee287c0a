// Any bytes as a HyperLogLog: what is accepted is written back the same way after once,
// has an estimate and merges with another.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tarn/base/error.h"
#include "tarn/engine/internal/trino_functions/hyper_log_log.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using tarn::engine::HyperLogLog;
  const auto read = HyperLogLog::Decode({reinterpret_cast<const char*>(data), size});
  if (!read.ok()) {
    return 0;
  }
  const std::string bytes = read->Encode();
  const auto again = HyperLogLog::Decode(bytes);
  TARN_CHECK(again.ok());
  TARN_CHECK(again->Encode() == bytes);
  TARN_CHECK(again->Estimate() == read->Estimate());
  TARN_CHECK(read->Estimate() >= 0);
  HyperLogLog both(read->index_bits());
  both.AddHash(0x123456789abcdef0);
  TARN_CHECK(both.MergeWith(*read).ok());
  both.AddHash(0);
  TARN_CHECK(both.Estimate() >= 0);
  TARN_CHECK(HyperLogLog::Decode(both.Encode()).ok());
  return 0;
}
