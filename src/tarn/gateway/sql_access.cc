#include "tarn/gateway/sql_access.h"

#include "tarn/base/error.h"

namespace tarn::gateway {

Status SqlAccess::CheckMayRunSql(const governance::Principal& principal) const {
  if (principal.is_admin || users == SqlUsers::kAll) {
    return Status::OK();
  }
  return MakeError(ErrorCode::kForbidden,
                   "SQL is for administrators of the server until grants limit it "
                   "(sql.users): " +
                       principal.name);
}

bool SqlAccess::ReachesServer(const governance::Principal* principal) const {
  if (principal == nullptr) {
    return server != ServerAccess::kNobody;
  }
  return principal->is_admin && server == ServerAccess::kAdministrators;
}

SqlAccess SqlAccessFrom(const Config& config) {
  const std::string& server = config.GetText("sql.server_access");
  return {.users = config.GetText("sql.users") == "all" ? SqlUsers::kAll
                                                        : SqlUsers::kAdministrators,
          .server = server == "nobody"           ? ServerAccess::kNobody
                    : server == "administrators" ? ServerAccess::kAdministrators
                                                 : ServerAccess::kLoopback};
}

}  // namespace tarn::gateway
