// Items of a JSON path: made, compared and calculated with. Knows nothing of DuckDB.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "tarn/engine/internal/trino_functions/json_path.h"

namespace tarn::engine {

using MaybeItems = std::optional<JsonItems>;  // unset: it fails

JsonValue NumberItem(double number);
JsonValue IntegerItem(int64_t number);
JsonValue TextItem(std::string_view text);

bool IsWhole(const JsonValue& item);
double NumberOf(const JsonValue& item);
/// "null", "boolean", "number", "string", "array", "object"
std::string_view KindName(JsonKind kind);

/// -1, 0 or 1; unset for items that cannot be compared.
std::optional<int> Compared(const JsonValue& a, const JsonValue& b);

/// One number of each side; `symbol` is one of + - * / %.
MaybeItems Calculate(char symbol, const MaybeItems& left, const MaybeItems& right);

}  // namespace tarn::engine
