// A load from MySQL as people ask for it: where it is, and options.
#pragma once

#include "tarn/base/result.h"
#include "tarn/ingest/database.h"
#include "tarn/ingest/mysql/mysql_source.h"

namespace tarn::ingest::mysql {

/// Options: `table` or `query`; `connections` (1 to 32); `unheld` (error or null: dates
/// that are none, times that are no time of a day); `tinyint1` (boolean or integer);
/// `time` (time or text). Errors: kInvalidArgument.
Result<MySqlRequest> RequestFrom(const DatabaseTarget& target,
                                 const DatabaseRequest& request);

}  // namespace tarn::ingest::mysql
