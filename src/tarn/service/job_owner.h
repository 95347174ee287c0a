// Whose word a job is done on, as they are when it runs.
#pragma once

#include <functional>
#include <string>

#include "tarn/base/result.h"
#include "tarn/governance/principal.h"

namespace tarn::service {

struct JobOwner {
  governance::Principal principal;
  bool may_run_sql = false;
  bool reaches_server = false;  // files, network and settings of the server
};

/// By name, as in JobRecord::owner. Errors: kForbidden for who is not there any more or
/// may not sign in; those of the store.
using OwnerFinder = std::function<Result<JobOwner>(const std::string& name)>;

}  // namespace tarn::service
