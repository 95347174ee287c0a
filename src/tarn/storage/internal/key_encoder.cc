#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "tarn/iceberg/value.h"
#include "tarn/storage/internal/key_text.h"
#include "tarn/storage/internal/leaf_column.h"
#include "tarn/storage/internal/row_key.h"
#include "tarn/storage/internal/sort_key.h"

namespace tarn::storage {
namespace {

using iceberg::TypeId;
using Uint128 = unsigned __int128;

constexpr int64_t kMicrosPerDay = int64_t{86'400} * 1'000'000;
constexpr int64_t kHoursPerDay = 24;

template <typename Unsigned>
Unsigned FlipSign(Unsigned bits) {
  return bits ^ (Unsigned{1} << (sizeof(Unsigned) * 8 - 1));
}

template <typename Unsigned>
Unsigned BigEndian(Unsigned bits) {
  if constexpr (sizeof(Unsigned) == 1) {
    return bits;
  } else if constexpr (sizeof(Unsigned) == 4) {
    return __builtin_bswap32(bits);
  } else if constexpr (sizeof(Unsigned) == 8) {
    return __builtin_bswap64(bits);
  } else {
    const auto low = static_cast<uint64_t>(bits);
    const auto high = static_cast<uint64_t>(bits >> 64U);
    return (static_cast<Uint128>(__builtin_bswap64(low)) << 64U) |
           __builtin_bswap64(high);
  }
}

/// NaN, whatever its bits, is above all numbers, and -0.0 below +0.0.
template <typename Unsigned, typename Float>
Unsigned FloatBits(Float value) {
  if (std::isnan(value)) {
    value = std::numeric_limits<Float>::quiet_NaN();  // with a positive sign
  }
  const auto bits = std::bit_cast<Unsigned>(value);
  return (bits >> (sizeof(Unsigned) * 8 - 1)) != 0 ? ~bits : FlipSign(bits);
}

int64_t FloorDivide(int64_t value, int64_t divisor) {
  return value / divisor - (value % divisor < 0 ? 1 : 0);
}

/// Months since 1970-01 of a day since the epoch: the civil calendar counted in eras of
/// 400 years that begin in March.
int64_t MonthOfDay(int64_t day) {
  const int64_t shifted = day + 719'468;
  const int64_t era = FloorDivide(shifted, 146'097);
  const int64_t in_era = shifted - era * 146'097;
  const int64_t year_in_era =
      (in_era - in_era / 1'460 + in_era / 36'524 - in_era / 146'096) / 365;
  const int64_t in_year =
      in_era - (365 * year_in_era + year_in_era / 4 - year_in_era / 100);
  const int64_t from_march = (5 * in_year + 2) / 153;
  return (era * 400 + year_in_era - 1970) * 12 + from_march + 2;
}

int64_t UnitsPerDay(TypeId type) {
  switch (type) {
    case TypeId::kDate:
      return 1;
    case TypeId::kTimestampNs:
    case TypeId::kTimestampTzNs:
      return kMicrosPerDay * 1'000;
    default:
      return kMicrosPerDay;
  }
}

/// Where the bytes of one part go.
struct PartColumn {
  const KeyPart& part;
  const arrow::Array& column;
  uint8_t* first;  // of the part in the first key
  size_t stride;   // to the next key

  bool descending() const {
    return part.direction == iceberg::SortDirection::kDescending;
  }
  void PutNull(uint8_t* at) const {
    at[0] = part.nulls == iceberg::NullOrder::kNullsFirst ? 0 : 2;
  }

  /// `get(row)` gives the bits of a value that order as unsigned numbers do.
  template <typename Unsigned, typename Get>
  void PutNumbers(Get get) const {
    const auto mask = descending() ? static_cast<Unsigned>(~Unsigned{0}) : Unsigned{0};
    const bool has_nulls = column.null_count() > 0;
    uint8_t* at = first;
    for (int64_t row = 0; row < column.length(); ++row, at += stride) {
      if (has_nulls && column.IsNull(row)) {
        PutNull(at);
        continue;
      }
      at[0] = 1;
      const Unsigned bits = BigEndian(static_cast<Unsigned>(get(row) ^ mask));
      std::memcpy(at + 1, &bits, sizeof(bits));
    }
  }

  /// `get(row)` gives a view; `bytes` of it go into the key, and its length if it is
  /// text.
  template <typename Get>
  void PutBytes(Get get) const {
    const size_t bytes = part.is_text ? KeyPart::kTextBytes : part.end - part.begin - 1;
    const uint8_t mask = descending() ? 0xff : 0;
    const bool has_nulls = column.null_count() > 0;
    uint8_t* at = first;
    for (int64_t row = 0; row < column.length(); ++row, at += stride) {
      if (has_nulls && column.IsNull(row)) {
        PutNull(at);
        continue;
      }
      const std::string_view value = get(row);
      at[0] = 1;
      std::copy_n(value.data(), std::min(value.size(), bytes), at + 1);
      if (part.is_text) {
        at[bytes + 1] = static_cast<uint8_t>(std::min(value.size(), bytes + 1));
      }
      for (uint8_t* byte = at + 1; mask != 0 && byte < at + (part.end - part.begin);
           ++byte) {
        *byte = static_cast<uint8_t>(*byte ^ mask);
      }
    }
  }
};

/// Any transform of any type, a value at a time. Not for text.
void PutValues(const PartColumn& to) {
  std::string key;
  uint8_t* at = to.first;
  for (int64_t row = 0; row < to.column.length(); ++row, at += to.stride) {
    key.clear();
    AppendSortKey(to.part.result,
                  iceberg::ApplyTransform(to.part.transform, to.part.source,
                                          ValueAt(to.column, row)),
                  to.part.direction, to.part.nulls, &key);
    // Decimals that fit take their low half: what is above only repeats the sign.
    const size_t wanted = to.part.end - to.part.begin;
    if (key.size() > wanted) {
      const char sign = key[1];
      key.erase(1, key.size() - wanted);
      key[1] = static_cast<char>((key[1] & 0x7f) | (sign & 0x80));
    }
    std::memcpy(at, key.data(), key.size());
  }
}

int64_t BucketOf(uint32_t hash, int32_t num_buckets) {
  return static_cast<int32_t>(hash & 0x7fff'ffffU) % num_buckets;
}

/// A transform of whole numbers as a function of them; false if it is none of those.
template <typename Visitor>
bool VisitIntegerTransform(const KeyPart& part, Visitor visit) {
  const int64_t per_day = UnitsPerDay(part.source.id());
  if (std::holds_alternative<iceberg::Identity>(part.transform)) {
    visit([](int64_t value) { return value; });
  } else if (const auto* truncate = std::get_if<iceberg::Truncate>(&part.transform)) {
    const int64_t width = truncate->width;
    visit([width](int64_t value) {
      // Wraps around where the result is below the smallest number.
      const int64_t over = ((value % width) + width) % width;
      return static_cast<int64_t>(static_cast<uint64_t>(value) -
                                  static_cast<uint64_t>(over));
    });
  } else if (std::holds_alternative<iceberg::Day>(part.transform)) {
    visit([per_day](int64_t value) { return FloorDivide(value, per_day); });
  } else if (std::holds_alternative<iceberg::Hour>(part.transform)) {
    const int64_t per_hour = per_day / kHoursPerDay;
    visit([per_hour](int64_t value) { return FloorDivide(value, per_hour); });
  } else if (std::holds_alternative<iceberg::Month>(part.transform)) {
    visit([per_day](int64_t value) { return MonthOfDay(FloorDivide(value, per_day)); });
  } else if (std::holds_alternative<iceberg::Year>(part.transform)) {
    visit([per_day](int64_t value) {
      return FloorDivide(MonthOfDay(FloorDivide(value, per_day)), 12);
    });
  } else if (const auto* bucket = std::get_if<iceberg::Bucket>(&part.transform)) {
    const bool is_int =
        part.source.id() == TypeId::kInt || part.source.id() == TypeId::kDate;
    visit([&part, is_int, num_buckets = bucket->num_buckets](int64_t value) {
      const iceberg::Value source =
          is_int ? iceberg::Value(static_cast<int32_t>(value)) : iceberg::Value(value);
      return BucketOf(static_cast<uint32_t>(iceberg::HashValue(part.source, source)),
                      num_buckets);
    });
  } else {
    return false;
  }
  return true;
}

template <typename Integer>
void PutIntegers(const PartColumn& to) {
  const auto* values = to.column.data()->GetValues<Integer>(1);
  const bool wide = to.part.end - to.part.begin == 1 + sizeof(uint64_t);
  const bool known = VisitIntegerTransform(to.part, [&](auto transform) {
    if (wide) {
      to.PutNumbers<uint64_t>([&](int64_t row) {
        return FlipSign(static_cast<uint64_t>(transform(values[row])));
      });
    } else {
      to.PutNumbers<uint32_t>([&](int64_t row) {
        return FlipSign(static_cast<uint32_t>(transform(values[row])));
      });
    }
  });
  if (!known) {
    PutValues(to);
  }
}

void PutDecimals(const PartColumn& to) {
  const auto* words = reinterpret_cast<const uint64_t*>(
      static_cast<const arrow::FixedSizeBinaryArray&>(to.column).raw_values());
  if (!std::holds_alternative<iceberg::Identity>(to.part.transform)) {
    PutValues(to);
  } else if (to.part.end - to.part.begin == 1 + sizeof(uint64_t)) {
    to.PutNumbers<uint64_t>([&](int64_t row) { return FlipSign(words[2 * row]); });
  } else {
    to.PutNumbers<Uint128>([&](int64_t row) {
      return FlipSign((static_cast<Uint128>(words[2 * row + 1]) << 64U) | words[2 * row]);
    });
  }
}

void PutTexts(const PartColumn& to) {
  const auto text = [&](int64_t row) { return KeyTextAt(to.part, to.column, row); };
  if (const auto* bucket = std::get_if<iceberg::Bucket>(&to.part.transform)) {
    to.PutNumbers<uint32_t>([&](int64_t row) {
      return FlipSign(static_cast<uint32_t>(
          BucketOf(iceberg::Murmur3(text(row)), bucket->num_buckets)));
    });
  } else {
    to.PutBytes(text);
  }
}

void PutFloats(const PartColumn& to) {
  if (to.column.type_id() == arrow::Type::FLOAT) {
    const float* values = static_cast<const arrow::FloatArray&>(to.column).raw_values();
    to.PutNumbers<uint32_t>(
        [&](int64_t row) { return FloatBits<uint32_t>(values[row]); });
    return;
  }
  const double* values = static_cast<const arrow::DoubleArray&>(to.column).raw_values();
  to.PutNumbers<uint64_t>([&](int64_t row) { return FloatBits<uint64_t>(values[row]); });
}

void PutPart(const PartColumn& to) {
  switch (to.column.type_id()) {
    case arrow::Type::INT32:
    case arrow::Type::DATE32:
      return PutIntegers<int32_t>(to);
    case arrow::Type::INT64:
    case arrow::Type::TIME64:
    case arrow::Type::TIMESTAMP:
      return PutIntegers<int64_t>(to);
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE:
      return PutFloats(to);
    case arrow::Type::DECIMAL128:
      return PutDecimals(to);
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
    case arrow::Type::FIXED_SIZE_BINARY:
      return PutTexts(to);
    default:
      return PutValues(to);
  }
}

}  // namespace

std::string_view KeyTextAt(const KeyPart& part, const arrow::Array& column, int64_t row) {
  const std::string_view value =
      column.type_id() == arrow::Type::FIXED_SIZE_BINARY
          ? static_cast<const arrow::FixedSizeBinaryArray&>(column).GetView(row)
          : static_cast<const arrow::BinaryArray&>(column).GetView(row);
  const auto* truncate = std::get_if<iceberg::Truncate>(&part.transform);
  if (truncate == nullptr || value.size() <= static_cast<size_t>(truncate->width)) {
    return value;
  }
  if (part.source.id() != TypeId::kString) {
    return value.substr(0, static_cast<size_t>(truncate->width));
  }
  size_t end = 0;  // behind as many code points
  for (int32_t i = 0; i < truncate->width && end < value.size(); ++i) {
    ++end;
    while (end < value.size() && (static_cast<uint8_t>(value[end]) & 0xc0) == 0x80) {
      ++end;
    }
  }
  return value.substr(0, end);
}

Result<BatchKeys> EncodeKeys(const KeyPlan& plan, const arrow::RecordBatch& batch) {
  BatchKeys keys;
  keys.bytes.resize(static_cast<size_t>(batch.num_rows()) * plan.key_bytes());
  for (const KeyPart& part : plan.parts()) {
    ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<arrow::Array> column,
                          LeafColumn(batch, part.path));
    if (batch.num_rows() > 0) {
      PutPart({.part = part,
               .column = *column,
               .first = keys.bytes.data() + part.begin,
               .stride = plan.key_bytes()});
    }
    if (part.is_text) {
      keys.texts.push_back(column);
    }
  }
  return keys;
}

}  // namespace tarn::storage
