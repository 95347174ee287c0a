// Where SQLite and PostgreSQL say the same thing in other words.
#pragma once

#include <string>
#include <string_view>

namespace tarn::catalog::internal {

/// `sql` as SQLite takes it: without FOR UPDATE, since one transaction writes at a time.
std::string SqliteStatement(std::string_view sql);

/// `sql` as PostgreSQL takes it: `$1` for `?1`, COLLATE "C" for COLLATE BINARY. No `?`
/// is left in a quoted text: our statements have none there.
std::string PostgresStatement(std::string_view sql);

}  // namespace tarn::catalog::internal
