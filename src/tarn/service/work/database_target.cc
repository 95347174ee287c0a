#include "tarn/service/work/database_target.h"

#include <memory>
#include <sys/socket.h>
#include <utility>

#include <netdb.h>

#include "tarn/base/config.h"
#include "tarn/base/error.h"
#include "tarn/ingest/odbc/connection_string.h"
#include "tarn/net/address_guard.h"

namespace tarn::service {
namespace {

using ingest::DatabaseKind;

std::string TextOf(const Json& object, const char* name) {
  if (!object.is_object()) {
    return {};
  }
  const auto member = object.find(name);
  if (member == object.end() || member->is_null()) {
    return {};
  }
  return member->is_string() ? member->get<std::string>() : DumpJson(*member);
}

/// An address of `host` that may be reached, so that nobody resolves the name again.
Result<std::string> AllowedAddress(const std::string& host,
                                   const net::AddressGuard& guard) {
  addrinfo* found = nullptr;
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  const int failure = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(
      failure == 0 ? found : nullptr, [](addrinfo* list) {
        if (list != nullptr) {
          ::freeaddrinfo(list);
        }
      });
  if (addresses == nullptr) {
    return MakeError(ErrorCode::kUnavailable, "There is no host of this name: " + host);
  }
  for (const addrinfo* at = addresses.get(); at != nullptr; at = at->ai_next) {
    if (guard.Allows(*at->ai_addr, host)) {
      return net::AddressText(*at->ai_addr);
    }
  }
  return MakeError(ErrorCode::kForbidden,
                   "The database is at a private address, which is for callers who "
                   "reach the server; use a stored connection, or have the setting "
                   "web.private_addresses name it: " +
                       host);
}

Status Guard(const Lake& lake, const DatabaseOrder& database,
             ingest::DatabaseTarget* target) {
  if (database.kind == DatabaseKind::kOdbc) {
    return MakeError(ErrorCode::kForbidden,
                     "Drivers of ODBC are for callers who reach the server "
                     "(sql.server_access), and for stored connections of theirs");
  }
  ARROW_ASSIGN_OR_RAISE(
      const net::AddressGuard guard,
      net::AddressGuard::Make(lake.config.GetText("web.private_addresses")));
  ARROW_ASSIGN_OR_RAISE(target->address, AllowedAddress(database.host, guard));
  // Nothing of the server's own environment is sent to a stranger's database.
  target->is_isolated = true;
  if (target->password.empty()) {
    return MakeError(ErrorCode::kInvalidArgument, "The database's password is missing");
  }
  return Status::OK();
}

}  // namespace

Result<ingest::DatabaseTarget> DatabaseTargetOf(const Lake& lake,
                                                const DatabaseOrder& database,
                                                const Json& secrets) {
  ingest::DatabaseTarget target{
      .kind = database.kind,
      .host = database.host,
      .port = database.port,
      .database = database.database,
      .user = database.user,
      .password = TextOf(secrets, kPasswordSecret),
      .tls_mode = database.tls_mode,
      .tls_authority = database.tls_authority,
      .connection_string = TextOf(secrets, kConnectionStringSecret),
      .connect_timeout = database.connect_timeout,
      .statement_timeout = database.statement_timeout};
  if (database.is_guarded) {
    RETURN_NOT_OK(Guard(lake, database, &target));
  }
  return target;
}

std::string DataSourceString(const std::string& name, const std::string& user,
                             const std::string& password) {
  std::string text = ingest::odbc::AttributeText("DSN", name);
  if (!user.empty()) {
    text += ingest::odbc::AttributeText("UID", user);
  }
  if (!password.empty()) {
    text += ingest::odbc::AttributeText("PWD", password);
  }
  return text;
}

Status JoinDatabase(const std::string& connection, const Json& kept, DatabaseOrder* order,
                    Json* secrets) {
  const std::string type = TextOf(kept, "type");
  if (type != ingest::DatabaseKindName(order->kind)) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "The stored connection " + connection + " is one of type " + type +
                         "; this load wants " +
                         std::string(ingest::DatabaseKindName(order->kind)));
  }
  const auto fill = [&](std::string* into, const char* name) {
    if (into->empty()) {
      *into = TextOf(kept, name);
    }
  };
  fill(&order->host, "host");
  fill(&order->database, "database");
  fill(&order->user, "user");
  // Not to be made weaker by who uses it.
  if (const std::string mode = TextOf(kept, "sslmode"); !mode.empty()) {
    order->tls_mode = mode;
  }
  fill(&order->tls_authority, "sslrootcert");
  if (!order->port && kept.contains("port") && kept["port"].is_number_integer()) {
    order->port = kept["port"].get<int32_t>();
  }
  const std::string password = TextOf(kept, "password");
  if (order->kind == DatabaseKind::kOdbc) {
    const std::string text = TextOf(kept, "connection_string");
    const std::string made =
        text.empty() ? DataSourceString(TextOf(kept, "dsn"), order->user, password)
                     : text;
    (*secrets)[kConnectionStringSecret] = made;
    order->shown = ingest::odbc::ShownConnectionString(made);
  } else if (!secrets->contains(kPasswordSecret) && !password.empty()) {
    (*secrets)[kPasswordSecret] = password;
  }
  const auto guarded = kept.find("guarded");
  order->is_guarded = order->is_guarded || (guarded != kept.end() && *guarded == true);
  return Status::OK();
}

}  // namespace tarn::service
