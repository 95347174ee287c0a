// Tables of a REST server by name; commits are in rest_commit.cc.
#include <utility>

#include "tarn/base/error.h"
#include "tarn/catalog/internal/catalog_names.h"
#include "tarn/catalog/internal/rest_catalog_client.h"
#include "tarn/net/http_message.h"

namespace tarn::catalog::internal {
namespace {

constexpr char kTables[] = "/namespaces/{namespace}/tables";
constexpr char kTable[] = "/namespaces/{namespace}/tables/{table}";
constexpr char kCredentials[] = "/namespaces/{namespace}/tables/{table}/credentials";
constexpr int kNotModified = 304;

Json IdentToJson(const iceberg::TableIdent& ident) {
  return {{"namespace", ident.ns.levels}, {"name", ident.name}};
}

}  // namespace

std::vector<std::string> RestCatalogClient::PathOf(
    const iceberg::TableIdent& ident) const {
  return {client().Path(ident.ns), net::PercentEncode(ident.name)};
}

Result<std::vector<iceberg::TableIdent>> RestCatalogClient::ListTables(
    const iceberg::Namespace& ns) {
  return ListIdents(kTables, ns);
}

void RestCatalogClient::Grant(const iceberg::TableIdent& ident,
                              const TableAnswer& answer) {
  auto grant = GrantOf(*answer.metadata, answer.config, answer.credentials);
  if (!grant) {
    return;
  }
  // The server keeps the files, and so this: it is there as long as they are.
  RestServer* const server = server_.get();
  const std::vector<std::string> path = PathOf(ident);
  const auto renew = [server, path, config = answer.config,
                      metadata = answer.metadata]() -> Result<io::StorageGrant> {
    RestClient& client = server->client;
    std::optional<io::StorageGrant> renewed;
    if (client.Supports("GET", kCredentials)) {
      ARROW_ASSIGN_OR_RAISE(
          const auto fresh,
          client.Call({.method = "GET", .route = kCredentials, .path = path}));
      ARROW_ASSIGN_OR_RAISE(const auto credentials, ParseCredentials(fresh.body));
      if (!credentials.empty()) {
        renewed = GrantOf(*metadata, config, credentials);
      }
    }
    if (!renewed) {
      ARROW_ASSIGN_OR_RAISE(
          const auto fresh,
          client.Call({.method = "GET", .route = kTable, .path = path}));
      ARROW_ASSIGN_OR_RAISE(const TableAnswer loaded, ParseTableAnswer(fresh.body));
      renewed = GrantOf(*loaded.metadata, loaded.config, loaded.credentials);
    }
    if (!renewed) {
      return MakeError(ErrorCode::kForbidden,
                       "catalog " + client.name() + " vends no credentials any more");
    }
    return *std::move(renewed);
  };
  server_->files->Grant(ident.ToString(), *std::move(grant), renew);
}

Result<LoadedTable> RestCatalogClient::TakeTable(const iceberg::TableIdent& ident,
                                                 const net::HttpClientResponse& answer) {
  ARROW_RETURN_NOT_OK(ConnectFiles(*server_));
  auto parsed = ParseTableAnswer(answer.body);
  if (!parsed.ok()) {
    return WithContext("Catalog " + name() + ", " + ident.ToString() + ": ",
                       parsed.status());
  }
  Grant(ident, *parsed);
  LoadedTable table{ident, parsed->metadata_location, parsed->metadata};
  const std::string* const etag = answer.headers.Find("ETag");
  if (etag != nullptr && !etag->empty() && !parsed->metadata_location.empty()) {
    auto cached = std::make_shared<RestServer::CachedTable>();
    cached->etag = *etag;
    cached->answer = *std::move(parsed);
    server_->tables.Put(ident.ToString(), std::move(cached), answer.body.size());
  }
  return table;
}

Result<LoadedTable> RestCatalogClient::LoadTable(const iceberg::TableIdent& ident) {
  ARROW_RETURN_NOT_OK(CheckIdent(ident));
  ARROW_RETURN_NOT_OK(ConnectFiles(*server_));
  RestCall call{.method = "GET",
                .route = kTable,
                .path = PathOf(ident),
                .missing = ErrorCode::kNoSuchTable};
  auto cached = server_->tables.Find(ident.ToString());
  // The answer that it is as before would come without new credentials.
  if (cached != nullptr && server_->files->IsFresh(ident.ToString())) {
    call.if_none_match = cached->etag;
  }
  ARROW_ASSIGN_OR_RAISE(const auto answer, client().Call(call));
  if (answer.status == kNotModified) {
    if (cached == nullptr) {
      return MakeError(ErrorCode::kInvalidData,
                       "Catalog " + name() + " says that " + ident.ToString() +
                           " has not changed, which nobody has asked");
    }
    return LoadedTable{ident, cached->answer.metadata_location, cached->answer.metadata};
  }
  return TakeTable(ident, answer);
}

Result<bool> RestCatalogClient::Exists(const std::string& route,
                                       const iceberg::TableIdent& ident,
                                       ErrorCode missing) {
  ARROW_RETURN_NOT_OK(CheckIdent(ident));
  ARROW_RETURN_NOT_OK(client().Connect());
  const auto answer =
      client().Call({.method = client().Supports("HEAD", route) ? "HEAD" : "GET",
                     .route = route,
                     .path = PathOf(ident),
                     .missing = missing});
  if (answer.ok()) {
    return true;
  }
  const ErrorCode code = CodeOf(answer.status());
  if (code == missing || code == ErrorCode::kNoSuchNamespace) {
    return false;
  }
  return answer.status();
}

Result<bool> RestCatalogClient::TableExists(const iceberg::TableIdent& ident) {
  return Exists(kTable, ident, ErrorCode::kNoSuchTable);
}

Result<LoadedTable> RestCatalogClient::RegisterTable(const iceberg::TableIdent& ident,
                                                     const std::string& metadata_location,
                                                     IfExists if_exists) {
  ARROW_RETURN_NOT_OK(CheckIdent(ident));
  ARROW_RETURN_NOT_OK(client().Connect());
  Json body = {{"name", ident.name}, {"metadata-location", metadata_location}};
  if (if_exists == IfExists::kReplace) {
    body["overwrite"] = true;
  }
  ARROW_ASSIGN_OR_RAISE(const auto answer,
                        Change({.method = "POST",
                                .route = "/namespaces/{namespace}/register",
                                .path = {client().Path(ident.ns)},
                                .body = DumpJson(body),
                                .missing = ErrorCode::kNoSuchNamespace}));
  return TakeTable(ident, answer);
}

Status RestCatalogClient::DropTable(const iceberg::TableIdent& ident,
                                    const DropOptions& options) {
  ARROW_RETURN_NOT_OK(CheckIdent(ident));
  ARROW_RETURN_NOT_OK(client().Connect());
  if (options.for_good && !options.purges) {
    // The server may keep the table for a while: its files are not the caller's.
    return MakeError(ErrorCode::kNotSupported,
                     "Files of a table of another server are deleted by that server: "
                     "drop " +
                         ident.ToString() + " with purge there");
  }
  return Change({.method = "DELETE",
                 .route = kTable,
                 .path = PathOf(ident),
                 .query =
                     std::string("purgeRequested=") + (options.purges ? "true" : "false"),
                 .missing = ErrorCode::kNoSuchTable})
      .status();
}

Status RestCatalogClient::Rename(const std::string& route,
                                 const iceberg::TableIdent& from,
                                 const iceberg::TableIdent& to, ErrorCode missing) {
  ARROW_RETURN_NOT_OK(CheckIdent(from));
  ARROW_RETURN_NOT_OK(CheckIdent(to));
  return Change({.method = "POST",
                 .route = route,
                 .body = DumpJson(
                     {{"source", IdentToJson(from)}, {"destination", IdentToJson(to)}}),
                 .missing = missing})
      .status();
}

Status RestCatalogClient::RenameTable(const iceberg::TableIdent& from,
                                      const iceberg::TableIdent& to) {
  return Rename("/tables/rename", from, to, ErrorCode::kNoSuchTable);
}

/// The place that the server would give a table of this name, and access to it: the
/// answer to the first step of making one, which leaves nothing behind.
Result<std::string> RestCatalogClient::StagedLocation(const iceberg::TableIdent& ident) {
  const Json column = {{"id", 1}, {"name", "id"}, {"type", "long"}, {"required", false}};
  const Json schema = {
      {"type", "struct"}, {"schema-id", 0}, {"fields", Json::array({column})}};
  ARROW_ASSIGN_OR_RAISE(const auto answer,
                        client().Call({.method = "POST",
                                       .route = kTables,
                                       .path = {client().Path(ident.ns)},
                                       .body = DumpJson({{"name", ident.name},
                                                         {"schema", schema},
                                                         {"stage-create", true},
                                                         {"properties", Json::object()}}),
                                       .effect = RestEffect::kChange,
                                       .missing = ErrorCode::kNoSuchNamespace}));
  ARROW_ASSIGN_OR_RAISE(const LoadedTable staged, TakeTable(ident, answer));
  return staged.metadata->location;
}

Result<std::string> RestCatalogClient::NewTableLocation(
    const iceberg::TableIdent& ident) {
  ARROW_RETURN_NOT_OK(CheckIdent(ident));
  ARROW_RETURN_NOT_OK(client().Connect());
  constexpr size_t kSuffixLength = 8;
  if (!client().settings().stages_creates) {
    ARROW_RETURN_NOT_OK(LoadNamespaceProperties(ident.ns).status());
    return kUnassignedLocation + PathSegment(ident.ns.ToString()) + "/" +
           PathSegment(ident.name);
  }
  Result<std::string> location = StagedLocation(ident);
  if (location.ok() || CodeOf(location.status()) != ErrorCode::kAlreadyExists) {
    return location;
  }
  // The name is taken, by what is to be replaced or by a view: beside it then.
  const std::string suffix = NewUuid(server_->random).substr(0, kSuffixLength);
  return StagedLocation({ident.ns, ident.name + "-" + suffix});
}

}  // namespace tarn::catalog::internal
