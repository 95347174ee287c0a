#include "tarn/gateway/iceberg_rest/token_routes.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "tarn/base/digest.h"
#include "tarn/base/json_fields.h"
#include "tarn/gateway/iceberg_rest/token_request.h"
#include "tarn/governance/principal_admin.h"
#include "tarn/testing/fake_clock.h"
#include "tarn/testing/memory_principal_store.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::gateway {
namespace {

constexpr char kExchange[] =
    "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange"
    "&subject_token_type=urn:ietf:params:oauth:token-type:access_token&subject_token=";

net::HttpRequest FormRequest(const std::string& body, const std::string& header = "") {
  net::HttpRequest request;
  request.method = "POST";
  request.headers.Add("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8");
  if (!header.empty()) {
    request.headers.Add("Authorization", header);
  }
  request.body = body;
  return request;
}

class TokenRoutesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(authenticator_,
                         governance::Authenticator::Make(store_, clock_, random_, {}));
    ASSERT_OK_AND_ASSIGN(const auto made,
                         governance::AddPrincipal({store_, clock_, random_},
                                                  {.name = "spark", .roles = {"r"}}));
    secret_ = made.secret;
  }

  net::HttpResponse Ask(const std::string& body, const std::string& header = "") {
    return AnswerTokenRequest(FormRequest(body, header), authenticator_.get());
  }
  static Json BodyOf(const net::HttpResponse& response) {
    return ParseJson(response.body, "answer").ValueOr(Json());
  }
  std::string SignInForm() const {
    return "grant_type=client_credentials&client_id=spark&client_secret=" + secret_;
  }

  testing::FakeClock clock_;
  testing::SeededRandom random_;
  testing::MemoryPrincipalStore store_;
  std::unique_ptr<governance::Authenticator> authenticator_;
  std::string secret_;
};

TEST_F(TokenRoutesTest, GivesATokenForCredentials) {
  const net::HttpResponse response = Ask(SignInForm() + "&scope=catalog");
  ASSERT_EQ(response.status, 200);
  EXPECT_EQ(response.principal, "spark");
  EXPECT_EQ(*response.headers.Find("Cache-Control"), "no-store");
  const Json body = BodyOf(response);
  EXPECT_EQ(body["token_type"], "bearer");
  EXPECT_EQ(body["expires_in"], 3600);
  EXPECT_EQ(body["scope"], "catalog");
  net::HttpRequest request;
  request.headers.Add("Authorization",
                      "Bearer " + body["access_token"].get<std::string>());
  EXPECT_OK(authenticator_->Authenticate(request));
}

TEST_F(TokenRoutesTest, CredentialsInTheFormWinOverTheHeader) {
  EXPECT_EQ(Ask(SignInForm(), "Bearer old.expired.token").status, 200);
  EXPECT_EQ(
      Ask("grant_type=client_credentials", "Basic " + Base64Encode("spark:" + secret_))
          .status,
      200);
}

TEST_F(TokenRoutesTest, ExchangesTokens) {
  const std::string token = BodyOf(Ask(SignInForm()))["access_token"];
  const net::HttpResponse again = Ask(kExchange + token, "Bearer " + token);
  ASSERT_EQ(again.status, 200);
  EXPECT_EQ(BodyOf(again)["issued_token_type"],
            "urn:ietf:params:oauth:token-type:access_token");
  clock_.Advance(std::chrono::hours(2));
  EXPECT_EQ(Ask(kExchange + token).status, 400);
  EXPECT_EQ(Ask(kExchange + token, "Basic " + Base64Encode("spark:" + secret_)).status,
            200);
}

TEST_F(TokenRoutesTest, SaysWhatIsWrongAsOAuthDoes) {
  const struct {
    std::string body;
    int status;
    const char* code;
  } cases[] = {
      {"", 400, "invalid_request"},
      {"grant_type=password", 400, "unsupported_grant_type"},
      {"grant_type=client_credentials&client_id=spark", 401, "invalid_client"},
      {"grant_type=client_credentials&client_id=spark&client_secret=x", 401,
       "invalid_client"},
      {SignInForm() + "&scope=PRINCIPAL_ROLE:owner", 400, "invalid_scope"},
      {SignInForm() + "&client_id=other", 400, "invalid_request"},
      {SignInForm() + "&x=%zz", 400, "invalid_request"},
      {kExchange, 400, "invalid_request"},
      {std::string(kExchange) + "x.y.z", 400, "invalid_request"},
      {std::string(kExchange) + "x.y.z&requested_token_type=urn:x", 400,
       "invalid_request"},
      {"grant_type=urn:ietf:params:oauth:grant-type:token-exchange&subject_token=x"
       "&subject_token_type=urn:ietf:params:oauth:token-type:saml2",
       400, "invalid_request"},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.body);
    const net::HttpResponse response = Ask(one.body);
    EXPECT_EQ(response.status, one.status);
    EXPECT_EQ(BodyOf(response)["error"], one.code);
    EXPECT_EQ(response.body.find(secret_), std::string::npos);
  }
  net::HttpRequest json = FormRequest("{}");
  json.headers.Set("Content-Type", "application/json");
  EXPECT_EQ(AnswerTokenRequest(json, authenticator_.get()).status, 400);
}

TEST_F(TokenRoutesTest, TheChallengeIsOfTheSchemeThatTheClientUsed) {
  constexpr char kNoSecret[] = "grant_type=client_credentials";
  const std::string wrong = Base64Encode("spark:wrong");
  const struct {
    std::string body;
    std::string header;
    const char* challenge;
  } cases[] = {
      // A browser's page: Basic would make it ask for a password by itself.
      {std::string(kNoSecret) + "&client_id=spark&client_secret=x", "", "Bearer"},
      {kNoSecret, "", "Bearer"},
      {kNoSecret, "Bearer x", "Bearer"},
      {kNoSecret, "Basically", "Bearer"},
      {kNoSecret, "Basic " + wrong, "Basic"},
      {kNoSecret, "bASIC " + wrong, "Basic"},
      {kNoSecret, "Basic ???", "Basic"},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.body + " " + one.header);
    const net::HttpResponse response = Ask(one.body, one.header);
    EXPECT_EQ(response.status, 401);
    EXPECT_EQ(BodyOf(response)["error"], "invalid_client");
    EXPECT_EQ(*response.headers.Find("WWW-Authenticate"),
              std::string(one.challenge) + " realm=\"tarn\"");
  }
}

TEST_F(TokenRoutesTest, AStoreThatIsAwayIsNotAWrongSecret) {
  store_.FailWith(MakeError(ErrorCode::kUnavailable, "The store is away"));
  const net::HttpResponse response = Ask(SignInForm());
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(BodyOf(response)["error"], "temporarily_unavailable");
  EXPECT_NE(response.headers.Find("Retry-After"), nullptr);
  const net::HttpResponse call =
      NotAuthenticatedResponse(MakeError(ErrorCode::kUnauthenticated, "Not signed in"));
  EXPECT_EQ(call.status, 401);
  EXPECT_EQ(BodyOf(call)["error"]["type"], "NotAuthorizedException");
  EXPECT_NE(call.headers.Find("WWW-Authenticate"), nullptr);
}

TEST(PublicUrl, IsWhereTheClientCalled) {
  net::HttpRequest request;
  EXPECT_EQ(PublicUrlOf(request, ""), "");
  request.headers.Add("Host", "lake:8080");
  EXPECT_EQ(PublicUrlOf(request, ""), "http://lake:8080");
  EXPECT_EQ(PublicUrlOf(request, "https://x"), "https://x");
  request.headers.Add("X-Forwarded-Proto", "https");
  EXPECT_EQ(PublicUrlOf(request, ""), "https://lake:8080");
  request.headers.Set("X-Forwarded-Proto", "javascript");
  request.is_tls = true;
  EXPECT_EQ(PublicUrlOf(request, ""), "https://lake:8080");
  for (const char* host : {"", "a/b", "a b", "a@b", "a?b", "a#b"}) {
    request.headers.Set("Host", host);
    EXPECT_EQ(PublicUrlOf(request, ""), "") << host;
  }
}

}  // namespace
}  // namespace tarn::gateway
