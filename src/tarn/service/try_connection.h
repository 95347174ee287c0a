// Trying a stored connection out.
#pragma once

#include <string>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/service/lake.h"

namespace tarn::service {

/// Connects once, with what Connections::SecretsOf() gave, and says who answered; some
/// ten seconds at most. A guarded connection reaches public addresses and those of
/// web.private_addresses only. An s3 connection is tried on its member `bucket`. Errors:
/// those of the connection, without secrets; kInvalidArgument.
Result<std::string> TryConnection(const Lake& lake, const Json& members);

}  // namespace tarn::service
