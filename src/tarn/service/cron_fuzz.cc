// Any text as a cron expression: what is accepted has moments that only go forward.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tarn/base/error.h"
#include "tarn/service/cron.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using tarn::service::WallSeconds;
  const auto cron = tarn::service::CronExpression::Parse(
      std::string_view(reinterpret_cast<const char*>(data), size));
  if (!cron.ok()) {
    return 0;
  }
  WallSeconds at(1'767'225'600);  // 2026
  for (int i = 0; i < 5; ++i) {
    const auto next = cron->Next(at);
    TARN_CHECK(next && *next > at);
    // No moment is left out: from just before it the same one is found.
    TARN_CHECK(cron->Next(*next - WallSeconds(1)) == next);
    at = *next;
  }
  return 0;
}
