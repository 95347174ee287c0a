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

using Truth = std::optional<bool>;  // unset: unknown

/// Whether a pair of items compares so; `symbol` is one of == != <> < <= > >=.
Truth AnyCompares(const MaybeItems& left, std::string_view symbol,
                  const MaybeItems& right);
/// Whether a text of `items` begins with the one text that `prefix` is.
Truth AnyStartsWith(const MaybeItems& items, const MaybeItems& prefix);

/// One number of each side; `symbol` is one of + - * / %.
MaybeItems Calculate(char symbol, const MaybeItems& left, const MaybeItems& right);

}  // namespace tarn::engine
