// One predicate on a column as a predicate on one partition field made from that column.
#pragma once

#include <optional>

#include "tarn/iceberg/expression.h"
#include "tarn/iceberg/partition_spec.h"

namespace tarn::iceberg::internal {

enum class Projection : uint8_t { kInclusive, kStrict };

/// nullopt if the field says nothing about the predicate. `predicate` is bound;
/// `partition_type` is the field's type. Precondition: predicate.field_id is the field's
/// only source.
std::optional<Expression> ProjectPredicate(Projection kind, const Expression& predicate,
                                           const PartitionField& field,
                                           const Type& partition_type);

}  // namespace tarn::iceberg::internal
