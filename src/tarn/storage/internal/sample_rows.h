// Some rows of a table, from here and there.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/iceberg/data_file.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/io/file_io.h"
#include "tarn/storage/advise.h"

namespace tarn::storage {

struct SampledRows {
  /// Columns of the table's current schema; rows of one piece follow each other in a
  /// file.
  std::vector<std::shared_ptr<arrow::RecordBatch>> pieces;
  std::map<iceberg::FieldId, ColumnFigures> in_files;  // of the whole sampled files
  int64_t files = 0;
  int64_t rows = 0;
};

/// Takes a piece from the row group in the middle of one file after another, in an order
/// that leaps over the table, until a limit is reached. Deleted rows are as good as
/// others.
Result<SampledRows> SampleRows(io::FileIO& io, const iceberg::TableMetadata& metadata,
                               const std::vector<iceberg::DataFile>& files,
                               const AdviseOptions& options);

}  // namespace tarn::storage
