#include "tarn/testing/memory_principal_store.h"

#include <algorithm>
#include <tuple>

#include "tarn/base/error.h"

namespace tarn::testing {

using governance::PrincipalRecord;
using governance::SigningKey;

Status MemoryPrincipalStore::Create(const PrincipalRecord& record) {
  const std::lock_guard lock(mutex_);
  ARROW_RETURN_NOT_OK(failure_);
  const bool is_taken = std::ranges::any_of(by_name_, [&](const auto& entry) {
    return entry.first == record.name || entry.second.client_id == record.client_id;
  });
  if (is_taken) {
    return MakeError(ErrorCode::kAlreadyExists,
                     "Principal already exists: " + record.name);
  }
  by_name_.emplace(record.name, record).first->second.version = 1;
  return Status::OK();
}

Result<std::optional<PrincipalRecord>> MemoryPrincipalStore::FindByName(
    std::string_view name) {
  const std::lock_guard lock(mutex_);
  ARROW_RETURN_NOT_OK(failure_);
  ++num_finds_;
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? std::nullopt : std::optional(found->second);
}

Result<std::optional<PrincipalRecord>> MemoryPrincipalStore::FindByClientId(
    std::string_view client_id) {
  const std::lock_guard lock(mutex_);
  ARROW_RETURN_NOT_OK(failure_);
  ++num_finds_;
  const auto found = std::ranges::find_if(
      by_name_, [&](const auto& entry) { return entry.second.client_id == client_id; });
  return found == by_name_.end() ? std::nullopt : std::optional(found->second);
}

Result<std::vector<PrincipalRecord>> MemoryPrincipalStore::List() {
  const std::lock_guard lock(mutex_);
  ARROW_RETURN_NOT_OK(failure_);
  std::vector<PrincipalRecord> all;
  for (const auto& [name, record] : by_name_) {
    all.push_back(record);
  }
  return all;
}

Status MemoryPrincipalStore::Replace(const PrincipalRecord& record) {
  const std::lock_guard lock(mutex_);
  ARROW_RETURN_NOT_OK(failure_);
  const auto found = by_name_.find(record.name);
  if (found == by_name_.end() || found->second.version != record.version) {
    return MakeError(ErrorCode::kCommitConflict,
                     "Principal was changed meanwhile: " + record.name);
  }
  PrincipalRecord& kept = found->second;
  const std::string id = kept.id;
  const std::string client_id = kept.client_id;
  kept = record;
  kept.id = id;
  kept.client_id = client_id;
  ++kept.version;
  return Status::OK();
}

Status MemoryPrincipalStore::Drop(std::string_view name) {
  const std::lock_guard lock(mutex_);
  ARROW_RETURN_NOT_OK(failure_);
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "There is no such principal: " + std::string(name));
  }
  by_name_.erase(found);
  return Status::OK();
}

Result<std::vector<SigningKey>> MemoryPrincipalStore::ListSigningKeys() {
  const std::lock_guard lock(mutex_);
  ARROW_RETURN_NOT_OK(failure_);
  std::vector<SigningKey> keys = keys_;
  std::ranges::sort(keys, [](const SigningKey& a, const SigningKey& b) {
    return std::tie(b.created_at, b.id) < std::tie(a.created_at, a.id);
  });
  return keys;
}

Status MemoryPrincipalStore::AddSigningKey(const SigningKey& key) {
  const std::lock_guard lock(mutex_);
  ARROW_RETURN_NOT_OK(failure_);
  if (std::ranges::count(keys_, key.id, &SigningKey::id) > 0) {
    return MakeError(ErrorCode::kAlreadyExists, "Signing key already exists: " + key.id);
  }
  keys_.push_back(key);
  return Status::OK();
}

Status MemoryPrincipalStore::DropSigningKey(std::string_view id) {
  const std::lock_guard lock(mutex_);
  ARROW_RETURN_NOT_OK(failure_);
  std::erase_if(keys_, [&](const SigningKey& key) { return key.id == id; });
  return Status::OK();
}

int MemoryPrincipalStore::num_finds() const {
  const std::lock_guard lock(mutex_);
  return num_finds_;
}

void MemoryPrincipalStore::FailWith(Status status) {
  const std::lock_guard lock(mutex_);
  failure_ = std::move(status);
}

}  // namespace tarn::testing
