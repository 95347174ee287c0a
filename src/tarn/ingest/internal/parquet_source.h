// Parquet files whose columns need no interpretation, straight into Arrow batches.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/ingest/source.h"

namespace tarn::ingest::internal {

/// nullptr if the engine's reader has something to decide: columns that are not plain
/// (storage::ParquetRowReader::is_plain), files whose columns differ, partition values in
/// the paths (name=value), several files of an object store. Errors: kInvalidData, those
/// of FileIO.
Result<std::unique_ptr<Source>> OpenPlainParquet(io::FileIO& io,
                                                 const std::vector<std::string>& paths);

}  // namespace tarn::ingest::internal
