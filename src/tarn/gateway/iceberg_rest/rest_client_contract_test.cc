// The contract of catalogs on the client of other servers, against our own server.
#include <filesystem>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tarn/catalog/append_client_test.h"
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
                         ::testing::Values([]() -> std::unique_ptr<CatalogFixture> {
                           return std::make_unique<ServedFixture>();
                         }));

/// Two writers over HTTP who have seen the same head; what the second one says of itself
/// decides whether it is moved (docs/decisions/0006).
class ServedRebase : public ::testing::Test {
 protected:
  ServedRebase() { EXPECT_OK(catalog().CreateNamespace(Ns({"ns"}), {})); }

  Catalog& catalog() { return fixture_.catalog(); }
  AppendClient Writer(const std::string& name) {
    AppendClient writer(catalog(), fixture_.io(), Ident("ns", name));
    writer.Load();
    return writer;
  }
  static TableCommit As(Rebase rebase, const ClientAppend& append) {
    TableCommit commit = append.commit;
    commit.rebase = rebase;
    return commit;
  }
  /// A commit that is late: another one has come first.
  TableCommit Late(const std::string& name, Rebase rebase) {
    const ClientAppend first = Writer(name).Append();
    const ClientAppend late = Writer(name).Append();
    EXPECT_OK(catalog().Commit({As(Rebase::kNever, first)}));
    return As(rebase, late);
  }
  size_t NumSnapshots(const std::string& name) {
    return catalog().LoadTable(Ident("ns", name))->metadata->snapshots.size();
  }

  ServedFixture fixture_;
};

TEST_F(ServedRebase, WhatMustNotBeMovedIsToldOfTheConflict) {
  ASSERT_OK(CreateTable(catalog(), Ident("ns", "t")));
  EXPECT_ERROR(catalog().Commit({Late("t", Rebase::kNever)}), ErrorCode::kCommitConflict,
               "branch main");
  EXPECT_EQ(NumSnapshots("t"), 1u);
  EXPECT_OK(catalog().Commit({Late("t", Rebase::kByPolicy)}));
  EXPECT_EQ(NumSnapshots("t"), 3u);
}

TEST_F(ServedRebase, WhatHasReadNothingIsMovedWhateverTheHistoryIs) {
  ASSERT_OK(CreateTable(catalog(), Ident("ns", "t")));
  ClientAppend overwrite = Writer("t").Append();
  std::get<iceberg::update::AddSnapshot>(overwrite.commit.updates[0]).snapshot.operation =
      "overwrite";
  ASSERT_OK(catalog().Commit({overwrite.commit}));
  EXPECT_ERROR(catalog().Commit({Late("t", Rebase::kByPolicy)}),
               ErrorCode::kCommitConflict, "branch main has changed");
  EXPECT_OK(catalog().Commit({Late("t", Rebase::kAlways)}));
  EXPECT_EQ(NumSnapshots("t"), 4u);
}

TEST_F(ServedRebase, EachTableOfATransactionHasItsOwnWord) {
  ASSERT_OK(CreateTable(catalog(), Ident("ns", "a")));
  ASSERT_OK(CreateTable(catalog(), Ident("ns", "b")));
  EXPECT_ERROR(
      catalog().Commit({Late("a", Rebase::kByPolicy), Late("b", Rebase::kNever)}),
      ErrorCode::kCommitConflict, "branch main");
  EXPECT_EQ(NumSnapshots("a"), 1u);
  EXPECT_OK(catalog().Commit(
      {Late("a", Rebase::kAlways), As(Rebase::kNever, Writer("b").Append())}));
  EXPECT_EQ(NumSnapshots("a"), 3u);
  EXPECT_EQ(NumSnapshots("b"), 2u);
}

}  // namespace
}  // namespace tarn::catalog
