#include "tarn/gateway/iceberg_rest/internal/xml_element.h"

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::gateway {
namespace {

TEST(XmlElement, ReadsWhatStoresSend) {
  ASSERT_OK_AND_ASSIGN(
      const XmlElement root,
      ParseXml("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
               "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\" xsi:a='b'>\n"
               "  <Object><Key>a &amp; b&#x20;&#233;&lt;</Key></Object><Quiet/>\n"
               "</Delete >\n"));
  EXPECT_EQ(root.name, "Delete");
  ASSERT_EQ(root.children.size(), 2U);
  EXPECT_EQ(root.Find("Object")->TextOf("Key"), "a & b \u00e9<");
  EXPECT_EQ(root.TextOf("Quiet"), "");
  EXPECT_EQ(root.Find("Other"), nullptr);
}

TEST(XmlElement, RefusesWhatReadersDifferAbout) {
  struct Case {
    const char* name;
    std::string text;
  };
  std::string deep;
  for (int i = 0; i <= kXmlDepthMax; ++i) {
    deep += "<a>";
  }
  const Case kCases[] = {
      {"nothing", ""},
      {"document type", "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>"},
      {"entity of its own", "<a>&x;</a>"},
      {"CDATA", "<a><![CDATA[b]]></a>"},
      {"comment", "<a>b<!-- c --></a>"},
      {"processing instruction", "<a><?b?></a>"},
      {"prefix", "<s:a xmlns:s='x'>b</s:a>"},
      {"other encoding", "<?xml version='1.0' encoding='UTF-16'?><a/>"},
      {"two roots", "<a/><b/>"},
      {"text after the end", "<a/>b"},
      {"wrong end", "<a></b>"},
      {"no end", "<a>"},
      {"attribute without a value", "<a b></a>"},
      {"attribute that does not end", "<a b='></a>"},
      {"NUL by number", "<a>&#0;</a>"},
      {"surrogate by number", "<a>&#xD800;</a>"},
      {"number that is none", "<a>&#x;</a>"},
      {"control character", "<a>\x01</a>"},
      {"too deep", deep},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    const auto parsed = ParseXml(c.text);
    ASSERT_FALSE(parsed.ok());
    EXPECT_EQ(CodeOf(parsed.status()), ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace tarn::gateway
