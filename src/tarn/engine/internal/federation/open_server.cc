#include "tarn/engine/internal/federation/open_server.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <utility>

#include <duckdb/main/client_context.hpp>
#include <duckdb/main/connection.hpp>
#include <duckdb/main/database.hpp>
#include <duckdb/main/extension_callback_manager.hpp>
#include <duckdb/main/materialized_query_result.hpp>
#include <duckdb/parser/keyword_helper.hpp>
#include <duckdb/parser/parsed_data/attach_info.hpp>
#include <duckdb/storage/storage_extension.hpp>

#include "tarn/base/error.h"
#include "tarn/base/secret_reference.h"
#include "tarn/engine/internal/catch_duckdb.h"

namespace tarn::engine {
namespace {

/// Of libpq; a server that is gone is known after this.
constexpr char kConnectTimeout[] = "connect_timeout=10";

/// For as long as a connection is made; nobody else's secrets have such a name.
std::string NewSecretName() {
  static std::atomic<int64_t> last = 0;
  return "tarn_server_" + std::to_string(++last);
}

struct Extension {
  const char* name;         // of the file and the storage
  const char* secret_type;  // in CREATE SECRET
};

Extension ExtensionOf(ServerKind kind) {
  return kind == ServerKind::kPostgres ? Extension{"postgres_scanner", "postgres"}
                                       : Extension{"mysql_scanner", "mysql"};
}

std::string Quoted(const std::string& text) {
  return duckdb::KeywordHelper::WriteQuoted(text, '\'');
}

Status Run(duckdb::Connection& connection, const std::string& sql) {
  const auto result = connection.Query(sql);
  return result->HasError() ? StatusOf(result->GetErrorObject()) : Status::OK();
}

Status LoadExtension(duckdb::Connection& connection, ServerKind kind,
                     const FederatedServers& servers) {
  const std::string name = ExtensionOf(kind).name;
  if (connection.context->db->ExtensionIsLoaded(name)) {
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(const std::string file, servers.ExtensionFile(name));
  RETURN_NOT_OK(Run(connection, "LOAD " + Quoted(file)));
  if (kind == ServerKind::kMySql) {
    // MySQL sorts and groups text by its collations, which take 'a' and 'A' for the same.
    RETURN_NOT_OK(Run(connection, "SET GLOBAL mysql_order_pushdown_enabled = false"));
    RETURN_NOT_OK(Run(connection, "SET GLOBAL mysql_aggregate_pushdown_enabled = false"));
  }
  return Status::OK();
}

std::string SecretText(const std::string& secret, const ServerConnection& connection) {
  std::string sql = "CREATE OR REPLACE TEMPORARY SECRET " + secret + " (TYPE " +
                    ExtensionOf(connection.kind).secret_type + ", HOST " +
                    Quoted(connection.host) + ", PORT " + std::to_string(connection.port);
  for (const auto& [option, value] : {std::pair("DATABASE", &connection.database),
                                      {"USER", &connection.user},
                                      {"PASSWORD", &connection.password}}) {
    if (!value->empty()) {
      sql += std::string(", ") + option + " " + Quoted(*value);
    }
  }
  if (connection.kind == ServerKind::kMySql) {
    for (const auto& [option, value] :
         {std::pair("SSL_MODE", &connection.ssl_mode), {"SSL_CA", &connection.ssl_ca}}) {
      if (!value->empty()) {
        sql += std::string(", ") + option + " " + Quoted(*value);
      }
    }
  }
  return sql + ")";
}

/// What the secret has no place for.
std::string PathOf(const ServerConnection& connection) {
  if (connection.kind == ServerKind::kMySql) {
    return {};
  }
  std::string path = kConnectTimeout;
  for (const auto& [option, value] : {std::pair(" sslmode=", &connection.ssl_mode),
                                      {" sslrootcert=", &connection.ssl_ca}}) {
    if (!value->empty()) {
      path += option + Quoted(*value);
    }
  }
  return path;
}

std::unique_ptr<OpenedServer> AttachInner(duckdb::ClientContext& context,
                                          duckdb::AttachedDatabase& attached,
                                          const std::string& name,
                                          const std::string& secret,
                                          const ServerConnection& connection) {
  auto& callbacks = duckdb::ExtensionCallbackManager::Get(context);
  const auto storage = callbacks.FindStorageExtension(ExtensionOf(connection.kind).name);
  if (storage == nullptr) {
    ThrowStatus(MakeError(ErrorCode::kInternal, "The extension has no storage"));
  }
  duckdb::AttachInfo info;
  info.name = name;
  info.path = PathOf(connection);
  info.options["secret"] = duckdb::Value(secret);
  duckdb::AttachOptions options(info.options, connection.is_read_only
                                                  ? duckdb::AccessMode::READ_ONLY
                                                  : duckdb::AccessMode::READ_WRITE);
  auto opened = std::make_unique<OpenedServer>();
  opened->catalog = storage->attach(storage->storage_info.get(), context, attached, name,
                                    info, options);
  opened->catalog->Initialize(false);
  opened->transactions = storage->create_transaction_manager(storage->storage_info.get(),
                                                             attached, *opened->catalog);
  return opened;
}

/// The driver's words on one line, without what could hold a secret.
std::string Reason(const Status& status, const std::string& password) {
  std::string text = status.message();
  const size_t parameters = text.find("\": ");  // … to Postgres at "parameters": why
  if (parameters != std::string::npos) {
    text.erase(0, parameters + 3);
  }
  for (size_t at = 0; !password.empty() && (at = text.find(password)) != text.npos;) {
    text.replace(at, password.size(), "***");
  }
  std::ranges::replace_if(text, [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

}  // namespace

Result<std::unique_ptr<OpenedServer>> OpenServer(duckdb::AttachedDatabase& attached,
                                                 const std::string& name,
                                                 const ServerConnection& connection,
                                                 const FederatedServers& servers) {
  const std::string secret = NewSecretName();
  ServerConnection resolved = connection;
  std::unique_ptr<OpenedServer> opened;
  const Status status = CatchDuckDb({}, [&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(resolved.user, ResolveSecretReferences(connection.user));
    ARROW_ASSIGN_OR_RAISE(resolved.password,
                          ResolveSecretReferences(connection.password));
    duckdb::Connection own(attached.GetDatabase());
    RETURN_NOT_OK(LoadExtension(own, connection.kind, servers));
    RETURN_NOT_OK(Run(own, SecretText(secret, resolved)));
    const Status attach = CatchDuckDb({}, [&]() -> Status {
      own.context->RunFunctionInTransaction([&] {
        opened = AttachInner(*own.context, attached, name, secret, connection);
      });
      return Status::OK();
    });
    RETURN_NOT_OK(Run(own, "DROP SECRET IF EXISTS " + secret));
    return attach;
  });
  if (status.ok()) {
    return opened;
  }
  const ErrorCode code = CodeOf(status);
  const bool is_ours = code == ErrorCode::kNoSuchFile || code == ErrorCode::kForbidden ||
                       code == ErrorCode::kInvalidArgument;
  return MakeError(is_ours ? code : ErrorCode::kUnavailable,
                   "Catalog " + name + " (" + connection.ToShow() +
                       ") cannot be opened: " + Reason(status, resolved.password));
}

}  // namespace tarn::engine
