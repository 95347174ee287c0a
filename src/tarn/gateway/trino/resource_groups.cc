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

Status SetLimit(const Config& config, const std::string& part, const std::string& value,
                ResourceGroup* group) {
  const std::string name = group->name + "." + part;
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
  } else if (part == "query_time_limit") {
    ARROW_ASSIGN_OR_RAISE(group->query_time_max, ParseDuration(value));
  } else if (part == "user_time_limit") {
    ARROW_ASSIGN_OR_RAISE(group->user_time_max, ParseDuration(value));
  } else if (part == "user_time_period") {
    ARROW_ASSIGN_OR_RAISE(group->user_time_period, ParseDuration(value));
  } else {
    return Wrong(config,
                 "a group has user, source, hard_concurrency_limit, "
                 "user_concurrency_limit, max_queued, query_time_limit, user_time_limit "
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

const ResourceGroup& Admission::GroupOf(const std::string& id) const {
  const auto found = members_.find(id);
  return found == members_.end() ? groups_.back().limits : found->second.group->limits;
}

bool Admission::MayRun(const State& group, const std::string& user) const {
  const auto of_user = group.running_of.find(user);
  const size_t running = of_user == group.running_of.end() ? 0 : of_user->second;
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

void Admission::Start(Member* member, Time now) {
  member->started = now;
  ++member->group->running;
  ++member->group->running_of[member->user];
  ++num_running_;
}

Admission::Answer Admission::Enter(const std::string& id, const std::string& user,
                                   const std::string& source, Time now) {
  State& group = StateFor(user, source);
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
  std::vector<std::string> next;
  const auto found = members_.find(id);
  if (found == members_.end()) {
    return next;  // it was refused
  }
  const Member member = std::move(found->second);
  members_.erase(found);
  State& group = *member.group;
  if (!member.started.has_value()) {
    --group.waiting;
    std::erase(waiting_, id);
    return next;
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
