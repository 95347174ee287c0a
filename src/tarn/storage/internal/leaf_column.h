// Primitive columns of a batch, those inside of structs too, and their values one by one.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/iceberg/ids.h"
#include "tarn/iceberg/type.h"

namespace tarn::storage {

/// Child numbers on the way through structs from `fields` to the field `id`; empty if it
/// is not there.
std::vector<int> LeafPath(const std::vector<iceberg::Field>& fields, iceberg::FieldId id);

/// The column at `path` of a batch whose columns are those that LeafPath was asked about;
/// its nulls include those of its parents.
Result<std::shared_ptr<arrow::Array>> LeafColumn(const arrow::RecordBatch& batch,
                                                 const std::vector<int>& path);

/// The value of a column of an ArrowTypeOf at `row`; null for nested types.
iceberg::Value ValueAt(const arrow::Array& array, int64_t row);

}  // namespace tarn::storage
