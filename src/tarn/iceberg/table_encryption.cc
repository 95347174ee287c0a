// Keys of a whole table: from the key management service down to the manifest list.
#include <algorithm>
#include <charconv>
#include <utility>

#include "tarn/base/aes_gcm.h"
#include "tarn/base/error.h"
#include "tarn/iceberg/encryption.h"
#include "tarn/iceberg/internal/byte_text.h"

namespace tarn::iceberg {
namespace {

/// When a key encryption key was made, in milliseconds: authenticated with whatever it
/// encrypts, so that nobody makes an old key look young.
constexpr char kKeyTimestamp[] = "KEY_TIMESTAMP";
/// How long one is used for new lists (NIST SP 800-57 part 1, 5.3.6.7.b).
constexpr std::chrono::hours kKeyLifetime{24 * 730};
constexpr size_t kKeyIdBytes = 16;

std::string NameOf(const TableMetadata& table) {
  return "the table at " + table.location;
}

Status NoKeys(const TableMetadata& table) {
  return MakeError(ErrorCode::kForbidden,
                   "Encrypted is " + NameOf(table) + " with key " +
                       table.Property(kEncryptionKeyIdProperty, "(unknown)") +
                       ": configure encryption.key-file");
}

Result<int32_t> KeyBytesOf(const TableMetadata& table) {
  const std::string text = table.Property(kDataKeyLengthProperty, "16");
  if (text == "16" || text == "24" || text == "32") {
    return (text[0] - '0') * 10 + (text[1] - '0');
  }
  return MakeError(ErrorCode::kInvalidArgument, std::string(kDataKeyLengthProperty) +
                                                    " must be 16, 24 or 32, not " + text);
}

Result<std::string> NewKeyId() {
  ARROW_ASSIGN_OR_RAISE(const std::string bytes, NewSecretBytes(kKeyIdBytes));
  return internal::BytesToBase64(bytes);
}

Result<std::string> TimestampOf(const EncryptedKey& key) {
  const auto found = key.properties.find(kKeyTimestamp);
  if (found == key.properties.end()) {
    return MakeError(ErrorCode::kInvalidData,
                     "Encryption key " + key.key_id + " has no " + kKeyTimestamp);
  }
  return found->second;
}

/// A key encryption key, unwrapped.
struct KeyEncryptionKey {
  std::string id;
  std::string timestamp;
  std::string key;
};

bool IsYoung(const EncryptedKey& key, std::chrono::milliseconds now) {
  const auto found = key.properties.find(kKeyTimestamp);
  if (found == key.properties.end()) {
    return false;
  }
  int64_t made = 0;
  const std::string& text = found->second;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), made);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() &&
         made <= now.count() &&
         now.count() - made < std::chrono::milliseconds(kKeyLifetime).count();
}

Result<KeyEncryptionKey> Unwrapped(const EncryptedKey& key, KeyManagement* keys) {
  KeyEncryptionKey result{.id = key.key_id};
  ARROW_ASSIGN_OR_RAISE(result.timestamp, TimestampOf(key));
  ARROW_ASSIGN_OR_RAISE(
      result.key, keys->Unwrap(key.encrypted_key_metadata, key.encrypted_by_id.value()));
  return result;
}

/// The table's newest one that may still be used, or a new one, which goes to `*added`.
Result<KeyEncryptionKey> CurrentKey(const TableMetadata& table, KeyManagement* keys,
                                    std::chrono::milliseconds now,
                                    std::vector<EncryptedKey>* added) {
  const std::string table_key = table.Property(kEncryptionKeyIdProperty, "");
  const auto found =
      std::find_if(table.encryption_keys.rbegin(), table.encryption_keys.rend(),
                   [&](const EncryptedKey& key) {
                     return key.encrypted_by_id == table_key && IsYoung(key, now);
                   });
  if (found != table.encryption_keys.rend()) {
    return Unwrapped(*found, keys);
  }
  KeyEncryptionKey result{.timestamp = std::to_string(now.count())};
  ARROW_ASSIGN_OR_RAISE(const int32_t key_bytes, KeyBytesOf(table));
  ARROW_ASSIGN_OR_RAISE(result.key, NewSecretBytes(static_cast<size_t>(key_bytes)));
  ARROW_ASSIGN_OR_RAISE(result.id, NewKeyId());
  EncryptedKey wrapped{.key_id = result.id,
                       .encrypted_by_id = table_key,
                       .properties = {{kKeyTimestamp, result.timestamp}}};
  ARROW_ASSIGN_OR_RAISE(wrapped.encrypted_key_metadata,
                        keys->Wrap(result.key, table_key));
  added->push_back(std::move(wrapped));
  return result;
}

Result<const EncryptedKey*> FindKey(const TableMetadata& table, const std::string& id) {
  const EncryptedKey* key = table.FindEncryptionKey(id);
  if (key == nullptr) {
    return MakeError(ErrorCode::kInvalidData,
                     "There is no encryption key " + id + " in " + NameOf(table));
  }
  if (!key->encrypted_by_id) {
    return MakeError(ErrorCode::kNotSupported,
                     "Encryption key " + id + " does not tell what encrypted it");
  }
  return key;
}

}  // namespace

bool IsEncrypted(const TableMetadata& table) {
  return table.properties.contains(kEncryptionKeyIdProperty);
}

Result<SealedFile> SealFile(const TableMetadata& table, std::string_view plain) {
  ARROW_ASSIGN_OR_RAISE(const int32_t key_bytes, KeyBytesOf(table));
  ARROW_ASSIGN_OR_RAISE(FileKey key, NewFileKey(key_bytes));
  SealedFile sealed;
  ARROW_ASSIGN_OR_RAISE(sealed.bytes, EncryptStream(plain, key));
  key.file_length = static_cast<int64_t>(sealed.bytes.size());
  sealed.key_metadata = FileKeyToBytes(key);
  return sealed;
}

Result<std::optional<int32_t>> ParquetKeyBytes(const TableMetadata& table,
                                               const KeyManagement* keys) {
  if (!IsEncrypted(table)) {
    return std::nullopt;
  }
  if (keys == nullptr) {
    return NoKeys(table);
  }
  ARROW_ASSIGN_OR_RAISE(const int32_t key_bytes, KeyBytesOf(table));
  return key_bytes;
}

Result<SealedManifestList> SealManifestList(const TableMetadata& table,
                                            std::string_view plain, KeyManagement* keys,
                                            std::chrono::milliseconds now) {
  if (table.format_version < 3) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Encryption needs format version 3: upgrade " + NameOf(table));
  }
  if (keys == nullptr) {
    return NoKeys(table);
  }
  SealedManifestList sealed;
  ARROW_ASSIGN_OR_RAISE(const KeyEncryptionKey encrypting,
                        CurrentKey(table, keys, now, &sealed.added_keys));
  ARROW_ASSIGN_OR_RAISE(SealedFile file, SealFile(table, plain));
  EncryptedKey list_key{.encrypted_by_id = encrypting.id};
  ARROW_ASSIGN_OR_RAISE(list_key.key_id, NewKeyId());
  ARROW_RETURN_NOT_OK(AesGcmSeal(encrypting.key, file.key_metadata, encrypting.timestamp,
                                 &list_key.encrypted_key_metadata));
  sealed.bytes = std::move(file.bytes);
  sealed.key_id = list_key.key_id;
  sealed.added_keys.push_back(std::move(list_key));
  return sealed;
}

Result<std::string> OpenManifestList(const TableMetadata& table, const Snapshot& snapshot,
                                     std::string stored, KeyManagement* keys) {
  if (!snapshot.key_id) {
    return OpenStoredFile(std::move(stored), std::nullopt);
  }
  if (keys == nullptr) {
    return NoKeys(table);
  }
  ARROW_ASSIGN_OR_RAISE(const EncryptedKey* list_key, FindKey(table, *snapshot.key_id));
  ARROW_ASSIGN_OR_RAISE(const EncryptedKey* wrapped,
                        FindKey(table, *list_key->encrypted_by_id));
  ARROW_ASSIGN_OR_RAISE(const KeyEncryptionKey encrypting, Unwrapped(*wrapped, keys));
  std::string key_metadata;
  ARROW_RETURN_NOT_OK(
      WithContext("Encryption key " + list_key->key_id + ": ",
                  AesGcmOpen(encrypting.key, list_key->encrypted_key_metadata,
                             encrypting.timestamp, &key_metadata)));
  return OpenStoredFile(std::move(stored), key_metadata);
}

}  // namespace tarn::iceberg
