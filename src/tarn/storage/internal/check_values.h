// Values of the right Arrow types that a table must not hold all the same: the Parquet
// encoder would write them without a word, and others could not read them.
#pragma once

#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/iceberg/type.h"
#include "tarn/storage/internal/value_place.h"

namespace tarn::storage {

/// Adds the rows of `batch` that break a rule of `fields`, whose Arrow columns it has
/// (ArrowSchemaOf): nulls of required fields, at every level where the parent is there;
/// null keys and repeated keys of maps; decimals of more digits than their precision;
/// text that is not UTF-8; times outside of a day; variants without metadata or value.
/// Values that no row shows (below a null) are not looked at; text in dictionaries is
/// what CanStayDictionary() has seen.
void CheckValues(const std::vector<iceberg::Field>& fields,
                 const arrow::RecordBatch& batch, BadRows* bad);

/// True if all values of a StringArray are UTF-8.
bool IsUtf8(const arrow::Array& texts);

}  // namespace tarn::storage
