// Rows to partitions: evaluates a spec's transforms over whole batches.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/iceberg/partition_spec.h"
#include "tarn/iceberg/schema.h"

namespace tarn::storage {

/// Numbers the distinct values of one partition field, in the order they are first seen.
class FieldEncoder {
 public:
  /// Errors: kNotSupported for a transform we do not know, kInvalidData for a source that
  /// is not there.
  static Result<FieldEncoder> Make(const iceberg::PartitionField& field,
                                   const iceberg::Schema& schema);

  /// Sets `codes[i]` to the number of row i's partition value.
  Status Encode(const arrow::RecordBatch& batch, std::vector<int32_t>* codes);

  const iceberg::Value& value(int32_t code) const {
    return values_[static_cast<size_t>(code)];
  }
  int32_t num_values() const { return static_cast<int32_t>(values_.size()); }

 private:
  FieldEncoder(iceberg::Transform transform, iceberg::Type source, std::vector<int> path);

  struct HashBytes : std::hash<std::string_view> {
    using is_transparent = void;
  };

  /// Maps a source to a number that decides its partition value alone, so that few
  /// distinct ones are left to look up: the day or hour of a timestamp, the bucket of a
  /// number.
  int64_t Reduce(int64_t source) const;
  template <typename ArrayType>
  void EncodeIntegers(const ArrayType& array, std::vector<int32_t>* codes);
  template <typename ArrayType>
  void EncodeBytes(const ArrayType& array, std::vector<int32_t>* codes);
  void EncodeValues(const arrow::Array& array, std::vector<int32_t>* codes);
  int32_t CodeOfValue(const iceberg::Value& source);
  int32_t CodeOfNull();

  iceberg::Transform transform_;
  iceberg::Type source_;
  iceberg::Type result_;
  std::vector<int> path_;  // child numbers from the schema's root
  int64_t divisor_ = 1;    // of Reduce()
  int32_t num_buckets_ = 0;
  std::vector<iceberg::Value> values_;
  int32_t null_code_ = -1;
  std::unordered_map<std::string, int32_t, HashBytes, std::equal_to<>> code_of_result_;
  /// Sources seen lately, so that a transform is evaluated once for each; cleared when it
  /// is full.
  std::unordered_map<int64_t, int32_t> code_of_integer_;
  std::unordered_map<std::string, int32_t, HashBytes, std::equal_to<>> code_of_bytes_;
};

/// Numbers the partitions of a spec over the life of a writer. Thread-compatible.
class Partitioner {
 public:
  static Result<Partitioner> Make(const iceberg::PartitionSpec& spec,
                                  const iceberg::Schema& schema);

  /// Sets `partitions[i]` to the number of row i's partition.
  Status Assign(const arrow::RecordBatch& batch, std::vector<int32_t>* partitions);

  int32_t num_partitions() const { return static_cast<int32_t>(tuples_.size()); }
  const iceberg::PartitionTuple& tuple(int32_t partition) const {
    return tuples_[static_cast<size_t>(partition)];
  }

 private:
  /// Pairs of a partial tuple's number and the next field's code, numbered in turn.
  using Level = std::unordered_map<uint64_t, int32_t>;

  std::vector<FieldEncoder> encoders_;
  std::vector<Level> levels_;  // one for each encoder after the first
  std::vector<std::vector<std::pair<int32_t, int32_t>>> pairs_;
  std::vector<iceberg::PartitionTuple> tuples_;
};

}  // namespace tarn::storage
