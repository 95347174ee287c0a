// Iceberg values as Arrow cells.
#pragma once

#include <memory>
#include <string>

#include <arrow/array/builder_base.h>
#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/iceberg/type.h"

namespace tarn::table::internal {

/// The field that holds values of `type`, nullable: storage::ArrowTypeOf, uuid marked as
/// such; binary for types that Arrow has no type for.
std::shared_ptr<arrow::Field> ValueField(const std::string& name,
                                         const iceberg::Type& type);

/// `builder` is of ValueField(type). Errors: kInvalidData if `value` is not of `type`.
Status AppendValue(const iceberg::Type& type, const iceberg::Value& value,
                   arrow::ArrayBuilder& builder);

}  // namespace tarn::table::internal
