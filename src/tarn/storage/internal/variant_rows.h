// Shredded variants put together again (Parquet: Variant Shredding).
#pragma once

#include <memory>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"

namespace tarn::storage {

/// The column of structs {metadata, value, typed_value} as one of {metadata, value}, of
/// type `target`: each value holds again what was stored in columns of its own. Fields
/// that both parts of an object have are those of the typed part; a value that is missing
/// where there must be one is a variant null. Errors: kInvalidData (bytes that are no
/// variant, a field name that the metadata lacks), kNotSupported (a type that variants do
/// not have).
Result<std::shared_ptr<arrow::Array>> UnshredVariants(
    const std::shared_ptr<arrow::Array>& shredded,
    const std::shared_ptr<arrow::DataType>& target);

}  // namespace tarn::storage
