// Where a catalog's database server is, from the properties of tarn.yaml or CREATE
// CATALOG: Trino's names (connection-url, connection-user, connection-password) or plain
// ones (host, port, database, user, password). Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "tarn/base/result.h"

namespace tarn::engine {

enum class ServerKind : uint8_t { kPostgres, kMySql };

struct ServerConnection {
  ServerKind kind = ServerKind::kPostgres;
  std::string host;
  uint16_t port = 0;
  std::string database;  // of MySQL it may be empty: all of the server's
  std::string user;      // empty: the driver's default
  std::string password;  // may be a reference: base/secret_reference.h
  std::string ssl_mode;  // empty: the driver's default
  std::string ssl_ca;    // PEM file
  bool is_read_only = true;

  /// "PostgreSQL at db.example.com:5432/shop": no secret, no user.
  std::string ToShow() const;
};

/// "postgresql" and "mysql", and their other names. False for other connectors.
bool IsServerConnector(std::string_view connector);

/// `name` and `connector` are for messages and defaults. Errors: kInvalidArgument; no
/// value of a secret is in a message.
Result<ServerConnection> ServerConnectionFrom(
    const std::string& name, const std::string& connector,
    const std::map<std::string, std::string>& properties);

/// Whether a property's value is a secret.
bool IsSecretProperty(std::string_view property);
/// kInvalidArgument for a secret among `properties` that is not a reference: statements
/// are listed and kept.
Status CheckSecretsAreReferences(const std::map<std::string, std::string>& properties);
/// `text` with Trino's ${ENV:NAME} as ${env:NAME}.
std::string FoldReferences(std::string text);

}  // namespace tarn::engine
