// What clocks of a time zone show.
#pragma once

#include <cstdint>
#include <string>

namespace tarn::gateway::trino {

class ZoneClock {
 public:
  /// Of "Asia/Tokyo" or "+05:30"; UTC for a zone that this machine does not know.
  static ZoneClock Of(const std::string& zone);

  const std::string& name() const { return name_; }
  /// By which the zone's clocks are ahead of UTC so many seconds after the epoch.
  int64_t SecondsAhead(int64_t epoch_seconds) const;

 private:
  std::string name_ = "UTC";
  const void* region_ = nullptr;  // of the system's tables; lives as long as the program
  int64_t seconds_ahead_ = 0;     // of a zone that is an offset
};

}  // namespace tarn::gateway::trino
