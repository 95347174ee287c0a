#include "tarn/governance/principal_admin.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

#include <arrow/util/utf8.h>

#include "tarn/base/error.h"
#include "tarn/governance/secret_hash.h"

namespace tarn::governance {
namespace {

constexpr size_t kNameBytesMax = 128;
constexpr size_t kRolesMax = 256;
constexpr size_t kSecretsMax = 2;
/// Another change may come between reading a principal and writing it.
constexpr int kAttemptsMax = 10;
/// The longest life that a token can have (auth.token_lifetime's limit).
constexpr std::chrono::milliseconds kTokenLifetimeMax{7LL * 86'400'000};

bool IsGoodName(const std::string& name) {
  const bool has_bad_byte = std::ranges::any_of(name, [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F || c == ':' || c == ',';
  });
  arrow::util::InitializeUTF8();
  return !name.empty() && name.size() <= kNameBytesMax && !has_bad_byte &&
         arrow::util::ValidateUTF8(name);
}

Status CheckName(const char* what, const std::string& name) {
  if (IsGoodName(name)) {
    return Status::OK();
  }
  return MakeError(ErrorCode::kInvalidArgument,
                   std::string(what) +
                       " has 1 to 128 bytes and no space, comma or colon, not: " + name);
}

Status NoSuchPrincipal(std::string_view name) {
  return MakeError(ErrorCode::kInvalidArgument,
                   "There is no principal of this name (`tarn user list` shows them): " +
                       std::string(name));
}

void SortUnique(std::vector<std::string>* roles) {
  std::ranges::sort(*roles);
  const auto rest = std::ranges::unique(*roles);
  roles->erase(rest.begin(), rest.end());
}

Status CheckRoles(const std::vector<std::string>& roles) {
  for (const std::string& role : roles) {
    ARROW_RETURN_NOT_OK(CheckName("The name of a role", role));
  }
  if (roles.size() > kRolesMax) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        "A principal has at most 256 roles, not " + std::to_string(roles.size()));
  }
  return Status::OK();
}

struct MadeSecret {
  std::string secret;
  StoredSecret stored;
};

Result<MadeSecret> MakeSecret(const PrincipalAdmin& admin) {
  MadeSecret made{.secret = NewSecret(admin.random), .stored = {}};
  made.stored.id = NewUuid(admin.random);
  made.stored.created_at = admin.clock.Now();
  ARROW_ASSIGN_OR_RAISE(made.stored.hash, HashSecret(made.secret, admin.random));
  return made;
}

/// Reads, changes and writes until nobody else wrote in between.
Result<PrincipalRecord> Update(PrincipalStore& store, std::string_view name,
                               const std::function<Status(PrincipalRecord*)>& change) {
  Status status;
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    ARROW_ASSIGN_OR_RAISE(PrincipalRecord record, FindPrincipal(store, name));
    ARROW_RETURN_NOT_OK(change(&record));
    status = store.Replace(record);
    if (status.ok()) {
      ++record.version;
      return record;
    }
    if (CodeOf(status) != ErrorCode::kCommitConflict) {
      break;
    }
  }
  return status;
}

}  // namespace

Result<IssuedSecret> AddPrincipal(const PrincipalAdmin& admin,
                                  const NewPrincipal& principal) {
  PrincipalRecord record;
  record.name = principal.name;
  record.client_id = principal.client_id.empty() ? principal.name : principal.client_id;
  record.kind = principal.kind;
  record.roles = principal.roles;
  record.is_admin = principal.is_admin;
  ARROW_RETURN_NOT_OK(CheckName("The name of a principal", record.name));
  ARROW_RETURN_NOT_OK(CheckName("A client id", record.client_id));
  ARROW_RETURN_NOT_OK(CheckRoles(record.roles));
  SortUnique(&record.roles);
  record.id = NewUuid(admin.random);
  record.created_at = admin.clock.Now();
  record.version = 1;
  ARROW_ASSIGN_OR_RAISE(MadeSecret made, MakeSecret(admin));
  record.secrets.push_back(std::move(made.stored));
  ARROW_RETURN_NOT_OK(admin.store.Create(record));
  return IssuedSecret{.principal = std::move(record), .secret = std::move(made.secret)};
}

Result<PrincipalRecord> FindPrincipal(PrincipalStore& store, std::string_view name) {
  ARROW_ASSIGN_OR_RAISE(std::optional<PrincipalRecord> record, store.FindByName(name));
  return record ? Result<PrincipalRecord>(*std::move(record)) : NoSuchPrincipal(name);
}

Result<IssuedSecret> RotateSecret(const PrincipalAdmin& admin, std::string_view name,
                                  OldSecrets old) {
  // Looked for first: a hash is slow.
  ARROW_RETURN_NOT_OK(FindPrincipal(admin.store, name));
  ARROW_ASSIGN_OR_RAISE(MadeSecret made, MakeSecret(admin));
  const auto change = [&](PrincipalRecord* record) {
    std::vector<StoredSecret>& secrets = record->secrets;
    secrets.insert(secrets.begin(), made.stored);
    secrets.resize(std::min(old == OldSecrets::kEnd ? 1 : kSecretsMax, secrets.size()));
    return Status::OK();
  };
  ARROW_ASSIGN_OR_RAISE(PrincipalRecord record, Update(admin.store, name, change));
  return IssuedSecret{.principal = std::move(record), .secret = std::move(made.secret)};
}

Result<PrincipalRecord> ChangePrincipal(PrincipalStore& store, std::string_view name,
                                        const PrincipalChange& change) {
  return Update(store, name, [&](PrincipalRecord* record) {
    record->is_disabled = change.is_disabled.value_or(record->is_disabled);
    record->is_admin = change.is_admin.value_or(record->is_admin);
    std::vector<std::string>& roles = record->roles;
    roles.insert(roles.end(), change.granted_roles.begin(), change.granted_roles.end());
    std::erase_if(roles, [&](const std::string& role) {
      return std::ranges::count(change.revoked_roles, role) > 0;
    });
    SortUnique(&roles);
    return CheckRoles(roles);
  });
}

SigningKey NewSigningKey(Clock& clock, Random& random) {
  return {.id = NewUuid(random), .secret = NewSecret(random), .created_at = clock.Now()};
}

Result<SigningKey> RotateSigningKey(const PrincipalAdmin& admin, OldKeys old) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<SigningKey> keys,
                        admin.store.ListSigningKeys());
  const SigningKey key = NewSigningKey(admin.clock, admin.random);
  ARROW_RETURN_NOT_OK(admin.store.AddSigningKey(key));
  // A key has signed nothing since the one after it was made.
  std::chrono::milliseconds retired_at = key.created_at;
  for (const SigningKey& one : keys) {
    if (old == OldKeys::kEnd || retired_at + kTokenLifetimeMax < key.created_at) {
      ARROW_RETURN_NOT_OK(admin.store.DropSigningKey(one.id));
    }
    retired_at = one.created_at;
  }
  return key;
}

}  // namespace tarn::governance
