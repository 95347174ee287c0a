// Choosing data files to rewrite and packing them into groups. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/table/maintenance/rewrite_data_files.h"
#include "tarn/table/scan.h"

namespace tarn::table::internal {

/// The sizes and limits of one run, defaults filled in.
struct FileSizes {
  int64_t target = 0;
  int64_t min = 0;
  int64_t max = 0;
};
/// Errors: kInvalidArgument unless 0 <= min < target < max.
Result<FileSizes> FileSizesFor(const iceberg::TableMetadata& table,
                               const RewriteDataFilesOptions& options);

/// Files that become new ones together; of one partition, unless their spec is not the
/// one that is written.
struct FileGroup {
  std::vector<FileScanTask> tasks = {};
  int64_t input_bytes = 0;
  int64_t live_bytes = 0;  // about, without deleted rows
  int64_t output_files = 1;
};

/// How many files `bytes` should become: none much below the smallest, none above the
/// largest size.
int64_t NumOutputFiles(int64_t bytes, const FileSizes& sizes);

std::vector<FileGroup> PlanFileGroups(const iceberg::TableMetadata& table,
                                      std::vector<FileScanTask> tasks,
                                      const FileSizes& sizes,
                                      const RewriteDataFilesOptions& options);

}  // namespace tarn::table::internal
