#include "tarn/iceberg/internal/partition_summary_builder.h"

#include <cmath>

#include "tarn/iceberg/value.h"

namespace tarn::iceberg::internal {
namespace {

bool IsNan(const Value& value) {
  if (const auto* number = std::get_if<float>(&value)) {
    return std::isnan(*number);
  }
  if (const auto* number = std::get_if<double>(&value)) {
    return std::isnan(*number);
  }
  return false;
}

}  // namespace

PartitionSummaryBuilder::PartitionSummaryBuilder(std::vector<Type> types) {
  fields_.reserve(types.size());
  for (Type& type : types) {
    fields_.push_back({.type = std::move(type)});
  }
}

void PartitionSummaryBuilder::Add(const PartitionTuple& tuple) {
  for (size_t i = 0; i < fields_.size(); ++i) {
    FieldState& field = fields_[i];
    const Value& value = tuple[i];
    if (IsNull(value)) {
      field.has_null = true;
    } else if (IsNan(value)) {
      field.has_nan = true;
    } else if (field.type.id() == TypeId::kUnknown) {
      continue;
    } else if (!field.range) {
      field.range.emplace(value, value);
    } else if (CompareValues(field.type, value, field.range->first) < 0) {
      field.range->first = value;
    } else if (CompareValues(field.type, value, field.range->second) > 0) {
      field.range->second = value;
    }
  }
}

std::vector<PartitionFieldSummary> PartitionSummaryBuilder::Finish() const {
  std::vector<PartitionFieldSummary> summaries;
  summaries.reserve(fields_.size());
  for (const FieldState& field : fields_) {
    PartitionFieldSummary summary{.contains_null = field.has_null,
                                  .contains_nan = field.has_nan};
    if (field.range) {
      summary.lower_bound = ValueToBytes(field.type, field.range->first);
      summary.upper_bound = ValueToBytes(field.type, field.range->second);
    }
    summaries.push_back(std::move(summary));
  }
  return summaries;
}

}  // namespace tarn::iceberg::internal
