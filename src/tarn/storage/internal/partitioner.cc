#include "tarn/storage/internal/partitioner.h"

#include <cmath>
#include <limits>
#include <utility>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "tarn/base/error.h"
#include "tarn/iceberg/value.h"
#include "tarn/storage/internal/leaf_column.h"

namespace tarn::storage {
namespace {

using iceberg::Type;
using iceberg::TypeId;
using iceberg::Value;

constexpr size_t kCachedSourcesMax = 1 << 16;
constexpr size_t kCachedBytesMax = 256;  // longer strings are not kept

/// The unit below which `transform` does not look at integers of type `source`.
int64_t DivisorOf(const iceberg::Transform& transform, TypeId source) {
  if (const auto* truncate = std::get_if<iceberg::Truncate>(&transform)) {
    return truncate->width;
  }
  int64_t ticks_per_second = 0;
  if (source == TypeId::kTimestamp || source == TypeId::kTimestampTz) {
    ticks_per_second = 1'000'000;
  }
  if (source == TypeId::kTimestampNs || source == TypeId::kTimestampTzNs) {
    ticks_per_second = 1'000'000'000;
  }
  if (ticks_per_second == 0) {
    return 1;
  }
  if (std::holds_alternative<iceberg::Hour>(transform)) {
    return ticks_per_second * 3600;
  }
  const bool by_days = std::holds_alternative<iceberg::Day>(transform) ||
                       std::holds_alternative<iceberg::Month>(transform) ||
                       std::holds_alternative<iceberg::Year>(transform);
  return by_days ? ticks_per_second * 86'400 : 1;
}

/// A key under which equal partition values meet: NaNs are one value, -0.0 and 0.0 are
/// two.
std::string KeyOf(const Type& type, const Value& value) {
  if (const auto* number = std::get_if<double>(&value);
      number != nullptr && std::isnan(*number)) {
    return iceberg::ValueToBytes(type, std::numeric_limits<double>::quiet_NaN());
  }
  if (const auto* number = std::get_if<float>(&value);
      number != nullptr && std::isnan(*number)) {
    return iceberg::ValueToBytes(type, std::numeric_limits<float>::quiet_NaN());
  }
  return iceberg::ValueToBytes(type, value);
}

}  // namespace

FieldEncoder::FieldEncoder(iceberg::Transform transform, Type source,
                           std::vector<int> path)
    : transform_(std::move(transform)),
      source_(std::move(source)),
      path_(std::move(path)) {
  result_ = iceberg::ResultType(transform_, source_);
  divisor_ = DivisorOf(transform_, source_.id());
  if (const auto* bucket = std::get_if<iceberg::Bucket>(&transform_)) {
    num_buckets_ = bucket->num_buckets;
  }
}

Result<FieldEncoder> FieldEncoder::Make(const iceberg::PartitionField& field,
                                        const iceberg::Schema& schema) {
  if (std::holds_alternative<iceberg::UnknownTransform>(field.transform) ||
      field.source_ids.size() != 1) {
    return MakeError(ErrorCode::kNotSupported,
                     "Cannot write to a table partitioned by " +
                         iceberg::TransformToString(field.transform));
  }
  std::vector<int> path = LeafPath(schema.fields(), field.source_id());
  if (path.empty()) {
    // A void field may outlive its column (v1 tables); it is null for every row.
    if (std::holds_alternative<iceberg::Void>(field.transform)) {
      return FieldEncoder(field.transform, Type::Int(), {});
    }
    return MakeError(ErrorCode::kInvalidData, "Partition field " + field.name +
                                                  " has no source column of id " +
                                                  std::to_string(field.source_id()));
  }
  const Type& source = schema.FindById(field.source_id())->type;
  if (!iceberg::CanTransform(field.transform, source)) {
    return MakeError(ErrorCode::kInvalidData,
                     "Partition field " + field.name + ": " +
                         iceberg::TransformToString(field.transform) +
                         " does not apply to " + source.ToString());
  }
  return FieldEncoder(field.transform, source, std::move(path));
}

int32_t FieldEncoder::CodeOfNull() {
  if (null_code_ < 0) {
    null_code_ = num_values();
    values_.emplace_back();
  }
  return null_code_;
}

int32_t FieldEncoder::CodeOfValue(const Value& source) {
  Value result = iceberg::ApplyTransform(transform_, source_, source);
  if (iceberg::IsNull(result)) {
    return CodeOfNull();
  }
  const auto [it, is_new] =
      code_of_result_.try_emplace(KeyOf(result_, result), num_values());
  if (is_new) {
    values_.push_back(std::move(result));
  }
  return it->second;
}

int64_t FieldEncoder::Reduce(int64_t source) const {
  if (num_buckets_ > 0) {
    const bool is_int = source_.id() == TypeId::kInt || source_.id() == TypeId::kDate;
    const int32_t hash = iceberg::HashValue(
        source_, is_int ? Value(static_cast<int32_t>(source)) : Value(source));
    return (hash & std::numeric_limits<int32_t>::max()) % num_buckets_;
  }
  if (divisor_ == 1) {
    return source;
  }
  const int64_t quotient = source / divisor_;
  return source % divisor_ < 0 ? quotient - 1 : quotient;  // floor, also before 1970
}

template <typename ArrayType>
void FieldEncoder::EncodeIntegers(const ArrayType& array, std::vector<int32_t>* codes) {
  const auto* values = array.raw_values();
  const bool has_nulls = array.null_count() > 0;
  int32_t code = -1;
  int64_t previous = 0;
  for (int64_t i = 0; i < array.length(); ++i) {
    int32_t& out = (*codes)[static_cast<size_t>(i)];
    if (has_nulls && array.IsNull(i)) {
      out = CodeOfNull();
      continue;
    }
    const int64_t reduced = Reduce(values[i]);
    if (code < 0 || reduced != previous) {
      previous = reduced;
      if (code_of_integer_.size() >= kCachedSourcesMax) {
        code_of_integer_.clear();
      }
      const auto [it, is_new] = code_of_integer_.try_emplace(reduced, 0);
      if (is_new) {
        it->second = CodeOfValue(Value(values[i]));
      }
      code = it->second;
    }
    out = code;
  }
}

template <typename ArrayType>
void FieldEncoder::EncodeBytes(const ArrayType& array, std::vector<int32_t>* codes) {
  const bool has_nulls = array.null_count() > 0;
  int32_t code = -1;
  std::string_view previous;
  for (int64_t i = 0; i < array.length(); ++i) {
    int32_t& out = (*codes)[static_cast<size_t>(i)];
    if (has_nulls && array.IsNull(i)) {
      out = CodeOfNull();
      continue;
    }
    const std::string_view value(array.GetView(i));
    if (code < 0 || value != previous) {
      previous = value;
      const auto it = code_of_bytes_.find(value);
      if (it != code_of_bytes_.end()) {
        code = it->second;
      } else {
        std::string owned(value);
        code = CodeOfValue(owned);
        if (code_of_bytes_.size() >= kCachedSourcesMax) {
          code_of_bytes_.clear();
        }
        if (value.size() <= kCachedBytesMax) {
          code_of_bytes_.emplace(std::move(owned), code);
        }
      }
    }
    out = code;
  }
}

void FieldEncoder::EncodeValues(const arrow::Array& array, std::vector<int32_t>* codes) {
  int32_t code = -1;
  Value previous;
  for (int64_t i = 0; i < array.length(); ++i) {
    int32_t& out = (*codes)[static_cast<size_t>(i)];
    if (array.IsNull(i)) {
      out = CodeOfNull();
      continue;
    }
    Value value = ValueAt(array, i);
    // == would not tell -0.0 from 0.0; such a run is looked up again, which is only
    // slower.
    const bool is_zero = value == Value(0.0) || value == Value(0.0F);
    if (code < 0 || is_zero || value != previous) {
      code = CodeOfValue(value);
      previous = std::move(value);
    }
    out = code;
  }
}

Status FieldEncoder::Encode(const arrow::RecordBatch& batch,
                            std::vector<int32_t>* codes) {
  codes->resize(static_cast<size_t>(batch.num_rows()));
  if (std::holds_alternative<iceberg::Void>(transform_)) {
    codes->assign(codes->size(), CodeOfNull());
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(const auto column, LeafColumn(batch, path_));
  switch (column->type_id()) {
    case arrow::Type::INT32:
      EncodeIntegers(static_cast<const arrow::Int32Array&>(*column), codes);
      break;
    case arrow::Type::DATE32:
      EncodeIntegers(static_cast<const arrow::Date32Array&>(*column), codes);
      break;
    case arrow::Type::INT64:
      EncodeIntegers(static_cast<const arrow::Int64Array&>(*column), codes);
      break;
    case arrow::Type::TIME64:
      EncodeIntegers(static_cast<const arrow::Time64Array&>(*column), codes);
      break;
    case arrow::Type::TIMESTAMP:
      EncodeIntegers(static_cast<const arrow::TimestampArray&>(*column), codes);
      break;
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      EncodeBytes(static_cast<const arrow::BinaryArray&>(*column), codes);
      break;
    case arrow::Type::FIXED_SIZE_BINARY:
      EncodeBytes(static_cast<const arrow::FixedSizeBinaryArray&>(*column), codes);
      break;
    case arrow::Type::BOOL:
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE:
    case arrow::Type::DECIMAL128:
      EncodeValues(*column, codes);
      break;
    default:
      return MakeError(ErrorCode::kNotSupported,
                       "Cannot partition by a column of " + column->type()->ToString());
  }
  return Status::OK();
}

Result<Partitioner> Partitioner::Make(const iceberg::PartitionSpec& spec,
                                      const iceberg::Schema& schema) {
  Partitioner partitioner;
  for (const iceberg::PartitionField& field : spec.fields) {
    ARROW_ASSIGN_OR_RAISE(FieldEncoder encoder, FieldEncoder::Make(field, schema));
    partitioner.encoders_.push_back(std::move(encoder));
  }
  const size_t num_pairs =
      partitioner.encoders_.empty() ? 0 : partitioner.encoders_.size() - 1;
  partitioner.levels_.resize(num_pairs);
  partitioner.pairs_.resize(num_pairs);
  return partitioner;
}

Status Partitioner::Assign(const arrow::RecordBatch& batch,
                           std::vector<int32_t>* partitions) {
  if (encoders_.empty()) {
    partitions->assign(static_cast<size_t>(batch.num_rows()), 0);
    if (tuples_.empty()) {
      tuples_.emplace_back();
    }
    return Status::OK();
  }
  ARROW_RETURN_NOT_OK(encoders_[0].Encode(batch, partitions));
  std::vector<int32_t> codes;
  for (size_t field = 1; field < encoders_.size(); ++field) {
    ARROW_RETURN_NOT_OK(encoders_[field].Encode(batch, &codes));
    Level& level = levels_[field - 1];
    auto& pairs = pairs_[field - 1];
    for (size_t i = 0; i < codes.size(); ++i) {
      int32_t& partition = (*partitions)[i];
      const uint64_t key = (uint64_t{static_cast<uint32_t>(partition)} << 32) |
                           static_cast<uint32_t>(codes[i]);
      const auto [it, is_new] =
          level.try_emplace(key, static_cast<int32_t>(pairs.size()));
      if (is_new) {
        pairs.emplace_back(partition, codes[i]);
      }
      partition = it->second;
    }
  }
  const size_t num_tuples = pairs_.empty()
                                ? static_cast<size_t>(encoders_[0].num_values())
                                : pairs_.back().size();
  while (tuples_.size() < num_tuples) {
    iceberg::PartitionTuple tuple(encoders_.size());
    auto code = static_cast<int32_t>(tuples_.size());
    for (size_t field = encoders_.size() - 1; field > 0; --field) {
      const auto& [rest, own] = pairs_[field - 1][static_cast<size_t>(code)];
      tuple[field] = encoders_[field].value(own);
      code = rest;
    }
    tuple[0] = encoders_[0].value(code);
    tuples_.push_back(std::move(tuple));
  }
  return Status::OK();
}

}  // namespace tarn::storage
