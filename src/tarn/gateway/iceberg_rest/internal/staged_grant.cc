#include "tarn/gateway/iceberg_rest/internal/staged_grant.h"

#include <utility>

#include "tarn/base/digest.h"
#include "tarn/base/error.h"
#include "tarn/base/json_fields.h"
#include "tarn/gateway/iceberg_rest/rest_request.h"

namespace tarn::gateway {
namespace {

constexpr size_t kTextBytesMax = 16 * 1024;

/// A key of its own: what it seals is no signature of a request.
std::string SealOf(std::string_view document, std::string_view secret) {
  return HmacSha256(HmacSha256("tarn staged table " + std::string(secret), "v1"),
                    document);
}

Result<StagedGrant> GrantOf(const std::string& document) {
  ARROW_ASSIGN_OR_RAISE(const Json json, ParseJson(document, "grant"));
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(json, "grant"));
  StagedGrant grant;
  ARROW_ASSIGN_OR_RAISE(grant.principal, fields.String("principal"));
  ARROW_ASSIGN_OR_RAISE(const Json* ident, fields.Object("table"));
  ARROW_ASSIGN_OR_RAISE(grant.ident, IdentOfJson(*ident));
  ARROW_ASSIGN_OR_RAISE(const Json* locations, fields.Array("locations"));
  ARROW_ASSIGN_OR_RAISE(grant.locations, StringArray(*locations, "locations"));
  ARROW_ASSIGN_OR_RAISE(const int64_t expires_at, fields.Int64("expires-at"));
  grant.expires_at = std::chrono::milliseconds(expires_at);
  return grant;
}

}  // namespace

std::string SealStagedGrant(const StagedGrant& grant, std::string_view secret) {
  const std::string document = DumpJson(Json{{"principal", grant.principal},
                                             {"table", IdentToJson(grant.ident)},
                                             {"locations", grant.locations},
                                             {"expires-at", grant.expires_at.count()}});
  return Base64Encode(document) + '.' + Base64Encode(SealOf(document, secret));
}

Result<StagedGrant> OpenStagedGrant(std::string_view text, std::string_view secret,
                                    std::chrono::milliseconds now) {
  const Status refused = MakeError(
      ErrorCode::kForbidden, "The proof that the table was staged is not valid any more");
  const size_t dot = text.find('.');
  if (dot == std::string_view::npos || text.size() > kTextBytesMax) {
    return refused;
  }
  const auto document = Base64Decode(text.substr(0, dot));
  const auto seal = Base64Decode(text.substr(dot + 1));
  if (!document.ok() || !seal.ok()) {
    return refused;
  }
  // Digests of both are compared, so that the time says nothing about the seal.
  if (Sha256(*seal) != Sha256(SealOf(*document, secret))) {
    return refused;
  }
  Result<StagedGrant> grant = GrantOf(*document);
  if (!grant.ok() || grant->expires_at <= now) {
    return refused;
  }
  return grant;
}

}  // namespace tarn::gateway
