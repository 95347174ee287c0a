// What of a principal's roles a token is for.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/governance/principal.h"
#include "tarn/governance/principal_store.h"

namespace tarn::governance::internal {

struct TokenScope {
  std::optional<std::vector<std::string>> roles;  // unset: all
  std::string text;                               // the words that were understood
};

/// Words of `scope` (RFC 6749 3.3): "PRINCIPAL_ROLE:x" asks for that role alone,
/// "PRINCIPAL_ROLE:ALL" and "catalog", which clients send on their own, for all. Others
/// grant nothing and are no error. Errors: kForbidden for a role that `record` lacks.
Result<TokenScope> GrantScope(std::string_view scope, const PrincipalRecord& record);

/// The scope that says the same as `roles`.
std::string ScopeText(const std::optional<std::vector<std::string>>& roles);

/// With the roles that it has now of those that a token is for; such a token is for no
/// administration.
Principal PrincipalWith(const PrincipalRecord& record,
                        const std::optional<std::vector<std::string>>& roles);

}  // namespace tarn::governance::internal
