#include "tarn/governance/access_token.h"

#include <string>

#include <gtest/gtest.h>

#include "tarn/base/digest.h"
#include "tarn/base/json_fields.h"
#include "tarn/governance/authorization_header.h"
#include "tarn/governance/principal_json.h"
#include "tarn/governance/secret_hash.h"
#include "tarn/testing/fake_clock.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::governance {
namespace {

const SigningKey kKey{.id = "k1", .secret = "a secret", .created_at = {}};

AccessClaims Claims() {
  return {.issuer = "tarn",
          .subject = "spark",
          .principal_id = "p",
          .secret_id = "s",
          .roles = std::vector<std::string>{"reader"},
          .token_id = "j",
          .issued_at = std::chrono::seconds(1'700'000'000),
          .expires_at = std::chrono::seconds(1'700'003'600)};
}

std::string Token(const std::string& header, const std::string& payload,
                  const std::string& key = kKey.secret) {
  const std::string text = Base64UrlEncode(header) + '.' + Base64UrlEncode(payload);
  return text + '.' + Base64UrlEncode(HmacSha256(key, text));
}

constexpr char kHeader[] = R"({"alg":"HS256","kid":"k1","typ":"JWT"})";
constexpr char kPayload[] =
    R"({"iss":"tarn","aud":"tarn","sub":"a","pid":"p","sid":"s","jti":"j","iat":1,"exp":2})";

TEST(AccessToken, ComesBackAsItWasMade) {
  const std::string token = MakeAccessToken(Claims(), kKey);
  ASSERT_OK_AND_ASSIGN(const ParsedToken parsed, ParseAccessToken(token));
  EXPECT_TRUE(IsSignedBy(parsed, kKey));
  EXPECT_EQ(parsed.key_id, "k1");
  EXPECT_EQ(parsed.claims.subject, "spark");
  EXPECT_EQ(parsed.claims.principal_id, "p");
  EXPECT_EQ(parsed.claims.secret_id, "s");
  EXPECT_EQ(parsed.claims.token_id, "j");
  EXPECT_EQ(parsed.claims.roles, Claims().roles);
  EXPECT_EQ(parsed.claims.issued_at, Claims().issued_at);
  EXPECT_EQ(parsed.claims.expires_at, Claims().expires_at);
  EXPECT_FALSE(IsSignedBy(parsed, {.id = "k1", .secret = "other", .created_at = {}}));
}

/// RFC 7515 A.1: the signature of another implementation.
TEST(AccessToken, SignsAsTheSpecificationDoes) {
  const ParsedToken example{
      .key_id = "",
      .claims = {},
      .signed_text =
          "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
          "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9p"
          "c19yb290Ijp0cnVlfQ",
      .signature = *Base64UrlDecode("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")};
  const std::string key = *Base64UrlDecode(
      "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1"
      "Z9CAow");
  EXPECT_TRUE(IsSignedBy(example, {.id = "", .secret = key, .created_at = {}}));
}

TEST(AccessToken, EveryByteIsSigned) {
  const std::string token = MakeAccessToken(Claims(), kKey);
  for (size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    const auto parsed = ParseAccessToken(changed);
    EXPECT_FALSE(parsed.ok() && IsSignedBy(*parsed, kKey)) << i;
  }
}

TEST(AccessToken, RefusesWhatItWouldNotMake) {
  EXPECT_OK(ParseAccessToken(Token(kHeader, kPayload)));
  const struct {
    const char* name;
    std::string token;
  } cases[] = {
      {"empty", ""},
      {"two parts", "a.b"},
      {"four parts", Token(kHeader, kPayload) + ".x"},
      {"padding", Token(kHeader, kPayload) + "="},
      {"no JSON", Token("x", kPayload)},
      {"an array", Token("[]", kPayload)},
      {"alg none", Token(R"({"alg":"none","kid":"k1"})", kPayload)},
      {"alg RS256", Token(R"({"alg":"RS256","kid":"k1"})", kPayload)},
      {"alg in another case", Token(R"({"alg":"hs256","kid":"k1"})", kPayload)},
      {"no alg", Token(R"({"kid":"k1"})", kPayload)},
      {"no kid", Token(R"({"alg":"HS256"})", kPayload)},
      {"crit", Token(R"({"alg":"HS256","kid":"k1","crit":["b64"]})", kPayload)},
      {"no claims", Token(kHeader, "{}")},
      {"another audience",
       Token(kHeader, R"({"iss":"tarn","aud":"x","sub":"a","pid":"p","sid":"s","jti":"j",
                          "iat":1,"exp":2})")},
      {"exp as text",
       Token(kHeader, R"({"iss":"t","aud":"t","sub":"a","pid":"p","sid":"s","jti":"j",
                          "iat":1,"exp":"2"})")},
      {"exp before iat",
       Token(kHeader, R"({"iss":"t","aud":"t","sub":"a","pid":"p","sid":"s","jti":"j",
                          "iat":2,"exp":1})")},
      {"too long", Token(kHeader, std::string(9'000, ' ') + kPayload)},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.name);
    EXPECT_ERROR(ParseAccessToken(one.token), ErrorCode::kUnauthenticated, "sign in");
  }
}

TEST(Base64Url, IsStrict) {
  EXPECT_EQ(Base64UrlDecode("-_8"), std::string("\xFB\xFF"));
  for (const char* text : {"+/8", "-_8=", "-_9", "a", "-_ 8"}) {
    EXPECT_FALSE(Base64UrlDecode(text)) << text;
  }
}

TEST(AuthorizationHeader, TakesTwoSchemesInAnyCase) {
  ASSERT_OK_AND_ASSIGN(const auto bearer, ParseAuthorization("bEARER  abc "));
  EXPECT_EQ(std::get<BearerToken>(bearer).token, "abc");
  ASSERT_OK_AND_ASSIGN(const auto basic,
                       ParseAuthorization("BASIC " + Base64Encode("id:a:b")));
  EXPECT_EQ(std::get<ClientCredentials>(basic).client_id, "id");
  EXPECT_EQ(std::get<ClientCredentials>(basic).client_secret, "a:b");
  for (const char* header : {"", "Bearer", "Digest x", "Basic", "Basic !", "Bearerx"}) {
    EXPECT_ERROR(ParseAuthorization(header), ErrorCode::kUnauthenticated, "");
  }
}

TEST(SecretHash, OnlyTheSecretMatches) {
  testing::SeededRandom random;
  const std::string secret = NewSecret(random);
  EXPECT_EQ(secret.size(), 48U);
  EXPECT_TRUE(secret.starts_with("tarn_"));
  ASSERT_OK_AND_ASSIGN(const std::string hash, HashSecret(secret, random));
  EXPECT_EQ(hash.find(secret), std::string::npos);
  ASSERT_OK_AND_ASSIGN(const bool matches, SecretMatches(secret, hash));
  EXPECT_TRUE(matches);
  ASSERT_OK_AND_ASSIGN(const bool other, SecretMatches(secret + "x", hash));
  EXPECT_FALSE(other);
  ASSERT_OK_AND_ASSIGN(const std::string again, HashSecret(secret, random));
  EXPECT_NE(hash, again) << "each has its own salt";
}

/// RFC 7914 12, with N = 16384, r = 8, p = 1: the first 32 of 64 bytes are the same.
TEST(SecretHash, IsScryptOfTheSpecification) {
  const std::string hash =
      "$scrypt$ln=14,r=8,p=1$" + Base64Encode("SodiumChloride") + "$" +
      Base64Encode(
          "\x70\x23\xbd\xcb\x3a\xfd\x73\x48\x46\x1c\x06\xcd\x81\xfd\x38\xeb"
          "\xfd\xa8\xfb\xba\x90\x4f\x8e\x3e\xa9\xb5\x43\xf6\x54\x5d\xa1\xf2");
  ASSERT_OK_AND_ASSIGN(const bool matches, SecretMatches("pleaseletmein", hash));
  EXPECT_TRUE(matches);
}

TEST(SecretHash, RefusesHashesThatAreNoneOrCostTooMuch) {
  const std::string tail = "$AAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  for (const std::string& hash :
       {std::string(), std::string("plain"), "$scrypt$ln=14,r=8" + tail,
        "$scrypt$ln=40,r=8,p=1" + tail, "$scrypt$ln=14,r=9999,p=1" + tail,
        "$scrypt$ln=14,r=8,p=0" + tail, std::string("$scrypt$ln=14,r=8,p=1$AAAA$AAAA")}) {
    SCOPED_TRACE(hash);
    EXPECT_ERROR(SecretMatches("x", hash), ErrorCode::kInvalidData, "rotate");
  }
}

TEST(PrincipalJson, ComesBackAsItWas) {
  const PrincipalRecord record{.id = "i",
                               .name = "n",
                               .kind = PrincipalKind::kService,
                               .client_id = "c",
                               .secrets = {{.id = "s", .hash = "h", .created_at = {}}},
                               .roles = {"a"},
                               .is_admin = true,
                               .is_disabled = true,
                               .created_at = std::chrono::milliseconds(5)};
  ASSERT_OK_AND_ASSIGN(const auto back, PrincipalFromJson(PrincipalToJson(record)));
  EXPECT_EQ(PrincipalToJson(back), PrincipalToJson(record));
  EXPECT_EQ(back.secrets.size(), 1U);
  EXPECT_TRUE(back.is_admin && back.is_disabled);
  for (const char* text : {"", "[]", "{}", R"({"id":1})"}) {
    EXPECT_ERROR(PrincipalFromJson(text), ErrorCode::kInvalidData, "");
  }
}

}  // namespace
}  // namespace tarn::governance
