#include "tarn/service/internal/job_secrets.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tarn/base/error.h"

namespace tarn::service::internal {

Status SecretsAreGone(const std::string& because) {
  return MakeError(ErrorCode::kInvalidArgument,
                   because +
                       " the passwords and keys that it was given, which are never "
                       "written down, are gone. Send the request again with them, or use "
                       "a stored connection");
}

std::vector<std::string> SecretNames(const Json& secrets) {
  std::vector<std::string> names;
  for (const auto& [name, value] : secrets.items()) {
    const bool is_given =
        value.is_string() ? !value.get_ref<const std::string&>().empty() : !value.empty();
    if (is_given) {
      names.push_back(name);
    }
  }
  return names;  // in order: the members of an object are
}

Status CheckSecrets(const JobRecord& job, const Json& secrets) {
  const bool are_known = !job.has_secrets || !job.secret_names.empty();
  const auto given =
      secrets.is_null() ? std::vector<std::string>() : SecretNames(secrets);
  if (are_known && given == job.secret_names) {
    return Status::OK();
  }
  if (!job.has_secrets) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "The job was given no passwords or keys, and takes none now; leave "
                     "them out: " +
                         fmt::format("{}", fmt::join(given, ", ")));
  }
  if (job.secret_names.empty()) {
    return SecretsAreGone("The job cannot be done again as it is:");
  }
  return MakeError(ErrorCode::kInvalidArgument,
                   fmt::format("The job was given passwords or keys, which are never "
                               "written down: give these, and no others, anew: {}",
                               fmt::join(job.secret_names, ", ")));
}

}  // namespace tarn::service::internal
