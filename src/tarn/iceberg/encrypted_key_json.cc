#include "tarn/iceberg/encrypted_key_json.h"

#include <array>
#include <utility>

#include "tarn/base/json_fields.h"
#include "tarn/iceberg/internal/byte_text.h"

namespace tarn::iceberg {

namespace {

constexpr std::array kKnownKeys = std::to_array<std::string_view>(
    {"key-id", "encrypted-key-metadata", "encrypted-by-id", "properties"});

}  // namespace

Json EncryptedKeyToJson(const EncryptedKey& key) {
  Json json = MembersFromText(key.carried);
  json["key-id"] = key.key_id;
  json["encrypted-key-metadata"] = internal::BytesToBase64(key.encrypted_key_metadata);
  if (key.encrypted_by_id) {
    json["encrypted-by-id"] = *key.encrypted_by_id;
  }
  if (!key.properties.empty()) {
    json["properties"] = key.properties;
  }
  return json;
}

Result<EncryptedKey> EncryptedKeyFromJson(const Json& json) {
  EncryptedKey key;
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields,
                        JsonFields::Make(json, "encryption key"));
  ARROW_ASSIGN_OR_RAISE(key.key_id, fields.String("key-id"));
  ARROW_ASSIGN_OR_RAISE(const std::string base64,
                        fields.String("encrypted-key-metadata"));
  auto bytes = internal::BytesFromBase64(base64);
  if (!bytes) {
    return fields.Wrong("encrypted-key-metadata", "base64");
  }
  key.encrypted_key_metadata = *std::move(bytes);
  ARROW_ASSIGN_OR_RAISE(key.encrypted_by_id, fields.OptionalString("encrypted-by-id"));
  ARROW_ASSIGN_OR_RAISE(key.properties, fields.StringMap("properties"));
  key.carried = OtherMembersAsText(json, kKnownKeys);
  return key;
}

}  // namespace tarn::iceberg
