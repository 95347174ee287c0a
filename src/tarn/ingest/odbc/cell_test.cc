#include "tarn/ingest/odbc/cell.h"

#include <arrow/array.h>
#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::ingest::odbc {
namespace {

TEST(OdbcTime, IsOfADay) {
  ASSERT_OK_AND_ASSIGN(const int64_t last, MicrosOfDay("23:59:59.999999"));
  EXPECT_EQ(last, 86'399'999'999);
  ASSERT_OK_AND_ASSIGN(const int64_t tenth, MicrosOfDay("00:00:01.1"));
  EXPECT_EQ(tenth, 1'100'000);
  for (const char* const text :
       {"", "1:2:3", "24:00:00", "00:60:00", "00:00:60", "-1:00:00", "00:00:00.",
        "00:00:00.x", "00-00-00", "00:00:00.0000000000"}) {
    EXPECT_EQ(CodeOf(MicrosOfDay(text).status()), ErrorCode::kTypeMismatch) << text;
  }
}

TEST(OdbcCell, RefusesWhatItsColumnCannotHold) {
  ASSERT_OK_AND_ASSIGN(
      const auto price,
      MakeCell({.name = "p", .type = SQL_DECIMAL, .size = 5, .digits = 2}, {}));
  EXPECT_OK(price->Append("-123.4"));
  for (const char* const text : {"1234.5", "0.001", "x", ""}) {
    EXPECT_EQ(CodeOf(price->Append(text)), ErrorCode::kTypeMismatch) << text;
  }
  ASSERT_OK_AND_ASSIGN(const auto number,
                       MakeCell({.name = "n", .type = SQL_BIGINT}, {}));
  EXPECT_EQ(CodeOf(number->Append("1234")), ErrorCode::kInvalidData);
  SQL_DATE_STRUCT date = {.year = 2023, .month = 2, .day = 30};
  const std::string_view bytes(reinterpret_cast<const char*>(&date), sizeof date);
  ASSERT_OK_AND_ASSIGN(const auto day,
                       MakeCell({.name = "d", .type = SQL_TYPE_DATE}, {}));
  EXPECT_EQ(CodeOf(day->Append(bytes)), ErrorCode::kTypeMismatch);
  ASSERT_OK_AND_ASSIGN(const auto nulls, MakeCell({.name = "d", .type = SQL_TYPE_DATE},
                                                  {.unheld = internal::Unheld::kNull}));
  EXPECT_OK(nulls->Append(bytes));
  ASSERT_OK_AND_ASSIGN(const auto array, nulls->Finish());
  EXPECT_TRUE(array->IsNull(0));
}

TEST(OdbcCell, BindsOnlyWhatIsShort) {
  struct Case {
    SQLSMALLINT type;
    uint64_t size;
    size_t bytes_max;
  };
  for (const Case& c : {Case{SQL_VARCHAR, 10, 40}, Case{SQL_VARCHAR, 0, 0},
                        Case{SQL_WVARCHAR, 100'000, 0}, Case{SQL_LONGVARCHAR, 10, 0},
                        Case{SQL_VARBINARY, 16, 16}, Case{SQL_LONGVARBINARY, 16, 0}}) {
    ASSERT_OK_AND_ASSIGN(const auto cell,
                         MakeCell({.name = "c", .type = c.type, .size = c.size}, {}));
    EXPECT_EQ(cell->bytes_max(), c.bytes_max) << c.type << " " << c.size;
  }
}

}  // namespace
}  // namespace tarn::ingest::odbc
