#include <limits>

#include <gtest/gtest.h>

#include "tarn/iceberg/internal/byte_text.h"
#include "tarn/iceberg/internal/datetime.h"
#include "tarn/iceberg/internal/utf8.h"
#include "tarn/iceberg/value.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg {
namespace {

struct TextCase {
  Type type;
  const char* text;
};

// Written as the Java reference writes them; all of these read back.
TEST(ValueText, CanonicalTextReadsBack) {
  const TextCase cases[] = {
      {Type::Boolean(), "true"},
      {Type::Int(), "-2147483648"},
      {Type::Long(), "9223372036854775807"},
      {Type::Float(), "1.5"},
      {Type::Float(), "0.1"},
      {Type::Double(), "0.0"},
      {Type::Double(), "-0.0"},
      {Type::Double(), "100.0"},
      {Type::Double(), "123.456"},
      {Type::Double(), "0.001"},
      {Type::Double(), "1.0E-4"},
      {Type::Double(), "9999999.0"},
      {Type::Double(), "1.0E7"},
      {Type::Double(), "1.7976931348623157E308"},
      {Type::Double(), "-Infinity"},
      {Type::Decimal(9, 2), "-1.50"},
      {Type::Date(), "2017-12-01"},
      {Type::Date(), "1969-12-31"},
      {Type::Date(), "0001-01-01"},
      {Type::Date(), "-0001-12-31"},
      {Type::Date(), "+10000-01-01"},
      {Type::Time(), "10:12:55.038194"},
      {Type::Time(), "22:31:08"},
      {Type::Time(), "00:00:00.5"},
      {Type::Timestamp(), "2017-11-16T22:31:08"},
      {Type::Timestamp(), "2017-11-16T00:00:00"},
      {Type::Timestamp(), "1969-12-31T23:59:59.999999"},
      {Type::TimestampTz(), "2017-12-01T18:12:55.038194+00:00"},
      {Type::TimestampNs(), "2017-12-01T10:12:55.038194789"},
      {Type::TimestampTzNs(), "1969-12-31T23:59:59.999999999+00:00"},
      {Type::String(), "a/b/c=d"},
      {Type::String(), ""},
      {Type::Uuid(), "f79c3e09-677c-4bbd-a479-3f349cb785e7"},
      {Type::Fixed(3), "AQID"},
      {Type::Binary(), "AQID"},
      {Type::Binary(), "/w=="},
      {Type::Binary(), ""},
  };
  for (const TextCase& c : cases) {
    SCOPED_TRACE(c.type.ToString() + " " + c.text);
    ASSERT_OK_AND_ASSIGN(const Value value, ValueFromString(c.type, c.text));
    EXPECT_EQ(ValueToString(c.type, value), c.text);
  }
  EXPECT_EQ(ValueToString(Type::Int(), Value()), "null");
  EXPECT_EQ(
      ValueToString(Type::Double(), Value(std::numeric_limits<double>::quiet_NaN())),
      "NaN");
}

TEST(ValueText, ReadsOtherSpellings) {
  struct Case {
    Type type;
    const char* written;
    const char* canonical;
  };
  const Case cases[] = {
      {Type::Boolean(), "TRUE", "true"},
      {Type::Int(), "+5", "5"},
      {Type::Double(), "1e3", "1000.0"},
      {Type::Double(), "nan", "NaN"},
      {Type::Decimal(9, 2), "1.5", "1.50"},
      {Type::Time(), "10:12", "10:12:00"},
      {Type::Timestamp(), "2017-11-16", "2017-11-16T00:00:00"},
      {Type::Timestamp(), "2017-11-16 22:31", "2017-11-16T22:31:00"},
      {Type::TimestampTz(), "2017-11-16T14:31:08-08:00", "2017-11-16T22:31:08+00:00"},
      {Type::TimestampTz(), "2017-11-16 22:31:08Z", "2017-11-16T22:31:08+00:00"},
      {Type::TimestampTz(), "2017-11-16 22:31:08 +0130", "2017-11-16T21:01:08+00:00"},
      {Type::TimestampTz(), "2017-11-16 22:31:08+02", "2017-11-16T20:31:08+00:00"},
      {Type::TimestampTz(), "2017-11-16", "2017-11-16T00:00:00+00:00"},
      {Type::Uuid(), "F79C3E09-677C-4BBD-A479-3F349CB785E7",
       "f79c3e09-677c-4bbd-a479-3f349cb785e7"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.type.ToString() + " " + c.written);
    ASSERT_OK_AND_ASSIGN(const Value value, ValueFromString(c.type, c.written));
    EXPECT_EQ(ValueToString(c.type, value), c.canonical);
  }
}

TEST(ValueText, RefusesWhatTheTypeCannotHold) {
  const TextCase cases[] = {
      {Type::Boolean(), "yes"},
      {Type::Int(), "2147483648"},
      {Type::Int(), "1.0"},
      {Type::Int(), ""},
      {Type::Int(), "+-1"},
      {Type::Long(), "9223372036854775808"},
      {Type::Double(), "1,5"},
      {Type::Decimal(4, 2), "123.45"},
      {Type::Decimal(4, 2), "1.234"},
      {Type::Date(), "2017-02-29"},
      {Type::Date(), "2017-13-01"},
      {Type::Date(), "2017-1-1"},
      {Type::Date(), "17-01-01"},
      {Type::Date(), "2017-01-01x"},
      {Type::Date(), "+9999999-01-01"},
      {Type::Time(), "24:00:00"},
      {Type::Time(), "10:60"},
      {Type::Time(), "10:12:55.0381941"},
      {Type::Timestamp(), "2017-11-16T22:31:08+00:00"},
      {Type::Timestamp(), "2017-11-16T22:31:08.1234567"},
      {Type::Timestamp(), "2017-11-16T"},
      {Type::Timestamp(), "+300000-01-01T00:00:00"},
      {Type::TimestampTz(), "2017-11-16T22:31:08+99:00"},
      {Type::TimestampTz(), "2017-11-16T22:31:08 UTC"},
      {Type::TimestampNs(), "2262-04-12T00:00:00"},
      {Type::Uuid(), "f79c3e09677c4bbda4793f349cb785e7"},
      {Type::Uuid(), "g79c3e09-677c-4bbd-a479-3f349cb785e7"},
      {Type::Fixed(2), "AQID"},
      {Type::Binary(), "AQI"},
      {Type::Binary(), "A*ID"},
      {Type::Binary(), "===="},
      {Type::String(), "\xFF"},
      {Type::Unknown(), "x"},
      {Type::Struct({}), "x"},
  };
  for (const TextCase& c : cases) {
    SCOPED_TRACE(c.type.ToString() + " " + c.text);
    EXPECT_ERROR(ValueFromString(c.type, c.text), ErrorCode::kInvalidArgument,
                 c.type.ToString());
  }
}

TEST(Datetime, EveryDayAroundTheEpochReadsBack) {
  for (int64_t days = -800'000; days <= 800'000; days += 97) {
    const internal::CivilDate date = internal::CivilFromDays(days);
    ASSERT_EQ(internal::DaysFromCivil(date), days);
    ASSERT_EQ(internal::DateFromText(internal::DateToText(days)), days);
  }
  for (const int64_t days : {int64_t{INT32_MIN}, int64_t{INT32_MAX}}) {
    EXPECT_EQ(internal::DaysFromCivil(internal::CivilFromDays(days)), days);
    EXPECT_EQ(internal::DateFromText(internal::DateToText(days)), days);
  }
}

TEST(Datetime, CalendarFacts) {
  EXPECT_EQ(internal::DateToText(0), "1970-01-01");
  EXPECT_EQ(internal::DateToText(-1), "1969-12-31");
  EXPECT_EQ(internal::DateToText(17486), "2017-11-16");
  EXPECT_EQ(internal::DateToText(11016), "2000-02-29");
  EXPECT_EQ(internal::DateToText(-719528), "0000-01-01");
  EXPECT_FALSE(internal::DateFromText("1900-02-29").has_value());
  EXPECT_TRUE(internal::DateFromText("2000-02-29").has_value());
}

TEST(Timestamp, ExtremesReadBack) {
  for (const Type& type : {Type::Timestamp(), Type::TimestampNs(), Type::TimestampTz()}) {
    for (const int64_t units : {INT64_MIN, INT64_MIN + 1, int64_t{-1}, INT64_MAX}) {
      const std::string text = ValueToString(type, Value(units));
      SCOPED_TRACE(type.ToString() + " " + text);
      ASSERT_OK_AND_ASSIGN(const Value again, ValueFromString(type, text));
      EXPECT_EQ(again, Value(units));
    }
  }
}

TEST(Utf8, KnowsWellFormedText) {
  for (const char* good :
       {"", "a", "é", "\uD7FF", "\uE000", "\U0001F600", "\U0010FFFF"}) {
    EXPECT_TRUE(internal::IsUtf8(good)) << good;
  }
  for (const char* bad : {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80",
                          "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80",
                          "a\xC3", "\xE2\x82", "\xC3(", "\xFF"}) {
    EXPECT_FALSE(internal::IsUtf8(bad)) << internal::BytesToHex(bad);
  }
}

TEST(Base64, ReadsBackEveryLength) {
  std::string bytes;
  for (int i = 0; i < 40; ++i) {
    EXPECT_EQ(internal::BytesFromBase64(internal::BytesToBase64(bytes)), bytes);
    EXPECT_EQ(internal::BytesFromHex(internal::BytesToHex(bytes)), bytes);
    bytes += static_cast<char>(i * 37 + 200);
  }
  EXPECT_EQ(internal::BytesToBase64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(internal::BytesToBase64("fooba"), "Zm9vYmE=");
  EXPECT_EQ(internal::BytesToBase64("foob"), "Zm9vYg==");
}

}  // namespace
}  // namespace tarn::iceberg
