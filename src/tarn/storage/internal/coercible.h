// Which Arrow types go into which types of a table's columns without losing anything.
// docs/user/writing.md lists them.
#pragma once

#include <optional>
#include <vector>

#include <arrow/type_fwd.h>

namespace tarn::storage {

/// True if every type of values of `from` may be coerced to `to`, a type of ArrowTypeOf;
/// a value may still be out of range.
bool CanCoerce(const arrow::DataType& from, const arrow::DataType& to);

/// True if an array of `from` becomes one of `to` by exchanging its type alone: names
/// below lists and maps, nullability, metadata and the time zone's name do not matter.
bool SameLayout(const arrow::DataType& from, const arrow::DataType& to);

/// For each field of the struct `to` the number of the field of the struct `from` that
/// goes there: by name if both have the same names, else by position if no name is at
/// another one. Unset where there is no such order, or the numbers of fields differ.
std::optional<std::vector<int>> FieldOrder(const arrow::DataType& from,
                                           const arrow::DataType& to);

/// `type` without extension types, dictionaries and run ends, which are only another
/// encoding of its values.
const arrow::DataType& DecodedType(const arrow::DataType& type);

}  // namespace tarn::storage
