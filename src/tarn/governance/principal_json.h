// A principal as a document, for stores that keep one in a column.
#pragma once

#include <string>
#include <string_view>

#include "tarn/base/result.h"
#include "tarn/governance/principal_store.h"

namespace tarn::governance {

/// All members but `version`. Holds hashes of secrets, and no secret.
std::string PrincipalToJson(const PrincipalRecord& record);
/// Errors: kInvalidData.
Result<PrincipalRecord> PrincipalFromJson(std::string_view json);

}  // namespace tarn::governance
