#include "tarn/gateway/trino/external_sign_in.h"

#include <string>

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/testing/fake_clock.h"

namespace tarn::gateway::trino {
namespace {

/// Knows ada, whose secret is "right".
class OnlyAda final : public governance::Authenticator {
 public:
  Result<governance::Principal> Authenticate(const net::HttpRequest& /*any*/) override {
    return MakeError(ErrorCode::kUnauthenticated, "no");
  }
  Result<governance::IssuedToken> SignIn(const governance::ClientCredentials& given,
                                         std::string_view /*scope*/,
                                         std::string_view /*address*/) override {
    if (given.client_id != "ada" || given.client_secret != "right") {
      return MakeError(ErrorCode::kUnauthenticated, "Not <right>");
    }
    return governance::IssuedToken{.token = "t0ken", .principal = {.name = "a<d>a"}};
  }
  Result<governance::IssuedToken> Exchange(std::string_view /*token*/,
                                           const governance::ClientCredentials* /*by*/,
                                           std::string_view /*address*/) override {
    return MakeError(ErrorCode::kUnauthenticated, "no");
  }
};

class ExternalSignInTest : public ::testing::Test {
 protected:
  ExternalSignInTest() {
    sign_in_.AddRoutes(&router_);
    const std::string challenge = sign_in_.Challenge(Request("POST", "/v1/statement"));
    page_ = Between(challenge, "x_redirect_server=\"https://lake", "\"");
    token_ = Between(challenge, "x_token_server=\"https://lake", "\"");
  }

  static std::string Between(const std::string& text, const std::string& before,
                             const std::string& after) {
    const size_t start = text.find(before);
    EXPECT_NE(start, std::string::npos) << text;
    const size_t from = start + before.size();
    return text.substr(from, text.find(after, from) - from);
  }
  static net::HttpRequest Request(const char* method, const std::string& path) {
    net::HttpRequest request;
    request.method = method;
    request.raw_path = path;
    return request;
  }
  net::HttpResponse Call(const char* method, const std::string& path,
                         const std::string& body = "") {
    net::HttpRequest request = Request(method, path);
    request.body = body;
    int status = 0;
    const net::Router::Route* const route = router_.Match(&request, &status);
    return route == nullptr ? net::HttpResponse{.status = status}
                            : route->handler(request);
  }

  OnlyAda authenticator_;
  testing::FakeClock clock_;
  testing::SeededRandom random_;
  ExternalSignIn sign_in_{authenticator_,
                          clock_,
                          random_,
                          {.public_url = "https://lake",
                           .wait = std::chrono::milliseconds(1),
                           .tokens_max = 1}};
  net::Router router_;
  std::string page_;
  std::string token_;
};

TEST_F(ExternalSignInTest, GivesTheTokenToWhoAsked) {
  EXPECT_EQ(Call("GET", token_).body, R"({"nextUri":"https://lake)" + token_ + "\"}");
  EXPECT_NE(Call("GET", page_).body.find("<form"), std::string::npos);
  const net::HttpResponse wrong = Call("POST", page_, "name=ada&secret=x");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_NE(wrong.body.find("Not &lt;right&gt;"), std::string::npos);
  EXPECT_EQ(Call("GET", token_).body.find("t0ken"), std::string::npos);

  const net::HttpResponse right = Call("POST", page_, "name=ada&secret=right");
  EXPECT_EQ(right.status, 200);
  EXPECT_NE(right.body.find("a&lt;d&gt;a"), std::string::npos);
  EXPECT_EQ(right.body.find("t0ken"), std::string::npos);
  for (int again = 0; again < 2; ++again) {
    EXPECT_EQ(Call("GET", token_).body, R"({"token":"t0ken"})");
  }
  EXPECT_EQ(Call("DELETE", token_).status, 204);
  EXPECT_EQ(Call("GET", token_).body.find("t0ken"), std::string::npos);
}

TEST_F(ExternalSignInTest, ThePageDoesNotLeadToTheToken) {
  ASSERT_EQ(Call("POST", page_, "name=ada&secret=right").status, 200);
  const std::string key = page_.substr(page_.rfind('/') + 1);
  EXPECT_EQ(Call("GET", "/oauth2/token/" + key).body.find("t0ken"), std::string::npos);
  EXPECT_EQ(Call("GET", "/oauth2/token/x").body,
            R"({"error":"There is no such sign-in"})");
  EXPECT_EQ(Call("GET", "/oauth2/token/initiate/x").status, 404);
  EXPECT_EQ(Call("POST", "/oauth2/token/initiate/x", "name=ada&secret=right").status,
            404);
}

TEST_F(ExternalSignInTest, ForgetsTokensThatNobodyTakes) {
  ASSERT_EQ(Call("POST", page_, "name=ada&secret=right").status, 200);
  const std::string other = Between(sign_in_.Challenge(Request("POST", "/")),
                                    "x_redirect_server=\"https://lake", "\"");
  ASSERT_NE(other, page_);
  EXPECT_EQ(Call("POST", other, "name=ada&secret=right").status, 503);
  clock_.Advance(std::chrono::minutes(3));
  EXPECT_EQ(Call("GET", token_).body.find("t0ken"), std::string::npos);
  EXPECT_EQ(Call("POST", other, "name=ada&secret=right").status, 200);
}

}  // namespace
}  // namespace tarn::gateway::trino
