// Encrypted Parquet files as plain ones, for a reader that cannot decrypt them.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <arrow/io/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/io/file_io.h"

namespace tarn::storage {

/// The file with its footer in clear and magic PAR1, where each column chunk begins where
/// the encrypted one does and holds its pages in clear, then zeros. Page
/// indexes are left out. Nothing is decrypted before it is read, and nothing is stored.
/// Thread-safe. Errors of this and of reads: kInvalidData (not encrypted with the key,
/// damaged), kNotSupported (another cipher than AES_GCM_V1, keys of single columns),
/// those of FileIO.
Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenDecryptedParquet(
    io::FileIO& io, const std::string& location, std::optional<int64_t> size_bytes,
    const std::string& key_metadata);

}  // namespace tarn::storage
