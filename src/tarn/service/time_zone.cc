#include "tarn/service/time_zone.h"

#include <exception>
#include <utility>

#include <date/tz.h>

#include "tarn/base/error.h"

namespace tarn::service {
namespace {

using std::chrono::seconds;

/// Without `..`, and of a length and letters that names of zones have.
bool IsNameOfZone(const std::string& name) {
  constexpr size_t kNameBytesMax = 64;
  constexpr char kLetters[] =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/";
  return !name.empty() && name.size() <= kNameBytesMax &&
         name.find_first_not_of(kLetters) == std::string::npos && name.front() != '/';
}

Status ReadDatabase() {
  try {
    date::get_tzdb();
    return Status::OK();
  } catch (const std::exception& error) {
    return MakeError(ErrorCode::kUnavailable,
                     std::string("The time zones cannot be read; install the package "
                                 "tzdata: ") +
                         error.what());
  }
}

}  // namespace

Result<TimeZone> TimeZone::Find(const std::string& name) {
  const Status unknown =
      MakeError(ErrorCode::kInvalidArgument,
                "There is no such time zone (Europe/Berlin, UTC are some): " + name);
  if (!IsNameOfZone(name)) {
    return unknown;
  }
  if (name == "UTC") {
    return TimeZone(name, nullptr);
  }
  RETURN_NOT_OK(ReadDatabase());
  try {
    return TimeZone(name, date::locate_zone(name));
  } catch (const std::exception&) {
    return unknown;
  }
}

TimeZone::Span TimeZone::SpanAt(seconds instant) const {
  if (zone_ == nullptr) {
    return {.begin = seconds::min(), .end = seconds::max()};
  }
  const date::sys_info info = zone_->get_info(date::sys_seconds(instant));
  return {.begin = info.begin.time_since_epoch(),
          .end = info.end.time_since_epoch(),
          .offset = info.offset};
}

seconds TimeZone::InstantOf(seconds wall) const {
  if (zone_ == nullptr) {
    return wall;
  }
  const date::local_info info = zone_->get_info(date::local_seconds(wall));
  if (info.result == date::local_info::nonexistent) {
    return info.first.end.time_since_epoch();
  }
  return wall - info.first.offset;
}

}  // namespace tarn::service
