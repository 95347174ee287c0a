// The path language of SQL/JSON: 'lax $.a[*] ? (@.b > 1).size()'. Knows nothing of
// DuckDB.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "tarn/engine/internal/trino_functions/json_value.h"

namespace tarn::engine {

using JsonItems = std::vector<JsonValue>;

/// What `path` finds in `value`, in order. Unset when it fails: a member or an element
/// that strict mode misses, arithmetic on what is no number. Throws
/// INVALID_FUNCTION_ARGUMENT for text that is no path. Left out, with NOT_SUPPORTED:
/// like_regex, `**`.
/// `variables`, if any, is an object whose members are what `$name` stands for; a name
/// without one throws INVALID_PATH.
std::optional<JsonItems> EvaluatePath(const JsonValue& value, std::string_view path,
                                      const JsonValue* variables = nullptr);

/// EvaluatePath of one path that has been read already.
using JsonPathReader = std::function<std::optional<JsonItems>(
    const JsonValue& value, const JsonValue* variables)>;
/// Throws as EvaluatePath does for text that is no path.
JsonPathReader ReadJsonPath(std::string_view path);

}  // namespace tarn::engine
