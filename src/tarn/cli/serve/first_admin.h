// The first principal of a server that asks who calls.
#pragma once

#include <optional>
#include <string>

#include "tarn/base/result.h"
#include "tarn/governance/principal_store.h"

namespace tarn::cli {

/// If the store has no principal: makes the administrator "admin" and writes its client
/// id and secret to "<home>/admin-credentials", which only the owner may read; gives that
/// file's path. Of several servers that start at once, one does. Errors: the store's;
/// kAlreadyExists, kForbidden, kIoFailed, kDiskFull if the file cannot be made, and no
/// principal is left then.
Result<std::optional<std::string>> MakeFirstAdmin(governance::PrincipalStore& store,
                                                  const std::string& home);

}  // namespace tarn::cli
