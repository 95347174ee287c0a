// More commits to a table whose files are slow than the server has workers: they wait,
// and nobody else does.
#include <atomic>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tarn/catalog/sqlite_catalog.h"
#include "tarn/gateway/iceberg_rest/rest_catalog.h"
#include "tarn/net/raw_client_test.h"
#include "tarn/testing/memory_file_io.h"

namespace tarn::gateway {
namespace {

/// Metadata of the table `slow` is not written before Release(), once Hold() was called.
class SlowTableIO : public testing::MemoryFileIO {
 public:
  using MemoryFileIO::MemoryFileIO;
  ~SlowTableIO() override { Release(); }

  Status WriteNew(const std::string& location, std::string_view bytes) override {
    if (is_held_ && location.find("/slow") != std::string::npos) {
      released_.wait();
    }
    return MemoryFileIO::WriteNew(location, bytes);
  }
  void Hold() { is_held_ = true; }
  void Release() {
    if (is_held_.exchange(false)) {
      release_.set_value();
    }
  }

 private:
  std::atomic<bool> is_held_{false};
  std::promise<void> release_;
  std::shared_future<void> released_ = release_.get_future().share();
};

class CommitBurstTest : public net::HttpServerFixture {
 protected:
  CommitBurstTest()
      : directory_(
            std::filesystem::temp_directory_path() /
            ("tarn-burst-" + std::to_string(getpid()) + "-" + NewUuid(SystemRandom()))),
        io_(SystemClock()) {
    std::filesystem::create_directories(directory_);
    auto catalog = catalog::OpenSqliteCatalog(
        {.path = directory_ / "catalog.db", .warehouse = "/warehouse", .name = "lake"},
        io_, SystemClock(), SystemRandom());
    EXPECT_OK(catalog.status());
    catalog_ = *std::move(catalog);
    const table::Context context{*catalog_, io_, SystemClock(), SystemRandom()};
    rest_ = std::make_unique<RestCatalog>(RestCatalogOptions{
        .warehouses = {{.name = "lake", .location = "/warehouse", .context = context}}});
    rest_->AddRoutes("/catalog", &router_);
    router_.Add(
        "GET", "/health/live",
        [](const net::HttpRequest&) { return net::HttpResponse{.body = "alive"}; },
        {.lane = net::Lane::kWatch});
  }
  ~CommitBurstTest() override {
    io_.Release();
    server_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  static std::string Post(const std::string& path, const std::string& body) {
    return "POST /catalog/v1" + path +
           " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
  }
  static std::string Commit(const std::string& table, const std::string& property) {
    return Post(
        "/namespaces/ns/tables/" + table,
        R"({"requirements":[],"updates":[{"action":"set-properties","updates":{")" +
            property + R"(":"1"}}]})");
  }
  void MakeTables() {
    net::RawClient client(port());
    EXPECT_EQ(client.Ask(Post("/namespaces", R"({"namespace":["ns"]})")).status, 200);
    for (const std::string name : {"slow", "quick"}) {
      const std::string table =
          R"({"name":")" + name + R"(","schema":{"type":"struct","fields":[
              {"id":1,"name":"x","required":false,"type":"long"}]}})";
      EXPECT_EQ(client.Ask(Post("/namespaces/ns/tables", table)).status, 200);
    }
  }

  const std::filesystem::path directory_;
  SlowTableIO io_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<RestCatalog> rest_;
};

TEST_F(CommitBurstTest, ASlowTableStarvesNobody) {
  constexpr int kCommits = 80;
  Start();  // 32 workers
  MakeTables();
  io_.Hold();
  std::vector<std::unique_ptr<net::RawClient>> writers;
  for (int i = 0; i < kCommits; ++i) {
    writers.push_back(std::make_unique<net::RawClient>(port()));
    writers.back()->Send(Commit("slow", "p" + std::to_string(i)));
  }
  ASSERT_TRUE(net::Eventually([&] { return server_->counts().in_progress == kCommits; }));
  const auto began = std::chrono::steady_clock::now();
  net::RawClient client(port());
  EXPECT_EQ(client.Get("/health/live").status, 200);
  for (const char* table : {"quick", "slow"}) {
    EXPECT_EQ(client.Get("/catalog/v1/namespaces/ns/tables/" + std::string(table)).status,
              200);
  }
  EXPECT_EQ(client.Ask(Commit("quick", "x")).status, 200) << "another table's commit";
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
  EXPECT_TRUE(net::Eventually([&] { return server_->counts().in_progress == kCommits; }));
  io_.Release();
  for (const auto& writer : writers) {
    EXPECT_EQ(writer->Read().status, 200);
  }
  const auto head = catalog_->LoadTable({{{"ns"}}, "slow"});
  ASSERT_OK(head.status());
  for (int i = 0; i < kCommits; ++i) {
    EXPECT_TRUE(head->metadata->properties.contains("p" + std::to_string(i))) << i;
  }
  EXPECT_LT(head->metadata->metadata_log.size(), size_t{kCommits}) << "no groups";
}

}  // namespace
}  // namespace tarn::gateway
