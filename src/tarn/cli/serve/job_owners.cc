#include "tarn/cli/serve/job_owners.h"

#include <string>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/gateway/sql_access.h"
#include "tarn/governance/principal_store.h"

namespace tarn::cli {
namespace {

Result<service::JobOwner> FindSignedIn(Workspace& workspace,
                                       const gateway::SqlAccess& access,
                                       const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(const auto record,
                        workspace.store().principals().FindByName(name));
  if (!record || record->is_disabled) {
    return MakeError(
        ErrorCode::kForbidden,
        "The owner may not sign in any more, and nothing is done for them: " + name);
  }
  governance::Principal principal{
      .name = record->name, .roles = record->roles, .is_admin = record->is_admin};
  const bool may_run_sql = access.CheckMayRunSql(principal).ok();
  const bool reaches_server = access.ReachesServer(&principal);
  return service::JobOwner{.principal = std::move(principal),
                           .may_run_sql = may_run_sql,
                           .reaches_server = reaches_server};
}

}  // namespace

service::OwnerFinder MakeOwnerFinder(Workspace& workspace,
                                     std::function<bool()> signs_in) {
  return [&workspace, signs_in = std::move(signs_in)](
             const std::string& name) -> Result<service::JobOwner> {
    const gateway::SqlAccess access = gateway::SqlAccessFrom(workspace.config());
    if (signs_in()) {
      return FindSignedIn(workspace, access, name);
    }
    governance::Principal everybody = governance::AnonymousPrincipal();
    everybody.name = name;
    return service::JobOwner{.principal = std::move(everybody),
                             .may_run_sql = true,
                             .reaches_server = access.ReachesServer(nullptr)};
  };
}

}  // namespace tarn::cli
