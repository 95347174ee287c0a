#include "tarn/governance/outside_issuer.h"

#include <chrono>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "tarn/base/digest.h"
#include "tarn/governance/internal/issuer_keys.h"
#include "tarn/governance/json_web_key.h"
#include "tarn/testing/fake_clock.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::governance {
namespace {

using std::chrono::seconds;

// Keys, and tokens of 2011 that were signed with them: of RSA, and of RFC 7515, A.3.
constexpr char kRsaKey[] =
    R"({"kty":"RSA","kid":"r","n":"pFzhtTV6JG9ITxgYu0fmvfQBLZLBAbspl56d6taZtjKOn8rn7Sx4V-wJev48KJ58PW3qPtYD63sEtrV9HDK33pGyuXp6gbgsxrVV7v33nuapKX-_Kh3ub7L8iITgNG8wr7gMgU-UELKu24SKsC5W1u49-i7GtT4-i64yEmipdgOvnMP1jMvpm7sfd-haJlCAjT3qdm-muKBtqbi_b6leKpjFKdKCFbrenbqgGDSNLYJXuJTQa21ERy1_NDMAWPcvEsrT2WP3uXifryc3XajovDPZSyjKn6CUlfmTtM1gOVH2qoIe0cCFqv-vaUbwLviDS8CkK06s0gh5pKCFOJttVw","e":"AQAB"})";
constexpr char kCurveKey[] =
    R"({"kty":"EC","kid":"e","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";
constexpr char kRsaToken[] =
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLCJleHAiOjEzMDA4MTkzODB9.oLnPeyrxwErxn-"
    "1P6nsxnZfFfNW-ZgRbidPlyWNphrMdo3-BG1CjaFdCabJpZ5ewmye550JWfikOJVI-MzN9gdeQGEPpHO"
    "5h7PaxM9LvX7POM_58eeHKM46y4e6LN6_7cKRc1I8k8p0uZuwJLU_uYvD4zzivV5ZBAOEPWzQe0y5TlL"
    "kQsznop7PGl5UyHqm0MYc-6XmRM2wyj1GU6SkBCFTcUG8ETTpaBcDE6zHn7FYh2di-d071N-"
    "0xL2KaomM81Z4uIxJT2RsCn7l0WrsBXv5BDSEIt7oTCzWeMl09qv-"
    "l_SGdfnACMqHgNwGckVmaHE62tQvzwqrnQC5LIwC50w";
constexpr char kCurveToken[] =
    "eyJhbGciOiJFUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb29"
    "0Ijp0cnVlfQ."
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6N"
    "U1Q";

std::string KeySet(const std::string& keys) { return R"({"keys":[)" + keys + "]}"; }

TEST(JsonWebKey, VerifiesWhatTheKeyHasSigned) {
  ASSERT_OK_AND_ASSIGN(const auto keys,
                       ParseJsonWebKeys(KeySet(std::string(kRsaKey) + "," + kCurveKey)));
  ASSERT_EQ(keys.size(), 2U);
  ASSERT_OK_AND_ASSIGN(const WebToken rsa, ParseWebToken(kRsaToken));
  ASSERT_OK_AND_ASSIGN(const WebToken curve, ParseWebToken(kCurveToken));
  EXPECT_TRUE(keys[0].HasSigned(rsa));
  EXPECT_TRUE(keys[1].HasSigned(curve));
  EXPECT_FALSE(keys[0].HasSigned(curve));
  EXPECT_FALSE(keys[1].HasSigned(rsa));
  for (const char* algorithm :
       {"none", "None", "", "HS256", "RS512", "PS256", "ES256", "ES384"}) {
    WebToken other = rsa;
    other.algorithm = algorithm;
    EXPECT_FALSE(keys[0].HasSigned(other)) << algorithm;
  }
  WebToken changed = rsa;
  changed.signed_text.back() ^= 1;
  EXPECT_FALSE(keys[0].HasSigned(changed));
  changed = curve;
  changed.signature.pop_back();
  EXPECT_FALSE(keys[1].HasSigned(changed));
  changed.signature.clear();
  EXPECT_FALSE(keys[1].HasSigned(changed));
}

TEST(JsonWebKey, KeysThatAreNotTaken) {
  for (const char* key :
       {R"({"kty":"oct","k":"c2VjcmV0"})", R"({"kty":"RSA","n":"AQAB","e":"AQAB"})",
        R"({"kty":"RSA","e":"AQAB"})", R"({"kty":"EC","crv":"P-256","x":"AA","y":"AA"})",
        R"({"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"})", R"({"kty":7})", "7"}) {
    ASSERT_OK_AND_ASSIGN(const auto keys, ParseJsonWebKeys(KeySet(key)));
    EXPECT_TRUE(keys.empty()) << key;
  }
  std::string encrypts = kCurveKey;
  encrypts.insert(1, R"("use":"enc",)");
  EXPECT_TRUE(ParseJsonWebKeys(KeySet(encrypts))->empty());
  // A point that is on no curve.
  std::string off = kCurveKey;
  off.replace(off.find("x_FE"), 4, "y_FE");
  EXPECT_TRUE(ParseJsonWebKeys(KeySet(off))->empty());
  EXPECT_FALSE(ParseJsonWebKeys("[]").ok());
}

TEST(IssuerKeys, AreReadSeldomAndKept) {
  testing::FakeClock clock;
  int reads = 0;
  Result<std::string> answer = KeySet(kRsaKey);
  internal::IssuerKeys keys(
      [&] {
        ++reads;
        return answer;
      },
      clock);
  ASSERT_OK_AND_ASSIGN(WebToken token, ParseWebToken(kRsaToken));
  token.key_id = "r";
  EXPECT_TRUE(*keys.HaveSigned(token));
  EXPECT_EQ(reads, 1);
  token.key_id = "new";
  EXPECT_FALSE(*keys.HaveSigned(token));
  EXPECT_EQ(reads, 1);
  clock.Advance(seconds(11));
  EXPECT_FALSE(*keys.HaveSigned(token));
  EXPECT_FALSE(*keys.HaveSigned(token));
  EXPECT_EQ(reads, 2);
  answer = MakeError(ErrorCode::kUnavailable, "away");
  clock.Advance(seconds(7'200));
  token.key_id = "r";
  EXPECT_TRUE(*keys.HaveSigned(token));
  EXPECT_EQ(reads, 3);

  internal::IssuerKeys none([&] { return answer; }, clock);
  EXPECT_ERROR(none.HaveSigned(token), ErrorCode::kUnavailable, "away");
}

TEST(OutsideIssuer, ChecksClaimsBesideTheSignature) {
  testing::FakeClock clock(seconds(1'300'819'409));
  ASSERT_OK_AND_ASSIGN(auto users, UserMapping::FromPattern("(.*)"));
  const auto issuer = OutsideIssuer::Make(
      {.issuer = "joe", .audiences = {"lake"}, .users = std::move(users)},
      [] { return Result<std::string>(KeySet(kRsaKey)); }, clock);
  EXPECT_TRUE(issuer->IsOfIssuer(kRsaToken));
  EXPECT_FALSE(issuer->IsOfIssuer("a.b.c"));
  // Signed well, but of 2011 and without an audience.
  EXPECT_ERROR(issuer->Verify(kRsaToken), ErrorCode::kUnauthenticated, "audience");
  clock.Advance(seconds(2));
  EXPECT_ERROR(issuer->Verify(kRsaToken), ErrorCode::kUnauthenticated, "expired");
  EXPECT_ERROR(issuer->Verify(kCurveToken), ErrorCode::kUnauthenticated,
               "not signed by a key of joe");
}

}  // namespace
}  // namespace tarn::governance
