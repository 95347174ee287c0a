#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <parquet/metadata.h>

#include "tarn/base/error.h"
#include "tarn/iceberg/bounds.h"
#include "tarn/iceberg/value.h"
#include "tarn/storage/data_file_reader.h"
#include "tarn/storage/internal/chunk_stats.h"
#include "tarn/storage/internal/constant_column.h"
#include "tarn/storage/internal/footer_metrics.h"
#include "tarn/storage/internal/metrics_config.h"
#include "tarn/storage/internal/parquet_input.h"
#include "tarn/storage/internal/table_columns.h"

namespace tarn::storage {
namespace {

using iceberg::ColumnStats;
using iceberg::DataFile;
using iceberg::Field;
using iceberg::FieldId;
using iceberg::Type;
using iceberg::TypeId;

Status CheckPartition(const iceberg::TableMetadata& metadata,
                      const iceberg::PartitionTuple& partition) {
  const std::vector<Type> types =
      iceberg::PartitionTypes(metadata.spec(), metadata.schema());
  if (partition.size() != types.size()) {
    return MakeError(ErrorCode::kInvalidArgument, "The partition spec has " +
                                                      std::to_string(types.size()) +
                                                      " fields, values were given for " +
                                                      std::to_string(partition.size()));
  }
  for (size_t i = 0; i < types.size(); ++i) {
    const auto scalar = ScalarOf(types[i], partition[i]);
    if (!iceberg::IsNull(partition[i]) && !scalar.ok()) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "Partition field " + metadata.spec().fields[i].name +
                           " has values of type " + types[i].ToString() +
                           ", another one was given");
    }
  }
  return Status::OK();
}

std::optional<int64_t> Sum(const std::optional<int64_t>& a,
                           const std::optional<int64_t>& b) {
  return a && b ? std::optional<int64_t>(*a + *b) : std::nullopt;
}

bool OnlyNulls(const ColumnStats& stats) {
  return stats.null_count.has_value() && stats.null_count == stats.value_count;
}

/// The further out of two bounds of one column; unset if either is unknown.
std::optional<std::string> Outer(const Type& type, const std::optional<std::string>& a,
                                 const std::optional<std::string>& b, bool is_lower) {
  if (!a || !b) {
    return std::nullopt;
  }
  const auto left = iceberg::ValueFromBytes(type, *a);
  const auto right = iceberg::ValueFromBytes(type, *b);
  if (!left.ok() || !right.ok()) {
    return std::nullopt;
  }
  const bool left_is_lower = iceberg::CompareValues(type, *left, *right) < 0;
  return left_is_lower == is_lower ? a : b;
}

void AddRowGroup(const Type& type, const ColumnStats& group, ColumnStats* total) {
  if (OnlyNulls(*total)) {
    total->lower_bound = group.lower_bound;
    total->upper_bound = group.upper_bound;
  } else if (!OnlyNulls(group)) {
    total->lower_bound =
        Outer(type, total->lower_bound, group.lower_bound, /*is_lower=*/true);
    total->upper_bound =
        Outer(type, total->upper_bound, group.upper_bound, /*is_lower=*/false);
  }
  total->column_size = Sum(total->column_size, group.column_size);
  total->value_count = Sum(total->value_count, group.value_count);
  total->null_count = Sum(total->null_count, group.null_count);
}

/// Leaves what `mode` wants (write.metadata.metrics.*).
void Reduce(const Type& type, const MetricsMode& mode, ColumnStats* stats) {
  if (!mode.has_counts()) {
    stats->value_count.reset();
    stats->null_count.reset();
  }
  if (!mode.has_bounds()) {
    stats->lower_bound.reset();
    stats->upper_bound.reset();
  }
  if (mode.kind != MetricsMode::Kind::kTruncate) {
    return;
  }
  auto& lower = stats->lower_bound;
  auto& upper = stats->upper_bound;
  if (type.id() == TypeId::kString && lower && upper) {
    lower = iceberg::TruncatedLowerString(*lower, mode.width);
    upper = iceberg::TruncatedUpperString(*upper, mode.width);
  } else if (type.id() == TypeId::kBinary && lower && upper) {
    lower = iceberg::TruncatedLowerBinary(*lower, mode.width);
    upper = iceberg::TruncatedUpperBinary(*upper, mode.width);
  }
}

Result<std::vector<ColumnStats>> StatsOf(
    const parquet::FileMetaData& footer, const LeafFields& fields,
    const std::unordered_map<FieldId, MetricsMode>& modes) {
  std::map<FieldId, const Field*> field_of;
  for (const auto& [leaf, field] : fields) {
    field_of.emplace(field.id, &field);
  }
  std::vector<ColumnStats> totals;
  for (int group = 0; group < footer.num_row_groups(); ++group) {
    ARROW_ASSIGN_OR_RAISE(auto stats, RowGroupStats(footer, group, fields));
    if (group == 0) {
      totals = std::move(stats);
      continue;
    }
    for (size_t i = 0; i < totals.size(); ++i) {
      AddRowGroup(field_of[totals[i].field_id]->type, stats[i], &totals[i]);
    }
  }
  for (ColumnStats& stats : totals) {
    const Field& field = *field_of[stats.field_id];
    if (field.required && stats.null_count.value_or(0) > 0) {
      return MakeError(ErrorCode::kTypeMismatch,
                       "Column " + field.name + " is required, the file holds " +
                           std::to_string(*stats.null_count) + " nulls in it");
    }
    const auto mode = modes.find(field.id);
    Reduce(field.type, mode == modes.end() ? MetricsMode{} : mode->second, &stats);
  }
  return totals;
}

}  // namespace

Result<DataFile> DescribeDataFile(io::FileIO& io, const iceberg::TableMetadata& metadata,
                                  const std::string& location,
                                  iceberg::PartitionTuple partition) {
  ARROW_RETURN_NOT_OK(CheckPartition(metadata, partition));
  ARROW_ASSIGN_OR_RAISE(const auto modes, MetricsModesOf(metadata));
  ARROW_ASSIGN_OR_RAISE(const auto input, ParquetInput::Open(io, location));
  DataFile file;
  file.file_path = location;
  file.file_size_bytes = input->size_bytes();
  file.record_count = input->footer().num_rows();
  file.spec_id = metadata.default_spec_id;
  file.partition = std::move(partition);
  file.sort_order_id = iceberg::SortOrderId{0};
  const std::string context = location + ": ";
  const auto constants = IdentityValues(metadata, file);
  const auto columns = TableColumnsOf(input->columns(), metadata, constants);
  if (!columns.ok()) {
    return WithContext(context, columns.status());
  }
  const auto projection = ColumnProjection::Make(*columns, metadata.schema().fields(),
                                                 constants, MissingColumns::kFill);
  if (!projection.ok()) {
    return CodeOf(projection.status()) == ErrorCode::kInvalidData
               ? MakeError(ErrorCode::kTypeMismatch,
                           context + projection.status().message())
               : WithContext(context, projection.status());
  }
  ARROW_RETURN_NOT_OK(input->Run([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(file.columns,
                          StatsOf(input->footer(), projection->matched(), modes));
    if (input->footer().num_columns() > 0) {
      file.split_offsets = SplitOffsetsOf(input->footer());
    }
    return Status::OK();
  }));
  return file;
}

}  // namespace tarn::storage
