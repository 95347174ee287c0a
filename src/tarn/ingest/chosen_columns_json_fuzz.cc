// Any JSON as the columns that a load shall take: read, or refused; and what was read is
// read again as the same.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tarn/base/error.h"
#include "tarn/base/json_fields.h"
#include "tarn/ingest/chosen_columns_json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto json = tarn::ParseJson(text, "the columns");
  if (!json.ok()) {
    return 0;
  }
  const auto columns = tarn::ingest::ChosenColumnsFromJson(*json);
  if (!columns.ok()) {
    TARN_CHECK(tarn::CodeOf(columns.status()) == tarn::ErrorCode::kInvalidArgument);
    return 0;
  }
  if (!columns->empty()) {
    const tarn::Json written = tarn::ingest::ChosenColumnsToJson(*columns);
    const auto again = tarn::ingest::ChosenColumnsFromJson(written);
    TARN_CHECK(again.ok() && tarn::ingest::ChosenColumnsToJson(*again) == written);
  }
  return 0;
}
