// Questions to a database by ODBC.
#pragma once

#include <memory>

#include "tarn/base/result.h"
#include "tarn/ingest/database.h"

namespace tarn::ingest::odbc {

Result<std::unique_ptr<DatabaseSession>> OpenOdbcSession(const DatabaseTarget& target);

}  // namespace tarn::ingest::odbc
