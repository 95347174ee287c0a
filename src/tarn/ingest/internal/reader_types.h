// Types by which DuckDB's CSV and JSON readers are told what to read.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <arrow/type_fwd.h>

namespace tarn::ingest::internal {

/// DuckDB's name of the type, nested ones too; nullopt if text has no natural form of it
/// (binary).
std::optional<std::string> ReaderTypeOf(const arrow::DataType& type);

/// {'a': 'BIGINT', 'it''s': 'VARCHAR'} for the reader options `types` and `columns`.
std::string ReaderTypeMap(
    const std::vector<std::pair<std::string, std::string>>& columns);

}  // namespace tarn::ingest::internal
