#include "tarn/gateway/iceberg_rest/credential_vendor.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tarn/base/error.h"
#include "tarn/base/json_fields.h"
#include "tarn/gateway/iceberg_rest/internal/fake_service_test.h"
#include "tarn/gateway/iceberg_rest/internal/s3_session.h"
#include "tarn/net/http_message.h"
#include "tarn/testing/fake_clock.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using testing::FakeClock;

iceberg::TableMetadata TableAt(const std::string& location,
                               const std::string& uuid = "u1",
                               std::map<std::string, std::string> properties = {}) {
  iceberg::TableMetadata table;
  table.table_uuid = uuid;
  table.location = location;
  table.properties = std::move(properties);
  return table;
}

const std::string kAda = "ada";

/// An STS whose sessions are numbered and last an hour of `clock`.
class FakeSts {
 public:
  explicit FakeSts(FakeClock& clock)
      : service_([this, &clock](const net::HttpRequest&) {
          if (is_down) {
            return net::HttpResponse{
                .status = 403,
                .body =
                    "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you"
                    "</Message></Error></ErrorResponse>"};
          }
          const std::string number = std::to_string(++num_sessions);
          return net::HttpResponse{
              .body =
                  "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>key" +
                  number + "</AccessKeyId><SecretAccessKey>secret" + number +
                  "</SecretAccessKey><SessionToken>token" + number +
                  "</SessionToken><Expiration>" +
                  FormatUtcTime(clock.Now() + minutes(60)) +
                  "</Expiration></Credentials></AssumeRoleResult>"
                  "</AssumeRoleResponse>"};
        }) {}

  bool is_down = false;
  int num_sessions = 0;

  std::string url() const { return service_.url(); }
  std::vector<net::HttpRequest> requests() const { return service_.requests(); }

 private:
  FakeService service_;
};

VendingOptions S3Options(S3Vending mode, const std::string& sts = "") {
  VendingOptions options;
  options.warehouse = "s3://lake/wh";
  options.s3.mode = mode;
  options.s3.store.access_key_id = "own-key";
  options.s3.store.secret_access_key = "own-secret";
  options.s3.store.region = "eu-west-1";
  options.s3.role_arn = "arn:aws:iam::123456789012:role/tables";
  options.s3.external_id = "ext";
  options.s3.sts_endpoint = sts;
  options.s3.access_key_id = "given-key";
  options.s3.secret_access_key = "given-secret";
  return options;
}

TEST(S3Vending, StsGivesSessionsLimitedToTheTable) {
  FakeClock clock;
  FakeSts sts(clock);
  CredentialVendor vendor(S3Options(S3Vending::kSts, sts.url()), clock);
  const auto table =
      TableAt("s3://lake/wh/ns/t*", "u1", {{"write.data.path", "s3://lake/wh/data/t"}});
  ASSERT_OK_AND_ASSIGN(const auto vended,
                       vendor.Vend({kAda, table, TableAccess::kReadWrite}));
  ASSERT_EQ(vended.credentials.size(), 1U);
  EXPECT_EQ(vended.credentials[0].prefix, "s3://lake/wh/");
  const milliseconds ends = clock.Now() + minutes(60);
  EXPECT_EQ(vended.expires_at, ends);
  EXPECT_EQ(vended.credentials[0].config,
            (std::map<std::string, std::string>{
                {"s3.access-key-id", "key1"},
                {"s3.secret-access-key", "secret1"},
                {"s3.session-token", "token1"},
                {"s3.session-token-expires-at-ms", std::to_string(ends.count())}}));

  ASSERT_EQ(sts.requests().size(), 1U);
  const net::HttpRequest request = sts.requests()[0];
  EXPECT_EQ(request.body.find("own-secret"), std::string::npos);
  EXPECT_EQ(net::FormValue(request.body, "Action"), "AssumeRole");
  EXPECT_EQ(net::FormValue(request.body, "RoleArn"),
            S3Options(S3Vending::kSts).s3.role_arn);
  EXPECT_EQ(net::FormValue(request.body, "RoleSessionName"), "tarn-ada");
  EXPECT_EQ(net::FormValue(request.body, "DurationSeconds"), "3600");
  EXPECT_EQ(net::FormValue(request.body, "ExternalId"), "ext");
  EXPECT_TRUE(request.headers.Find("authorization")
                  ->starts_with("AWS4-HMAC-SHA256 Credential=own-key/20240101/eu-west-1/"
                                "sts/aws4_request"));
  const Json policy = Json::parse(*net::FormValue(request.body, "Policy"));
  EXPECT_EQ(policy["Statement"][0]["Resource"],
            Json::parse(R"(["arn:aws:s3:::lake/wh/ns/t${*}/*",
                            "arn:aws:s3:::lake/wh/data/t/*"])"));
  EXPECT_EQ(policy["Statement"][1]["Condition"]["StringLike"]["s3:prefix"],
            Json::parse(R"(["wh/ns/t${*}/*", "wh/data/t/*"])"));
}

TEST(S3Vending, SessionsOfReadersCannotWrite) {
  const std::vector<StoreRoot> roots = {ParseStoreRoot("s3://lake/wh/t")};
  S3VendingOptions options;
  options.role_arn = "arn:aws-cn:iam::1:role/x";
  options.kms_key_arn = "arn:aws-cn:kms:r:1:key/k";
  const std::string policy = S3SessionPolicy(roots, TableAccess::kRead, options);
  for (const char* word : {"Put", "Delete", "GenerateDataKey", "*:", "\"*\""}) {
    EXPECT_EQ(policy.find(word), std::string::npos) << word << policy;
  }
  EXPECT_NE(policy.find("arn:aws-cn:s3:::lake/wh/t/*"), std::string::npos) << policy;
  EXPECT_NE(policy.find("kms:Decrypt"), std::string::npos) << policy;
  const std::string writing = S3SessionPolicy(roots, TableAccess::kReadWrite, options);
  EXPECT_NE(writing.find("s3:PutObject"), std::string::npos);
  EXPECT_LT(writing.size(), 2048U);  // AWS's limit
}

TEST(S3Vending, SessionNamesAreWhatAwsTakes) {
  EXPECT_EQ(S3SessionName("ada@x.y"), "tarn-ada@x.y");
  EXPECT_EQ(S3SessionName("a b/\xC3\xA9"), "tarn-a-b---");
  EXPECT_EQ(S3SessionName(std::string(100, 'a')).size(), 64U);
}

TEST(S3Vending, CredentialsAreKeptUntilHalfOfTheirLife) {
  FakeClock clock;
  FakeSts sts(clock);
  CredentialVendor vendor(S3Options(S3Vending::kSts, sts.url()), clock);
  const auto table = TableAt("s3://lake/wh/t");
  const auto key = [&](const std::string& principal, const iceberg::TableMetadata& of,
                       TableAccess access = TableAccess::kRead) {
    const auto vended = vendor.Vend({principal, of, access});
    EXPECT_OK(vended.status());
    return vended->credentials.at(0).config.at("s3.access-key-id");
  };
  EXPECT_EQ(key(kAda, table), "key1");
  clock.Advance(minutes(29));
  EXPECT_EQ(key(kAda, table), "key1");
  EXPECT_EQ(key("bob", table), "key2");
  EXPECT_EQ(key(kAda, table, TableAccess::kReadWrite), "key3");
  EXPECT_EQ(key(kAda, TableAt("s3://lake/wh/t", "u2")), "key4");
  // Its writers put files elsewhere from now on.
  EXPECT_EQ(
      key(kAda, TableAt("s3://lake/wh/t", "u1", {{"write.data.path", "s3://lake/wh/d"}})),
      "key5");
  clock.Advance(minutes(2));
  EXPECT_EQ(key(kAda, table), "key6");
}

TEST(S3Vending, AFailureIsNotAskedForAgainAtOnce) {
  FakeClock clock;
  FakeSts sts(clock);
  sts.is_down = true;
  CredentialVendor vendor(S3Options(S3Vending::kSts, sts.url()), clock);
  const auto table = TableAt("s3://lake/wh/t");
  for (int i = 0; i < 3; ++i) {
    EXPECT_ERROR(vendor.Vend({kAda, table, TableAccess::kRead}).status(),
                 ErrorCode::kForbidden, "AccessDenied: not you");
  }
  EXPECT_EQ(sts.requests().size(), 1U);
  sts.is_down = false;
  clock.Advance(std::chrono::seconds(11));
  EXPECT_OK(vendor.Vend({kAda, table, TableAccess::kRead}).status());
}

TEST(S3Vending, AnswersThatAreNoSessionAreRefused) {
  FakeClock clock;
  for (const char* body : {"", "<html>", "<AssumeRoleResponse/>",
                           "<AssumeRoleResponse><AssumeRoleResult><Credentials>"
                           "<AccessKeyId>a</AccessKeyId></Credentials></AssumeRoleResult>"
                           "</AssumeRoleResponse>"}) {
    FakeService service(
        [body](const net::HttpRequest&) { return net::HttpResponse{.body = body}; });
    CredentialVendor vendor(S3Options(S3Vending::kSts, service.url()), clock);
    EXPECT_ERROR(
        vendor.Vend({kAda, TableAt("s3://lake/wh/t"), TableAccess::kRead}).status(),
        ErrorCode::kInvalidData, "STS");
  }
}

TEST(S3Vending, GivesOwnKeysOnlyIfToldTo) {
  FakeClock clock;
  const auto table = TableAt("s3://lake/wh/t");
  const auto config = [&](S3Vending mode) {
    CredentialVendor vendor(S3Options(mode), clock);
    const auto vended = vendor.Vend({kAda, table, TableAccess::kRead});
    EXPECT_OK(vended.status());
    EXPECT_FALSE(vended->expires_at.has_value());
    return vended->credentials.empty() ? std::map<std::string, std::string>()
                                       : vended->credentials[0].config;
  };
  EXPECT_TRUE(config(S3Vending::kOff).empty());
  EXPECT_EQ(
      config(S3Vending::kStaticKeys),
      (std::map<std::string, std::string>{{"s3.access-key-id", "given-key"},
                                          {"s3.secret-access-key", "given-secret"}}));
  EXPECT_EQ(config(S3Vending::kOwnKeys).at("s3.secret-access-key"), "own-secret");
}

TEST(CredentialVendor, GivesNothingForFilesThatAreNotItsOwn) {
  FakeClock clock;
  CredentialVendor vendor(S3Options(S3Vending::kStaticKeys), clock);
  for (const char* location : {"file:///wh/t", "/wh/t", "s3://lake/other/t", "s3://lake",
                               "gs://lake/wh/t", "abfss://c@a.dfs.x/wh/t"}) {
    ASSERT_OK_AND_ASSIGN(const auto vended,
                         vendor.Vend({kAda, TableAt(location), TableAccess::kRead}));
    EXPECT_TRUE(vended.credentials.empty()) << location;
  }
}

TEST(CredentialVendor, TellsClientsOfTheStoreAndNoSecret) {
  FakeClock clock;
  VendingOptions options = S3Options(S3Vending::kStaticKeys);
  options.s3.store.endpoint = "http://store:9000";
  options.azure.store.account_name = "acct";
  options.azure.store.account_key = "a2V5";
  options.azure.store.blob_scheme = "http";
  options.gcs.store.host = "http://gcs:4443";
  options.gcs.store.token = "token";
  const CredentialVendor vendor(options, clock);
  using Settings = std::map<std::string, std::string>;
  EXPECT_EQ(vendor.ClientSettings("s3://lake/wh/t"),
            (Settings{{"s3.endpoint", "http://store:9000"},
                      {"s3.path-style-access", "true"},
                      {"s3.region", "eu-west-1"},
                      {"client.region", "eu-west-1"}}));
  EXPECT_EQ(
      vendor.ClientSettings("abfss://c@acct.dfs.x/t"),
      (Settings{{"adls.account-name", "acct"}, {"adls.blob-storage-scheme", "http"}}));
  EXPECT_EQ(vendor.ClientSettings("gs://b/t"),
            (Settings{{"gcs.service.host", "http://gcs:4443"}}));
  EXPECT_TRUE(vendor.ClientSettings("file:///wh/t").empty());
  EXPECT_TRUE(vendor.Signs("s3a://lake/wh/t"));
  EXPECT_FALSE(vendor.Signs("gs://lake/wh/t"));
  options.s3.endpoint = "http://outside:9000";
  options.s3.store.path_style = false;
  const Settings outside =
      CredentialVendor(options, clock).ClientSettings("s3://lake/wh/t");
  EXPECT_EQ(outside.at("s3.endpoint"), "http://outside:9000");
  EXPECT_EQ(outside.at("s3.path-style-access"), "false");
}

TEST(AzureVending, GivesASignatureForEachDirectory) {
  FakeClock clock;
  VendingOptions options;
  options.warehouse = "abfss://lake@acct.dfs.core.windows.net/wh";
  options.locations = {"abfss://lake@other.dfs.core.windows.net/wh"};
  options.azure.store.account_name = "acct";
  options.azure.store.account_key = "MDEyMzQ1Njc4OWFiY2RlZg==";
  CredentialVendor vendor(options, clock);
  const auto table =
      TableAt("abfss://lake@acct.dfs.core.windows.net/wh/t", "u1",
              {{"write.data.path", "abfss://lake@other.dfs.core.windows.net/wh/t"}});
  ASSERT_OK_AND_ASSIGN(const auto vended,
                       vendor.Vend({kAda, table, TableAccess::kReadWrite}));
  ASSERT_EQ(vended.credentials.size(), 1U);  // the other account's key is not ours
  const auto& config = vended.credentials[0].config;
  EXPECT_EQ(vended.credentials[0].prefix, "abfss://lake@acct.dfs.core.windows.net/wh/t");
  const std::string ends = std::to_string((clock.Now() + minutes(60)).count());
  EXPECT_EQ(config.at("adls.sas-token-expires-at-ms.acct"), ends);
  EXPECT_EQ(config.at("adls.sas-token-expires-at-ms.acct.dfs.core.windows.net"), ends);
  EXPECT_EQ(config.at("adls.sas-token.acct"),
            config.at("adls.sas-token.acct.dfs.core.windows.net"));
  EXPECT_NE(config.at("adls.sas-token.acct").find("&sr=d&sp=racwdlme"),
            std::string::npos);
  for (const auto& [name, value] : config) {
    EXPECT_EQ(value.find(options.azure.store.account_key), std::string::npos) << name;
  }
  VendingOptions off = options;
  off.azure.mode = AzureVending::kOff;
  ASSERT_OK_AND_ASSIGN(
      const auto none,
      CredentialVendor(off, clock).Vend({kAda, table, TableAccess::kReadWrite}));
  EXPECT_TRUE(none.credentials.empty());
}

VendingOptions GcsOptions(GcsVending mode) {
  VendingOptions options;
  options.warehouse = "gs://lake/wh";
  options.gcs.mode = mode;
  options.gcs.store.token = "own-token";
  return options;
}

TEST(GcsVending, LimitsTheTokenToTheTable) {
  FakeClock clock;
  FakeService exchange([](const net::HttpRequest&) {
    return net::HttpResponse{.body = R"({"access_token": "small", "expires_in": 1800})"};
  });
  VendingOptions options = GcsOptions(GcsVending::kDownscoped);
  options.gcs.exchange_endpoint = exchange.url() + "/v1/token";
  CredentialVendor vendor(options, clock);
  ASSERT_OK_AND_ASSIGN(const auto vended, vendor.Vend({kAda, TableAt("gs://lake/wh/it's"),
                                                       TableAccess::kRead}));
  ASSERT_EQ(vended.credentials.size(), 1U);
  EXPECT_EQ(vended.credentials[0].config,
            (std::map<std::string, std::string>{
                {"gcs.oauth2.token", "small"},
                {"gcs.oauth2.token-expires-at",
                 std::to_string((clock.Now() + minutes(30)).count())}}));
  ASSERT_EQ(exchange.requests().size(), 1U);
  const std::string body = exchange.requests()[0].body;
  EXPECT_EQ(net::FormValue(body, "subject_token"), "own-token");
  EXPECT_EQ(net::FormValue(body, "grant_type"),
            "urn:ietf:params:oauth:grant-type:token-exchange");
  const Json rule = Json::parse(
      *net::FormValue(body, "options"))["accessBoundary"]["accessBoundaryRules"][0];
  EXPECT_EQ(rule["availableResource"],
            "//storage.googleapis.com/projects/_/buckets/lake");
  EXPECT_EQ(rule["availablePermissions"],
            Json::array({"inRole:roles/storage.objectViewer"}));
  EXPECT_EQ(rule["availabilityCondition"]["expression"],
            "resource.name.startsWith('projects/_/buckets/lake/objects/wh/it\\'s/') || "
            "api.getAttribute('storage.googleapis.com/objectListPrefix', '')"
            ".startsWith('wh/it\\'s/')");
}

TEST(GcsVending, GivesTheOwnTokenOnlyIfToldTo) {
  FakeClock clock;
  const auto table = TableAt("gs://lake/wh/t");
  CredentialVendor off(GcsOptions(GcsVending::kOff), clock);
  ASSERT_OK_AND_ASSIGN(const auto none, off.Vend({kAda, table, TableAccess::kRead}));
  EXPECT_TRUE(none.credentials.empty());
  VendingOptions options = GcsOptions(GcsVending::kOwnToken);
  options.gcs.store.token_expires_at = clock.Now() + minutes(50);
  CredentialVendor own(options, clock);
  ASSERT_OK_AND_ASSIGN(const auto vended, own.Vend({kAda, table, TableAccess::kRead}));
  EXPECT_EQ(vended.credentials.at(0).config.at("gcs.oauth2.token"), "own-token");
  EXPECT_EQ(vended.expires_at, clock.Now() + minutes(50));
}

TEST(GcsVending, AsksTheMachineOnceForAllTables) {
  FakeClock clock;
  FakeService machine([](const net::HttpRequest& request) {
    const bool is_asked_right = request.headers.Find("Metadata-Flavor") != nullptr;
    return net::HttpResponse{
        .status = is_asked_right ? 200 : 403,
        .body = R"({"access_token": "machine", "expires_in": 3600})"};
  });
  VendingOptions options = GcsOptions(GcsVending::kOwnToken);
  options.gcs.store.token.clear();
  options.gcs.metadata_address = machine.url();
  CredentialVendor vendor(options, clock);
  for (const char* table : {"gs://lake/wh/a", "gs://lake/wh/b"}) {
    ASSERT_OK_AND_ASSIGN(const auto vended,
                         vendor.Vend({kAda, TableAt(table, table), TableAccess::kRead}));
    EXPECT_EQ(vended.credentials.at(0).config.at("gcs.oauth2.token"), "machine");
  }
  EXPECT_EQ(machine.requests().size(), 1U);
}

TEST(GcsVending, RefusesAServiceAccountThatIsNone) {
  FakeClock clock;
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() /
      ("tarn-account-" + std::to_string(getpid()) + ".json");
  VendingOptions options = GcsOptions(GcsVending::kOwnToken);
  options.gcs.store.token.clear();
  options.gcs.service_account_file = file;
  const auto table = TableAt("gs://lake/wh/t");
  EXPECT_ERROR(
      CredentialVendor(options, clock).Vend({kAda, table, TableAccess::kRead}).status(),
      ErrorCode::kNoSuchFile, file.filename().string());
  std::ofstream(file) << R"({"client_email": "a@b", "private_key": "not a key",
                            "token_uri": "http://127.0.0.1:1/"})";
  const auto refused =
      CredentialVendor(options, clock).Vend({kAda, table, TableAccess::kRead});
  std::filesystem::remove(file);
  EXPECT_ERROR(refused.status(), ErrorCode::kInvalidArgument, "private key");
  EXPECT_EQ(refused.status().message().find("not a key"), std::string::npos);
}

TEST(UtcTime, IsReadAndWritten) {
  ASSERT_OK_AND_ASSIGN(const milliseconds time, ParseUtcTime("2024-01-01T00:00:00Z"));
  EXPECT_EQ(time, milliseconds(1'704'067'200'000));
  EXPECT_EQ(FormatUtcTime(time + milliseconds(999)), "2024-01-01T00:00:00Z");
  EXPECT_OK(ParseUtcTime("2024-01-01T00:00:00.123Z").status());
  for (const char* text :
       {"", "2024-01-01", "2024-01-01T00:00:00", "now", "2024-01-01T00:00:00+02:00"}) {
    EXPECT_FALSE(ParseUtcTime(text).ok()) << text;
  }
}

}  // namespace
}  // namespace tarn::gateway
