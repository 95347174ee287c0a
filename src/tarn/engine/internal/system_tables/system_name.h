// Names in Trino's dialect that lead to system tables.
#pragma once

#include <string>
#include <vector>

#include <duckdb/parser/tableref/basetableref.hpp>

#include "tarn/base/result.h"
#include "tarn/engine/internal/trino/translator.h"

namespace tarn::engine::system_tables {

/// What a FROM reads in place of `table` if that names a system table, with names that
/// are left out taken from the session; nullptr if catalogs store it. Errors:
/// kNoSuchTable for a table that such a schema does not have; MISSING_CATALOG_NAME.
Result<duckdb::unique_ptr<duckdb::TableRef>> SystemTableNamed(
    const duckdb::BaseTableRef& table, const trino::SessionFacts& facts);

/// Leaves of a column's name ("runtime", "nodes", "node_id") what the FROM of a system
/// table is known by, its name; does nothing to other names.
void DropSystemSchema(const trino::SessionFacts& facts, std::vector<std::string>* column);

}  // namespace tarn::engine::system_tables
