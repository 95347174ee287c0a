// A key of the table, wrapped by another one (spec: Encryption Keys). Model only.
#pragma once

#include <map>
#include <optional>
#include <string>

namespace tarn::iceberg {

struct EncryptedKey {
  std::string key_id;
  std::string encrypted_key_metadata;  // bytes
  /// The id of the key that wrapped this one: another of the table, or one that only a
  /// key management service knows.
  std::optional<std::string> encrypted_by_id = {};
  std::map<std::string, std::string> properties = {};
  /// Members that we do not know, as JSON text by key: kept on rewrite.
  std::map<std::string, std::string> carried = {};

  bool operator==(const EncryptedKey&) const = default;
};

}  // namespace tarn::iceberg
