// CREATE CATALOG and DROP CATALOG.
#pragma once

#include <duckdb/main/client_context.hpp>

#include "tarn/base/result.h"
#include "tarn/sql/statement.h"

namespace tarn::engine {

/// Attaches a server's databases, or another Iceberg REST catalog; kept for later starts.
/// Errors: kForbidden for sessions that do not reach the server, kAlreadyExists,
/// kInvalidArgument, kUnavailable.
Status CreateCatalog(duckdb::ClientContext& context,
                     const sql::statement::CreateCatalog& create);
/// `drop` is of kind kCatalog. Errors: kForbidden, kNoSuchNamespace; kNotSupported for a
/// catalog that CREATE CATALOG did not make.
Status DropCatalog(duckdb::ClientContext& context, const sql::statement::Drop& drop);

}  // namespace tarn::engine
