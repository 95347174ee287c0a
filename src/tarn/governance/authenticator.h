// Who a request comes from, and the tokens that say so.
//
//   ARROW_ASSIGN_OR_RAISE(auto authenticator,
//                         Authenticator::Make(store, clock, random, {}));
//   ARROW_ASSIGN_OR_RAISE(Principal principal, authenticator->Authenticate(request));
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/governance/principal.h"
#include "tarn/governance/principal_store.h"
#include "tarn/net/http_message.h"

namespace tarn::governance {

struct AuthenticatorOptions {
  std::string issuer = "tarn";
  std::chrono::milliseconds token_lifetime{3'600'000};
  /// A change of a principal or of the keys in the store is noticed after this long at
  /// the latest.
  std::chrono::milliseconds recheck_interval{5'000};
};

struct ClientCredentials {
  std::string client_id;
  std::string client_secret;
};

struct IssuedToken {
  std::string token;
  std::chrono::seconds lifetime{0};
  std::string scope;    // what was granted of what was asked for; may be empty
  Principal principal;  // whose it is
};

/// A sign-in that fails says only that id and secret do not match, takes as long for an
/// id that does not exist, and makes the next ones of that id and address wait. Secrets
/// and tokens go into no message and no log. Thread-safe.
class Authenticator {
 public:
  /// `store`, `clock` and `random` outlive it. Makes a signing key if there is none.
  /// Errors: the store's.
  static Result<std::unique_ptr<Authenticator>> Make(PrincipalStore& store, Clock& clock,
                                                     Random& random,
                                                     AuthenticatorOptions options);
  virtual ~Authenticator() = default;

  /// By the Authorization header: "Bearer <token>" or "Basic <client id:secret>". A few
  /// microseconds, but for a secret that was not seen lately (some 50 ms). Errors:
  /// kUnauthenticated, kResourceLimit (too many failures: wait), kUnavailable (too many
  /// sign-ins at once), the store's.
  virtual Result<Principal> Authenticate(const net::HttpRequest& request) = 0;

  /// A token for who knows the secret. `scope`: words that are not understood grant
  /// nothing; "PRINCIPAL_ROLE:x" asks for that role alone, and for no administration.
  /// Errors: those of Authenticate; kForbidden for a role that the principal does not
  /// have.
  virtual Result<IssuedToken> SignIn(const ClientCredentials& credentials,
                                     std::string_view scope,
                                     std::string_view remote_address) = 0;

  /// A new token for an old one, with its scope. It must be valid; with the credentials
  /// of its own principal it may have expired. Errors: those of SignIn.
  virtual Result<IssuedToken> Exchange(std::string_view token,
                                       const ClientCredentials* credentials,
                                       std::string_view remote_address) = 0;
};

}  // namespace tarn::governance
