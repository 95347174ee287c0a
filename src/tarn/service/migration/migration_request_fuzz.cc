// Any JSON as a request to migrate tables.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tarn/base/error.h"
#include "tarn/base/json_fields.h"
#include "tarn/service/migration/migration_request.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto json = tarn::ParseJson(text, "the request");
  if (!json.ok() || !json->is_object()) {
    return 0;
  }
  for (const tarn::Status& status :
       {tarn::service::TablePairFromJson(*json).status(),
        tarn::service::BulkRequestFromJson(*json).status()}) {
    TARN_CHECK(status.ok() || tarn::CodeOf(status) == tarn::ErrorCode::kInvalidArgument);
  }
  return 0;
}
