// What the files of a snapshot add up to: by kind, by size and by partition.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/iceberg/partition_spec.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/table/context.h"

namespace tarn::gateway {

struct FileSums {
  int64_t files = 0;
  int64_t rows = 0;  // of delete files: rows that they delete
  int64_t bytes = 0;

  void Add(int64_t file_rows, int64_t file_bytes) {
    ++files;
    rows += file_rows;
    bytes += file_bytes;
  }
};

struct PartitionFigures {
  iceberg::SpecId spec_id;
  iceberg::PartitionTuple values;  // in the types that the spec has today
  FileSums data;
  FileSums small;  // of `data`: files below kSmallShare of the target
  FileSums deletes;
  std::optional<std::chrono::milliseconds> updated_at = {};

  /// How many files fewer there would be if the small ones were put together.
  int64_t FilesSaved(int64_t target_bytes) const;
};

/// As compaction has it: smaller files are worth rewriting.
inline constexpr double kSmallShare = 0.75;

struct FileFigures {
  FileSums data;
  FileSums position_deletes;
  FileSums deletion_vectors;
  FileSums equality_deletes;
  /// Data files of [2^i, 2^(i+1)) bytes.
  std::array<FileSums, 63> by_size = {};
  int64_t target_bytes = 0;  // of a data file
  std::vector<PartitionFigures> partitions;
  /// False: there were more files or partitions than are looked at, or no time for them.
  bool is_complete = true;

  FileSums Small() const;
  int64_t FilesSaved() const;
};

struct FileFiguresLimits {
  int64_t files_max = 2'000'000;
  size_t partitions_max = 100'000;
  std::chrono::milliseconds time_max{10'000};
};

/// Errors: kInvalidData, those of FileIO.
Result<FileFigures> FileFiguresOf(const table::Context& context,
                                  const iceberg::TableMetadata& metadata,
                                  const iceberg::Snapshot& snapshot,
                                  const FileFiguresLimits& limits = {});

/// [{"name": "day", "value": "2026-01-31"}]; a null is null.
Json PartitionJson(const iceberg::TableMetadata& metadata, iceberg::SpecId spec_id,
                   const iceberg::PartitionTuple& values);

/// What the manifest holds in the types that the spec has today. Errors: kInvalidData.
Result<iceberg::PartitionTuple> NormalPartition(const iceberg::TableMetadata& metadata,
                                                iceberg::SpecId spec_id,
                                                iceberg::PartitionTuple values);

}  // namespace tarn::gateway
