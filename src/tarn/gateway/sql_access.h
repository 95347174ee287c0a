// Who may run SQL, and what their sessions reach beside tables.
#pragma once

#include <cstdint>

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

  /// Errors: kForbidden.
  Status CheckMayRunSql(const governance::Principal& principal) const;
  /// `principal`: who signed in; nullptr where nobody does.
  bool ReachesServer(const governance::Principal* principal) const;
};

/// The settings sql.users and sql.server_access.
SqlAccess SqlAccessFrom(const Config& config);

}  // namespace tarn::gateway
