// Metadata files of tables and views: read through a cache, written once under a new
// name.
#pragma once

#include <memory>
#include <string>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/catalog/internal/lru_cache.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/iceberg/view_metadata.h"
#include "tarn/io/file_io.h"

namespace tarn::catalog::internal {

/// What a metadata file of a table says.
struct TableFile {
  std::shared_ptr<const iceberg::TableMetadata> metadata;
  /// As TableMetadataToJson gives it; nullptr for a file that was only read once so far.
  std::shared_ptr<const std::string> text;
};

/// Thread-safe. Files are immutable, so the cache by location is never stale.
class MetadataFiles {
 public:
  MetadataFiles(io::FileIO& io, Random& random) : io_(io), random_(random) {}

  /// Errors: kNoSuchFile; kInvalidData if the file is no metadata; the file system's own.
  Result<TableFile> ReadTableFile(const std::string& location);
  Result<std::shared_ptr<const iceberg::TableMetadata>> ReadTable(
      const std::string& location);
  Result<std::shared_ptr<const iceberg::ViewMetadata>> ReadView(
      const std::string& location);

  /// Writes the successor of the file at `previous` (empty: the first one) and gives its
  /// location.
  Result<std::string> WriteTable(
      const std::shared_ptr<const iceberg::TableMetadata>& metadata,
      const std::string& previous);
  Result<std::string> WriteView(
      const std::shared_ptr<const iceberg::ViewMetadata>& metadata,
      const std::string& previous);

  /// What WriteTable has just written to `location`.
  std::shared_ptr<const std::string> TextOf(const std::string& location);
  /// Nobody will ask for this file again: another took its place.
  void Forget(const std::string& location) { tables_.Forget(location); }

  /// Removes a file that nothing refers to; a failure only leaves an orphan.
  void Discard(const std::string& location);

 private:
  /// Past the cache, and into it.
  Result<TableFile> LoadTableFile(const std::string& location);
  Result<std::string> ReadText(const std::string& location);
  /// A cached file that was deleted behind our back is missed at once where asking costs
  /// next to nothing: on local disks.
  Status CheckIsThere(const std::string& location);
  Status WriteText(const std::string& location, std::string_view bytes);
  void Keep(const std::string& location, TableFile file, size_t text_bytes);

  io::FileIO& io_;
  Random& random_;
  // Parsed metadata is about as large as its text, which is kept beside it; a server of
  // many tables lives well with this.
  LruCache<TableFile> tables_{"table_metadata", 512, size_t{128} << 20};
  LruCache<iceberg::ViewMetadata> views_{"view_metadata", 512, size_t{16} << 20};
};

}  // namespace tarn::catalog::internal
