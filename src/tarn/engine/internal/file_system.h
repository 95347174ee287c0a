// io::FileIO as a file system of DuckDB's, for object stores.
#pragma once

#include <duckdb/common/file_system.hpp>

#include "tarn/io/file_io.h"

namespace tarn::engine {

/// Goes before the location of an encrypted data file, whose key is option "key_metadata"
/// of its OpenFileInfo: DuckDB sees it in clear (storage::OpenDecryptedParquet).
inline constexpr char kEncryptedFileScheme[] = "tarn-encrypted:";

/// Reads locations of object stores; local files stay with DuckDB's own file system, but
/// for encrypted ones, which come with kEncryptedFileScheme.
/// Writing is refused. `io` outlives the database. Thread-safe.
duckdb::unique_ptr<duckdb::FileSystem> MakeFileSystem(io::FileIO& io);

}  // namespace tarn::engine
