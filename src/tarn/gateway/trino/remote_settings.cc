#include <algorithm>
#include <map>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/base/secret_reference.h"
#include "tarn/gateway/trino/remote_route.h"
#include "tarn/net/http_get.h"

namespace tarn::gateway::trino {
namespace {

Status Wrong(const Config& config, const char* key, const std::string& what) {
  return MakeError(ErrorCode::kInvalidArgument,
                   config.OriginOf(key) + ": " + key + ": " + what);
}

Result<RouteMode> ModeOf(const Config& config, const char* key, const std::string& word) {
  const auto mode = RouteModeOf(word);
  return mode.ok() ? mode : Wrong(config, key, "'local' or 'trino', not " + word);
}

/// One condition of a rule.
Status SetPart(const Config& config, const std::string& part, const std::string& value,
               RouteRule* rule) {
  constexpr char kKey[] = "sql.route.rules";
  if (part == "bytes") {
    ARROW_ASSIGN_OR_RAISE(rule->bytes_min, ParseSize(value));
  } else if (part == "table") {
    rule->table = value;
  } else if (part == "user") {
    rule->user = value;
  } else if (part == "source") {
    rule->source = value;
  } else if (part == "writes" && (value == "true" || value == "false")) {
    rule->writes = value == "true";
  } else if (part == "to" && value != "auto") {
    ARROW_ASSIGN_OR_RAISE(rule->to, ModeOf(config, kKey, value));
  } else {
    return Wrong(config, kKey,
                 "a rule has bytes, table, user, source, writes (true or false) and to "
                 "(local or trino), not " +
                     rule->name + "." + part + ": " + value);
  }
  return Status::OK();
}

Result<std::vector<RouteRule>> RulesFrom(const Config& config) {
  std::map<std::string, RouteRule> by_name;
  for (const auto& [key, value] : config.GetMap("sql.route.rules")) {
    const size_t dot = key.find('.');
    if (dot == std::string::npos) {
      return Wrong(config, "sql.route.rules",
                   "holds names with conditions below them, like 1.bytes, not " + key);
    }
    RouteRule& rule = by_name[key.substr(0, dot)];
    rule.name = key.substr(0, dot);
    RETURN_NOT_OK(SetPart(config, key.substr(dot + 1), value, &rule));
  }
  std::vector<RouteRule> rules;
  for (auto& [name, rule] : by_name) {
    rules.push_back(std::move(rule));
  }
  // 2 before 10.
  std::ranges::stable_sort(rules, {}, [](const RouteRule& rule) {
    const bool is_number = rule.name.find_first_not_of("0123456789") == std::string::npos;
    return is_number ? rule.name.size() : 0;
  });
  return rules;
}

bool IsLoopback(const std::string& url) {
  return url.starts_with("http://127.0.0.1:") || url.starts_with("http://localhost:") ||
         url.starts_with("http://[::1]:");
}

Result<RemoteServer> ServerFrom(const Config& config) {
  constexpr char kUrl[] = "sql.route.url";
  RemoteServer server{.url = config.GetText(kUrl),
                      .user = config.GetText("sql.route.user"),
                      .impersonates = config.GetBool("sql.route.impersonate"),
                      .catalogs = config.GetMap("sql.route.catalogs"),
                      .ca_file = config.GetText("sql.route.ca_file")};
  ARROW_ASSIGN_OR_RAISE(server.password,
                        ResolveSecretReferences(config.GetText("sql.route.password")));
  ARROW_ASSIGN_OR_RAISE(server.token,
                        ResolveSecretReferences(config.GetText("sql.route.token")));
  server.patience = config.GetDuration("sql.route.patience");
  while (server.url.ends_with('/')) {
    server.url.pop_back();
  }
  const bool is_plain = server.url.starts_with("http://");
  if (!is_plain && !server.url.starts_with("https://")) {
    return Wrong(config, kUrl,
                 "an address like https://trino.example.org:8443, not " +
                     net::UrlToShow(server.url));
  }
  if (server.url.find('@') != std::string::npos) {
    return Wrong(config, kUrl, "user and password have settings of their own");
  }
  const bool has_secret = !server.password.empty() || !server.token.empty();
  if (is_plain && has_secret && !IsLoopback(server.url)) {
    return Wrong(config, kUrl, "a password or token is sent over https only");
  }
  if (!server.password.empty() && server.user.empty()) {
    return Wrong(config, "sql.route.password", "needs sql.route.user");
  }
  return server;
}

}  // namespace

Result<std::optional<RouteSettings>> RouteSettingsFrom(const Config& config) {
  if (config.GetText("sql.route.url").empty()) {
    return std::optional<RouteSettings>();
  }
  RouteSettings settings;
  ARROW_ASSIGN_OR_RAISE(settings.server, ServerFrom(config));
  ARROW_ASSIGN_OR_RAISE(settings.mode, ModeOf(config, "sql.route.default",
                                              config.GetText("sql.route.default")));
  settings.falls_back = config.GetBool("sql.route.fallback");
  ARROW_ASSIGN_OR_RAISE(settings.rules, RulesFrom(config));
  return std::optional(std::move(settings));
}

}  // namespace tarn::gateway::trino
