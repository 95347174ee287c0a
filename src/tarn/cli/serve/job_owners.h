// Whose word jobs are done on.
#pragma once

#include <functional>

#include "tarn/cli/workspace.h"
#include "tarn/service/job_owner.h"

namespace tarn::cli {

/// What a principal may do by now: as governance keeps it where callers sign in, else
/// what everybody may. `signs_in` is asked each time. `workspace` outlives it.
service::OwnerFinder MakeOwnerFinder(Workspace& workspace,
                                     std::function<bool()> signs_in);

}  // namespace tarn::cli
