// The spec's identifiers, one type each. Field ids stay plain int32: they are keys of
// almost every map in the format and of Parquet, Avro and Arrow alike.
#pragma once

#include <cstdint>

#include "tarn/base/strong_id.h"

namespace tarn::iceberg {

struct SnapshotId : StrongId<SnapshotId, int64_t> {};
struct SequenceNumber : StrongId<SequenceNumber, int64_t> {};
struct SchemaId : StrongId<SchemaId, int32_t> {};
struct SpecId : StrongId<SpecId, int32_t> {};
struct SortOrderId : StrongId<SortOrderId, int32_t> {};

using FieldId = int32_t;

/// Ids above this one are reserved for metadata columns (spec: Reserved Field IDs).
inline constexpr FieldId kMaxUserFieldId = 2147483447;
/// Partition field ids count from 1000; 999 is `last-partition-id` of an unpartitioned
/// table.
inline constexpr FieldId kFirstPartitionFieldId = 1000;

}  // namespace tarn::iceberg
