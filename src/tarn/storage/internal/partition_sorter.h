// Rows of many partitions in the order in which their files are written one by one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/iceberg/schema.h"
#include "tarn/iceberg/sort_order.h"
#include "tarn/storage/internal/row_sorter.h"

namespace tarn::storage {

/// Sorts by the number of the partition, then by a sort order. As RowSorter in all else.
class PartitionSorter {
 public:
  /// `arrow_schema` is that of `schema`'s rows. Errors: those of KeyPlan::Make.
  static Result<std::unique_ptr<PartitionSorter>> Make(
      const iceberg::Schema& schema, const std::shared_ptr<arrow::Schema>& arrow_schema,
      const iceberg::SortOrder& order, bool is_partitioned, RowSorterOptions options);

  /// `partitions` has the number of each row's partition; it is empty if there are none.
  Status Append(const std::shared_ptr<arrow::RecordBatch>& rows,
                std::vector<int32_t> partitions);
  /// Rows of one partition; 0 if there are none.
  using Write = std::function<Status(int32_t partition, const arrow::RecordBatch& rows)>;
  Status Drain(const Write& write);
  void Clear() { sorter_->Clear(); }
  bool empty() const { return sorter_->empty(); }

 private:
  PartitionSorter(std::unique_ptr<RowSorter> sorter,
                  std::shared_ptr<arrow::Schema> schema, bool is_partitioned);
  Status WriteSorted(const arrow::RecordBatch& sorted, const Write& write) const;

  std::unique_ptr<RowSorter> sorter_;
  std::shared_ptr<arrow::Schema> schema_;  // with the partitions' numbers, if there are
  bool is_partitioned_;
};

}  // namespace tarn::storage
