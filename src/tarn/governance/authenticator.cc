#include "tarn/governance/authenticator.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "tarn/base/digest.h"
#include "tarn/base/error.h"
#include "tarn/base/logging.h"
#include "tarn/base/metrics.h"
#include "tarn/governance/access_token.h"
#include "tarn/governance/authorization_header.h"
#include "tarn/governance/internal/bounded_cache.h"
#include "tarn/governance/internal/key_ring.h"
#include "tarn/governance/internal/principal_cache.h"
#include "tarn/governance/internal/sign_in_guard.h"
#include "tarn/governance/internal/token_scope.h"
#include "tarn/governance/secret_hash.h"

namespace tarn::governance {
namespace {

using internal::PrincipalCache;

constexpr size_t kTokensMax = 4'000;
constexpr size_t kSecretsMax = 4'000;
/// Nobody's: who does not exist takes as long as who does.
constexpr std::string_view kNobodysHash =
    "$scrypt$ln=14,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA==$"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

Status Unauthenticated(std::string message) {
  return MakeError(ErrorCode::kUnauthenticated, std::move(message));
}

Status WrongSecret() {
  return Unauthenticated("The client id does not exist or the secret is not its own");
}

MetricFamily<Counter>& SignIns() {
  static MetricFamily<Counter>& counters = ProcessMetrics().MakeCounters(
      "tarn_sign_ins_total",
      "Secrets that were looked at: ok, wrong, or held up after wrong ones.", {"result"});
  return counters;
}

/// Whether tokens and cached secrets of `secret_id` are still good.
bool HasSecret(const PrincipalRecord& record, std::string_view secret_id) {
  return std::ranges::any_of(
      record.secrets, [&](const StoredSecret& secret) { return secret.id == secret_id; });
}

/// A principal that showed a secret.
struct Verified {
  PrincipalCache::Found record;
  std::string secret_id;
};

/// What is remembered of a secret that was right.
struct KnownSecret {
  std::string name;
  std::string principal_id;
  std::string secret_id;
};

struct KnownToken {
  std::string key_id;
  AccessClaims claims;
};

class StoreAuthenticator : public Authenticator {
 public:
  StoreAuthenticator(PrincipalStore& store, Clock& clock, Random& random,
                     AuthenticatorOptions options)
      : clock_(clock),
        random_(random),
        options_(std::move(options)),
        cache_key_(NewSecret(random)),
        keys_(store, clock, random, options_.recheck_interval),
        principals_(store, clock, options_.recheck_interval),
        guard_(clock),
        tokens_(kTokensMax),
        secrets_(kSecretsMax) {}

  Status Start() { return keys_.Newest().status(); }

  Result<Principal> Authenticate(const net::HttpRequest& request) override {
    const std::string* const header = request.headers.Find("Authorization");
    if (header == nullptr) {
      return Unauthenticated(
          "Not signed in: the request has no Authorization header with a token or a "
          "client id and secret");
    }
    ARROW_ASSIGN_OR_RAISE(const Authorization given, ParseAuthorization(*header));
    if (const auto* const bearer = std::get_if<BearerToken>(&given)) {
      ARROW_ASSIGN_OR_RAISE(const KnownToken token, Verify(bearer->token));
      ARROW_RETURN_NOT_OK(CheckIsCurrent(token.claims));
      ARROW_ASSIGN_OR_RAISE(const auto record, HolderOf(token.claims));
      return internal::PrincipalWith(*record, token.claims.roles);
    }
    ARROW_ASSIGN_OR_RAISE(
        const Verified verified,
        VerifySecret(std::get<ClientCredentials>(given), request.remote_address));
    return internal::PrincipalWith(*verified.record, std::nullopt);
  }

  Result<IssuedToken> SignIn(const ClientCredentials& credentials, std::string_view scope,
                             std::string_view remote_address) override {
    ARROW_ASSIGN_OR_RAISE(const Verified verified,
                          VerifySecret(credentials, remote_address));
    ARROW_ASSIGN_OR_RAISE(const internal::TokenScope granted,
                          internal::GrantScope(scope, *verified.record));
    ARROW_ASSIGN_OR_RAISE(IssuedToken issued, Issue(verified, granted.roles));
    issued.scope = granted.text;
    return issued;
  }

  Result<IssuedToken> Exchange(std::string_view token,
                               const ClientCredentials* credentials,
                               std::string_view remote_address) override {
    ARROW_ASSIGN_OR_RAISE(const KnownToken known, Verify(std::string(token)));
    Verified verified;
    if (credentials != nullptr) {
      ARROW_ASSIGN_OR_RAISE(verified, VerifySecret(*credentials, remote_address));
      if (verified.record->id != known.claims.principal_id) {
        return Unauthenticated("The token belongs to another principal");
      }
    } else {
      ARROW_RETURN_NOT_OK(CheckIsCurrent(known.claims));
      ARROW_ASSIGN_OR_RAISE(verified.record, HolderOf(known.claims));
      verified.secret_id = known.claims.secret_id;
    }
    ARROW_ASSIGN_OR_RAISE(IssuedToken issued, Issue(verified, known.claims.roles));
    issued.scope = internal::ScopeText(known.claims.roles);
    return issued;
  }

 private:
  /// A token that a key of ours signed, perhaps long ago.
  Result<KnownToken> Verify(const std::string& token) {
    if (const auto known = tokens_.Find(token)) {
      ARROW_ASSIGN_OR_RAISE(const auto key, keys_.Find(known->key_id));
      return key != nullptr ? Result<KnownToken>(*known) : KeyIsGone();
    }
    ARROW_ASSIGN_OR_RAISE(const ParsedToken parsed, ParseAccessToken(token));
    ARROW_ASSIGN_OR_RAISE(const auto key, keys_.Find(parsed.key_id));
    if (key == nullptr) {
      return KeyIsGone();
    }
    if (!IsSignedBy(parsed, *key) || parsed.claims.issuer != options_.issuer) {
      return Unauthenticated("The token is not one of this server's: sign in again");
    }
    KnownToken known{.key_id = parsed.key_id, .claims = parsed.claims};
    tokens_.Put(token, known);
    return known;
  }

  static Status KeyIsGone() {
    return Unauthenticated(
        "The token was signed by a key that this server does not have: sign in again");
  }

  Status CheckIsCurrent(const AccessClaims& claims) const {
    return clock_.Now() < claims.expires_at
               ? Status::OK()
               : Unauthenticated("The token has expired: sign in again");
  }

  /// Whom a token speaks for, as the store has them now.
  Result<PrincipalCache::Found> HolderOf(const AccessClaims& claims) {
    ARROW_ASSIGN_OR_RAISE(auto record, principals_.ByName(claims.subject));
    ARROW_RETURN_NOT_OK(CheckIsGood(record.get(), claims.principal_id, claims.secret_id));
    return record;
  }

  static Status CheckIsGood(const PrincipalRecord* record, std::string_view principal_id,
                            std::string_view secret_id) {
    if (record == nullptr || record->id != principal_id) {
      return Unauthenticated("The principal that was signed in does not exist any more");
    }
    if (record->is_disabled) {
      return Unauthenticated("The principal is disabled: " + record->name);
    }
    if (!HasSecret(*record, secret_id)) {
      return Unauthenticated("The secret was replaced by a new one; sign in with that: " +
                             record->name);
    }
    return Status::OK();
  }

  /// A secret that was right is known by a code that only this process can make.
  std::string CacheKeyOf(const ClientCredentials& credentials) const {
    return HmacSha256(cache_key_,
                      credentials.client_id + '\0' + credentials.client_secret);
  }

  Result<Verified> VerifySecret(const ClientCredentials& credentials,
                                std::string_view address) {
    const std::string cache_key = CacheKeyOf(credentials);
    if (const auto known = secrets_.Find(cache_key)) {
      ARROW_ASSIGN_OR_RAISE(auto record, principals_.ByName(known->name));
      if (CheckIsGood(record.get(), known->principal_id, known->secret_id).ok()) {
        return Verified{.record = std::move(record), .secret_id = known->secret_id};
      }
      secrets_.Erase(cache_key);
    }
    if (Status status = guard_.Check(credentials.client_id, address); !status.ok()) {
      SignIns().With({"held_up"}).Add();
      return status;
    }
    Result<Verified> verified = CompareSecrets(credentials);
    if (verified.ok()) {
      SignIns().With({"ok"}).Add();
      guard_.Succeeded(credentials.client_id, address);
      secrets_.Put(cache_key, {.name = verified->record->name,
                               .principal_id = verified->record->id,
                               .secret_id = verified->secret_id});
    } else if (CodeOf(verified.status()) == ErrorCode::kUnauthenticated) {
      SignIns().With({"wrong"}).Add();
      guard_.Failed(credentials.client_id, address);
      LogWarn("A sign-in failed", {{"client_id", credentials.client_id},
                                   {"from", std::string(address)},
                                   {"reason", verified.status().message()}});
    }
    return verified;
  }

  /// The slow way.
  Result<Verified> CompareSecrets(const ClientCredentials& credentials) {
    ARROW_ASSIGN_OR_RAISE(auto record, principals_.ByClientId(credentials.client_id));
    ARROW_ASSIGN_OR_RAISE(const auto place, gate_.Enter());
    if (record == nullptr || record->secrets.empty()) {
      ARROW_RETURN_NOT_OK(SecretMatches(credentials.client_secret, kNobodysHash));
      return WrongSecret();
    }
    for (const StoredSecret& secret : record->secrets) {
      ARROW_ASSIGN_OR_RAISE(const bool matches,
                            SecretMatches(credentials.client_secret, secret.hash));
      if (matches) {
        ARROW_RETURN_NOT_OK(CheckIsGood(record.get(), record->id, secret.id));
        return Verified{.record = std::move(record), .secret_id = secret.id};
      }
    }
    return WrongSecret();
  }

  Result<IssuedToken> Issue(const Verified& verified,
                            const std::optional<std::vector<std::string>>& roles) {
    ARROW_ASSIGN_OR_RAISE(const SigningKey key, keys_.Newest());
    // Good for no less than clients are told: they renew it just in time.
    const std::chrono::milliseconds now = clock_.Now();
    const std::chrono::milliseconds end = now + options_.token_lifetime;
    const auto lifetime =
        std::chrono::floor<std::chrono::seconds>(options_.token_lifetime);
    const AccessClaims claims{.issuer = options_.issuer,
                              .subject = verified.record->name,
                              .principal_id = verified.record->id,
                              .secret_id = verified.secret_id,
                              .roles = roles,
                              .token_id = NewUuid(random_),
                              .issued_at = std::chrono::floor<std::chrono::seconds>(now),
                              .expires_at = std::chrono::ceil<std::chrono::seconds>(end)};
    return IssuedToken{.token = MakeAccessToken(claims, key),
                       .lifetime = lifetime,
                       .scope = "",
                       .principal = internal::PrincipalWith(*verified.record, roles)};
  }

  Clock& clock_;
  Random& random_;
  const AuthenticatorOptions options_;
  const std::string cache_key_;
  internal::KeyRing keys_;
  PrincipalCache principals_;
  internal::SignInGuard guard_;
  internal::HashGate gate_;
  internal::BoundedCache<KnownToken> tokens_;
  internal::BoundedCache<KnownSecret> secrets_;
};

}  // namespace

Result<std::unique_ptr<Authenticator>> Authenticator::Make(PrincipalStore& store,
                                                           Clock& clock, Random& random,
                                                           AuthenticatorOptions options) {
  auto made =
      std::make_unique<StoreAuthenticator>(store, clock, random, std::move(options));
  ARROW_RETURN_NOT_OK(made->Start());
  return std::unique_ptr<Authenticator>(std::move(made));
}

}  // namespace tarn::governance
