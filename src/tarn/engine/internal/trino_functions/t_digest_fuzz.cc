// Any bytes as a tdigest: what is accepted is written back, has quantiles and merges with
// another.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "tarn/base/error.h"
#include "tarn/engine/internal/trino_functions/t_digest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using tarn::engine::TDigest;
  const auto read = TDigest::Decode({reinterpret_cast<const char*>(data), size});
  if (!read.ok()) {
    return 0;
  }
  const std::vector<double> quantiles = {0, 0.01, 0.5, 0.99, 1};
  TDigest digest = *read;
  TARN_CHECK(digest.ValuesAt(quantiles).size() == quantiles.size());
  TDigest both;
  both.Add(1, 1);
  both.MergeWith(digest);
  TARN_CHECK(!both.is_empty());
  TARN_CHECK(both.ValuesAt(quantiles).size() == quantiles.size());
  both.Encode();
  digest.Encode();
  return 0;
}
