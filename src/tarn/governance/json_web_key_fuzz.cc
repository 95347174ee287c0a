// Any bytes as a token of another issuer, and as that issuer's key set.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tarn/base/error.h"
#include "tarn/governance/json_web_key.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // The last line is a token, what comes before it are keys.
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t line = text.rfind('\n');
  const auto keys = tarn::governance::ParseJsonWebKeys(
      line == std::string_view::npos ? text : text.substr(0, line));
  const auto token = tarn::governance::ParseWebToken(
      line == std::string_view::npos ? text : text.substr(line + 1));
  if (!token.ok()) {
    TARN_CHECK(tarn::CodeOf(token.status()) == tarn::ErrorCode::kUnauthenticated);
  }
  if (keys.ok() && token.ok()) {
    for (const auto& key : *keys) {
      // Nobody signs without a signature.
      TARN_CHECK(!key.HasSigned(*token) || !token->signature.empty());
    }
  }
  return 0;
}
