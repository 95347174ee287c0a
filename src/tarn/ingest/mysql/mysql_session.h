// Questions to a MySQL.
#pragma once

#include <memory>

#include "tarn/base/result.h"
#include "tarn/ingest/database.h"

namespace tarn::ingest::mysql {

Result<std::unique_ptr<DatabaseSession>> OpenMySqlSession(const DatabaseTarget& target);

}  // namespace tarn::ingest::mysql
