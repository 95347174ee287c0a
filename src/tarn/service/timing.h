// When a schedule is due: by a cron expression on a wall clock, or at even intervals.
//
//   ARROW_ASSIGN_OR_RAISE(auto timing, Timing::Make({.cron = "30 6 * * mon-fri",
//                                                    .time_zone = "Europe/Berlin"}));
//   const auto due = timing.Next(clock.Now());
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/service/cron.h"
#include "tarn/service/time_zone.h"

namespace tarn::service {

/// Times are since the Unix epoch, UTC.
struct TimingRules {
  std::string cron = {};   // one of the two
  std::string every = {};  // "15m", "1h30m"
  std::string time_zone = "UTC";
  /// Nothing is due before `start` and after `end`.
  std::optional<std::chrono::milliseconds> start = {};
  std::optional<std::chrono::milliseconds> end = {};
  /// What intervals are counted from if there is no `start`.
  std::chrono::milliseconds anchor{0};
};

/// "15m", "every 15m", "1h30m", "2d": at least a second, at most 366 days. Errors:
/// kInvalidArgument.
Result<std::chrono::seconds> ParseInterval(const std::string& text);

/// Where clocks are set forward, what falls into the gap is due once, right after it;
/// where they are set back, what they show twice is due the first time. A cron expression
/// of every hour keeps its rhythm instead. Intervals count time that passes, whatever
/// clocks show. Immutable.
class Timing {
 public:
  /// Errors: kInvalidArgument; kUnavailable without a database of time zones.
  static Result<Timing> Make(const TimingRules& rules);

  /// The first moment after `after`, in whole seconds; unset if there is none.
  std::optional<std::chrono::milliseconds> Next(std::chrono::milliseconds after) const;
  struct Due {
    std::vector<std::chrono::milliseconds> latest;  // in order
    bool has_earlier = false;
  };
  /// The last `count_max` moments after `after` up to `until`.
  Due Between(std::chrono::milliseconds after, std::chrono::milliseconds until,
              size_t count_max) const;

 private:
  Timing(TimingRules rules, std::variant<CronExpression, std::chrono::seconds> rhythm,
         TimeZone zone)
      : rules_(std::move(rules)), rhythm_(std::move(rhythm)), zone_(std::move(zone)) {}
  std::optional<std::chrono::seconds> NextOfCron(const CronExpression& cron,
                                                 std::chrono::seconds after) const;

  TimingRules rules_;
  std::variant<CronExpression, std::chrono::seconds> rhythm_;
  TimeZone zone_;
};

}  // namespace tarn::service
