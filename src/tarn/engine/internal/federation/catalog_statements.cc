#include "tarn/engine/internal/federation/catalog_statements.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <variant>

#include <duckdb/main/connection.hpp>
#include <duckdb/main/database.hpp>
#include <duckdb/main/database_manager.hpp>
#include <duckdb/main/materialized_query_result.hpp>
#include <duckdb/parser/keyword_helper.hpp>

#include "tarn/base/error.h"
#include "tarn/engine/engine.h"
#include "tarn/engine/internal/catalog_view.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/create_table_text.h"
#include "tarn/engine/internal/federation/federated_catalog.h"
#include "tarn/engine/internal/reach.h"
#include "tarn/sql/table_definition_parser.h"

namespace tarn::engine {
namespace {

using Properties = std::map<std::string, std::string>;

/// Trino's names of what REST catalogs call otherwise.
constexpr std::pair<std::string_view, std::string_view> kRestNames[] = {
    {"iceberg.rest-catalog.oauth2.credential", "credential"},
    {"iceberg.rest-catalog.oauth2.scope", "scope"},
    {"iceberg.rest-catalog.oauth2.server-uri", "oauth2-server-uri"},
    {"iceberg.rest-catalog.oauth2.token", "token"},
    {"iceberg.rest-catalog.prefix", "prefix"},
    {"iceberg.rest-catalog.signing-name", "rest.signing-name"},
    {"iceberg.rest-catalog.sigv4-enabled", "rest.sigv4-enabled"},
    {"iceberg.rest-catalog.uri", "uri"},
    {"iceberg.rest-catalog.warehouse", "warehouse"},
};

bool IsRestConnector(const std::string& connector) {
  return connector == "iceberg" || connector == "rest";
}

Result<Properties> PropertiesOf(const sql::statement::CreateCatalog& create) {
  Properties properties;
  for (const auto& property : create.properties) {
    sql::PropertyValue value;
    const bool is_constant =
        property.value != nullptr && sql::ToPropertyValue(*property.value, &value);
    if (!is_constant || !std::holds_alternative<std::string>(value)) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "Property " + property.name.text + " of catalog " +
                           create.name.text + " must be a text");
    }
    properties[property.name.text] = FoldReferences(std::get<std::string>(value));
  }
  return properties;
}

/// In the words of Iceberg's REST catalogs.
Result<Properties> RestProperties(const std::string& name, const Properties& given) {
  Properties properties;
  for (const auto& [property, value] : given) {
    if (property == "iceberg.catalog.type" || property == "type") {
      if (value != "rest" && value != "REST") {
        return MakeError(ErrorCode::kNotSupported,
                         "Catalog " + name + ": iceberg.catalog.type must be rest");
      }
      continue;
    }
    if (property == "iceberg.rest-catalog.security") {
      continue;  // the credential or token tells
    }
    const auto known = std::ranges::find(kRestNames, property,
                                         [](const auto& pair) { return pair.first; });
    if (known == std::end(kRestNames) && property.starts_with("iceberg.")) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "Catalog " + name + ": unknown property " + property);
    }
    properties[known == std::end(kRestNames) ? property : std::string(known->second)] =
        value;
  }
  if (!properties.contains("uri")) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Catalog " + name +
                         ": \"iceberg.rest-catalog.uri\" must say where its server is");
  }
  return properties;
}

std::string AttachRestText(const std::string& name, const Properties& properties) {
  const auto warehouse = properties.find("warehouse");
  std::string sql = "ATTACH " +
                    duckdb::KeywordHelper::WriteQuoted(
                        warehouse == properties.end() ? "" : warehouse->second, '\'') +
                    " AS " + QuoteIdentifier(name) + " (TYPE rest, READ_WRITE";
  for (const auto& [property, value] : properties) {
    if (property != "warehouse") {
      sql += ", \"" + property + "\" " + duckdb::KeywordHelper::WriteQuoted(value, '\'');
    }
  }
  return sql + ")";
}

/// On a connection of its own: the client's transaction goes on.
Status RunApart(duckdb::ClientContext& context, const std::string& sql) {
  duckdb::Connection connection(*context.db);
  const auto result = connection.Query(sql);
  return result->HasError() ? StatusOf(result->GetErrorObject()) : Status::OK();
}

bool IsAttached(duckdb::ClientContext& context, const std::string& name) {
  duckdb::Connection connection(*context.db);
  bool is_attached = false;
  connection.context->RunFunctionInTransaction([&] {
    auto& databases = duckdb::DatabaseManager::Get(*connection.context);
    is_attached = databases.GetDatabase(*connection.context, name) != nullptr;
  });
  return is_attached;
}

Status Attach(duckdb::ClientContext& context, FederatedServers& servers,
              const OtherCatalog& catalog, const std::string& connector) {
  if (IsRestConnector(connector)) {
    return RunApart(context, AttachRestText(catalog.name, catalog.properties));
  }
  ARROW_ASSIGN_OR_RAISE(
      auto connection, ServerConnectionFrom(catalog.name, connector, catalog.properties));
  servers.Put(catalog.name, std::move(connection));
  const Status attached =
      RunApart(context, AttachServerText(catalog.name, *servers.Find(catalog.name)));
  if (!attached.ok()) {
    servers.Remove(catalog.name);
  }
  return attached;
}

}  // namespace

Status CreateCatalog(duckdb::ClientContext& context,
                     const sql::statement::CreateCatalog& create) {
  RETURN_NOT_OK(RequireServer(context, "CREATE CATALOG"));
  const std::string name = FoldName(create.name.text);
  const std::string connector = FoldName(create.connector.text);
  FederatedServers& servers = FederatedServers::Of(context);
  if (IsAttached(context, name)) {
    return create.if_not_exists ? Status::OK()
                                : MakeError(ErrorCode::kAlreadyExists,
                                            "Catalog '" + name + "' already exists");
  }
  if (!IsRestConnector(connector) && !IsServerConnector(connector)) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "No factory for connector '" + connector +
                         "'. Available factories: [iceberg, mysql, postgresql]");
  }
  OtherCatalog catalog{.name = name, .properties = {}};
  ARROW_ASSIGN_OR_RAISE(catalog.properties, PropertiesOf(create));
  if (IsRestConnector(connector)) {
    ARROW_ASSIGN_OR_RAISE(catalog.properties, RestProperties(name, catalog.properties));
  }
  RETURN_NOT_OK(CheckSecretsAreReferences(catalog.properties));
  RETURN_NOT_OK(Attach(context, servers, catalog, connector));
  catalog.properties["type"] = IsRestConnector(connector) ? "rest" : connector;
  const Status kept = servers.Keep(catalog);
  if (!kept.ok()) {
    RETURN_NOT_OK(RunApart(context, "DETACH " + QuoteIdentifier(name)));
  }
  return kept;
}

Status DropCatalog(duckdb::ClientContext& context, const sql::statement::Drop& drop) {
  RETURN_NOT_OK(RequireServer(context, "DROP CATALOG"));
  const std::string name = FoldName(drop.name.parts.back().text);
  FederatedServers& servers = FederatedServers::Of(context);
  if (!IsAttached(context, name)) {
    return drop.if_exists ? Status::OK()
                          : MakeError(ErrorCode::kNoSuchNamespace,
                                      "Catalog '" + name + "' not found");
  }
  if (!servers.IsKept(name)) {
    return MakeError(ErrorCode::kNotSupported,
                     "Catalog '" + name +
                         "' was not made by CREATE CATALOG: it is Tarn's own, or "
                         "tarn.yaml's");
  }
  RETURN_NOT_OK(servers.Forget(name));
  RETURN_NOT_OK(RunApart(context, "DETACH " + QuoteIdentifier(name)));
  servers.Remove(name);
  return Status::OK();
}

}  // namespace tarn::engine
