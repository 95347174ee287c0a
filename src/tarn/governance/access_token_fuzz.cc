// Any bytes as what a client sends to say who it is: a token, an Authorization header, a
// hash from the store, a principal from the store.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "tarn/base/digest.h"
#include "tarn/base/error.h"
#include "tarn/governance/access_token.h"
#include "tarn/governance/authorization_header.h"
#include "tarn/governance/principal_json.h"

namespace {

using tarn::governance::ParsedToken;
using tarn::governance::SigningKey;

/// What is parsed and made again with our key is signed by it, and parses the same.
void CheckToken(std::string_view text) {
  const auto parsed = tarn::governance::ParseAccessToken(text);
  if (!parsed.ok()) {
    TARN_CHECK(tarn::CodeOf(parsed.status()) == tarn::ErrorCode::kUnauthenticated);
    return;
  }
  const SigningKey key{.id = parsed->key_id, .secret = "fuzz", .created_at = {}};
  const std::string made = tarn::governance::MakeAccessToken(parsed->claims, key);
  const auto again = tarn::governance::ParseAccessToken(made);
  if (again.ok()) {  // a name with broken UTF-8 can make it longer than a token may be
    TARN_CHECK(tarn::governance::IsSignedBy(*again, key));
    TARN_CHECK(again->claims.expires_at == parsed->claims.expires_at);
  }
}

void CheckBase64Url(std::string_view text) {
  const auto bytes = tarn::governance::Base64UrlDecode(text);
  TARN_CHECK(!bytes || tarn::Base64UrlEncode(*bytes) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  CheckToken(text);
  CheckBase64Url(text);
  const auto header = tarn::governance::ParseAuthorization(text);
  if (header.ok()) {
    if (const auto* bearer = std::get_if<tarn::governance::BearerToken>(&*header)) {
      CheckToken(bearer->token);
    }
  }
  const auto principal = tarn::governance::PrincipalFromJson(text);
  if (principal.ok()) {
    TARN_CHECK(
        tarn::governance::PrincipalFromJson(tarn::governance::PrincipalToJson(*principal))
            .ok());
  }
  return 0;
}
