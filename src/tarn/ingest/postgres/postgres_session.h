// Questions to a PostgreSQL.
#pragma once

#include <memory>

#include "tarn/base/result.h"
#include "tarn/ingest/database.h"
#include "tarn/ingest/postgres/connection.h"

namespace tarn::ingest::postgres {

/// What `target` means to libpq.
Target TargetOf(const DatabaseTarget& target);

Result<std::unique_ptr<DatabaseSession>> OpenPostgresSession(
    const DatabaseTarget& target);

}  // namespace tarn::ingest::postgres
