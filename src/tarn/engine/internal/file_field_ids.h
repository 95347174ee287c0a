// Field ids of the columns of a data file (spec: Column Projection, name mapping).
#pragma once

#include <optional>
#include <string>

#include <duckdb/common/multi_file/multi_file_data.hpp>

#include "tarn/base/result.h"
#include "tarn/iceberg/name_mapping.h"

namespace tarn::engine {

/// Gives every column of a file an id, nested ones too: its own; by `mapping` if no
/// column of the file has one; a negative one, which matches no field, to the rest. A
/// file without ids in a table without a mapping is kInvalidData: matching by name or
/// place would be a guess.
Status CompleteFieldIds(const std::string& path,
                        const std::optional<iceberg::NameMapping>& mapping,
                        duckdb::vector<duckdb::MultiFileColumnDefinition>* columns);

}  // namespace tarn::engine
