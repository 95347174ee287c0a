// Parquet's own encryption with the key that a table's metadata has for a file.
#pragma once

#include <memory>

#include <parquet/encryption/encryption.h>

#include "tarn/iceberg/encryption.h"

namespace tarn::storage {

/// All columns and the footer encrypted with the one key; the prefix is not stored, so
/// that only who knows it can read. Throws as Parquet does.
std::shared_ptr<parquet::FileEncryptionProperties> EncryptionOf(
    const iceberg::FileKey& key);
std::shared_ptr<parquet::FileDecryptionProperties> DecryptionOf(
    const iceberg::FileKey& key);

}  // namespace tarn::storage
