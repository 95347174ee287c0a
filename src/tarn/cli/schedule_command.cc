// `tarn schedule`: what is done again and again.
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "tarn/base/error.h"
#include "tarn/cli/api_client/api_client.h"
#include "tarn/cli/api_client/api_command.h"
#include "tarn/cli/command.h"
#include "tarn/cli/inspect/print_report.h"
#include "tarn/cli/print/text_output.h"
#include "tarn/cli/print/text_table.h"
#include "tarn/cli/workspace.h"
#include "tarn/net/http_message.h"

namespace tarn::cli {
namespace {

constexpr char kFooter[] =
    "\nExamples:\n"
    "  tarn schedule add nightly --cron '30 2 * * *' --time-zone Europe/Berlin "
    "--sql \"CALL iceberg.system.expire_snapshots('sales.orders')\"\n"
    "  tarn schedule add orders --every 15m --call /load/postgres --request "
    "'{\"connection\": \"shop\", \"source_table\": \"orders\", \"table\": "
    "\"sales.orders\"}'\n"
    "  tarn schedule list\n"
    "  tarn schedule run nightly                 now, and wait for its end\n"
    "\nA server runs them (`tarn serve`); without one nothing is done when it is due.";

struct ScheduleArguments {
  std::string name;
  std::string cron;
  std::string every;
  std::string time_zone;
  std::string call;
  std::string request;
  std::string sql;
  std::string description;
  std::string start;
  std::string end;
  std::string overlap;
  std::string catch_up;
  int jitter = 0;
  int pause_after_failures = 0;
};
using Arguments = std::shared_ptr<ScheduleArguments>;
using Run = Status (*)(ApiCalls&, const ScheduleArguments&, bool json);

std::string PathOf(const ScheduleArguments& given, const char* action = "") {
  return "/schedules/" + net::PercentEncode(given.name) + action;
}

std::string TimingText(const Json& schedule) {
  const std::string every = TextOf(schedule, "every");
  return every.empty() ? TextOf(schedule, "cron") + " " + TextOf(schedule, "time_zone")
                       : "every " + every;
}

std::string NextText(const Json& schedule) {
  const Json next = schedule.value("next_runs", Json::array());
  return next.empty() ? "" : next[0].get<std::string>();
}

Status PrintSchedule(const Json& schedule, bool json) {
  if (json) {
    return PrintApiJson(schedule);
  }
  const Json last = schedule.value("last_run", Json());
  const bool has_run = last.is_object();
  std::vector<std::pair<std::string, std::string>> pairs = {
      {"schedule", TextOf(schedule, "name")},
      {"owner", TextOf(schedule, "owner")},
      {"description", TextOf(schedule, "description")},
      {"state", TextOf(schedule, "state")},
      {"because", TextOf(schedule, "pause_reason")},
      {"runs", TimingText(schedule)},
      {"call", TextOf(schedule, "call")},
      {"request", DumpJson(schedule.value("request", Json()))},
      {"next", NextText(schedule)},
      {"last", has_run ? TextOf(last, "due_at") + " " + TextOf(last, "outcome") : ""},
      {"now", TextOf(schedule, "current_job_id")}};
  std::erase_if(pairs, [](const auto& pair) { return pair.second.empty(); });
  return StandardOutput().Write(FormatPairs(pairs));
}

Status RunList(ApiCalls& api, const ScheduleArguments& /*given*/, bool json) {
  ARROW_ASSIGN_OR_RAISE(const Json answer, api.Call("GET", "/schedules"));
  const Json schedules = answer.value("schedules", Json::array());
  if (json) {
    return PrintApiJson(schedules);
  }
  std::vector<std::vector<std::string>> rows;
  for (const Json& schedule : schedules) {
    const Json last = schedule.value("last_run", Json());
    rows.push_back({TextOf(schedule, "name"), TextOf(schedule, "state"),
                    TimingText(schedule), TextOf(schedule, "call"), NextText(schedule),
                    last.is_object() ? TextOf(last, "outcome") : ""});
  }
  return PrintTable({{"schedule"}, {"state"}, {"runs"}, {"call"}, {"next"}, {"last"}},
                    rows);
}

/// What is done: --sql, or --call with --request.
Status ReadCall(const ScheduleArguments& given, Json* body) {
  if (given.sql.empty() == given.call.empty()) {
    return MakeError(ErrorCode::kUsage,
                     "What shall be done? Give --sql, or --call with --request");
  }
  if (!given.sql.empty()) {
    (*body)["call"] = "/sql";
    (*body)["request"] = {{"statements", given.sql}};
    return Status::OK();
  }
  const Result<Json> request = ParseJson(given.request, "--request");
  if (!request.ok() || !request->is_object()) {
    return MakeError(ErrorCode::kUsage,
                     "--request is a JSON object, as the call takes it");
  }
  (*body)["call"] = given.call;
  (*body)["request"] = *request;
  return Status::OK();
}

Status RunAdd(ApiCalls& api, const ScheduleArguments& given, bool json) {
  Json body = {{"name", given.name}};
  for (const auto& [name, text] :
       {std::pair("cron", &given.cron), std::pair("every", &given.every),
        std::pair("time_zone", &given.time_zone),
        std::pair("description", &given.description), std::pair("start", &given.start),
        std::pair("end", &given.end), std::pair("overlap", &given.overlap),
        std::pair("catch_up", &given.catch_up)}) {
    if (!text->empty()) {
      body[name] = *text;
    }
  }
  body["jitter_seconds"] = given.jitter;
  body["pause_after_failures"] = given.pause_after_failures;
  RETURN_NOT_OK(ReadCall(given, &body));
  ARROW_ASSIGN_OR_RAISE(const Json schedule, api.Call("POST", "/schedules", body));
  return PrintSchedule(schedule, json);
}

Status RunShow(ApiCalls& api, const ScheduleArguments& given, bool json) {
  ARROW_ASSIGN_OR_RAISE(const Json schedule, api.Call("GET", PathOf(given)));
  return PrintSchedule(schedule, json);
}

Status RunPause(ApiCalls& api, const ScheduleArguments& given, bool json) {
  ARROW_ASSIGN_OR_RAISE(const Json schedule, api.Call("POST", PathOf(given, "/pause")));
  return PrintSchedule(schedule, json);
}

Status RunResume(ApiCalls& api, const ScheduleArguments& given, bool json) {
  ARROW_ASSIGN_OR_RAISE(const Json schedule, api.Call("POST", PathOf(given, "/resume")));
  return PrintSchedule(schedule, json);
}

Status RunNow(ApiCalls& api, const ScheduleArguments& given, bool json) {
  ARROW_ASSIGN_OR_RAISE(const Json schedule, api.Call("POST", PathOf(given, "/run")));
  const std::string job_id = TextOf(schedule, "job_id");
  if (job_id.empty()) {
    RETURN_NOT_OK(PrintSchedule(schedule, json));
    const Json last = schedule.value("last_run", Json());
    const bool was_refused = last.is_object() && TextOf(last, "outcome") == "refused";
    return was_refused ? MakeError(ErrorCode::kInvalidArgument, TextOf(last, "message"))
                       : Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(const Json job, api.Follow(job_id));
  RETURN_NOT_OK(StatusOfJob(job));
  if (json) {
    return PrintApiJson(job);
  }
  return StandardOutput().Write(
      FormatPairs({{"job", job_id},
                   {"state", TextOf(job, "state")},
                   {"result", DumpJson(job.value("result", Json()))}}));
}

Status RunRemove(ApiCalls& api, const ScheduleArguments& given, bool json) {
  ARROW_ASSIGN_OR_RAISE(const Json answer, api.Call("DELETE", PathOf(given)));
  return json ? PrintApiJson(answer)
              : StandardOutput().Write("Removed: " + given.name + "\n");
}

Status RunHistory(ApiCalls& api, const ScheduleArguments& given, bool json) {
  ARROW_ASSIGN_OR_RAISE(const Json answer, api.Call("GET", PathOf(given, "/history")));
  const Json runs = answer.value("runs", Json::array());
  if (json) {
    return PrintApiJson(runs);
  }
  std::vector<std::vector<std::string>> rows;
  for (const Json& run : runs) {
    rows.push_back({TextOf(run, "due_at"), TextOf(run, "outcome"), TextOf(run, "job_id"),
                    TextOf(run, "message")});
  }
  return PrintTable({{"due"}, {"outcome"}, {"job"}, {"message"}}, rows);
}

CLI::App* AddOne(CLI::App& parent, Invocation& invocation, const Arguments& given,
                 const std::string& name, const std::string& help, Run run) {
  return AddApiCommand(
      parent, invocation, name, help,
      run == &RunAdd ? HomeMode::kCreate : HomeMode::kExisting,
      [given, run](ApiCalls& api, bool json) { return run(api, *given, json); });
}

CLI::App* AddNamed(CLI::App& parent, Invocation& invocation, const Arguments& given,
                   const std::string& name, const std::string& help, Run run) {
  CLI::App* command = AddOne(parent, invocation, given, name, help, run);
  command->add_option("NAME", given->name, "The schedule's name")->required();
  return command;
}

void AddRules(CLI::App& add, const Arguments& given) {
  add.add_option("--cron", given->cron,
                 "minute hour day month weekday, '30 2 * * mon-fri'; six fields with the "
                 "second first; or @daily")
      ->type_name("EXPR");
  add.add_option("--every", given->every, "An interval instead: 15m, 1h30m")
      ->type_name("INTERVAL");
  add.add_option("--time-zone", given->time_zone, "Of --cron: Europe/Berlin [UTC]")
      ->type_name("ZONE");
  add.add_option("--sql", given->sql, "Run these statements")->type_name("SQL");
  add.add_option("--call", given->call,
                 "Do this call of the API instead: /load/postgres, /maintain, …")
      ->type_name("PATH");
  add.add_option("--request", given->request, "What that call takes, without passwords")
      ->type_name("JSON");
  add.add_option("--description", given->description, "For people")->type_name("TEXT");
  add.add_option("--start", given->start, "Nothing runs before this time")
      ->type_name("TIME");
  add.add_option("--end", given->end, "Nor after this one")->type_name("TIME");
  add.add_option("--overlap", given->overlap,
                 "While the run before goes on: skip, queue or cancel [skip]")
      ->type_name("RULE");
  add.add_option("--catch-up", given->catch_up,
                 "After a time without a server: none, last or all [last]")
      ->type_name("RULE");
  add.add_option("--jitter", given->jitter, "Put off by up to so many seconds [0]")
      ->type_name("SECONDS");
  add.add_option("--pause-after-failures", given->pause_after_failures,
                 "So many failures one after the other pause it [0: never]")
      ->type_name("N");
}

}  // namespace

void AddScheduleCommand(CLI::App& app, Invocation& invocation) {
  const auto given = std::make_shared<ScheduleArguments>();
  CLI::App* schedule = app.add_subcommand(
      "schedule", "Loads, SQL, maintenance and their like, again and again");
  schedule->require_subcommand(1);
  schedule->footer(kFooter);
  AddOne(*schedule, invocation, given, "list", "All schedules", &RunList);
  AddRules(*AddNamed(*schedule, invocation, given, "add", "A new one", &RunAdd), given);
  AddNamed(*schedule, invocation, given, "show", "One schedule", &RunShow);
  AddNamed(*schedule, invocation, given, "pause", "Run it no more for now", &RunPause);
  AddNamed(*schedule, invocation, given, "resume", "Run it again", &RunResume);
  AddNamed(*schedule, invocation, given, "run", "Run it now", &RunNow);
  AddNamed(*schedule, invocation, given, "remove", "Forget it", &RunRemove);
  AddNamed(*schedule, invocation, given, "history", "Its last runs", &RunHistory);
}

}  // namespace tarn::cli
