#include "tarn/governance/internal/token_scope.h"

#include <algorithm>
#include <iterator>

#include "tarn/base/error.h"

namespace tarn::governance::internal {
namespace {

constexpr std::string_view kRolePrefix = "PRINCIPAL_ROLE:";
constexpr std::string_view kAllRoles = "PRINCIPAL_ROLE:ALL";
constexpr std::string_view kCatalog = "catalog";

void AddWord(std::string_view word, std::string* text) {
  if (!text->empty()) {
    *text += ' ';
  }
  *text += word;
}

}  // namespace

Result<TokenScope> GrantScope(std::string_view scope, const PrincipalRecord& record) {
  TokenScope granted;
  bool has_all = false;
  while (!scope.empty()) {
    const std::string_view word = scope.substr(0, scope.find(' '));
    scope.remove_prefix(std::min(scope.size(), word.size() + 1));
    if (word == kAllRoles || word == kCatalog) {
      has_all = has_all || word == kAllRoles;
      AddWord(word, &granted.text);
      continue;
    }
    if (!word.starts_with(kRolePrefix)) {
      continue;
    }
    const std::string role(word.substr(kRolePrefix.size()));
    if (!std::ranges::binary_search(record.roles, role)) {
      return MakeError(ErrorCode::kForbidden,
                       "The principal does not have the role: " + role);
    }
    if (!granted.roles) {
      granted.roles.emplace();
    }
    granted.roles->push_back(role);
    AddWord(word, &granted.text);
  }
  if (has_all) {
    granted.roles.reset();
  } else if (granted.roles) {
    std::ranges::sort(*granted.roles);
  }
  return granted;
}

std::string ScopeText(const std::optional<std::vector<std::string>>& roles) {
  if (!roles) {
    return std::string(kAllRoles);
  }
  std::string text;
  for (const std::string& role : *roles) {
    AddWord(std::string(kRolePrefix) + role, &text);
  }
  return text;
}

Principal PrincipalWith(const PrincipalRecord& record,
                        const std::optional<std::vector<std::string>>& roles) {
  Principal principal{
      .name = record.name, .roles = {}, .is_admin = record.is_admin && !roles};
  if (roles) {
    std::ranges::set_intersection(record.roles, *roles,
                                  std::back_inserter(principal.roles));
  } else {
    principal.roles = record.roles;
  }
  return principal;
}

}  // namespace tarn::governance::internal
