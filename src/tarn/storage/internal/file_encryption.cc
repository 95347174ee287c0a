#include "tarn/storage/internal/file_encryption.h"

#include <string>

#include <arrow/util/secure_string.h>

namespace tarn::storage {

std::shared_ptr<parquet::FileEncryptionProperties> EncryptionOf(
    const iceberg::FileKey& key) {
  parquet::FileEncryptionProperties::Builder builder(
      arrow::util::SecureString(std::string(key.encryption_key)));
  if (!key.aad_prefix.empty()) {
    builder.aad_prefix(key.aad_prefix)->disable_aad_prefix_storage();
  }
  return builder.build();
}

std::shared_ptr<parquet::FileDecryptionProperties> DecryptionOf(
    const iceberg::FileKey& key) {
  parquet::FileDecryptionProperties::Builder builder;
  builder.footer_key(arrow::util::SecureString(std::string(key.encryption_key)));
  if (!key.aad_prefix.empty()) {
    builder.aad_prefix(key.aad_prefix);
  }
  return builder.build();
}

}  // namespace tarn::storage
