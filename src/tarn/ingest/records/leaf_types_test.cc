#include "tarn/ingest/records/leaf_types.h"

#include <initializer_list>

#include <gtest/gtest.h>

namespace tarn::ingest::records {
namespace {

std::string_view TypeOf(std::initializer_list<std::string_view> texts) {
  LeafTypes types;
  for (const std::string_view text : texts) {
    types.Add(text);
  }
  return types.type();
}

TEST(LeafTypes, TheNarrowestThatHoldsAll) {
  EXPECT_EQ(TypeOf({}), "VARCHAR");
  EXPECT_EQ(TypeOf({"1", "-2", "0"}), "BIGINT");
  EXPECT_EQ(TypeOf({"1", "2.5", "1e3"}), "DOUBLE");
  EXPECT_EQ(TypeOf({"true", "false"}), "BOOLEAN");
  EXPECT_EQ(TypeOf({"true", "1"}), "VARCHAR");
  EXPECT_EQ(TypeOf({"2024-02-29"}), "DATE");
  EXPECT_EQ(TypeOf({"2024-02-29", "2024-02-29T10:00:00.5"}), "TIMESTAMP");
  EXPECT_EQ(TypeOf({"2024-02-29T10:00Z", "2024-02-29T10:00:00+02:00"}), "TIMESTAMPTZ");
  EXPECT_EQ(TypeOf({"2024-02-29T10:00Z", "2024-02-29T10:00"}), "VARCHAR");
}

TEST(LeafTypes, NothingIsLost) {
  EXPECT_EQ(TypeOf({"007"}), "VARCHAR");
  EXPECT_EQ(TypeOf({"+1"}), "VARCHAR");
  EXPECT_EQ(TypeOf({"9223372036854775807"}), "BIGINT");
  EXPECT_EQ(TypeOf({"9223372036854775808"}), "VARCHAR");
  EXPECT_EQ(TypeOf({"9007199254740993", "1.5"}), "VARCHAR");
  EXPECT_EQ(TypeOf({"0.1234567890123456"}), "VARCHAR");
  EXPECT_EQ(TypeOf({"1e999"}), "VARCHAR");
  EXPECT_EQ(TypeOf({"1."}), "VARCHAR");
  EXPECT_EQ(TypeOf({"-"}), "VARCHAR");
  EXPECT_EQ(TypeOf({"2023-02-29"}), "VARCHAR") << "no such day";
  EXPECT_EQ(TypeOf({"2024-02-29T24:00"}), "VARCHAR");
  EXPECT_EQ(TypeOf({"2024-02-29T10:00:00.1234567"}), "VARCHAR") << "nanoseconds";
}

TEST(LeafTypes, CellsHaveTypesOfTheirOwn) {
  LeafTypes types;
  types.AddNumber(/*is_whole=*/true);
  EXPECT_EQ(types.type(), "BIGINT");
  types.AddNumber(/*is_whole=*/false);
  EXPECT_EQ(types.type(), "DOUBLE");
  types.AddText();
  EXPECT_EQ(types.type(), "VARCHAR");
}

}  // namespace
}  // namespace tarn::ingest::records
