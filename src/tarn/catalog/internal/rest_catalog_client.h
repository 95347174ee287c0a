// The catalog of a REST server: Catalog's methods as calls of the protocol.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tarn/catalog/internal/lru_cache.h"
#include "tarn/catalog/internal/rest_answers.h"
#include "tarn/catalog/internal/rest_client.h"
#include "tarn/catalog/rest_catalog.h"
#include "tarn/io/vended_file_io.h"

namespace tarn::catalog::internal {

/// What a catalog and its WithOperation() share. Thread-safe.
struct RestServer {
  RestServer(RestCatalogOptions given, Clock& a_clock, Random& a_random)
      : options(std::move(given)),
        clock(a_clock),
        random(a_random),
        client(options.name, options.properties, a_clock, a_random) {}

  /// A table as it was last seen, with the tag that the server gave it.
  struct CachedTable {
    std::string etag;
    TableAnswer answer;
  };

  const RestCatalogOptions options;
  Clock& clock;
  Random& random;
  RestClient client;
  std::once_flag files_made;
  std::unique_ptr<io::VendedFileIO> files;  // after Connect: the server has a say
  LruCache<CachedTable> tables{"other_catalogs", 512, size_t{128} << 20};
};

/// Connects, and makes `server.files`.
Status ConnectFiles(RestServer& server);

class RestCatalogClient final : public RestCatalog {
 public:
  RestCatalogClient(std::shared_ptr<RestServer> server,
                    std::optional<Operation> operation);

  const std::string& name() const override { return server_->options.name; }
  Status Connect() override;
  io::FileIO& files() override { return *files_; }
  std::unique_ptr<Catalog> WithOperation(const Operation& operation) override;

  Status CreateNamespace(const iceberg::Namespace& ns,
                         const Properties& properties) override;
  Result<std::vector<iceberg::Namespace>> ListNamespaces(
      const iceberg::Namespace& parent) override;
  Result<Properties> LoadNamespaceProperties(const iceberg::Namespace& ns) override;
  Status UpdateNamespaceProperties(const iceberg::Namespace& ns,
                                   const Properties& updates,
                                   const std::vector<std::string>& removals) override;
  Status DropNamespace(const iceberg::Namespace& ns) override;

  Result<std::vector<iceberg::TableIdent>> ListTables(
      const iceberg::Namespace& ns) override;
  Result<LoadedTable> LoadTable(const iceberg::TableIdent& ident) override;
  Result<bool> TableExists(const iceberg::TableIdent& ident) override;
  Result<LoadedTable> RegisterTable(const iceberg::TableIdent& ident,
                                    const std::string& metadata_location,
                                    IfExists if_exists) override;
  Status DropTable(const iceberg::TableIdent& ident, const DropOptions& options) override;
  Status RenameTable(const iceberg::TableIdent& from,
                     const iceberg::TableIdent& to) override;
  Result<std::vector<DroppedTable>> ListDroppedTables(
      const iceberg::Namespace& ns) override;
  Result<std::vector<DroppedTable>> ListExpiredTables() override;
  Result<LoadedTable> UndropTable(const std::string& id,
                                  const std::optional<iceberg::TableIdent>& as) override;
  Status ExpireDroppedTable(const std::string& id) override;
  Status ForgetDroppedTable(const std::string& id) override;

  Result<std::vector<LoadedTable>> Commit(
      const std::vector<TableCommit>& commits) override;

  Result<std::vector<iceberg::TableIdent>> ListViews(
      const iceberg::Namespace& ns) override;
  Result<LoadedView> LoadView(const iceberg::TableIdent& ident) override;
  Result<bool> ViewExists(const iceberg::TableIdent& ident) override;
  Result<LoadedView> CreateView(const NewView& view) override;
  Result<LoadedView> CommitView(const ViewCommit& commit) override;
  Result<LoadedView> RegisterView(const iceberg::TableIdent& ident,
                                  const std::string& metadata_location) override;
  Status DropView(const iceberg::TableIdent& ident) override;
  Status RenameView(const iceberg::TableIdent& from,
                    const iceberg::TableIdent& to) override;

  Result<std::string> NewTableLocation(const iceberg::TableIdent& ident) override;

 private:
  RestClient& client() const { return server_->client; }
  /// A change, under the operation's key if this catalog has one.
  Result<net::HttpClientResponse> Change(RestCall call);
  /// Whether what `route` stands for is there; `missing` says that it is not.
  Result<bool> Exists(const std::string& route, const iceberg::TableIdent& ident,
                      ErrorCode missing);
  Result<std::vector<iceberg::TableIdent>> ListIdents(const std::string& route,
                                                      const iceberg::Namespace& ns);
  std::vector<std::string> PathOf(const iceberg::TableIdent& ident) const;
  Status Rename(const std::string& route, const iceberg::TableIdent& from,
                const iceberg::TableIdent& to, ErrorCode missing);

  /// What an answer about a table says: the files are opened with what it grants, and it
  /// is kept with its tag.
  Result<LoadedTable> TakeTable(const iceberg::TableIdent& ident,
                                const net::HttpClientResponse& answer);
  void Grant(const iceberg::TableIdent& ident, const TableAnswer& answer);
  Result<std::string> StagedLocation(const iceberg::TableIdent& ident);

  Result<LoadedTable> CommitOne(const TableCommit& commit);
  Result<LoadedTable> CreateUnstaged(const TableCommit& commit);
  Result<std::vector<LoadedTable>> CommitTogether(
      const std::vector<TableCommit>& commits);
  Result<std::vector<LoadedTable>> LoadAll(const std::vector<TableCommit>& commits);
  /// After an outcome that nobody knows: the tables if they show that the commit was
  /// applied, else `unknown`.
  Result<std::vector<LoadedTable>> Settle(const std::vector<TableCommit>& commits,
                                          const Status& unknown);
  Result<LoadedView> TakeView(const iceberg::TableIdent& ident,
                              const net::HttpClientResponse& answer);
  Result<LoadedView> MakeView(const iceberg::TableIdent& ident, const Json& request);
  Result<LoadedView> CommitViewOnce(const iceberg::TableIdent& ident,
                                    const Json& request);

  const std::shared_ptr<RestServer> server_;
  const std::optional<Operation> operation_;
  const std::unique_ptr<io::FileIO> files_;
};

/// Where tables of servers that give them their place only when they are made are said to
/// go before: a location that no file can be written to.
inline constexpr char kUnassignedLocation[] = "unassigned:/";

/// The updates that make up a new table, in the order that Java's client sends them.
std::vector<iceberg::TableUpdate> UpdatesToCreate(const iceberg::TableMetadata& first);
/// {"identifier": …, "requirements": […], "updates": […]}.
Json CommitToJson(const TableCommit& commit);

}  // namespace tarn::catalog::internal
