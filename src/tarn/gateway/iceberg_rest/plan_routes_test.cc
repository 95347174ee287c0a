#include <algorithm>
#include <future>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/gateway/iceberg_rest/internal/client_scan.h"
#include "tarn/gateway/iceberg_rest/plan_store.h"
#include "tarn/gateway/iceberg_rest/rest_caller_test.h"
#include "tarn/table/delta_files_test.h"

namespace tarn::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

constexpr char kPlan[] = "/namespaces/ns/tables/t/plan";
constexpr char kTasks[] = "/namespaces/ns/tables/t/tasks";

/// A table with its files in a fake catalog, and two servers on it.
class PlanRoutesTest : public ::testing::Test {
 protected:
  RestCatalogOptions Options() {
    return {.warehouses = {{.name = "lake",
                            .location = "/warehouse",
                            .context = table_.context,
                            .services = {.settings = &settings_}}}};
  }

  RestAnswer Plan(const std::string& body) { return rest_.Call("POST", kPlan, body); }
  static std::vector<std::string> FilesOf(const Json& body) {
    std::vector<std::string> files;
    for (const Json& task : body["file-scan-tasks"]) {
      files.push_back(task["data-file"]["file-path"]);
    }
    return files;
  }
  static std::string Task(const std::string& name) {
    return Json{{"plan-task", name}}.dump();
  }
  int64_t HeadId() { return table_.Metadata()->current_snapshot_id->value; }

  table::FakeTable table_;
  MemorySettings settings_;
  RestCaller rest_{Options()};
};

TEST_F(PlanRoutesTest, AnEmptyTableIsPlannedToNothing) {
  ASSERT_OK(table_.Create());
  const RestAnswer answer = Plan("{}");
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(answer.body["status"], "completed");
  EXPECT_TRUE(answer.body["plan-id"].is_string());
  EXPECT_TRUE(answer.body["file-scan-tasks"].empty());
  EXPECT_FALSE(answer.body.contains("plan-tasks"));
}

TEST_F(PlanRoutesTest, APlanThatWasAnsweredWholeCanBeFetchedAllTheSame) {
  ASSERT_OK(table_.Create());
  ASSERT_OK(table_.Append({table_.NewFile(int32_t{1})}));
  const RestAnswer answer = Plan("{}");
  ASSERT_EQ(FilesOf(answer.body).size(), 1U) << answer.text;
  const std::string path =
      std::string(kPlan) + "/" + answer.body["plan-id"].get<std::string>();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(rest_.Call("GET", path).body, answer.body);
  }
}

TEST_F(PlanRoutesTest, FilesAreAsTheSpecificationWritesThem) {
  ASSERT_OK(table_.Create());
  iceberg::DataFile file = table_.NewFile(int32_t{19723}, 10, 100);
  file.split_offsets = {4, 50};
  ASSERT_OK(table_.Append({file}));
  const RestAnswer answer = Plan(R"({"stats-fields": ["id"], "filter": {"type": "and",
               "left": {"type": "eq", "term": "day", "value": "2024-01-01"},
               "right": {"type": "gt", "term": "id", "value": 104}}})");
  ASSERT_EQ(answer.status, 200) << answer.text;
  ASSERT_EQ(answer.body["file-scan-tasks"].size(), 1U);
  const Json& task = answer.body["file-scan-tasks"][0];
  EXPECT_EQ(task["data-file"], Json::parse(R"({
      "spec-id": 0, "content": "data", "file-path": "/warehouse/t/data/0.parquet",
      "file-format": "parquet", "partition": ["2024-01-01"], "file-size-in-bytes": 100,
      "record-count": 10, "split-offsets": [4, 50],
      "value-counts": {"keys": [1], "values": [10]},
      "null-value-counts": {"keys": [1], "values": [0]},
      "lower-bounds": {"keys": [1], "values": ["6400000000000000"]},
      "upper-bounds": {"keys": [1], "values": ["6D00000000000000"]}})"));
  // The partition decides about the day.
  EXPECT_EQ(task["residual-filter"],
            Json::parse(R"({"type": "gt", "term": "id", "value": 104})"));
  EXPECT_FALSE(task.contains("delete-file-references"));
  const Json plain = Plan("{}").body["file-scan-tasks"][0];
  EXPECT_FALSE(plain["data-file"].contains("lower-bounds"));
  EXPECT_EQ(plain["residual-filter"], true);
}

TEST_F(PlanRoutesTest, DeletesAreReferredToByTheirTasks) {
  ASSERT_OK(table_.Create({{"format-version", "3"}}));
  const iceberg::DataFile first = table_.NewFile(int32_t{1});
  const iceberg::DataFile second = table_.NewFile(int32_t{1});
  const iceberg::DataFile other = table_.NewFile(int32_t{2});
  ASSERT_OK(table_.Append({first, second, other}));
  table::WriteRequest request = table_.Request({}, table::WriteMode::kRowDelta);
  request.delete_files = {table::NewVector(table_, second),
                          table::NewEqualityDeletes(table_, int32_t{1})};
  ASSERT_OK(table::Write(table_.context, request));
  const RestAnswer answer = Plan("{}");
  ASSERT_EQ(answer.status, 200) << answer.text;
  const Json& deletes = answer.body["delete-files"];
  ASSERT_EQ(deletes.size(), 2U) << answer.text;
  for (const Json& task : answer.body["file-scan-tasks"]) {
    std::set<std::string> contents;
    for (const Json& index : task.value("delete-file-references", Json::array())) {
      const Json& file = deletes[index.get<size_t>()];
      contents.insert(file["content"]);
      if (file["content"] == "position-deletes") {
        EXPECT_EQ(file["file-format"], "puffin");
        EXPECT_EQ(file["content-offset"], 4);
        EXPECT_EQ(file["content-size-in-bytes"], 20);
        EXPECT_EQ(file["referenced-data-file"], second.file_path);
      } else {
        EXPECT_EQ(file["equality-ids"], Json::parse("[1]"));
      }
    }
    const std::string path = task["data-file"]["file-path"];
    SCOPED_TRACE(path);
    if (path == second.file_path) {
      EXPECT_THAT(contents, UnorderedElementsAre("position-deletes", "equality-deletes"));
    } else if (path == first.file_path) {
      EXPECT_THAT(contents, UnorderedElementsAre("equality-deletes"));
    } else {
      EXPECT_TRUE(contents.empty());
    }
  }
  // Only what the tasks of an answer refer to.
  const Json filtered =
      Plan(R"({"filter": {"type": "eq", "term": "day", "value": 2}})").body;
  EXPECT_THAT(FilesOf(filtered), ElementsAre(other.file_path));
  EXPECT_TRUE(filtered["delete-files"].empty());
}

TEST_F(PlanRoutesTest, SnapshotsAndWhatWasAppendedBetweenThem) {
  ASSERT_OK(table_.Create());
  std::vector<int64_t> ids;
  for (int32_t i = 0; i < 3; ++i) {
    ASSERT_OK(table_.Append({table_.NewFile(i)}));
    ids.push_back(HeadId());
  }
  const auto files = [&](const Json& body) { return FilesOf(Plan(body.dump()).body); };
  EXPECT_EQ(files({{"snapshot-id", ids[1]}}).size(), 2U);
  EXPECT_EQ(files({{"snapshot-id", ids[1]}, {"use-snapshot-schema", true}}).size(), 2U);
  EXPECT_THAT(files({{"start-snapshot-id", ids[0]}, {"end-snapshot-id", ids[1]}}),
              ElementsAre("/warehouse/t/data/1.parquet"));
  EXPECT_THAT(
      files({{"start-snapshot-id", ids[0]}, {"end-snapshot-id", ids[2]}}),
      UnorderedElementsAre("/warehouse/t/data/1.parquet", "/warehouse/t/data/2.parquet"));
  EXPECT_EQ(files({{"min-rows-requested", 15}}).size(), 2U);
  EXPECT_EQ(files({{"min-rows-requested", 1000}}).size(), 3U);
}

TEST_F(PlanRoutesTest, Trap_AFilterThatIsNotUnderstoodIsHandedBack) {
  ASSERT_OK(table_.Create());
  ASSERT_OK(table_.Append({table_.NewFile(int32_t{1}), table_.NewFile(int32_t{2})}));
  const Json filter = Json::parse(R"({"type": "not", "child":
      {"type": "st-within", "term": "id", "value": 5}})");
  const RestAnswer answer = Plan(Json{{"filter", filter}}.dump());
  ASSERT_EQ(answer.status, 200) << answer.text;
  ASSERT_EQ(answer.body["file-scan-tasks"].size(), 2U);
  EXPECT_EQ(answer.body["file-scan-tasks"][0]["residual-filter"], filter);
}

TEST_F(PlanRoutesTest, WrongRequestsAreRefused) {
  ASSERT_OK(table_.Create());
  ASSERT_OK(table_.Append({table_.NewFile(int32_t{1})}));
  const char* const refused[] = {
      "[]",
      "{",
      R"({"snapshot-id": "x"})",
      R"({"snapshot-id": 5})",
      R"({"start-snapshot-id": 5})",
      R"({"snapshot-id": 1, "start-snapshot-id": 5, "end-snapshot-id": 6})",
      R"({"start-snapshot-id": 5, "end-snapshot-id": 6})",
      R"({"filter": null})",
      R"({"filter": {"type": "eq"}})",
      R"({"filter": {"type": "eq", "term": "gone", "value": 1}})",
      R"({"select": "id"})",
      R"({"case-sensitive": 1})",
      R"({"min-rows-requested": -1})",
  };
  for (const char* body : refused) {
    SCOPED_TRACE(body);
    const RestAnswer answer = Plan(body);
    EXPECT_EQ(answer.status, 400) << answer.text;
    EXPECT_FALSE(answer.ErrorType().empty());
  }
  EXPECT_EQ(rest_.Call("POST", "/namespaces/ns/tables/none/plan", "{}").ErrorType(),
            "NoSuchTableException");
  EXPECT_EQ(rest_.Call("POST", "/namespaces/no/tables/t/plan", "{}").status, 404);
  EXPECT_EQ(Plan(R"({"filter": {"type": "is-null", "term": "ID"}})").status, 400);
  EXPECT_EQ(Plan(R"({"filter": {"type": "is-null", "term": "ID"},
                     "case-sensitive": false})")
                .status,
            200);
}

/// More files than one answer holds.
class LargePlanTest : public PlanRoutesTest {
 protected:
  static constexpr int32_t kFiles = 2500;

  void SetUp() override {
    ASSERT_OK(table_.Create());
    std::vector<iceberg::DataFile> files;
    for (int32_t i = 0; i < kFiles; ++i) {
      files.push_back(table_.NewFile(i));
    }
    ASSERT_OK(table_.Append(std::move(files)));
  }
};

TEST_F(LargePlanTest, PagesOfTasksMakeUpTheWhole) {
  const RestAnswer answer = Plan("{}");
  ASSERT_EQ(answer.status, 200);
  std::vector<std::string> files = FilesOf(answer.body);
  EXPECT_EQ(files.size(), 1000U);
  const auto tasks = answer.body["plan-tasks"].get<std::vector<std::string>>();
  ASSERT_EQ(tasks.size(), 2U);
  // The files of a plan stay those of its snapshot.
  ASSERT_OK(table_.Append({table_.NewFile(int32_t{1})}));
  RestCaller other(Options());  // another server, which has not planned it
  for (const std::string& task : tasks) {
    const RestAnswer page = rest_.Call("POST", kTasks, Task(task));
    ASSERT_EQ(page.status, 200) << page.text;
    EXPECT_FALSE(page.body.contains("status"));
    EXPECT_EQ(other.Call("POST", kTasks, Task(task)).text, page.text);
    for (std::string& file : FilesOf(page.body)) {
      files.push_back(std::move(file));
    }
  }
  EXPECT_EQ(files.size(), static_cast<size_t>(kFiles));
  EXPECT_EQ(std::set<std::string>(files.begin(), files.end()).size(), files.size());
  const std::string id = answer.body["plan-id"];
  const RestAnswer again = rest_.Call("GET", std::string(kPlan) + "/" + id);
  EXPECT_EQ(again.text, answer.text);
}

TEST_F(LargePlanTest, Trap_TasksOfOthersAndInventedOnesAreUnknown) {
  const RestAnswer answer = Plan("{}");
  const std::string id = answer.body["plan-id"];
  for (const std::string& name :
       {std::string("missing-plan-task"), id, id + ".0", id + ".3", id + ".x", id + ".-1",
        id + ".1 ", std::string("00000000-0000-4000-8000-000000000000.1"),
        std::string(".1"), std::string()}) {
    SCOPED_TRACE(name);
    const RestAnswer task = rest_.Call("POST", kTasks, Task(name));
    EXPECT_EQ(task.status, 404);
    EXPECT_EQ(task.ErrorType(), "NoSuchPlanTaskException");
  }
  EXPECT_EQ(rest_.Call("POST", kTasks, "{}").status, 400);
  // A task belongs to its table.
  iceberg::TableIdent other{table_.ident.ns, "other"};
  table::WriteRequest request;
  request.ident = other;
  ASSERT_OK_AND_ASSIGN(request.create, table_.Describe());
  ASSERT_OK(table::Write(table_.context, request));
  EXPECT_EQ(rest_.Call("POST", "/namespaces/ns/tables/other/tasks", Task(id + ".1"))
                .ErrorType(),
            "NoSuchPlanTaskException");
  EXPECT_EQ(rest_.Call("GET", "/namespaces/ns/tables/other/plan/" + id).ErrorType(),
            "NoSuchPlanIdException");
}

TEST_F(LargePlanTest, ACancelledPlanIsOver) {
  const RestAnswer answer = Plan("{}");
  const std::string path =
      std::string(kPlan) + "/" + answer.body["plan-id"].get<std::string>();
  const std::string task = answer.body["plan-tasks"][0];
  EXPECT_EQ(rest_.Call("DELETE", path).status, 204);
  EXPECT_EQ(rest_.Call("GET", path).body["status"], "cancelled");
  EXPECT_EQ(rest_.Call("POST", kTasks, Task(task)).ErrorType(),
            "NoSuchPlanTaskException");
  EXPECT_EQ(RestCaller(Options()).Call("GET", path).ErrorType(), "NoSuchPlanIdException");
  EXPECT_EQ(rest_.Call("DELETE", std::string(kPlan) + "/none").ErrorType(),
            "NoSuchPlanIdException");
}

TEST_F(LargePlanTest, PlansEnd) {
  const RestAnswer answer = Plan("{}");
  const std::string path =
      std::string(kPlan) + "/" + answer.body["plan-id"].get<std::string>();
  EXPECT_EQ(rest_.Call("GET", path).status, 200);
  table_.clock.Advance(std::chrono::hours(2));
  EXPECT_EQ(rest_.Call("GET", path).ErrorType(), "NoSuchPlanIdException");
}

/// The store itself, with planners of its own.
class PlanStoreTest : public ::testing::Test {
 protected:
  using Planned = PlanStore::Planned;

  static PlanStore::Planner Gives(size_t bytes, int* calls = nullptr) {
    return [bytes, calls](std::stop_token) -> Result<Planned> {
      if (calls != nullptr) {
        ++*calls;
      }
      auto planned = std::make_shared<internal::PlannedScan>();
      planned->bytes = bytes;
      return planned;
    };
  }

  testing::FakeClock clock_;
  testing::SeededRandom random_{3};
  MemorySettings settings_;
  const PlanOwner owner_{"lake", {{{"ns"}}, "t"}, "ada"};
};

TEST_F(PlanStoreTest, SlowPlansAreSubmittedAndPolled) {
  PlanStore store({.wait_max = std::chrono::milliseconds(1)}, clock_, random_, nullptr);
  std::promise<void> go;
  const PlanStore::Planner slow = [&](std::stop_token) -> Result<Planned> {
    go.get_future().wait();
    return std::make_shared<internal::PlannedScan>();
  };
  ASSERT_OK_AND_ASSIGN(const auto begun, store.Begin(owner_, Json::object(), slow));
  EXPECT_EQ(begun.state, PlanStore::State::kPlanning);
  go.set_value();
  ASSERT_OK_AND_ASSIGN(const auto done, store.Continue(owner_, begun.id, Gives(1),
                                                       std::chrono::seconds(30)));
  EXPECT_EQ(done.state, PlanStore::State::kCompleted);
  EXPECT_EQ(store.usage().planned, 1);
}

TEST_F(PlanStoreTest, CancellingStopsTheWork) {
  PlanStore store({.wait_max = std::chrono::milliseconds(1)}, clock_, random_, nullptr);
  std::promise<void> started;
  std::promise<void> stopped;
  const PlanStore::Planner endless = [&](std::stop_token stop) -> Result<Planned> {
    started.set_value();
    while (!stop.stop_requested()) {
      std::this_thread::yield();
    }
    stopped.set_value();
    return MakeError(ErrorCode::kCancelled, "stopped");
  };
  ASSERT_OK_AND_ASSIGN(const auto begun, store.Begin(owner_, Json::object(), endless));
  started.get_future().wait();  // one that never began has nothing to stop
  ASSERT_OK(store.Cancel(owner_, begun.id));
  stopped.get_future().wait();
  ASSERT_OK_AND_ASSIGN(const auto after, store.Continue(owner_, begun.id, Gives(1),
                                                        std::chrono::seconds(1)));
  EXPECT_EQ(after.state, PlanStore::State::kCancelled);
}

TEST_F(PlanStoreTest, ResultsStayWithinTheirBudgetAndAreMadeAgain) {
  PlanStore store({.results_bytes_max = 250}, clock_, random_, nullptr);
  int calls = 0;
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    ASSERT_OK_AND_ASSIGN(const auto plan,
                         store.Begin(owner_, Json{{"n", i}}, Gives(100, &calls)));
    ids.push_back(plan.id);
  }
  EXPECT_EQ(store.usage().results_bytes, 200U);
  ASSERT_OK_AND_ASSIGN(
      const auto first,
      store.Continue(owner_, ids[0], Gives(100, &calls), std::chrono::seconds(30)));
  EXPECT_EQ(first.state, PlanStore::State::kCompleted);
  EXPECT_EQ(calls, 6);
  EXPECT_LE(store.usage().results_bytes, 250U);
  // One that is larger than the budget is kept while it is the newest.
  ASSERT_OK_AND_ASSIGN(const auto large,
                       store.Begin(owner_, Json::object(), Gives(1000, &calls)));
  EXPECT_EQ(store.usage().results_bytes, 1000U);
  ASSERT_OK(store.Cancel(owner_, large.id));
  EXPECT_EQ(store.usage().results_bytes, 0U);
}

TEST_F(PlanStoreTest, AReleasedResultIsMadeAgain) {
  PlanStore store({}, clock_, random_, nullptr);
  int calls = 0;
  ASSERT_OK_AND_ASSIGN(const auto plan,
                       store.Begin(owner_, Json::object(), Gives(100, &calls)));
  store.Release(plan.id);
  store.Release(plan.id);
  store.Release("none");
  EXPECT_EQ(store.usage().results_bytes, 0U);
  EXPECT_EQ(store.usage().plans, 1U);
  ASSERT_OK_AND_ASSIGN(
      const auto again,
      store.Continue(owner_, plan.id, Gives(100, &calls), std::chrono::seconds(30)));
  EXPECT_EQ(again.state, PlanStore::State::kCompleted);
  EXPECT_EQ(calls, 2);
}

TEST_F(PlanStoreTest, FailuresAreToldAndTheNumberOfPlansIsBounded) {
  PlanStore store({.plans_max = 3}, clock_, random_, nullptr);
  const PlanStore::Planner fails = [](std::stop_token) -> Result<Planned> {
    return MakeError(ErrorCode::kNoSuchColumn, "no such column");
  };
  ASSERT_OK_AND_ASSIGN(const auto failed, store.Begin(owner_, Json::object(), fails));
  EXPECT_EQ(failed.state, PlanStore::State::kFailed);
  EXPECT_EQ(CodeOf(failed.failure), ErrorCode::kNoSuchColumn);
  for (int i = 0; i < 5; ++i) {
    ASSERT_OK(store.Begin(owner_, Json::object(), Gives(1)));
  }
  EXPECT_EQ(store.usage().plans, 3U);
  EXPECT_EQ(CodeOf(store.RequestOf(owner_, failed.id).status()), ErrorCode::kNoSuchPlan);
}

TEST_F(PlanStoreTest, OnlyTheOwnerAndOtherServersOfTheStoreKnowAPlan) {
  PlanStore store({}, clock_, random_, &settings_);
  PlanStore other({}, clock_, random_, &settings_);
  ASSERT_OK_AND_ASSIGN(const auto plan, store.Begin(owner_, Json{{"n", 1}}, Gives(1)));
  EXPECT_EQ(CodeOf(other.RequestOf(owner_, plan.id).status()), ErrorCode::kNoSuchPlan);
  ASSERT_OK(store.Share(plan.id));
  ASSERT_OK_AND_ASSIGN(const Json request, other.RequestOf(owner_, plan.id));
  EXPECT_EQ(request["n"], 1);
  PlanOwner eve = owner_;
  eve.principal = "eve";
  EXPECT_EQ(CodeOf(store.RequestOf(eve, plan.id).status()), ErrorCode::kNoSuchPlan);
  EXPECT_EQ(
      CodeOf(PlanStore({}, clock_, random_, &settings_).RequestOf(eve, plan.id).status()),
      ErrorCode::kNoSuchPlan);
  EXPECT_EQ(CodeOf(store.Cancel(eve, plan.id)), ErrorCode::kNoSuchPlan);
  // Records of servers that are gone are forgotten.
  clock_.Advance(std::chrono::hours(3));
  ASSERT_OK(other.Begin(owner_, Json::object(), Gives(1)));
  ASSERT_OK_AND_ASSIGN(const auto records, settings_.List("plan/"));
  EXPECT_TRUE(records.empty());
}

}  // namespace
}  // namespace tarn::gateway
