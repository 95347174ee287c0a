// Who may run SQL, and what their sessions reach beside tables.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "tarn/base/config.h"
#include "tarn/base/result.h"
#include "tarn/governance/principal.h"

namespace tarn::gateway {

enum class SqlUsers : uint8_t { kAdministrators, kAll };
/// Whose statements reach the server's files, network and settings.
enum class ServerAccess : uint8_t {
  kNobody,
  kLoopback,  // everybody, while nobody signs in: then Tarn listens on loopback only
  kAdministrators,  // and administrators who signed in
};

/// Immutable.
struct SqlAccess {
  SqlUsers users = SqlUsers::kAdministrators;
  ServerAccess server = ServerAccess::kLoopback;

  /// Users, patterns with commas between them, by the pattern of who may be them.
  std::map<std::string, std::string> impersonation = {};

  /// Errors: kForbidden.
  Status CheckMayRunSql(const governance::Principal& principal) const;
  /// Whether who signed in may work in the name of `user`. Errors: kForbidden.
  Status CheckMayBe(const governance::Principal& principal, std::string_view user) const;
  /// `principal`: who signed in; nullptr where nobody does.
  bool ReachesServer(const governance::Principal* principal) const;
};

/// The settings sql.users and sql.server_access.
SqlAccess SqlAccessFrom(const Config& config);

}  // namespace tarn::gateway
