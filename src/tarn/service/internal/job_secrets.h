// Passwords and keys of jobs: which they are is written down, what they are never.
#pragma once

#include <string>
#include <vector>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/service/job.h"

namespace tarn::service::internal {

/// Of the members of `secrets` that say something; sorted.
std::vector<std::string> SecretNames(const Json& secrets);

/// Whether `secrets` (null: none) are those that the job was given, by their names.
/// Errors: kInvalidArgument.
Status CheckSecrets(const JobRecord& job, const Json& secrets);

/// kInvalidArgument; `because` begins the message.
Status SecretsAreGone(const std::string& because);

}  // namespace tarn::service::internal
