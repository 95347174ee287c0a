#include "tarn/gateway/iceberg_rest/idempotency.h"

#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tarn/base/error.h"
#include "tarn/catalog/store.h"
#include "tarn/gateway/iceberg_rest/rest_caller_test.h"
#include "tarn/testing/fake_clock.h"

namespace tarn::gateway {
namespace {

constexpr char kSchema[] =
    R"({"type":"struct","schema-id":0,"fields":[
        {"id":1,"name":"id","required":true,"type":"long"}]})";

std::string Key(int number) {
  std::string digits = std::to_string(number);
  return "017f22e2-79b0-7cc3-98c4-" + std::string(12 - digits.size(), '0') + digits;
}

/// Servers on one store; each can be asked after another one died.
class IdempotencyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ =
        std::filesystem::temp_directory_path() /
        ("tarn-idem-" + std::to_string(getpid()) + "-" + NewUuid(SystemRandom()));
    std::filesystem::create_directories(directory_);
    io_ = io::MakeFileIO({});
    ASSERT_OK_AND_ASSIGN(store_, catalog::OpenStore({.uri = directory_ / "catalog.db"},
                                                    *io_, clock_, SystemRandom()));
    catalog_ = store_->OpenCatalog({.name = "lake",
                                    .warehouse = directory_ / "warehouse",
                                    .undrop_retention = std::chrono::milliseconds(0)});
    rest_ = NewServer();
    ASSERT_EQ(rest_->Call("POST", "/namespaces", R"({"namespace":["ns"]})").status, 200);
  }
  void TearDown() override {
    rest_.reset();
    catalog_.reset();
    store_.reset();
    std::filesystem::remove_all(directory_);
  }

  std::unique_ptr<RestCaller> NewServer() {
    const table::Context context{*catalog_, *io_, clock_, SystemRandom()};
    return std::make_unique<RestCaller>(RestCatalogOptions{
        .warehouses = {{.name = "lake",
                        .location = "file://" + (directory_ / "warehouse").string(),
                        .context = context,
                        .services = {.operations = &store_->operations(),
                                     .settings = &store_->settings()}}}});
  }

  static std::string TableBody(const std::string& name) {
    return "{\"name\":\"" + name + "\",\"schema\":" + kSchema + "}";
  }
  RestAnswer Send(const std::string& method, const std::string& target,
                  const std::string& body, int key) {
    return rest_->Call(method, target, body, {{"Idempotency-Key", Key(key)}});
  }

  std::filesystem::path directory_;
  testing::FakeClock clock_;
  std::unique_ptr<io::FileIO> io_;
  std::unique_ptr<catalog::Store> store_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<RestCaller> rest_;
};

TEST_F(IdempotencyTest, ConfigTellsTheLifetime) {
  EXPECT_EQ(rest_->Call("GET", "/config").body["idempotency-key-lifetime"], "PT30M");
}

TEST_F(IdempotencyTest, KeysAreUuidsOfVersion7) {
  for (const char* key :
       {"", "x", "017f22e2-79b0-4cc3-98c4-dc0c0c07398f",
        "017f22e2-79b0-7cc3-c8c4-dc0c0c07398f", "017f22e2079b007cc3098c40dc0c0c07398f"}) {
    SCOPED_TRACE(key);
    const RestAnswer answer = rest_->Call("POST", "/namespaces", R"({"namespace":["x"]})",
                                          {{"Idempotency-Key", key}});
    EXPECT_EQ(answer.status, 400) << answer.text;
    EXPECT_EQ(answer.ErrorType(), "BadRequestException");
  }
  EXPECT_EQ(rest_
                ->Call("POST", "/namespaces", R"({"namespace":["x"]})",
                       {{"Idempotency-Key", "017F22E2-79B0-7CC3-98C4-DC0C0C07398F"}})
                .status,
            200);
  // A read takes no key, whatever it is.
  EXPECT_EQ(rest_->Call("GET", "/namespaces", "", {{"Idempotency-Key", "x"}}).status,
            200);
}

/// Each change, sent three times: to its server, to it again, and to one that has
/// started since.
TEST_F(IdempotencyTest, EveryChangeIsMadeOnceAndAnsweredAgain) {
  struct Change {
    const char* method;
    const char* target;
    std::string body;
    int status;
    int status_without_key;  // of the same request as a new one
  };
  const std::string view =
      R"({"name":"v","schema":)" + std::string(kSchema) +
      R"(,"properties":{},"view-version":{"version-id":1,"schema-id":0,"timestamp-ms":1,
          "summary":{},"default-namespace":["ns"],"representations":[
            {"type":"sql","sql":"SELECT 1","dialect":"trino"}]}})";
  const Change changes[] = {
      {"POST", "/namespaces", R"({"namespace":["a"]})", 200, 409},
      {"POST", "/namespaces/a/properties", R"({"updates":{"k":"v"},"removals":[]})", 200,
       200},
      {"POST", "/namespaces/a/tables", TableBody("t"), 200, 409},
      {"POST", "/namespaces/a/tables/t",
       R"({"requirements":[],"updates":[{"action":"set-properties","updates":{"p":"1"}}]})",
       200, 200},
      {"POST", "/transactions/commit",
       R"({"table-changes":[{"identifier":{"namespace":["a"],"name":"t"},
           "requirements":[],"updates":[{"action":"set-properties","updates":
           {"p":"2"}}]}]})",
       204, 204},
      {"POST", "/namespaces/a/views", view, 200, 409},
      {"POST", "/views/rename",
       R"({"source":{"namespace":["a"],"name":"v"},
           "destination":{"namespace":["a"],"name":"w"}})",
       204, 404},
      {"DELETE", "/namespaces/a/views/w", "", 204, 404},
      {"POST", "/tables/rename",
       R"({"source":{"namespace":["a"],"name":"t"},
           "destination":{"namespace":["a"],"name":"u"}})",
       204, 404},
      {"POST", "/namespaces/a/tables/u/unregister", "{}", 200, 404},
      {"DELETE", "/namespaces/a", "", 204, 404},
  };
  int key = 100;
  for (const Change& change : changes) {
    SCOPED_TRACE(std::string(change.method) + " " + change.target);
    ++key;
    const RestAnswer first = Send(change.method, change.target, change.body, key);
    ASSERT_EQ(first.status, change.status) << first.text;
    const RestAnswer again = Send(change.method, change.target, change.body, key);
    EXPECT_EQ(again.status, change.status) << again.text;
    EXPECT_EQ(again.text, first.text);
    const auto restarted = NewServer();
    const RestAnswer later = restarted->Call(change.method, change.target, change.body,
                                             {{"Idempotency-Key", Key(key)}});
    EXPECT_EQ(later.status, change.status) << later.text;
    EXPECT_EQ(later.body, first.body);
    EXPECT_EQ(rest_->Call(change.method, change.target, change.body).status,
              change.status_without_key);
  }
}

TEST_F(IdempotencyTest, AKeyIsOneRequests) {
  ASSERT_EQ(Send("POST", "/namespaces/ns/tables", TableBody("t"), 1).status, 200);
  const auto restarted = NewServer();
  for (const RestCaller* server : {rest_.get(), restarted.get()}) {
    const RestAnswer other =
        server->Call("POST", "/namespaces/ns/tables", TableBody("other"),
                     {{"Idempotency-Key", Key(1)}});
    EXPECT_EQ(other.status, 422) << other.text;
    EXPECT_EQ(other.ErrorType(), "UnprocessableEntityException");
  }
  EXPECT_EQ(rest_->Call("HEAD", "/namespaces/ns/tables/other").status, 404);
}

TEST_F(IdempotencyTest, Trap_RefusalsAreFinalOnEveryServer) {
  const std::string drop = "/namespaces/ns/tables/t";
  EXPECT_EQ(Send("DELETE", drop, "", 5).status, 404);
  ASSERT_EQ(rest_->Call("POST", "/namespaces/ns/tables", TableBody("t")).status, 200);
  // The table is there now, and the request that was refused must not drop it.
  EXPECT_EQ(Send("DELETE", drop, "", 5).status, 404);
  EXPECT_EQ(NewServer()->Call("DELETE", drop, "", {{"Idempotency-Key", Key(5)}}).status,
            404);
  EXPECT_EQ(rest_->Call("HEAD", drop).status, 204);
}

TEST_F(IdempotencyTest, Trap_ACrashBetweenChangeAndAnswerIsSeen) {
  // What a server that died right after its commit leaves: the change and its key.
  const std::string body =
      R"({"requirements":[],"updates":[{"action":"set-properties","updates":{"p":"1"}}]})";
  ASSERT_EQ(rest_->Call("POST", "/namespaces/ns/tables", TableBody("t")).status, 200);
  ASSERT_EQ(Send("POST", "/namespaces/ns/tables/t", body, 7).status, 200);
  ASSERT_OK_AND_ASSIGN(const auto record, store_->operations().Find(Key(7)));
  ASSERT_TRUE(record.has_value());
  EXPECT_TRUE(record->is_applied);
  EXPECT_EQ(record->status, 0);  // no answer was kept: no second write
  const auto table = catalog_->LoadTable({{{"ns"}}, "t"});
  const RestAnswer again = NewServer()->Call("POST", "/namespaces/ns/tables/t", body,
                                             {{"Idempotency-Key", Key(7)}});
  ASSERT_EQ(again.status, 200) << again.text;
  EXPECT_EQ(again.body["metadata-location"], table->metadata_location);
  EXPECT_EQ(catalog_->LoadTable({{{"ns"}}, "t"})->metadata_location,
            table->metadata_location);
}

TEST_F(IdempotencyTest, DuplicatesAtOnceGetOneChange) {
  constexpr int kThreads = 8;
  std::vector<std::future<RestAnswer>> answers;
  const auto second = NewServer();
  for (int i = 0; i < kThreads; ++i) {
    const RestCaller* server = i % 2 == 0 ? rest_.get() : second.get();
    answers.push_back(std::async(std::launch::async, [server] {
      return server->Call("POST", "/namespaces/ns/tables", TableBody("t"),
                          {{"Idempotency-Key", Key(9)}});
    }));
  }
  std::string uuid;
  for (auto& future : answers) {
    const RestAnswer answer = future.get();
    ASSERT_EQ(answer.status, 200) << answer.text;
    const std::string got = answer.body["metadata"]["table-uuid"];
    EXPECT_TRUE(uuid.empty() || uuid == got);
    uuid = got;
  }
}

TEST_F(IdempotencyTest, KeysAreForgottenAfterTwiceTheirLifetime) {
  EXPECT_EQ(Send("DELETE", "/namespaces/ns/tables/t", "", 5).status, 404);
  clock_.Advance(std::chrono::minutes(61));
  ASSERT_EQ(Send("POST", "/namespaces/ns/tables", TableBody("t"), 6).status, 200);
  ASSERT_OK_AND_ASSIGN(const auto record, store_->operations().Find(Key(5)));
  EXPECT_FALSE(record.has_value());
  EXPECT_EQ(Send("DELETE", "/namespaces/ns/tables/t", "", 5).status, 204);
}

}  // namespace
}  // namespace tarn::gateway
