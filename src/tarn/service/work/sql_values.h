// Values of results as JSON.
#pragma once

#include <cstdint>

#include <arrow/type_fwd.h>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"

namespace tarn::service {

/// Booleans, integers and floating point as JSON has them (NaN and the infinities as
/// text); decimals as text with all their digits; dates, times and timestamps as ISO 8601
/// text, those with a zone in UTC; binary in base64, uuid in its canonical form; lists as
/// arrays, rows as objects (arrays where their fields have no names of their own), maps
/// as objects where their keys are text and as lists of {key, value} elsewhere. Text
/// longer than `text_bytes_max` is cut, and ends with "…" then.
/// `*bytes` grows by about what the value has. `row` is within the array. Errors: those
/// of Arrow.
Result<Json> SqlValueToJson(const arrow::Array& array, int64_t row,
                            int64_t text_bytes_max, int64_t* bytes);

}  // namespace tarn::service
