#include "tarn/governance/authenticator.h"

#include <chrono>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "tarn/base/digest.h"
#include "tarn/governance/access_token.h"
#include "tarn/governance/principal_admin.h"
#include "tarn/testing/fake_clock.h"
#include "tarn/testing/memory_principal_store.h"
#include "tarn/testing/principal_store_contract.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::governance {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::StatusOf;

constexpr char kAddress[] = "10.0.0.7";
constexpr seconds kRecheck(5);

class AuthenticatorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(authenticator_, NewServer());
    ASSERT_OK_AND_ASSIGN(spark_, AddPrincipal(admin_, {.name = "spark",
                                                       .kind = PrincipalKind::kService,
                                                       .roles = {"writer", "reader"},
                                                       .is_admin = true}));
  }

  Result<std::unique_ptr<Authenticator>> NewServer() {
    return Authenticator::Make(store_, clock_, random_, {});
  }

  Result<Principal> Call(const std::string& authorization) {
    net::HttpRequest request;
    request.remote_address = kAddress;
    if (!authorization.empty()) {
      request.headers.Add("Authorization", authorization);
    }
    return authenticator_->Authenticate(request);
  }
  Result<Principal> Bearer(const std::string& token) { return Call("Bearer " + token); }
  Result<Principal> Basic(const std::string& id, const std::string& secret) {
    return Call("Basic " + Base64Encode(id + ":" + secret));
  }
  Result<IssuedToken> SignIn(const std::string& secret, const std::string& scope = "") {
    return authenticator_->SignIn({"spark", secret}, scope, kAddress);
  }

  testing::FakeClock clock_;
  testing::SeededRandom random_;
  testing::MemoryPrincipalStore store_;
  PrincipalAdmin admin_{store_, clock_, random_};
  std::unique_ptr<Authenticator> authenticator_;
  IssuedSecret spark_;
};

TEST(MemoryPrincipalStore, KeepsTheContract) {
  testing::MemoryPrincipalStore store;
  testing::CheckPrincipalStoreContract(store);
}

TEST_F(AuthenticatorTest, ATokenSaysWhoCalls) {
  ASSERT_OK_AND_ASSIGN(const IssuedToken issued, SignIn(spark_.secret));
  EXPECT_EQ(issued.lifetime, seconds(3600));
  ASSERT_OK_AND_ASSIGN(const Principal principal, Bearer(issued.token));
  EXPECT_EQ(principal.name, "spark");
  EXPECT_EQ(principal.roles, (std::vector<std::string>{"reader", "writer"}));
  EXPECT_TRUE(principal.is_admin);
}

TEST_F(AuthenticatorTest, BasicCredentialsSayWhoCalls) {
  ASSERT_OK_AND_ASSIGN(const Principal principal, Basic("spark", spark_.secret));
  EXPECT_EQ(principal.name, "spark");
}

TEST_F(AuthenticatorTest, RefusesWhoIsNotSignedIn) {
  ASSERT_OK_AND_ASSIGN(const IssuedToken issued, SignIn(spark_.secret));
  std::string forged = issued.token;
  forged[forged.size() - 5] = forged[forged.size() - 5] == 'A' ? 'B' : 'A';
  const std::string cases[] = {
      "",
      "Bearer",
      "Bearer ",
      "Bearer x",
      "Bearer " + forged,
      "Bearer " + issued.token + "x",
      "Negotiate " + issued.token,
      "Basic " + issued.token,
      "Basic " + Base64Encode("spark"),
      "Basic " + Base64Encode(":" + spark_.secret),
      "Basic " + Base64Encode("spark:" + spark_.secret + "x"),
      "Basic " + Base64Encode("nobody:" + spark_.secret),
  };
  for (const std::string& authorization : cases) {
    SCOPED_TRACE(authorization);
    const auto principal = Call(authorization);
    EXPECT_ERROR(principal, ErrorCode::kUnauthenticated, "");
    EXPECT_EQ(StatusOf(principal).message().find(spark_.secret), std::string::npos);
    EXPECT_EQ(StatusOf(principal).message().find(issued.token), std::string::npos);
  }
}

TEST_F(AuthenticatorTest, TokensExpire) {
  ASSERT_OK_AND_ASSIGN(const IssuedToken issued, SignIn(spark_.secret));
  clock_.Advance(seconds(3599));
  EXPECT_OK(Bearer(issued.token));
  clock_.Advance(seconds(1));
  EXPECT_ERROR(Bearer(issued.token), ErrorCode::kUnauthenticated, "expired");
}

/// Java's client renews a token a tenth of its life before its end.
TEST_F(AuthenticatorTest, ATokenLivesAsLongAsItsClientIsTold) {
  clock_.Advance(milliseconds(999));
  ASSERT_OK_AND_ASSIGN(const IssuedToken issued, SignIn(spark_.secret));
  clock_.Advance(issued.lifetime - milliseconds(1));
  EXPECT_OK(Bearer(issued.token));
  clock_.Advance(milliseconds(1002));
  EXPECT_ERROR(Bearer(issued.token), ErrorCode::kUnauthenticated, "expired");
}

TEST_F(AuthenticatorTest, AnotherServerOfTheStoreTakesTheTokens) {
  ASSERT_OK_AND_ASSIGN(const IssuedToken issued, SignIn(spark_.secret));
  ASSERT_OK_AND_ASSIGN(authenticator_, NewServer());
  EXPECT_OK(Bearer(issued.token));
  ASSERT_OK_AND_ASSIGN(const auto keys, store_.ListSigningKeys());
  EXPECT_EQ(keys.size(), 1U) << "one key for both";
}

TEST_F(AuthenticatorTest, AnotherStoresTokensAreRefused) {
  testing::MemoryPrincipalStore other_store;
  const PrincipalAdmin other{other_store, clock_, random_};
  ASSERT_OK_AND_ASSIGN(auto other_server,
                       Authenticator::Make(other_store, clock_, random_, {}));
  ASSERT_OK_AND_ASSIGN(const auto spark, AddPrincipal(other, {.name = "spark"}));
  ASSERT_OK_AND_ASSIGN(const auto issued,
                       other_server->SignIn({"spark", spark.secret}, "", kAddress));
  EXPECT_ERROR(Bearer(issued.token), ErrorCode::kUnauthenticated, "key");
}

TEST_F(AuthenticatorTest, RequestsDoNotAskTheStoreAgainAndAgain) {
  ASSERT_OK_AND_ASSIGN(const IssuedToken issued, SignIn(spark_.secret));
  ASSERT_OK(Bearer(issued.token));
  ASSERT_OK(Basic("spark", spark_.secret));
  const int finds = store_.num_finds();
  for (int i = 0; i < 50; ++i) {
    ASSERT_OK(Bearer(issued.token));
    ASSERT_OK(Basic("spark", spark_.secret));
  }
  EXPECT_EQ(store_.num_finds(), finds);
}

TEST_F(AuthenticatorTest, ChangesAreSeenWithinTheRecheckInterval) {
  ASSERT_OK_AND_ASSIGN(const IssuedToken issued, SignIn(spark_.secret));
  ASSERT_OK(Bearer(issued.token));
  ASSERT_OK(Basic("spark", spark_.secret));
  ASSERT_OK(ChangePrincipal(store_, "spark",
                            {.is_disabled = true, .revoked_roles = {"writer"}}));
  clock_.Advance(kRecheck);
  EXPECT_ERROR(Bearer(issued.token), ErrorCode::kUnauthenticated, "disabled: spark");
  EXPECT_ERROR(Basic("spark", spark_.secret), ErrorCode::kUnauthenticated, "disabled");
  ASSERT_OK(ChangePrincipal(store_, "spark", {.is_disabled = false}));
  clock_.Advance(kRecheck);
  ASSERT_OK_AND_ASSIGN(const Principal principal, Bearer(issued.token));
  EXPECT_EQ(principal.roles, (std::vector<std::string>{"reader"}));
}

TEST_F(AuthenticatorTest, ANameThatIsUsedAgainIsSomebodyElse) {
  ASSERT_OK_AND_ASSIGN(const IssuedToken issued, SignIn(spark_.secret));
  ASSERT_OK(store_.Drop("spark"));
  clock_.Advance(kRecheck);
  EXPECT_ERROR(Bearer(issued.token), ErrorCode::kUnauthenticated, "not exist");
  ASSERT_OK(AddPrincipal(admin_, {.name = "spark", .is_admin = true}));
  clock_.Advance(kRecheck);
  EXPECT_ERROR(Bearer(issued.token), ErrorCode::kUnauthenticated, "not exist");
  EXPECT_ERROR(Basic("spark", spark_.secret), ErrorCode::kUnauthenticated, "");
}

TEST_F(AuthenticatorTest, TwoSecretsAreGoodAfterARotation) {
  ASSERT_OK_AND_ASSIGN(const IssuedToken first, SignIn(spark_.secret));
  ASSERT_OK_AND_ASSIGN(const auto second,
                       RotateSecret(admin_, "spark", OldSecrets::kNewestStays));
  clock_.Advance(kRecheck);
  EXPECT_OK(Bearer(first.token));
  EXPECT_OK(Basic("spark", spark_.secret));
  EXPECT_OK(Basic("spark", second.secret));
  ASSERT_OK_AND_ASSIGN(const auto third,
                       RotateSecret(admin_, "spark", OldSecrets::kNewestStays));
  EXPECT_EQ(third.principal.secrets.size(), 2U);
  clock_.Advance(kRecheck);
  EXPECT_ERROR(Bearer(first.token), ErrorCode::kUnauthenticated, "replaced");
  EXPECT_ERROR(Basic("spark", spark_.secret), ErrorCode::kUnauthenticated, "");
  EXPECT_OK(Basic("spark", second.secret));
  ASSERT_OK(RotateSecret(admin_, "spark", OldSecrets::kEnd));
  clock_.Advance(kRecheck);
  EXPECT_ERROR(Basic("spark", third.secret), ErrorCode::kUnauthenticated, "");
}

TEST_F(AuthenticatorTest, WrongSecretsMakeTheNextTryWait) {
  for (int i = 0; i < 5; ++i) {
    EXPECT_ERROR(SignIn("wrong"), ErrorCode::kUnauthenticated, "does not exist or");
  }
  EXPECT_ERROR(SignIn("wrong"), ErrorCode::kResourceLimit, "in seconds: 1");
  EXPECT_ERROR(SignIn(spark_.secret), ErrorCode::kResourceLimit, "seconds");
  EXPECT_OK(authenticator_->SignIn({"spark", spark_.secret}, "", "10.0.0.8"))
      << "another address is not held up";
  clock_.Advance(seconds(1));
  EXPECT_ERROR(SignIn("wrong"), ErrorCode::kUnauthenticated, "");
  clock_.Advance(seconds(1));
  EXPECT_ERROR(SignIn("wrong"), ErrorCode::kResourceLimit, "in seconds: 1");
  clock_.Advance(seconds(1));
  EXPECT_OK(SignIn(spark_.secret));
  EXPECT_ERROR(SignIn("wrong"), ErrorCode::kUnauthenticated, "")
      << "a success forgets what was before";
}

TEST_F(AuthenticatorTest, AKnownSecretIsNotHeldUpBySomebodyWhoGuesses) {
  ASSERT_OK(Basic("spark", spark_.secret));
  for (int i = 0; i < 8; ++i) {
    EXPECT_FALSE(SignIn("wrong").ok());
  }
  EXPECT_OK(Basic("spark", spark_.secret));
}

TEST_F(AuthenticatorTest, TokensAreExchangedForNewOnes) {
  ASSERT_OK_AND_ASSIGN(const IssuedToken first, SignIn(spark_.secret));
  clock_.Advance(seconds(3000));
  ASSERT_OK_AND_ASSIGN(const IssuedToken second,
                       authenticator_->Exchange(first.token, nullptr, kAddress));
  clock_.Advance(seconds(3000));
  EXPECT_ERROR(Bearer(first.token), ErrorCode::kUnauthenticated, "expired");
  EXPECT_OK(Bearer(second.token));
  EXPECT_ERROR(authenticator_->Exchange(first.token, nullptr, kAddress),
               ErrorCode::kUnauthenticated, "expired");
  const ClientCredentials own{"spark", spark_.secret};
  EXPECT_OK(authenticator_->Exchange(first.token, &own, kAddress))
      << "Java's client refreshes an expired token so";
  ASSERT_OK_AND_ASSIGN(const auto ada, AddPrincipal(admin_, {.name = "ada"}));
  const ClientCredentials other{"ada", ada.secret};
  EXPECT_ERROR(authenticator_->Exchange(first.token, &other, kAddress),
               ErrorCode::kUnauthenticated, "another principal");
}

TEST_F(AuthenticatorTest, AScopeNarrowsTheRoles) {
  ASSERT_OK_AND_ASSIGN(const IssuedToken issued,
                       SignIn(spark_.secret, "email PRINCIPAL_ROLE:reader"));
  EXPECT_EQ(issued.scope, "PRINCIPAL_ROLE:reader");
  ASSERT_OK_AND_ASSIGN(const Principal reader, Bearer(issued.token));
  EXPECT_EQ(reader.roles, (std::vector<std::string>{"reader"}));
  EXPECT_FALSE(reader.is_admin);
  ASSERT_OK_AND_ASSIGN(const IssuedToken next,
                       authenticator_->Exchange(issued.token, nullptr, kAddress));
  EXPECT_FALSE(next.principal.is_admin) << "an exchange widens nothing";
  EXPECT_EQ(next.principal.roles, (std::vector<std::string>{"reader"}));
  ASSERT_OK_AND_ASSIGN(const IssuedToken all,
                       SignIn(spark_.secret, "catalog PRINCIPAL_ROLE:ALL"));
  EXPECT_EQ(all.scope, "catalog PRINCIPAL_ROLE:ALL");
  EXPECT_TRUE(all.principal.is_admin);
  EXPECT_ERROR(SignIn(spark_.secret, "PRINCIPAL_ROLE:owner"), ErrorCode::kForbidden,
               "owner");
}

TEST_F(AuthenticatorTest, SigningKeysRotate) {
  ASSERT_OK_AND_ASSIGN(const IssuedToken old, SignIn(spark_.secret));
  clock_.Advance(seconds(60));
  ASSERT_OK_AND_ASSIGN(const SigningKey key,
                       RotateSigningKey(admin_, OldKeys::kUntilUnused));
  clock_.Advance(kRecheck);
  ASSERT_OK_AND_ASSIGN(const IssuedToken fresh, SignIn(spark_.secret));
  ASSERT_OK_AND_ASSIGN(const ParsedToken parsed, ParseAccessToken(fresh.token));
  EXPECT_EQ(parsed.key_id, key.id);
  EXPECT_OK(Bearer(old.token));
  clock_.Advance(seconds(60));
  ASSERT_OK(RotateSigningKey(admin_, OldKeys::kEnd));
  clock_.Advance(kRecheck);
  EXPECT_ERROR(Bearer(old.token), ErrorCode::kUnauthenticated, "key");
  EXPECT_ERROR(Bearer(fresh.token), ErrorCode::kUnauthenticated, "key");
}

TEST_F(AuthenticatorTest, KeysThatSignedNothingGoodAreDropped) {
  const std::chrono::hours week(7 * 24);
  clock_.Advance(week);
  ASSERT_OK(RotateSigningKey(admin_, OldKeys::kUntilUnused));
  ASSERT_OK_AND_ASSIGN(auto keys, store_.ListSigningKeys());
  EXPECT_EQ(keys.size(), 2U) << "the first one may have signed a moment ago";
  clock_.Advance(week + milliseconds(1));
  ASSERT_OK(RotateSigningKey(admin_, OldKeys::kUntilUnused));
  ASSERT_OK_AND_ASSIGN(keys, store_.ListSigningKeys());
  EXPECT_EQ(keys.size(), 2U);
}

TEST_F(AuthenticatorTest, AStoreThatIsAwayIsNoReasonToSignInAgain) {
  ASSERT_OK_AND_ASSIGN(const IssuedToken issued, SignIn(spark_.secret));
  store_.FailWith(MakeError(ErrorCode::kUnavailable, "The store is away"));
  clock_.Advance(kRecheck);
  EXPECT_ERROR(Bearer(issued.token), ErrorCode::kUnavailable, "away");
  EXPECT_ERROR(SignIn(spark_.secret), ErrorCode::kUnavailable, "away");
}

TEST_F(AuthenticatorTest, NamesAreChecked) {
  for (const char* name : {"", "a b", "a:b", "a,b", "a\nb", "\xFF"}) {
    SCOPED_TRACE(name);
    EXPECT_ERROR(AddPrincipal(admin_, {.name = name}), ErrorCode::kInvalidArgument, "");
  }
  EXPECT_ERROR(AddPrincipal(admin_, {.name = std::string(129, 'a')}),
               ErrorCode::kInvalidArgument, "128");
  EXPECT_OK(AddPrincipal(admin_, {.name = "ada@example.org"}));
  EXPECT_ERROR(AddPrincipal(admin_, {.name = "ada@example.org"}),
               ErrorCode::kAlreadyExists, "ada");
  EXPECT_ERROR(RotateSecret(admin_, "nobody", OldSecrets::kEnd),
               ErrorCode::kInvalidArgument, "nobody");
}

}  // namespace
}  // namespace tarn::governance
