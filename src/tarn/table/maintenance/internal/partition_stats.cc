#include "tarn/table/maintenance/internal/partition_stats.h"

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include <arrow/array.h>
#include <arrow/array/builder_nested.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/builder.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>

#include "tarn/iceberg/value.h"
#include "tarn/table/internal/manifest_files.h"
#include "tarn/table/internal/parallel.h"
#include "tarn/table/internal/summary.h"
#include "tarn/table/internal/value_builder.h"
#include "tarn/table/scan.h"

namespace tarn::table::internal {
namespace {

using iceberg::DataFile;
using iceberg::ManifestEntry;
using iceberg::PartitionTuple;
using iceberg::TableMetadata;
using iceberg::Value;

constexpr int32_t kThreads = 4;

bool IsNullValue(const Value& value) {
  return std::holds_alternative<std::monostate>(value);
}

/// Orders unified partitions, nulls first.
class PartitionLess {
 public:
  explicit PartitionLess(const PartitionUnion& partitions) : partitions_(&partitions) {}

  using Key = std::pair<PartitionTuple, iceberg::SpecId>;
  bool operator()(const Key& left, const Key& right) const {
    const auto& fields = partitions_->fields();
    for (size_t i = 0; i < fields.size(); ++i) {
      const Value& a = left.first[i];
      const Value& b = right.first[i];
      if (IsNullValue(a) || IsNullValue(b)) {
        if (IsNullValue(a) != IsNullValue(b)) {
          return IsNullValue(a);
        }
        continue;
      }
      const auto order = CompareValues(fields[i].type, a, b);
      if (order != 0) {
        return order < 0;
      }
    }
    return left.second < right.second;
  }

 private:
  const PartitionUnion* partitions_;
};

void Add(const DataFile& file, PartitionStats* stats) {
  switch (file.content) {
    case iceberg::FileContent::kData:
      stats->data_record_count += file.record_count;
      ++stats->data_file_count;
      stats->total_data_file_size_bytes += file.file_size_bytes;
      break;
    case iceberg::FileContent::kPositionDeletes:
      stats->position_delete_record_count += file.record_count;
      ++(IsDeletionVector(file) ? stats->deletion_vector_count
                                : stats->position_delete_file_count);
      break;
    case iceberg::FileContent::kEqualityDeletes:
      stats->equality_delete_record_count += file.record_count;
      ++stats->equality_delete_file_count;
      break;
  }
}

class Collector {
 public:
  Collector(const TableMetadata& metadata, const PartitionUnion& partitions)
      : metadata_(metadata), partitions_(partitions), stats_(PartitionLess(partitions)) {}

  Status AddEntry(const ManifestEntry& entry, iceberg::SpecId spec_id) {
    ARROW_ASSIGN_OR_RAISE(PartitionTuple tuple,
                          partitions_.Unify(spec_id, entry.file.partition));
    PartitionStats& stats = stats_[{tuple, spec_id}];
    stats.partition = std::move(tuple);
    stats.spec_id = spec_id;
    Add(entry.file, &stats);
    const iceberg::PartitionSpec* spec = metadata_.FindSpec(spec_id);
    has_global_deletes_ = has_global_deletes_ ||
                          (entry.file.content == iceberg::FileContent::kEqualityDeletes &&
                           spec != nullptr && spec->is_unpartitioned());
    // The snapshot may have expired since (trap 54): then others tell.
    if (entry.snapshot_id) {
      Update(*entry.snapshot_id, &stats);
    }
    return Status::OK();
  }

  std::vector<PartitionStats> Take() {
    std::vector<PartitionStats> result;
    for (auto& [key, stats] : stats_) {
      const bool has_deletes = stats.position_delete_file_count > 0 ||
                               stats.deletion_vector_count > 0 ||
                               stats.equality_delete_file_count > 0;
      if (!has_deletes && !has_global_deletes_) {
        stats.total_record_count = stats.data_record_count;
      }
      result.push_back(std::move(stats));
    }
    return result;
  }

 private:
  void Update(iceberg::SnapshotId id, PartitionStats* stats) const {
    const iceberg::Snapshot* snapshot = metadata_.FindSnapshot(id);
    const iceberg::Snapshot* last =
        stats->last_updated_snapshot_id
            ? metadata_.FindSnapshot(*stats->last_updated_snapshot_id)
            : nullptr;
    const auto age = [](const iceberg::Snapshot& of) {
      return std::pair(of.timestamp, of.sequence_number);
    };
    if (snapshot != nullptr && (last == nullptr || age(*snapshot) > age(*last))) {
      stats->last_updated_at_ms = snapshot->timestamp.count();
      stats->last_updated_snapshot_id = snapshot->id;
    }
  }

  const TableMetadata& metadata_;
  const PartitionUnion& partitions_;
  std::map<PartitionLess::Key, PartitionStats, PartitionLess> stats_;
  bool has_global_deletes_ = false;
};

std::shared_ptr<arrow::Field> WithId(const std::shared_ptr<arrow::Field>& field,
                                     iceberg::FieldId id) {
  return field->WithMergedMetadata(
      arrow::key_value_metadata({"PARQUET:field_id"}, {std::to_string(id)}));
}

/// A column of whole numbers; unset values are null.
struct NumberColumn {
  const char* name;
  iceberg::FieldId id;
  bool is_int;
  bool is_required;
  std::function<std::optional<int64_t>(const PartitionStats&)> value;
};

std::vector<NumberColumn> NumberColumns(int32_t format_version) {
  using Stats = const PartitionStats&;
  const bool v3 = format_version >= 3;
  std::vector<NumberColumn> columns = {
      {"spec_id", 2, true, true, [](Stats s) { return s.spec_id.value; }},
      {"data_record_count", 3, false, true, [](Stats s) { return s.data_record_count; }},
      {"data_file_count", 4, true, true, [](Stats s) { return s.data_file_count; }},
      {"total_data_file_size_in_bytes", 5, false, true,
       [](Stats s) { return s.total_data_file_size_bytes; }},
      {"position_delete_record_count", 6, false, v3,
       [](Stats s) { return s.position_delete_record_count; }},
      {"position_delete_file_count", 7, true, v3,
       [](Stats s) { return s.position_delete_file_count; }},
      {"equality_delete_record_count", 8, false, v3,
       [](Stats s) { return s.equality_delete_record_count; }},
      {"equality_delete_file_count", 9, true, v3,
       [](Stats s) { return s.equality_delete_file_count; }},
      {"total_record_count", 10, false, false,
       [](Stats s) { return s.total_record_count; }},
      {"last_updated_at", 11, false, false, [](Stats s) { return s.last_updated_at_ms; }},
      {"last_updated_snapshot_id", 12, false, false,
       [](Stats s) {
         return s.last_updated_snapshot_id
                    ? std::optional(s.last_updated_snapshot_id->value)
                    : std::nullopt;
       }},
  };
  if (v3) {
    columns.push_back(
        {"dv_count", 13, true, true, [](Stats s) { return s.deletion_vector_count; }});
  }
  return columns;
}

Result<std::shared_ptr<arrow::Array>> NumberArray(
    const std::vector<PartitionStats>& stats, const NumberColumn& column) {
  arrow::Int32Builder ints;
  arrow::Int64Builder longs;
  for (const PartitionStats& row : stats) {
    const std::optional<int64_t> value = column.value(row);
    if (!value) {
      RETURN_NOT_OK(longs.AppendNull());
    } else if (column.is_int) {
      RETURN_NOT_OK(ints.Append(static_cast<int32_t>(*value)));
    } else {
      RETURN_NOT_OK(longs.Append(*value));
    }
  }
  return column.is_int ? ints.Finish() : longs.Finish();
}

Result<std::shared_ptr<arrow::Array>> PartitionArray(
    const std::vector<PartitionStats>& stats, const PartitionUnion& partitions,
    const arrow::FieldVector& fields) {
  arrow::ArrayVector children;
  for (size_t i = 0; i < fields.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(
        const auto builder,
        arrow::MakeBuilder(fields[i]->type(), arrow::default_memory_pool()));
    for (const PartitionStats& row : stats) {
      RETURN_NOT_OK(AppendValue(partitions.fields()[i].type, row.partition[i], *builder));
    }
    ARROW_ASSIGN_OR_RAISE(auto child, builder->Finish());
    children.push_back(std::move(child));
  }
  ARROW_ASSIGN_OR_RAISE(auto array, arrow::StructArray::Make(children, fields));
  return array;
}

}  // namespace

Result<std::vector<PartitionStats>> CollectPartitionStats(
    io::FileIO& io, const TableMetadata& metadata, const iceberg::Snapshot& snapshot,
    const PartitionUnion& partitions, const ActionControl& control) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<iceberg::ManifestFile> manifests,
                        LoadManifests(io, metadata, snapshot));
  Collector collector(metadata, partitions);
  std::mutex mutex;  // guards collector and done
  int64_t done = 0;
  RETURN_NOT_OK(ForEachParallel(manifests.size(), kThreads, [&](size_t i) -> Status {
    RETURN_NOT_OK(control.Check());
    iceberg::Manifest manifest;
    if (!HasNoLiveEntries(manifests[i])) {
      ARROW_ASSIGN_OR_RAISE(manifest, LoadManifest(io, manifests[i]));
    }
    const std::lock_guard lock(mutex);
    for (const ManifestEntry& entry : manifest.entries) {
      if (entry.is_live()) {
        RETURN_NOT_OK(collector.AddEntry(entry, manifests[i].spec_id));
      }
    }
    control.Report("read manifests", ++done, static_cast<int64_t>(manifests.size()));
    return Status::OK();
  }));
  return collector.Take();
}

Result<std::shared_ptr<arrow::RecordBatch>> PartitionStatsBatch(
    const std::vector<PartitionStats>& stats, const PartitionUnion& partitions,
    int32_t format_version) {
  arrow::FieldVector children;
  for (const PartitionUnion::UnionField& field : partitions.fields()) {
    children.push_back(WithId(ValueField(field.name, field.type), field.id));
  }
  arrow::FieldVector fields = {
      WithId(arrow::field("partition", arrow::struct_(children), false), 1)};
  arrow::ArrayVector arrays;
  ARROW_ASSIGN_OR_RAISE(auto partition, PartitionArray(stats, partitions, children));
  arrays.push_back(std::move(partition));
  for (const NumberColumn& column : NumberColumns(format_version)) {
    const auto type = column.is_int ? arrow::int32() : arrow::int64();
    fields.push_back(
        WithId(arrow::field(column.name, type, !column.is_required), column.id));
    ARROW_ASSIGN_OR_RAISE(auto array, NumberArray(stats, column));
    arrays.push_back(std::move(array));
  }
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)),
                                  static_cast<int64_t>(stats.size()), std::move(arrays));
}

}  // namespace tarn::table::internal
