// The two dialects of names in the API's JSON: `tableName` and `table_name`.
#pragma once

#include <string>
#include <string_view>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"

namespace tarn::gateway {

/// "tableName" → "table_name", "s3Path" → "s3_path", "sourceURL" → "source_url". What is
/// no name of either dialect ("x-key", "a.b", "Naïve") stays.
std::string SnakeCaseName(std::string_view name);
/// "table_name" → "tableName".
std::string CamelCaseName(std::string_view name);

/// Whether the names of the members of the object `name` are data and stay as they are:
/// `params`, `headers`, `cookies`, `form`, `options`, `properties`, `variables`,
/// `attributes`, `rename`.
bool HoldsData(std::string_view name);

/// The body of a request: an object whose names are in snake_case, or {} for no text.
/// Errors: kInvalidArgument for text that is not JSON (with the place), not an object,
/// nested too deeply, or that has a name twice, also once in each dialect.
Result<Json> ParseApiBody(std::string_view text);

}  // namespace tarn::gateway
