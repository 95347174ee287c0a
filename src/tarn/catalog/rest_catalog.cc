#include "tarn/catalog/rest_catalog.h"

#include <algorithm>
#include <set>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/catalog/internal/catalog_names.h"
#include "tarn/catalog/internal/rest_catalog_client.h"

namespace tarn::catalog {
namespace internal {
namespace {

constexpr int kPagesMax = 100'000;

Status CannotUndrop(const std::string& name) {
  return MakeError(
      ErrorCode::kNotSupported,
      "Catalog " + name + " is another server's: dropped tables are brought back there");
}

/// The query of a page of a list.
std::string PageQuery(std::string query, int32_t page_size,
                      const std::optional<std::string>& token) {
  const auto add = [&](const std::string& more) {
    query += (query.empty() ? "" : "&") + more;
  };
  if (token || page_size > 0) {
    add("pageToken=" + net::PercentEncode(token.value_or("")));
  }
  if (page_size > 0) {
    add("pageSize=" + std::to_string(page_size));
  }
  return query;
}

/// Goes through the pages of a list; `take` reads one and gives the token of the next.
template <typename Take>
Status ForEachPage(RestClient& client, RestCall call, const Take& take) {
  ARROW_RETURN_NOT_OK(client.Connect());
  const std::string query = call.query;
  std::optional<std::string> token;
  std::set<std::string> seen;
  for (int pages = 0; pages < kPagesMax; ++pages) {
    call.query = PageQuery(query, client.settings().page_size, token);
    ARROW_ASSIGN_OR_RAISE(const auto answer, client.Call(call));
    Result<std::optional<std::string>> next = take(answer.body);
    if (!next.ok()) {
      return WithContext("Catalog " + client.name() + ": ", next.status());
    }
    token = *std::move(next);
    if (!token || !seen.insert(*token).second) {
      return Status::OK();  // a server that gives a token again would do so for ever
    }
  }
  return MakeError(ErrorCode::kResourceLimit,
                   "Catalog " + client.name() + ": a list has too many pages");
}

bool IsChildOf(const iceberg::Namespace& ns, const iceberg::Namespace& parent) {
  return ns.levels.size() == parent.levels.size() + 1 &&
         std::equal(parent.levels.begin(), parent.levels.end(), ns.levels.begin());
}

/// The files of the catalog's tables: made when the server has said what it says about
/// files, which is on the first access to a table.
class ServerFiles final : public io::FileIO {
 public:
  explicit ServerFiles(RestServer& server) : server_(server) {}

  Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenInput(
      const std::string& location, std::optional<int64_t> size_bytes) override {
    ARROW_ASSIGN_OR_RAISE(io::FileIO * files, For(location));
    return files->OpenInput(location, size_bytes);
  }
  Result<std::shared_ptr<arrow::io::OutputStream>> OpenOutput(
      const std::string& location) override {
    ARROW_ASSIGN_OR_RAISE(io::FileIO * files, For(location));
    return files->OpenOutput(location);
  }
  Status WriteNew(const std::string& location, std::string_view bytes) override {
    ARROW_ASSIGN_OR_RAISE(io::FileIO * files, For(location));
    return files->WriteNew(location, bytes);
  }
  Result<std::string> ReadAll(const std::string& location, int64_t bytes_max) override {
    ARROW_ASSIGN_OR_RAISE(io::FileIO * files, For(location));
    return files->ReadAll(location, bytes_max);
  }
  Result<io::FileInfo> Stat(const std::string& location) override {
    ARROW_ASSIGN_OR_RAISE(io::FileIO * files, For(location));
    return files->Stat(location);
  }
  Result<std::vector<io::FileInfo>> List(const std::string& directory) override {
    ARROW_ASSIGN_OR_RAISE(io::FileIO * files, For(directory));
    return files->List(directory);
  }
  Status Delete(const std::string& location) override {
    ARROW_ASSIGN_OR_RAISE(io::FileIO * files, For(location));
    return files->Delete(location);
  }
  KeyManagement* keys() override { return server_.options.keys; }

 private:
  Result<io::FileIO*> For(const std::string& location) {
    if (location.starts_with(kUnassignedLocation)) {
      return MakeError(ErrorCode::kNotSupported,
                       "Catalog " + server_.options.name +
                           " gives a table its place only when it is made: CREATE it "
                           "without rows first, then INSERT");
    }
    ARROW_RETURN_NOT_OK(ConnectFiles(server_));
    return server_.files.get();
  }

  RestServer& server_;
};

}  // namespace

Status ConnectFiles(RestServer& server) {
  ARROW_RETURN_NOT_OK(server.client.Connect());
  std::call_once(server.files_made, [&] {
    server.files = std::make_unique<io::VendedFileIO>(
        io::VendedFileIOOptions{
            .properties = io::WithVendedProperties(server.options.file_properties,
                                                   server.client.properties()),
            .keys = server.options.keys},
        server.clock);
  });
  return Status::OK();
}

RestCatalogClient::RestCatalogClient(std::shared_ptr<RestServer> server,
                                     std::optional<Operation> operation)
    : server_(std::move(server)),
      operation_(std::move(operation)),
      files_(std::make_unique<ServerFiles>(*server_)) {}

Status RestCatalogClient::Connect() { return client().Connect(); }

std::unique_ptr<Catalog> RestCatalogClient::WithOperation(const Operation& operation) {
  return std::make_unique<RestCatalogClient>(server_, operation);
}

Result<net::HttpClientResponse> RestCatalogClient::Change(RestCall call) {
  if (call.effect == RestEffect::kRead) {
    call.effect = RestEffect::kChange;
  }
  if (operation_) {
    call.operation_key = operation_->key;
  }
  return client().Call(call);
}

Status RestCatalogClient::CreateNamespace(const iceberg::Namespace& ns,
                                          const Properties& properties) {
  ARROW_RETURN_NOT_OK(NamespaceText(ns).status());
  return Change({.method = "POST",
                 .route = "/namespaces",
                 .body = DumpJson({{"namespace", ns.levels}, {"properties", properties}}),
                 .missing = ErrorCode::kNoSuchNamespace})
      .status();
}

Result<std::vector<iceberg::Namespace>> RestCatalogClient::ListNamespaces(
    const iceberg::Namespace& parent) {
  ARROW_RETURN_NOT_OK(client().Connect());
  RestCall call{
      .method = "GET", .route = "/namespaces", .missing = ErrorCode::kNoSuchNamespace};
  if (!parent.levels.empty()) {
    ARROW_RETURN_NOT_OK(NamespaceText(parent).status());
    call.query = "parent=" + client().Query(parent);
  }
  // Of servers that have one level only, some list it for any parent.
  std::set<iceberg::Namespace> children;
  const Status listed = ForEachPage(
      client(), call, [&](const std::string& body) -> Result<std::optional<std::string>> {
        ARROW_ASSIGN_OR_RAISE(NamespacePage page, ParseNamespacePage(body));
        for (iceberg::Namespace& ns : page.namespaces) {
          if (IsChildOf(ns, parent)) {
            children.insert(std::move(ns));
          }
        }
        return std::move(page.next_token);
      });
  const bool has_one_level = !listed.ok() && !parent.levels.empty() &&
                             (CodeOf(listed) == ErrorCode::kInvalidArgument ||
                              CodeOf(listed) == ErrorCode::kNotSupported);
  if (!listed.ok() && !has_one_level) {
    return listed;
  }
  return std::vector<iceberg::Namespace>(children.begin(), children.end());
}

Result<Properties> RestCatalogClient::LoadNamespaceProperties(
    const iceberg::Namespace& ns) {
  ARROW_RETURN_NOT_OK(NamespaceText(ns).status());
  ARROW_RETURN_NOT_OK(client().Connect());
  ARROW_ASSIGN_OR_RAISE(const auto answer,
                        client().Call({.method = "GET",
                                       .route = "/namespaces/{namespace}",
                                       .path = {client().Path(ns)},
                                       .missing = ErrorCode::kNoSuchNamespace}));
  ARROW_ASSIGN_OR_RAISE(const Json json, ParseJson(answer.body, "namespace"));
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(json, "namespace"));
  return fields.StringMap("properties");
}

Status RestCatalogClient::UpdateNamespaceProperties(
    const iceberg::Namespace& ns, const Properties& updates,
    const std::vector<std::string>& removals) {
  ARROW_RETURN_NOT_OK(NamespaceText(ns).status());
  ARROW_RETURN_NOT_OK(client().Connect());
  return Change({.method = "POST",
                 .route = "/namespaces/{namespace}/properties",
                 .path = {client().Path(ns)},
                 .body = DumpJson({{"updates", updates}, {"removals", removals}}),
                 .missing = ErrorCode::kNoSuchNamespace})
      .status();
}

Status RestCatalogClient::DropNamespace(const iceberg::Namespace& ns) {
  ARROW_RETURN_NOT_OK(NamespaceText(ns).status());
  ARROW_RETURN_NOT_OK(client().Connect());
  const Status dropped = Change({.method = "DELETE",
                                 .route = "/namespaces/{namespace}",
                                 .path = {client().Path(ns)},
                                 .missing = ErrorCode::kNoSuchNamespace})
                             .status();
  // A conflict in dropping can be only one.
  if (!dropped.ok() && CodeOf(dropped) == ErrorCode::kAlreadyExists) {
    return MakeError(ErrorCode::kNamespaceNotEmpty, dropped.message());
  }
  return dropped;
}

Result<std::vector<iceberg::TableIdent>> RestCatalogClient::ListIdents(
    const std::string& route, const iceberg::Namespace& ns) {
  ARROW_RETURN_NOT_OK(NamespaceText(ns).status());
  ARROW_RETURN_NOT_OK(client().Connect());
  std::set<std::string> names;
  const RestCall call{.method = "GET",
                      .route = route,
                      .path = {client().Path(ns)},
                      .missing = ErrorCode::kNoSuchNamespace};
  ARROW_RETURN_NOT_OK(ForEachPage(
      client(), call, [&](const std::string& body) -> Result<std::optional<std::string>> {
        ARROW_ASSIGN_OR_RAISE(IdentPage page, ParseIdentPage(body));
        for (iceberg::TableIdent& ident : page.idents) {
          names.insert(std::move(ident.name));
        }
        return std::move(page.next_token);
      }));
  std::vector<iceberg::TableIdent> idents;
  for (const std::string& name : names) {
    idents.push_back({ns, name});
  }
  return idents;
}

Result<std::vector<DroppedTable>> RestCatalogClient::ListDroppedTables(
    const iceberg::Namespace&) {
  return CannotUndrop(name());
}
Result<std::vector<DroppedTable>> RestCatalogClient::ListExpiredTables() {
  return std::vector<DroppedTable>();  // of which files would be ours to delete
}
Result<LoadedTable> RestCatalogClient::UndropTable(
    const std::string&, const std::optional<iceberg::TableIdent>&) {
  return CannotUndrop(name());
}
Status RestCatalogClient::ExpireDroppedTable(const std::string&) {
  return CannotUndrop(name());
}
Status RestCatalogClient::ForgetDroppedTable(const std::string&) {
  return CannotUndrop(name());
}

}  // namespace internal

Result<std::unique_ptr<RestCatalog>> OpenRestCatalog(RestCatalogOptions options,
                                                     Clock& clock, Random& random) {
  if (options.properties.find("uri") == options.properties.end()) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        "Catalog " + options.name + " needs a uri, like https://host/catalog");
  }
  auto server = std::make_shared<internal::RestServer>(std::move(options), clock, random);
  return std::make_unique<internal::RestCatalogClient>(std::move(server), std::nullopt);
}

}  // namespace tarn::catalog
