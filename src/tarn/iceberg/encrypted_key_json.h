// Encryption keys as JSON (spec: Encryption Keys; REST spec: EncryptedKey).
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "tarn/base/result.h"
#include "tarn/iceberg/encrypted_key.h"

namespace tarn::iceberg {

nlohmann::json EncryptedKeyToJson(const EncryptedKey& key);
/// Errors: kInvalidData.
Result<EncryptedKey> EncryptedKeyFromJson(const nlohmann::json& json);

}  // namespace tarn::iceberg
