// What the functions of this module work with.
#pragma once

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/io/file_io.h"

namespace tarn::storage {
class DeletedRows;
struct TableWriterOptions;
}  // namespace tarn::storage

namespace tarn::table {

class ManifestCache;

/// All outlive the calls they are given to. Thread-safe. What is nullptr is not shared:
/// each call then reads for itself.
struct Context {
  catalog::Catalog& catalog;
  io::FileIO& io;
  Clock& clock;
  Random& random;
  ManifestCache* manifests = nullptr;  // parsed manifests, within a byte budget
  storage::DeletedRows* deletions =
      nullptr;  // applied delete files, within a byte budget
  /// How data files are written where their table does not say: the settings, the budget
  /// and the journal of the process.
  const storage::TableWriterOptions* writing = nullptr;
};

/// storage::TableWriterOptionsFor with the context's defaults, and rows in the table's
/// order (storage::RowOrderingFor).
Result<storage::TableWriterOptions> WriterOptionsFor(
    const Context& context, const iceberg::TableMetadata& metadata);

}  // namespace tarn::table
