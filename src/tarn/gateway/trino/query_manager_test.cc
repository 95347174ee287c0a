#include "tarn/gateway/trino/query_manager.h"

#include <atomic>
#include <thread>
#include <utility>

#include <arrow/array.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/base/json_fields.h"

namespace tarn::gateway::trino {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLong{20'000};
constexpr AnswerLinks kNoLinks{};

/// What the fake engine's sessions did.
struct Seen {
  std::atomic<int> batches = 0;
  std::atomic<int> interrupts = 0;
  std::atomic<int> rolled_back = 0;
};

/// So many batches of 1000 numbers.
class Numbers final : public engine::ResultStream {
 public:
  Numbers(int batches, Seen& seen) : left_(batches), seen_(seen) {}
  std::shared_ptr<arrow::Schema> schema() const override {
    return arrow::schema({arrow::field("n", arrow::int64())});
  }
  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    if (left_-- <= 0) {
      return nullptr;
    }
    ++seen_.batches;
    arrow::Int64Builder builder;
    for (int64_t i = 0; i < 1000; ++i) {
      RETURN_NOT_OK(builder.Append(i));
    }
    ARROW_ASSIGN_OR_RAISE(auto array, builder.Finish());
    return arrow::RecordBatch::Make(schema(), 1000, {array});
  }
  std::optional<int64_t> rows_changed() const override { return std::nullopt; }
  const std::string& statement_type() const override { return type_; }

 private:
  int left_;
  Seen& seen_;
  const std::string type_ = "SELECT";
};

/// "numbers N", "wait" (until it is interrupted), "fail"; anything else has no rows.
class FakeSession final : public engine::Session {
 public:
  explicit FakeSession(Seen& seen) : seen_(seen) {}
  ~FakeSession() override {
    if (in_transaction_) {
      ++seen_.rolled_back;
    }
  }
  Result<std::unique_ptr<engine::ResultStream>> Execute(std::string_view sql) override {
    if (sql.starts_with("USE ")) {
      schema_ = sql.substr(5, sql.size() - 6);
    }
    in_transaction_ = in_transaction_ || sql == "START TRANSACTION";
    in_transaction_ = in_transaction_ && sql != "COMMIT";
    if (sql == "fail") {
      return MakeError(ErrorCode::kNoSuchTable, "line 1:2: no table");
    }
    while (sql == "wait" && seen_.interrupts == 0) {
      std::this_thread::sleep_for(milliseconds(1));
    }
    if (sql == "wait") {
      return MakeError(ErrorCode::kCancelled, "interrupted");
    }
    const int batches =
        sql.starts_with("numbers ") ? std::stoi(std::string(sql.substr(8))) : 0;
    return std::make_unique<Numbers>(batches, seen_);
  }
  Result<std::unique_ptr<engine::ResultStream>> Run(
      const sql::TrinoStatement& /*statement*/, std::string_view text,
      const std::vector<sql::ExpressionPtr>& /*parameters*/) override {
    return Execute(text);
  }
  Result<engine::StatementShape> Describe(const sql::TrinoStatement& /*statement*/,
                                          std::string_view /*text*/) override {
    return engine::StatementShape();
  }
  void Interrupt() override { ++seen_.interrupts; }
  engine::Progress progress() const override { return {.percent = 50}; }
  std::string current_schema() const override { return schema_; }

 private:
  Seen& seen_;
  std::string schema_;
  bool in_transaction_ = false;
};

class FakeEngine final : public engine::Engine {
 public:
  Result<std::unique_ptr<engine::Session>> Connect(
      const engine::SessionOptions& /*any*/) override {
    return std::make_unique<FakeSession>(seen);
  }
  Seen seen;
};

class QueryManagerTest : public testing::Test {
 protected:
  std::unique_ptr<QueryManager> Make(QueryLimits limits = {}) {
    return std::make_unique<QueryManager>(
        [this]() -> Result<engine::Engine*> { return &engine_; }, limits);
  }

  static ClientContext Client(std::string transaction = "") {
    ClientContext client;
    client.user = "me";
    client.transaction_id = std::move(transaction);
    return client;
  }

  static Json Read(const PageAnswer& answer) {
    EXPECT_EQ(answer.http_status, 200);
    auto json = ParseJson(answer.json, "answer");
    EXPECT_TRUE(json.ok()) << answer.json;
    if (!json.ok()) {
      return {};
    }
    for (const char* name : {"data", "columns", "error"}) {  // what is asked for is there
      json->emplace(name, Json::object({{"errorName", ""}}));
    }
    return *json;
  }

  FakeEngine engine_;
};

TEST_F(QueryManagerTest, AnswersShortQueriesAtOnce) {
  const auto manager = Make();
  const auto query = manager->Submit(Client(), "numbers 1");
  Json first = Read(query->Answer(0, kNoLinks, kLong));
  EXPECT_EQ(first["stats"]["state"], "FINISHED");
  EXPECT_EQ(first["data"].size(), 1000) << first.dump();
  EXPECT_EQ(first["columns"][0]["type"], "bigint");
  EXPECT_FALSE(first.contains("nextUri"));
  EXPECT_EQ(query->Answer(1, kNoLinks, kLong).http_status, 404);
}

TEST_F(QueryManagerTest, GivesPagesInTurnAndTheLastOneAgain) {
  const auto manager = Make();
  const auto query = manager->Submit(Client(), "numbers 700");  // more than two pages
  int64_t rows = 0;
  std::string last;
  int64_t token = 0;
  for (;; ++token) {
    const PageAnswer page = query->Answer(token, kNoLinks, kLong);
    Json json = Read(page);
    rows += static_cast<int64_t>(json["data"].is_array() ? json["data"].size() : 0);
    if (token > 0) {
      EXPECT_EQ(query->Answer(token, kNoLinks, kLong).json, page.json);
      EXPECT_EQ(query->Answer(token - 1, kNoLinks, kLong).http_status, 410);
    }
    EXPECT_EQ(query->Answer(token + 2, kNoLinks, kLong).http_status, 404);
    if (!json.contains("nextUri")) {
      break;
    }
    EXPECT_TRUE(json["nextUri"].get<std::string>().ends_with("/" + query->slug() + "/" +
                                                             std::to_string(token + 1)));
  }
  EXPECT_EQ(rows, 700'000);
  EXPECT_GE(token, 2);
  EXPECT_EQ(manager->Find(query->id(), "wrong"), nullptr);
  EXPECT_EQ(manager->Find(query->id(), query->slug()), query);
}

TEST_F(QueryManagerTest, WorksNoFurtherThanTheClientReads) {
  const auto manager = Make();
  const auto query = manager->Submit(Client(), "numbers 100000");
  Read(query->Answer(0, kNoLinks, kLong));
  std::this_thread::sleep_for(milliseconds(100));
  EXPECT_LT(engine_.seen.batches, 1000);  // two pages of some 270 batches
  query->Cancel(MakeError(ErrorCode::kCancelled, "enough"));
}

TEST_F(QueryManagerTest, TellsErrorsAndCancelledQueries) {
  const auto manager = Make();
  Json failed = Read(manager->Submit(Client(), "fail")->Answer(0, kNoLinks, kLong));
  EXPECT_EQ(failed["error"]["errorName"], "TABLE_NOT_FOUND");
  EXPECT_EQ(failed["stats"]["state"], "FAILED");
  const auto query = manager->Submit(Client(), "wait");
  Json running = Read(query->Answer(0, kNoLinks, milliseconds(50)));
  EXPECT_EQ(running["stats"]["state"], "RUNNING");
  EXPECT_EQ(running["stats"]["progressPercentage"], 50.0);
  query->Cancel(NamedError("USER_CANCELED", "Query was canceled"));
  Json cancelled = Read(query->Answer(1, kNoLinks, kLong));
  EXPECT_EQ(cancelled["error"]["errorName"], "USER_CANCELED");
}

TEST_F(QueryManagerTest, QueuesAndRefuses) {
  const auto manager = Make({.running_max = 1, .queued_max = 1});
  const auto running = manager->Submit(Client(), "wait");
  const auto queued = manager->Submit(Client(), "numbers 1");
  const auto refused = manager->Submit(Client(), "numbers 1");
  EXPECT_EQ(Read(refused->Answer(0, kNoLinks, kLong))["error"]["errorName"],
            "QUERY_QUEUE_FULL");
  Json waits = Read(queued->Answer(0, kNoLinks, milliseconds(20)));
  EXPECT_EQ(waits["stats"]["state"], "QUEUED");
  EXPECT_NE(waits["nextUri"].get<std::string>().find("/queued/"), std::string::npos);
  running->Cancel(MakeError(ErrorCode::kCancelled, "stop"));
  EXPECT_EQ(Read(queued->Answer(1, kNoLinks, kLong))["data"].size(), 1000);
  const auto next = manager->Submit(Client(), "numbers 1");  // there is room again
  EXPECT_EQ(Read(next->Answer(0, kNoLinks, kLong))["stats"]["state"], "FINISHED");
}

TEST_F(QueryManagerTest, EndsWhatItsClientHasLeft) {
  const auto manager = Make({.running_max = 2, .client_timeout = milliseconds(100)});
  const auto begun = manager->Submit(Client(), "START TRANSACTION");
  const PageAnswer answer = begun->Answer(0, kNoLinks, kLong);
  ASSERT_EQ(answer.headers.size(), 1U);
  EXPECT_EQ(answer.headers[0].first, "X-Trino-Started-Transaction-Id");
  const auto query = manager->Submit(Client(), "numbers 100000");
  Read(query->Answer(0, kNoLinks, kLong));
  for (int i = 0; i < 500 && (!query->is_over() || engine_.seen.rolled_back == 0); ++i) {
    std::this_thread::sleep_for(milliseconds(10));
  }
  ASSERT_TRUE(query->is_over());
  EXPECT_EQ(query->Summary().error->name, "ABANDONED_QUERY");
  EXPECT_EQ(engine_.seen.rolled_back, 1);
  const auto late = manager->Submit(Client(answer.headers[0].second), "COMMIT");
  EXPECT_EQ(Read(late->Answer(0, kNoLinks, kLong))["error"]["errorName"],
            "UNKNOWN_TRANSACTION");
}

TEST_F(QueryManagerTest, KeepsTransactionsForWhoBeganThem) {
  const auto manager = Make();
  const auto begun = manager->Submit(Client(), "START TRANSACTION");
  const std::string id = begun->Answer(0, kNoLinks, kLong).headers.at(0).second;
  ClientContext other = Client(id);
  other.user = "somebody";
  EXPECT_EQ(Read(manager->Submit(other, "COMMIT")
                     ->Answer(0, kNoLinks, kLong))["error"]["errorName"],
            "UNKNOWN_TRANSACTION");
  const auto query = manager->Submit(Client(id), "numbers 1");
  EXPECT_EQ(Read(query->Answer(0, kNoLinks, kLong))["stats"]["state"], "FINISHED");
  const auto ended = manager->Submit(Client(id), "COMMIT");
  const PageAnswer answer = ended->Answer(0, kNoLinks, kLong);
  EXPECT_EQ(Read(answer)["updateType"], "COMMIT");
  EXPECT_EQ(answer.headers.at(0).first, "X-Trino-Clear-Transaction-Id");
}

TEST_F(QueryManagerTest, KeepsTheLimitOfTime) {
  const auto manager = Make();
  ClientContext client = Client();
  client.properties["query_max_run_time"] = "10ms";
  const auto query = manager->Submit(client, "wait");
  for (int64_t token = 0; token < 100 && !query->is_over(); ++token) {
    Read(query->Answer(token, kNoLinks, milliseconds(500)));
  }
  EXPECT_EQ(query->Summary().error->name, "EXCEEDED_TIME_LIMIT");
}

}  // namespace
}  // namespace tarn::gateway::trino
