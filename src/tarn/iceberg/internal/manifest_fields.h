// The fields of manifest entries that we know, and what their values may be (spec:
// Manifests, manifest_entry and data_file).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tarn/iceberg/avro/decoder.h"
#include "tarn/iceberg/data_file.h"
#include "tarn/iceberg/internal/manifest_plan.h"

namespace tarn::iceberg::internal {

enum EntryOp : uint8_t { kStatus = 1, kSnapshotId, kSequence, kFileSequence, kDataFile };

inline constexpr std::array<KnownField, 5> kEntryFields = {{
    {0, "status", kStatus, Shape::kInteger, true},
    {1, "snapshot_id", kSnapshotId, Shape::kInteger},
    {3, "sequence_number", kSequence, Shape::kInteger},
    {4, "file_sequence_number", kFileSequence, Shape::kInteger},
    {2, "data_file", kDataFile, Shape::kRecord, true},
}};

enum FileOp : uint8_t {
  kContent = 1,
  kFilePath,
  kFileFormat,
  kPartition,
  kRecordCount,
  kFileSize,
  kColumnSizes,
  kValueCounts,
  kNullCounts,
  kNanCounts,
  kLowerBounds,
  kUpperBounds,
  kKeyMetadata,
  kSplitOffsets,
  kEqualityIds,
  kSortOrderId,
  kFirstRowId,
  kReferencedDataFile,
  kContentOffset,
  kContentSize,
};

inline constexpr std::array<KnownField, 20> kFileFields = {{
    {134, "content", kContent, Shape::kInteger},
    {100, "file_path", kFilePath, Shape::kText, true},
    {101, "file_format", kFileFormat, Shape::kText, true},
    {102, "partition", kPartition, Shape::kRecord},
    {103, "record_count", kRecordCount, Shape::kInteger, true},
    {104, "file_size_in_bytes", kFileSize, Shape::kInteger, true},
    {108, "column_sizes", kColumnSizes, Shape::kIntegerPairs},
    {109, "value_counts", kValueCounts, Shape::kIntegerPairs},
    {110, "null_value_counts", kNullCounts, Shape::kIntegerPairs},
    {137, "nan_value_counts", kNanCounts, Shape::kIntegerPairs},
    {125, "lower_bounds", kLowerBounds, Shape::kTextPairs},
    {128, "upper_bounds", kUpperBounds, Shape::kTextPairs},
    {131, "key_metadata", kKeyMetadata, Shape::kText},
    {132, "split_offsets", kSplitOffsets, Shape::kIntegers},
    {135, "equality_ids", kEqualityIds, Shape::kIntegers},
    {140, "sort_order_id", kSortOrderId, Shape::kInteger},
    {142, "first_row_id", kFirstRowId, Shape::kInteger},
    {143, "referenced_data_file", kReferencedDataFile, Shape::kText},
    {144, "content_offset", kContentOffset, Shape::kInteger},
    {145, "content_size_in_bytes", kContentSize, Shape::kInteger},
}};

/// No table has as many columns; bounds what one entry may take.
inline constexpr size_t kColumnsMax = 1 << 20;

/// The file formats by name, in any case.
inline bool ReadFormat(std::string_view name, FileFormat* format) {
  auto is = [&](std::string_view upper) {
    return std::equal(name.begin(), name.end(), upper.begin(), upper.end(),
                      [](char a, char b) { return a == b || a == (b | 0x20); });
  };
  if (is("PARQUET")) {
    *format = FileFormat::kParquet;
  } else if (is("AVRO")) {
    *format = FileFormat::kAvro;
  } else if (is("ORC")) {
    *format = FileFormat::kOrc;
  } else if (is("PUFFIN")) {
    *format = FileFormat::kPuffin;
  } else {
    return false;
  }
  return true;
}

inline int64_t ReadSize(avro::Decoder* decoder) {
  int64_t value = decoder->Long();
  if (value < 0) {
    decoder->Fail("a file's record count or size is negative");
  }
  return value;
}

}  // namespace tarn::iceberg::internal
