// The contract of catalogs on the client of other servers, against our own server.
#include <filesystem>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tarn/catalog/catalog_contract_test.h"
#include "tarn/catalog/rest_catalog.h"
#include "tarn/catalog/sqlite_catalog.h"
#include "tarn/gateway/iceberg_rest/rest_catalog.h"
#include "tarn/net/http_server.h"

namespace tarn::catalog {
namespace {

class ServedFixture : public CatalogFixture {
 public:
  ServedFixture()
      : directory_(
            std::filesystem::temp_directory_path() /
            ("tarn-served-" + std::to_string(getpid()) + "-" + NewUuid(SystemRandom()))),
        io_(io::MakeFileIO({})) {
    std::filesystem::create_directories(directory_);
    auto store = OpenSqliteCatalog(
        {.path = directory_ / "catalog.db", .warehouse = warehouse(), .name = "lake"},
        *io_, SystemClock(), SystemRandom());
    EXPECT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    const table::Context context{*store_, *io_, SystemClock(), SystemRandom()};
    rest_ = std::make_unique<gateway::RestCatalog>(gateway::RestCatalogOptions{
        .warehouses = {{.name = "lake", .location = warehouse(), .context = context}}});
    rest_->AddRoutes("/catalog", &router_);
    auto server = net::HttpServer::Start({}, router_);
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    auto client = OpenRestCatalog(
        {.name = "client",
         .properties = {{"uri", "http://127.0.0.1:" + std::to_string(server_->port()) +
                                    "/catalog"},
                        {"warehouse", "lake"},
                        {"rest-page-size", "3"}}},
        SystemClock(), SystemRandom());
    EXPECT_TRUE(client.ok()) << client.status();
    client_ = *std::move(client);
  }
  ~ServedFixture() override {
    client_.reset();
    server_.reset();
    store_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  Catalog& catalog() override { return *client_; }
  io::FileIO& io() override { return client_->files(); }
  std::string warehouse() const override { return (directory_ / "warehouse").string(); }
  bool keeps_view_uuids() const override { return false; }

 private:
  const std::filesystem::path directory_;
  std::unique_ptr<io::FileIO> io_;
  std::unique_ptr<Catalog> store_;
  std::unique_ptr<gateway::RestCatalog> rest_;
  net::Router router_;
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<RestCatalog> client_;
};

INSTANTIATE_TEST_SUITE_P(RestClient, CatalogContract,
                         testing::Values([]() -> std::unique_ptr<CatalogFixture> {
                           return std::make_unique<ServedFixture>();
                         }));

}  // namespace
}  // namespace tarn::catalog
