// Encrypted Parquet files as DuckDB's reader understands them.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <arrow/io/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/io/file_io.h"

namespace tarn::engine {

/// DuckDB's reader leaves out the prefix of the additional data that every part of an
/// encrypted file is authenticated with, which is kept outside of the file, and goes by
/// the identifier alone that the file stores behind it. This is the file with both as one
/// stored identifier; all else stays where it is. Errors: kInvalidData (not an encrypted
/// Parquet file), kNotSupported (another cipher than AES_GCM_V1), those of FileIO.
Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenWithAadPrefix(
    io::FileIO& io, const std::string& location, std::optional<int64_t> size_bytes,
    const std::string& aad_prefix);

}  // namespace tarn::engine
