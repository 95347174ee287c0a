// Any bytes as the body of a call of the data service.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tarn/base/error.h"
#include "tarn/gateway/api/json_dialect.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto body = tarn::gateway::ParseApiBody(text);
  if (!body.ok()) {
    TARN_CHECK(tarn::CodeOf(body.status()) == tarn::ErrorCode::kInvalidArgument);
    return 0;
  }
  TARN_CHECK(body->is_object());
  // Names that are in one dialect stay there.
  const auto again = tarn::gateway::ParseApiBody(tarn::DumpJson(*body));
  TARN_CHECK(again.ok() && *again == *body);
  return 0;
}
