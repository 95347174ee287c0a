#include "tarn/governance/internal/sign_in_guard.h"

#include <algorithm>

#include <fmt/format.h>

#include "tarn/base/error.h"

namespace tarn::governance::internal {
namespace {

using std::chrono::milliseconds;

constexpr int kFreeFailures = 5;
constexpr int kDoublingsMax = 6;
constexpr milliseconds kFirstWait{1'000};
constexpr milliseconds kLongestWait{60'000};
constexpr milliseconds kForgottenAfter{15 * 60'000};

}  // namespace

std::string SignInGuard::KeyOf(std::string_view client_id, std::string_view address) {
  std::string key(address);
  key += '\0';
  key += client_id;
  return key;
}

milliseconds SignInGuard::WaitLeft(const Failures& failures) const {
  if (failures.count < kFreeFailures) {
    return milliseconds(0);
  }
  const int doublings = std::min(failures.count - kFreeFailures, kDoublingsMax);
  const milliseconds wait = std::min(kFirstWait * (1 << doublings), kLongestWait);
  return std::max(failures.last + wait - clock_.Now(), milliseconds(0));
}

Status SignInGuard::Check(std::string_view client_id, std::string_view address) {
  const auto failures = failures_.Find(KeyOf(client_id, address));
  const milliseconds wait = failures ? WaitLeft(*failures) : milliseconds(0);
  if (wait.count() == 0) {
    return Status::OK();
  }
  return MakeError(ErrorCode::kResourceLimit,
                   fmt::format("Too many sign-ins with a wrong secret; wait before the "
                               "next one, in seconds: {}",
                               (wait.count() + 999) / 1000));
}

void SignInGuard::Failed(std::string_view client_id, std::string_view address) {
  const std::string key = KeyOf(client_id, address);
  const milliseconds now = clock_.Now();
  Failures failures = failures_.Find(key).value_or(Failures());
  if (now - failures.last > kForgottenAfter) {
    failures.count = 0;
  }
  ++failures.count;
  failures.last = now;
  failures_.Put(key, failures);
}

void SignInGuard::Succeeded(std::string_view client_id, std::string_view address) {
  failures_.Erase(KeyOf(client_id, address));
}

HashGate::Place::~Place() {
  if (gate_ == nullptr) {
    return;
  }
  const std::lock_guard lock(gate_->mutex_);
  --gate_->running_;
  gate_->is_free_.notify_one();
}

Result<HashGate::Place> HashGate::Enter() {
  std::unique_lock lock(mutex_);
  if (running_ >= kRunningMax && waiting_ >= kWaitingMax) {
    return MakeError(ErrorCode::kUnavailable,
                     "Too many clients sign in at this moment; try again");
  }
  ++waiting_;
  is_free_.wait(lock, [this] { return running_ < kRunningMax; });
  --waiting_;
  ++running_;
  return Place(this);
}

}  // namespace tarn::governance::internal
