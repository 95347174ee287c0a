#include <algorithm>
#include <array>
#include <cctype>

#include "tarn/base/digest.h"
#include "tarn/gateway/trino/remote_query.h"
#include "tarn/sql/lexer.h"

namespace tarn::gateway::trino {
namespace {

/// Properties of the session that the other server does not have.
constexpr std::array<std::string_view, 3> kOwnProperties = {"dialect", "route",
                                                            "result_cache"};

std::string CatalogThere(const std::string& name, const RemoteServer& server) {
  const auto found = server.catalogs.find(name);
  return found == server.catalogs.end() ? name : found->second;
}

/// "a=b,c.d=e" as the client set them, catalogs by their names there.
std::string PropertiesThere(const ClientContext& client, const RemoteServer& server) {
  std::string list;
  for (const auto& [name, value] : client.properties) {
    const bool is_ours = std::ranges::find(kOwnProperties, name) != kOwnProperties.end();
    if (is_ours) {
      continue;
    }
    const size_t dot = name.find('.');
    const std::string there =
        dot == std::string::npos
            ? name
            : CatalogThere(name.substr(0, dot), server) + name.substr(dot);
    list += (list.empty() ? "" : ",") + there + "=" + UrlEncoded(value);
  }
  return list;
}

std::string Joined(const std::set<std::string, std::less<>>& words) {
  std::string list;
  for (const std::string& word : words) {
    list += (list.empty() ? "" : ",") + word;
  }
  return list;
}

std::string Folded(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return text;
}

std::string Quoted(const std::string& name) {
  std::string quoted = "\"";
  for (const char c : name) {
    quoted += c == '"' ? "\"\"" : std::string(1, c);
  }
  return quoted + '"';
}

bool IsName(const sql::Token& token) {
  return token.kind == sql::TokenKind::kWord || token.kind == sql::TokenKind::kQuotedName;
}

bool IsDot(const sql::Token& token) {
  return token.kind == sql::TokenKind::kSymbol && token.text == ".";
}

}  // namespace

net::HttpHeaders RemoteHeaders(const ClientContext& client, const RemoteServer& server) {
  net::HttpHeaders headers;
  const auto set = [&](const char* name, const std::string& value) {
    if (!value.empty()) {
      headers.Set(std::string("X-Trino-") + name, value);
    }
  };
  const bool is_theirs = server.user.empty() || server.impersonates;
  set("User", is_theirs ? client.user : server.user);
  set("Source", client.source.empty() ? "tarn" : client.source);
  set("Catalog", CatalogThere(client.catalog, server));
  set("Schema", client.schema);
  set("Time-Zone", client.time_zone);
  set("Client-Info", client.client_info);
  set("Trace-Token", client.trace_token);
  set("Client-Capabilities", Joined(client.capabilities));
  set("Session", PropertiesThere(client, server));
  if (!server.token.empty()) {
    headers.Set("Authorization", "Bearer " + server.token);
  } else if (!server.password.empty()) {
    headers.Set("Authorization",
                "Basic " + Base64Encode(server.user + ":" + server.password));
  }
  return headers;
}

std::string WithRemoteNames(const std::string& text,
                            const std::map<std::string, std::string>& catalogs) {
  if (catalogs.empty()) {
    return text;
  }
  const auto tokens = sql::TokenizeTrino(text);
  std::string there;
  size_t copied = 0;
  for (size_t i = 0; i + 4 < tokens.size(); ++i) {
    const bool begins = IsName(tokens[i]) && IsDot(tokens[i + 1]) &&
                        IsName(tokens[i + 2]) && IsDot(tokens[i + 3]) &&
                        IsName(tokens[i + 4]) && (i == 0 || !IsDot(tokens[i - 1]));
    const auto known = begins ? catalogs.find(Folded(tokens[i].text)) : catalogs.end();
    if (known == catalogs.end()) {
      continue;
    }
    there += text.substr(copied, tokens[i].offset - copied) + Quoted(known->second);
    copied = tokens[i].end;
  }
  return there + text.substr(copied);
}

}  // namespace tarn::gateway::trino
