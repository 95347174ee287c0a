#include "tarn/service/timing.h"

#include <algorithm>
#include <deque>
#include <string_view>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/base/overload.h"

namespace tarn::service {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kIntervalMax = std::chrono::hours(24 * 366);
/// More than a zone's clocks are set in four centuries.
constexpr int kSpansMax = 2'000;

seconds FloorSeconds(milliseconds time) { return std::chrono::floor<seconds>(time); }

/// The first of anchor, anchor + interval, … after `after`.
seconds NextOfInterval(seconds anchor, seconds interval, seconds after) {
  return after < anchor ? anchor : anchor + ((after - anchor) / interval + 1) * interval;
}

/// The first moment of a rhythm of every hour, clock changes or not.
std::optional<seconds> NextOfEveryHour(const CronExpression& cron, const TimeZone& zone,
                                       seconds after) {
  for (int i = 0; i < kSpansMax; ++i) {
    const TimeZone::Span span = zone.SpanAt(after + seconds(1));
    const auto wall = cron.Next(after + span.offset);
    if (!wall) {
      return std::nullopt;
    }
    if (*wall - span.offset < span.end) {
      return *wall - span.offset;
    }
    after = span.end - seconds(1);
  }
  return std::nullopt;
}

}  // namespace

Result<seconds> ParseInterval(const std::string& text) {
  std::string_view rest = text;
  constexpr std::string_view kWord = "every ";
  if (rest.starts_with(kWord)) {
    rest.remove_prefix(kWord.size());
  }
  const Status wrong =
      MakeError(ErrorCode::kInvalidArgument,
                "An interval is like 15m, 1h30m or 2d, from 1s to 366d; not " + text);
  seconds sum(0);
  while (!rest.empty()) {
    const size_t digits = rest.find_first_not_of("0123456789");
    constexpr size_t kDigitsMax = 9;
    if (digits == 0 || digits == std::string_view::npos || digits > kDigitsMax) {
      return wrong;
    }
    const int64_t number = std::stoll(std::string(rest.substr(0, digits)));
    constexpr std::pair<char, int64_t> kUnits[] = {
        {'s', 1}, {'m', 60}, {'h', 3'600}, {'d', 86'400}, {'w', 604'800}};
    const auto* const unit =
        std::ranges::find(kUnits, rest[digits], &std::pair<char, int64_t>::first);
    if (unit == std::end(kUnits)) {
      return wrong;
    }
    sum += seconds(number * unit->second);
    rest.remove_prefix(digits + 1);
  }
  return sum < seconds(1) || sum > kIntervalMax ? Result<seconds>(wrong) : sum;
}

Result<Timing> Timing::Make(const TimingRules& rules) {
  if (rules.cron.empty() == rules.every.empty()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "A schedule has either a cron expression (cron) or an interval "
                     "(every)");
  }
  if (rules.start && rules.end && *rules.end <= *rules.start) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "The schedule ends before it starts: end must be after start");
  }
  ARROW_ASSIGN_OR_RAISE(TimeZone zone, TimeZone::Find(rules.time_zone));
  if (!rules.every.empty()) {
    ARROW_ASSIGN_OR_RAISE(const seconds interval, ParseInterval(rules.every));
    return Timing(rules, interval, std::move(zone));
  }
  ARROW_ASSIGN_OR_RAISE(CronExpression cron, CronExpression::Parse(rules.cron));
  return Timing(rules, std::move(cron), std::move(zone));
}

std::optional<seconds> Timing::NextOfCron(const CronExpression& cron,
                                          seconds after) const {
  if (cron.is_every_hour()) {
    return NextOfEveryHour(cron, zone_, after);
  }
  std::optional<seconds> wall = after + zone_.SpanAt(after).offset;
  // What a clock that was set back shows again was due before: an hour or so of it.
  while ((wall = cron.Next(*wall))) {
    if (const seconds instant = zone_.InstantOf(*wall); instant > after) {
      return instant;
    }
  }
  return std::nullopt;
}

std::optional<milliseconds> Timing::Next(milliseconds after) const {
  seconds from = FloorSeconds(after);
  if (rules_.start && FloorSeconds(*rules_.start - milliseconds(1)) > from) {
    from = FloorSeconds(*rules_.start - milliseconds(1));
  }
  const std::optional<seconds> next = std::visit(
      Overload{[&](const CronExpression& cron) { return NextOfCron(cron, from); },
               [&](seconds interval) -> std::optional<seconds> {
                 const milliseconds anchor = rules_.start.value_or(rules_.anchor);
                 return NextOfInterval(std::chrono::ceil<seconds>(anchor), interval,
                                       from);
               }},
      rhythm_);
  if (!next || (rules_.end && *next > *rules_.end)) {
    return std::nullopt;
  }
  return *next;
}

Timing::Due Timing::Between(milliseconds after, milliseconds until,
                            size_t count_max) const {
  // Looks back further and further: all that was missed may be years of seconds.
  constexpr milliseconds kFirstSpan = std::chrono::minutes(1);
  constexpr int kGrowth = 8;
  milliseconds span = kFirstSpan;
  for (;; span *= kGrowth) {
    const bool is_all = span >= until - after;
    const milliseconds from = is_all ? after : until - span;
    std::deque<milliseconds> latest;
    Due due;
    for (auto next = Next(from); next && *next <= until; next = Next(*next)) {
      latest.push_back(*next);
      if (latest.size() > count_max) {
        latest.pop_front();
        due.has_earlier = true;
      }
    }
    if (is_all || due.has_earlier) {
      due.latest.assign(latest.begin(), latest.end());
      return due;
    }
  }
}

}  // namespace tarn::service
