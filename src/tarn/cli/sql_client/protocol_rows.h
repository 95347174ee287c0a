// Columns and rows of Trino's protocol as Arrow.
#pragma once

#include <memory>

#include <arrow/type_fwd.h>
#include <nlohmann/json_fwd.hpp>

#include "tarn/base/result.h"

namespace tarn::cli {

/// The schema that `columns` (an array of {name, type}) tells. Types that Arrow has no
/// like of, such as intervals, are texts. Errors: kInvalidData.
Result<std::shared_ptr<arrow::Schema>> SchemaOfColumns(
    const nlohmann::ordered_json& columns);

/// `rows`, an array of arrays. Errors: kInvalidData.
Result<std::shared_ptr<arrow::RecordBatch>> BatchOfRows(
    const std::shared_ptr<arrow::Schema>& schema, const nlohmann::ordered_json& rows);

}  // namespace tarn::cli
