#include "tarn/storage/internal/chunk_stats.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <string_view>

#include <parquet/metadata.h>
#include <parquet/schema.h>
#include <parquet/statistics.h>
#include <parquet/types.h>

#include "tarn/iceberg/value.h"

namespace tarn::storage {
namespace {

using iceberg::ColumnStats;
using iceberg::Field;
using iceberg::Type;
using iceberg::TypeId;
using iceberg::Value;

struct Range {
  Value min;
  Value max;
};

bool IsUnsigned(const parquet::ColumnDescriptor& column) {
  const auto& logical = column.logical_type();
  return logical != nullptr && logical->is_int() &&
         !static_cast<const parquet::IntLogicalType&>(*logical).is_signed();
}

parquet::LogicalType::TimeUnit::unit UnitOf(const parquet::ColumnDescriptor& column) {
  const auto& logical = column.logical_type();
  if (logical != nullptr && logical->is_timestamp()) {
    return static_cast<const parquet::TimestampLogicalType&>(*logical).time_unit();
  }
  if (logical != nullptr && logical->is_time()) {
    return static_cast<const parquet::TimeLogicalType&>(*logical).time_unit();
  }
  return parquet::LogicalType::TimeUnit::UNKNOWN;
}

/// How often the target's unit goes into the file's; 0 if it is not a whole number.
int64_t UnitFactor(const parquet::ColumnDescriptor& column, bool to_nanos) {
  switch (UnitOf(column)) {
    case parquet::LogicalType::TimeUnit::MILLIS:
      return to_nanos ? 1'000'000 : 1'000;
    case parquet::LogicalType::TimeUnit::MICROS:
      return to_nanos ? 1'000 : 1;
    case parquet::LogicalType::TimeUnit::NANOS:
      return to_nanos ? 1 : 0;
    default:
      return 0;
  }
}

std::optional<Value> Scaled(int64_t value, int64_t factor) {
  int64_t scaled = 0;
  if (factor == 0 || __builtin_mul_overflow(value, factor, &scaled)) {
    return std::nullopt;
  }
  return scaled;
}

/// An integer of the file as a value of `type`; nullopt if that is not certain.
std::optional<Value> FromInteger(const parquet::ColumnDescriptor& column,
                                 const Type& type, int64_t value) {
  switch (type.id()) {
    case TypeId::kInt:
    case TypeId::kDate:
      return Value(static_cast<int32_t>(value));
    case TypeId::kLong:
      return Value(value);
    case TypeId::kDecimal:
      return Value(static_cast<iceberg::int128_t>(value));
    case TypeId::kTime:
      return Scaled(value, UnitFactor(column, /*to_nanos=*/false));
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
    case TypeId::kTimestampNs:
    case TypeId::kTimestampTzNs: {
      const auto& logical = column.logical_type();
      if (logical != nullptr && logical->is_date()) {
        const auto cast =
            iceberg::CastValue(Type::Date(), type, Value(static_cast<int32_t>(value)));
        return cast.ok() ? std::optional<Value>(*cast) : std::nullopt;
      }
      const bool nanos =
          type.id() == TypeId::kTimestampNs || type.id() == TypeId::kTimestampTzNs;
      return Scaled(value, UnitFactor(column, nanos));
    }
    default:
      return std::nullopt;
  }
}

std::optional<Value> FromBytes(const Type& type, std::string_view bytes) {
  switch (type.id()) {
    case TypeId::kString:
    case TypeId::kBinary:
    case TypeId::kUuid:
    case TypeId::kFixed:
      return Value(std::string(bytes));
    case TypeId::kDecimal: {
      const auto decoded = iceberg::DecimalFromBytes(bytes);
      return decoded.ok() ? std::optional<Value>(*decoded) : std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

/// Writers disagree on zeros: as the lowest one is the negative zero, as the highest the
/// positive one.
std::optional<Value> FromDouble(const Type& type, double value, bool is_min) {
  if (std::isnan(value)) {
    return std::nullopt;
  }
  if (value == 0) {
    value = is_min ? -0.0 : 0.0;
  }
  if (type.id() == TypeId::kDouble) {
    return Value(value);
  }
  return type.id() == TypeId::kFloat ? std::optional<Value>(static_cast<float>(value))
                                     : std::nullopt;
}

std::optional<Range> Both(std::optional<Value> min, std::optional<Value> max) {
  if (!min || !max) {
    return std::nullopt;
  }
  return Range{*std::move(min), *std::move(max)};
}

std::string_view ViewOf(const parquet::ByteArray& value) {
  return {reinterpret_cast<const char*>(value.ptr), value.len};
}

std::optional<Range> RangeOf(const Type& type, const parquet::Statistics& statistics) {
  const parquet::ColumnDescriptor& column = *statistics.descr();
  switch (statistics.physical_type()) {
    case parquet::Type::BOOLEAN: {
      const auto& typed = static_cast<const parquet::BoolStatistics&>(statistics);
      return Range{Value(typed.min()), Value(typed.max())};
    }
    case parquet::Type::INT32: {
      const auto& typed = static_cast<const parquet::Int32Statistics&>(statistics);
      const auto wide = [&](int32_t value) {
        return IsUnsigned(column) ? int64_t{static_cast<uint32_t>(value)}
                                  : int64_t{value};
      };
      return Both(FromInteger(column, type, wide(typed.min())),
                  FromInteger(column, type, wide(typed.max())));
    }
    case parquet::Type::INT64: {
      const auto& typed = static_cast<const parquet::Int64Statistics&>(statistics);
      return Both(FromInteger(column, type, typed.min()),
                  FromInteger(column, type, typed.max()));
    }
    case parquet::Type::FLOAT: {
      const auto& typed = static_cast<const parquet::FloatStatistics&>(statistics);
      return Both(FromDouble(type, typed.min(), true),
                  FromDouble(type, typed.max(), false));
    }
    case parquet::Type::DOUBLE: {
      const auto& typed = static_cast<const parquet::DoubleStatistics&>(statistics);
      return Both(FromDouble(type, typed.min(), true),
                  FromDouble(type, typed.max(), false));
    }
    case parquet::Type::BYTE_ARRAY: {
      const auto& typed = static_cast<const parquet::ByteArrayStatistics&>(statistics);
      return Both(FromBytes(type, ViewOf(typed.min())),
                  FromBytes(type, ViewOf(typed.max())));
    }
    case parquet::Type::FIXED_LEN_BYTE_ARRAY: {
      const auto& typed = static_cast<const parquet::FLBAStatistics&>(statistics);
      const auto length = static_cast<uint32_t>(column.type_length());
      return Both(FromBytes(type, ViewOf({length, typed.min().ptr})),
                  FromBytes(type, ViewOf({length, typed.max().ptr})));
    }
    default:
      return std::nullopt;
  }
}

}  // namespace

Result<std::vector<ColumnStats>> RowGroupStats(const parquet::FileMetaData& footer,
                                               int row_group, const LeafFields& fields) {
  const auto group = footer.RowGroup(row_group);
  std::vector<ColumnStats> result;
  for (const auto& [leaf, field] : fields) {
    const auto chunk = group->ColumnChunk(leaf);
    ColumnStats stats{.field_id = field.id,
                      .column_size = chunk->total_compressed_size(),
                      .value_count = chunk->num_values()};
    const std::shared_ptr<parquet::Statistics> statistics =
        chunk->is_stats_set() ? chunk->statistics() : nullptr;
    if (statistics != nullptr) {
      if (statistics->HasNullCount()) {
        stats.null_count = statistics->null_count();
      }
      const auto range =
          statistics->HasMinMax() ? RangeOf(field.type, *statistics) : std::nullopt;
      if (range) {
        stats.lower_bound = iceberg::ValueToBytes(field.type, range->min);
        stats.upper_bound = iceberg::ValueToBytes(field.type, range->max);
      }
    }
    result.push_back(std::move(stats));
  }
  std::sort(result.begin(), result.end(),
            [](const auto& a, const auto& b) { return a.field_id < b.field_id; });
  return result;
}

}  // namespace tarn::storage
