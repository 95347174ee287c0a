#include "tarn/iceberg/metrics_evaluator.h"

#include <algorithm>
#include <string>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/iceberg/internal/expression_fold.h"
#include "tarn/iceberg/internal/range_facts.h"

namespace tarn::iceberg {
namespace {

using internal::DecodeBound;
using internal::RangeFacts;

bool HasNaN(const Type& type) {
  return type.id() == TypeId::kFloat || type.id() == TypeId::kDouble;
}

bool UsesBounds(Operation op) { return op >= Operation::kLess; }

/// What is known about the predicate's column in `file`. Without statistics nothing is:
/// the column may be newer than the file, and then its default applies.
RangeFacts FactsOf(const Expression& predicate, const Schema& schema,
                   const DataFile& file) {
  RangeFacts facts;
  const Type& type = predicate.type;
  if (!HasNaN(type)) {
    facts.has_nan = false;
  }
  const bool plain = std::holds_alternative<Identity>(predicate.transform);
  const ColumnStats* stats = FindColumnStats(file, predicate.field_id);
  // Counts and bounds inside of lists and maps are about elements, not rows.
  if (!plain || stats == nullptr || !schema.IsReachableByStructs(predicate.field_id)) {
    return facts;
  }
  if (stats->null_count.has_value()) {
    facts.has_null = *stats->null_count != 0;
    facts.all_null = *stats->null_count >= file.record_count;
  }
  if (HasNaN(type) && stats->nan_count.has_value()) {
    facts.has_nan = *stats->nan_count != 0;
    facts.all_nan = *stats->nan_count >= file.record_count;
  }
  if (UsesBounds(predicate.op) && type.is_primitive()) {
    facts.lower = DecodeBound(type, stats->lower_bound);
    facts.upper = DecodeBound(type, stats->upper_bound);
  }
  return facts;
}

RangeFacts FactsOf(const Expression& predicate, const PartitionFieldSummary& summary) {
  RangeFacts facts;
  facts.has_null = summary.contains_null;
  facts.has_nan =
      HasNaN(predicate.type) ? summary.contains_nan : std::optional<bool>(false);
  // Absent bounds say "only nulls and NaNs" (spec), but some writers leave them out
  // although there are values; that no null is contained then shows that nothing is
  // known.
  const bool no_values =
      !summary.lower_bound.has_value() && !summary.upper_bound.has_value();
  facts.all_null = no_values && summary.contains_null && facts.has_nan == false;
  facts.all_nan = no_values && !summary.contains_null && HasNaN(predicate.type) &&
                  summary.contains_nan == true;
  facts.lower = DecodeBound(predicate.type, summary.lower_bound);
  facts.upper = DecodeBound(predicate.type, summary.upper_bound);
  return facts;
}

size_t IndexOfField(const PartitionSpec& spec, FieldId field_id) {
  const auto found = std::ranges::find(spec.fields, field_id, &PartitionField::field_id);
  return static_cast<size_t>(found - spec.fields.begin());
}

/// The alternative that values of `type` have; npos for types without values of their
/// own.
size_t AlternativeOf(const Type& type) {
  switch (type.id()) {
    case TypeId::kBoolean:
      return Value(false).index();
    case TypeId::kInt:
    case TypeId::kDate:
      return Value(int32_t{0}).index();
    case TypeId::kLong:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
    case TypeId::kTimestampNs:
    case TypeId::kTimestampTzNs:
      return Value(int64_t{0}).index();
    case TypeId::kFloat:
      return Value(0.0F).index();
    case TypeId::kDouble:
      return Value(0.0).index();
    case TypeId::kDecimal:
      return Value(int128_t{0}).index();
    case TypeId::kString:
    case TypeId::kUuid:
    case TypeId::kFixed:
    case TypeId::kBinary:
      return Value(std::string()).index();
    default:
      return std::variant_npos;
  }
}

/// The type that `value` was written as, if a column of it can have become `type` since.
std::optional<Type> PromotedFrom(const Type& type, const Value& value) {
  const bool holds_int = std::holds_alternative<int32_t>(value);
  switch (type.id()) {
    case TypeId::kLong:
      return holds_int ? std::optional(Type::Int()) : std::nullopt;
    case TypeId::kTimestamp:
    case TypeId::kTimestampNs:
      return holds_int ? std::optional(Type::Date()) : std::nullopt;
    case TypeId::kDouble:
      return std::holds_alternative<float>(value) ? std::optional(Type::Float())
                                                  : std::nullopt;
    default:
      return std::nullopt;
  }
}

}  // namespace

bool MayMatch(const Expression& bound, const Schema& schema, const DataFile& file) {
  if (file.record_count == 0) {
    return false;
  }
  if (file.record_count < 0) {
    return true;  // some writers say -1 for "not counted"
  }
  return internal::Fold(bound, [&](const Expression& predicate) {
    return internal::MayHold(predicate, FactsOf(predicate, schema, file));
  });
}

bool MustMatch(const Expression& bound, const Schema& schema, const DataFile& file) {
  if (file.record_count == 0) {
    return true;
  }
  if (file.record_count < 0) {
    return bound.op == Operation::kTrue;
  }
  return internal::Fold(bound, [&](const Expression& predicate) {
    return internal::MustHold(predicate, FactsOf(predicate, schema, file));
  });
}

bool ManifestMayMatch(const Expression& partition_filter, const PartitionSpec& spec,
                      const Schema& schema, const ManifestFile& manifest) {
  return ManifestMayMatch(partition_filter, spec, PartitionTypes(spec, schema), manifest);
}

bool ManifestMayMatch(const Expression& partition_filter, const PartitionSpec& spec,
                      const std::vector<Type>& types, const ManifestFile& manifest) {
  if (partition_filter.op == Operation::kFalse) {
    return false;
  }
  if (partition_filter.op == Operation::kTrue ||
      manifest.partitions.size() != spec.fields.size()) {
    return true;
  }
  return internal::Fold(partition_filter, [&](const Expression& predicate) {
    const size_t index = IndexOfField(spec, predicate.field_id);
    const bool plain = std::holds_alternative<Identity>(predicate.transform);
    if (!plain || index >= types.size() || types[index].id() == TypeId::kUnknown) {
      return true;
    }
    return internal::MayHold(predicate, FactsOf(predicate, manifest.partitions[index]));
  });
}

bool PartitionMatches(const Expression& partition_filter, const PartitionSpec& spec,
                      const PartitionTuple& tuple) {
  return internal::Fold(partition_filter, [&](const Expression& predicate) {
    const size_t index = IndexOfField(spec, predicate.field_id);
    TARN_CHECK(index < tuple.size());
    return EvaluateTerm(predicate, tuple[index]);
  });
}

bool IsNormalPartition(const std::vector<Type>& types, const PartitionTuple& tuple) {
  if (tuple.size() != types.size()) {
    return false;
  }
  for (size_t i = 0; i < tuple.size(); ++i) {
    const size_t alternative = AlternativeOf(types[i]);
    if (!IsNull(tuple[i]) && alternative != std::variant_npos &&
        tuple[i].index() != alternative) {
      return false;
    }
  }
  return true;
}

Status NormalizePartition(const PartitionSpec& spec, const std::vector<Type>& types,
                          PartitionTuple* tuple) {
  if (tuple->size() != spec.fields.size()) {
    return MakeError(ErrorCode::kInvalidData,
                     "Partition has " + std::to_string(tuple->size()) +
                         " values but spec " + std::to_string(spec.id.value) +
                         " has fields: " + std::to_string(spec.fields.size()));
  }
  for (size_t i = 0; i < tuple->size(); ++i) {
    Value& value = (*tuple)[i];
    const size_t alternative = AlternativeOf(types[i]);
    if (IsNull(value) || alternative == std::variant_npos ||
        value.index() == alternative) {
      continue;
    }
    const std::optional<Type> was = PromotedFrom(types[i], value);
    if (!was.has_value()) {
      return MakeError(ErrorCode::kInvalidData,
                       "Partition value is not of its type: field " +
                           spec.fields[i].name + ", type " + types[i].ToString());
    }
    ARROW_ASSIGN_OR_RAISE(value, CastValue(*was, types[i], value));
  }
  return Status::OK();
}

}  // namespace tarn::iceberg
