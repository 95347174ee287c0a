// Iceberg schemas as Arrow schemas and back. Field ids travel in the field metadata key
// "PARQUET:field_id", which Arrow's Parquet writer and reader understand.
#pragma once

#include <memory>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/iceberg/schema.h"

namespace tarn::storage {

/// Exact inverse of SchemaFromArrow for every v1/v2 type: string utf8, binary, uuid
/// fixed_size_binary(16) (Parquet UUID), decimal128, date32, time64[us],
/// timestamp[us](UTC). Of version 3: timestamp[ns](UTC), geometry and geography binary
/// (WKB), variant struct<metadata: binary, value: binary> (Parquet's encoding, not
/// shredded), unknown null.
Result<std::shared_ptr<arrow::Schema>> ArrowSchemaOf(const iceberg::Schema& schema);
Result<std::shared_ptr<arrow::DataType>> ArrowTypeOf(const iceberg::Type& type);

/// Proposes Iceberg fields (fresh ids from 1) for a table made from `schema`. Types
/// without an exact Iceberg type map to the narrowest that holds all their values (uint32
/// → long, uint64 → decimal(20,0), time32 → time, timestamp[ms|s] → timestamp,
/// timestamp[ns] → timestamp unless `keep_nanoseconds`, float16 → float,
/// large/view/dictionary types → their value type, duration → long, null → string).
/// Errors: kNotSupported naming the column.
struct FromArrowOptions {
  bool keep_nanoseconds = false;  // needs a v3 table
};
Result<std::vector<iceberg::Field>> FieldsFromArrow(const arrow::Schema& schema,
                                                    FromArrowOptions options = {});

}  // namespace tarn::storage
