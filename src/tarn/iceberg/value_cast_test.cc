#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "tarn/iceberg/value.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg {
namespace {

struct CastCase {
  Type from;
  const char* text;
  Type to;
  const char* expected;
};

TEST(CastValue, KeepsTheValue) {
  const CastCase cases[] = {
      {Type::Int(), "34", Type::Int(), "34"},
      {Type::Int(), "-34", Type::Long(), "-34"},
      {Type::Long(), "-2147483648", Type::Int(), "-2147483648"},
      {Type::Int(), "34", Type::Double(), "34.0"},
      {Type::Long(), "9007199254740992", Type::Double(), "9.007199254740992E15"},
      {Type::Int(), "16777216", Type::Float(), "1.6777216E7"},
      {Type::Int(), "34", Type::Decimal(9, 2), "34.00"},
      {Type::Float(), "1.5", Type::Double(), "1.5"},
      {Type::Double(), "1.5", Type::Float(), "1.5"},
      {Type::Double(), "NaN", Type::Float(), "NaN"},
      {Type::Double(), "-Infinity", Type::Float(), "-Infinity"},
      {Type::Double(), "34.0", Type::Int(), "34"},
      {Type::Double(), "34.0", Type::Decimal(9, 2), "34.00"},
      {Type::Decimal(4, 2), "14.20", Type::Decimal(9, 2), "14.20"},
      {Type::Decimal(4, 2), "14.20", Type::Decimal(9, 1), "14.2"},
      {Type::Decimal(4, 2), "14.20", Type::Decimal(9, 4), "14.2000"},
      {Type::Decimal(4, 2), "14.00", Type::Int(), "14"},
      {Type::Decimal(4, 1), "0.1", Type::Double(), "0.1"},
      {Type::Decimal(4, 1), "0.1", Type::Float(), "0.1"},
      {Type::Date(), "2017-11-16", Type::Timestamp(), "2017-11-16T00:00:00"},
      {Type::Date(), "1969-12-31", Type::TimestampNs(), "1969-12-31T00:00:00"},
      {Type::Timestamp(), "2017-11-16", Type::Date(), "2017-11-16"},
      {Type::Timestamp(), "1969-12-30", Type::Date(), "1969-12-30"},
      {Type::Timestamp(), "2017-11-16T22:31:08.5", Type::TimestampNs(),
       "2017-11-16T22:31:08.5"},
      {Type::TimestampTzNs(), "2017-11-16T22:31:08.5Z", Type::TimestampTz(),
       "2017-11-16T22:31:08.5+00:00"},
      {Type::String(), "2017-11-16", Type::Date(), "2017-11-16"},
      {Type::String(), "22:31", Type::Time(), "22:31:00"},
      {Type::String(), "2017-11-16 22:31", Type::Timestamp(), "2017-11-16T22:31:00"},
      {Type::String(), "f79c3e09-677c-4bbd-a479-3f349cb785e7", Type::Uuid(),
       "f79c3e09-677c-4bbd-a479-3f349cb785e7"},
      {Type::Fixed(3), "AQID", Type::Binary(), "AQID"},
      {Type::Binary(), "AQID", Type::Fixed(3), "AQID"},
  };
  for (const CastCase& c : cases) {
    SCOPED_TRACE(c.from.ToString() + " " + c.text + " to " + c.to.ToString());
    ASSERT_OK_AND_ASSIGN(const Value value, ValueFromString(c.from, c.text));
    ASSERT_OK_AND_ASSIGN(const Value cast, CastValue(c.from, c.to, value));
    EXPECT_EQ(ValueToString(c.to, cast), c.expected);
  }
}

TEST(CastValue, RefusesToLoseAnything) {
  const CastCase cases[] = {
      {Type::Long(), "2147483648", Type::Int(), ""},
      {Type::Long(), "9007199254740993", Type::Double(), ""},
      {Type::Int(), "16777217", Type::Float(), ""},
      {Type::Int(), "100", Type::Decimal(4, 2), ""},
      {Type::Double(), "0.1", Type::Float(), ""},
      {Type::Double(), "1e300", Type::Float(), ""},
      {Type::Double(), "1.5", Type::Int(), ""},
      {Type::Double(), "NaN", Type::Int(), ""},
      {Type::Double(), "Infinity", Type::Long(), ""},
      {Type::Double(), "1e18", Type::Long(), ""},
      {Type::Decimal(4, 2), "14.25", Type::Decimal(9, 1), ""},
      {Type::Decimal(4, 2), "14.25", Type::Decimal(3, 2), ""},
      {Type::Decimal(4, 2), "14.25", Type::Int(), ""},
      {Type::Decimal(38, 0), "99999999999999999999", Type::Long(), ""},
      {Type::Decimal(38, 0), "99999999999999999999", Type::Double(), ""},
      {Type::Date(), "2300-01-01", Type::TimestampNs(), ""},
      {Type::Date(), "2017-11-16", Type::TimestampTz(), ""},
      {Type::Timestamp(), "2017-11-16T00:00:00.000001", Type::Date(), ""},
      {Type::Timestamp(), "2300-01-01", Type::TimestampNs(), ""},
      {Type::Timestamp(), "2017-11-16", Type::TimestampTz(), ""},
      {Type::TimestampTz(), "2017-11-16", Type::Date(), ""},
      {Type::TimestampNs(), "2017-11-16T00:00:00.000000001", Type::Timestamp(), ""},
      {Type::Time(), "10:00", Type::Timestamp(), ""},
      {Type::Int(), "1", Type::Boolean(), ""},
      {Type::Int(), "1", Type::Date(), ""},
      {Type::Int(), "1", Type::String(), ""},
      {Type::Boolean(), "true", Type::Int(), ""},
      {Type::String(), "x", Type::Date(), ""},
      {Type::String(), "AQID", Type::Binary(), ""},
      {Type::Binary(), "AQID", Type::Fixed(2), ""},
      {Type::Binary(), "AQID", Type::String(), ""},
      {Type::Int(), "1", Type::Struct({}), ""},
  };
  for (const CastCase& c : cases) {
    SCOPED_TRACE(c.from.ToString() + " " + c.text + " to " + c.to.ToString());
    ASSERT_OK_AND_ASSIGN(const Value value, ValueFromString(c.from, c.text));
    EXPECT_ERROR(CastValue(c.from, c.to, value), ErrorCode::kTypeMismatch,
                 c.to.ToString());
  }
}

TEST(CastValue, NullStaysNull) {
  ASSERT_OK_AND_ASSIGN(const Value null, CastValue(Type::String(), Type::Int(), Value()));
  EXPECT_TRUE(IsNull(null));
}

}  // namespace
}  // namespace tarn::iceberg
