// Rows of a source written as files of a destination, in one pass with their checksum.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/data_file.h"
#include "tarn/service/migration/row_fit.h"
#include "tarn/service/migration/row_source.h"
#include "tarn/service/migration/row_tally.h"
#include "tarn/storage/table_writer.h"
#include "tarn/table/context.h"

namespace tarn::service {

/// Rows and bytes done since it was last told. From several threads.
using CopyProgress = std::function<void(int64_t rows, int64_t bytes)>;

/// Files that no snapshot has yet; deleted unless released. Not shared.
class WrittenRows {
 public:
  WrittenRows() = default;
  ~WrittenRows();
  WrittenRows(WrittenRows&&) = default;
  WrittenRows& operator=(WrittenRows&&) = delete;

  const std::vector<iceberg::DataFile>& files() const { return files_; }
  /// Of the source's rows, as they were read.
  const RowTally& tally() const { return tally_; }
  int64_t bytes() const;
  /// They belong to a commit, or perhaps do.
  void Release() { writers_.clear(); }

 private:
  friend class RowCopy;
  std::vector<std::unique_ptr<storage::TableWriter>> writers_;
  std::vector<iceberg::DataFile> files_;
  RowTally tally_;
};

struct CopyOptions {
  size_t threads = 1;
  RowTally empty;  // what is looked at of the rows
  CopyProgress progress = {};
};

/// `metadata` is the destination's. Nothing is left behind on an error. Errors: those of
/// the source, RowFit and TableWriter.
Result<WrittenRows> CopyRows(RowSource& source, const RowFit& fit,
                             const table::Context& context,
                             std::shared_ptr<const iceberg::TableMetadata> metadata,
                             const CopyOptions& options);

}  // namespace tarn::service
