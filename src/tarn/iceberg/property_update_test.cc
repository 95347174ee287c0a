#include "tarn/iceberg/property_update.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/iceberg/schema_update_fixture_test.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg {
namespace {

constexpr char kUuid[] = "11111111-2222-3333-4444-555555555555";

TEST(UpdateProperties, SetsAndRemovesWhatDiffers) {
  const auto table = EvolvingTable("2", {{"a", "1"}, {"b", "2"}, {"c", "3"}});
  const auto changed = Commit(
      *table, UpdateProperties(*table, {{"a", "9"}, {"d", "4"}}, {"b", "nowhere"}));
  const std::map<std::string, std::string> expected = {
      {"a", "9"}, {"c", "3"}, {"d", "4"}};
  EXPECT_EQ(changed->properties, expected);
  ASSERT_OK_AND_ASSIGN(const MetadataChange same,
                       UpdateProperties(*table, {{"a", "1"}}, {"nowhere"}));
  EXPECT_TRUE(same.updates.empty());
}

TEST(UpdateProperties, Refuses) {
  const auto table = EvolvingTable();
  EXPECT_ERROR(UpdateProperties(*table, {{"a", "1"}}, {"a"}), ErrorCode::kInvalidArgument,
               "both");
  EXPECT_ERROR(UpdateProperties(*table, {{"", "1"}}), ErrorCode::kInvalidArgument,
               "no name");
  for (const char* name : {"format-version", "uuid", "current-snapshot-id"}) {
    EXPECT_ERROR(UpdateProperties(*table, {{name, "3"}}), ErrorCode::kInvalidArgument,
                 name);
    EXPECT_ERROR(UpdateProperties(*table, {}, {name}), ErrorCode::kInvalidArgument, name);
  }
}

TEST(UpgradeFormat, OnlyForward) {
  struct Case {
    int32_t from;
    int32_t to;
    std::optional<ErrorCode> error;
  };
  const Case cases[] = {{1, 1, {}},
                        {1, 2, {}},
                        {1, 3, {}},
                        {2, 3, {}},
                        {2, 1, ErrorCode::kInvalidArgument},
                        {3, 2, ErrorCode::kInvalidArgument},
                        {3, 4, ErrorCode::kNotSupported},
                        {2, 0, ErrorCode::kNotSupported}};
  for (const Case& c : cases) {
    SCOPED_TRACE(std::to_string(c.from) + " to " + std::to_string(c.to));
    const auto table = EvolvingTable(std::to_string(c.from));
    const auto change = UpgradeFormat(*table, c.to, kUuid);
    if (c.error) {
      EXPECT_ERROR(change, *c.error, "");
      continue;
    }
    const auto upgraded = Commit(*table, change);
    EXPECT_EQ(upgraded->format_version, c.to);
    EXPECT_EQ(upgraded->table_uuid, table->table_uuid);
    EXPECT_EQ(upgraded->next_row_id.has_value(), c.to == 3);
    EXPECT_EQ(upgraded->spec(), table->spec());
    EXPECT_TRUE(upgraded->schema().SameAs(table->schema()));
  }
}

TEST(UpgradeFormat, Trap31_AVersionOneTableGetsItsUuidOnce) {
  TableMetadata old = *EvolvingTable("1");
  old.table_uuid.clear();
  const auto upgraded = Commit(old, UpgradeFormat(old, 2, kUuid));
  EXPECT_EQ(upgraded->table_uuid, kUuid);
  EXPECT_EQ(Commit(*upgraded, UpgradeFormat(*upgraded, 3, "other"))->table_uuid, kUuid);
}

TEST(MakeTableMetadata, Version1ReadsBack) {
  const auto table = EvolvingTable("1");
  EXPECT_EQ(table->format_version, 1);
  ASSERT_OK_AND_ASSIGN(const auto read,
                       TableMetadataFromJson(TableMetadataToJson(*table)));
  EXPECT_EQ(read->format_version, 1);
  EXPECT_TRUE(read->schema().SameAs(table->schema()));
  EXPECT_EQ(read->spec(), table->spec());
  EXPECT_EQ(read->sort_order(), table->sort_order());
  EXPECT_EQ(read->table_uuid, table->table_uuid);
}

}  // namespace
}  // namespace tarn::iceberg
