// What a table's properties say about single columns (write.parquet.*.column.<name>).
#pragma once

#include <map>

#include "tarn/base/result.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/storage/parquet_options.h"

namespace tarn::storage {

/// Who chose the codec of columns that nothing is said about.
enum class CodecChoice : bool { kSettings, kTable };

/// Options of the primitive columns of the current schema that have some, by field id. A
/// property of a struct, list or map holds for all columns inside that have none of their
/// own. `table` has the options that hold for the whole table; its codec_overrides count
/// only if the codec comes from the settings. Errors: kInvalidArgument with the property
/// and what is valid.
Result<std::map<iceberg::FieldId, ColumnOptions>> ColumnOptionsOf(
    const iceberg::TableMetadata& metadata, const ParquetOptions& table,
    CodecChoice codec_choice);

/// A property that is not what it must be.
Status BadProperty(const std::string& key, const std::string& valid,
                   const std::string& value);
/// True or false, in any case. Errors: kInvalidArgument.
Result<bool> BoolProperty(const std::string& key, const std::string& value);
/// A whole number from `min` to `max`. Errors: kInvalidArgument.
Result<int64_t> IntegerProperty(const std::string& key, const std::string& value,
                                int64_t min, int64_t max);
/// A codec by its name, without a level: other engines read these properties too. Errors:
/// kInvalidArgument.
Result<Codec> CodecProperty(const std::string& key, const std::string& value);

}  // namespace tarn::storage
