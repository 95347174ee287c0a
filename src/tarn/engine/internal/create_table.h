// CREATE TABLE [AS] as DuckDB parsed it, turned into what the warehouse makes.
#pragma once

#include <optional>
#include <string>

#include <duckdb/common/enums/on_create_conflict.hpp>
#include <duckdb/common/types.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/parser/parsed_expression.hpp>

#include "tarn/base/result.h"
#include "tarn/engine/internal/declared_table.h"
#include "tarn/engine/internal/pending_writes.h"
#include "tarn/iceberg/table_ident.h"

namespace duckdb {
struct CreateTableInfo;
}

namespace tarn::engine {

class IcebergTransaction;

/// Columns with their defaults, NOT NULL, PARTITIONED BY, SORTED BY and WITH of `info`;
/// names in lower case. Errors: kNotSupported for keys, CHECK, generated columns,
/// defaults that are no constants and types that Iceberg lacks.
Result<DeclaredTable> DeclarationOf(duckdb::ClientContext& context,
                                    const duckdb::CreateTableInfo& info,
                                    const iceberg::Namespace& ns);

/// What WITH (key = …) says: a text, or the texts of ARRAY[…]. Errors: kInvalidArgument.
Result<sql::PropertyValue> ValueOfOption(const std::string& key,
                                         const duckdb::ParsedExpression& expression);

/// The table to make; unset if it is there and shall stay (IF NOT EXISTS). Errors:
/// kAlreadyExists.
Result<std::optional<NewTableWrite>> ResolveNewTable(
    IcebergTransaction& transaction, const DeclaredTable& declared,
    duckdb::OnCreateConflict on_conflict);

/// The type that a column of a query gets in a table made from it: HUGEINT, which sum()
/// gives, becomes DECIMAL(38,0).
duckdb::LogicalType StoredTypeOf(const duckdb::LogicalType& type);

}  // namespace tarn::engine
