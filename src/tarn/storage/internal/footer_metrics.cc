#include "tarn/storage/internal/footer_metrics.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <arrow/util/decimal.h>
#include <parquet/metadata.h>
#include <parquet/schema.h>
#include <parquet/statistics.h>

#include "tarn/iceberg/bounds.h"
#include "tarn/iceberg/value.h"
#include "tarn/storage/internal/geo_bounds.h"

namespace tarn::storage {
namespace {

using iceberg::ColumnStats;
using iceberg::FieldId;
using iceberg::Type;
using iceberg::TypeId;
using iceberg::Value;

struct Range {
  Value min;
  Value max;
};

/// What the row groups of one column add up to.
struct ColumnTotals {
  int64_t size = 0;
  int64_t values = 0;
  std::optional<int64_t> nulls = 0;  // unset once a row group does not say
  std::optional<Range> range = {};   // over the row groups seen
  bool range_known = true;           // false once a row group has values and no range
  GeoBounds box = {};                // of a geometry column
  ByteRange bytes = {};              // of a string or binary column, as the footer has it
  bool lacks_bytes = false;          // of a row group that has values
};

Value FromInt32(const Type& type, int32_t value) {
  if (type.id() == TypeId::kDecimal) {
    return static_cast<iceberg::int128_t>(value);
  }
  return value;
}

Value FromInt64(const Type& type, int64_t value) {
  if (type.id() == TypeId::kDecimal) {
    return static_cast<iceberg::int128_t>(value);
  }
  return value;
}

std::optional<Value> FromFixed(const Type& type, const parquet::FLBA& value,
                               int32_t length) {
  if (type.id() != TypeId::kDecimal) {
    return std::nullopt;
  }
  const auto decoded = iceberg::DecimalFromBytes(std::string_view(
      reinterpret_cast<const char*>(value.ptr), static_cast<size_t>(length)));
  if (!decoded.ok()) {
    return std::nullopt;
  }
  return *decoded;
}

/// Smallest and largest value as the footer holds them; nullopt for types whose range we
/// find ourselves. Floats: Parquet leaves NaN out and writes zeros as -0.0 (min) and +0.0
/// (max), as the spec wants.
std::optional<Range> RangeOf(const Type& type, const parquet::Statistics& statistics) {
  switch (statistics.physical_type()) {
    case parquet::Type::BOOLEAN: {
      const auto& typed = static_cast<const parquet::BoolStatistics&>(statistics);
      return Range{typed.min(), typed.max()};
    }
    case parquet::Type::INT32: {
      const auto& typed = static_cast<const parquet::Int32Statistics&>(statistics);
      return Range{FromInt32(type, typed.min()), FromInt32(type, typed.max())};
    }
    case parquet::Type::INT64: {
      const auto& typed = static_cast<const parquet::Int64Statistics&>(statistics);
      return Range{FromInt64(type, typed.min()), FromInt64(type, typed.max())};
    }
    case parquet::Type::FLOAT: {
      const auto& typed = static_cast<const parquet::FloatStatistics&>(statistics);
      return Range{typed.min(), typed.max()};
    }
    case parquet::Type::DOUBLE: {
      const auto& typed = static_cast<const parquet::DoubleStatistics&>(statistics);
      return Range{typed.min(), typed.max()};
    }
    case parquet::Type::FIXED_LEN_BYTE_ARRAY: {
      const auto& typed = static_cast<const parquet::FLBAStatistics&>(statistics);
      const int32_t length = statistics.descr()->type_length();
      const auto min = FromFixed(type, typed.min(), length);
      const auto max = FromFixed(type, typed.max(), length);
      if (!min || !max) {
        return std::nullopt;
      }
      return Range{*min, *max};
    }
    default:
      return std::nullopt;
  }
}

void AddRange(const Type& type, const Range& range, ColumnTotals* totals) {
  if (!totals->range) {
    totals->range = range;
    return;
  }
  if (iceberg::CompareValues(type, range.min, totals->range->min) < 0) {
    totals->range->min = range.min;
  }
  if (iceberg::CompareValues(type, range.max, totals->range->max) > 0) {
    totals->range->max = range.max;
  }
}

bool IsBytes(const Type& type) {
  return type.id() == TypeId::kString || type.id() == TypeId::kBinary ||
         type.id() == TypeId::kFixed || type.id() == TypeId::kUuid;
}

/// The footer leaves out a smallest or largest value that is long.
void AddByteRange(const parquet::EncodedStatistics& statistics, bool has_values,
                  ColumnTotals* totals) {
  if (statistics.has_min) {
    totals->bytes.AddMin(statistics.min());
  }
  if (statistics.has_max) {
    totals->bytes.AddMax(statistics.max());
  }
  totals->lacks_bytes =
      totals->lacks_bytes || (has_values && !(statistics.has_min && statistics.has_max));
}

void AddChunk(const Type& type, const parquet::ColumnChunkMetaData& chunk,
              ColumnTotals* totals) {
  totals->size += chunk.total_compressed_size();
  totals->box.Add(type, chunk);
  totals->values += chunk.num_values();
  const std::shared_ptr<parquet::Statistics> statistics =
      chunk.is_stats_set() ? chunk.statistics() : nullptr;
  if (statistics == nullptr || !statistics->HasNullCount()) {
    totals->nulls = std::nullopt;
    totals->range_known = false;
    totals->lacks_bytes = true;
    return;
  }
  if (totals->nulls) {
    *totals->nulls += statistics->null_count();
  }
  if (IsBytes(type)) {
    AddByteRange(*chunk.encoded_statistics(),
                 statistics->null_count() < chunk.num_values(), totals);
    return;
  }
  const std::optional<Range> range =
      statistics->HasMinMax() ? RangeOf(type, *statistics) : std::nullopt;
  if (range) {
    AddRange(type, *range, totals);
    return;
  }
  // Without a range the row group holds nulls only, or NaN only.
  const bool may_be_nan = type.id() == TypeId::kFloat || type.id() == TypeId::kDouble;
  if (statistics->null_count() < chunk.num_values() && !may_be_nan) {
    totals->range_known = false;
  }
}

/// Bounds of a string or binary column, cut as `mode` says.
void SetByteBounds(const Type& type, const MetricsMode& mode, const ByteRange& range,
                   ColumnStats* stats) {
  const bool is_text = type.id() == TypeId::kString;
  // uuid and fixed are never cut: a bound of another length is not a value of the type.
  const bool whole = mode.kind == MetricsMode::Kind::kFull ||
                     type.id() == TypeId::kUuid || type.id() == TypeId::kFixed;
  if (!range.has_value()) {
    return;
  }
  if (whole) {
    stats->lower_bound = range.min();
    stats->upper_bound = range.max();
    return;
  }
  stats->lower_bound = is_text ? iceberg::TruncatedLowerString(range.min(), mode.width)
                               : iceberg::TruncatedLowerBinary(range.min(), mode.width);
  stats->upper_bound = is_text ? iceberg::TruncatedUpperString(range.max(), mode.width)
                               : iceberg::TruncatedUpperBinary(range.max(), mode.width);
}

ColumnStats StatsOf(const iceberg::Field& field, const ColumnTotals& totals,
                    const MetricsMode& mode, bool through_structs,
                    const ScannedColumn* scanned) {
  ColumnStats stats{.field_id = field.id, .column_size = totals.size};
  if (!mode.has_counts()) {
    return stats;
  }
  stats.value_count = totals.values;
  stats.null_count = totals.nulls;
  const TypeId type = field.type.id();
  if (type == TypeId::kFloat || type == TypeId::kDouble) {
    stats.nan_count = scanned == nullptr ? 0 : scanned->nan_count;
  }
  if (!mode.has_bounds() || !through_structs) {
    return stats;
  }
  if (IsBytes(field.type)) {
    ByteRange range = totals.bytes;
    const bool was_scanned = scanned != nullptr && scanned->range.has_value();
    if (was_scanned) {
      range.AddMin(scanned->range.min());
      range.AddMax(scanned->range.max());
    }
    // What the footer left out is among the values that were scanned.
    if (was_scanned || !totals.lacks_bytes) {
      SetByteBounds(field.type, mode, range, &stats);
    }
  } else if (type == TypeId::kGeometry) {
    stats.lower_bound = totals.box.lower();
    stats.upper_bound = totals.box.upper();
  } else if (totals.range && totals.range_known) {
    stats.lower_bound = iceberg::ValueToBytes(field.type, totals.range->min);
    stats.upper_bound = iceberg::ValueToBytes(field.type, totals.range->max);
  }
  return stats;
}

}  // namespace

Result<std::vector<ColumnStats>> ColumnStatsOf(
    const parquet::FileMetaData& footer, const iceberg::Schema& schema,
    const std::unordered_map<FieldId, MetricsMode>& modes,
    const ValueScanPlan::Columns& scanned) {
  std::map<FieldId, ColumnTotals> columns;
  for (int column = 0; column < footer.num_columns(); ++column) {
    const FieldId id = footer.schema()->Column(column)->schema_node()->field_id();
    const iceberg::Field* field = schema.FindById(id);
    if (field == nullptr) {
      continue;
    }
    ColumnTotals& totals = columns[id];
    for (int group = 0; group < footer.num_row_groups(); ++group) {
      AddChunk(field->type, *footer.RowGroup(group)->ColumnChunk(column), &totals);
    }
  }
  std::vector<ColumnStats> result;
  result.reserve(columns.size());
  for (const auto& [id, totals] : columns) {
    const auto mode = modes.find(id);
    const auto seen = scanned.find(id);
    result.push_back(StatsOf(*schema.FindById(id), totals,
                             mode == modes.end() ? MetricsMode{} : mode->second,
                             schema.IsReachableByStructs(id),
                             seen == scanned.end() ? nullptr : &seen->second));
  }
  return result;
}

std::vector<int64_t> SplitOffsetsOf(const parquet::FileMetaData& footer) {
  std::vector<int64_t> offsets;
  for (int group = 0; group < footer.num_row_groups(); ++group) {
    const auto chunk = footer.RowGroup(group)->ColumnChunk(0);
    int64_t offset = chunk->data_page_offset();
    if (chunk->has_dictionary_page() && chunk->dictionary_page_offset() > 0) {
      offset = std::min(offset, chunk->dictionary_page_offset());
    }
    offsets.push_back(offset);
  }
  std::sort(offsets.begin(), offsets.end());
  return offsets;
}

}  // namespace tarn::storage
