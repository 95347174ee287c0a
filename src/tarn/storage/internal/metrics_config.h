// Which statistics of a column go into manifests (write.metadata.metrics.*).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>

#include "tarn/base/result.h"
#include "tarn/iceberg/sort_order.h"
#include "tarn/iceberg/table_metadata.h"

namespace tarn::storage {

struct MetricsMode {
  enum class Kind : uint8_t { kNone, kCounts, kTruncate, kFull };

  Kind kind = Kind::kTruncate;
  int32_t width = 16;  // code points or bytes, for kTruncate

  bool has_counts() const { return kind != Kind::kNone; }
  bool has_bounds() const { return kind == Kind::kTruncate || kind == Kind::kFull; }
  bool operator==(const MetricsMode&) const = default;
};

/// Reads "none", "counts", "truncate(16)", "full", in any case. Errors: kInvalidArgument.
Result<MetricsMode> MetricsModeFromString(const std::string& text);

/// The mode of every primitive column of the current schema:
/// write.metadata.metrics.column.<name>, else write.metadata.metrics.default, else
/// truncate(16) for the first write.metadata.metrics.max-inferred-column-defaults (100)
/// columns, outer ones before nested ones, and none for the rest. Columns whose order the
/// sort order keeps have bounds unless their own property says otherwise. Errors:
/// kInvalidArgument with the property.
Result<std::unordered_map<iceberg::FieldId, MetricsMode>> MetricsModesOf(
    const iceberg::TableMetadata& metadata);

}  // namespace tarn::storage
