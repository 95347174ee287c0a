#include "tarn/ingest/records/json_records.h"

#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/ingest/internal/locate.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::ingest::records {
namespace {

Result<std::string> RecordsAt(const std::string& path, const std::string& json) {
  ARROW_ASSIGN_OR_RAISE(const auto directory, internal::TemporaryDirectory::Make());
  const std::string target = directory->path() + "/out";
  ARROW_ASSIGN_OR_RAISE(RecordFile out, RecordFile::Open(target));
  ARROW_ASSIGN_OR_RAISE(const web::JsonPath steps, web::JsonPath::Parse(path));
  std::istringstream input(json);
  RETURN_NOT_OK(WriteJsonRecords(input, steps, &out, {}));
  RETURN_NOT_OK(out.Close());
  std::ostringstream text;
  text << std::ifstream(target).rdbuf();
  return text.str();
}

std::string LinesAt(const std::string& path, const std::string& json) {
  const Result<std::string> lines = RecordsAt(path, json);
  return lines.ok() ? *lines : lines.status().ToString();
}

TEST(JsonRecords, AreTheElementsOfAnArrayAtThePath) {
  const std::string json =
      R"({"a": {"x": [1], "b": [{"n": 1, "s": "\u00e9\"\\"}, {"n": [2, {"m": null}]}]}})";
  EXPECT_EQ(LinesAt("a.b", json),
            "{\"n\":1,\"s\":\"\xc3\xa9\\\"\\\\\"}\n{\"n\":[2,{\"m\":null}]}\n");
  EXPECT_EQ(LinesAt("a.b[*]", json), LinesAt("$.a.b", json));
  EXPECT_EQ(LinesAt("a.b[0]", json), "{\"n\":1,\"s\":\"\xc3\xa9\\\"\\\\\"}\n");
  EXPECT_EQ(LinesAt("a.b[1].n[1]", json), "{\"m\":null}\n");
  EXPECT_EQ(LinesAt("a.none", json), "");
}

TEST(JsonRecords, AreObjectsToo) {
  EXPECT_EQ(LinesAt("$", R"([{"a": 1}, {"a": 2}])"), "{\"a\":1}\n{\"a\":2}\n");
  EXPECT_EQ(LinesAt("$", R"({"a": {}})"), "{\"a\":{}}\n");
  EXPECT_EQ(LinesAt("d", "{\"d\": {\"a\": 1}}\n{\"d\": [{\"a\": 2}, {\"a\": 3}]}\n"),
            "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n")
      << "a document in each line";
  EXPECT_EQ(LinesAt("[*].d", R"([{"d": {"a": 1}}, {"e": 0}, {"d": {"a": 2}}])"),
            "{\"a\":1}\n{\"a\":2}\n");
}

TEST(JsonRecords, WhatIsNoObjectIsAValue) {
  EXPECT_EQ(LinesAt("a", R"({"a": [1, "x", null, [2, 3], true]})"),
            "{\"value\":1}\n{\"value\":\"x\"}\n{\"value\":[2,3]}\n{\"value\":true}\n");
}

TEST(JsonRecords, NumbersStayAsTheyWereWritten) {
  EXPECT_EQ(LinesAt("a", R"({"a": [{"n": 0.10, "m": 123456789012345678901234567890,
                                      "i": -9223372036854775808}]})"),
            "{\"n\":0.10,\"m\":123456789012345678901234567890,"
            "\"i\":-9223372036854775808}\n");
}

TEST(JsonRecords, BrokenFilesNameThePlace) {
  EXPECT_ERROR(RecordsAt("a", R"({"a": [{"b": 1},)"), ErrorCode::kInvalidData, "at byte");
  EXPECT_ERROR(RecordsAt("a", "{\"a\": [{\"b\": \"\xff\"}]}"), ErrorCode::kInvalidData,
               "at byte");
  EXPECT_ERROR(RecordsAt("a[-1]", "{}"), ErrorCode::kNotSupported, "from the front");
  EXPECT_ERROR(RecordsAt("$", std::string(5'000, '[')), ErrorCode::kResourceLimit,
               "deep");
}

}  // namespace
}  // namespace tarn::ingest::records
