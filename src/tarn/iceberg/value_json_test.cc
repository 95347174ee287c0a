#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "tarn/iceberg/value.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg {
namespace {

struct JsonCase {
  Type type;
  const char* text;  // as ValueFromString reads it
  const char* json;
};

// Spec, Appendix D: "JSON single-value serialization", its examples among them.
TEST(ValueJson, AppendixD) {
  const JsonCase cases[] = {
      {Type::Boolean(), "true", "true"},
      {Type::Int(), "34", "34"},
      {Type::Long(), "9223372036854775807", "9223372036854775807"},
      {Type::Long(), "-9223372036854775808", "-9223372036854775808"},
      {Type::Float(), "1.0", "1.0"},
      {Type::Float(), "0.1", "0.1"},
      {Type::Double(), "0.1", "0.1"},
      {Type::Decimal(9, 2), "14.20", R"("14.20")"},
      {Type::Date(), "2017-11-16", R"("2017-11-16")"},
      {Type::Time(), "22:31:08.123456", R"("22:31:08.123456")"},
      {Type::Timestamp(), "2017-11-16T22:31:08.123456",
       R"("2017-11-16T22:31:08.123456")"},
      {Type::TimestampTz(), "2017-11-16T22:31:08.123456+00:00",
       R"("2017-11-16T22:31:08.123456+00:00")"},
      {Type::TimestampNs(), "2017-11-16T22:31:08.123456789",
       R"("2017-11-16T22:31:08.123456789")"},
      {Type::TimestampTzNs(), "2017-11-16T22:31:08.123456789Z",
       R"("2017-11-16T22:31:08.123456789+00:00")"},
      {Type::String(), "ice\"berg é", "\"ice\\\"berg é\""},
      {Type::Uuid(), "f79c3e09-677c-4bbd-a479-3f349cb785e7",
       R"("f79c3e09-677c-4bbd-a479-3f349cb785e7")"},
      {Type::Fixed(4), "AAEC/w==", R"("000102ff")"},
      {Type::Binary(), "AAEC/w==", R"("000102ff")"},
  };
  for (const JsonCase& c : cases) {
    SCOPED_TRACE(c.type.ToString() + " " + c.text);
    ASSERT_OK_AND_ASSIGN(const Value value, ValueFromString(c.type, c.text));
    EXPECT_EQ(ValueToJson(c.type, value), c.json);
    ASSERT_OK_AND_ASSIGN(const Value again, ValueFromJson(c.type, c.json));
    EXPECT_EQ(again, value);
  }
  EXPECT_EQ(ValueToJson(Type::Int(), Value()), "null");
  ASSERT_OK_AND_ASSIGN(const Value null, ValueFromJson(Type::Int(), "null"));
  EXPECT_TRUE(IsNull(null));
}

TEST(ValueJson, EveryFloatReadsBackAsItself) {
  for (const float number :
       {0.1F, 1e-45F, 3.4028235e38F, -1.1754944e-38F, 16777217.0F, -0.0F}) {
    const std::string json = ValueToJson(Type::Float(), Value(number));
    ASSERT_OK_AND_ASSIGN(const Value again, ValueFromJson(Type::Float(), json));
    EXPECT_TRUE(ValueEquals{}(again, Value(number))) << json;
  }
}

TEST(ValueJson, NumbersThatJsonLacksAreText) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const Value& value : {Value(infinity), Value(-infinity), Value(std::nan(""))}) {
    const std::string json = ValueToJson(Type::Double(), value);
    EXPECT_EQ(json.front(), '"') << json;
    ASSERT_OK_AND_ASSIGN(const Value again, ValueFromJson(Type::Double(), json));
    EXPECT_TRUE(ValueEquals{}(again, value)) << json;
  }
}

TEST(ValueJson, UpperCaseHexAsJavaWritesIsRead) {
  ASSERT_OK_AND_ASSIGN(const Value value, ValueFromJson(Type::Binary(), R"("000102FF")"));
  EXPECT_EQ(value, Value(std::string("\0\1\2\xFF", 4)));
}

TEST(ValueJson, WrongJsonIsRefused) {
  const JsonCase cases[] = {
      {Type::Int(), "", "{"},
      {Type::Int(), "", ""},
      {Type::Int(), "", "1 2"},
      {Type::Int(), "", "\"1\""},
      {Type::Int(), "", "1.0"},
      {Type::Int(), "", "2147483648"},
      {Type::Long(), "", "9223372036854775808"},
      {Type::Long(), "", "18446744073709551616"},
      {Type::Long(), "", "1e3"},
      {Type::Boolean(), "", "1"},
      {Type::Boolean(), "", "\"true\""},
      {Type::Float(), "", "1e39"},
      {Type::Double(), "", "1e999"},
      {Type::Double(), "", "\"1.0\""},
      {Type::Decimal(9, 2), "", "14.2"},
      {Type::Decimal(9, 2), "", "\"14.205\""},
      {Type::Date(), "", "17486"},
      {Type::Date(), "", "\"2017-11-31\""},
      {Type::TimestampTz(), "", "\"2017-11-16T22:31:08\""},
      {Type::Timestamp(), "", "\"2017-11-16T22:31:08+00:00\""},
      {Type::Fixed(4), "", "\"000102\""},
      {Type::Binary(), "", "\"0\""},
      {Type::Binary(), "", "\"zz\""},
      {Type::String(), "", "\"\xFF\""},
      {Type::String(), "", "[]"},
      {Type::Geometry(), "", "\"POINT (1 1)\""},
      {Type::Unknown(), "", "1"},
      {Type::Struct({}), "", "{}"},
  };
  for (const JsonCase& c : cases) {
    SCOPED_TRACE(c.type.ToString() + " " + c.json);
    EXPECT_ERROR(ValueFromJson(c.type, c.json), ErrorCode::kInvalidData,
                 c.type.ToString());
  }
}

TEST(ValueJson, MessagesStayShort) {
  const std::string long_text = "\"" + std::string(100'000, 'x') + "\"";
  const auto result = ValueFromJson(Type::Int(), long_text);
  ASSERT_ERROR(result, ErrorCode::kInvalidData, "xxx");
  EXPECT_LT(result.status().message().size(), 200U);
}

}  // namespace
}  // namespace tarn::iceberg
