#include "tarn/ingest/database.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "tarn/base/config.h"
#include "tarn/base/error.h"
#include "tarn/base/secret_reference.h"
#include "tarn/ingest/mysql/mysql_session.h"
#include "tarn/ingest/mysql/mysql_source.h"
#include "tarn/ingest/mysql/request_options.h"
#include "tarn/ingest/odbc/connection_string.h"
#include "tarn/ingest/odbc/odbc_session.h"
#include "tarn/ingest/odbc/odbc_source.h"
#include "tarn/ingest/postgres/connection.h"
#include "tarn/ingest/postgres/postgres_session.h"
#include "tarn/ingest/postgres/postgres_source.h"
#include "tarn/ingest/postgres/request_options.h"
#include "tarn/net/http_get.h"

namespace tarn::ingest {
namespace {

struct Kind {
  DatabaseKind kind;
  std::string_view name;
  std::string_view title;
  std::string_view scheme;
};
constexpr auto kKinds = std::to_array<Kind>({
    {DatabaseKind::kPostgres, "postgres", "PostgreSQL", "postgresql"},
    {DatabaseKind::kMySql, "mysql", "MySQL", "mysql"},
    {DatabaseKind::kOdbc, "odbc", "ODBC", "odbc"},
});

const Kind& AboutOf(DatabaseKind kind) { return kKinds.at(static_cast<size_t>(kind)); }

constexpr std::string_view kOdbcScheme = "odbc:";

/// libpq reads URIs of all kinds, with its names for their parts.
Result<DatabaseTarget> TargetFromUri(DatabaseKind kind, const std::string& uri) {
  const std::string place = uri.substr(uri.find("://"));
  const auto read = postgres::TargetFromUri("postgresql" + place);
  if (!read.ok()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "This is no address of a " + std::string(AboutOf(kind).title) +
                         ": write " + std::string(AboutOf(kind).scheme) +
                         "://user@host/database, other characters as %XX");
  }
  DatabaseTarget target{.kind = kind};
  for (const auto& [name, value] : read->parameters) {
    if (name == "port" || name == "connect_timeout") {
      int32_t number = 0;
      const char* const end = value.data() + value.size();
      const auto parsed = std::from_chars(value.data(), end, number);
      if (parsed.ec != std::errc() || parsed.ptr != end || number < 1 ||
          (name == "port" && number > 65'535)) {
        return MakeError(ErrorCode::kInvalidArgument,
                         "The " + name + " of the address is no number that can be");
      }
      if (name == "port") {
        target.port = number;
      } else {
        target.connect_timeout = std::chrono::seconds(number);
      }
      continue;
    }
    const auto fields = std::to_array<std::pair<std::string_view, std::string*>>(
        {{"host", &target.host},
         {"dbname", &target.database},
         {"user", &target.user},
         {"password", &target.password},
         {"sslmode", &target.tls_mode},
         {"sslrootcert", &target.tls_authority}});
    const auto field =
        std::ranges::find(fields, name, [](const auto& f) { return f.first; });
    if (field == fields.end() && kind == DatabaseKind::kPostgres) {
      target.parameters.emplace_back(name, value);
      continue;
    }
    if (field == fields.end()) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "A load does not know this part of the address: " + name);
    }
    *field->second = value;
  }
  if (kind == DatabaseKind::kMySql && target.password.empty()) {
    const auto variables = EnvironmentVariables();
    const auto password = variables.find("MYSQL_PWD");
    target.password = password == variables.end() ? "" : password->second;
  }
  return target;
}

}  // namespace

std::string_view DatabaseKindName(DatabaseKind kind) { return AboutOf(kind).name; }
std::string_view DatabaseKindTitle(DatabaseKind kind) { return AboutOf(kind).title; }
std::string_view DatabaseScheme(DatabaseKind kind) { return AboutOf(kind).scheme; }

std::optional<DatabaseKind> DatabaseKindFromName(std::string_view name) {
  const auto found = std::ranges::find(kKinds, name, &Kind::name);
  return found == kKinds.end() ? std::nullopt : std::optional(found->kind);
}

std::optional<DatabaseKind> DatabaseKindOf(std::string_view location) {
  if (postgres::IsPostgresUri(location)) {
    return DatabaseKind::kPostgres;
  }
  if (location.starts_with("mysql://") || location.starts_with("mariadb://")) {
    return DatabaseKind::kMySql;
  }
  return location.starts_with(kOdbcScheme) ? std::optional(DatabaseKind::kOdbc)
                                           : std::nullopt;
}

Result<DatabaseTarget> DatabaseTargetFrom(const std::string& location) {
  const auto kind = DatabaseKindOf(location);
  if (!kind) {
    return MakeError(ErrorCode::kInvalidArgument, "This is no address of a database");
  }
  if (*kind != DatabaseKind::kOdbc) {
    return TargetFromUri(*kind, location);
  }
  DatabaseTarget target{.kind = *kind};
  ARROW_ASSIGN_OR_RAISE(target.connection_string,
                        ResolveSecretReferences(location.substr(kOdbcScheme.size())));
  RETURN_NOT_OK(odbc::ParseConnectionString(target.connection_string).status());
  return target;
}

std::string LocationToShow(const std::string& location) {
  if (DatabaseKindOf(location) == DatabaseKind::kOdbc) {
    return odbc::ShownConnectionString(location.substr(kOdbcScheme.size()));
  }
  return location.find("://") == std::string::npos ? location : net::UrlToShow(location);
}

Result<std::unique_ptr<Source>> OpenDatabase(const DatabaseTarget& target,
                                             const DatabaseRequest& request) {
  switch (target.kind) {
    case DatabaseKind::kPostgres: {
      ARROW_ASSIGN_OR_RAISE(auto postgres, postgres::RequestFrom(request));
      postgres.target = postgres::TargetOf(target);
      return postgres::OpenPostgresSource(std::move(postgres));
    }
    case DatabaseKind::kMySql: {
      ARROW_ASSIGN_OR_RAISE(const auto mysql, mysql::RequestFrom(target, request));
      return mysql::OpenMySqlSource(mysql);
    }
    case DatabaseKind::kOdbc: {
      ARROW_ASSIGN_OR_RAISE(const auto odbc, odbc::RequestFrom(target, request));
      return odbc::OpenOdbcSource(odbc);
    }
  }
  return MakeError(ErrorCode::kInternal, "There is no such kind of database");
}

Result<std::unique_ptr<DatabaseSession>> OpenDatabaseSession(
    const DatabaseTarget& target) {
  switch (target.kind) {
    case DatabaseKind::kPostgres:
      return postgres::OpenPostgresSession(target);
    case DatabaseKind::kMySql:
      return mysql::OpenMySqlSession(target);
    case DatabaseKind::kOdbc:
      return odbc::OpenOdbcSession(target);
  }
  return MakeError(ErrorCode::kInternal, "There is no such kind of database");
}

}  // namespace tarn::ingest
