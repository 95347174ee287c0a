#include "tarn/gateway/iceberg_rest/rest_catalog.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tarn/base/json_fields.h"
#include "tarn/catalog/sqlite_catalog.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::gateway {
namespace {

constexpr char kSchema[] =
    R"({"type":"struct","schema-id":0,"fields":[
        {"id":1,"name":"id","required":true,"type":"long"},
        {"id":2,"name":"data","required":false,"type":"string"}]})";

class Answer {
 public:
  int status = 0;
  net::HttpHeaders headers;
  std::string text;
  Json body;

  std::string ErrorType() const { return ErrorMember("type"); }
  std::string Message() const { return ErrorMember("message"); }

 private:
  std::string ErrorMember(const char* key) const {
    return body.is_object() && body.contains("error") ? body["error"].value(key, "") : "";
  }
};

/// The protocol without a server: requests go to the router.
class RestCatalogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ =
        std::filesystem::temp_directory_path() /
        ("tarn-rest-" + std::to_string(getpid()) + "-" + NewUuid(SystemRandom()));
    io_ = io::MakeFileIO({});
    ASSERT_OK_AND_ASSIGN(
        catalog_, catalog::OpenSqliteCatalog({.path = directory_ / "catalog.db",
                                              .warehouse = directory_ / "warehouse",
                                              .name = "lake"},
                                             *io_, SystemClock(), SystemRandom()));
    const table::Context context{*catalog_, *io_, SystemClock(), SystemRandom()};
    rest_ = std::make_unique<RestCatalog>(RestCatalogOptions{
        .warehouses = {{.name = "lake",
                        .location = "file://" + (directory_ / "warehouse").string(),
                        .context = context}}});
    rest_->AddRoutes("/catalog", &router_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  Answer Call(const std::string& method, const std::string& target,
              const std::string& body = "", const std::string& if_none_match = "") {
    net::HttpRequest request;
    request.method = method;
    const size_t question = target.find('?');
    request.raw_path = "/catalog/v1" + target.substr(0, question);
    request.raw_query = question == std::string::npos ? "" : target.substr(question + 1);
    request.body = body;
    if (!if_none_match.empty()) {
      request.headers.Add("If-None-Match", if_none_match);
    }
    int status = 0;
    const net::Router::Route* route = router_.Match(&request, &status);
    const net::HttpResponse response =
        route == nullptr ? router_.Refuse(request, status) : route->handler(request);
    Answer answer;
    answer.status = response.status;
    answer.headers = response.headers;
    answer.text = response.body;
    if (!response.body.empty()) {
      const auto json = ParseJson(response.body, "answer");
      EXPECT_OK(json);
      answer.body = json.ok() ? *json : Json();
    }
    return answer;
  }

  std::string CreateBody(const std::string& name, const std::string& more = "") {
    return "{\"name\":\"" + name + "\",\"schema\":" + kSchema + more + "}";
  }
  Json CreateTable(const std::string& name) {
    const Answer answer = Call("POST", "/namespaces/ns/tables", CreateBody(name));
    EXPECT_EQ(answer.status, 200) << answer.text;
    return answer.body;
  }
  void CreateNamespace() {
    ASSERT_EQ(Call("POST", "/namespaces", R"({"namespace":["ns"]})").status, 200);
  }

  std::filesystem::path directory_;
  std::unique_ptr<io::FileIO> io_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<RestCatalog> rest_;
  net::Router router_;
};

TEST_F(RestCatalogTest, ConfigNamesThePrefixAndTheEndpoints) {
  const Answer plain = Call("GET", "/config");
  EXPECT_EQ(plain.status, 200);
  EXPECT_FALSE(plain.body["overrides"].contains("prefix"));
  const auto endpoints = plain.body["endpoints"].get<std::vector<std::string>>();
  EXPECT_TRUE(std::ranges::count(
      endpoints, "HEAD /v1/{prefix}/namespaces/{namespace}/views/{view}"));
  for (const std::string& name :
       {std::string("lake"), "file://" + (directory_ / "warehouse").string() + "/"}) {
    const Answer named = Call("GET", "/config?warehouse=" + net::PercentEncode(name));
    EXPECT_EQ(named.body["overrides"]["prefix"], "lake") << named.text;
  }
  const Answer unknown = Call("GET", "/config?warehouse=none");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.ErrorType(), "NoSuchWarehouseException");
  EXPECT_EQ(Call("GET", "/none/namespaces").ErrorType(), "NoSuchWarehouseException");
  EXPECT_EQ(Call("GET", "/lake/namespaces").status, 200);
}

TEST_F(RestCatalogTest, NamespacesWithOddNamesComeAndGo) {
  const Answer made =
      Call("POST", "/namespaces", R"({"namespace":["a.b/c d"],"properties":{"k":"v"}})");
  ASSERT_EQ(made.status, 200) << made.text;
  EXPECT_EQ(made.body["properties"]["k"], "v");
  EXPECT_EQ(Call("GET", "/namespaces/a.b%2Fc%20d").body["namespace"][0], "a.b/c d");
  EXPECT_EQ(Call("HEAD", "/namespaces/a.b%2Fc+d").status, 204);  // as Java writes it
  EXPECT_EQ(Call("POST", "/namespaces", R"({"namespace":["a.b/c d","e"]})").status, 200);
  EXPECT_EQ(Call("GET", "/namespaces/a.b%2Fc%20d%1Fe").status, 200);
  const Answer children = Call("GET", "/namespaces?parent=a.b%2Fc%20d");
  EXPECT_EQ(children.body["namespaces"], Json::parse(R"([["a.b/c d","e"]])"));
  EXPECT_TRUE(children.body["next-page-token"].is_null());

  const Answer again = Call("POST", "/namespaces", R"({"namespace":["a.b/c d"]})");
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.ErrorType(), "AlreadyExistsException");
  EXPECT_EQ(Call("DELETE", "/namespaces/a.b%2Fc%20d").ErrorType(),
            "NamespaceNotEmptyException");
  EXPECT_EQ(Call("DELETE", "/namespaces/a.b%2Fc%20d%1Fe").status, 204);
  EXPECT_EQ(Call("DELETE", "/namespaces/a.b%2Fc%20d").status, 204);
  EXPECT_EQ(Call("GET", "/namespaces/none").ErrorType(), "NoSuchNamespaceException");
  EXPECT_EQ(Call("GET", "/namespaces?parent=none").status, 404);
}

TEST_F(RestCatalogTest, NamespacePropertiesAreUpdated) {
  CreateNamespace();
  const std::string path = "/namespaces/ns/properties";
  ASSERT_EQ(Call("POST", path, R"({"updates":{"a":"1","b":"2"}})").status, 200);
  const Answer changed =
      Call("POST", path, R"({"updates":{"a":"3"},"removals":["b","none"]})");
  EXPECT_EQ(changed.body, Json::parse(R"({"updated":["a"],"removed":["b"],
                                          "missing":["none"]})"));
  const std::string warehouse = (directory_ / "warehouse").string();
  EXPECT_EQ(Call("GET", "/namespaces/ns").body["properties"],
            Json({{"a", "3"}, {"location", warehouse + "/ns"}}));
  ASSERT_EQ(Call("POST", path, R"({"updates":{"location":"/elsewhere"}})").status, 200);
  EXPECT_EQ(Call("GET", "/namespaces/ns").body["properties"]["location"], "/elsewhere");
  const Answer both = Call("POST", path, R"({"updates":{"a":"3"},"removals":["a"]})");
  EXPECT_EQ(both.status, 422);
  EXPECT_EQ(both.ErrorType(), "UnprocessableEntityException");
}

TEST_F(RestCatalogTest, ListsComeInPages) {
  CreateNamespace();
  for (const char* name : {"c", "a", "d", "b"}) {
    CreateTable(name);
  }
  EXPECT_EQ(Call("GET", "/namespaces/ns/tables").body["identifiers"].size(), 4u);
  std::string names;
  std::string token;
  for (int page = 0; page < 2; ++page) {
    const Answer answer = Call(
        "GET", "/namespaces/ns/tables?pageSize=3&pageToken=" + net::PercentEncode(token));
    for (const Json& ident : answer.body["identifiers"]) {
      names += ident["name"].get<std::string>();
    }
    const Json& next = answer.body["next-page-token"];
    ASSERT_EQ(next.is_null(), page == 1) << answer.text;
    token = next.is_null() ? "" : next.get<std::string>();
  }
  EXPECT_EQ(names, "abcd");
  for (const char* size : {"0", "-1", "x", "1x"}) {
    EXPECT_EQ(
        Call("GET", std::string("/namespaces/ns/tables?pageToken=&pageSize=") + size)
            .status,
        400)
        << size;
  }
}

TEST_F(RestCatalogTest, TablesAreCreatedLoadedAndDropped) {
  CreateNamespace();
  const Json table = CreateTable("t");
  EXPECT_EQ(table["metadata"]["current-schema-id"], 0);
  const Answer loaded = Call("GET", "/namespaces/ns/tables/t");
  EXPECT_EQ(loaded.body["metadata-location"], table["metadata-location"]);
  EXPECT_TRUE(loaded.body["config"].is_object());
  EXPECT_EQ(Call("POST", "/namespaces/ns/tables", CreateBody("t")).ErrorType(),
            "AlreadyExistsException");
  EXPECT_EQ(Call("POST", "/namespaces/none/tables", CreateBody("t")).ErrorType(),
            "NoSuchNamespaceException");
  EXPECT_EQ(Call("HEAD", "/namespaces/ns/tables/t").status, 204);
  EXPECT_EQ(Call("HEAD", "/namespaces/ns/tables/none").status, 404);
  EXPECT_EQ(Call("GET", "/namespaces/ns/tables/none").ErrorType(),
            "NoSuchTableException");
  const std::string rename = R"({"source":{"namespace":["ns"],"name":"t"},
                                 "destination":{"namespace":["ns"],"name":"u"}})";
  EXPECT_EQ(Call("POST", "/tables/rename", rename).status, 204);
  EXPECT_EQ(Call("POST", "/tables/rename", rename).ErrorType(), "NoSuchTableException");
  const Answer last = Call("POST", "/namespaces/ns/tables/u/unregister");
  EXPECT_EQ(last.body["metadata"]["table-uuid"], table["metadata"]["table-uuid"]);
  const std::string again = R"({"name":"v","metadata-location":)" +
                            DumpJson(last.body["metadata-location"]) + "}";
  EXPECT_EQ(Call("POST", "/namespaces/ns/register", again).status, 200);
  EXPECT_EQ(Call("POST", "/namespaces/ns/register", again).status, 409);
  EXPECT_EQ(Call("DELETE", "/namespaces/ns/tables/v").status, 204);
  EXPECT_EQ(Call("DELETE", "/namespaces/ns/tables/v").status, 404);
}

TEST_F(RestCatalogTest, ASchemaThatCountsFromZeroIsTaken) {
  CreateNamespace();
  const Answer made = Call("POST", "/namespaces/ns/tables", R"({"name":"t","schema":{
      "type":"struct","schema-id":0,"identifier-field-ids":[0],"fields":[
        {"id":0,"name":"id","required":true,"type":"long"},
        {"id":1,"name":"tags","required":false,"type":{"type":"list","element-id":2,
         "element":"string","element-required":false}}]},
      "partition-spec":{"spec-id":0,"fields":[
        {"source-id":0,"field-id":1000,"name":"b","transform":"bucket[4]"}]}})");
  ASSERT_EQ(made.status, 200) << made.text;
  const Json& metadata = made.body["metadata"];
  EXPECT_EQ(metadata["schemas"][0]["fields"][0]["id"], 1);
  EXPECT_EQ(metadata["schemas"][0]["identifier-field-ids"], Json({1}));
  EXPECT_EQ(metadata["partition-specs"][0]["fields"][0]["source-id"], 1);
}

TEST_F(RestCatalogTest, APurgedTableLeavesNoFile) {
  CreateNamespace();
  const Json table = CreateTable("t");
  const std::string metadata = table["metadata-location"];
  ASSERT_OK(io_->Stat(metadata));
  EXPECT_EQ(Call("DELETE", "/namespaces/ns/tables/t?purgeRequested=true").status, 204);
  EXPECT_ERROR(io_->Stat(metadata), ErrorCode::kNoSuchFile, "");
  EXPECT_EQ(Call("HEAD", "/namespaces/ns/tables/t").status, 404);
}

TEST_F(RestCatalogTest, AStagedTableIsMadeByItsFirstCommit) {
  CreateNamespace();
  const Answer staged =
      Call("POST", "/namespaces/ns/tables", CreateBody("t", ",\"stage-create\":true"));
  ASSERT_EQ(staged.status, 200) << staged.text;
  EXPECT_FALSE(staged.body.contains("metadata-location"));
  EXPECT_EQ(Call("HEAD", "/namespaces/ns/tables/t").status, 404);
  Json commit = {{"requirements", {{{"type", "assert-create"}}}},
                 {"updates", Json::array()}};
  const Json& metadata = staged.body["metadata"];
  const auto update = [&](Json json) { commit["updates"].push_back(std::move(json)); };
  update({{"action", "assign-uuid"}, {"uuid", metadata["table-uuid"]}});
  update({{"action", "upgrade-format-version"}, {"format-version", 2}});
  update({{"action", "add-schema"}, {"schema", metadata["schemas"][0]}});
  update({{"action", "set-current-schema"}, {"schema-id", -1}});
  update({{"action", "add-spec"}, {"spec", metadata["partition-specs"][0]}});
  update({{"action", "set-default-spec"}, {"spec-id", -1}});
  update({{"action", "add-sort-order"}, {"sort-order", metadata["sort-orders"][0]}});
  update({{"action", "set-default-sort-order"}, {"sort-order-id", -1}});
  update({{"action", "set-location"}, {"location", metadata["location"]}});
  const Answer made = Call("POST", "/namespaces/ns/tables/t", DumpJson(commit));
  ASSERT_EQ(made.status, 200) << made.text;
  EXPECT_EQ(made.body["metadata"]["table-uuid"], metadata["table-uuid"]);
  EXPECT_EQ(Call("POST", "/namespaces/ns/tables/t", DumpJson(commit)).status, 409);
}

TEST_F(RestCatalogTest, CommitsCheckTheirRequirements) {
  CreateNamespace();
  const Json table = CreateTable("t");
  const std::string uuid = table["metadata"]["table-uuid"];
  const auto commit = [](const std::string& required) {
    return R"({"requirements":[{"type":"assert-table-uuid","uuid":")" + required +
           R"("}],"updates":[{"action":"set-properties","updates":{"k":"v"}}]})";
  };
  const Answer good = Call("POST", "/namespaces/ns/tables/t", commit(uuid));
  ASSERT_EQ(good.status, 200) << good.text;
  EXPECT_EQ(good.body["metadata"]["properties"]["k"], "v");
  const Answer bad = Call("POST", "/namespaces/ns/tables/t",
                          commit("7d7a8a9c-3c4e-4b6f-8d2b-0d4f7b1c9e11"));
  EXPECT_EQ(bad.status, 409);
  EXPECT_EQ(bad.ErrorType(), "CommitFailedException");
  EXPECT_NE(bad.Message().find("Requirement failed: UUID does not match"),
            std::string::npos)
      << bad.Message();
  for (const char* unknown : {R"({"updates":[{"action":"make-coffee"}]})",
                              R"({"requirements":[{"type":"assert-mood"}]})",
                              R"({"updates":7})", "[]", "{", ""}) {
    EXPECT_EQ(Call("POST", "/namespaces/ns/tables/t", unknown).status, 400) << unknown;
  }
  EXPECT_EQ(Call("POST", "/namespaces/ns/tables/none", commit(uuid)).status, 404);
}

TEST_F(RestCatalogTest, ATransactionIsAppliedWholeOrNotAtAll) {
  CreateNamespace();
  const Json one = CreateTable("one");
  const Json two = CreateTable("two");
  const auto change = [](const std::string& name, const Json& table) {
    return Json{
        {"identifier", {{"namespace", {"ns"}}, {"name", name}}},
        {"requirements",
         {{{"type", "assert-table-uuid"}, {"uuid", table["metadata"]["table-uuid"]}}}},
        {"updates", {{{"action", "set-properties"}, {"updates", {{"k", "v"}}}}}}};
  };
  Json body = {{"table-changes", {change("one", one), change("two", one)}}};
  EXPECT_EQ(Call("POST", "/transactions/commit", DumpJson(body)).status, 409);
  EXPECT_FALSE(Call("GET", "/namespaces/ns/tables/one")
                   .body["metadata"]["properties"]
                   .contains("k"));
  body["table-changes"][1] = change("two", two);
  const Answer done = Call("POST", "/transactions/commit", DumpJson(body));
  EXPECT_EQ(done.status, 204) << done.text;
  for (const char* path : {"/namespaces/ns/tables/one", "/namespaces/ns/tables/two"}) {
    EXPECT_EQ(Call("GET", path).body["metadata"]["properties"]["k"], "v");
  }
  body["table-changes"][0].erase("identifier");
  EXPECT_EQ(Call("POST", "/transactions/commit", DumpJson(body)).status, 400);
}

TEST_F(RestCatalogTest, WhatIsUnchangedIsNotSentAgain) {
  CreateNamespace();
  CreateTable("t");
  const std::string path = "/namespaces/ns/tables/t";
  const Answer all = Call("GET", path);
  const Answer refs = Call("GET", path + "?snapshots=refs");
  const std::string tag = *all.headers.Find("ETag");
  EXPECT_NE(tag, *refs.headers.Find("ETag"));
  const Answer same = Call("GET", path, "", tag);
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.text, "");
  EXPECT_EQ(Call("GET", path + "?snapshots=refs", "", tag).status, 200);
  ASSERT_EQ(Call("POST", path,
                 R"({"updates":[{"action":"set-properties","updates":{"k":"v"}}]})")
                .status,
            200);
  EXPECT_EQ(Call("GET", path, "", tag).status, 200);
  EXPECT_EQ(Call("GET", path + "?snapshots=some").status, 400);
}

TEST_F(RestCatalogTest, ViewsComeAndGo) {
  CreateNamespace();
  const auto body = [](const std::string& name, const std::string& sql) {
    return "{\"name\":\"" + name + "\",\"schema\":" + kSchema +
           R"(,"view-version":{"version-id":1,"schema-id":0,"timestamp-ms":1,
               "summary":{"engine-name":"spark"},"default-namespace":["ns"],
               "representations":[{"type":"sql","dialect":"spark","sql":")" +
           sql + R"("}]},"properties":{"k":"v"}})";
  };
  const Answer made = Call("POST", "/namespaces/ns/views", body("v", "SELECT 1"));
  ASSERT_EQ(made.status, 200) << made.text;
  EXPECT_EQ(made.body["metadata"]["current-version-id"], 1);
  EXPECT_EQ(Call("POST", "/namespaces/ns/views", body("v", "SELECT 1")).Message(),
            "View already exists: ns.v");
  EXPECT_EQ(Call("POST", "/namespaces/ns/tables", CreateBody("v")).Message(),
            "View with same name already exists: ns.v");
  CreateTable("t");
  EXPECT_EQ(Call("POST", "/namespaces/ns/views", body("t", "SELECT 1")).Message(),
            "Table with same name already exists: ns.t");
  Json version = made.body["metadata"]["versions"][0];
  version["representations"][0]["sql"] = "SELECT 2";
  const Json commit = {
      {"requirements",
       {{{"type", "assert-view-uuid"}, {"uuid", made.body["metadata"]["view-uuid"]}}}},
      {"updates",
       {{{"action", "add-view-version"}, {"view-version", version}},
        {{"action", "set-current-view-version"}, {"view-version-id", -1}}}}};
  const Answer changed = Call("POST", "/namespaces/ns/views/v", DumpJson(commit));
  ASSERT_EQ(changed.status, 200) << changed.text;
  EXPECT_EQ(changed.body["metadata"]["current-version-id"], 2);
  EXPECT_EQ(Call("GET", "/namespaces/ns/views/v").body, changed.body);
  EXPECT_EQ(Call("GET", "/namespaces/ns/views").body["identifiers"].size(), 1u);
  const std::string rename = R"({"source":{"namespace":["ns"],"name":"v"},
                                 "destination":{"namespace":["ns"],"name":"t"}})";
  EXPECT_EQ(Call("POST", "/views/rename", rename).Message(),
            "Cannot rename ns.v to ns.t. Table already exists");
  EXPECT_EQ(Call("HEAD", "/namespaces/ns/views/v").status, 204);
  EXPECT_EQ(Call("DELETE", "/namespaces/ns/views/v").status, 204);
  EXPECT_EQ(Call("GET", "/namespaces/ns/views/v").ErrorType(), "NoSuchViewException");
  EXPECT_EQ(Call("POST", "/namespaces/ns/register-view",
                 R"({"name":"w","metadata-location":)" +
                     DumpJson(changed.body["metadata-location"]) + "}")
                .status,
            200);
}

TEST_F(RestCatalogTest, WhatIsNotThereIsSaidInTheErrorModel) {
  const Answer nowhere = Call("GET", "/namespaces/a/b/c");
  EXPECT_EQ(nowhere.status, 404);
  EXPECT_EQ(nowhere.body["error"]["code"], 404);
  EXPECT_EQ(Call("PUT", "/namespaces").status, 405);
  CreateNamespace();
  const Answer purge = Call("DELETE", "/namespaces/ns/tables/t?purgeRequested=true");
  EXPECT_EQ(purge.ErrorType(), "NoSuchTableException");
}

}  // namespace
}  // namespace tarn::gateway
