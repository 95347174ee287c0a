// Reading a group of data files and writing their live rows anew.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/sort_order.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/storage/clustering.h"
#include "tarn/storage/deleted_rows.h"
#include "tarn/storage/table_writer.h"
#include "tarn/table/context.h"
#include "tarn/table/maintenance/internal/file_groups.h"

namespace tarn::table::internal {

/// How rows are ordered; as they come if neither is set.
struct RowOrder {
  std::optional<iceberg::SortOrder> sort_order = {};
  std::vector<iceberg::FieldId> cluster_columns = {};
  storage::Curve curve = storage::Curve::kZOrder;
};

struct GroupRewriteOptions {
  FileSizes sizes;
  iceberg::SpecId spec_id;
  RowOrder order;
  /// Memory for sorting, unless the process has a budget; decoded rows that are put along
  /// a curve at once.
  int64_t sort_bytes_max = int64_t{1} << 30;
  const ActionControl* control = nullptr;
};

/// The new files of a group. They are deleted with Abort(), unless a commit may refer to
/// them.
struct RewrittenGroup {
  std::unique_ptr<storage::TableWriter> writer;
  std::vector<iceberg::DataFile> files = {};
};

/// Live rows of `group` in new files, row lineage kept (v3). After an error no new file
/// is left. May run on several threads at once.
Result<RewrittenGroup> RewriteGroup(
    const Context& context, storage::DeletedRows& deletions,
    const std::shared_ptr<const iceberg::TableMetadata>& table, const FileGroup& group,
    const GroupRewriteOptions& options);

}  // namespace tarn::table::internal
