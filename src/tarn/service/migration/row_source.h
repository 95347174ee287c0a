// Rows that are read more than once: to be written, and to be compared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/iceberg/data_file.h"
#include "tarn/iceberg/schema.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/service/migration/row_tally.h"
#include "tarn/table/context.h"
#include "tarn/table/scan.h"

namespace tarn::engine {
class Engine;
}  // namespace tarn::engine

namespace tarn::service {

/// Thread-compatible. Each Read() gives the same rows, in any order.
class RowSource {
 public:
  virtual ~RowSource() = default;
  virtual std::shared_ptr<arrow::Schema> schema() const = 0;
  /// On up to `threads` threads, whose numbers below `threads` come with the rows. Ends
  /// with the first error.
  using Visitor =
      std::function<Status(size_t thread, const std::shared_ptr<arrow::RecordBatch>&)>;
  virtual Status Read(size_t threads, const Visitor& visit) = 0;
};

/// Asked before each batch; kCancelled if it says so. Unset: never.
using CancelledFunction = std::function<bool()>;

/// Rows of the files of `tasks`, without those that their delete files take away, in the
/// columns of `schema` (a projection of the table's). `context` outlives it. Errors:
/// kNotSupported; of Read(): kInvalidData, kCancelled, those of FileIO.
Result<std::unique_ptr<RowSource>> ReadFiles(
    const table::Context& context, std::shared_ptr<const iceberg::TableMetadata> metadata,
    std::vector<table::FileScanTask> tasks, std::shared_ptr<const iceberg::Schema> schema,
    CancelledFunction cancelled);

/// Tasks for files that no snapshot has yet.
std::vector<table::FileScanTask> TasksOf(const std::vector<iceberg::DataFile>& files);

/// `schema` with the top-level columns of these names only.
Result<std::shared_ptr<const iceberg::Schema>> ProjectColumns(
    const iceberg::Schema& schema, const std::vector<std::string>& columns);

/// Rows of a SELECT. `engine` outlives it. Errors: those of the engine.
Result<std::unique_ptr<RowSource>> ReadQuery(engine::Engine& engine, std::string sql,
                                             bool reaches_server,
                                             CancelledFunction cancelled);

/// One pass over all rows.
Result<RowTally> TallyOf(RowSource& source, size_t threads, const RowTally& empty);

}  // namespace tarn::service
