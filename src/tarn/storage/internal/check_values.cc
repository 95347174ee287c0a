#include "tarn/storage/internal/check_values.h"

#include <algorithm>
#include <cstring>
#include <string>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/util/bit_block_counter.h>
#include <arrow/util/utf8.h>
#include <fmt/format.h>

#include "tarn/storage/internal/map_keys.h"

namespace tarn::storage {
namespace {

using iceberg::Field;
using iceberg::int128_t;
using iceberg::Type;
using iceberg::TypeId;
__extension__ using uint128_t = unsigned __int128;

constexpr int64_t kDayMicros = int64_t{86'400} * 1'000'000;

/// True if values of `field`, or below it, can break a rule.
bool MustLook(const Field& field) {
  if (field.required) {
    return true;
  }
  switch (field.type.id()) {
    case TypeId::kDecimal:
    case TypeId::kString:
    case TypeId::kTime:
    case TypeId::kVariant:
    case TypeId::kMap:
      return true;
    default:
      return std::ranges::any_of(field.type.fields(), MustLook);
  }
}

/// Adds the values of `array` that are there and that `is_bad(i)`. Only called when a
/// check over the whole array has failed.
template <typename IsBad, typename Problem>
void AddEach(const Place& place, const arrow::Array& array, const IsBad& is_bad,
             const Problem& problem, BadRows* bad) {
  for (int64_t i = 0; i < array.length(); ++i) {
    if (is_bad(i) && Counts(place, i)) {
      bad->Add(place, i, [&] { return problem(i); });
    }
  }
}

/// True if each null of `array` sits in a null struct.
bool NullsAreInherited(const Place& place, const arrow::Array& array) {
  if (place.kind != Place::Kind::kField || place.above->null_bitmap_data() == nullptr) {
    return false;
  }
  arrow::internal::BinaryBitBlockCounter own(
      place.above->null_bitmap_data(), place.above->offset(), array.null_bitmap_data(),
      array.offset(), array.length());
  for (int64_t i = 0; i < array.length();) {
    const arrow::internal::BitBlockCount block = own.NextAndNotWord();
    if (block.popcount > 0) {
      return false;
    }
    i += block.length;
  }
  return true;
}

void CheckNulls(const Place& place, const arrow::Array& array, const Type& type,
                BadRows* bad) {
  if (array.type_id() != arrow::Type::NA &&
      (array.null_count() == 0 || NullsAreInherited(place, array))) {
    return;
  }
  AddEach(
      place, array, [&](int64_t i) { return array.IsNull(i); },
      [&](int64_t) {
        return place.kind == Place::Kind::kKey
                   ? std::string("a map's key is null")
                   : fmt::format("null, but {} is required there", type.ToString());
      },
      bad);
}

int128_t PowerOfTen(int exponent) {
  int128_t power = 1;
  for (int i = 0; i < exponent; ++i) {
    power *= 10;
  }
  return power;
}

/// Decimals of up to this many digits fit in 64 bits, which are checked in half the time.
constexpr int32_t kLongDigits = 18;

/// True if no value is larger than `largest` or smaller than its negative.
bool AllFitInLong(const arrow::Decimal128Array& values, uint64_t largest) {
  uint64_t wrong = 0;
  for (int64_t i = 0; i < values.length(); ++i) {
    uint64_t halves[2];  // low, high
    std::memcpy(halves, values.GetValue(i), sizeof(halves));
    const auto sign = static_cast<uint64_t>(static_cast<int64_t>(halves[0]) >> 63);
    wrong |= halves[1] ^ sign;
    wrong |= static_cast<uint64_t>(halves[0] + largest > 2 * largest);
  }
  return wrong == 0;
}

void CheckDecimals(const Place& place, const arrow::Array& array, const Type& type,
                   BadRows* bad) {
  const auto& values = static_cast<const arrow::Decimal128Array&>(array);
  const auto largest = static_cast<uint128_t>(PowerOfTen(type.precision()) - 1);
  const auto fits = [&](int64_t i) {
    uint128_t value;
    std::memcpy(&value, values.GetValue(i), sizeof(value));
    return value + largest <= 2 * largest;  // unsigned: both ends at once
  };
  bool all_fit = true;
  if (type.precision() <= kLongDigits) {
    all_fit = AllFitInLong(values, static_cast<uint64_t>(largest));
  } else {
    for (int64_t i = 0; i < array.length(); ++i) {
      all_fit &= fits(i);
    }
  }
  if (all_fit) {
    return;
  }
  AddEach(
      place, array, [&](int64_t i) { return array.IsValid(i) && !fits(i); },
      [&](int64_t i) {
        return fmt::format("{} has more digits than {} holds", ValueText(array, i),
                           type.ToString());
      },
      bad);
}

void CheckTimes(const Place& place, const arrow::Array& array, BadRows* bad) {
  const auto& values = static_cast<const arrow::Time64Array&>(array);
  const auto fits = [&](int64_t i) {
    return static_cast<uint64_t>(values.Value(i)) < static_cast<uint64_t>(kDayMicros);
  };
  bool all_fit = true;
  for (int64_t i = 0; i < array.length(); ++i) {
    all_fit &= fits(i);
  }
  if (all_fit) {
    return;
  }
  AddEach(
      place, array, [&](int64_t i) { return array.IsValid(i) && !fits(i); },
      [&](int64_t i) {
        return fmt::format("{} microseconds are not a time of day (0 to {})",
                           values.Value(i), kDayMicros - 1);
      },
      bad);
}

bool IsAscii(const uint8_t* bytes, int64_t length) {
  constexpr int64_t kWord = sizeof(uint64_t);
  uint64_t seen = 0;
  int64_t i = 0;
  for (; i + kWord <= length; i += kWord) {
    uint64_t word;
    std::memcpy(&word, bytes + i, sizeof(word));
    seen |= word;
  }
  for (; i < length; ++i) {
    seen |= bytes[i];
  }
  return (seen & 0x8080808080808080) == 0;
}

/// True if the bytes of all texts together are UTF-8 and no text begins amid a character.
bool IsAllUtf8(const arrow::StringArray& texts) {
  const int32_t* offsets = texts.raw_value_offsets();
  const int64_t length = texts.length();
  const uint8_t* data = texts.raw_data();
  if (length == 0 || offsets[length] == offsets[0]) {
    return true;
  }
  const int64_t num_bytes = offsets[length] - offsets[0];
  if (IsAscii(data + offsets[0], num_bytes)) {
    return true;
  }
  if (!arrow::util::ValidateUTF8(data + offsets[0], num_bytes)) {
    return false;
  }
  bool begins_well = true;
  for (int64_t i = 0; i < length; ++i) {
    // The last text may be empty and begin behind the end.
    const uint8_t first = offsets[i] < offsets[length] ? data[offsets[i]] : 0;
    begins_well &= (first & 0xC0) != 0x80;
  }
  return begins_well;
}

void CheckText(const Place& place, const arrow::Array& array, BadRows* bad) {
  if (array.type_id() == arrow::Type::DICTIONARY) {
    return;
  }
  const auto& texts = static_cast<const arrow::StringArray&>(array);
  if (IsAllUtf8(texts)) {
    return;
  }
  AddEach(
      place, array,
      [&](int64_t i) {
        return texts.IsValid(i) && !arrow::util::ValidateUTF8(texts.GetView(i));
      },
      [&](int64_t i) { return fmt::format("{} is not UTF-8 text", ValueText(array, i)); },
      bad);
}

void CheckField(const Field& field, const Place& place, const arrow::Array& array,
                BadRows* bad);

void CheckStruct(const Type& type, const Place& place, const arrow::Array& array,
                 BadRows* bad) {
  const auto& rows = static_cast<const arrow::StructArray&>(array);
  for (size_t i = 0; i < type.fields().size(); ++i) {
    const Field& field = type.fields()[i];
    if (MustLook(field)) {
      CheckField(field,
                 {.kind = Place::Kind::kField,
                  .name = field.name,
                  .parent = &place,
                  .above = &array},
                 *rows.field(static_cast<int>(i)), bad);
    }
  }
}

void CheckVariant(const Place& place, const arrow::Array& array, BadRows* bad) {
  const auto& parts = static_cast<const arrow::StructArray&>(array);
  for (const int i : {0, 1}) {
    const Place part{.kind = Place::Kind::kField,
                     .name = parts.struct_type()->field(i)->name(),
                     .parent = &place,
                     .above = &array};
    CheckNulls(part, *parts.field(i), Type::Binary(), bad);
  }
}

/// The values of the lists `array`, without those before and behind it, in `place`.
void CheckBelow(const Field& field, Place::Kind kind, const Place& parent,
                const arrow::Array& array, const arrow::Array& values, BadRows* bad) {
  const auto& lists = static_cast<const arrow::ListArray&>(array);
  if (lists.length() == 0) {
    return;
  }
  const int64_t first = lists.value_offset(0);
  const int64_t end = lists.value_offset(lists.length());
  CheckField(field, {.kind = kind, .parent = &parent, .above = &array, .first = first},
             *values.Slice(first, end - first), bad);
}

void CheckMap(const Type& type, const Place& place, const arrow::Array& array,
              BadRows* bad) {
  const auto& maps = static_cast<const arrow::MapArray&>(array);
  Field key = type.key();
  key.required = true;  // always (spec: Nested Types)
  CheckBelow(key, Place::Kind::kKey, place, array, *maps.keys(), bad);
  FindRepeatedKeys(maps, [&](int64_t entry) {
    const Place at{.kind = Place::Kind::kKey, .parent = &place, .above = &array};
    if (Counts(at, entry)) {
      bad->Add(at, entry, [&] {
        return fmt::format("the key {} is there twice", ValueText(*maps.keys(), entry));
      });
    }
  });
  if (MustLook(type.value())) {
    CheckBelow(type.value(), Place::Kind::kValue, place, array, *maps.items(), bad);
  }
}

void CheckField(const Field& field, const Place& place, const arrow::Array& array,
                BadRows* bad) {
  if (field.required) {
    CheckNulls(place, array, field.type, bad);
  }
  switch (field.type.id()) {
    case TypeId::kDecimal:
      return CheckDecimals(place, array, field.type, bad);
    case TypeId::kTime:
      return CheckTimes(place, array, bad);
    case TypeId::kString:
      return CheckText(place, array, bad);
    case TypeId::kVariant:
      return CheckVariant(place, array, bad);
    case TypeId::kStruct:
      return CheckStruct(field.type, place, array, bad);
    case TypeId::kList:
      if (MustLook(field.type.element())) {
        const auto& lists = static_cast<const arrow::ListArray&>(array);
        CheckBelow(field.type.element(), Place::Kind::kElement, place, array,
                   *lists.values(), bad);
      }
      return;
    case TypeId::kMap:
      return CheckMap(field.type, place, array, bad);
    default:
      return;
  }
}

}  // namespace

bool IsUtf8(const arrow::Array& texts) {
  arrow::util::InitializeUTF8();
  return IsAllUtf8(static_cast<const arrow::StringArray&>(texts));
}

void CheckValues(const std::vector<Field>& fields, const arrow::RecordBatch& batch,
                 BadRows* bad) {
  arrow::util::InitializeUTF8();
  for (size_t i = 0; i < fields.size(); ++i) {
    if (MustLook(fields[i])) {
      CheckField(fields[i], {.name = fields[i].name}, *batch.column(static_cast<int>(i)),
                 bad);
    }
  }
}

}  // namespace tarn::storage
