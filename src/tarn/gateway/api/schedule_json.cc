#include "tarn/gateway/api/schedule_json.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "tarn/base/error.h"
#include "tarn/gateway/api/job_json.h"
#include "tarn/gateway/api/load_places.h"
#include "tarn/service/scheduler.h"

namespace tarn::gateway {
namespace {

using service::Schedule;
using service::ScheduleRules;
using std::chrono::milliseconds;

constexpr size_t kNextRuns = 5;

/// Takes numbers of fixed width off the front of a text.
class TimeReader {
 public:
  explicit TimeReader(std::string_view text) : rest_(text) {}

  bool is_at_end() const { return rest_.empty(); }
  bool Take(char c) {
    if (rest_.empty() || rest_.front() != c) {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }
  std::optional<int> Number(size_t digits, int min, int max) {
    int number = 0;
    if (rest_.size() < digits || rest_.front() < '0' || rest_.front() > '9') {
      return std::nullopt;
    }
    const auto parsed = std::from_chars(rest_.data(), rest_.data() + digits, number);
    if (parsed.ec != std::errc() || parsed.ptr != rest_.data() + digits || number < min ||
        number > max) {
      return std::nullopt;
    }
    rest_.remove_prefix(digits);
    return number;
  }
  /// ".250" in milliseconds; further digits are left out.
  std::optional<int> Fraction() {
    int value = 0;
    int weight = 100;
    size_t count = 0;
    for (; count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9'; ++count) {
      value += (rest_[count] - '0') * weight;
      weight /= 10;
    }
    rest_.remove_prefix(count);
    return count == 0 ? std::nullopt : std::optional(value);
  }

 private:
  std::string_view rest_;
};

std::optional<milliseconds> ReadDay(TimeReader* reader) {
  const auto year = reader->Number(4, 1970, 9999);
  const bool has_month = year && reader->Take('-');
  const auto month = has_month ? reader->Number(2, 1, 12) : std::nullopt;
  const bool has_day = month && reader->Take('-');
  const auto day = has_day ? reader->Number(2, 1, 31) : std::nullopt;
  if (!day) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{
      std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
      std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) {
    return std::nullopt;
  }
  return std::chrono::sys_days(date).time_since_epoch();
}

/// "Z", "+01:00" or nothing.
std::optional<milliseconds> ReadOffset(TimeReader* reader) {
  const bool is_east = reader->Take('+');
  if (!is_east && !reader->Take('-')) {
    reader->Take('Z');
    return milliseconds(0);
  }
  const auto hours = reader->Number(2, 0, 23);
  reader->Take(':');
  const auto minutes = hours ? reader->Number(2, 0, 59) : std::nullopt;
  if (!minutes) {
    return std::nullopt;
  }
  const milliseconds offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return is_east ? offset : -offset;
}

std::optional<milliseconds> ReadTime(std::string_view text) {
  TimeReader reader(text);
  const auto day = ReadDay(&reader);
  if (!day || reader.is_at_end()) {
    return day;
  }
  if (!reader.Take('T') && !reader.Take(' ')) {
    return std::nullopt;
  }
  const auto hour = reader.Number(2, 0, 23);
  const bool has_minute = hour && reader.Take(':');
  const auto minute = has_minute ? reader.Number(2, 0, 59) : std::nullopt;
  if (!minute) {
    return std::nullopt;
  }
  std::optional<int> second = 0;
  std::optional<int> fraction = 0;
  if (reader.Take(':')) {
    second = reader.Number(2, 0, 59);
    fraction = reader.Take('.') ? reader.Fraction() : fraction;
  }
  const auto offset = ReadOffset(&reader);
  if (!second || !fraction || !offset || !reader.is_at_end()) {
    return std::nullopt;
  }
  return *day + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         std::chrono::seconds(*second) + milliseconds(*fraction) - *offset;
}

Status ReadInstant(const Json& body, const char* name,
                   std::optional<milliseconds>* into) {
  const auto found = body.find(name);
  if (found == body.end()) {
    return Status::OK();
  }
  if (found->is_null()) {
    into->reset();
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(*into, ParseApiTime(*found));
  return Status::OK();
}

Status ReadTiming(const Json& body, service::TimingRules* timing) {
  ARROW_ASSIGN_OR_RAISE(const std::string cron, TextMember(body, "cron", "schedule"));
  ARROW_ASSIGN_OR_RAISE(const std::string every, TextMember(body, "every", "interval"));
  if (!cron.empty() || !every.empty()) {
    timing->cron = cron;
    timing->every = every;
  }
  ARROW_ASSIGN_OR_RAISE(const std::string zone,
                        TextMember(body, "time_zone", "timezone"));
  timing->time_zone = zone.empty() ? timing->time_zone : zone;
  RETURN_NOT_OK(ReadInstant(body, "start", &timing->start));
  return ReadInstant(body, "end", &timing->end);
}

Json TimeOrNull(const std::optional<milliseconds>& time) {
  return time ? Json(ApiTime(*time)) : Json(nullptr);
}

Json TextOrNull(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

}  // namespace

Result<milliseconds> ParseApiTime(const Json& value) {
  constexpr int64_t kTimeMax = 253'402'300'799'999;  // the year 9999
  if (value.is_number_integer()) {
    const auto number = value.get<int64_t>();
    if (number >= 0 && number <= kTimeMax) {
      return milliseconds(number);
    }
  }
  const auto time =
      value.is_string() ? ReadTime(value.get_ref<const std::string&>()) : std::nullopt;
  if (!time) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "A time is like 2026-01-31T12:00:00Z, not " + DumpJson(value));
  }
  return *time;
}

Status ReadScheduleRules(const Json& body, ScheduleRules* rules) {
  RETURN_NOT_OK(ReadTiming(body, &rules->timing));
  if (body.contains("description")) {
    ARROW_ASSIGN_OR_RAISE(rules->description, TextMember(body, "description"));
  }
  ARROW_ASSIGN_OR_RAISE(const std::string overlap, TextMember(body, "overlap"));
  if (!overlap.empty()) {
    ARROW_ASSIGN_OR_RAISE(rules->overlap, service::OverlapFromName(overlap));
  }
  ARROW_ASSIGN_OR_RAISE(const std::string catch_up,
                        TextMember(body, "catch_up", "catchup"));
  if (!catch_up.empty()) {
    ARROW_ASSIGN_OR_RAISE(rules->catch_up, service::CatchUpFromName(catch_up));
  }
  ARROW_ASSIGN_OR_RAISE(const auto catch_up_max,
                        IntegerMember(body, "catch_up_max", 1, 100));
  rules->catch_up_max = catch_up_max.value_or(rules->catch_up_max);
  ARROW_ASSIGN_OR_RAISE(const auto jitter,
                        IntegerMember(body, "jitter_seconds", 0, 86'400));
  rules->jitter = jitter ? std::chrono::seconds(*jitter) : rules->jitter;
  ARROW_ASSIGN_OR_RAISE(const auto failures,
                        IntegerMember(body, "pause_after_failures", 0, 1'000'000));
  rules->pause_after_failures = failures.value_or(rules->pause_after_failures);
  return Status::OK();
}

Json ScheduleRunToApi(const service::ScheduleRun& run) {
  return {{"due_at", ApiTime(run.due)},       {"at", ApiTime(run.at)},
          {"job_id", TextOrNull(run.job_id)}, {"outcome", run.outcome},
          {"message", run.message},           {"by_hand", run.is_by_hand}};
}

Json ScheduleToApi(const Schedule& schedule, milliseconds now) {
  const ScheduleRules& rules = schedule.rules;
  Json next = Json::array();
  for (const milliseconds run : service::NextRuns(schedule, now, kNextRuns)) {
    next.push_back(ApiTime(run));
  }
  Json last = nullptr;
  if (!schedule.history.empty()) {
    last = ScheduleRunToApi(schedule.history.front());
  }
  return {{"name", schedule.name},
          {"id", schedule.name},
          {"owner", schedule.owner},
          {"description", rules.description},
          {"state", service::ScheduleStateName(schedule.state)},
          {"pause_reason", TextOrNull(schedule.pause_reason)},
          {"call", TextOrNull(rules.call)},
          {"kind", rules.kind},
          {"request", rules.request},
          {"cron", TextOrNull(rules.timing.cron)},
          {"every", TextOrNull(rules.timing.every)},
          {"time_zone", rules.timing.time_zone},
          {"start", TimeOrNull(rules.timing.start)},
          {"end", TimeOrNull(rules.timing.end)},
          {"overlap", service::OverlapName(rules.overlap)},
          {"catch_up", service::CatchUpName(rules.catch_up)},
          {"catch_up_max", rules.catch_up_max},
          {"jitter_seconds", rules.jitter.count()},
          {"pause_after_failures", rules.pause_after_failures},
          {"failures_in_a_row", schedule.failures_in_a_row},
          {"created_at", ApiTime(schedule.created_at)},
          {"current_job_id", TextOrNull(schedule.current_job)},
          {"waiting", schedule.waiting.size()},
          {"next_runs", std::move(next)},
          {"last_run", std::move(last)}};
}

}  // namespace tarn::gateway
