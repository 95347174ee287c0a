// Time and randomness that a test controls.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "tarn/base/clock.h"

namespace tarn::testing {

/// Stands still but for Sleep() and Advance(). Thread-safe.
class FakeClock : public Clock {
 public:
  /// 2024-01-01T00:00:00Z unless told otherwise.
  explicit FakeClock(
      std::chrono::milliseconds now = std::chrono::milliseconds{1'704'067'200'000})
      : now_(now.count()) {}

  std::chrono::milliseconds Now() const override {
    return std::chrono::milliseconds(now_.load());
  }
  void Sleep(std::chrono::milliseconds duration) override {
    slept_ += duration.count();
    Advance(duration);
  }
  void Advance(std::chrono::milliseconds duration) { now_ += duration.count(); }
  std::chrono::milliseconds slept() const {
    return std::chrono::milliseconds(slept_.load());
  }

 private:
  std::atomic<int64_t> now_;
  std::atomic<int64_t> slept_{0};
};

/// The same numbers for the same seed (SplitMix64), in the order of the calls.
/// Thread-safe.
class SeededRandom : public Random {
 public:
  explicit SeededRandom(uint64_t seed = 1) : state_(seed) {}

  uint64_t Next() override {
    constexpr uint64_t kStep = 0x9E3779B97F4A7C15;
    uint64_t z = state_.fetch_add(kStep) + kStep;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EB;
    return z ^ (z >> 31U);
  }

 private:
  std::atomic<uint64_t> state_;
};

}  // namespace tarn::testing
