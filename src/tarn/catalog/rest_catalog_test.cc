// The client of REST servers against servers that misbehave.
#include "tarn/catalog/rest_catalog.h"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/base/json_fields.h"
#include "tarn/catalog/catalog_contract_test.h"
#include "tarn/catalog/internal/rest_auth.h"
#include "tarn/catalog/internal/rest_client.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/net/http_server.h"
#include "tarn/testing/fake_clock.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::catalog {
namespace {

using net::HttpRequest;
using net::HttpResponse;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

HttpResponse JsonAnswer(int status, const std::string& body) {
  HttpResponse response{.status = status, .body = body};
  response.headers.Set("Content-Type", "application/json");
  return response;
}

HttpResponse ErrorAnswer(int status, const std::string& type,
                         const std::string& message) {
  return JsonAnswer(
      status, DumpJson(Json{
                  {"error", {{"message", message}, {"type", type}, {"code", status}}}}));
}

HttpResponse WithHeader(HttpResponse response, const char* name, const char* value) {
  response.headers.Set(name, value);
  return response;
}

/// An answer whose body ends too early.
HttpResponse CutOff() {
  HttpResponse response{.status = 200};
  response.stream = [](net::HttpBodyWriter& writer) -> Status {
    ARROW_RETURN_NOT_OK(writer.Write("{\"metadata-location\": \"file:///x\", \"meta"));
    return MakeError(ErrorCode::kIoFailed, "cut");
  };
  return response;
}

/// A table on a server of the test's own making: what it answers is scripted, call by
/// call; after that it behaves.
class RestClientTest : public ::testing::Test {
 protected:
  using Script = std::function<HttpResponse(const HttpRequest&)>;

  void SetUp() override {
    table_ = FirstMetadata("file:///warehouse/t");
    router_.Add("GET", "/v1/config",
                [this](const HttpRequest& request) { return Handle(request); });
    for (const char* method : {"GET", "POST", "DELETE"}) {
      router_.Add(method, "/v1/{path...}",
                  [this](const HttpRequest& request) { return Handle(request); });
    }
    router_.Add("POST", "/tokens",
                [this](const HttpRequest& request) { return Handle(request); });
    ASSERT_OK_AND_ASSIGN(server_, net::HttpServer::Start({}, router_));
  }

  std::string Url() const {
    return "http://127.0.0.1:" + std::to_string(server_->port());
  }

  std::unique_ptr<RestCatalog> Open(Properties more = {}) {
    more["uri"] = Url();
    auto opened =
        OpenRestCatalog({.name = "other", .properties = more}, clock_, SystemRandom());
    EXPECT_OK(opened);
    return *std::move(opened);
  }

  /// The next answers to `what` ("POST /v1/…"), in order.
  void Next(const std::string& what, std::vector<Script> scripts) {
    const std::lock_guard lock(mutex_);
    for (Script& script : scripts) {
      scripts_[what].push_back(std::move(script));
    }
  }
  void Next(const std::string& what, const HttpResponse& response) {
    Next(what, {[response](const HttpRequest&) { return response; }});
  }

  HttpResponse Handle(const HttpRequest& request) {
    const std::lock_guard lock(mutex_);
    const std::string what = request.method + " " + request.raw_path;
    calls_.push_back(request);
    names_.push_back(what);
    auto& scripts = scripts_[what];
    if (!scripts.empty()) {
      const Script script = scripts.front();
      scripts.erase(scripts.begin());
      return script(request);
    }
    return Behave(request, what);
  }

  HttpResponse Behave(const HttpRequest& request, const std::string& what) {
    if (what == "GET /v1/config") {
      return JsonAnswer(200, config_);
    }
    if (what == "POST " + kTable) {
      return Commit(request);
    }
    if (what == "GET " + kTable) {
      const std::string* known = request.headers.Find("If-None-Match");
      if (known != nullptr && *known == Tag()) {
        return {.status = 304};
      }
      return WithHeader(JsonAnswer(200, TableBody()), "ETag", Tag().c_str());
    }
    return ErrorAnswer(404, "NoSuchNamespaceException", "not scripted: " + what);
  }

  std::string Tag() const { return "\"v" + std::to_string(version_) + "\""; }
  std::string TableBody() const {
    return "{\"metadata-location\": \"file:///warehouse/t/" + std::to_string(version_) +
           ".json\", \"metadata\": " + iceberg::TableMetadataToJson(*table_) +
           ", \"config\": {}}";
  }

  /// Applies a commit as a server does.
  HttpResponse Commit(const HttpRequest& request) {
    const Json body = Json::parse(request.body);
    std::vector<iceberg::TableRequirement> requirements;
    for (const Json& item : body["requirements"]) {
      requirements.push_back(*iceberg::TableRequirementFromJson(item));
    }
    std::vector<iceberg::TableUpdate> updates;
    for (const Json& item : body["updates"]) {
      updates.push_back(*iceberg::TableUpdateFromJson(item));
    }
    const Status fits = iceberg::CheckRequirements(requirements, table_.get());
    if (!fits.ok()) {
      return ErrorAnswer(409, "CommitFailedException", fits.message());
    }
    table_ = *iceberg::ApplyUpdates(*table_, "before", updates, clock_.Now());
    ++version_;
    return JsonAnswer(200, TableBody());
  }

  size_t NumCalls(const std::string& what) const {
    return static_cast<size_t>(std::ranges::count(names_, what));
  }

  const std::string kTable = "/v1/namespaces/ns/tables/t";
  const iceberg::TableIdent ident_ = Ident("ns", "t");
  testing::FakeClock clock_{SystemClock().Now()};
  std::string config_ = R"({"defaults": {}, "overrides": {}})";
  std::shared_ptr<const iceberg::TableMetadata> table_;
  int version_ = 0;
  std::mutex mutex_;
  std::map<std::string, std::vector<Script>> scripts_;
  std::vector<HttpRequest> calls_;
  std::vector<std::string> names_;
  net::Router router_;
  std::unique_ptr<net::HttpServer> server_;
};

TEST_F(RestClientTest, ConfigurationIsLayeredAndShapesThePaths) {
  config_ = R"({"defaults": {"header.x-a": "default", "header.x-b": "default"},
                "overrides": {"prefix": "w%2F1", "namespace-separator": "%2E"}})";
  auto catalog = Open({{"header.x-b", "own"}, {"warehouse", "a b"}});
  const std::string path = "/v1/w%2F1/namespaces/a%2Eb%2Fc/tables";
  Next("GET " + path, JsonAnswer(200, R"({"identifiers": []})"));
  EXPECT_OK(catalog->ListTables(Ns({"a", "b/c"})));
  EXPECT_THAT(names_, ElementsAre("GET /v1/config", "GET " + path));
  EXPECT_EQ(calls_[0].raw_query, "warehouse=a%20b");
  EXPECT_EQ(*calls_[1].headers.Find("x-a"), "default");
  EXPECT_EQ(*calls_[1].headers.Find("x-b"), "own");
  EXPECT_EQ(*calls_[1].headers.Find("X-Iceberg-Access-Delegation"), "vended-credentials");
}

TEST_F(RestClientTest, WhatAServerDoesNotListIsNotAsked) {
  config_ = R"({"defaults": {}, "overrides": {},
                "endpoints": ["GET /v1/{prefix}/namespaces/{ns}/tables/{tbl}"]})";
  auto catalog = Open();
  EXPECT_OK(catalog->LoadTable(ident_));
  EXPECT_ERROR(catalog->DropTable(ident_), ErrorCode::kNotSupported, "DELETE");
  EXPECT_ERROR(catalog->Commit({SetProperty({ident_, "", table_}, "a", "b"),
                                SetProperty({Ident("ns", "u"), "", table_}, "a", "b")}),
               ErrorCode::kNotSupported, "several tables at once");
  // A catalog without views is one, not an error.
  ASSERT_OK_AND_ASSIGN(const auto views, catalog->ListViews(Ns({"ns"})));
  EXPECT_TRUE(views.empty());
  EXPECT_ERROR(catalog->LoadView(ident_), ErrorCode::kNoSuchView, "");
  EXPECT_EQ(names_.size(), 2u);
}

TEST_F(RestClientTest, PagesAreFollowedToTheirEnd) {
  auto catalog = Open({{"rest-page-size", "2"}});
  const std::string path = "GET /v1/namespaces/ns/tables";
  const auto page = [](const char* name, const char* next) {
    return JsonAnswer(200, std::string(R"({"identifiers": [{"namespace": ["ns"], )") +
                               R"("name": ")" + name + R"("}], "next-page-token": )" +
                               next + "}");
  };
  Next(path, page("b", "\"t 1\""));
  Next(path, page("a", "null"));
  ASSERT_OK_AND_ASSIGN(const auto tables, catalog->ListTables(Ns({"ns"})));
  EXPECT_THAT(tables, ElementsAre(Ident("ns", "a"), Ident("ns", "b")));
  EXPECT_EQ(calls_[1].raw_query, "pageToken=&pageSize=2");
  EXPECT_EQ(calls_[2].raw_query, "pageToken=t%201&pageSize=2");
  // A server that never ends is left.
  Next(path, page("a", "\"again\""));
  Next(path, page("b", "\"again\""));
  EXPECT_OK(catalog->ListTables(Ns({"ns"})));
}

TEST_F(RestClientTest, AnUnchangedTableIsNotSentAgain) {
  auto catalog = Open();
  ASSERT_OK_AND_ASSIGN(const LoadedTable first, catalog->LoadTable(ident_));
  ASSERT_OK_AND_ASSIGN(const LoadedTable second, catalog->LoadTable(ident_));
  EXPECT_EQ(first.metadata, second.metadata);
  ASSERT_OK(catalog->Commit({AppendTo(first)}));
  ASSERT_OK_AND_ASSIGN(const LoadedTable third, catalog->LoadTable(ident_));
  EXPECT_EQ(third.metadata->snapshots.size(), 1u);
}

TEST_F(RestClientTest, ErrorsAreTheServers) {
  const struct {
    int status;
    const char* type;
    ErrorCode code;
  } cases[] = {
      {404, "NoSuchTableException", ErrorCode::kNoSuchTable},
      {404, "NoSuchNamespaceException", ErrorCode::kNoSuchNamespace},
      {404, "", ErrorCode::kNoSuchTable},
      {403, "ForbiddenException", ErrorCode::kForbidden},
      {401, "NotAuthorizedException", ErrorCode::kUnauthenticated},
      {400, "BadRequestException", ErrorCode::kInvalidArgument},
      {406, "UnsupportedOperationException", ErrorCode::kNotSupported},
      {500, "InternalServerError", ErrorCode::kIoFailed},
  };
  auto catalog = Open();
  for (const auto& c : cases) {
    SCOPED_TRACE(std::to_string(c.status) + c.type);
    Next("GET " + kTable, ErrorAnswer(c.status, c.type, "the server's\nwords"));
    EXPECT_ERROR(catalog->LoadTable(ident_), c.code, "Catalog other: the server's words");
  }
  Next("GET " + kTable, JsonAnswer(404, "<html>"));
  EXPECT_ERROR(catalog->LoadTable(ident_), ErrorCode::kNoSuchTable, "HTTP 404");
  Next("GET " + kTable, JsonAnswer(200, "{\"metadata\": {\"nonsense\": 1}}"));
  EXPECT_ERROR(catalog->LoadTable(ident_), ErrorCode::kInvalidData, "ns.t");
}

TEST_F(RestClientTest, ABusyServerIsWaitedFor) {
  auto catalog = Open();
  ASSERT_OK(catalog->Connect());
  const auto began = clock_.Now();
  Next("GET " + kTable, WithHeader(HttpResponse{.status = 503}, "Retry-After", "7"));
  Next("GET " + kTable, HttpResponse{.status = 502});
  Next("GET " + kTable, CutOff());
  EXPECT_OK(catalog->LoadTable(ident_));
  EXPECT_GE((clock_.Now() - began).count(), 7'000);
  // A commit that is turned away is one that was not applied.
  Next("POST " + kTable, WithHeader(HttpResponse{.status = 503}, "Retry-After", "1"));
  Next("POST " + kTable, ErrorAnswer(429, "SlowDownException", "slow"));
  EXPECT_OK(catalog->Commit({AppendTo({ident_, "", table_})}));
  EXPECT_EQ(NumCalls("POST " + kTable), 3u);
}

TEST_F(RestClientTest, Trap_AnUnknownOutcomeIsLookedUp) {
  const struct {
    const char* name;
    Script answer;
    bool is_applied;
  } cases[] = {
      {"500, applied", [](auto&) { return ErrorAnswer(500, "X", "oops"); }, true},
      {"500, not applied", [](auto&) { return ErrorAnswer(500, "X", "oops"); }, false},
      {"504, applied", [](auto&) { return HttpResponse{.status = 504}; }, true},
      {"bare 503, not applied", [](auto&) { return HttpResponse{.status = 503}; }, false},
      {"cut off, applied", [](auto&) { return CutOff(); }, true},
      {"cut off, not applied", [](auto&) { return CutOff(); }, false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    auto catalog = Open();
    ASSERT_OK(catalog->Connect());
    calls_.clear();
    names_.clear();
    Next("POST " + kTable, {[this, &c](const HttpRequest& request) {
           if (c.is_applied) {
             Commit(request);
           }
           return c.answer(request);
         }});
    const size_t before = table_->snapshots.size();
    const auto done = catalog->Commit({AppendTo({ident_, "", table_})});
    EXPECT_EQ(NumCalls("POST " + kTable), 1u);  // never sent again by itself
    if (c.is_applied) {
      ASSERT_OK(done);
      EXPECT_EQ(done->at(0).metadata->snapshots.size(), before + 1);
    } else {
      EXPECT_ERROR(done, ErrorCode::kCommitStateUnknown, "");
    }
  }
}

TEST_F(RestClientTest, ChangesThatAreKnownByAKeyAreSentAgainUnderIt) {
  config_ = R"({"defaults": {}, "overrides": {}, "idempotency-key-lifetime": "PT30M"})";
  auto catalog = Open();
  Next("POST " + kTable, HttpResponse{.status = 502});
  Next("POST " + kTable, CutOff());
  ASSERT_OK(catalog->Commit({AppendTo({ident_, "", table_})}));
  ASSERT_EQ(calls_.size(), 4u);
  const std::string key = *calls_[1].headers.Find("Idempotency-Key");
  EXPECT_EQ(key.size(), 36u);
  EXPECT_EQ(key[14], '7');
  EXPECT_EQ(*calls_[2].headers.Find("Idempotency-Key"), key);
  EXPECT_EQ(*calls_[3].headers.Find("Idempotency-Key"), key);
  const std::string own = "01890a5d-ac96-774b-bcce-b302099a8057";
  ASSERT_OK(catalog->WithOperation({own, ""})->Commit({AppendTo({ident_, "", table_})}));
  EXPECT_EQ(*calls_[4].headers.Find("Idempotency-Key"), own);
}

TEST_F(RestClientTest, AKeyNeedsAServerThatRemembersIt) {
  auto catalog = Open();
  EXPECT_ERROR(catalog->WithOperation({"k", ""})->DropTable(ident_),
               ErrorCode::kNotSupported, "keys");
}

TEST_F(RestClientTest, TokensAreFetchedRenewedAndNeverShown) {
  int given = 0;
  const auto give = [&](const HttpRequest& request) {
    EXPECT_EQ(net::FormValue(request.body, "client_id"), "me");
    EXPECT_EQ(net::FormValue(request.body, "client_secret"), "s3:cret&");
    EXPECT_EQ(net::FormValue(request.body, "scope"), "all");
    return JsonAnswer(200, R"({"access_token": "t)" + std::to_string(++given) +
                               R"(", "token_type": "bearer", "expires_in": 3600})");
  };
  auto catalog = Open({{"credential", "me:s3:cret&"},
                       {"scope", "all"},
                       {"oauth2-server-uri", Url() + "/tokens"}});
  Next("POST /tokens", {give, give, give});
  ASSERT_OK(catalog->LoadTable(ident_));
  EXPECT_EQ(*calls_.back().headers.Find("Authorization"), "Bearer t1");
  Next("GET " + kTable, ErrorAnswer(401, "NotAuthorizedException", "revoked"));
  ASSERT_OK(catalog->LoadTable(ident_));
  EXPECT_EQ(*calls_.back().headers.Find("Authorization"), "Bearer t2");
  clock_.Advance(std::chrono::minutes(56));  // in the last five minutes of the hour
  ASSERT_OK(catalog->LoadTable(ident_));
  EXPECT_EQ(*calls_.back().headers.Find("Authorization"), "Bearer t3");
  // 419 after which the token endpoint refuses as well: the error says neither secret.
  Next("GET " + kTable, ErrorAnswer(419, "AuthenticationTimeoutException", "old"));
  Next("POST /tokens", JsonAnswer(401, R"({"error": "invalid_client"})"));
  const auto refused = catalog->LoadTable(ident_);
  EXPECT_ERROR(refused, ErrorCode::kUnauthenticated, "credential");
  EXPECT_THAT(refused.status().message(), Not(HasSubstr("s3:cret")));
  EXPECT_THAT(refused.status().message(), Not(HasSubstr("t3")));
}

TEST_F(RestClientTest, ABadCredentialIsSaidBeforeAnythingElse) {
  auto catalog =
      Open({{"credential", "hidden"}, {"oauth2-server-uri", Url() + "/tokens"}});
  Next("POST /tokens",
       JsonAnswer(401, R"({"error": "invalid_client", "error_description": "who?"})"));
  const auto refused = catalog->LoadTable(ident_);
  EXPECT_ERROR(refused, ErrorCode::kUnauthenticated, "invalid_client, who?");
  EXPECT_THAT(refused.status().message(), Not(HasSubstr("hidden")));
  EXPECT_EQ(NumCalls("GET /v1/config"), 0u);
}

TEST_F(RestClientTest, AServerMayNotRedirectSecrets) {
  config_ = R"({"defaults": {}, "overrides": {"oauth2-server-uri": "http://evil.invalid/",
                "credential": "other:one", "token": "x"}})";
  auto catalog = Open({{"token", "mine"}});
  ASSERT_OK(catalog->LoadTable(ident_));
  EXPECT_EQ(*calls_.back().headers.Find("Authorization"), "Bearer mine");
}

TEST_F(RestClientTest, ServersThatCannotBeReachedAreNamed) {
  auto options = RestCatalogOptions{
      .name = "gone", .properties = {{"uri", "http://127.0.0.1:1/catalog?secret=1"}}};
  ASSERT_OK_AND_ASSIGN(auto catalog, OpenRestCatalog(options, clock_, SystemRandom()));
  const Status failed = catalog->Connect();
  EXPECT_ERROR(failed, ErrorCode::kUnavailable, "Cannot connect to catalog gone");
  EXPECT_THAT(failed.message(), Not(HasSubstr("secret")));
  EXPECT_ERROR(OpenRestCatalog({.name = "x", .properties = {}}, clock_, SystemRandom()),
               ErrorCode::kInvalidArgument, "uri");
  Next("GET /v1/config", JsonAnswer(200, "[]"));
  EXPECT_ERROR(Open()->Connect(), ErrorCode::kInvalidData, "REST protocol");
}

TEST(RestAuth, TheEndOfATokenIsInItsClaims) {
  // {"exp": 1700000000} between a header and a signature.
  EXPECT_EQ(internal::ExpiryOfToken("e30.eyJleHAiOiAxNzAwMDAwMDAwfQ.sig").count(),
            1'700'000'000'000);
  for (const char* token : {"", "abc", "a.b.c", "..", "e30.e30.x", "e30.bnVsbA.x"}) {
    EXPECT_EQ(internal::ExpiryOfToken(token).count(), 0) << token;
  }
}

TEST(RestClient, TimeUuidsCarryTheirTime) {
  const std::string uuid =
      internal::NewTimeUuid(std::chrono::milliseconds(0x0123456789AB), SystemRandom());
  EXPECT_EQ(uuid.substr(0, 15), "01234567-89ab-7");
  EXPECT_THAT(uuid.substr(19, 1), ::testing::AnyOf("8", "9", "a", "b"));
}

}  // namespace
}  // namespace tarn::catalog
