#include "tarn/storage/internal/partition_sorter.h"

#include <optional>
#include <utility>

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

namespace tarn::storage {

PartitionSorter::PartitionSorter(std::unique_ptr<RowSorter> sorter,
                                 std::shared_ptr<arrow::Schema> schema,
                                 bool is_partitioned)
    : sorter_(std::move(sorter)),
      schema_(std::move(schema)),
      is_partitioned_(is_partitioned) {}

Result<std::unique_ptr<PartitionSorter>> PartitionSorter::Make(
    const iceberg::Schema& schema, const std::shared_ptr<arrow::Schema>& arrow_schema,
    const iceberg::SortOrder& order, bool is_partitioned, RowSorterOptions options) {
  std::shared_ptr<arrow::Schema> sorted_schema = arrow_schema;
  std::optional<int> partitions;
  if (is_partitioned) {
    partitions = arrow_schema->num_fields();
    ARROW_ASSIGN_OR_RAISE(
        sorted_schema,
        arrow_schema->AddField(*partitions,
                               arrow::field("_partition_number", arrow::int32(), false)));
  }
  ARROW_ASSIGN_OR_RAISE(auto plan, KeyPlan::Make(schema, order, partitions));
  ARROW_ASSIGN_OR_RAISE(
      auto sorter, RowSorter::Make(sorted_schema, std::move(plan), std::move(options)));
  return std::unique_ptr<PartitionSorter>(
      new PartitionSorter(std::move(sorter), std::move(sorted_schema), is_partitioned));
}

Status PartitionSorter::Append(const std::shared_ptr<arrow::RecordBatch>& rows,
                               std::vector<int32_t> partitions) {
  if (!is_partitioned_) {
    return sorter_->Append(rows);
  }
  arrow::ArrayVector columns = rows->columns();
  columns.push_back(std::make_shared<arrow::Int32Array>(
      rows->num_rows(), arrow::Buffer::FromVector(std::move(partitions))));
  return sorter_->Append(
      arrow::RecordBatch::Make(schema_, rows->num_rows(), std::move(columns)));
}

Status PartitionSorter::Drain(const Write& write) {
  return sorter_->Drain([&](const std::shared_ptr<arrow::RecordBatch>& sorted) {
    return is_partitioned_ ? WriteSorted(*sorted, write) : write(0, *sorted);
  });
}

Status PartitionSorter::WriteSorted(const arrow::RecordBatch& sorted,
                                    const Write& write) const {
  const int last = sorted.num_columns() - 1;
  const auto column = sorted.column(last);
  const auto& partitions = static_cast<const arrow::Int32Array&>(*column);
  ARROW_ASSIGN_OR_RAISE(const auto rows, sorted.RemoveColumn(last));
  int64_t begin = 0;
  while (begin < rows->num_rows()) {
    const int32_t partition = partitions.Value(begin);
    int64_t end = begin + 1;
    while (end < rows->num_rows() && partitions.Value(end) == partition) {
      ++end;
    }
    ARROW_RETURN_NOT_OK(write(partition, *rows->Slice(begin, end - begin)));
    begin = end;
  }
  return Status::OK();
}

}  // namespace tarn::storage
