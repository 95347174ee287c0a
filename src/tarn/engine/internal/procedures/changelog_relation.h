// Trino's TABLE(catalog.system.table_changes(schema, table, start, end)).
#pragma once

#include <functional>

#include <duckdb/parser/parsed_expression.hpp>
#include <duckdb/parser/tableref.hpp>

#include "tarn/base/result.h"
#include "tarn/engine/internal/trino/translator.h"
#include "tarn/sql/query.h"

namespace tarn::engine::procedures {

/// `translate` turns an argument into DuckDB's words. Errors: INVALID_FUNCTION_ARGUMENT
/// and MISSING_ARGUMENT with the place.
Result<duckdb::unique_ptr<duckdb::TableRef>> ChangelogRelation(
    const sql::relation::TableFunction& call, const trino::SessionFacts& facts,
    const sql::Position& at,
    const std::function<trino::Translator::Parsed(const sql::ExpressionPtr&)>& translate);

}  // namespace tarn::engine::procedures
