// Time zones of the IANA database, as the machine has it: what clocks on walls show.
#pragma once

#include <chrono>
#include <string>

#include "tarn/base/result.h"

namespace date {
class time_zone;
}  // namespace date

namespace tarn::service {

/// Cheap to copy; good as long as the process. The database is read when the first zone
/// but UTC is asked for; changes of clocks are known until 2037.
class TimeZone {
 public:
  /// `name` as "Europe/Berlin" or "UTC". Thread-safe. Errors: kInvalidArgument for one
  /// that the machine does not know, kUnavailable if it has no database.
  static Result<TimeZone> Find(const std::string& name);

  const std::string& name() const { return name_; }

  /// While a clock runs evenly; instants are seconds since the Unix epoch, UTC.
  struct Span {
    std::chrono::seconds begin{0};
    std::chrono::seconds end{0};     // not in it any more
    std::chrono::seconds offset{0};  // of the wall clock, east of UTC
  };
  Span SpanAt(std::chrono::seconds instant) const;

  /// When a wall clock shows `wall`: for the first time, if it is set back and shows it
  /// twice; the moment at which it is set forward, if it never does.
  std::chrono::seconds InstantOf(std::chrono::seconds wall) const;

 private:
  TimeZone(std::string name, const date::time_zone* zone)
      : name_(std::move(name)), zone_(zone) {}

  std::string name_;
  const date::time_zone* zone_;  // nullptr: UTC
};

}  // namespace tarn::service
