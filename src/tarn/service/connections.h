// Stored connections: hosts, users and passwords under a name, so that requests and
// schedules need not hold them.
//
//   Connections connections({.documents = store.documents(), .clock = clock,
//                            .key_file = home + "/connections.key"});
//   ARROW_ASSIGN_OR_RAISE(const Json members, connections.SecretsOf("shop", principal));
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/clock.h"
#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/governance/principal.h"

namespace tarn::catalog {
class DocumentStore;
}  // namespace tarn::catalog

namespace tarn::service {

/// What is told of a connection. Times are since the Unix epoch, UTC.
struct Connection {
  std::string name;  // unique
  std::string owner;
  std::string type;  // "postgres", "mysql", "odbc", "s3", "http"
  std::string description = {};
  bool is_shared = false;  // anybody may use it; nobody but its owner sees how
  /// Whoever made it may not reach the inside of the server's network, and so it must not
  /// either.
  bool is_guarded = false;
  Json settings = Json::object();         // host, port, …: what is no secret
  std::vector<std::string> secrets = {};  // names only
  std::chrono::milliseconds created_at{0};
  std::chrono::milliseconds updated_at{0};
};

/// A connection as somebody gives it.
struct ConnectionOrder {
  std::string name;
  std::string type;
  std::string description = {};
  bool is_shared = false;
  Json members = Json::object();  // settings and secrets, by their names
};

/// Who asks, and whether they reach the server's files, environment and network.
struct ConnectionCaller {
  governance::Principal principal;
  bool reaches_server = false;
};

struct ConnectionsOptions {
  catalog::DocumentStore& documents;
  Clock& clock;
  /// The key of the secrets, 64 hexadecimal digits: made at first use, readable by its
  /// owner only. Servers that share a store share the key too.
  std::string key_file;
};

/// The members that connections of a type may have. nullptr for a type there is not.
struct ConnectionType {
  std::string_view name;
  std::vector<std::string_view> settings;
  std::vector<std::string_view> secrets;
  std::vector<std::string_view> required;
};
const ConnectionType* FindConnectionType(std::string_view name);

/// Thread-safe; several processes may share the store. Secrets are sealed with AES-GCM
/// and bound to the connection's name; they may be references (secret_reference.h)
/// instead, if who gives them reaches the server. Errors of all: those of the store and
/// of the key's file.
class Connections {
 public:
  explicit Connections(ConnectionsOptions options) : options_(std::move(options)) {}

  /// Errors: kInvalidArgument (an unknown type or member, without its value),
  /// kAlreadyExists, kForbidden (a reference of who does not reach the server).
  Result<Connection> Create(const ConnectionOrder& order, const ConnectionCaller& caller);
  /// All of it is replaced; secrets that `order` does not name stay while type, host,
  /// port, endpoint and url do. Errors: as Create and Find, but for kAlreadyExists.
  Result<Connection> Replace(const ConnectionOrder& order,
                             const ConnectionCaller& caller);
  /// Of its owner or an administrator; of all others it is not there. Errors:
  /// kNoSuchConnection.
  Result<Connection> Find(const std::string& name,
                          const governance::Principal& principal);
  /// Those that the principal may use, by name: of shared ones of others without
  /// settings.
  Result<std::vector<Connection>> List(const governance::Principal& principal);
  /// Errors: as Find.
  Status Remove(const std::string& name, const governance::Principal& principal);

  /// All members, the secrets too, for somebody who may use it: as they were given, and
  /// `type`, and `guarded` as Connection has it. For use at once: never to be stored,
  /// shown or logged. Errors: kNoSuchConnection; kInvalidData for secrets of another key;
  /// those of ResolveSecretReferences.
  Result<Json> SecretsOf(const std::string& name, const governance::Principal& principal);

 private:
  struct Kept;
  Result<Kept> Read(const std::string& name);
  static Result<Kept> KeptFrom(const std::string& text);
  /// Splits the order's members into settings and sealed secrets.
  Result<Kept> Seal(const ConnectionOrder& order, const ConnectionCaller& caller,
                    const Kept* before);
  /// Adds what `before` has, if it is for the same place.
  Status KeepSecrets(const Kept& before, const Connection& connection, Json* secrets);
  Result<Json> Unseal(const Kept& kept);
  Result<std::string> Key();

  const ConnectionsOptions options_;
  std::mutex mutex_;
  std::string key_;  // guarded by mutex_; empty: not read yet
};

}  // namespace tarn::service
