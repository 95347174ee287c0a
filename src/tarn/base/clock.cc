#include "tarn/base/clock.h"

#include <array>
#include <cerrno>
#include <string_view>
#include <sys/random.h>
#include <thread>

#include "tarn/base/error.h"

namespace tarn {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kCrockfordDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

class WallClock : public Clock {
 public:
  std::chrono::milliseconds Now() const override {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now().time_since_epoch());
  }
  void Sleep(std::chrono::milliseconds duration) override {
    std::this_thread::sleep_for(duration);
  }
};

// The kernel's generator: no state of ours to lock, to seed, or to repeat after fork().
class KernelRandom : public Random {
 public:
  uint64_t Next() override {
    uint64_t bits = 0;
    ssize_t count = 0;
    do {
      // Up to 256 bytes are never cut short once the kernel's pool is ready.
      count = getrandom(&bits, sizeof(bits), 0);
    } while (count < 0 && errno == EINTR);
    TARN_CHECK(count == static_cast<ssize_t>(sizeof(bits)));
    return bits;
  }
};

}  // namespace

Clock& SystemClock() {
  static WallClock clock;
  return clock;
}

Random& SystemRandom() {
  static KernelRandom random;
  return random;
}

std::string NewUuid(Random& random) {
  // RFC 9562: version 4 in the upper half's bits 12-15, variant 10 on top of the lower
  // half.
  const uint64_t upper = (random.Next() & 0xFFFFFFFFFFFF0FFFU) | 0x4000U;
  const uint64_t lower = (random.Next() & 0x3FFFFFFFFFFFFFFFU) | 0x8000000000000000U;
  std::string text;
  text.reserve(36);
  for (int digit = 0; digit < 32; ++digit) {
    if (digit == 8 || digit == 12 || digit == 16 || digit == 20) {
      text += '-';
    }
    const uint64_t half = digit < 16 ? upper : lower;
    text += kHexDigits[(half >> (60 - 4 * (digit % 16))) & 0xF];
  }
  return text;
}

std::string NewUlid(std::chrono::milliseconds now, Random& random) {
  std::array<char, 26> text{};
  auto time =
      static_cast<uint64_t>(now.count());  // 48 bits: ten digits, good to the year 10889
  for (size_t i = 10; i-- > 0; time >>= 5) {
    text[i] = kCrockfordDigits[time & 31];
  }
  uint64_t bits = 0;
  for (size_t i = 10; i < 26; ++i) {
    // 80 random bits are eight digits from each of two calls.
    bits = (i - 10) % 8 == 0 ? random.Next() : bits >> 5;
    text[i] = kCrockfordDigits[bits & 31];
  }
  return {text.data(), text.size()};
}

}  // namespace tarn
