// Results as Arrow IPC streams and Parquet files.
#pragma once

#include <memory>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/cli/print/row_sink.h"

namespace tarn::cli {

Result<std::unique_ptr<RowSink>> MakeArrowSink(std::shared_ptr<arrow::Schema> schema,
                                               TextOutput& output);
Result<std::unique_ptr<RowSink>> MakeParquetSink(std::shared_ptr<arrow::Schema> schema,
                                                 TextOutput& output);

}  // namespace tarn::cli
