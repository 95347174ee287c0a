// Time, randomness and identifiers behind interfaces, so that tests choose them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace tarn {

/// Wall-clock time since the Unix epoch, UTC. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::chrono::milliseconds Now() const = 0;
  /// Blocks the caller for about `duration` (back-off between retries); a simulated clock
  /// just moves on.
  virtual void Sleep(std::chrono::milliseconds duration) = 0;
};

/// 64 random bits a call. Thread-safe.
class Random {
 public:
  virtual ~Random() = default;
  virtual uint64_t Next() = 0;
};

/// The system's clock and random source; live as long as the process.
Clock& SystemClock();
Random& SystemRandom();

/// A random (version 4) UUID in its canonical lower-case text form, 36 characters.
std::string NewUuid(Random& random);

/// A ULID: 26 characters of Crockford base 32, sortable by `now`.
std::string NewUlid(std::chrono::milliseconds now, Random& random);

}  // namespace tarn
