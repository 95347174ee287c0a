#include "tarn/ingest/records/xml_records.h"

#include <fstream>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/ingest/internal/locate.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::ingest::records {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

class XmlRecordsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(directory_, internal::TemporaryDirectory::Make());
    io_ = io::MakeFileIO({});
  }
  Result<Records> Read(const std::string& xml, std::string_view rows = "") {
    const std::string path = directory_->path() + "/in.xml";
    std::ofstream(path, std::ios::binary) << xml;
    ARROW_ASSIGN_OR_RAISE(RowPath parsed, RowPath::Parse(rows));
    return RecordsOfXml(*io_, {path}, parsed, directory_->path(), {});
  }
  std::string Lines() const {
    std::ostringstream text;
    text << std::ifstream(directory_->path() + "/rows.jsonl").rdbuf();
    return text.str();
  }

  std::unique_ptr<internal::TemporaryDirectory> directory_;
  std::unique_ptr<io::FileIO> io_;
};

TEST_F(XmlRecordsTest, AttributesElementsAndText) {
  ASSERT_OK_AND_ASSIGN(
      const Records records,
      Read("<r><x id='1'>a<![CDATA[<b>]]></x><x id='2' ID='3'><id>4</id></x></r>"));
  EXPECT_THAT(records.columns,
              ElementsAre(Pair("id", "BIGINT"), Pair("ID_1", "BIGINT"),
                          Pair("id_2", "BIGINT"), Pair("value", "VARCHAR")));
  EXPECT_EQ(Lines(),
            "{\"id\":\"1\",\"value\":\"a<b>\"}\n"
            "{\"id\":\"2\",\"ID_1\":\"3\",\"id_2\":\"4\"}\n");
}

TEST_F(XmlRecordsTest, WhatTurnsOutToBeAListOrAStructIsOneFromTheFirstRowOn) {
  ASSERT_OK_AND_ASSIGN(const Records records,
                       Read("<r><x><a>1</a><b>t</b></x>"
                            "<x><a>2</a><a>3</a><b k='v'>u</b></x><x><b/></x></r>"));
  EXPECT_THAT(records.columns,
              ElementsAre(Pair("a", "BIGINT[]"),
                          Pair("b", "STRUCT(\"k\" VARCHAR, \"value\" VARCHAR)")));
  EXPECT_EQ(Lines(),
            "{\"a\":[\"1\"],\"b\":{\"value\":\"t\"}}\n"
            "{\"a\":[\"2\",\"3\"],\"b\":{\"k\":\"v\",\"value\":\"u\"}}\n"
            "{\"b\":null}\n");
}

TEST_F(XmlRecordsTest, RowsByTheirPath) {
  const std::string xml =
      "<n:r xmlns:n='u'><h><x><v>0</v></x></h><n:x><v>1</v><x><v>2</v></x></n:x></n:r>";
  ASSERT_OK(Read(xml, "x").status());
  EXPECT_EQ(Lines(), "{\"v\":\"0\"}\n{\"v\":\"1\",\"x\":{\"v\":\"2\"}}\n");
  ASSERT_OK(Read(xml, "/n:r/x").status());
  EXPECT_EQ(Lines(), "{\"v\":\"1\",\"x\":{\"v\":\"2\"}}\n");
  ASSERT_OK(Read(xml, "h/x").status());
  EXPECT_EQ(Lines(), "{\"v\":\"0\"}\n");
  EXPECT_ERROR(Read(xml, "y"), ErrorCode::kInvalidData, "--row-element");
  EXPECT_ERROR(Read(xml), ErrorCode::kInvalidData, "<h> and <x>");
  EXPECT_ERROR(Read(xml, "x[1]"), ErrorCode::kInvalidArgument, "x[1]");
  EXPECT_ERROR(Read(xml, "h//x"), ErrorCode::kInvalidArgument, "h//x");
}

TEST_F(XmlRecordsTest, BrokenFilesNameTheLine) {
  EXPECT_ERROR(Read("<r>\n<x><a>1</a></x>\n<x>"), ErrorCode::kInvalidData, "in line 3");
  EXPECT_ERROR(Read("no xml"), ErrorCode::kInvalidData, "in line 1");
}

TEST_F(XmlRecordsTest, EntitiesAreNotExpanded) {
  EXPECT_ERROR(
      Read("<!DOCTYPE r [<!ENTITY a 'x'><!ENTITY b '&a;&a;'>]><r><x>&b;</x></r>"),
      ErrorCode::kInvalidData, "ENTITY");
  EXPECT_ERROR(
      Read("<!DOCTYPE r [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><r><x>&a;</x></r>"),
      ErrorCode::kInvalidData, "ENTITY");
  EXPECT_ERROR(Read("<!DOCTYPE r [<!ENTITY % p SYSTEM 'file:///etc/passwd'> %p;]>"
                    "<r><x>1</x></r>"),
               ErrorCode::kInvalidData, "ENTITY");
  ASSERT_OK(Read("<!DOCTYPE r SYSTEM 'r.dtd'><r><x>&lt;&#65;</x></r>").status());
  EXPECT_EQ(Lines(), "{\"value\":\"<A\"}\n");
}

TEST_F(XmlRecordsTest, DepthIsLimited) {
  std::string xml = "<r><x>";
  for (const char* tag : {"<a>", "</a>"}) {
    for (int i = 0; i < 210; ++i) {
      xml += tag;
    }
  }
  xml += "</x></r>";
  EXPECT_ERROR(Read(xml), ErrorCode::kResourceLimit, "deep");
}

}  // namespace
}  // namespace tarn::ingest::records
