#include "tarn/table/internal/partition_set.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/iceberg/expression.h"
#include "tarn/iceberg/metrics_evaluator.h"
#include "tarn/iceberg/value.h"

namespace tarn::table::internal {
namespace {

using iceberg::DataFile;
using iceberg::IsNull;
using iceberg::ManifestFile;
using iceberg::PartitionFieldSummary;
using iceberg::PartitionTuple;
using iceberg::Type;
using iceberg::Value;

bool IsNaN(const Value& value) {
  if (const auto* number = std::get_if<double>(&value)) {
    return std::isnan(*number);
  }
  const auto* number = std::get_if<float>(&value);
  return number != nullptr && std::isnan(*number);
}

/// A summary with its bounds decoded; a bound that is absent or unreadable is unknown.
struct FieldRange {
  FieldRange(const PartitionFieldSummary& summary, const Type& of)
      : type(of),
        has_null(summary.contains_null),
        may_have_nan(summary.contains_nan.value_or(true)) {
    is_known = type.is_primitive() && type.id() != iceberg::TypeId::kUnknown;
    if (is_known) {
      lower = Decode(summary.lower_bound);
      upper = Decode(summary.upper_bound);
    }
  }

  bool MayHold(const Value& value) const {
    if (!is_known) {
      return true;
    }
    if (IsNull(value)) {
      return has_null;
    }
    if (IsNaN(value)) {
      return may_have_nan;
    }
    return !(lower && CompareForFilter(type, value, *lower) < 0) &&
           !(upper && CompareForFilter(type, value, *upper) > 0);
  }

  std::optional<Value> Decode(const std::optional<std::string>& bytes) const {
    if (!bytes.has_value()) {
      return std::nullopt;
    }
    Result<Value> value = iceberg::ValueFromBytes(type, *bytes);
    return value.ok() && !IsNull(*value) && !IsNaN(*value)
               ? std::optional(*std::move(value))
               : std::nullopt;
  }

  Type type;
  bool is_known = false;
  bool has_null;
  bool may_have_nan;
  std::optional<Value> lower = {};
  std::optional<Value> upper = {};
};

}  // namespace

Status PartitionSet::Add(const DataFile& file) {
  auto found = specs_.find(file.spec_id.value);
  if (found == specs_.end()) {
    const iceberg::PartitionSpec* spec = table_.FindSpec(file.spec_id);
    if (spec == nullptr) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "File " + file.file_path +
                           " is of a partition spec that the table lacks: " +
                           std::to_string(file.spec_id.value));
    }
    OfSpec of_spec{spec, PartitionTypes(*spec, table_.schema()), {}};
    found = specs_.emplace(file.spec_id.value, std::move(of_spec)).first;
  }
  OfSpec& of_spec = found->second;
  PartitionTuple tuple = file.partition;
  const Status status = NormalizePartition(*of_spec.spec, of_spec.types, &tuple);
  if (!status.ok()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "File " + file.file_path + ": " + status.message());
  }
  of_spec.tuples.insert(std::move(tuple));
  return Status::OK();
}

Result<bool> PartitionSet::Contains(const DataFile& file) const {
  const auto found = specs_.find(file.spec_id.value);
  if (found == specs_.end()) {
    return false;
  }
  PartitionTuple tuple = file.partition;
  RETURN_NOT_OK(NormalizePartition(*found->second.spec, found->second.types, &tuple));
  return found->second.tuples.contains(tuple);
}

bool PartitionSet::MayBeIn(const ManifestFile& manifest) const {
  const auto found = specs_.find(manifest.spec_id.value);
  if (found == specs_.end()) {
    return false;
  }
  const OfSpec& of_spec = found->second;
  if (manifest.partitions.size() != of_spec.types.size()) {
    return true;
  }
  std::vector<FieldRange> ranges;
  for (size_t i = 0; i < of_spec.types.size(); ++i) {
    ranges.emplace_back(manifest.partitions[i], of_spec.types[i]);
  }
  return std::ranges::any_of(of_spec.tuples, [&](const PartitionTuple& tuple) {
    for (size_t i = 0; i < ranges.size(); ++i) {
      if (!ranges[i].MayHold(tuple[i])) {
        return false;
      }
    }
    return true;
  });
}

}  // namespace tarn::table::internal
