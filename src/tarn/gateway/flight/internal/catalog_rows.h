// Catalogs, schemas and tables, as Flight SQL's clients ask for them.
#pragma once

#include <memory>
#include <string>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/gateway/flight/internal/statements.h"
#include "tarn/gateway/flight/messages.h"

namespace tarn::gateway::flight {

using Rows = std::shared_ptr<arrow::RecordBatch>;

Result<Rows> CatalogRows(Statements& statements, const Caller& caller);
Result<Rows> DbSchemaRows(Statements& statements, const Caller& caller,
                          const GetDbSchemas& get);
/// With `include_schema` each table is opened; one that cannot be has a schema without
/// columns.
Result<Rows> TableRows(Statements& statements, const Caller& caller,
                       const GetTables& get);
Result<Rows> TableTypeRows();

/// IPC's message of a schema.
Result<std::string> SchemaBytes(const arrow::Schema& schema);

/// 'text' and "name" for SQL.
std::string QuotedText(const std::string& text);
std::string QuotedName(const std::string& name);

}  // namespace tarn::gateway::flight
