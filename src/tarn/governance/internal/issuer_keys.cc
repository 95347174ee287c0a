#include "tarn/governance/internal/issuer_keys.h"

#include <algorithm>

#include "tarn/base/error.h"
#include "tarn/base/logging.h"

namespace tarn::governance::internal {

Result<std::shared_ptr<const IssuerKeys::Keys>> IssuerKeys::For(const WebToken& token) {
  std::unique_lock lock(mutex_);
  const auto now = clock_.Now();
  const bool is_known =
      keys_ != nullptr && std::ranges::any_of(*keys_, [&](const JsonWebKey& key) {
        return token.key_id.empty() || key.id() == token.key_id;
      });
  const bool is_wanted = !is_known || now - read_at_ >= kAgeMax;
  const bool is_early = asked_at_.count() >= 0 && now - asked_at_ < kPause;
  if (is_wanted && !is_early && !is_reading_) {
    is_reading_ = true;
    asked_at_ = now;
    lock.unlock();
    auto text = read_();
    auto read = text.ok() ? ParseJsonWebKeys(*text) : Result<Keys>(text.status());
    lock.lock();
    is_reading_ = false;
    failure_ = read.status();
    if (read.ok()) {
      keys_ = std::make_shared<const Keys>(*std::move(read));
      read_at_ = now;
    } else {
      LogWarn("Cannot read the keys of the issuer of tokens",
              {{"reason", failure_.message()}});
    }
  }
  if (keys_ == nullptr) {
    return MakeError(ErrorCode::kUnavailable,
                     "The keys of the token's issuer cannot be read now: try again" +
                         (failure_.ok() ? "" : " (" + failure_.message() + ")"));
  }
  return keys_;
}

Result<bool> IssuerKeys::HaveSigned(const WebToken& token) {
  ARROW_ASSIGN_OR_RAISE(const auto keys, For(token));
  return std::ranges::any_of(*keys, [&](const JsonWebKey& key) {
    return (token.key_id.empty() || key.id() == token.key_id) && key.HasSigned(token);
  });
}

}  // namespace tarn::governance::internal
