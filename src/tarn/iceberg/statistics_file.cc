#include "tarn/iceberg/statistics_file.h"

#include <charconv>

#include "tarn/iceberg/puffin.h"

namespace tarn::iceberg {

std::optional<int64_t> DistinctValues(const StatisticsFile& file, FieldId field_id) {
  for (const StatisticsBlob& blob : file.blobs) {
    if (blob.type != kThetaSketchBlob || blob.fields != std::vector{field_id}) {
      continue;
    }
    const auto found = blob.properties.find("ndv");
    if (found == blob.properties.end()) {
      continue;
    }
    const std::string& text = found->second;
    int64_t count = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), count);
    if (parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() &&
        count >= 0) {
      return count;
    }
  }
  return std::nullopt;
}

}  // namespace tarn::iceberg
