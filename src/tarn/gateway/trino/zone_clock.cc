#include "tarn/gateway/trino/zone_clock.h"

#include <exception>
#include <optional>

#include <arrow/vendored/datetime/tz.h>

namespace tarn::gateway::trino {
namespace {

namespace date = arrow_vendored::date;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// Seconds of "+05:30"; unset for other texts.
std::optional<int64_t> OffsetOf(const std::string& zone) {
  const bool is_offset = zone.size() == 6 && (zone[0] == '+' || zone[0] == '-') &&
                         IsDigit(zone[1]) && IsDigit(zone[2]) && zone[3] == ':' &&
                         IsDigit(zone[4]) && IsDigit(zone[5]);
  if (!is_offset) {
    return {};
  }
  const int hours = (zone[1] - '0') * 10 + (zone[2] - '0');
  const int minutes = (zone[4] - '0') * 10 + (zone[5] - '0');
  const int64_t seconds = (int64_t{hours} * 60 + minutes) * 60;
  return zone[0] == '-' ? -seconds : seconds;
}

const date::time_zone* RegionOf(const std::string& zone) {
  try {
    return date::locate_zone(zone);
  } catch (const std::exception&) {  // no such zone, or no tables on this machine
    return nullptr;
  }
}

}  // namespace

ZoneClock ZoneClock::Of(const std::string& zone) {
  ZoneClock clock;
  if (const auto offset = OffsetOf(zone)) {
    clock.name_ = zone;
    clock.seconds_ahead_ = *offset;
  } else if (const auto* region = zone == "UTC" ? nullptr : RegionOf(zone)) {
    clock.name_ = zone;
    clock.region_ = region;
  }
  return clock;
}

int64_t ZoneClock::SecondsAhead(int64_t epoch_seconds) const {
  if (region_ == nullptr) {
    return seconds_ahead_;
  }
  const date::sys_seconds moment{std::chrono::seconds(epoch_seconds)};
  return static_cast<const date::time_zone*>(region_)->get_info(moment).offset.count();
}

}  // namespace tarn::gateway::trino
