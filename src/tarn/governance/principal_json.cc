#include "tarn/governance/principal_json.h"

#include <utility>

#include "tarn/base/error.h"
#include "tarn/base/json_fields.h"

namespace tarn::governance {
namespace {

constexpr char kWhat[] = "principal";
constexpr std::string_view kUser = "user";
constexpr std::string_view kService = "service";

Result<bool> BoolOf(const Json& json, const JsonFields& fields, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_boolean()) {
    return fields.Wrong(key, "true or false");
  }
  return found->get<bool>();
}

Result<StoredSecret> SecretFromJson(const Json& json) {
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(json, kWhat));
  StoredSecret secret;
  ARROW_ASSIGN_OR_RAISE(secret.id, fields.String("id"));
  ARROW_ASSIGN_OR_RAISE(secret.hash, fields.String("hash"));
  ARROW_ASSIGN_OR_RAISE(const int64_t created_at, fields.Int64("created-at-ms"));
  secret.created_at = std::chrono::milliseconds(created_at);
  return secret;
}

}  // namespace

std::string PrincipalToJson(const PrincipalRecord& record) {
  Json secrets = Json::array();
  for (const StoredSecret& secret : record.secrets) {
    secrets.push_back({{"id", secret.id},
                       {"hash", secret.hash},
                       {"created-at-ms", secret.created_at.count()}});
  }
  const bool is_service = record.kind == PrincipalKind::kService;
  return DumpJson({{"id", record.id},
                   {"name", record.name},
                   {"kind", is_service ? kService : kUser},
                   {"client-id", record.client_id},
                   {"secrets", secrets},
                   {"roles", record.roles},
                   {"admin", record.is_admin},
                   {"disabled", record.is_disabled},
                   {"created-at-ms", record.created_at.count()}});
}

Result<PrincipalRecord> PrincipalFromJson(std::string_view text) {
  ARROW_ASSIGN_OR_RAISE(const Json json, ParseJson(text, kWhat));
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(json, kWhat));
  PrincipalRecord record;
  ARROW_ASSIGN_OR_RAISE(record.id, fields.String("id"));
  ARROW_ASSIGN_OR_RAISE(record.name, fields.String("name"));
  ARROW_ASSIGN_OR_RAISE(const std::string kind, fields.String("kind"));
  if (kind != kUser && kind != kService) {
    return fields.Wrong("kind", "user or service");
  }
  record.kind = kind == kService ? PrincipalKind::kService : PrincipalKind::kUser;
  ARROW_ASSIGN_OR_RAISE(record.client_id, fields.String("client-id"));
  ARROW_ASSIGN_OR_RAISE(const Json* secrets, fields.Array("secrets"));
  for (const Json& secret : *secrets) {
    ARROW_ASSIGN_OR_RAISE(StoredSecret stored, SecretFromJson(secret));
    record.secrets.push_back(std::move(stored));
  }
  ARROW_ASSIGN_OR_RAISE(const Json* roles, fields.Array("roles"));
  ARROW_ASSIGN_OR_RAISE(record.roles, StringArray(*roles, kWhat));
  ARROW_ASSIGN_OR_RAISE(record.is_admin, BoolOf(json, fields, "admin"));
  ARROW_ASSIGN_OR_RAISE(record.is_disabled, BoolOf(json, fields, "disabled"));
  ARROW_ASSIGN_OR_RAISE(const int64_t created_at, fields.Int64("created-at-ms"));
  record.created_at = std::chrono::milliseconds(created_at);
  return record;
}

}  // namespace tarn::governance
