// `tarn jobs`: the long work of a server or a home.
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "tarn/base/error.h"
#include "tarn/cli/api_client/api_client.h"
#include "tarn/cli/command.h"
#include "tarn/cli/inspect/print_report.h"
#include "tarn/cli/interrupt.h"
#include "tarn/cli/print/quantity.h"
#include "tarn/cli/print/text_output.h"
#include "tarn/cli/print/text_table.h"
#include "tarn/cli/serve/data_service.h"
#include "tarn/cli/workspace.h"
#include "tarn/net/http_message.h"

namespace tarn::cli {
namespace {

constexpr std::chrono::milliseconds kLook(500);

constexpr char kFooter[] =
    "\nExamples:\n"
    "  tarn jobs list --server http://127.0.0.1:8080 --state running\n"
    "  tarn jobs show 01K9ZQ6F4E8T3W5R7Y9B1D3F5H\n"
    "  tarn jobs watch 01K9ZQ6F4E8T3W5R7Y9B1D3F5H   a line of progress until its end\n"
    "\nWith --home the records are read from the home's store, also while a server works "
    "on it; `retry` then\ndoes the job in this process.";

struct JobsArguments {
  std::string id;
  std::string state;
  std::string owner;
  std::string kind;
  size_t limit = 50;
};
using Arguments = std::shared_ptr<JobsArguments>;

/// Jobs of a server or of a home, as the API shows them.
class JobBook {
 public:
  virtual ~JobBook() = default;
  virtual Result<Json> List(const JobsArguments& given) = 0;
  virtual Result<Json> Find(const std::string& id) = 0;
  virtual Result<Json> Cancel(const std::string& id) = 0;
  virtual Result<Json> Retry(const std::string& id) = 0;
};

class ServerJobs : public JobBook {
 public:
  explicit ServerJobs(std::unique_ptr<ApiClient> api) : api_(std::move(api)) {}

  Result<Json> List(const JobsArguments& given) override {
    std::string query = "?limit=" + std::to_string(given.limit);
    for (const auto& [name, value] :
         {std::pair("state", &given.state), std::pair("owner", &given.owner),
          std::pair("kind", &given.kind)}) {
      if (!value->empty()) {
        query += "&" + std::string(name) + "=" + net::PercentEncode(*value);
      }
    }
    ARROW_ASSIGN_OR_RAISE(const Json answer, api_->Get("/jobs" + query));
    return answer.value("jobs", Json::array());
  }
  Result<Json> Find(const std::string& id) override { return api_->Get(PathOf(id)); }
  Result<Json> Cancel(const std::string& id) override {
    return api_->Call("POST", PathOf(id) + "/cancel");
  }
  Result<Json> Retry(const std::string& id) override {
    return api_->Call("POST", PathOf(id) + "/retry");
  }

 private:
  static std::string PathOf(const std::string& id) {
    return "/jobs/" + net::PercentEncode(id);
  }

  const std::unique_ptr<ApiClient> api_;
};

class HomeJobs : public JobBook {
 public:
  static Result<std::unique_ptr<JobBook>> Make(const Invocation& invocation) {
    ARROW_ASSIGN_OR_RAISE(auto workspace, Workspace::Open(WorkspaceOptionsOf(
                                              invocation, HomeMode::kExisting)));
    ARROW_ASSIGN_OR_RAISE(auto data, DataService::MakeForCommand(*workspace));
    return std::unique_ptr<JobBook>(new HomeJobs(std::move(workspace), std::move(data)));
  }

  Result<Json> List(const JobsArguments& given) override {
    service::JobQuery query{.owner = given.owner, .limit = given.limit};
    if (!given.state.empty()) {
      ARROW_ASSIGN_OR_RAISE(query.state, service::JobStateFromName(given.state));
    }
    ARROW_ASSIGN_OR_RAISE(const auto jobs, data_->jobs().List(query));
    Json shown = Json::array();
    for (const service::JobRecord& job : jobs) {
      if (given.kind.empty() || job.kind == given.kind) {
        shown.push_back(data_->Show(job));
      }
    }
    return shown;
  }
  Result<Json> Find(const std::string& id) override {
    ARROW_ASSIGN_OR_RAISE(const auto job, data_->jobs().Find(id));
    if (!job) {
      return MakeError(ErrorCode::kNoSuchJob, "There is no such job: " + id);
    }
    return data_->Show(*job);
  }
  Result<Json> Cancel(const std::string& id) override {
    ARROW_ASSIGN_OR_RAISE(const auto job, data_->jobs().Cancel(id));
    return data_->Show(job);
  }
  Result<Json> Retry(const std::string& id) override {
    RETURN_NOT_OK(data_->Start());
    ARROW_ASSIGN_OR_RAISE(const auto job, data_->jobs().Retry(id));
    return data_->Show(job);
  }

 private:
  HomeJobs(std::unique_ptr<Workspace> workspace, std::unique_ptr<DataService> data)
      : workspace_(std::move(workspace)), data_(std::move(data)) {}

  const std::unique_ptr<Workspace> workspace_;
  const std::unique_ptr<DataService> data_;
};

std::string TextOf(const Json& job, const char* member) {
  const Json value = job.value(member, Json());
  return value.is_string() ? value.get<std::string>() : "";
}

std::string SecondsText(const Json& job, const char* member) {
  const Json value = job.value(member, Json());
  return value.is_number() ? DurationText(std::chrono::milliseconds(
                                 static_cast<int64_t>(value.get<double>() * 1000)))
                           : "";
}

std::string PartText(const Json& job) {
  const Json part = job.value("part", Json());
  return part.is_number()
             ? std::to_string(static_cast<int>(part.get<double>() * 100)) + " %"
             : "";
}

std::string ErrorText(const Json& job) {
  const Json error = job.value("error", Json());
  return error.is_object() ? TextOf(error, "message") : "";
}

/// In the order in which the API has members, which people are used to.
Status PrintJobJson(const Json& json) {
  return PrintJson(nlohmann::ordered_json::parse(DumpJson(json), nullptr, false));
}

Status PrintJob(const Json& job, bool as_json) {
  if (as_json) {
    return PrintJobJson(job);
  }
  std::vector<std::pair<std::string, std::string>> pairs = {
      {"job", TextOf(job, "id")},
      {"kind", TextOf(job, "kind")},
      {"owner", TextOf(job, "owner")},
      {"state", TextOf(job, "state")},
      {"created", TextOf(job, "created_at")},
      {"started", TextOf(job, "started_at")},
      {"ended", TextOf(job, "ended_at")},
      {"took", SecondsText(job, "duration_seconds")},
      {"done", PartText(job)},
      {"step", TextOf(job, "step")},
      {"rows", GroupedText(job.value("rows", int64_t{0}))},
      {"bytes", BytesText(job.value("bytes", int64_t{0}))},
      {"left", SecondsText(job, "eta_seconds")},
      {"snapshot", TextOf(job, "snapshot_id")},
      {"error", ErrorText(job)},
      {"again of", TextOf(job, "retry_of")},
      {"request", DumpJson(job.value("request", Json()))},
  };
  if (const Json result = job.value("result", Json()); !result.is_null()) {
    pairs.emplace_back("result", DumpJson(result));
  }
  std::erase_if(pairs, [](const auto& pair) { return pair.second.empty(); });
  return StandardOutput().Write(FormatPairs(pairs));
}

Status RunList(JobBook& book, const JobsArguments& given, bool as_json) {
  ARROW_ASSIGN_OR_RAISE(const Json jobs, book.List(given));
  if (as_json) {
    return PrintJobJson(jobs);
  }
  std::vector<std::vector<std::string>> rows;
  for (const Json& job : jobs) {
    rows.push_back({TextOf(job, "id"), TextOf(job, "kind"), TextOf(job, "owner"),
                    TextOf(job, "state"), PartText(job),
                    GroupedText(job.value("rows", int64_t{0})),
                    SecondsText(job, "duration_seconds"), TextOf(job, "created_at"),
                    ErrorText(job)});
  }
  return PrintTable({{"job"},
                     {"kind"},
                     {"owner"},
                     {"state"},
                     {"done"},
                     {"rows", Align::kRight},
                     {"took", Align::kRight},
                     {"created"},
                     {"error"}},
                    rows);
}

Status RunShow(JobBook& book, const JobsArguments& given, bool as_json) {
  ARROW_ASSIGN_OR_RAISE(const Json job, book.Find(given.id));
  return PrintJob(job, as_json);
}

Status RunCancel(JobBook& book, const JobsArguments& given, bool as_json) {
  ARROW_ASSIGN_OR_RAISE(const Json job, book.Cancel(given.id));
  if (as_json) {
    return PrintJobJson(job);
  }
  const std::string state = TextOf(job, "state");
  const bool goes_on = state == "queued" || state == "running";
  return StandardOutput().Write(
      (goes_on ? "Will be cancelled: " : "Has ended (" + state + "): ") + given.id +
      "\n");
}

/// Follows the job to its end and prints it; fails if it did.
Status Watch(JobBook& book, Json job, bool as_json) {
  JobLine line(!as_json);
  for (;;) {
    const std::string state = TextOf(job, "state");
    if (state != "queued" && state != "running") {
      break;
    }
    line.Show(job);
    if (Interrupted()) {
      return MakeError(ErrorCode::kCancelled,
                       "Stopped looking; the job may go on: " + TextOf(job, "id"));
    }
    std::this_thread::sleep_for(kLook);
    ARROW_ASSIGN_OR_RAISE(job, book.Find(TextOf(job, "id")));
  }
  line.Clear();
  RETURN_NOT_OK(PrintJob(job, as_json));
  RETURN_NOT_OK(StandardOutput().Flush());
  return StatusOfJob(job);
}

Status RunWatch(JobBook& book, const JobsArguments& given, bool as_json) {
  ARROW_ASSIGN_OR_RAISE(Json job, book.Find(given.id));
  return Watch(book, std::move(job), as_json);
}

Status RunRetry(JobBook& book, const JobsArguments& given, bool as_json) {
  ARROW_ASSIGN_OR_RAISE(Json job, book.Retry(given.id));
  return Watch(book, std::move(job), as_json);
}

using Run = Status (*)(JobBook&, const JobsArguments&, bool);

CLI::App* AddOne(CLI::App& parent, Invocation& invocation, const Arguments& given,
                 const std::string& name, const std::string& help, Run run) {
  CLI::App* command = parent.add_subcommand(name, help);
  AddCommonOptions(*command, invocation, "As JSON");
  AddCatalogOptions(*command, invocation, CatalogOption::kServerOnly);
  command->callback([&invocation, given, run] {
    invocation.run = [&invocation, given, run]() -> Status {
      std::unique_ptr<JobBook> book;
      if (invocation.server.empty()) {
        ARROW_ASSIGN_OR_RAISE(book, HomeJobs::Make(invocation));
      } else {
        ARROW_ASSIGN_OR_RAISE(auto api, ApiClient::Make(invocation));
        book = std::make_unique<ServerJobs>(std::move(api));
      }
      return run(*book, *given, invocation.json);
    };
  });
  return command;
}

void AddNamed(CLI::App& parent, Invocation& invocation, const Arguments& given,
              const std::string& name, const std::string& help, Run run) {
  AddOne(parent, invocation, given, name, help, run)
      ->add_option("JOB", given->id, "Its id")
      ->required();
}

}  // namespace

void AddJobsCommand(CLI::App& app, Invocation& invocation) {
  const auto given = std::make_shared<JobsArguments>();
  CLI::App* jobs =
      app.add_subcommand("jobs", "Loads, scrapes, migrations and their like");
  jobs->require_subcommand(1);
  jobs->footer(kFooter);
  CLI::App* list =
      AddOne(*jobs, invocation, given, "list", "Jobs, the newest first", RunList);
  list->add_option("--state", given->state,
                   "Only those queued, running, succeeded, failed or cancelled")
      ->type_name("STATE");
  list->add_option("--owner", given->owner, "Only this principal's")->type_name("NAME");
  list->add_option("--kind", given->kind, "Only those of this kind")->type_name("KIND");
  list->add_option("--limit", given->limit, "At most so many [50]")
      ->type_name("N")
      ->check(CLI::Range(1, 1000));
  AddNamed(*jobs, invocation, given, "show", "One job", RunShow);
  AddNamed(*jobs, invocation, given, "watch", "Follow a job to its end", RunWatch);
  AddNamed(*jobs, invocation, given, "cancel", "End a job that waits or runs", RunCancel);
  AddNamed(*jobs, invocation, given, "retry",
           "Do the same again, as a new job, and follow it", RunRetry);
}

}  // namespace tarn::cli
