#include "tarn/storage/internal/key_set.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>
#include <utility>

#include <arrow/array.h>
#include <arrow/type.h>

#include "tarn/base/error.h"
#include "tarn/iceberg/value.h"
#include "tarn/storage/internal/leaf_column.h"

namespace tarn::storage {
namespace {

using iceberg::Type;
using iceberg::Value;

constexpr size_t kSlotsMin = 16;
/// Up to this many keys each one is held against the bounds of row groups.
constexpr size_t kSpanValuesMax = 16'384;
constexpr uint64_t kNullHash = 0x9E3779B97F4A7C15;

uint64_t Mix(uint64_t hash, uint64_t value) {
  uint64_t x = (hash ^ value) * 0xBF58476D1CE4E5B9;
  x ^= x >> 32U;
  x *= 0x94D049BB133111EB;
  return x ^ (x >> 29U);
}

template <typename Word>
void MixWords(const arrow::Array& array, const Word* words, std::vector<uint64_t>* out) {
  const bool has_nulls = array.null_count() > 0;
  for (size_t i = 0; i < out->size(); ++i) {
    const bool is_null = has_nulls && array.IsNull(static_cast<int64_t>(i));
    const uint64_t value =
        is_null ? kNullHash : static_cast<uint64_t>(static_cast<int64_t>(words[i]));
    (*out)[i] = Mix((*out)[i], value);
  }
}

template <typename ArrayType>
void MixBytes(const ArrayType& array, std::vector<uint64_t>* out) {
  for (size_t i = 0; i < out->size(); ++i) {
    const auto row = static_cast<int64_t>(i);
    const uint64_t value =
        array.IsNull(row)
            ? kNullHash
            : std::hash<std::string_view>()(std::string_view(array.GetView(row)));
    (*out)[i] = Mix((*out)[i], value);
  }
}

/// Goes on with one hash a row by the values of one more column.
void MixColumn(const arrow::Array& array, std::vector<uint64_t>* out) {
  switch (array.type_id()) {
    case arrow::Type::INT32:
    case arrow::Type::DATE32:
      MixWords(array, array.data()->GetValues<int32_t>(1), out);
      return;
    case arrow::Type::INT64:
    case arrow::Type::TIME64:
    case arrow::Type::TIMESTAMP:
      MixWords(array, array.data()->GetValues<int64_t>(1), out);
      return;
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      MixBytes(static_cast<const arrow::BinaryArray&>(array), out);
      return;
    case arrow::Type::DECIMAL128:
    case arrow::Type::FIXED_SIZE_BINARY:
      MixBytes(static_cast<const arrow::FixedSizeBinaryArray&>(array), out);
      return;
    case arrow::Type::BOOL: {
      const auto& bits = static_cast<const arrow::BooleanArray&>(array);
      for (size_t i = 0; i < out->size(); ++i) {
        const auto row = static_cast<int64_t>(i);
        (*out)[i] = Mix((*out)[i], bits.IsNull(row) ? kNullHash : bits.Value(row));
      }
      return;
    }
    default:  // nothing but nulls
      for (uint64_t& hash : *out) {
        hash = Mix(hash, kNullHash);
      }
  }
}

std::vector<uint64_t> HashRows(const arrow::ArrayVector& columns) {
  std::vector<uint64_t> hashes(static_cast<size_t>(columns[0]->length()), 0);
  for (const auto& column : columns) {
    MixColumn(*column, &hashes);
  }
  for (uint64_t& hash : hashes) {
    hash = hash == 0 ? 1 : hash;
  }
  return hashes;
}

template <typename Number>
void AppendNumber(Number number, std::string* out) {
  char bytes[sizeof(Number)];
  std::memcpy(bytes, &number, sizeof(Number));
  out->append(bytes, sizeof(Number));
}

void AppendBytes(std::string_view bytes, std::string* out) {
  AppendNumber(static_cast<uint32_t>(bytes.size()), out);
  out->append(bytes);
}

/// One value such that different rows give different texts.
void AppendValue(const arrow::Array& array, int64_t row, std::string* out) {
  if (array.IsNull(row)) {
    out->push_back('\0');
    return;
  }
  out->push_back('\1');
  switch (array.type_id()) {
    case arrow::Type::INT32:
    case arrow::Type::DATE32:
      AppendNumber(array.data()->GetValues<int32_t>(1)[row], out);
      return;
    case arrow::Type::INT64:
    case arrow::Type::TIME64:
    case arrow::Type::TIMESTAMP:
      AppendNumber(array.data()->GetValues<int64_t>(1)[row], out);
      return;
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      AppendBytes(static_cast<const arrow::BinaryArray&>(array).GetView(row), out);
      return;
    case arrow::Type::DECIMAL128:
    case arrow::Type::FIXED_SIZE_BINARY:
      AppendBytes(static_cast<const arrow::FixedSizeBinaryArray&>(array).GetView(row),
                  out);
      return;
    case arrow::Type::BOOL:
      out->push_back(static_cast<const arrow::BooleanArray&>(array).Value(row) ? '\1'
                                                                               : '\0');
      return;
    default:
      return;
  }
}

void KeyOf(const arrow::ArrayVector& columns, int64_t row, std::string* key) {
  key->clear();
  for (const auto& column : columns) {
    AppendValue(*column, row, key);
  }
}

}  // namespace

KeySet::KeySet(std::vector<Type> types)
    : types_(std::move(types)), spans_(types_.size()), slots_(kSlotsMin) {}

std::string_view KeySet::KeyAt(uint64_t offset) const {
  uint32_t length = 0;
  std::memcpy(&length, bytes_.data() + offset, sizeof(length));
  return {bytes_.data() + offset + sizeof(length), length};
}

void KeySet::Grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  const size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.hash == 0) {
      continue;
    }
    size_t at = slot.hash & mask;
    while (slots_[at].hash != 0) {
      at = (at + 1) & mask;
    }
    slots_[at] = slot;
  }
}

Status KeySet::Insert(uint64_t hash, std::string_view key) {
  if (static_cast<size_t>(num_keys_ + 1) * 4 > slots_.size() * 3) {
    Grow();
  }
  const size_t mask = slots_.size() - 1;
  size_t at = hash & mask;
  while (slots_[at].hash != 0) {
    if (slots_[at].hash == hash && KeyAt(slots_[at].offset) == key) {
      return Status::OK();
    }
    at = (at + 1) & mask;
  }
  if (num_keys_ == std::numeric_limits<int32_t>::max()) {
    return MakeError(
        ErrorCode::kResourceLimit,
        "Equality deletes have too many keys for one file: " + std::to_string(num_keys_));
  }
  slots_[at] = {.hash = hash, .offset = bytes_.size()};
  AppendBytes(key, &bytes_);
  ++num_keys_;
  return Status::OK();
}

Status KeySet::Add(const arrow::ArrayVector& columns) {
  const std::vector<uint64_t> hashes = HashRows(columns);
  std::string key;
  for (size_t i = 0; i < hashes.size(); ++i) {
    KeyOf(columns, static_cast<int64_t>(i), &key);
    ARROW_RETURN_NOT_OK(Insert(hashes[i], key));
  }
  for (size_t column = 0; column < columns.size(); ++column) {
    for (int64_t row = 0; row < columns[column]->length(); ++row) {
      AddValue(column, ValueAt(*columns[column], row));
    }
    SortValues(column);
  }
  return Status::OK();
}

void KeySet::SortValues(size_t column) {
  Span& span = spans_[column];
  span.many = span.many || span.values.size() > kSpanValuesMax;
  if (span.many) {
    span.values = {};
    return;
  }
  std::sort(span.values.begin(), span.values.end(), [&](const Value& a, const Value& b) {
    return iceberg::CompareValues(types_[column], a, b) < 0;
  });
}

void KeySet::AddValue(size_t column, Value value) {
  Span& span = spans_[column];
  const Type& type = types_[column];
  if (iceberg::IsNull(value)) {
    span.has_null = true;
    return;
  }
  if (iceberg::IsNull(span.min) || iceberg::CompareValues(type, value, span.min) < 0) {
    span.min = value;
  }
  if (iceberg::IsNull(span.max) || iceberg::CompareValues(type, value, span.max) > 0) {
    span.max = value;
  }
  if (!span.many && span.values.size() <= kSpanValuesMax) {
    span.values.push_back(std::move(value));
  }
}

Status KeySet::Add(const KeySet& other) {
  for (const Slot& slot : other.slots_) {
    if (slot.hash != 0) {
      ARROW_RETURN_NOT_OK(Insert(slot.hash, other.KeyAt(slot.offset)));
    }
  }
  for (size_t column = 0; column < types_.size(); ++column) {
    const Span& from = other.spans_[column];
    Span& to = spans_[column];
    to.has_null = to.has_null || from.has_null;
    if (iceberg::IsNull(from.min)) {
      continue;
    }
    AddValue(column, from.min);
    AddValue(column, from.max);
    to.many = to.many || from.many;
    to.values.insert(to.values.end(), from.values.begin(), from.values.end());
    SortValues(column);
  }
  return Status::OK();
}

void KeySet::Find(const arrow::ArrayVector& columns, std::vector<uint32_t>* rows) const {
  const std::vector<uint64_t> hashes = HashRows(columns);
  const size_t mask = slots_.size() - 1;
  std::string key;
  for (size_t i = 0; i < hashes.size(); ++i) {
    size_t at = hashes[i] & mask;
    while (slots_[at].hash != 0 && slots_[at].hash != hashes[i]) {
      at = (at + 1) & mask;
    }
    if (slots_[at].hash == 0) {
      continue;
    }
    KeyOf(columns, static_cast<int64_t>(i), &key);
    while (slots_[at].hash != 0) {
      if (slots_[at].hash == hashes[i] && KeyAt(slots_[at].offset) == key) {
        rows->push_back(static_cast<uint32_t>(i));
        break;
      }
      at = (at + 1) & mask;
    }
  }
}

bool KeySet::SpanMeets(size_t column, const iceberg::ColumnStats& stats) const {
  const Span& span = spans_[column];
  const Type& type = types_[column];
  if (span.has_null && stats.null_count != 0) {
    return true;
  }
  if (iceberg::IsNull(span.min)) {
    return false;  // every key is null here, and the column has no nulls
  }
  if (stats.null_count.has_value() && stats.null_count == stats.value_count) {
    return false;
  }
  if (!stats.lower_bound.has_value() || !stats.upper_bound.has_value()) {
    return true;
  }
  const auto lower = iceberg::ValueFromBytes(type, *stats.lower_bound);
  const auto upper = iceberg::ValueFromBytes(type, *stats.upper_bound);
  if (!lower.ok() || !upper.ok()) {
    return true;
  }
  if (iceberg::CompareValues(type, span.max, *lower) < 0 ||
      iceberg::CompareValues(type, span.min, *upper) > 0) {
    return false;
  }
  if (span.many) {
    return true;
  }
  const auto first = std::lower_bound(span.values.begin(), span.values.end(), *lower,
                                      [&](const Value& a, const Value& b) {
                                        return iceberg::CompareValues(type, a, b) < 0;
                                      });
  return first != span.values.end() && iceberg::CompareValues(type, *first, *upper) <= 0;
}

bool KeySet::MayHoldAny(const std::vector<iceberg::FieldId>& field_ids,
                        const std::vector<iceberg::ColumnStats>& stats) const {
  if (num_keys_ == 0) {
    return false;
  }
  for (size_t column = 0; column < field_ids.size(); ++column) {
    for (const iceberg::ColumnStats& one : stats) {
      if (one.field_id == field_ids[column] && !SpanMeets(column, one)) {
        return false;
      }
    }
  }
  return true;
}

int64_t KeySet::memory_bytes() const {
  int64_t bytes = static_cast<int64_t>(slots_.size() * sizeof(Slot) + bytes_.capacity());
  for (const Span& span : spans_) {
    bytes += static_cast<int64_t>(span.values.capacity() * sizeof(Value));
    for (const Value& value : span.values) {
      const auto* text = std::get_if<std::string>(&value);
      bytes += text == nullptr ? 0 : static_cast<int64_t>(text->capacity());
    }
  }
  return bytes;
}

}  // namespace tarn::storage
