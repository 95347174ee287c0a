#include "tarn/engine/internal/federation/server_connection.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "tarn/base/config.h"
#include "tarn/base/error.h"

namespace tarn::engine {
namespace {

constexpr uint16_t kPostgresPort = 5432;
constexpr uint16_t kMySqlPort = 3306;

struct Word {
  std::string_view property;
  std::string ServerConnection::* field;
};

constexpr Word kWords[] = {
    {"connection-password", &ServerConnection::password},
    {"connection-user", &ServerConnection::user},
    {"database", &ServerConnection::database},
    {"host", &ServerConnection::host},
    {"password", &ServerConnection::password},
    {"ssl-ca", &ServerConnection::ssl_ca},
    {"ssl-mode", &ServerConnection::ssl_mode},
    {"user", &ServerConnection::user},
};

Status Wrong(const std::string& catalog, const std::string& what) {
  return MakeError(ErrorCode::kInvalidArgument, "Catalog " + catalog + ": " + what);
}

std::optional<uint16_t> PortOf(std::string_view text) {
  uint16_t port = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool is_whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
  return is_whole && port != 0 ? std::optional(port) : std::nullopt;
}

/// Takes what is before the first of `stops` from the front of `rest`.
std::string TakeUntil(std::string_view stops, std::string_view* rest) {
  const size_t end = std::min(rest->find_first_of(stops), rest->size());
  std::string taken(rest->substr(0, end));
  rest->remove_prefix(end);
  return taken;
}

Status ReadHost(const std::string& catalog, std::string_view* rest,
                ServerConnection* made) {
  if (rest->starts_with('[')) {
    rest->remove_prefix(1);
    made->host = TakeUntil("]", rest);
    rest->remove_prefix(std::min<size_t>(1, rest->size()));
  } else {
    made->host = TakeUntil(":/?", rest);
  }
  if (!rest->starts_with(':')) {
    return Status::OK();
  }
  rest->remove_prefix(1);
  const auto port = PortOf(TakeUntil("/?", rest));
  if (!port) {
    return Wrong(catalog, "the port in connection-url is not a number");
  }
  made->port = *port;
  return Status::OK();
}

/// jdbc:postgresql://host:port/database?parameters
Status ReadUrl(const std::string& catalog, std::string_view url, ServerConnection* made) {
  if (url.starts_with("jdbc:")) {
    url.remove_prefix(5);
  }
  const std::string scheme = TakeUntil(":", &url);
  if (!IsServerConnector(scheme) || !url.starts_with("://")) {
    return Wrong(catalog,
                 "connection-url must look like jdbc:postgresql://host:5432/database or "
                 "jdbc:mysql://host:3306");
  }
  url.remove_prefix(3);
  if (url.substr(0, url.find('/')).find('@') != std::string_view::npos) {
    return Wrong(catalog, "connection-url holds a user: use connection-user");
  }
  RETURN_NOT_OK(ReadHost(catalog, &url, made));
  if (url.starts_with('/')) {
    url.remove_prefix(1);
    made->database = TakeUntil("?", &url);
  }
  while (!url.empty()) {
    url.remove_prefix(1);  // '?' or '&'
    const std::string name = TakeUntil("=&", &url);
    const std::string value = TakeUntil("&", &url);
    if (name != "sslmode" && name != "sslMode") {
      return Wrong(catalog, "unknown parameter of connection-url: " + name +
                                "; only sslmode is known");
    }
    made->ssl_mode = value.substr(std::min<size_t>(1, value.size()));
  }
  return Status::OK();
}

Status ReadFlag(const std::string& catalog, const std::string& value, bool* flag) {
  if (value != "true" && value != "false") {
    return Wrong(catalog, "read-only is true or false, not " + value);
  }
  *flag = value == "true";
  return Status::OK();
}

Status UnknownProperty(const std::string& catalog, const std::string& property) {
  std::vector<std::string> known = {"connection-url", "port", "read-only"};
  for (const Word& word : kWords) {
    known.emplace_back(word.property);
  }
  const std::string near = NearestWord(property, known);
  return Wrong(catalog, "unknown property " + property +
                            (near.empty() ? "" : "; did you mean " + near + "?"));
}

Status ReadProperty(const std::string& catalog, const std::string& property,
                    const std::string& value, ServerConnection* made) {
  std::string name = property;
  std::ranges::replace(name, '_', '-');
  if (name == "type" || name == "connection-url") {
    return Status::OK();  // read before
  }
  if (name == "read-only") {
    return ReadFlag(catalog, value, &made->is_read_only);
  }
  if (name == "port") {
    const auto port = PortOf(value);
    made->port = port.value_or(0);
    return port ? Status::OK() : Wrong(catalog, "port is a number, not " + value);
  }
  const auto word = std::ranges::find(kWords, name, &Word::property);
  if (word == std::end(kWords)) {
    return UnknownProperty(catalog, property);
  }
  made->*(word->field) = value;
  return Status::OK();
}

}  // namespace

std::string ServerConnection::ToShow() const {
  return std::string(kind == ServerKind::kPostgres ? "PostgreSQL" : "MySQL") + " at " +
         host + ":" + std::to_string(port) + (database.empty() ? "" : "/" + database);
}

bool IsServerConnector(std::string_view connector) {
  return connector == "postgresql" || connector == "postgres" || connector == "mysql" ||
         connector == "mariadb";
}

Result<ServerConnection> ServerConnectionFrom(
    const std::string& name, const std::string& connector,
    const std::map<std::string, std::string>& properties) {
  ServerConnection made;
  made.kind =
      connector.starts_with("postgres") ? ServerKind::kPostgres : ServerKind::kMySql;
  if (const auto url = properties.find("connection-url"); url != properties.end()) {
    RETURN_NOT_OK(ReadUrl(name, url->second, &made));
    const bool is_postgres = url->second.find("postgres") < url->second.find("//");
    if (is_postgres != (made.kind == ServerKind::kPostgres)) {
      return Wrong(name, "connection-url is not one of connector " + connector);
    }
  }
  for (const auto& [property, value] : properties) {
    RETURN_NOT_OK(ReadProperty(name, property, value, &made));
  }
  if (made.host.empty()) {
    return Wrong(name, "connection-url or host must say where the server is");
  }
  if (made.database.empty() && made.kind == ServerKind::kPostgres) {
    return Wrong(name, "connection-url or database must name a database");
  }
  if (made.port == 0) {
    made.port = made.kind == ServerKind::kPostgres ? kPostgresPort : kMySqlPort;
  }
  return made;
}

bool IsSecretProperty(std::string_view property) {
  constexpr std::string_view kWordsOfSecrets[] = {"password",   "secret",     "token",
                                                  "credential", "access-key", "header."};
  return std::ranges::any_of(kWordsOfSecrets, [&](std::string_view word) {
    return property.find(word) != std::string_view::npos;
  });
}

Status CheckSecretsAreReferences(const std::map<std::string, std::string>& properties) {
  for (const auto& [property, value] : properties) {
    if (!IsSecretProperty(property)) {
      continue;
    }
    std::string rest = value;
    for (size_t at = rest.find("${"); at != std::string::npos; at = rest.find("${")) {
      const size_t end = rest.find('}', at);
      rest.erase(at, end == std::string::npos ? end : end - at + 1);
    }
    if (value.find("${") == std::string::npos || (!rest.empty() && rest != ":")) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "Property " + property +
                           " is a secret, and statements are listed and kept: give "
                           "'${ENV:NAME}' or '${file:PATH}' in its place");
    }
  }
  return Status::OK();
}

std::string FoldReferences(std::string text) {
  for (const auto& [from, to] : {std::pair("${ENV:", "${env:"), {"${FILE:", "${file:"}}) {
    for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
      text.replace(at, std::string_view(from).size(), to);
    }
  }
  return text;
}

}  // namespace tarn::engine
