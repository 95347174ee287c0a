// The columns that Flight SQL gives its metadata, and the answers that never change.
#pragma once

#include <memory>
#include <string>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/gateway/flight/messages.h"

namespace tarn::gateway::flight {

std::shared_ptr<arrow::Schema> CatalogsSchema();
std::shared_ptr<arrow::Schema> DbSchemasSchema();
std::shared_ptr<arrow::Schema> TablesSchema(bool with_schemas);
std::shared_ptr<arrow::Schema> TableTypesSchema();
std::shared_ptr<arrow::Schema> PrimaryKeysSchema();
std::shared_ptr<arrow::Schema> ForeignKeysSchema();
std::shared_ptr<arrow::Schema> SqlInfoSchema();
std::shared_ptr<arrow::Schema> XdbcTypesSchema();

/// What the server is and can; ids that mean nothing to it are left out.
Result<std::shared_ptr<arrow::RecordBatch>> SqlInfoRows(const GetSqlInfo& get,
                                                        const std::string& version);
/// The types of columns, as JDBC and ODBC describe them.
Result<std::shared_ptr<arrow::RecordBatch>> XdbcTypeRows(const GetXdbcTypeInfo& get);

/// `rows` is JSON, a list for each row, as arrow::json reads it.
Result<std::shared_ptr<arrow::RecordBatch>> RowsOf(
    const std::shared_ptr<arrow::Schema>& schema, const std::string& rows);

}  // namespace tarn::gateway::flight
