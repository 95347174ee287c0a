#include "tarn/ingest/web/json_path.h"

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/ingest/web/json_rows.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::ingest::web {
namespace {

std::string Find(std::string_view path, const Json& document) {
  const Result<JsonPath> parsed = JsonPath::Parse(path);
  if (!parsed.ok()) {
    return "(error)";
  }
  std::string text;
  for (const Json* json : parsed->Find(document)) {
    text += (text.empty() ? "" : "|") + DumpJson(*json);
  }
  return text;
}

TEST(JsonPath, FindsPlaces) {
  const Json document = *ParseJson(
      R"({"data":{"items":[{"a":1},{"a":2,"b":[5,6]}],"x.y":7},"n":null})", "test");
  EXPECT_EQ(Find("data.items[0].a", document), "1");
  EXPECT_EQ(Find("$.data.items[*].a", document), "1|2");
  EXPECT_EQ(Find("data.items.*.a", document), "1|2");
  EXPECT_EQ(Find("data.items[].a", document), "1|2");
  EXPECT_EQ(Find("data.items[-1].b[1]", document), "6");
  EXPECT_EQ(Find("$['data'][\"x.y\"]", document), "7");
  EXPECT_EQ(Find("$", Json(3)), "3");
  EXPECT_EQ(Find("", Json(3)), "3");
  EXPECT_EQ(Find("data.none", document), "");
  EXPECT_EQ(Find("data.items[9]", document), "");
  EXPECT_EQ(Find("data[0]", document), "");
  for (const char* text : {"a..b", "a.", "$a", "a[", "a[x]", "a['x", "a[0]b", "."}) {
    EXPECT_ERROR(JsonPath::Parse(text), ErrorCode::kInvalidArgument, "JSON path");
  }
}

TEST(JsonPath, RecordsAreWhatArraysHold) {
  const Json document = *ParseJson(R"({"a":[{"x":1},null,{"x":2}],"b":{"x":3}})", "test");
  EXPECT_EQ(JsonPath::Parse("a")->Records(document)->size(), 2U);
  EXPECT_EQ(JsonPath::Parse("b")->Records(document)->size(), 1U);
  EXPECT_ERROR(JsonPath::Parse("c.d")->Records(document), ErrorCode::kInvalidData,
               "an object with a, b");
  EXPECT_TRUE(JsonPath::Parse("a")->Records(Json{{"a", Json::array()}})->empty());
}

TEST(JsonRows, FlattenOneLevel) {
  const Json document = *ParseJson(
      R"([{"id":9007199254740993,"owner":{"login":"ada","plan":{"x":1}},"tags":["a"],
           "ok":true},{"id":2,"late":1.5},"bare"])",
      "test");
  RowSet rows(1 << 20);
  ASSERT_OK_AND_ASSIGN(const int64_t count,
                       AddJsonRows(document, *JsonPath::Parse("$"), {}, &rows));
  EXPECT_EQ(count, 3);
  EXPECT_EQ(rows.num_rows(), 3);
  EXPECT_EQ(rows.names(),
            (std::vector<std::string>{"id", "ok", "owner_login", "owner_plan", "tags",
                                      "late", "value"}));
  EXPECT_EQ(rows.column(0)[0].text, "9007199254740993");
  EXPECT_EQ(rows.column(1)[0].kind, Cell::Kind::kBool);
  EXPECT_EQ(rows.column(3)[0].text, "{\"x\":1}");
  EXPECT_EQ(rows.column(4)[0].kind, Cell::Kind::kNested);
  EXPECT_EQ(rows.column(5)[0].kind, Cell::Kind::kNull);
  EXPECT_EQ(rows.column(6)[2].text, "bare");
}

TEST(JsonRows, TakeOnlyFieldsThatAreAskedFor) {
  const Json document =
      *ParseJson(R"([{"a":{"b":{"c":1}},"t":[{"n":"x"},{"n":"y"}]}])", "test");
  RowSet rows(1 << 20);
  JsonRowsOptions options;
  options.fields.push_back({"deep", *JsonPath::Parse("a.b.c")});
  options.fields.push_back({"names", *JsonPath::Parse("t[*].n")});
  options.fields.push_back({"none", *JsonPath::Parse("z")});
  ASSERT_OK_AND_ASSIGN(const int64_t count,
                       AddJsonRows(document, *JsonPath::Parse(""), options, &rows));
  EXPECT_EQ(count, 1);
  EXPECT_EQ(rows.column(0)[0].text, "1");
  EXPECT_EQ(rows.column(1)[0].text, "[\"x\",\"y\"]");
  EXPECT_EQ(rows.column(2)[0].kind, Cell::Kind::kNull);
}

TEST(RowSet, HasALimit) {
  RowSet rows(1000);
  const size_t column = rows.ColumnOf("a");
  Status status;
  int added = 0;
  while (status.ok() && added < 1000) {
    status = rows.Add({{column, {Cell::Kind::kText, std::string(100, 'x')}}});
    ++added;
  }
  EXPECT_EQ(CodeOf(status), ErrorCode::kResourceLimit);
  EXPECT_LT(added, 12);
}

}  // namespace
}  // namespace tarn::ingest::web
