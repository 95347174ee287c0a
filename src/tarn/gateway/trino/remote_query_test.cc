#include "tarn/gateway/trino/remote_query.h"

#include <atomic>
#include <functional>
#include <thread>

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/base/json_fields.h"
#include "tarn/gateway/trino/query_manager.h"
#include "tarn/gateway/trino/remote_route.h"
#include "tarn/net/http_server.h"

namespace tarn::gateway::trino {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLong{20'000};

/// A Trino that has pages for one query, and counts what it is asked.
class FakeTrino {
 public:
  /// Answers the call with this number: 0 is the POST.
  using Page = std::function<net::HttpResponse(int number, const std::string& base)>;

  explicit FakeTrino(Page page) : page_(std::move(page)) {
    router_.Add("POST", "/v1/statement", [this](const net::HttpRequest& request) {
      text = request.body;
      ++posts;
      return page_(0, "http://elsewhere.example.org:1");
    });
    router_.Add("GET", "/v1/statement/executing/q/y/{token}",
                [this](const net::HttpRequest& request) {
                  ++gets;
                  const std::string* const user = request.headers.Find("X-Trino-User");
                  EXPECT_NE(user, nullptr);
                  return page_(std::stoi(*request.PathParameter("token")),
                               "http://elsewhere.example.org:1");
                });
    router_.Add("DELETE", "/v1/statement/executing/q/y/{token}",
                [this](const net::HttpRequest&) {
                  ++deletes;
                  return net::HttpResponse{.status = 204};
                });
    auto started = net::HttpServer::Start({}, router_);
    EXPECT_TRUE(started.ok()) << started.status();
    server_ = *std::move(started);
  }

  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(server_->port());
  }

  std::atomic<int> posts = 0;
  std::atomic<int> gets = 0;
  std::atomic<int> deletes = 0;
  std::string text;

 private:
  Page page_;
  net::Router router_;
  std::unique_ptr<net::HttpServer> server_;
};

net::HttpResponse Answer(int number, const std::string& base, const std::string& members,
                         bool is_last = false) {
  net::HttpResponse response;
  response.body = R"({"id":"q",)" + members;
  if (!is_last) {
    response.body += R"(,"nextUri":")" + base + "/v1/statement/executing/q/y/" +
                     std::to_string(number + 1) + '"';
  }
  response.body += R"(,"stats":{"state":"RUNNING","processedRows":5}})";
  return response;
}

constexpr char kColumns[] = R"("columns":[{"name":"n","type":"bigint"}])";

/// Queued, then the columns, then `pages` pages of two rows, then the end.
FakeTrino::Page Rows(int pages) {
  return [pages](int number, const std::string& base) {
    if (number == 0) {
      return Answer(number, base, R"("warnings":[])");
    }
    if (number == 1) {
      return Answer(number, base, kColumns);
    }
    const std::string n = std::to_string(number);
    return Answer(number, base,
                  std::string(kColumns) + R"(,"data":[[)" + n + "],[" + n + "]]",
                  number == pages + 1);
  };
}

class UnusedEngine final : public engine::Engine {
 public:
  class UnusedSession final : public engine::Session {
   public:
    Result<std::unique_ptr<engine::ResultStream>> Execute(std::string_view) override {
      return MakeError(ErrorCode::kNotSupported, "it ran here");
    }
    Result<std::unique_ptr<engine::ResultStream>> Run(
        const sql::TrinoStatement&, std::string_view text,
        const std::vector<sql::ExpressionPtr>&) override {
      return Execute(text);
    }
    Result<engine::StatementShape> Describe(const sql::TrinoStatement&,
                                            std::string_view) override {
      return engine::StatementShape();
    }
    void Interrupt() override {}
    engine::Progress progress() const override { return {}; }
    std::string current_schema() const override { return ""; }
  };
  Result<std::unique_ptr<engine::Session>> Connect(
      const engine::SessionOptions& /*any*/) override {
    return std::make_unique<UnusedSession>();
  }
};

class RemoteQueryTest : public testing::Test {
 protected:
  void Open(const std::string& url, bool falls_back = false) {
    RouteSettings settings;
    settings.server.url = url;
    settings.server.patience = milliseconds(300);
    settings.mode = RouteMode::kTrino;
    settings.falls_back = falls_back;
    route_ = std::make_unique<RemoteRoute>(settings);
    manager_ = std::make_unique<QueryManager>(
        [this]() -> Result<engine::Engine*> { return &engine_; }, QueryLimits{},
        route_.get());
  }

  std::shared_ptr<Query> Submit(const std::string& text) {
    ClientContext client;
    client.user = "ann";
    return manager_->Submit(client, text);
  }

  static Json Ask(Query& query, int64_t token, milliseconds wait = kLong) {
    const PageAnswer page = query.Answer(token, {.base_url = "http://here"}, wait);
    auto json = ParseJson(page.json, "answer");
    EXPECT_TRUE(json.ok()) << page.json;
    return json.ok() ? *json : Json();
  }

  UnusedEngine engine_;
  std::unique_ptr<RemoteRoute> route_;
  std::unique_ptr<QueryManager> manager_;
};

TEST_F(RemoteQueryTest, RowsComeThrough) {
  FakeTrino trino(Rows(3));
  Open(trino.url());
  const auto query = Submit("SELECT n FROM t");
  std::string rows;
  for (int64_t token = 0;; ++token) {
    Json json = Ask(*query, token);
    EXPECT_EQ(json["id"], query->id());
    if (json.contains("data")) {
      rows += json["data"].dump();
      EXPECT_EQ(json["columns"][0]["name"], "n");
    }
    EXPECT_EQ(json["stats"]["processedRows"], 5);
    if (!json.contains("nextUri")) {
      EXPECT_EQ(json["stats"]["state"], "FINISHED");
      break;
    }
    EXPECT_TRUE(json["nextUri"].get<std::string>().starts_with("http://here/v1/"));
  }
  EXPECT_EQ(rows, "[[2],[2]][[3],[3]][[4],[4]]");
  EXPECT_EQ(trino.text, "SELECT n FROM t");
  EXPECT_EQ(trino.gets, 4);
  EXPECT_EQ(trino.deletes, 0);
  EXPECT_EQ(query->Summary().remote_id, "q");
}

TEST_F(RemoteQueryTest, IsAskedNoFasterThanTheClientReads) {
  FakeTrino trino(Rows(1'000));
  Open(trino.url());
  const auto query = Submit("SELECT n FROM t");
  Ask(*query, 0);
  std::this_thread::sleep_for(milliseconds(200));
  EXPECT_LE(trino.gets, 4);
  query->Cancel(MakeError(ErrorCode::kCancelled, "enough"));
  EXPECT_EQ(trino.deletes, 1);
}

TEST_F(RemoteQueryTest, ErrorsComeThrough) {
  FakeTrino trino([](int number, const std::string& base) {
    return Answer(number, base,
                  R"("error":{"message":"line 1:3: no","errorCode":46,)"
                  R"("errorName":"TABLE_NOT_FOUND","errorType":"USER_ERROR"})",
                  true);
  });
  Open(trino.url(), true);  // what the statement itself gets wrong does not fall back
  Json json = Ask(*Submit("SELECT n FROM t"), 0);
  EXPECT_EQ(json["error"]["errorName"], "TABLE_NOT_FOUND");
  EXPECT_EQ(json["error"]["message"], "line 1:3: no");
  EXPECT_EQ(json["stats"]["state"], "FAILED");
}

TEST_F(RemoteQueryTest, AServerThatIsBusyIsWaitedFor) {
  std::atomic<int> refused = 0;
  const auto rows = Rows(1);
  FakeTrino trino([&](int number, const std::string& base) {
    return number == 2 && ++refused < 3 ? net::HttpResponse{.status = 503}
                                        : rows(number, base);
  });
  Open(trino.url());
  const auto query = Submit("SELECT n FROM t");
  Json json = Ask(*query, 0);
  for (int64_t token = 1; !json.contains("data"); ++token) {
    json = Ask(*query, token);
  }
  EXPECT_EQ(json["data"].dump(), "[[2],[2]]");
}

TEST_F(RemoteQueryTest, AServerThatGoesGivesAnErrorAndNoEnd) {
  const auto rows = Rows(5);
  FakeTrino trino([&](int number, const std::string& base) {
    return number > 2 ? net::HttpResponse{.status = 502} : rows(number, base);
  });
  Open(trino.url(), true);
  const auto query = Submit("SELECT n FROM t");
  Json json = Ask(*query, 0);
  for (int64_t token = 1; json.contains("nextUri"); ++token) {
    json = Ask(*query, token);
  }
  EXPECT_EQ(json["error"]["errorName"], "NO_NODES_AVAILABLE");
  EXPECT_EQ(json["stats"]["state"], "FAILED");
}

TEST_F(RemoteQueryTest, WhatCannotBeReached) {
  std::string url;
  {
    const FakeTrino gone(Rows(1));
    url = gone.url();
  }
  Open(url);
  EXPECT_EQ(Ask(*Submit("SELECT 1"), 0)["error"]["errorName"], "SERVER_STARTING_UP");
  Open(url, true);
  for (const char* text : {"SELECT 1", "INSERT INTO t VALUES 1"}) {
    EXPECT_EQ(Ask(*Submit(text), 0)["error"]["message"], "it ran here");
  }
}

TEST_F(RemoteQueryTest, AChangeThatMayHaveBeenMadeIsNotMadeAgain) {
  FakeTrino trino(
      [](int, const std::string&) { return net::HttpResponse{.status = 502}; });
  Open(trino.url(), true);
  EXPECT_EQ(Ask(*Submit("INSERT INTO t VALUES 1"), 0)["error"]["errorName"],
            "NO_NODES_AVAILABLE");
  EXPECT_EQ(trino.posts, 1);
  EXPECT_EQ(Ask(*Submit("SELECT 1"), 0)["error"]["message"], "it ran here");
}

}  // namespace
}  // namespace tarn::gateway::trino
