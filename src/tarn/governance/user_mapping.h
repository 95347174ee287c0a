// Who is meant by the subject of a certificate or the claim of a token: Trino's user
// mapping.
#pragma once

#include <cstdint>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"

namespace tarn::governance {

/// The first rule whose pattern matches all of a name decides. Immutable.
class UserMapping {
 public:
  /// A regular expression whose first group is the user, like "CN=([^,]+).*". Errors:
  /// kInvalidArgument.
  static Result<UserMapping> FromPattern(std::string_view pattern);
  /// {"rules": [{"pattern": "CN=(.*)@example.org", "user": "$1", "allow": true, "case":
  /// "lower"}]}; all but the pattern may be left out. Errors: kInvalidArgument, with
  /// `origin`.
  static Result<UserMapping> FromJson(std::string_view json, const std::string& origin);

  /// Errors: kUnauthenticated (no rule matches, or one that refuses).
  Result<std::string> UserOf(std::string_view name) const;

 private:
  enum class Case : uint8_t { kKeep, kLower, kUpper };
  struct Rule {
    std::regex pattern;
    std::string user = "$1";
    bool allow = true;
    Case letters = Case::kKeep;
  };
  static Result<Rule> RuleOf(std::string_view pattern);

  std::vector<Rule> rules_;
};

}  // namespace tarn::governance
