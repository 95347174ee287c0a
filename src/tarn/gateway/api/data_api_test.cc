// The API on a real job manager and store, with kinds of jobs made up.
#include "tarn/gateway/api/data_api.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tarn/base/error.h"
#include "tarn/catalog/store.h"
#include "tarn/gateway/api/api_response.h"
#include "tarn/governance/authenticator.h"
#include "tarn/table/fake_table_test.h"

namespace tarn::gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

struct Answer {
  int status = 0;
  net::HttpHeaders headers;
  std::string text;
  Json body;

  std::string Header(const char* name) const {
    const std::string* value = headers.Find(name);
    return value == nullptr ? "" : *value;
  }
};

/// "Bearer ada" is ada, and so on; "root" is an administrator.
class Names final : public governance::Authenticator {
 public:
  Result<governance::Principal> Authenticate(const net::HttpRequest& request) override {
    const std::string* header = request.headers.Find("Authorization");
    if (header == nullptr || !header->starts_with("Bearer ")) {
      return MakeError(ErrorCode::kUnauthenticated, "No token");
    }
    const std::string name = header->substr(7);
    return governance::Principal{.name = name, .is_admin = name == "root"};
  }
  Result<governance::IssuedToken> SignIn(const governance::ClientCredentials&,
                                         std::string_view, std::string_view) override {
    return MakeError(ErrorCode::kNotSupported, "Not here");
  }
  Result<governance::IssuedToken> Exchange(std::string_view,
                                           const governance::ClientCredentials*,
                                           std::string_view) override {
    return MakeError(ErrorCode::kNotSupported, "Not here");
  }
};

/// Keeps what is streamed; the client may go away.
class Pieces : public net::HttpBodyWriter {
 public:
  Status Write(std::string_view bytes) override {
    const std::lock_guard lock(mutex_);
    if (is_gone_) {
      return MakeError(ErrorCode::kCancelled, "The client has gone");
    }
    text_ += bytes;
    came_.notify_all();
    return Status::OK();
  }
  void Leave() {
    const std::lock_guard lock(mutex_);
    is_gone_ = true;
  }
  std::string text() {
    const std::lock_guard lock(mutex_);
    return text_;
  }
  /// False if it did not come in time.
  bool WaitFor(const std::string& part) {
    std::unique_lock lock(mutex_);
    return came_.wait_for(lock, seconds(20),
                          [&] { return text_.find(part) != std::string::npos; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::string text_;
  bool is_gone_ = false;
};

class DataApiTest : public ::testing::Test {
 protected:
  DataApiTest()
      : directory_(
            std::filesystem::temp_directory_path() /
            ("tarn-api-" + std::to_string(::getpid()) + "-" + NewUuid(SystemRandom()))) {
    std::filesystem::create_directories(directory_);
    auto opened = catalog::OpenStore({.uri = (directory_ / "catalog.db").string()}, *io_,
                                     SystemClock(), SystemRandom());
    EXPECT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
    jobs_ = service::JobManager::Make({.documents = store_->documents(),
                                       .clock = SystemClock(),
                                       .random = SystemRandom(),
                                       .keep_interval = milliseconds(10)});
    jobs_->AddKind("copy",
                   {.run = [this](service::JobContext& job) { return Copy(job); }});
    EXPECT_TRUE(jobs_->Start().ok());
    Serve({});
  }
  ~DataApiTest() override {
    Open();
    jobs_->Stop();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  /// Waits at the gate if the request says so, and fails if it says so.
  Result<Json> Copy(service::JobContext& job) {
    const Json& request = job.job().request;
    job.Report({.rows = 5, .part = 0.5, .step = "copying"});
    if (request.value("waits", false)) {
      std::unique_lock lock(mutex_);
      while (!is_open_ && !job.cancelled()) {
        opened_.wait_for(lock, milliseconds(5));
      }
      if (job.cancelled()) {
        return MakeError(ErrorCode::kCancelled, "The copy was cancelled");
      }
    }
    if (request.value("fails", false)) {
      return MakeError(ErrorCode::kNoSuchTable, "Table does not exist: ns.none");
    }
    job.Report({.rows = 10, .part = 1});
    const bool knew = job.secrets().is_object() && job.secrets()["password"] == "pssst";
    return Json{{"rows", 10}, {"knew_secret", knew}, {"snapshot_id", 7}};
  }
  void Open() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    opened_.notify_all();
  }

  struct Setting {
    governance::Authenticator* authenticator = nullptr;
    milliseconds wait_max{20'000};
    size_t watchers_max = 2;
    SqlAccess access = {};
  };
  void Serve(const Setting& setting) {
    router_ = net::Router();
    api_ = std::make_unique<DataApi>(DataApiOptions{
        .services = {.lake = lake_, .jobs = *jobs_, .access = setting.access},
        .authenticator = setting.authenticator,
        .wait_max = setting.wait_max,
        .watchers_max = setting.watchers_max,
        .routes = {{.method = "POST",
                    .path = "/echo",
                    .handler =
                        [](const DataRequest& request) -> Result<net::HttpResponse> {
                      net::HttpResponse response{.body = DumpJson(request.body())};
                      return response;
                    }}},
        .job_routes = {{.path = "/copy",
                        .kind = "copy",
                        .order = [](const DataRequest& request) -> Result<JobOrder> {
                          if (request.body().value("is_wrong", false)) {
                            return MakeError(ErrorCode::kInvalidArgument,
                                             "table_name is missing");
                          }
                          JobOrder order{.request = request.body()};
                          if (order.request.contains("password")) {
                            order.secrets = {{"password", order.request["password"]}};
                            order.request.erase("password");
                          }
                          return order;
                        },
                        .answer =
                            [](const service::JobRecord& job) {
                              return Json{{"rows_loaded", job.result["rows"]},
                                          {"knew_secret", job.result["knew_secret"]}};
                            }}}});
    api_->AddRoutes(&router_);
  }

  net::HttpResponse Call(net::HttpRequest request) const {
    int status = 0;
    const net::Router::Route* route = router_.Match(&request, &status);
    return route == nullptr ? router_.Refuse(request, status) : route->handler(request);
  }
  static net::HttpRequest RequestOf(const std::string& method, const std::string& target,
                                    const std::string& body, const std::string& who) {
    net::HttpRequest request;
    request.method = method;
    request.request_id = "r-1";
    const size_t question = target.find('?');
    request.raw_path = "/api/v1" + target.substr(0, question);
    request.raw_query = question == std::string::npos ? "" : target.substr(question + 1);
    request.body = body;
    request.headers.Add("Content-Type", "application/json");
    if (!who.empty()) {
      request.headers.Add("Authorization", "Bearer " + who);
    }
    return request;
  }
  Answer Parse(const net::HttpResponse& response) const {
    const auto json = ParseJson(response.body, "answer");
    return {response.status, response.headers, response.body, json.ok() ? *json : Json()};
  }
  Answer Post(const std::string& target, const std::string& body = "",
              const std::string& who = "") const {
    return Parse(Call(RequestOf("POST", target, body, who)));
  }
  Answer Get(const std::string& target, const std::string& who = "") const {
    return Parse(Call(RequestOf("GET", target, "", who)));
  }
  /// Of a job that waits at the gate.
  std::string StartWaiting(const std::string& who = "") const {
    const Answer answer = Post("/copy", R"({"waits": true, "async": true})", who);
    EXPECT_EQ(answer.status, 202) << answer.text;
    return answer.body.value("id", "");
  }
  std::string End(const std::string& id) const {
    const auto job = jobs_->Wait(id, seconds(20));
    return job.ok() ? std::string(service::JobStateName(job->state))
                    : job.status().ToString();
  }

  std::filesystem::path directory_;
  std::unique_ptr<io::FileIO> io_ = io::MakeFileIO({});
  std::unique_ptr<catalog::Store> store_;
  table::FakeTable table_;
  Config config_;
  service::Lake lake_{
      .warehouses = {{.name = "lake", .location = "/w", .context = table_.context}},
      .engine = nullptr,
      .files = *io_,
      .config = config_,
      .clock = SystemClock(),
      .random = SystemRandom(),
      .work_directory = directory_.string()};
  std::unique_ptr<service::JobManager> jobs_;
  net::Router router_;
  std::unique_ptr<DataApi> api_;
  std::mutex mutex_;
  std::condition_variable opened_;
  bool is_open_ = false;
};

TEST_F(DataApiTest, ACallWaitsForItsJob) {
  const Answer answer = Post("/copy", "{}");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body["status"], "success");
  EXPECT_EQ(answer.body["rows_loaded"], 10);
  EXPECT_EQ(answer.body["knew_secret"], false);
  const Answer job = Get("/jobs/" + answer.body.value("job_id", ""));
  EXPECT_EQ(job.status, 200);
  EXPECT_EQ(job.body["state"], "succeeded");
  EXPECT_EQ(job.body["rows"], 10);
  EXPECT_EQ(job.body["snapshot_id"], "7");
  EXPECT_EQ(job.body["owner"], "anonymous");
}

TEST_F(DataApiTest, AskedSoItAnswersAtOnce) {
  net::HttpRequest preferred = RequestOf("POST", "/copy", R"({"waits": true})", "");
  preferred.headers.Add("Prefer", "respond-async");
  for (const Answer& answer :
       {Post("/copy", R"({"waits": true, "async": true})"), Parse(Call(preferred))}) {
    EXPECT_EQ(answer.status, 202);
    const std::string id = answer.body.value("id", "");
    EXPECT_EQ(answer.Header("Location"), "/api/v1/jobs/" + id);
    EXPECT_FALSE(answer.body["request"].contains("async"));
    EXPECT_EQ(Get("/jobs/" + id).body["error"], nullptr);
  }
  EXPECT_EQ(Post("/copy", R"({"async": "yes"})").status, 400);
}

TEST_F(DataApiTest, WhatTakesTooLongIsAnswered202) {
  net::HttpRequest patient = RequestOf("POST", "/copy", R"({"waits": true})", "");
  patient.headers.Add("Prefer", "respond-async, wait=0");
  EXPECT_EQ(Call(patient).status, 202);
  Serve({.wait_max = milliseconds(1)});
  EXPECT_EQ(Post("/copy", R"({"waits": true})").status, 202);
}

TEST_F(DataApiTest, AServerThatEndsKeepsNobodyWaiting) {
  api_->Drain(milliseconds(0));
  EXPECT_EQ(Post("/copy", R"({"waits": true})").status, 202);
}

TEST_F(DataApiTest, AFailedJobAnswersWithItsError) {
  const Answer answer = Post("/copy", R"({"fails": true})");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.body["status"], "error");
  EXPECT_EQ(answer.body["code"], "NO_SUCH_TABLE");
  for (const char* member : {"message", "error", "detail"}) {
    EXPECT_EQ(answer.body[member], "Table does not exist: ns.none");
  }
  EXPECT_EQ(answer.body["request_id"], "r-1");
  const Answer job = Get("/jobs/" + answer.body.value("job_id", ""));
  EXPECT_EQ(job.body["state"], "failed");
  EXPECT_EQ(job.body["error"]["code"], "NO_SUCH_TABLE");
}

TEST_F(DataApiTest, AJobsErrorIsThatOfTheCallThatWaits) {
  const Json answer = Post("/copy", R"({"fails": true})").body;
  EXPECT_EQ(Get("/jobs/" + answer.value("job_id", "")).body["error"], answer);
}

TEST(ApiErrors, AllSayWhatToDo) {
  for (const ErrorInfo& info : AllErrors()) {
    const Json body = ApiErrorBody(MakeError(info.code, "It failed"), "");
    EXPECT_GT(body["hint"].get<std::string>().size(), 15U) << info.name;
    EXPECT_EQ(body["status_code"], info.http_status);
    EXPECT_FALSE(body.contains("request_id"));
  }
}

TEST_F(DataApiTest, WrongRequestsMakeNoJob) {
  EXPECT_EQ(Post("/copy", R"({"isWrong": true})").body["message"],
            "table_name is missing");
  EXPECT_EQ(Post("/copy", "{").status, 400);
  net::HttpRequest text = RequestOf("POST", "/copy", "{}", "");
  text.headers.Set("Content-Type", "text/plain");
  EXPECT_EQ(Parse(Call(text)).body["code"], "UNSUPPORTED_MEDIA_TYPE");
  net::HttpRequest foreign = RequestOf("POST", "/copy", "{}", "");
  foreign.headers.Add("Sec-Fetch-Site", "cross-site");
  EXPECT_EQ(Call(foreign).status, 403);
  EXPECT_EQ(Get("/jobs").body["count"], 0);
}

TEST_F(DataApiTest, HandlersSeeOneDialect) {
  EXPECT_EQ(Post("/echo", R"({"tableName": 1, "params": {"aB": 2}})").body,
            Json::parse(R"({"table_name": 1, "params": {"aB": 2}})"));
}

TEST_F(DataApiTest, WhatIsNotThereIsSaidInTheSameWay) {
  for (const auto& [answer, status, code] :
       {std::tuple(Get("/nothing"), 404, "NO_SUCH_ENDPOINT"),
        std::tuple(Get("/copy"), 405, "METHOD_NOT_ALLOWED"),
        std::tuple(Get("/jobs/none"), 404, "NO_SUCH_JOB")}) {
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(answer.body["code"], code);
    EXPECT_EQ(answer.body["status"], "error");
  }
}

TEST_F(DataApiTest, SecretsAreInNoRecord) {
  const Answer answer = Post("/copy", R"({"password": "pssst"})");
  EXPECT_EQ(answer.body["knew_secret"], true);
  const std::string id = answer.body.value("job_id", "");
  EXPECT_THAT(Get("/jobs/" + id).text, Not(HasSubstr("pssst")));
  const auto kept = store_->documents().List("job", {});
  ASSERT_TRUE(kept.ok());
  ASSERT_EQ(kept->size(), 1);
  EXPECT_THAT(kept->front().text, Not(HasSubstr("pssst")));
  const Answer retried = Post("/jobs/" + id + "/retry");
  EXPECT_EQ(retried.status, 400);
  EXPECT_THAT(retried.text, HasSubstr("never written down"));
}

TEST_F(DataApiTest, JobsAreCancelledAndDoneAgain) {
  for (const char* how : {"POST", "DELETE"}) {
    const std::string id = StartWaiting();
    const std::string path =
        "/jobs/" + id + (std::string(how) == "POST" ? "/cancel" : "");
    const Answer cancelled = Parse(Call(RequestOf(how, path, "", "")));
    EXPECT_TRUE(cancelled.status == 200 || cancelled.status == 202);
    EXPECT_EQ(cancelled.body["cancel_is_asked"], true);
    EXPECT_EQ(End(id), "cancelled");
    EXPECT_EQ(Parse(Call(RequestOf(how, path, "", ""))).status, 200);
  }
  const std::string id = Post("/copy", R"({"fails": true})").body.value("job_id", "");
  const Answer retried = Post("/jobs/" + id + "/retry");
  EXPECT_EQ(retried.status, 202);
  EXPECT_EQ(retried.body["retry_of"], id);
  EXPECT_EQ(End(retried.body.value("id", "")), "failed");
  EXPECT_EQ(Post("/jobs/none/retry").status, 404);
}

TEST_F(DataApiTest, AJobIsDoneAgainOnlyByWhoMayStillAskForIt) {
  const std::string id = Post("/copy", R"({"fails": true})").body.value("job_id", "");
  Serve({.access = {.server = ServerAccess::kNobody}});
  const Answer refused = Post("/jobs/" + id + "/retry");
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.text, HasSubstr("ask an administrator"));
  EXPECT_EQ(Get("/jobs").body["count"], 1);
}

TEST_F(DataApiTest, AJobCancelledWhileSomebodyWaitsSaysSo) {
  std::thread canceller([this] {
    const auto until = std::chrono::steady_clock::now() + seconds(20);
    while (std::chrono::steady_clock::now() < until) {
      const Json jobs = Get("/jobs?state=running").body["jobs"];
      if (!jobs.empty()) {
        Post("/jobs/" + jobs[0].value("id", "") + "/cancel");
        return;
      }
    }
  });
  const Answer answer = Post("/copy", R"({"waits": true})");
  canceller.join();
  EXPECT_EQ(answer.status, 499);
  EXPECT_EQ(answer.body["code"], "CANCELLED");
}

TEST_F(DataApiTest, PrincipalsSeeTheirOwnJobs) {
  Names names;
  Serve({.authenticator = &names});
  EXPECT_EQ(Get("/jobs").status, 401);
  EXPECT_EQ(Get("/jobs").Header("WWW-Authenticate"), "Bearer realm=\"tarn\"");
  EXPECT_EQ(Post("/copy", "{}").status, 401);
  const std::string ada = StartWaiting("ada");
  const std::string bob = StartWaiting("bob");
  EXPECT_EQ(Get("/jobs", "ada").body["jobs"][0]["id"], ada);
  EXPECT_EQ(Get("/jobs", "ada").body["count"], 1);
  EXPECT_EQ(Get("/jobs", "root").body["count"], 2);
  EXPECT_EQ(Get("/jobs?owner=bob", "root").body["jobs"][0]["id"], bob);
  EXPECT_EQ(Get("/jobs?owner=bob", "ada").status, 403);
  for (const char* what : {"", "/events"}) {
    EXPECT_EQ(Get("/jobs/" + bob + what, "ada").status, 404);
  }
  EXPECT_EQ(Post("/jobs/" + bob + "/cancel", "", "ada").status, 404);
  EXPECT_EQ(Get("/jobs/" + bob, "bob").body["cancel_is_asked"], false);
  EXPECT_EQ(Post("/jobs/" + bob + "/cancel", "", "root").body["cancel_is_asked"], true);
}

TEST_F(DataApiTest, ListsHavePages) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    ids.push_back(
        Post("/copy", i % 2 == 0 ? "{}" : R"({"fails": true})").body.value("job_id", ""));
  }
  std::ranges::sort(ids);  // ids of one millisecond are in no order of their own
  std::vector<std::string> listed;
  std::string before;
  do {
    const Answer page = Get("/jobs?limit=2&before=" + before);
    for (const Json& job : page.body["jobs"]) {
      listed.insert(listed.begin(), job.value("id", ""));
    }
    before = page.body["next_before"].is_null() ? "" : page.body.value("next_before", "");
  } while (!before.empty());
  EXPECT_EQ(listed, ids);
  EXPECT_EQ(Get("/jobs?state=failed").body["count"], 2);
  EXPECT_EQ(Get("/jobs?kind=copy").body["count"], 5);
  EXPECT_EQ(Get("/jobs?kind=load").body["count"], 0);
  EXPECT_EQ(Get("/jobs?state=odd").status, 400);
  for (const char* limit : {"0", "1001", "x", "-1"}) {
    EXPECT_EQ(Get(std::string("/jobs?limit=") + limit).status, 400) << limit;
  }
}

TEST_F(DataApiTest, EventsTellAJobUntilItsEnd) {
  const std::string id = StartWaiting();
  const net::HttpResponse response =
      Call(RequestOf("GET", "/jobs/" + id + "/events", "", ""));
  ASSERT_TRUE(response.stream);
  EXPECT_EQ(*response.headers.Find("Content-Type"), "text/event-stream");
  Pieces pieces;
  std::thread watcher([&] { EXPECT_TRUE(response.stream(pieces).ok()); });
  EXPECT_TRUE(pieces.WaitFor("event: progress\ndata: {"));
  Open();
  watcher.join();
  const std::string text = pieces.text();
  EXPECT_THAT(text, HasSubstr("event: ended\ndata: {"));
  EXPECT_THAT(text, HasSubstr("\"state\":\"succeeded\""));

  // Who has seen the end is told not to come again.
  const size_t last = text.rfind("id: ") + 4;
  net::HttpRequest again = RequestOf("GET", "/jobs/" + id + "/events", "", "");
  again.headers.Add("Last-Event-ID", text.substr(last, text.find('\n', last) - last));
  EXPECT_EQ(Call(again).status, 204);
}

TEST_F(DataApiTest, EventsOfAllTellNewJobsAndTheirEnds) {
  Post("/copy", "{}");  // has ended before
  const std::string first = StartWaiting();
  const net::HttpResponse response = Call(RequestOf("GET", "/jobs/events", "", ""));
  Pieces pieces;
  std::thread watcher([&] { EXPECT_TRUE(response.stream(pieces).ok()); });
  EXPECT_TRUE(pieces.WaitFor(first));
  const std::string second = Post("/copy", "{}").body.value("job_id", "");
  EXPECT_TRUE(pieces.WaitFor(second));
  Open();
  EXPECT_TRUE(pieces.WaitFor("event: ended"));
  api_->Drain(milliseconds(0));
  watcher.join();
  EXPECT_EQ(pieces.text().find("\"fails\""), std::string::npos);
}

TEST_F(DataApiTest, WatchersAreFewAndLeaveTheirPlaces) {
  const std::string id = StartWaiting();
  const auto watch = [&] {
    return Call(RequestOf("GET", "/jobs/" + id + "/events", "", ""));
  };
  {
    const net::HttpResponse first = watch();
    const net::HttpResponse second = watch();
    const net::HttpResponse third = watch();
    EXPECT_EQ(second.status, 200);
    EXPECT_EQ(third.status, 429);
    Pieces gone;
    gone.Leave();
    EXPECT_FALSE(first.stream(gone).ok());
  }
  EXPECT_EQ(watch().status, 200);
}

TEST_F(DataApiTest, TablesAreListedWithTheirRows) {
  ASSERT_OK(table_.Create());
  ASSERT_OK(
      table_.Append({table_.NewFile(int32_t{1}, 10), table_.NewFile(int32_t{2}, 5)}));
  const Answer list = Get("/tables/ns");
  EXPECT_EQ(list.body["tables"], Json::array({"t"}));
  EXPECT_EQ(list.body["count"], 1);
  EXPECT_EQ(list.body["namespace"], "ns");
  EXPECT_EQ(Get("/tables/ns/t/count").body["row_count"], 15);
  EXPECT_EQ(Get("/tables/ns/t/count").body["table"], "ns.t");
  const Json metadata = Get("/tables/ns/t/metadata").body;
  EXPECT_EQ(metadata["table_name"], "t");
  EXPECT_EQ(metadata["schema"], "id BIGINT, day DATE");
  EXPECT_EQ(metadata["partition_spec"], "PARTITION BY day");
  EXPECT_EQ(metadata["partitions"], metadata["partition_spec"]);
  EXPECT_EQ(metadata["snapshots"], 1);
  EXPECT_EQ(metadata["current_snapshot"], table_.Metadata()->current_snapshot_id->value);
  EXPECT_EQ(metadata["current_snapshot_id"], metadata["current_snapshot"]);
  EXPECT_EQ(metadata["row_count"], "15");
  EXPECT_EQ(Get("/tables/ns/none/count").body["code"], "NO_SUCH_TABLE");
  EXPECT_EQ(Get("/tables/ns?warehouse=other").body["code"], "NO_SUCH_WAREHOUSE");
  EXPECT_EQ(Get("/tables/ns?warehouse=lake").status, 200);
}

TEST_F(DataApiTest, ATableWithoutASnapshotHasNoRows) {
  ASSERT_OK(table_.Create());
  EXPECT_EQ(Get("/tables/ns/t/count").body["row_count"], 0);
}

TEST_F(DataApiTest, TheDescriptionHasEveryCall) {
  const Json document = api_->Describe({{"openapi", "3.1.0"}, {"paths", Json::object()}});
  const Json& copy = document["paths"]["/api/v1/copy"]["post"];
  EXPECT_EQ(copy["operationId"], "postCopy");
  for (const char* status : {"200", "202", "default"}) {
    EXPECT_TRUE(copy["responses"].contains(status)) << status;
  }
  EXPECT_TRUE(document["paths"]["/api/v1/jobs/{id}"].contains("delete"));
  EXPECT_TRUE(document["paths"].contains("/api/v1/tables/{namespace}/{table}/count"));
}

}  // namespace
}  // namespace tarn::gateway
