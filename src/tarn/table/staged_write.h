// A write that is not committed: its table as it would be, for whoever made it.
#pragma once

#include <memory>

#include "tarn/base/result.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/table/write.h"

namespace tarn::table {

namespace internal {
class PendingWrite;
}  // namespace internal

/// A transaction reads its own writes from it. Manifests are in storage, the metadata is
/// in memory only; the destructor deletes the manifests, the data files are the caller's.
/// Thread-compatible.
class StagedWrite {
 public:
  /// Makes the snapshot of `request` on `base` (for a table that the request creates
  /// without meaning). The catalog is not asked. `context` outlives it. Errors: those of
  /// Write but for conflicts.
  static Result<std::unique_ptr<StagedWrite>> Make(
      const Context& context, WriteRequest request,
      std::shared_ptr<const iceberg::TableMetadata> base);
  ~StagedWrite();
  StagedWrite(const StagedWrite&) = delete;
  StagedWrite& operator=(const StagedWrite&) = delete;

  const std::shared_ptr<const iceberg::TableMetadata>& metadata() const {
    return metadata_;
  }

 private:
  StagedWrite(const Context& context, WriteRequest request);

  const WriteRequest request_;
  std::unique_ptr<internal::PendingWrite> write_;
  std::shared_ptr<const iceberg::TableMetadata> metadata_;
};

}  // namespace tarn::table
