#include "tarn/gateway/trino/resource_groups.h"

#include <algorithm>
#include <charconv>

#include "tarn/base/error.h"

namespace tarn::gateway::trino {
namespace {

constexpr char kKey[] = "sql.resource_groups";
constexpr char kGlobal[] = "global";

Status Wrong(const Config& config, const std::string& what) {
  return MakeError(ErrorCode::kInvalidArgument,
                   config.OriginOf(kKey) + ": " + kKey + ": " + what);
}

Result<size_t> CountOf(const Config& config, const std::string& name,
                       const std::string& text) {
  size_t count = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) {
    return Wrong(config, name + " is a number, not " + text);
  }
  return count;
}

Status SetMemory(const std::string& value, std::optional<int64_t>* bytes) {
  ARROW_ASSIGN_OR_RAISE(*bytes, ParseSize(value));
  return Status::OK();
}

/// What each of its queries may take.
Result<bool> SetBound(const std::string& part, const std::string& value,
                      ResourceGroup* group) {
  if (part == "query_time_limit") {
    ARROW_ASSIGN_OR_RAISE(group->query.execution_time_max, ParseDuration(value));
  } else if (part == "query_cpu_limit") {
    ARROW_ASSIGN_OR_RAISE(group->query.cpu_time_max, ParseDuration(value));
  } else if (part == "query_memory_limit") {
    RETURN_NOT_OK(SetMemory(value, &group->query.memory_bytes_max));
    group->query.memory_error = MemoryErrorOf(*group->query.memory_bytes_max);
  } else {
    return false;
  }
  return true;
}

Status SetLimit(const Config& config, const std::string& part, const std::string& value,
                ResourceGroup* group) {
  const std::string name = group->name + "." + part;
  ARROW_ASSIGN_OR_RAISE(const bool is_bound, SetBound(part, value, group));
  if (is_bound) {
    return Status::OK();
  }
  if (part == "user") {
    group->user = value;
  } else if (part == "source") {
    group->source = value;
  } else if (part == "hard_concurrency_limit") {
    ARROW_ASSIGN_OR_RAISE(group->running_max, CountOf(config, name, value));
    if (group->running_max == 0) {
      return Wrong(config, name + " is at least 1");
    }
  } else if (part == "user_concurrency_limit") {
    ARROW_ASSIGN_OR_RAISE(group->user_running_max, CountOf(config, name, value));
    if (group->user_running_max == 0) {
      return Wrong(config, name + " is at least 1");
    }
  } else if (part == "max_queued") {
    ARROW_ASSIGN_OR_RAISE(group->queued_max, CountOf(config, name, value));
  } else if (part == "soft_memory_limit") {
    RETURN_NOT_OK(SetMemory(value, &group->soft_memory_max));
  } else if (part == "hard_memory_limit") {
    RETURN_NOT_OK(SetMemory(value, &group->hard_memory_max));
  } else if (part == "hard_cpu_limit") {
    ARROW_ASSIGN_OR_RAISE(group->cpu_time_max, ParseDuration(value));
  } else if (part == "cpu_quota_period") {
    ARROW_ASSIGN_OR_RAISE(group->cpu_period, ParseDuration(value));
    if (group->cpu_period.count() <= 0) {
      return Wrong(config, name + " is longer than 0");
    }
  } else if (part == "user_time_limit") {
    ARROW_ASSIGN_OR_RAISE(group->user_time_max, ParseDuration(value));
  } else if (part == "user_time_period") {
    ARROW_ASSIGN_OR_RAISE(group->user_time_period, ParseDuration(value));
  } else {
    return Wrong(config,
                 "a group has user, source, hard_concurrency_limit, "
                 "user_concurrency_limit, max_queued, query_time_limit, "
                 "query_cpu_limit, query_memory_limit, soft_memory_limit, "
                 "hard_memory_limit, hard_cpu_limit, cpu_quota_period, user_time_limit "
                 "and user_time_period, not " +
                     name);
  }
  return Status::OK();
}

}  // namespace

Result<std::vector<ResourceGroup>> ResourceGroupsFrom(const Config& config) {
  std::vector<ResourceGroup> groups;
  for (const auto& [key, value] : config.GetMap(kKey)) {
    const size_t dot = key.find('.');
    if (dot == std::string::npos) {
      return Wrong(config,
                   "holds names with limits below them, like etl.user, not " + key);
    }
    const std::string name = key.substr(0, dot);
    auto group = std::ranges::find(groups, name, &ResourceGroup::name);
    if (group == groups.end()) {
      group = groups.insert(groups.end(), ResourceGroup{.name = name});
    }
    RETURN_NOT_OK(SetLimit(config, key.substr(dot + 1), value, &*group));
  }
  return groups;
}

bool MatchesPattern(std::string_view pattern, std::string_view text) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) {
    return pattern == text;
  }
  if (!text.starts_with(pattern.substr(0, star))) {
    return false;
  }
  const std::string_view rest = pattern.substr(star + 1);
  for (size_t from = star; from <= text.size(); ++from) {
    if (MatchesPattern(rest, text.substr(from))) {
      return true;
    }
  }
  return false;
}

Admission::Admission(std::vector<ResourceGroup> groups, size_t running_max,
                     size_t queued_max)
    : running_max_(running_max), queued_max_(queued_max) {
  for (ResourceGroup& group : groups) {
    groups_.push_back({.limits = std::move(group)});
  }
  groups_.push_back(
      {.limits = {
           .name = kGlobal, .running_max = running_max, .queued_max = queued_max}});
  for (State& group : groups_) {
    group.memory = std::make_shared<engine::MemoryGroup>(
        group.limits.hard_memory_max.value_or(0),
        "EXCEEDED_GLOBAL_MEMORY_LIMIT: Query exceeded the memory that is left of "
        "resource "
        "group \"" +
            group.limits.name + "\", which has a hard limit of " +
            SizeText(group.limits.hard_memory_max.value_or(0)));
  }
}

Admission::State& Admission::StateFor(std::string_view user, std::string_view source) {
  const auto found = std::ranges::find_if(groups_, [&](const State& group) {
    return MatchesPattern(group.limits.user, user) &&
           MatchesPattern(group.limits.source, source);
  });
  return found == groups_.end() ? groups_.back() : *found;
}

const ResourceGroup& Admission::GroupFor(std::string_view user,
                                         std::string_view source) const {
  return const_cast<Admission*>(this)->StateFor(user, source).limits;
}

std::shared_ptr<engine::MemoryGroup> Admission::MemoryFor(std::string_view user,
                                                          std::string_view source) const {
  return const_cast<Admission*>(this)->StateFor(user, source).memory;
}

const ResourceGroup& Admission::GroupOf(const std::string& id) const {
  const auto found = members_.find(id);
  return found == members_.end() ? groups_.back().limits : found->second.group->limits;
}

bool Admission::MayRun(const State& group, const std::string& user) const {
  const auto of_user = group.running_of.find(user);
  const size_t running = of_user == group.running_of.end() ? 0 : of_user->second;
  const auto& soft_max = group.limits.soft_memory_max;
  // Whoever is alone may run: what is left is nobody's who will give it back soon.
  const bool is_full =
      soft_max && group.running > 0 && group.memory->bytes() >= *soft_max;
  const auto& cpu_max = group.limits.cpu_time_max;
  if (is_full || (cpu_max && group.cpu_used >= *cpu_max)) {
    return false;
  }
  return num_running_ < running_max_ && group.running < group.limits.running_max &&
         running < group.limits.user_running_max;
}

bool Admission::IsTimeUsedUp(State* group, const std::string& user, Time now) const {
  if (!group->limits.user_time_max.has_value()) {
    return false;
  }
  auto& used = group->used[user];
  while (!used.empty() && used.front().first + group->limits.user_time_period < now) {
    used.pop_front();
  }
  std::chrono::milliseconds sum{0};
  for (const auto& [ended, took] : used) {
    sum += took;
  }
  return sum >= *group->limits.user_time_max;
}

void Admission::Forgive(State* group, Time now) {
  const auto since = now - group->cpu_forgiven_at.value_or(now);
  group->cpu_forgiven_at = now;
  if (group->limits.cpu_time_max && group->cpu_used.count() > 0 && since.count() > 0) {
    const double share = std::chrono::duration<double>(since) / group->limits.cpu_period;
    const std::chrono::duration<double> forgiven = share * *group->limits.cpu_time_max;
    group->cpu_used =
        forgiven >= group->cpu_used
            ? std::chrono::nanoseconds(0)
            : group->cpu_used -
                  std::chrono::duration_cast<std::chrono::nanoseconds>(forgiven);
  }
}

void Admission::Charge(const std::string& id, std::chrono::nanoseconds cpu_time) {
  const auto found = members_.find(id);
  if (found != members_.end() && cpu_time > found->second.cpu_charged) {
    Member& member = found->second;
    member.group->cpu_used += cpu_time - member.cpu_charged;
    member.cpu_charged = cpu_time;
  }
}

void Admission::Start(Member* member, Time now) {
  member->started = now;
  ++member->group->running;
  ++member->group->running_of[member->user];
  ++num_running_;
}

Admission::Answer Admission::Enter(const std::string& id, const std::string& user,
                                   const std::string& source, Time now) {
  State& group = StateFor(user, source);
  Forgive(&group, now);
  if (IsTimeUsedUp(&group, user, now)) {
    return Answer::kTimeUsedUp;
  }
  if (MayRun(group, user)) {
    Start(&(members_[id] = {.group = &group, .user = user}), now);
    return Answer::kRun;
  }
  if (group.waiting >= group.limits.queued_max || waiting_.size() >= queued_max_) {
    return Answer::kQueueFull;
  }
  members_[id] = {.group = &group, .user = user};
  ++group.waiting;
  waiting_.push_back(id);
  return Answer::kWait;
}

std::vector<std::string> Admission::Leave(const std::string& id, Time now) {
  const auto found = members_.find(id);
  if (found == members_.end()) {
    return {};  // it was refused
  }
  const Member member = std::move(found->second);
  members_.erase(found);
  State& group = *member.group;
  if (!member.started.has_value()) {
    --group.waiting;
    std::erase(waiting_, id);
    return {};
  }
  --group.running;
  --num_running_;
  if (--group.running_of[member.user] == 0) {
    group.running_of.erase(member.user);
  }
  if (group.limits.user_time_max.has_value()) {
    group.used[member.user].emplace_back(
        now,
        std::chrono::duration_cast<std::chrono::milliseconds>(now - *member.started));
  }
  return Wake(now);
}

std::vector<std::string> Admission::Wake(Time now) {
  for (State& group : groups_) {
    Forgive(&group, now);
  }
  std::vector<std::string> next;
  for (auto waiting = waiting_.begin(); waiting != waiting_.end();) {
    Member& candidate = members_.at(*waiting);
    if (!MayRun(*candidate.group, candidate.user)) {
      ++waiting;
      continue;
    }
    --candidate.group->waiting;
    Start(&candidate, now);
    next.push_back(std::move(*waiting));
    waiting = waiting_.erase(waiting);
  }
  return next;
}

}  // namespace tarn::gateway::trino
