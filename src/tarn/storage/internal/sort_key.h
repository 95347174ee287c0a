// Values as bytes whose order is that of the values: sorting rows by any columns becomes
// comparing bytes.
#pragma once

#include <string>

#include "tarn/iceberg/sort_order.h"
#include "tarn/iceberg/type.h"

namespace tarn::storage {

/// Appends `value` (of `type`, or null). No key is a prefix of another, so that keys of
/// several columns can follow each other. NaN is after all numbers, -0.0 before +0.0,
/// whatever the direction says about them is turned around as a whole; nulls go where
/// `nulls` says in either direction.
void AppendSortKey(const iceberg::Type& type, const iceberg::Value& value,
                   iceberg::SortDirection direction, iceberg::NullOrder nulls,
                   std::string* key);

}  // namespace tarn::storage
