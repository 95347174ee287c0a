#include "tarn/catalog/internal/principal_rows.h"

#include <utility>

#include "tarn/base/error.h"
#include "tarn/governance/principal_json.h"

namespace tarn::catalog::internal {

using governance::PrincipalRecord;
using governance::SigningKey;

Status PrincipalRows::Write(const StoreDatabase::Statements& change) {
  WriteOutcome outcome = WriteOutcome::kNotApplied;
  const Status status = database_->Write("", WriteScope::kEntries, change, &outcome);
  return OutcomeError(status, outcome, "the principals");
}

Result<std::vector<PrincipalRecord>> PrincipalRows::Select(
    std::string_view sql, std::initializer_list<SqlParameter> parameters) {
  std::vector<PrincipalRecord> records;
  Status broken;
  ARROW_RETURN_NOT_OK(database_->Read([&](SqlConnection& db) {
    records.clear();
    return db.Query(sql, parameters, [&](const SqlRow& row) {
      auto record = governance::PrincipalFromJson(row.TextOrEmpty("record"));
      if (!record.ok()) {
        broken = WithContext("Catalog " + db.location() + ", principal " +
                                 row.TextOrEmpty("principal_name") + ": ",
                             record.status());
        return;
      }
      record->version = row.Int64("version");
      records.push_back(*std::move(record));
    });
  }));
  ARROW_RETURN_NOT_OK(broken);
  return records;
}

Status PrincipalRows::Create(const PrincipalRecord& record) {
  PrincipalRecord first = record;
  first.version = 1;
  const std::string json = governance::PrincipalToJson(first);
  return Write([&](SqlConnection& db) -> Status {
    ARROW_ASSIGN_OR_RAISE(
        const int64_t inserted,
        db.Execute("INSERT INTO tarn_principals (principal_id, principal_name, "
                   "client_id, version, record) VALUES (?1, ?2, ?3, 1, ?4) "
                   "ON CONFLICT DO NOTHING",
                   {record.id, record.name, record.client_id, json}));
    if (inserted == 1) {
      return Status::OK();
    }
    return MakeError(
        ErrorCode::kAlreadyExists,
        "A principal of this name or client id already exists: " + record.name);
  });
}

Result<std::optional<PrincipalRecord>> PrincipalRows::FindByName(std::string_view name) {
  ARROW_ASSIGN_OR_RAISE(
      auto found, Select("SELECT principal_name, version, record FROM tarn_principals "
                         "WHERE principal_name = ?1",
                         {name}));
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

Result<std::optional<PrincipalRecord>> PrincipalRows::FindByClientId(
    std::string_view client_id) {
  ARROW_ASSIGN_OR_RAISE(
      auto found, Select("SELECT principal_name, version, record FROM tarn_principals "
                         "WHERE client_id = ?1",
                         {client_id}));
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

Result<std::vector<PrincipalRecord>> PrincipalRows::List() {
  return Select(
      "SELECT principal_name, version, record FROM tarn_principals "
      "ORDER BY principal_name COLLATE BINARY",
      {});
}

Status PrincipalRows::Replace(const PrincipalRecord& record) {
  PrincipalRecord next = record;
  next.version = record.version + 1;
  const std::string json = governance::PrincipalToJson(next);
  return Write([&](SqlConnection& db) -> Status {
    ARROW_ASSIGN_OR_RAISE(
        const int64_t changed,
        db.Execute("UPDATE tarn_principals SET record = ?1, version = version + 1 "
                   "WHERE principal_name = ?2 AND principal_id = ?3 AND version = ?4",
                   {json, record.name, record.id, std::to_string(record.version)}));
    if (changed == 1) {
      return Status::OK();
    }
    return MakeError(ErrorCode::kCommitConflict,
                     "The principal was changed or dropped meanwhile: " + record.name);
  });
}

Status PrincipalRows::Drop(std::string_view name) {
  return Write([&](SqlConnection& db) -> Status {
    ARROW_ASSIGN_OR_RAISE(
        const int64_t removed,
        db.Execute("DELETE FROM tarn_principals WHERE principal_name = ?1", {name}));
    if (removed == 1) {
      return Status::OK();
    }
    return MakeError(ErrorCode::kInvalidArgument,
                     "There is no such principal: " + std::string(name));
  });
}

Result<std::vector<SigningKey>> PrincipalRows::ListSigningKeys() {
  std::vector<SigningKey> keys;
  ARROW_RETURN_NOT_OK(database_->Read([&](SqlConnection& db) {
    keys.clear();
    return db.Query(
        "SELECT key_id, secret, created_at FROM tarn_signing_keys "
        "ORDER BY created_at DESC, key_id COLLATE BINARY DESC",
        {}, [&](const SqlRow& row) {
          keys.push_back({row.TextOrEmpty("key_id"), row.TextOrEmpty("secret"),
                          std::chrono::milliseconds(row.Int64("created_at"))});
        });
  }));
  return keys;
}

Status PrincipalRows::AddSigningKey(const SigningKey& key) {
  return Write([&](SqlConnection& db) -> Status {
    ARROW_ASSIGN_OR_RAISE(
        const int64_t inserted,
        db.Execute("INSERT INTO tarn_signing_keys (key_id, secret, created_at) "
                   "VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                   {key.id, key.secret, std::to_string(key.created_at.count())}));
    if (inserted == 1) {
      return Status::OK();
    }
    return MakeError(ErrorCode::kAlreadyExists,
                     "A signing key of this id already exists: " + key.id);
  });
}

Status PrincipalRows::DropSigningKey(std::string_view id) {
  return Write([&](SqlConnection& db) {
    return db.Execute("DELETE FROM tarn_signing_keys WHERE key_id = ?1", {id}).status();
  });
}

}  // namespace tarn::catalog::internal
