#include "tarn/gateway/sql_access.h"

#include <algorithm>

#include "tarn/base/error.h"
#include "tarn/gateway/trino/resource_groups.h"

namespace tarn::gateway {
namespace {

/// Whether one of `patterns`, with commas between them, is of `user`.
bool IsAmong(std::string_view user, std::string_view patterns) {
  while (!patterns.empty()) {
    const size_t comma = std::min(patterns.find(','), patterns.size());
    std::string_view pattern = patterns.substr(0, comma);
    patterns.remove_prefix(std::min(comma + 1, patterns.size()));
    pattern.remove_prefix(std::min(pattern.find_first_not_of(' '), pattern.size()));
    pattern = pattern.substr(0, pattern.find_last_not_of(' ') + 1);
    if (!pattern.empty() && trino::MatchesPattern(pattern, user)) {
      return true;
    }
  }
  return false;
}

}  // namespace

Status SqlAccess::CheckMayRunSql(const governance::Principal& principal) const {
  if (principal.is_admin || users == SqlUsers::kAll) {
    return Status::OK();
  }
  return MakeError(ErrorCode::kForbidden,
                   "SQL is for administrators of the server until grants limit it "
                   "(sql.users): " +
                       principal.name);
}

Status SqlAccess::CheckMayBe(const governance::Principal& principal,
                             std::string_view user) const {
  if (principal.is_admin || user == principal.name) {
    return Status::OK();
  }
  for (const auto& [who, whom] : impersonation) {
    if (trino::MatchesPattern(who, principal.name) && IsAmong(user, whom)) {
      return Status::OK();
    }
  }
  return MakeError(ErrorCode::kForbidden, "Access Denied: User " + principal.name +
                                              " cannot impersonate user " +
                                              std::string(user));
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
                                                 : ServerAccess::kLoopback,
          .impersonation = config.GetMap("sql.impersonation")};
}

}  // namespace tarn::gateway
