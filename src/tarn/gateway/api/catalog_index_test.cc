#include "tarn/gateway/api/catalog_index.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tarn/table/fake_table_test.h"

namespace tarn::gateway {
namespace {

class CatalogIndexTest : public ::testing::Test {
 protected:
  void CreateTables(int count) {
    for (int i = 0; i < count; ++i) {
      table_.ident.name = "t" + std::to_string(i);
      ASSERT_OK(table_.Create());
      table_.clock.Advance(std::chrono::seconds(1));
      ASSERT_OK(table_.Append({table_.NewFile(int32_t{i})}));
    }
  }

  table::FakeTable table_;
};

TEST_F(CatalogIndexTest, TablesThatAreNotReachedAreNext) {
  CreateTables(5);
  // No time at all: one table a call.
  CatalogIndex index(table_.context, {.table_age_max = std::chrono::hours(1),
                                      .time_max = std::chrono::milliseconds(-1)});
  for (size_t call = 1; call <= 5; ++call) {
    ASSERT_OK_AND_ASSIGN(const auto overview, index.Read());
    EXPECT_EQ(overview.tables_read, call);
    EXPECT_EQ(overview.rows, static_cast<int64_t>(call) * 10);
    EXPECT_EQ(overview.listing->tables.size(), 5U);
  }
}

TEST_F(CatalogIndexTest, TheNewestCommitsOfAllTables) {
  CreateTables(4);
  CatalogIndex index(table_.context, {.commits_max = 3});
  ASSERT_OK_AND_ASSIGN(const auto overview, index.Read());
  std::vector<std::string> names;
  for (const CatalogIndex::Commit& commit : overview.commits) {
    names.push_back(commit.ident.name);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"t3", "t2", "t1"}));
}

TEST_F(CatalogIndexTest, WhatIsDroppedIsForgotten) {
  CreateTables(2);
  CatalogIndex index(table_.context);
  ASSERT_OK(index.Read());
  ASSERT_OK(table_.catalog.DropTable(table_.ident));
  table_.clock.Advance(std::chrono::seconds(10));
  ASSERT_OK_AND_ASSIGN(const auto overview, index.Read());
  EXPECT_EQ(overview.listing->tables.size(), 1U);
  EXPECT_EQ(overview.rows, 10);
  EXPECT_EQ(overview.commits.size(), 1U);
}

TEST_F(CatalogIndexTest, AListIsKeptForAMoment) {
  CreateTables(1);
  CatalogIndex index(table_.context);
  ASSERT_OK_AND_ASSIGN(const auto first, index.List());
  ASSERT_OK_AND_ASSIGN(const auto second, index.List());
  EXPECT_EQ(first, second);
  table_.clock.Advance(std::chrono::seconds(10));
  ASSERT_OK_AND_ASSIGN(const auto third, index.List());
  EXPECT_NE(first, third);
}

TEST_F(CatalogIndexTest, AListEndsAtItsLimit) {
  CreateTables(3);
  CatalogIndex index(table_.context, {.objects_max = 3});
  ASSERT_OK_AND_ASSIGN(const auto listing, index.List());
  EXPECT_FALSE(listing->is_complete);
  EXPECT_TRUE(listing->tables.empty());  // a namespace comes whole or not at all
}

TEST(Search, OwnNamesComeFirst) {
  const iceberg::Namespace orders{{"orders"}};
  const iceberg::Namespace shop{{"shop"}};
  const CatalogIndex::Listing listing{
      .namespaces = {orders, shop},
      .tables = {{orders, "x"}, {shop, "all_orders"}, {shop, "Orders"}, {shop, "ord"}},
      .views = {{shop, "orders_view"}}};
  const auto names = [&](std::string_view text, size_t hits_max) {
    std::vector<std::string> found;
    for (const SearchHit& hit : Search(listing, text, hits_max)) {
      found.push_back(hit.name.empty() ? hit.ns.ToString() + "/" : hit.name);
    }
    return found;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(names("orders", 10),
            (Names{"orders/", "Orders", "orders_view", "all_orders", "x"}));
  EXPECT_EQ(names("ORD", 2), (Names{"ord", "orders/"}));
  EXPECT_EQ(names("shop.o", 10), (Names{"Orders", "ord", "orders_view"}));
  EXPECT_EQ(names("nothing", 10), Names{});
}

}  // namespace
}  // namespace tarn::gateway
