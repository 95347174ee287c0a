// Keeps guessing slow: back-off after failures, few hashes at a time.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/governance/internal/bounded_cache.h"

namespace tarn::governance::internal {

/// Counts failed sign-ins of a client id from an address. After the first few each one
/// doubles the time before the next is looked at, from one second to one minute; a
/// success, or a quarter of an hour without a failure, forgets them. Thread-safe.
class SignInGuard {
 public:
  explicit SignInGuard(Clock& clock) : clock_(clock), failures_(kPairsMax) {}

  /// Errors: kResourceLimit, with the seconds to wait.
  Status Check(std::string_view client_id, std::string_view address);
  void Failed(std::string_view client_id, std::string_view address);
  void Succeeded(std::string_view client_id, std::string_view address);

 private:
  static constexpr size_t kPairsMax = 20'000;

  struct Failures {
    int count = 0;
    std::chrono::milliseconds last{0};
  };
  static std::string KeyOf(std::string_view client_id, std::string_view address);
  std::chrono::milliseconds WaitLeft(const Failures& failures) const;

  Clock& clock_;
  BoundedCache<Failures> failures_;
};

/// Lets few callers through at a time: a slow hash costs a processor and 16 MiB, and who
/// waits here holds one of the server's threads. Thread-safe.
class HashGate {
 public:
  /// Holds a place until it goes.
  class Place {
   public:
    explicit Place(HashGate* gate) : gate_(gate) {}
    Place(Place&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    ~Place();

   private:
    HashGate* gate_;
  };

  /// Waits for a place. Errors: kUnavailable when too many wait already.
  Result<Place> Enter();

 private:
  static constexpr int kRunningMax = 2;
  static constexpr int kWaitingMax = 8;

  std::mutex mutex_;
  std::condition_variable is_free_;
  int running_ = 0;
  int waiting_ = 0;
};

}  // namespace tarn::governance::internal
