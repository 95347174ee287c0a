// Columns that every Iceberg table has beside its own: where a row is stored, and its
// lineage.
#pragma once

#include <optional>

#include <duckdb/common/multi_file/multi_file_reader.hpp>
#include <duckdb/common/table_column.hpp>
#include <duckdb/common/types/value.hpp>
#include <duckdb/common/unique_ptr.hpp>
#include <duckdb/common/vector.hpp>

#include "tarn/engine/internal/scan_state.h"

namespace duckdb {
class ClientContext;
class Expression;
class LogicalGet;
}  // namespace duckdb

namespace tarn::engine {

/// Ids from DuckDB's range of virtual columns, above those of its own file readers.
inline constexpr duckdb::column_t kFirstVirtualColumn =
    duckdb::MultiFileReader::COLUMN_IDENTIFIER_FILENAME + 1000;
enum VirtualColumn : duckdb::column_t {
  kRowIdColumn = kFirstVirtualColumn,  // _row_id
  kLastUpdatedColumn,                  // _last_updated_sequence_number
  kPathColumn,                         // "$path"
  kPartitionColumn,                    // "$partition"
  kModifiedColumn,                     // "$file_modified_time"
  kFileColumn,                         // _file
  kPositionColumn,                     // _pos
  kSpecIdColumn,                       // _spec_id
};

/// All of them, DuckDB's filename, file_index and file_row_number too.
duckdb::virtual_column_map_t VirtualColumns();

/// True for the two columns of row lineage: a row may hold its own value.
inline bool IsLineageColumn(duckdb::column_t column) {
  return column == kRowIdColumn || column == kLastUpdatedColumn;
}

/// The id under which a file stores a lineage column (spec: Reserved Field IDs).
iceberg::FieldId StoredLineageField(duckdb::column_t column);

/// The value that all rows of the file have for `column`; unset if they differ or if it
/// is none of ours. Throws when the file's time cannot be asked for.
std::optional<duckdb::Value> FileValueOf(duckdb::column_t column, const ScanState& state,
                                         const table::FileScanTask& task);

/// What rows have whose own value of lineage `column` is null (spec: Row Lineage):
/// `position`, the expression of the row's place in the file, counts from the file's
/// first row id.
duckdb::unique_ptr<duckdb::Expression> InheritedLineage(
    duckdb::ClientContext& context, duckdb::column_t column,
    const table::FileScanTask& task, duckdb::unique_ptr<duckdb::Expression> position);

/// `stored`, or `inherited` where it is null.
duckdb::unique_ptr<duckdb::Expression> StoredOrInherited(
    duckdb::unique_ptr<duckdb::Expression> stored,
    duckdb::unique_ptr<duckdb::Expression> inherited);

/// Keeps filters on lineage columns out of the file reader, which would compare stored
/// values only: they are wrapped so that DuckDB evaluates them above the scan.
void KeepLineageFiltersAbove(
    const duckdb::LogicalGet& get,
    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& filters);
/// True if `filter` refers to a lineage column of `get`.
bool RefersToLineage(const duckdb::LogicalGet& get, const duckdb::Expression& filter);

}  // namespace tarn::engine
