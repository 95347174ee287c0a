// io::FileIO as a file system of DuckDB's, for object stores.
#pragma once

#include <memory>

#include <duckdb/common/file_system.hpp>

#include "tarn/engine/internal/catalog_source.h"
#include "tarn/io/file_io.h"

namespace tarn::engine {

/// Goes before the location of an encrypted data file, whose key is option "key_metadata"
/// of its OpenFileInfo: DuckDB sees it in clear (storage::OpenDecryptedParquet).
inline constexpr char kEncryptedFileScheme[] = "tarn-encrypted:";

/// The option of OpenFileInfo that says whose file it is: a number of CatalogSources.
inline constexpr char kCatalogOption[] = "tarn_catalog";

/// Reads locations of object stores; local files stay with DuckDB's own file system, but
/// for encrypted ones, which come with kEncryptedFileScheme. Files of a catalog among
/// `sources` are opened as that catalog does.
/// Writing is refused. `io` outlives the database. Thread-safe.
duckdb::unique_ptr<duckdb::FileSystem> MakeFileSystem(
    io::FileIO& io, std::shared_ptr<CatalogSources> sources);

}  // namespace tarn::engine
