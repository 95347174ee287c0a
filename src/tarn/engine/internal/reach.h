// What a session reaches beside tables. One that is confined runs statements on tables of
// the attached catalogs; the server's files, network, settings and other sessions' things
// are refused with kForbidden, at four places:
//   statements  by their type, before they are bound (CheckReach)
//   functions   when they are bound, wherever they are written: in a query, a view, a
//               macro, or by DuckDB itself (GuardFunctions)
//   databases   after binding: memory, temp and system are not written (RegisterReach)
//   files       when they are opened: a table's, or below a root (Confine)
#pragma once

#include <map>
#include <string>

#include "tarn/base/result.h"
#include "tarn/engine/internal/file_roots.h"

namespace duckdb {
class ClientContext;
class DatabaseInstance;
class SQLStatement;
struct DBConfig;
}  // namespace duckdb

namespace tarn::engine {

/// Before the database is opened. Functions of extensions are guarded once these are
/// loaded.
void RegisterReach(duckdb::DBConfig& config);
/// Those that there are.
void GuardFunctions(duckdb::DatabaseInstance& database);

/// From here on `context` reaches tables, and files below `roots`. Cannot be undone.
void Confine(duckdb::ClientContext& context, FileRoots roots);
bool IsConfined(duckdb::ClientContext& context);

/// Makes settings those of the session. Errors: kForbidden.
Status CheckReach(duckdb::ClientContext& context, duckdb::SQLStatement& statement);
/// For what is not DuckDB's. `what` begins a sentence: "CREATE CATALOG". Errors:
/// kForbidden if `context` is confined.
Status RequireServer(duckdb::ClientContext& context, const std::string& what);
/// A place of files that a statement names: a table's location, files to add. Errors:
/// kForbidden if `context` is confined and the place is below no root.
Status CheckPlace(duckdb::ClientContext& context, const std::string& location);

/// Properties of a table or schema that say where its files go, as CheckPlace.
Status CheckPlaces(duckdb::ClientContext& context,
                   const std::map<std::string, std::string>& properties);

}  // namespace tarn::engine
