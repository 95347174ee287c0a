#include <string>

#include <gtest/gtest.h>

#include "tarn/gateway/iceberg_rest/function_store.h"
#include "tarn/gateway/iceberg_rest/label_store.h"
#include "tarn/gateway/iceberg_rest/rest_caller_test.h"
#include "tarn/table/fake_table_test.h"

namespace tarn::gateway {
namespace {

constexpr char kApi[] = "/api/v1/warehouses/lake";
constexpr char kTable[] = "/namespaces/ns/tables/t";
constexpr char kFunction[] = R"({
    "function-uuid": "42fd3f91-bc10-41c1-8a52-92b57dd0a9b2", "format-version": 1,
    "definitions": [{
      "definition-id": "int,list<string>",
      "parameters": [{"name": "x", "type": "int"},
                     {"name": "tags", "type": {"type": "list", "element": "string"}}],
      "return-type": "int", "function-type": "udf", "current-version-id": 1,
      "versions": [{"version-id": 1, "timestamp-ms": 1734507000123,
        "representations": [{"type": "sql", "dialect": "trino", "sql": "x + 1"},
                            {"type": "sql", "dialect": "spark", "sql": "x + 1"}]}]}],
    "definition-log": [{"timestamp-ms": 1734507000123, "definition-versions": [
      {"definition-id": "int,list<string>", "version-id": 1}]}]})";

class LabelRoutesTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_OK(table_.Create()); }

  RestCatalogOptions Options() {
    return {.warehouses = {{.name = "lake",
                            .location = "/warehouse",
                            .context = table_.context,
                            .services = {.settings = &settings_}}}};
  }
  static std::string Api(const std::string& path) { return kApi + path; }

  table::FakeTable table_;
  MemorySettings settings_;
  RestCaller rest_{Options()};
};

TEST_F(LabelRoutesTest, LabelsAreInTheAnswerAndInItsTag) {
  const RestAnswer before = rest_.Call("GET", kTable);
  EXPECT_FALSE(before.body.contains("labels"));
  const std::string labels =
      R"({"object-labels": {"owner": "ada"}, "fields": [
          {"field-id": 1, "labels": {"pii": "yes"}}, {"field-id": 2, "labels": {}}]})";
  const RestAnswer put = rest_.Call("PUT", Api(std::string(kTable) + "/labels"), labels);
  ASSERT_EQ(put.status, 200) << put.text;
  const Json expected = Json::parse(R"({"object-labels": {"owner": "ada"}, "fields": [
      {"field-id": 1, "labels": {"pii": "yes"}}]})");
  EXPECT_EQ(put.body, expected);
  const RestAnswer after = rest_.Call("GET", kTable);
  EXPECT_EQ(after.body["labels"], expected);
  ASSERT_NE(after.headers.Find("ETag"), nullptr);
  EXPECT_NE(*after.headers.Find("ETag"), *before.headers.Find("ETag"));
  EXPECT_EQ(
      rest_.Call("GET", kTable, "", {{"If-None-Match", *before.headers.Find("ETag")}})
          .status,
      200);
  EXPECT_EQ(
      rest_.Call("GET", kTable, "", {{"If-None-Match", *after.headers.Find("ETag")}})
          .status,
      304);
  // They belong to the table, not to its name.
  ASSERT_OK(table_.catalog.RenameTable(table_.ident, {table_.ident.ns, "u"}));
  EXPECT_EQ(rest_.Call("GET", "/namespaces/ns/tables/u").body["labels"], expected);
  ASSERT_OK(table_.Create());
  EXPECT_FALSE(rest_.Call("GET", kTable).body.contains("labels"));
}

TEST_F(LabelRoutesTest, AnotherServerSeesThemSoon) {
  RestCaller other(Options());
  EXPECT_FALSE(other.Call("GET", kTable).body.contains("labels"));
  ASSERT_EQ(rest_
                .Call("PUT", Api(std::string(kTable) + "/labels"),
                      R"({"object-labels": {"a": "b"}})")
                .status,
            200);
  table_.clock.Advance(std::chrono::seconds(5));
  EXPECT_TRUE(other.Call("GET", kTable).body.contains("labels"));
  ASSERT_EQ(rest_.Call("PUT", Api(std::string(kTable) + "/labels"), "{}").status, 200);
  table_.clock.Advance(std::chrono::seconds(5));
  EXPECT_FALSE(other.Call("GET", kTable).body.contains("labels"));
}

TEST_F(LabelRoutesTest, WrongLabelsAreRefused) {
  for (const char* body :
       {"[]", R"({"object-labels": 1})", R"({"object-labels": {"a": 1}})",
        R"({"object-labels": {"": "x"}})", R"({"fields": {}})", R"({"fields": [{}]})",
        R"({"fields": [{"field-id": 0, "labels": {"a": "b"}}]})",
        R"({"fields": [{"field-id": 99999999999, "labels": {"a": "b"}}]})"}) {
    SCOPED_TRACE(body);
    EXPECT_EQ(rest_.Call("PUT", Api(std::string(kTable) + "/labels"), body).status, 400);
  }
  EXPECT_EQ(rest_.Call("PUT", Api("/namespaces/ns/tables/none/labels"), "{}").status,
            404);
}

TEST_F(LabelRoutesTest, ReportsAreCheckedAndShown) {
  const std::string path = std::string(kTable) + "/metrics";
  const std::string scan =
      R"({"report-type": "scan-report", "table-name": "t", "snapshot-id": 1,
          "filter": true, "schema-id": 0, "projected-field-ids": [1],
          "projected-field-names": ["id"], "metrics": {
            "result-data-files": {"unit": "count", "value": 3},
            "total-planning-duration": {"time-unit": "nanoseconds", "count": 1,
                                        "total-duration": 9}}})";
  EXPECT_EQ(rest_.Call("POST", path, scan).status, 204);
  const RestAnswer shown = rest_.Call("GET", Api(std::string(kTable) + "/reports"));
  ASSERT_EQ(shown.body["reports"].size(), 1U) << shown.text;
  EXPECT_EQ(shown.body["reports"][0]["report"], Json::parse(scan));
  for (int i = 0; i < 30; ++i) {
    EXPECT_EQ(rest_.Call("POST", path, scan).status, 204);
  }
  EXPECT_EQ(
      rest_.Call("GET", Api(std::string(kTable) + "/reports")).body["reports"].size(),
      16U);
  for (const char* body :
       {"{}", "[]", R"({"report-type": "scan-report"})", R"({"report-type": 1})",
        R"({"report-type": "commit-report", "table-name": "t", "snapshot-id": 1,
            "sequence-number": 1, "operation": "append", "metrics": {"a": {}}})"}) {
    SCOPED_TRACE(body);
    EXPECT_EQ(rest_.Call("POST", path, body).status, 400);
  }
  EXPECT_EQ(rest_.Call("POST", path, R"({"report-type": "of-the-future"})").status, 204);
  EXPECT_EQ(rest_.Call("POST", "/namespaces/ns/tables/none/metrics", scan).status, 404);
}

TEST_F(LabelRoutesTest, FunctionsAreListedAndLoaded) {
  const std::string all = "/namespaces/ns/functions";
  const std::string one = all + "/add%20one";
  EXPECT_TRUE(rest_.Call("GET", all).body["identifiers"].empty());
  EXPECT_EQ(rest_.Call("GET", one).ErrorType(), "NoSuchFunctionException");
  EXPECT_EQ(rest_.Call("GET", "/namespaces/no/functions").ErrorType(),
            "NoSuchNamespaceException");
  ASSERT_EQ(rest_.Call("PUT", Api(one), kFunction).status, 200);
  EXPECT_EQ(rest_.Call("PUT", Api(one), kFunction).status, 409);
  EXPECT_EQ(rest_.Call("PUT", Api(one) + "?replace=true", kFunction).status, 200);
  EXPECT_EQ(rest_.Call("GET", all).body["identifiers"],
            Json::parse(R"([["ns", "add one"]])"));
  const RestAnswer loaded = RestCaller(Options()).Call("GET", one);
  ASSERT_EQ(loaded.status, 200) << loaded.text;
  EXPECT_EQ(loaded.body["metadata"]["definitions"],
            Json::parse(kFunction)["definitions"]);
  EXPECT_TRUE(loaded.body["metadata-location"].is_string());
  EXPECT_EQ(rest_.Call("DELETE", Api(one)).status, 204);
  EXPECT_EQ(rest_.Call("DELETE", Api(one)).status, 404);
}

TEST(FunctionMetadata, IsCheckedAgainstTheSpecification) {
  EXPECT_OK(CheckFunctionMetadata(Json::parse(kFunction)));
  const std::pair<const char*, const char*> wrong[] = {
      {"/format-version", "2"},
      {"/function-uuid", "\"x\""},
      {"/definitions", "[]"},
      {"/definitions/0/definition-id", "\"int\""},
      {"/definitions/0/function-type", "\"udaf\""},
      {"/definitions/0/function-type", "\"udtf\""},
      {"/definitions/0/current-version-id", "2"},
      {"/definitions/0/return-type", "\"decimal(9, 2)\""},
      {"/definitions/0/parameters/0/type", "{\"type\": \"set\"}"},
      {"/definitions/0/versions/0/representations", "[]"},
      {"/definitions/0/versions/0/representations/1/dialect", "\"trino\""},
      {"/definitions/0/versions/0/on-null-input", "\"maybe\""},
      {"/definition-log", "3"},
  };
  for (const auto& [place, value] : wrong) {
    SCOPED_TRACE(place);
    Json json = Json::parse(kFunction);
    json[Json::json_pointer(place)] = Json::parse(value);
    EXPECT_FALSE(CheckFunctionMetadata(json).ok());
  }
}

}  // namespace
}  // namespace tarn::gateway
