// Tokens of another issuer (OpenID Connect): who is signed in there is signed in here.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tarn/base/clock.h"
#include "tarn/governance/authenticator.h"
#include "tarn/governance/principal_store.h"
#include "tarn/governance/user_mapping.h"

namespace tarn::governance {

struct OutsideIssuerOptions {
  std::string issuer;  // claim iss, byte for byte
  /// One of these must be in claim aud.
  std::vector<std::string> audiences;
  std::string user_claim = "sub";      // "realm.name" is name in the object realm
  std::string roles_claim = "groups";  // a list, or words with spaces or commas between
  /// Who has one of these roles administers the server.
  std::vector<std::string> admin_roles = {};
  /// By how much the clocks of issuer and server may differ.
  std::chrono::seconds clock_skew{30};
  UserMapping users;
};

/// Tokens of one issuer. Thread-safe.
class OutsideIssuer {
 public:
  /// Gives the issuer's JSON Web Key Set.
  using ReadKeys = std::function<Result<std::string>()>;
  virtual ~OutsideIssuer() = default;
  static std::unique_ptr<OutsideIssuer> Make(OutsideIssuerOptions options,
                                             ReadKeys read_keys, Clock& clock);

  /// Whether the token says to be of this issuer.
  virtual bool IsOfIssuer(std::string_view token) const = 0;
  /// Who is signed in. Errors: kUnauthenticated (not signed by the issuer, expired, for
  /// another audience), kUnavailable (its keys cannot be read). The token is in no
  /// message.
  virtual Result<Principal> Verify(std::string_view token) = 0;
};

/// Asks `issuer` for whoever shows one of its tokens, and `inner` for all others. A
/// principal of `store` that has the same name and is disabled stays so.
std::unique_ptr<Authenticator> AddIssuer(std::unique_ptr<Authenticator> inner,
                                         std::shared_ptr<OutsideIssuer> issuer,
                                         PrincipalStore& store, Clock& clock,
                                         std::chrono::milliseconds recheck_interval);

}  // namespace tarn::governance
