// Which types a column may take later in its life (spec: Schema Evolution).
#pragma once

#include <cstdint>

#include "tarn/base/result.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/iceberg/type.h"

namespace tarn::iceberg {

/// True if every value of `from` is a value of `to` by the specification's table: int to
/// long, float to double, a decimal to more digits; from version 3 on unknown to any type
/// and date to timestamp or timestamp_ns. A type is always itself.
bool CanPromote(const Type& from, const Type& to, int32_t format_version);

/// Refuses a promotion of column `id` that would change the value of a partition field of
/// any of the table's specs (date to timestamp, except under year, month and day): files
/// written before and after would fall into different partitions. Errors: kNotSupported.
Status CheckPromotionKeepsPartitions(const TableMetadata& table, FieldId id,
                                     const Type& from, const Type& to);

/// `field` as a field of type `to`, its defaults cast along. Precondition: CanPromote.
/// Errors: kTypeMismatch for a default that `to` cannot hold.
Result<Field> PromoteField(Field field, const Type& to);

}  // namespace tarn::iceberg
