// Where the database of a load is, and whether its caller may reach it.
#pragma once

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/ingest/database.h"
#include "tarn/service/lake.h"
#include "tarn/service/work/load_order.h"

namespace tarn::service {

/// What `database` means, with the password or connection string of `secrets`. Errors:
/// kForbidden for an address that a guarded one may not reach, kUnavailable for a host
/// that there is not, kInvalidArgument.
Result<ingest::DatabaseTarget> DatabaseTargetOf(const Lake& lake,
                                                const DatabaseOrder& database,
                                                const Json& secrets);

/// ODBC's connection string of a data source's name, a user and a password.
std::string DataSourceString(const std::string& name, const std::string& user,
                             const std::string& password);

/// Fills what `order` does not say from the members of a stored connection. Errors:
/// kInvalidArgument for a connection of another type, kForbidden.
Status JoinDatabase(const std::string& connection, const Json& kept, DatabaseOrder* order,
                    Json* secrets);

}  // namespace tarn::service
