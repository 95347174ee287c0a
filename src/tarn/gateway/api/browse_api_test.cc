#include "tarn/gateway/api/browse_api.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/base/json_fields.h"
#include "tarn/gateway/api/file_figures.h"
#include "tarn/governance/authenticator.h"
#include "tarn/table/fake_table_test.h"

namespace tarn::gateway {
namespace {

struct Answer {
  int status = 0;
  net::HttpHeaders headers;
  Json body;

  std::string Message() const {
    return body.contains("error") ? body["error"].value("message", "") : "";
  }
};

/// Knows one token.
class OneToken final : public governance::Authenticator {
 public:
  Result<governance::Principal> Authenticate(const net::HttpRequest& request) override {
    const std::string* header = request.headers.Find("Authorization");
    if (header != nullptr && *header == "Bearer good") {
      return governance::Principal{.name = "me"};
    }
    return MakeError(ErrorCode::kUnauthenticated, "No token");
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

class BrowseApiTest : public ::testing::Test {
 protected:
  BrowseApiTest() { Serve(nullptr); }

  void Serve(governance::Authenticator* authenticator) {
    router_ = net::Router();
    browse_ = std::make_unique<BrowseApi>(BrowseApiOptions{
        .warehouses = {{.name = "lake", .location = "/w", .context = table_.context}},
        .authenticator = authenticator,
        .version = "1.2.3"});
    browse_->AddRoutes(&router_);
  }

  Answer Get(const std::string& target, const std::string& token = "") const {
    net::HttpRequest request;
    request.method = "GET";
    const size_t question = target.find('?');
    request.raw_path = "/api/v1" + target.substr(0, question);
    request.raw_query = question == std::string::npos ? "" : target.substr(question + 1);
    if (!token.empty()) {
      request.headers.Add("Authorization", "Bearer " + token);
    }
    int status = 0;
    const net::Router::Route* route = router_.Match(&request, &status);
    const net::HttpResponse response =
        route == nullptr ? router_.Refuse(request, status) : route->handler(request);
    const auto json = ParseJson(response.body, "answer");
    EXPECT_OK(json);
    return {response.status, response.headers, json.ok() ? *json : Json()};
  }
  Answer GetOfTable(const std::string& what) const {
    return Get("/warehouses/lake/namespaces/ns/tables/t/" + what);
  }

  iceberg::DataFile File(iceberg::Value day, int64_t bytes, int64_t rows = 10) {
    iceberg::DataFile file = table_.NewFile(std::move(day), rows);
    file.file_size_bytes = bytes;
    return file;
  }
  /// A minute after the last one.
  void Append(std::vector<iceberg::DataFile> files) {
    table_.clock.Advance(std::chrono::minutes(1));
    ASSERT_OK(table_.Append(std::move(files)));
  }
  std::string Head() {
    return std::to_string(table_.Metadata()->current_snapshot_id->value);
  }

  /// What all pages list under `member`, one after the other.
  std::vector<Json> AllPages(const std::string& call, const std::string& member) {
    std::vector<Json> all;
    std::string token;
    for (int page = 0; page < 100; ++page) {
      const Answer answer = GetOfTable(call + "&page_token=" + token);
      EXPECT_EQ(answer.status, 200) << answer.body;
      for (const Json& item : answer.body.value(member, Json::array())) {
        all.push_back(item);
      }
      if (!answer.body.contains("next_page_token") ||
          answer.body["next_page_token"].is_null()) {
        return all;
      }
      token = answer.body["next_page_token"].get<std::string>();
    }
    ADD_FAILURE() << "the pages have no end";
    return all;
  }

  table::FakeTable table_;
  net::Router router_;
  std::unique_ptr<BrowseApi> browse_;
};

TEST_F(BrowseApiTest, NamesItsWarehouses) {
  const Answer answer = Get("/warehouses");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body["version"], "1.2.3");
  EXPECT_EQ(answer.body["authenticates"], false);
  EXPECT_EQ(answer.body["warehouses"],
            Json::parse(R"([{"name":"lake","location":"/w","is_default":true}])"));
  EXPECT_EQ(*answer.headers.Find("Cache-Control"), "no-store");
}

TEST_F(BrowseApiTest, WhatIsNotThereIsNamed) {
  struct Case {
    const char* target;
    int status;
    const char* message;
  };
  const Case cases[] = {
      {"/warehouses/other/overview", 404, "Warehouse does not exist: other"},
      {"/warehouses/lake/nothing", 404,
       "No such endpoint: GET /api/v1/warehouses/lake/nothing"},
      {"/warehouses/lake/namespaces/ns/tables/none/files", 404,
       "Table does not exist: ns.none"},
      {"/stats?seconds=x", 400, "seconds must be a number up to 900, got: x"},
      {"/stats?seconds=901", 400, "seconds must be a number up to 900, got: 901"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.target);
    const Answer answer = Get(c.target);
    EXPECT_EQ(answer.status, c.status);
    EXPECT_EQ(answer.Message(), c.message);
  }
}

TEST_F(BrowseApiTest, WrongQueriesAreRefused) {
  ASSERT_OK(table_.Create());
  Append({File(int32_t{1}, 100)});
  const char* const wrong[] = {"files?page_size=0",
                               "files?page_size=1001",
                               "files?page_size=-1",
                               "files?page_size=x",
                               "files?order=name",
                               "files?content=rows",
                               "files?page_token=x",
                               "files?page_token=1:x",
                               "files?page_token=1:99999999",
                               "files?snapshot=x",
                               "files?order=bytes&page_token=HEAD:10000",
                               "partitions?order=name",
                               "snapshots?page_size=0"};
  for (std::string what : wrong) {
    if (const size_t at = what.find("HEAD"); at != std::string::npos) {
      what.replace(at, 4, Head());
    }
    SCOPED_TRACE(what);
    const Answer answer = GetOfTable(what);
    EXPECT_EQ(answer.status, 400) << answer.body;
    EXPECT_FALSE(answer.Message().empty());
  }
  for (const char* what : {"files?snapshot=5", "partitions?page_token=5:10",
                           "files/summary?snapshot=5", "snapshots?page_token=5"}) {
    SCOPED_TRACE(what);
    const Answer answer = GetOfTable(what);
    EXPECT_EQ(answer.status, InfoOf(ErrorCode::kNoSuchSnapshot).http_status);
    EXPECT_NE(answer.Message().find('5'), std::string::npos) << answer.body;
  }
}

TEST_F(BrowseApiTest, NobodyElseSeesAnything) {
  ASSERT_OK(table_.Create());
  OneToken authenticator;
  Serve(&authenticator);
  for (const char* target :
       {"/warehouses", "/stats", "/warehouses/lake/overview",
        "/warehouses/lake/search?q=t", "/warehouses/lake/namespaces/ns/tables",
        "/warehouses/lake/namespaces/ns/dropped",
        "/warehouses/lake/namespaces/ns/tables/t/snapshots",
        "/warehouses/lake/namespaces/ns/tables/t/files",
        "/warehouses/lake/namespaces/ns/tables/t/files/summary",
        "/warehouses/lake/namespaces/ns/tables/t/partitions",
        "/warehouses/other/overview"}) {
    SCOPED_TRACE(target);
    for (const char* token : {"", "bad"}) {
      const Answer refused = Get(target, token);
      EXPECT_EQ(refused.status, 401);
      // "Basic" would let the browser ask with a form of its own.
      EXPECT_EQ(*refused.headers.Find("WWW-Authenticate"), "Bearer realm=\"tarn\"");
      EXPECT_EQ(refused.body.size(), 1U) << refused.body;
    }
    EXPECT_NE(Get(target, "good").status, 401);
  }
  EXPECT_EQ(Get("/warehouses", "good").body["authenticates"], true);
}

TEST_F(BrowseApiTest, SnapshotsComeNewestFirstInPages) {
  ASSERT_OK(table_.Create());
  for (int i = 0; i < 5; ++i) {
    Append({File(int32_t{i}, 100)});
  }
  const Answer first = GetOfTable("snapshots?page_size=2");
  EXPECT_EQ(first.body["total"], 5);
  EXPECT_EQ(first.body["current_snapshot_id"], Head());
  EXPECT_EQ(first.body["snapshots"][0]["id"], Head());  // text: it has 64 bits
  EXPECT_EQ(first.body["snapshots"][0]["refs"],
            Json::parse(R"([{"name":"main","type":"branch"}])"));
  EXPECT_EQ(first.body["snapshots"][0]["operation"], "append");
  EXPECT_EQ(first.body["snapshots"][0]["summary"]["added-records"], "10");
  EXPECT_EQ(first.body["snapshots"][0]["parent_id"], first.body["snapshots"][1]["id"]);

  // A commit in between does not shift the next page.
  const std::vector<Json> before = AllPages("snapshots?page_size=2", "snapshots");
  ASSERT_EQ(before.size(), 5U);
  const std::string token = first.body["next_page_token"];
  Append({File(int32_t{9}, 100)});
  const Answer second = GetOfTable("snapshots?page_size=2&page_token=" + token);
  EXPECT_EQ(second.body["snapshots"][0]["id"], before[2]["id"]);
  std::vector<int64_t> times;
  for (const Json& one : AllPages("snapshots?page_size=4", "snapshots")) {
    times.push_back(one["timestamp_ms"]);
    EXPECT_EQ(one["is_current_ancestor"], true);
  }
  EXPECT_EQ(times.size(), 6U);
  EXPECT_TRUE(std::ranges::is_sorted(times, std::greater()));
}

TEST_F(BrowseApiTest, ASnapshotOfABranchIsNoAncestor) {
  ASSERT_OK(table_.Create());
  Append({File(int32_t{1}, 100)});
  table::WriteRequest request = table_.Request({File(int32_t{2}, 100)});
  request.branch = "trial";
  ASSERT_OK(table::Write(table_.context, request));
  std::map<std::string, bool> found;
  for (const Json& one : AllPages("snapshots?page_size=10", "snapshots")) {
    found[one["refs"][0]["name"]] = one["is_current_ancestor"];
  }
  EXPECT_EQ(found, (std::map<std::string, bool>{{"main", true}, {"trial", false}}));
}

TEST_F(BrowseApiTest, ATableWithoutSnapshotsHasEmptyLists) {
  ASSERT_OK(table_.Create());
  EXPECT_EQ(GetOfTable("snapshots").body["total"], 0);
  EXPECT_EQ(GetOfTable("files").body["files"], Json::array());
  EXPECT_EQ(GetOfTable("files").body["snapshot_id"], nullptr);
  EXPECT_EQ(GetOfTable("files/summary").body["data"]["files"], 0);
  EXPECT_EQ(GetOfTable("partitions").body["partitions"], Json::array());
}

TEST_F(BrowseApiTest, FilesArePagedAsOfOneSnapshot) {
  ASSERT_OK(table_.Create());
  Append({File(int32_t{1}, 100), File(int32_t{2}, 300), File(int32_t{3}, 200)});
  const Answer first = GetOfTable("files?page_size=2");
  ASSERT_EQ(first.body["files"].size(), 2U) << first.body;
  EXPECT_EQ(first.body["snapshot_id"], Head());
  const std::string old_head = Head();
  Append({File(int32_t{4}, 400)});
  const std::string token = first.body["next_page_token"];
  const Answer second = GetOfTable("files?page_size=2&page_token=" + token);
  EXPECT_EQ(second.body["files"].size(), 1U);
  EXPECT_EQ(second.body["next_page_token"], nullptr);
  EXPECT_EQ(GetOfTable("files?snapshot=" + old_head).body["files"].size(), 3U);
  std::set<std::string> paths;
  for (const Json& file : AllPages("files?page_size=1", "files")) {
    paths.insert(file["path"]);
  }
  EXPECT_EQ(paths.size(), 4U);
}

TEST_F(BrowseApiTest, FilesSayWhatTheyHold) {
  ASSERT_OK(table_.Create());
  Append({File(int32_t{31}, 100, 7)});
  const Json file = GetOfTable("files").body["files"][0];
  EXPECT_EQ(file["content"], "data");
  EXPECT_EQ(file["format"], "parquet");
  EXPECT_EQ(file["rows"], 7);
  EXPECT_EQ(file["bytes"], 100);
  EXPECT_EQ(file["snapshot_id"], Head());
  EXPECT_EQ(file["partition"], Json::parse(R"([{"name":"p","value":"1970-02-01"}])"));
}

TEST_F(BrowseApiTest, FilesCanBeOrderedAndChosen) {
  ASSERT_OK(table_.Create());
  Append({File(int32_t{1}, 100, 3), File(int32_t{2}, 300, 2),
          File(iceberg::Value(), 200, 1)});
  const auto sizes = [&](const std::string& query) {
    std::vector<int64_t> bytes;
    for (const Json& file : AllPages("files?page_size=2&" + query, "files")) {
      bytes.push_back(file["bytes"]);
    }
    return bytes;
  };
  using Sizes = std::vector<int64_t>;
  EXPECT_EQ(sizes("order=bytes"), (Sizes{100, 200, 300}));
  EXPECT_EQ(sizes("order=-bytes"), (Sizes{300, 200, 100}));
  EXPECT_EQ(sizes("order=rows"), (Sizes{200, 300, 100}));
  EXPECT_EQ(sizes("order=-rows"), (Sizes{100, 300, 200}));
  EXPECT_EQ(sizes("partition=p%3D1970-01-03"), (Sizes{300}));
  EXPECT_EQ(sizes("partition=p%3Dnull"), (Sizes{200}));
  EXPECT_EQ(sizes("partition=p%3D1999-01-01"), Sizes{});
  EXPECT_EQ(sizes("content=data").size(), 3U);
  EXPECT_EQ(sizes("content=deletes"), Sizes{});
}

TEST_F(BrowseApiTest, SmallFilesOfOnePartitionCouldBeOne) {
  ASSERT_OK(table_.Create({{"write.target-file-size-bytes", "1000"}}));
  Append({File(int32_t{1}, 100), File(int32_t{1}, 749), File(int32_t{1}, 750),
          File(int32_t{2}, 10), File(int32_t{3}, 700), File(int32_t{3}, 700),
          File(int32_t{3}, 700)});
  const Json summary = GetOfTable("files/summary").body;
  EXPECT_EQ(summary["target_bytes"], 1000);
  EXPECT_EQ(summary["data"], Json::parse(R"({"files":7,"rows":70,"bytes":3709})"));
  EXPECT_EQ(summary["small"]["files"], 6);
  // Day 1: two become one; day 2 has one alone; day 3: 2 100 bytes need three files.
  EXPECT_EQ(summary["files_saved_by_compaction"], 1);
  EXPECT_EQ(summary["partitions"], 3);
  EXPECT_EQ(summary["is_complete"], true);
  int64_t files = 0;
  for (const Json& size : summary["sizes"]) {
    EXPECT_LT(size["bytes_from"], size["bytes_below"]);
    files += size["files"].get<int64_t>();
  }
  EXPECT_EQ(files, 7);
}

TEST_F(BrowseApiTest, PartitionsAreSummedAndOrdered) {
  ASSERT_OK(table_.Create());
  Append({File(int32_t{2}, 100, 5), File(int32_t{10}, 50, 9),
          File(iceberg::Value(), 10, 1)});
  Append({File(int32_t{2}, 30, 5)});
  const auto values = [&](const std::string& order) {
    std::vector<Json> found;
    for (const Json& one :
         AllPages("partitions?page_size=2&order=" + order, "partitions")) {
      found.push_back(one["partition"][0]["value"]);
    }
    return found;
  };
  const Json none = nullptr;
  using Values = std::vector<Json>;
  EXPECT_EQ(values(""), (Values{none, "1970-01-03", "1970-01-11"}));
  EXPECT_EQ(values("-partition"), (Values{"1970-01-11", "1970-01-03", none}));
  EXPECT_EQ(values("-bytes"), (Values{"1970-01-03", "1970-01-11", none}));
  EXPECT_EQ(values("rows"), (Values{none, "1970-01-11", "1970-01-03"}));
  EXPECT_EQ(values("-files").front(), "1970-01-03");
  EXPECT_EQ(values("-updated").front(), "1970-01-03");
  const Json all = GetOfTable("partitions").body;
  EXPECT_EQ(all["total"], 3);
  EXPECT_EQ(all["bytes_max"], 130);
  EXPECT_EQ(all["partitions"][1]["rows"], 10);
  EXPECT_EQ(all["partitions"][1]["files"], 2);
  EXPECT_EQ(all["partitions"][1]["path"], "p=1970-01-03");
}

TEST_F(BrowseApiTest, FiguresEndAtTheirLimits) {
  ASSERT_OK(table_.Create());
  Append({File(int32_t{1}, 1), File(int32_t{2}, 1), File(int32_t{3}, 1)});
  const auto metadata = table_.Metadata();
  const auto figures = [&](FileFiguresLimits limits) {
    return FileFiguresOf(table_.context, *metadata, *metadata->current_snapshot(), limits)
        .ValueOrDie();
  };
  EXPECT_TRUE(figures({.files_max = 3}).is_complete);
  const FileFigures few = figures({.files_max = 2});
  EXPECT_FALSE(few.is_complete);
  EXPECT_EQ(few.data.files, 2);
  const FileFigures narrow = figures({.partitions_max = 2});
  EXPECT_FALSE(narrow.is_complete);
  EXPECT_EQ(narrow.data.files, 3);  // the sums go on
  EXPECT_EQ(narrow.partitions.size(), 2U);
}

TEST_F(BrowseApiTest, TablesOfANamespaceHaveFiguresAndPages) {
  for (const char* name : {"b", "a", "c"}) {
    table_.ident.name = name;
    ASSERT_OK(table_.Create());
  }
  Append({File(int32_t{1}, 100, 4)});  // to "c"
  const std::string path = "/warehouses/lake/namespaces/ns/tables";
  const Answer first = Get(path + "?page_size=2");
  EXPECT_EQ(first.body["total"], 3);
  ASSERT_EQ(first.body["tables"].size(), 2U);
  EXPECT_EQ(first.body["tables"][0]["name"], "a");
  EXPECT_EQ(first.body["tables"][0]["rows"], 0);
  EXPECT_EQ(first.body["next_page_token"], "b");
  const Answer second = Get(path + "?page_size=2&page_token=b");
  ASSERT_EQ(second.body["tables"].size(), 1U);
  EXPECT_EQ(second.body["next_page_token"], nullptr);
  const Json& c = second.body["tables"][0];
  EXPECT_EQ(c["rows"], 4);
  EXPECT_EQ(c["files"], 1);
  EXPECT_EQ(c["snapshots"], 1);
  EXPECT_EQ(c["partitioning"],
            Json::parse(R"([{"name":"p","transform":"identity","source":"day"}])"));
}

TEST_F(BrowseApiTest, DroppedTablesAreListed) {
  ASSERT_OK(table_.Create());
  table_.catalog.KeepDropped();
  ASSERT_OK(table_.catalog.DropTable(table_.ident));
  const Json dropped = Get("/warehouses/lake/namespaces/ns/dropped").body;
  ASSERT_EQ(dropped["total"], 1) << dropped;
  EXPECT_EQ(dropped["tables"][0]["name"], "t");
  EXPECT_GT(dropped["tables"][0]["expires_ms"], dropped["tables"][0]["dropped_ms"]);
}

TEST_F(BrowseApiTest, TheOverviewCountsAndKeepsUp) {
  ASSERT_OK(table_.Create());
  Append({File(int32_t{1}, 100, 4)});
  const Json before = Get("/warehouses/lake/overview").body;
  EXPECT_EQ(before["namespaces"], 1);
  EXPECT_EQ(before["tables"], 1);
  EXPECT_EQ(before["tables_read"], 1);
  EXPECT_EQ(before["rows"], 4);
  EXPECT_EQ(before["commits"].size(), 1U);
  Append({File(int32_t{1}, 100, 5)});
  const Json after = Get("/warehouses/lake/overview").body;
  EXPECT_EQ(after["rows"], 9);
  ASSERT_EQ(after["commits"].size(), 2U);
  EXPECT_EQ(after["commits"][0]["snapshot_id"], Head());
  EXPECT_EQ(after["commits"][0]["added_rows"], 5);
  EXPECT_EQ(after["commits"][0]["table"], "t");
}

TEST_F(BrowseApiTest, SearchFindsByPartOfAName) {
  ASSERT_OK(table_.Create());
  const Json hits = Get("/warehouses/lake/search?q=T").body["hits"];
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0], Json::parse(R"({"kind":"table","namespace":["ns"],"name":"t"})"));
  EXPECT_EQ(Get("/warehouses/lake/search?q=").body["hits"].size(), 2U);
  EXPECT_EQ(Get("/warehouses/lake/search?q=" + std::string(257, 'x')).status, 400);
}

}  // namespace
}  // namespace tarn::gateway
