// Access in answers about tables, through the routes.
#include "tarn/gateway/iceberg_rest/table_access.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tarn/base/error.h"
#include "tarn/catalog/sqlite_catalog.h"
#include "tarn/gateway/iceberg_rest/internal/fake_service_test.h"
#include "tarn/gateway/iceberg_rest/internal/s3_session.h"
#include "tarn/gateway/iceberg_rest/rest_catalog.h"
#include "tarn/testing/fake_clock.h"
#include "tarn/testing/memory_file_io.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::gateway {
namespace {

using std::chrono::minutes;

constexpr char kTable[] =
    R"({"name":"t","schema":{"type":"struct","fields":[
        {"id":1,"name":"id","required":true,"type":"long"}]})";
constexpr char kCredentials[] = "vended-credentials";
constexpr char kSigning[] = "remote-signing";

struct Answer {
  int status = 0;
  net::HttpHeaders headers;
  Json body;
};

class TableAccessTest : public ::testing::Test {
 protected:
  TableAccessTest()
      : sts_([this](const net::HttpRequest&) { return Session(); }), io_(clock_) {
    directory_ =
        std::filesystem::temp_directory_path() /
        ("tarn-access-" + std::to_string(getpid()) + "-" + NewUuid(SystemRandom()));
    std::filesystem::create_directories(directory_);
    options_.warehouse = "s3://lake/wh";
    options_.s3.store.access_key_id = "own-key";
    options_.s3.store.secret_access_key = "own-secret";
    options_.s3.store.endpoint = "http://store:9000";
    options_.s3.sts_endpoint = sts_.url();
  }
  ~TableAccessTest() override { std::filesystem::remove_all(directory_); }

  void Start(S3Vending mode) {
    options_.s3.mode = mode;
    vendor_ = std::make_unique<CredentialVendor>(options_, clock_);
    auto catalog = catalog::OpenSqliteCatalog({.path = directory_ / "catalog.db",
                                               .warehouse = options_.warehouse,
                                               .name = "lake"},
                                              io_, clock_, SystemRandom());
    ASSERT_OK(catalog.status());
    catalog_ = *std::move(catalog);
    const table::Context context{*catalog_, io_, clock_, SystemRandom()};
    rest_ = std::make_unique<RestCatalog>(
        RestCatalogOptions{.warehouses = {{.name = "lake",
                                           .location = options_.warehouse,
                                           .context = context,
                                           .services = {.vendor = vendor_.get()}}}});
    rest_->AddRoutes("/catalog", &router_);
    for (const char* ns : {R"({"namespace":["a"]})", R"({"namespace":["a","b"]})"}) {
      ASSERT_EQ(Call("POST", "/namespaces", ns).status, 200);
    }
  }

  Answer Call(const std::string& method, const std::string& target,
              const std::string& body = "", const std::string& delegation = "",
              const std::string& if_none_match = "") {
    net::HttpRequest request;
    request.method = method;
    const size_t question = std::min(target.find('?'), target.size());
    request.raw_path = "/catalog/v1" + target.substr(0, question);
    request.raw_query = target.substr(std::min(target.size(), question + 1));
    request.body = body;
    if (!delegation.empty()) {
      request.headers.Add("x-iceberg-access-delegation", delegation);
    }
    if (!if_none_match.empty()) {
      request.headers.Add("If-None-Match", if_none_match);
    }
    int status = 0;
    const net::Router::Route* route = router_.Match(&request, &status);
    EXPECT_NE(route, nullptr) << target;
    const net::HttpResponse response = route->handler(request);
    // Whatever is asked, this is for nobody but the store.
    EXPECT_EQ(response.body.find("own-secret"), std::string::npos) << response.body;
    Answer answer{response.status, response.headers, {}};
    if (!response.body.empty()) {
      answer.body = Json::parse(response.body, nullptr, false);
    }
    return answer;
  }
  Answer Create(const std::string& delegation, const std::string& more = "") {
    return Call("POST", kTables, kTable + more + "}", delegation);
  }
  Answer Load(const std::string& delegation, const std::string& if_none_match = "") {
    return Call("GET", kOne, "", delegation, if_none_match);
  }
  Answer Sign(const std::string& uri, const Json& properties = Json::object(),
              const std::string& method = "GET", const std::string& query = "") {
    const Json body = {{"region", "us-east-1"},
                       {"uri", uri},
                       {"method", method},
                       {"headers", {{"User-Agent", Json::array({"x"})}}},
                       {"properties", properties}};
    return Call("POST", std::string(kOne) + "/sign" + query, body.dump());
  }

  net::HttpResponse Session() {
    if (sts_is_down_) {
      return {.status = 503};
    }
    const std::string number = std::to_string(++num_sessions_);
    return {.body = "<R><AssumeRoleResult><Credentials><AccessKeyId>k" + number +
                    "</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t"
                    "</SessionToken><Expiration>" +
                    FormatUtcTime(clock_.Now() + minutes(60)) +
                    "</Expiration></Credentials></AssumeRoleResult></R>"};
  }

  static constexpr char kTables[] = "/lake/namespaces/a%1Fb/tables";
  static constexpr char kOne[] = "/lake/namespaces/a%1Fb/tables/t";

  testing::FakeClock clock_;
  bool sts_is_down_ = false;
  int num_sessions_ = 0;
  FakeService sts_;
  testing::MemoryFileIO io_;
  std::filesystem::path directory_;
  VendingOptions options_;
  std::unique_ptr<CredentialVendor> vendor_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<RestCatalog> rest_;
  net::Router router_;
};

TEST_F(TableAccessTest, EveryAnswerAboutATableHasIt) {
  Start(S3Vending::kSts);
  const Answer created = Create(kCredentials);
  ASSERT_EQ(created.status, 200) << created.body;
  const std::string location = created.body["metadata"]["location"];
  const Answer committed = Call(
      "POST", kOne,
      R"({"requirements":[],"updates":[{"action":"set-properties","updates":{"x":"y"}}]})",
      kCredentials);
  const std::string metadata_location = committed.body["metadata-location"];
  const Answer loaded = Load(kCredentials);
  ASSERT_EQ(Call("POST", std::string(kOne) + "/unregister").status, 200);
  const Answer registered = Call(
      "POST", "/lake/namespaces/a%1Fb/register",
      Json{{"name", "t"}, {"metadata-location", metadata_location}}.dump(), kCredentials);
  for (const Answer& answer : {created, committed, loaded, registered}) {
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.body["config"]["s3.endpoint"], "http://store:9000");
    EXPECT_EQ(answer.body["config"]["s3.access-key-id"], "k1");
    EXPECT_EQ(answer.body["config"]["client.refresh-credentials-endpoint"],
              "v1/lake/namespaces/a%1Fb/tables/t/credentials");
    const Json& credential = answer.body["storage-credentials"][0];
    EXPECT_EQ(credential["prefix"], location);
    EXPECT_EQ(credential["config"]["s3.session-token"], "t");
    EXPECT_TRUE(credential["config"].contains("s3.session-token-expires-at-ms"));
  }
  const Answer fresh = Call("GET", std::string(kOne) + "/credentials");
  EXPECT_EQ(fresh.body["storage-credentials"], loaded.body["storage-credentials"]);
  EXPECT_EQ(*fresh.headers.Find("Cache-Control"), "no-store");
  EXPECT_EQ(Call("GET", std::string(kTables) + "/none/credentials").status, 404);
}

TEST_F(TableAccessTest, PlansComeWithTheSameCredentials) {
  Start(S3Vending::kSts);
  ASSERT_EQ(Create("").status, 200);
  const Json loaded = Load(kCredentials).body["storage-credentials"];
  const std::string plan = std::string(kOne) + "/plan";
  const Answer submitted = Call("POST", plan, "{}", kCredentials);
  ASSERT_EQ(submitted.status, 200) << submitted.body;
  const std::string id = submitted.body["plan-id"];
  const Answer fetched = Call("GET", plan + "/" + id, "", kCredentials);
  for (const Answer& answer : {submitted, fetched}) {
    ASSERT_EQ(answer.body["status"], "completed") << answer.body;
    ASSERT_EQ(answer.body["storage-credentials"].size(), 1U);
    Json credential = answer.body["storage-credentials"][0];
    // There are no settings beside it that could say where the next ones are.
    EXPECT_EQ(credential["config"]["client.refresh-credentials-endpoint"],
              "v1/lake/namespaces/a%1Fb/tables/t/credentials");
    credential["config"].erase("client.refresh-credentials-endpoint");
    EXPECT_EQ(credential, loaded[0]);
    EXPECT_EQ(*answer.headers.Find("Cache-Control"), "no-store");
  }
  EXPECT_EQ(num_sessions_, 1);
  for (const char* delegation : {"", kSigning}) {
    EXPECT_FALSE(
        Call("POST", plan, "{}", delegation).body.contains("storage-credentials"));
    EXPECT_FALSE(Call("GET", plan + "/" + id, "", delegation)
                     .body.contains("storage-credentials"));
  }
  clock_.Advance(minutes(31));  // new ones for whoever fetches the plan late
  EXPECT_EQ(Call("GET", plan + "/" + id, "", kCredentials)
                .body["storage-credentials"][0]["config"]["s3.access-key-id"],
            "k2");
  sts_is_down_ = true;
  clock_.Advance(minutes(31));
  const Answer without = Call("POST", plan, "{}", kCredentials);
  EXPECT_EQ(without.body["status"], "completed");
  EXPECT_FALSE(without.body.contains("storage-credentials"));
}

TEST_F(TableAccessTest, OnlyWhoAsksGetsCredentials) {
  Start(S3Vending::kSts);
  ASSERT_EQ(Create("").status, 200);
  const Answer plain = Load("");
  EXPECT_EQ(plain.body["config"]["s3.endpoint"], "http://store:9000");
  EXPECT_FALSE(plain.body.contains("storage-credentials"));
  EXPECT_FALSE(plain.body["config"].contains("s3.access-key-id"));
  EXPECT_EQ(sts_.requests().size(), 0U);
  EXPECT_FALSE(Load("something-new").body.contains("storage-credentials"));
  EXPECT_TRUE(
      Load(" remote-signing , vended-credentials ").body.contains("storage-credentials"));
}

TEST_F(TableAccessTest, TheHeaderIsAHint_FailuresDoNotFailTheLoad) {
  sts_is_down_ = true;
  Start(S3Vending::kSts);
  ASSERT_EQ(Create(kCredentials).status, 200);
  const Answer loaded = Load(kCredentials);
  EXPECT_EQ(loaded.status, 200);
  EXPECT_FALSE(loaded.body.contains("storage-credentials"));
  // What else was asked for takes their place.
  EXPECT_EQ(Load("vended-credentials,remote-signing")
                .body["config"]["s3.remote-signing-enabled"],
            "true");
  EXPECT_EQ(Call("GET", std::string(kOne) + "/credentials").status, 503);
}

TEST_F(TableAccessTest, NoAnswer304WhenTheCopysCredentialsEnd_lakekeeper1862) {
  Start(S3Vending::kSts);
  ASSERT_EQ(Create("").status, 200);
  const std::string tag = *Load(kCredentials).headers.Find("ETag");
  EXPECT_EQ(Load(kCredentials, tag).status, 304);
  clock_.Advance(minutes(29));
  EXPECT_EQ(Load(kCredentials, tag).status, 304);
  clock_.Advance(minutes(2));  // half of their life is over: there are new ones
  const Answer again = Load(kCredentials, tag);
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.body["config"]["s3.access-key-id"], "k2");
  EXPECT_NE(*again.headers.Find("ETag"), tag);
  // A copy without credentials is another representation.
  EXPECT_EQ(Load("", tag).status, 200);
  const std::string plain_tag = *Load("").headers.Find("ETag");
  clock_.Advance(std::chrono::hours(100));
  EXPECT_EQ(Load("", plain_tag).status, 304);
}

TEST_F(TableAccessTest, LocalTablesGetNothing) {
  options_.warehouse = "file:///wh";
  Start(S3Vending::kSts);
  ASSERT_EQ(Create(kCredentials).status, 200);
  for (const char* delegation : {kCredentials, kSigning}) {
    const Answer loaded = Load(delegation);
    EXPECT_EQ(loaded.body["config"], Json::object());
    EXPECT_FALSE(loaded.body.contains("storage-credentials"));
    EXPECT_FALSE(loaded.body.contains("remote-signing-config"));
  }
  EXPECT_EQ(Call("GET", std::string(kOne) + "/credentials").body["storage-credentials"],
            Json::array());
}

TEST_F(TableAccessTest, SigningIsToldToClientsOldAndNew) {
  options_.s3.signer_uri = "http://outside/catalog";
  Start(S3Vending::kOff);
  ASSERT_EQ(Create("").status, 200);
  const Answer loaded = Load(kSigning);
  const Json& config = loaded.body["config"];
  EXPECT_EQ(config["s3.remote-signing-enabled"], "true");
  EXPECT_EQ(config["s3.signer.uri"], "http://outside/catalog");
  EXPECT_EQ(config["s3.signer.endpoint"], "v1/lake/namespaces/a%1Fb/tables/t/sign");
  EXPECT_EQ(loaded.body["remote-signing-config"]["properties"]["table-uuid"],
            loaded.body["metadata"]["table-uuid"]);
  EXPECT_EQ(Load(kSigning, *loaded.headers.Find("ETag")).status, 304);
  EXPECT_FALSE(Load(kCredentials).body["config"].contains("s3.remote-signing-enabled"));
}

TEST_F(TableAccessTest, SignsForTheTableOnly) {
  Start(S3Vending::kOff);
  const Answer created =
      Create("", R"(,"properties":{"write.data.path":"s3://lake/wh/data/t",
              "write.metadata.path":"s3://lake/wh/meta/t",
              "write.object-storage.enabled":"true"})");
  ASSERT_EQ(created.status, 200) << created.body;
  const std::string key =
      created.body["metadata"]["location"].get<std::string>().substr(5);
  for (const std::string& file : {key + "/f", std::string("lake/wh/data/t/1011/0/f"),
                                  std::string("lake/wh/meta/t/v.json")}) {
    const Answer answer = Sign("http://store:9000/" + file);
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.body["uri"], "http://store:9000/" + file);
    EXPECT_EQ(answer.body["headers"]["User-Agent"], Json::array({"x"}));
    EXPECT_EQ(answer.body["headers"]["X-Amz-Content-Sha256"],
              Json::array({"UNSIGNED-PAYLOAD"}));
    EXPECT_TRUE(answer.body["headers"]["Authorization"][0].get<std::string>().starts_with(
        "AWS4-HMAC-SHA256 Credential=own-key/20240101/us-east-1/s3/aws4_request"));
    EXPECT_EQ(*answer.headers.Find("Cache-Control"), "private");
  }
  EXPECT_EQ(
      *Sign("http://store:9000/" + key + "/f", {}, "PUT").headers.Find("Cache-Control"),
      "no-cache");
  const Answer outside = Sign("http://store:9000/lake/wh/other/f");
  EXPECT_EQ(outside.status, 403);
  EXPECT_EQ(outside.body["error"]["type"], "ForbiddenException");
  EXPECT_EQ(Sign("not an URL").status, 400);
  EXPECT_EQ(Call("POST", std::string(kOne) + "/sign", "{}").status, 400);
  EXPECT_EQ(Call("POST", std::string(kTables) + "/none/sign", "{}").status, 400);
}

TEST_F(TableAccessTest, AnotherTableOfTheNameIsNotSignedFor) {
  Start(S3Vending::kOff);
  const Answer created = Create("");
  const std::string file =
      "http://store:9000/" +
      created.body["metadata"]["location"].get<std::string>().substr(5) + "/f";
  const Json properties = Load(kSigning).body["remote-signing-config"]["properties"];
  EXPECT_EQ(Sign(file, properties).status, 200);
  ASSERT_EQ(Call("DELETE", kOne).status, 204);
  EXPECT_EQ(Sign(file, properties).status, 404);
  ASSERT_EQ(Create("").status, 200);
  EXPECT_EQ(Sign(file, properties).status, 403);
}

TEST_F(TableAccessTest, StagedTablesAreSignedForByTheirGrant) {
  Start(S3Vending::kOff);
  const Answer staged = Create(kSigning, R"(,"stage-create":true)");
  ASSERT_EQ(staged.status, 200) << staged.body;
  const std::string location = staged.body["metadata"]["location"];
  const std::string file = "http://store:9000/" + location.substr(5) + "/data/f";
  const Json properties = staged.body["remote-signing-config"]["properties"];
  EXPECT_EQ(Sign(file).status, 404);
  EXPECT_EQ(Sign(file, properties, "PUT").status, 200);
  EXPECT_EQ(Sign("http://store:9000/lake/wh/x/f", properties, "PUT").status, 403);
  // Clients without properties have it in the address.
  const std::string endpoint = staged.body["config"]["s3.signer.endpoint"];
  const std::string query = endpoint.substr(endpoint.find('?'));
  EXPECT_EQ(Sign(file, Json::object(), "PUT", query).status, 200);
  // Another table comes to be under the name; the one staged may still be cleaned up.
  ASSERT_EQ(Create("").status, 200);
  EXPECT_EQ(Sign(file, properties, "DELETE").status, 200);
  EXPECT_EQ(Sign(file, Json::object(), "DELETE").status, 403);
  clock_.Advance(std::chrono::hours(25));
  EXPECT_EQ(Sign(file, properties, "DELETE").status, 403);
}

TEST_F(TableAccessTest, WithoutKeysNothingIsSigned) {
  options_.s3.signs = false;
  Start(S3Vending::kOff);
  ASSERT_EQ(Create("").status, 200);
  EXPECT_FALSE(Load(kSigning).body.contains("remote-signing-config"));
  const Answer refused = Sign("http://store:9000/lake/wh/x");
  EXPECT_EQ(refused.status, 406);
  EXPECT_EQ(refused.body["error"]["type"], "UnsupportedOperationException");
}

}  // namespace
}  // namespace tarn::gateway
