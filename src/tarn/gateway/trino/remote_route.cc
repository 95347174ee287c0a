#include "tarn/gateway/trino/remote_route.h"

#include <algorithm>
#include <array>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/gateway/trino/client_statement.h"
#include "tarn/gateway/trino/query_error.h"
#include "tarn/gateway/trino/resource_groups.h"
#include "tarn/gateway/trino/session_properties.h"

namespace tarn::gateway::trino {
namespace {

constexpr char kProperty[] = "route";
constexpr char kBlanks[] = " \t\r\n";

/// What rules are about: queries and changes of data.
enum class Kind : uint8_t { kQuery, kChange, kOther };

Kind KindOf(const std::string& text) {
  constexpr std::array<std::string_view, 5> kQueries = {"select", "with", "values",
                                                        "table", ""};
  constexpr std::array<std::string_view, 5> kChanges = {"insert", "update", "delete",
                                                        "merge", "create"};
  const std::string first = FirstWord(text);
  const auto is_in = [&](const auto& words) {
    return std::ranges::find(words, std::string_view(first)) != words.end();
  };
  return is_in(kQueries) ? Kind::kQuery : is_in(kChanges) ? Kind::kChange : Kind::kOther;
}

net::HttpClientOptions HttpOptions(const RemoteServer& server) {
  net::HttpClientOptions options;
  options.connect_timeout = std::chrono::milliseconds(5'000);
  options.ca_file = server.ca_file;
  return options;
}

/// Whether one of the tables is `pattern`, by its full name or without its catalog.
bool AnyMatches(const std::string& pattern, const std::vector<std::string>& tables) {
  return std::ranges::any_of(tables, [&](const std::string& table) {
    const size_t dot = table.find('.');
    return MatchesPattern(pattern, table) ||
           (dot != std::string::npos && MatchesPattern(pattern, table.substr(dot + 1)));
  });
}

}  // namespace

Result<RouteMode> RouteModeOf(const std::string& word) {
  if (word == "auto") {
    return RouteMode::kAuto;
  }
  if (word == "local") {
    return RouteMode::kLocal;
  }
  if (word == "trino") {
    return RouteMode::kTrino;
  }
  return NamedError("INVALID_SESSION_PROPERTY",
                    "route must be 'auto', 'local' or 'trino', not: " + word);
}

Result<std::optional<RouteMode>> RouteHint(std::string_view text) {
  constexpr std::string_view kBegin = "/*+";
  const size_t start = text.find_first_not_of(kBlanks);
  if (start == std::string_view::npos || !text.substr(start).starts_with(kBegin)) {
    return std::optional<RouteMode>();
  }
  text.remove_prefix(start + kBegin.size());
  std::string hint;  // without blanks
  for (const char c : text.substr(0, text.find("*/"))) {
    if (std::string_view(kBlanks).find(c) == std::string_view::npos) {
      hint.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
    }
  }
  if (!hint.starts_with("route(") || !hint.ends_with(')')) {
    return std::optional<RouteMode>();  // somebody else's hint
  }
  ARROW_ASSIGN_OR_RAISE(const RouteMode mode,
                        RouteModeOf(hint.substr(6, hint.size() - 7)));
  return std::optional(mode);
}

RemoteRoute::RemoteRoute(RouteSettings settings)
    : settings_(std::move(settings)), http_(HttpOptions(settings_.server)) {}

Result<RemoteRoute::Decision> RemoteRoute::Decide(const ClientContext& client,
                                                  const std::string& text,
                                                  const Estimate& estimate) const {
  ARROW_ASSIGN_OR_RAISE(const auto hint, RouteHint(text));
  Decision asked{.where = settings_.mode, .reason = "settings"};
  if (hint) {
    asked = {.where = *hint, .reason = "hint"};
  } else if (const std::string* const chosen = client.Property(kProperty)) {
    ARROW_ASSIGN_OR_RAISE(const RouteMode mode, RouteModeOf(*chosen));
    asked = {.where = mode, .reason = "session"};
  }
  if (asked.where == RouteMode::kLocal) {
    return asked;
  }
  const bool is_duckdb = DialectOf(client).value_or("trino") != "trino";
  const bool must = asked.where == RouteMode::kTrino && asked.reason != "settings";
  if (is_duckdb || !client.transaction_id.empty()) {
    if (!must) {
      return Decision{.where = RouteMode::kLocal, .reason = asked.reason};
    }
    return MakeError(ErrorCode::kNotSupported,
                     is_duckdb
                         ? "Statements of dialect 'duckdb' cannot run on Trino: SET "
                           "SESSION route = 'local'"
                         : "A transaction's statements cannot run on Trino: SET "
                           "SESSION route = 'local'");
  }
  return asked.where == RouteMode::kTrino ? asked : ByRules(client, text, estimate);
}

Result<RemoteRoute::Decision> RemoteRoute::ByRules(const ClientContext& client,
                                                   const std::string& text,
                                                   const Estimate& estimate) const {
  const Decision here{.where = RouteMode::kLocal, .reason = "no rule"};
  const Kind kind = KindOf(text);
  if (kind == Kind::kOther) {
    return here;
  }
  std::optional<engine::ScanEstimate> plan;
  for (const RouteRule& rule : settings_.rules) {
    const bool may_hold =
        (rule.user.empty() || MatchesPattern(rule.user, client.user)) &&
        (rule.source.empty() || MatchesPattern(rule.source, client.source)) &&
        (!rule.writes || *rule.writes == (kind == Kind::kChange));
    if (!may_hold) {
      continue;
    }
    if (rule.NeedsPlan()) {
      if (!plan) {
        auto planned = estimate();
        if (!planned.ok()) {
          return here;  // where the error is found again, and told
        }
        plan = *std::move(planned);
      }
      if (plan->bytes < rule.bytes_min ||
          (!rule.table.empty() && !AnyMatches(rule.table, plan->tables))) {
        continue;
      }
    }
    return Decision{.where = rule.to, .reason = "rule " + rule.name};
  }
  return here;
}

std::shared_ptr<RemoteQuery> RemoteRoute::MakeQuery() {
  return std::make_shared<RemoteQuery>(http_, settings_.server);
}

bool RemoteRoute::FallsBack(const Status& reason, const std::string& text) const {
  if (!settings_.falls_back) {
    return false;
  }
  // A change of data that the server may have seen must not be made twice.
  return CodeOf(reason) == ErrorCode::kUnavailable ||
         (KindOf(text) == Kind::kQuery &&
          (CodeOf(reason) == ErrorCode::kIoFailed ||
           CodeOf(reason) == ErrorCode::kTimeout || IsRemoteGone(reason)));
}

}  // namespace tarn::gateway::trino
