// Where principals and the keys of their tokens are kept: the catalog's store.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"

namespace tarn::governance {

enum class PrincipalKind : uint8_t {
  kUser,     // a person
  kService,  // a program
};

/// A client secret as it is kept: nobody can read the secret from it.
struct StoredSecret {
  std::string id;    // names it without telling it; in the tokens that it gave
  std::string hash;  // of secret_hash.h
  std::chrono::milliseconds created_at{0};
};

/// Times are since the Unix epoch, UTC.
struct PrincipalRecord {
  std::string id;    // a UUID: a name that is used again is somebody else
  std::string name;  // unique
  PrincipalKind kind = PrincipalKind::kUser;
  std::string client_id;              // unique; what it signs in with
  std::vector<StoredSecret> secrets;  // the newest first, at most two
  std::vector<std::string> roles;     // sorted
  bool is_admin = false;
  bool is_disabled = false;
  std::chrono::milliseconds created_at{0};
  /// Counts the changes; the store's to keep. 1 when it is created.
  int64_t version = 0;
};

/// A key that signs tokens. It goes into no log and no answer.
struct SigningKey {
  std::string id;      // `kid` of the tokens
  std::string secret;  // text with 256 random bits in it
  std::chrono::milliseconds created_at{0};
};

/// Thread-safe; several processes may share one. Contract suite:
/// testing/principal_store_contract.h. Errors of all: those of the store
/// (kUnavailable, kIoFailed, kInvalidData).
class PrincipalStore {
 public:
  virtual ~PrincipalStore() = default;

  /// Errors: kAlreadyExists for a name or client id that is taken.
  virtual Status Create(const PrincipalRecord& record) = 0;
  /// unset if there is none. Names and client ids are compared byte by byte.
  virtual Result<std::optional<PrincipalRecord>> FindByName(std::string_view name) = 0;
  virtual Result<std::optional<PrincipalRecord>> FindByClientId(
      std::string_view client_id) = 0;
  /// Sorted by name.
  virtual Result<std::vector<PrincipalRecord>> List() = 0;
  /// Replaces the record of this name and version, and counts its version up; name, id
  /// and client id stay as they are. Errors: kCommitConflict if it has another version by
  /// now, or is gone.
  virtual Status Replace(const PrincipalRecord& record) = 0;
  /// Errors: kInvalidArgument if there is no such principal.
  virtual Status Drop(std::string_view name) = 0;

  /// The newest first (by creation, then by id).
  virtual Result<std::vector<SigningKey>> ListSigningKeys() = 0;
  /// Errors: kAlreadyExists for an id that is taken.
  virtual Status AddSigningKey(const SigningKey& key) = 0;
  /// OK if there is none.
  virtual Status DropSigningKey(std::string_view id) = 0;
};

}  // namespace tarn::governance
