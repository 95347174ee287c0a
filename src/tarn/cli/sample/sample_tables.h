// The sample rows as Arrow batches.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/cli/sample/sample_rows.h"

namespace tarn::cli {

struct SampleTable {
  std::string ns;
  std::string name;
  std::vector<std::string> partition_by;
  std::shared_ptr<arrow::RecordBatch> rows;
};

/// The six tables, referenced ones first.
Result<std::vector<SampleTable>> MakeSampleTables(const SampleRows& rows);

}  // namespace tarn::cli
