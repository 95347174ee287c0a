// Changes of principals: what `tarn user` does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/governance/principal_store.h"

namespace tarn::governance {

struct NewPrincipal {
  std::string name;
  PrincipalKind kind = PrincipalKind::kUser;
  std::string client_id = {};  // the name if empty
  std::vector<std::string> roles = {};
  bool is_admin = false;
};

/// A secret that only its receiver will know from now on.
struct IssuedSecret {
  PrincipalRecord principal;
  std::string secret;
};

/// What a change works with.
struct PrincipalAdmin {
  PrincipalStore& store;
  Clock& clock;
  Random& random;
};

/// Names, client ids and roles: 1 to 128 bytes of UTF-8 without spaces, commas, colons
/// and control characters. Errors: kInvalidArgument, kAlreadyExists, the store's.
Result<IssuedSecret> AddPrincipal(const PrincipalAdmin& admin,
                                  const NewPrincipal& principal);

/// Errors: kInvalidArgument if there is no such principal.
Result<PrincipalRecord> FindPrincipal(PrincipalStore& store, std::string_view name);

enum class OldSecrets : uint8_t {
  kNewestStays,  // the newest of the old ones stays good, so that programs can change
                 // over
  kEnd,          // with the tokens that they gave
};
Result<IssuedSecret> RotateSecret(const PrincipalAdmin& admin, std::string_view name,
                                  OldSecrets old);

/// What is unset stays.
struct PrincipalChange {
  std::optional<bool> is_disabled = {};
  std::optional<bool> is_admin = {};
  std::vector<std::string> granted_roles = {};
  std::vector<std::string> revoked_roles = {};
};
/// Errors: kInvalidArgument (no such principal, a bad role), the store's.
Result<PrincipalRecord> ChangePrincipal(PrincipalStore& store, std::string_view name,
                                        const PrincipalChange& change);

SigningKey NewSigningKey(Clock& clock, Random& random);

enum class OldKeys : uint8_t {
  kUntilUnused,  // keys stay while a token that they signed may be good
  kEnd,          // everybody must sign in again
};
/// New tokens are signed by a new key. Errors: the store's.
Result<SigningKey> RotateSigningKey(const PrincipalAdmin& admin, OldKeys old);

}  // namespace tarn::governance
