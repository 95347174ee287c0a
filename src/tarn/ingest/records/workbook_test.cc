#include "tarn/ingest/records/workbook.h"

#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/ingest/records/sheet_records.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::ingest::records {
namespace {

TEST(Workbook, PlacesOfCells) {
  EXPECT_EQ(ColumnLetters(0), "A");
  EXPECT_EQ(ColumnLetters(27), "AB");
  EXPECT_EQ(ColumnLetters(16'383), "XFD");
  ASSERT_TRUE(PlaceOf("xfd1048576").has_value());
  EXPECT_EQ(PlaceOf("XFD1048576")->column, 16'383);
  EXPECT_EQ(PlaceOf("B")->row, 0);
  for (const char* wrong : {"", "1", "XFE1", "A0", "A1048577", "A1B", "AAAAAAAAAA1"}) {
    EXPECT_FALSE(PlaceOf(wrong).has_value()) << wrong;
  }
}

TEST(Workbook, TimesAreDaysSinceAnEpoch) {
  const auto date = [](double serial, bool is_since_1904 = false) {
    return TimeOfSerial(serial, true, false, is_since_1904);
  };
  EXPECT_EQ(date(1), "1900-01-01");
  EXPECT_EQ(date(59), "1900-02-28");
  EXPECT_EQ(date(61), "1900-03-01") << "60 is a day that never was";
  EXPECT_EQ(date(45'000), "2023-03-15");
  EXPECT_EQ(date(0, true), "1904-01-01");
  EXPECT_EQ(date(2'958'465), "9999-12-31");
  EXPECT_EQ(date(-1), std::nullopt);
  EXPECT_EQ(date(1e300), std::nullopt);
  EXPECT_EQ(TimeOfSerial(45'000.5, true, true, false), "2023-03-15T12:00:00");
  EXPECT_EQ(TimeOfSerial(0.25, false, true, false), "06:00:00");
}

TEST(Workbook, RangesOfSheets) {
  SheetOptions options;
  ASSERT_OK(options.SetRange("B3:d20"));
  EXPECT_EQ(options.first.column, 1);
  EXPECT_EQ(options.first.row, 3);
  EXPECT_EQ(options.last.column, 3);
  EXPECT_EQ(options.last.row, 20);
  ASSERT_OK(options.SetRange("B:D"));
  EXPECT_EQ(options.first.row, 1);
  EXPECT_EQ(options.last.row, kSheetRowsMax);
  for (const char* wrong : {"B3", "D1:B2", "B3:D2", "1:2", ":"}) {
    EXPECT_ERROR(options.SetRange(wrong), ErrorCode::kInvalidArgument, "A3:F200");
  }
}

TEST(Workbook, WhatIsNone) {
  const auto open = [](const std::string& bytes) {
    return Workbook::Open(std::make_shared<arrow::io::BufferReader>(
                              arrow::Buffer::FromString(bytes)))
        .status();
  };
  EXPECT_ERROR(open("\xd0\xcf\x11\xe0 old"), ErrorCode::kInvalidData, "password");
  EXPECT_ERROR(open("a,b\n1,2\n"), ErrorCode::kInvalidData, "");
}

}  // namespace
}  // namespace tarn::ingest::records
