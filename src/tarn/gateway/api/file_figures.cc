#include "tarn/gateway/api/file_figures.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/iceberg/metrics_evaluator.h"
#include "tarn/table/live_files.h"

namespace tarn::gateway {
namespace {

using iceberg::FileContent;
using iceberg::FileFormat;
using iceberg::PartitionTuple;
using iceberg::TableMetadata;

constexpr char kTargetProperty[] = "write.target-file-size-bytes";
constexpr int64_t kTargetBytes = int64_t{512} << 20;  // where the table does not say

/// The clock is asked once for this many files.
constexpr int64_t kFilesPerLook = 1024;

int64_t TargetBytesOf(const TableMetadata& metadata) {
  const std::string text = metadata.Property(kTargetProperty, "");
  int64_t bytes = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), bytes);
  return parsed.ec == std::errc() && bytes > 0 ? bytes : kTargetBytes;
}

size_t SizeClassOf(int64_t bytes) {
  return bytes <= 1 ? 0 : std::bit_width(static_cast<uint64_t>(bytes)) - 1U;
}

/// A source that was dropped has no type any more: its values are shown as they are held.
iceberg::Type SourceTypeOf(const TableMetadata& metadata, iceberg::FieldId id) {
  const iceberg::Field* field = metadata.schema().FindById(id);
  return field == nullptr ? iceberg::Type::Unknown() : field->type;
}

/// Finds the partition that a file belongs to. Tuples are looked up as the manifests hold
/// them; one that was written before a promotion ends in the same partition.
class PartitionFinder {
 public:
  PartitionFinder(const TableMetadata& metadata, std::vector<PartitionFigures>* all,
                  size_t partitions_max)
      : metadata_(metadata), all_(*all), partitions_max_(partitions_max) {}

  /// nullptr if there are too many.
  Result<PartitionFigures*> Find(iceberg::SpecId spec_id, const PartitionTuple& raw) {
    Places& places = places_[spec_id];
    const auto known = places.raw.find(raw);
    if (known != places.raw.end()) {
      return &all_[known->second];
    }
    if (all_.size() == partitions_max_) {
      return nullptr;
    }
    ARROW_ASSIGN_OR_RAISE(PartitionTuple values,
                          NormalPartition(metadata_, spec_id, raw));
    const auto [place, is_new] = places.normal.try_emplace(values, all_.size());
    if (is_new) {
      all_.push_back({.spec_id = spec_id,
                      .values = std::move(values),
                      .data = {},
                      .small = {},
                      .deletes = {}});
    }
    places.raw.emplace(raw, place->second);
    return &all_[place->second];
  }

 private:
  using Index = std::unordered_map<PartitionTuple, size_t, iceberg::PartitionTupleHash,
                                   iceberg::PartitionTupleEquals>;
  struct Places {
    Index raw;
    Index normal;
  };

  const TableMetadata& metadata_;
  std::vector<PartitionFigures>& all_;
  const size_t partitions_max_;
  std::map<iceberg::SpecId, Places> places_;
};

class Adder {
 public:
  Adder(const table::Context& context, const TableMetadata& metadata,
        const FileFiguresLimits& limits)
      : context_(context),
        limits_(limits),
        deadline_(context.clock.Now() + limits.time_max),
        finder_(metadata, &figures_.partitions, limits.partitions_max) {
    figures_.target_bytes = TargetBytesOf(metadata);
    small_below_ =
        static_cast<int64_t>(static_cast<double>(figures_.target_bytes) * kSmallShare);
    for (const iceberg::Snapshot& snapshot : metadata.snapshots) {
      times_.emplace(snapshot.id.value, snapshot.timestamp);
    }
  }

  Result<table::Visit> Add(const table::LiveFile& file) {
    if (num_files_ == limits_.files_max ||
        (num_files_ % kFilesPerLook == 0 && IsLate())) {
      figures_.is_complete = false;
      return table::Visit::kStop;
    }
    ++num_files_;
    const int64_t rows = file.record_count();
    const int64_t bytes = file.file_size_bytes();
    KindOf(file).Add(rows, bytes);
    const bool is_data = file.content() == FileContent::kData;
    if (is_data) {
      figures_.by_size[SizeClassOf(bytes)].Add(rows, bytes);
    }
    const auto& tuples = file.manifest.partitions();
    ARROW_ASSIGN_OR_RAISE(
        PartitionFigures* const partition,
        finder_.Find(file.spec_id, tuples[file.manifest.partition_index(file.row)]));
    if (partition == nullptr) {
      figures_.is_complete = false;
      return table::Visit::kGoOn;
    }
    (is_data ? partition->data : partition->deletes).Add(rows, bytes);
    if (is_data && bytes < small_below_) {
      partition->small.Add(rows, bytes);
    }
    Touch(partition, file.manifest.snapshot_id(file.row));
    return table::Visit::kGoOn;
  }

  FileFigures Take() { return std::move(figures_); }

 private:
  /// Only once there is something to show.
  bool IsLate() const { return num_files_ > 0 && context_.clock.Now() > deadline_; }

  FileSums& KindOf(const table::LiveFile& file) {
    switch (file.content()) {
      case FileContent::kData:
        return figures_.data;
      case FileContent::kEqualityDeletes:
        return figures_.equality_deletes;
      case FileContent::kPositionDeletes:
        break;
    }
    return file.manifest.format(file.row) == FileFormat::kPuffin
               ? figures_.deletion_vectors
               : figures_.position_deletes;
  }

  void Touch(PartitionFigures* partition, std::optional<iceberg::SnapshotId> by) const {
    const auto time = by ? times_.find(by->value) : times_.end();
    if (time != times_.end() &&
        (!partition->updated_at || *partition->updated_at < time->second)) {
      partition->updated_at = time->second;
    }
  }

  const table::Context& context_;
  const FileFiguresLimits limits_;
  const std::chrono::milliseconds deadline_;
  FileFigures figures_;
  PartitionFinder finder_;
  std::unordered_map<int64_t, std::chrono::milliseconds> times_;
  int64_t small_below_ = 0;
  int64_t num_files_ = 0;
};

}  // namespace

int64_t PartitionFigures::FilesSaved(int64_t target_bytes) const {
  if (small.files < 2) {
    return 0;
  }
  const int64_t after = (small.bytes + target_bytes - 1) / target_bytes;
  return std::max<int64_t>(0, small.files - std::max<int64_t>(after, 1));
}

FileSums FileFigures::Small() const {
  FileSums sum;
  for (const PartitionFigures& partition : partitions) {
    sum.files += partition.small.files;
    sum.rows += partition.small.rows;
    sum.bytes += partition.small.bytes;
  }
  return sum;
}

int64_t FileFigures::FilesSaved() const {
  int64_t saved = 0;
  for (const PartitionFigures& partition : partitions) {
    saved += partition.FilesSaved(target_bytes);
  }
  return saved;
}

Result<FileFigures> FileFiguresOf(const table::Context& context,
                                  const TableMetadata& metadata,
                                  const iceberg::Snapshot& snapshot,
                                  const FileFiguresLimits& limits) {
  Adder adder(context, metadata, limits);
  Status failure = Status::OK();
  const auto add = [&](const table::LiveFile& file) {
    const Result<table::Visit> added = adder.Add(file);
    failure = added.status();
    return added.ok() ? *added : table::Visit::kStop;
  };
  RETURN_NOT_OK(table::VisitLiveFiles(context, metadata, snapshot, add));
  RETURN_NOT_OK(failure);
  return adder.Take();
}

Result<PartitionTuple> NormalPartition(const TableMetadata& metadata,
                                       iceberg::SpecId spec_id, PartitionTuple values) {
  const iceberg::PartitionSpec* spec = metadata.FindSpec(spec_id);
  if (spec == nullptr) {
    return MakeError(ErrorCode::kInvalidData,
                     "A manifest is of a partition spec that the table does not have: " +
                         std::to_string(spec_id.value));
  }
  RETURN_NOT_OK(iceberg::NormalizePartition(
      *spec, iceberg::PartitionTypes(*spec, metadata.schema()), &values));
  return values;
}

Json PartitionJson(const TableMetadata& metadata, iceberg::SpecId spec_id,
                   const PartitionTuple& values) {
  Json fields = Json::array();
  const iceberg::PartitionSpec* spec = metadata.FindSpec(spec_id);
  for (size_t i = 0; spec != nullptr && i < values.size(); ++i) {
    const iceberg::PartitionField& field = spec->fields[i];
    Json value = nullptr;
    if (!iceberg::IsNull(values[i])) {
      value = iceberg::PartitionValueToString(
          field.transform, SourceTypeOf(metadata, field.source_id()), values[i]);
    }
    fields.push_back({{"name", field.name}, {"value", std::move(value)}});
  }
  return fields;
}

}  // namespace tarn::gateway
