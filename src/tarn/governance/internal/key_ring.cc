#include "tarn/governance/internal/key_ring.h"

#include <algorithm>

#include "tarn/governance/principal_admin.h"

namespace tarn::governance::internal {
namespace {

constexpr std::chrono::milliseconds kUnknownKeyPause{1'000};

}  // namespace

Status KeyRing::Read() {
  ARROW_ASSIGN_OR_RAISE(std::vector<SigningKey> read, store_.ListSigningKeys());
  Keys keys;
  for (SigningKey& key : read) {
    keys.push_back(std::make_shared<const SigningKey>(std::move(key)));
  }
  keys_ = std::move(keys);
  read_at_ = clock_.Now();
  return Status::OK();
}

Result<SigningKey> KeyRing::Newest() {
  const std::lock_guard lock(mutex_);
  if (keys_.empty() || clock_.Now() - read_at_ >= recheck_interval_) {
    ARROW_RETURN_NOT_OK(Read());
  }
  if (keys_.empty()) {
    // Two servers that start at once on an empty store make two keys; both are good.
    ARROW_RETURN_NOT_OK(store_.AddSigningKey(NewSigningKey(clock_, random_)));
    ARROW_RETURN_NOT_OK(Read());
  }
  return *keys_.front();
}

Result<std::shared_ptr<const SigningKey>> KeyRing::Find(std::string_view id) {
  const std::lock_guard lock(mutex_);
  const auto find = [&]() -> std::shared_ptr<const SigningKey> {
    const auto found =
        std::ranges::find_if(keys_, [&](const auto& key) { return key->id == id; });
    return found == keys_.end() ? nullptr : *found;
  };
  std::shared_ptr<const SigningKey> key = find();
  const auto age = clock_.Now() - read_at_;
  const bool is_stale = read_at_.count() < 0 || age >= recheck_interval_ ||
                        (key == nullptr && age >= kUnknownKeyPause);
  if (is_stale) {
    ARROW_RETURN_NOT_OK(Read());
    key = find();
  }
  return key;
}

}  // namespace tarn::governance::internal
