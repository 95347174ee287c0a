// Names in Trino's dialect that lead to system tables.
#pragma once

#include <duckdb/parser/tableref/basetableref.hpp>

#include "tarn/base/result.h"
#include "tarn/engine/internal/trino/translator.h"

namespace tarn::engine::system_tables {

/// What a FROM reads in place of `table` if that names a system table, with names that
/// are left out taken from the session; nullptr if catalogs store it. Errors:
/// kNoSuchTable for a table that such a schema does not have; MISSING_CATALOG_NAME.
Result<duckdb::unique_ptr<duckdb::TableRef>> SystemTableNamed(
    const duckdb::BaseTableRef& table, const trino::SessionFacts& facts);

}  // namespace tarn::engine::system_tables
