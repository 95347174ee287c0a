#include "tarn/governance/user_mapping.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/base/json_fields.h"

namespace tarn::governance {
namespace {

/// The matcher's stack grows with the name.
constexpr size_t kNameBytesMax = 1'024;

std::string Trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(' ');
  return begin == std::string::npos
             ? std::string()
             : text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

}  // namespace

Result<UserMapping::Rule> UserMapping::RuleOf(std::string_view pattern) {
  try {
    return Rule{.pattern = std::regex(std::string(pattern))};
  } catch (const std::regex_error& error) {
    return MakeError(ErrorCode::kInvalidArgument,
                     std::string("Not a regular expression (") + error.what() +
                         "): " + std::string(pattern));
  }
}

Result<UserMapping> UserMapping::FromPattern(std::string_view pattern) {
  UserMapping mapping;
  ARROW_ASSIGN_OR_RAISE(Rule rule, RuleOf(pattern));
  if (rule.pattern.mark_count() == 0) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "The pattern of a user has a group in parentheses, which is the "
                     "user: " +
                         std::string(pattern));
  }
  mapping.rules_.push_back(std::move(rule));
  return mapping;
}

Result<UserMapping> UserMapping::FromJson(std::string_view json,
                                          const std::string& origin) {
  ARROW_ASSIGN_OR_RAISE(const Json document, ParseJson(json, origin));
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(document, origin));
  ARROW_ASSIGN_OR_RAISE(const Json* const rules, fields.Array("rules"));
  UserMapping mapping;
  for (const Json& item : *rules) {
    ARROW_ASSIGN_OR_RAISE(const JsonFields one, JsonFields::Make(item, origin));
    ARROW_ASSIGN_OR_RAISE(const std::string pattern, one.String("pattern"));
    ARROW_ASSIGN_OR_RAISE(Rule rule, RuleOf(pattern));
    ARROW_ASSIGN_OR_RAISE(const auto user, one.OptionalString("user"));
    ARROW_ASSIGN_OR_RAISE(const auto letters, one.OptionalString("case"));
    rule.user = user.value_or("$1");
    const auto allow = item.find("allow");
    if (allow != item.end() && !allow->is_boolean()) {
      return MakeError(ErrorCode::kInvalidArgument, origin + ": allow is true or false");
    }
    rule.allow = allow == item.end() || allow->get<bool>();
    const std::string chosen = letters.value_or("keep");
    if (chosen != "keep" && chosen != "lower" && chosen != "upper") {
      return MakeError(ErrorCode::kInvalidArgument,
                       origin + ": case is keep, lower or upper, not " + chosen);
    }
    rule.letters = chosen == "lower"   ? Case::kLower
                   : chosen == "upper" ? Case::kUpper
                                       : Case::kKeep;
    mapping.rules_.push_back(std::move(rule));
  }
  return mapping;
}

Result<std::string> UserMapping::UserOf(std::string_view name) const {
  const std::string text(name.substr(0, std::min(name.size(), kNameBytesMax + 1)));
  std::smatch match;
  const auto rule = std::ranges::find_if(rules_, [&](const Rule& candidate) {
    return text.size() <= kNameBytesMax &&
           std::regex_match(text, match, candidate.pattern);
  });
  if (rule == rules_.end()) {
    return MakeError(ErrorCode::kUnauthenticated,
                     "No user mapping patterns match the principal: " + text);
  }
  if (!rule->allow) {
    return MakeError(ErrorCode::kUnauthenticated, "Principal is not allowed: " + text);
  }
  std::string user = Trimmed(match.format(rule->user));
  if (user.empty()) {
    return MakeError(ErrorCode::kUnauthenticated,
                     "Principal matched, but resulting user is empty: " + text);
  }
  if (rule->letters != Case::kKeep) {
    std::ranges::transform(user, user.begin(), [&](unsigned char c) {
      return static_cast<char>(rule->letters == Case::kLower ? std::tolower(c)
                                                             : std::toupper(c));
    });
  }
  return user;
}

}  // namespace tarn::governance
