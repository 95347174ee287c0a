#include "tarn/iceberg/sort_order_update.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/iceberg/schema_update_fixture_test.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg {
namespace {

constexpr auto kAsc = SortDirection::kAscending;
constexpr auto kDesc = SortDirection::kDescending;
constexpr auto kFirst = NullOrder::kNullsFirst;
constexpr auto kLast = NullOrder::kNullsLast;

std::vector<SortTerm> Terms(std::initializer_list<std::string_view> texts) {
  std::vector<SortTerm> terms;
  for (const std::string_view text : texts) {
    terms.push_back(ParseSortTerm(text).ValueOrDie());
  }
  return terms;
}

TEST(ParseSortTerm, BothSpellings) {
  struct Case {
    const char* text;
    const char* column;
    Transform transform;
    SortDirection direction;
    NullOrder null_order;
  };
  const Case cases[] = {
      {"a", "a", Identity{}, kAsc, kFirst},
      {"a asc", "a", Identity{}, kAsc, kFirst},
      {"a DESC", "a", Identity{}, kDesc, kLast},
      {" a  DESC  NULLS  FIRST ", "a", Identity{}, kDesc, kFirst},
      {"a nulls last", "a", Identity{}, kAsc, kLast},
      {"day(ts) DESC", "ts", Day{}, kDesc, kLast},
      {"bucket(4, id)DESC", "id", Bucket{4}, kDesc, kLast},
      {"\"desc\"", "desc", Identity{}, kAsc, kFirst},
      {"\"desc\" desc", "desc", Identity{}, kDesc, kLast},
      {"nulls", "nulls", Identity{}, kAsc, kFirst},
      {"s.x ASC NULLS LAST", "s.x", Identity{}, kAsc, kLast},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    ASSERT_OK_AND_ASSIGN(const SortTerm term, ParseSortTerm(c.text));
    EXPECT_EQ(term.term.column, c.column);
    EXPECT_EQ(term.term.transform, c.transform);
    EXPECT_EQ(term.direction, c.direction);
    EXPECT_EQ(term.null_order, c.null_order);
  }
  for (const char* wrong : {"", "a b", "a DESC ASC", "a NULLS", "a LAST", "f(a)"}) {
    SCOPED_TRACE(wrong);
    EXPECT_ERROR(ParseSortTerm(wrong), ErrorCode::kSyntax, "");
  }
}

TEST(ReplaceSortOrder, Trap42_NoOrderIsThereTwice) {
  const auto table = EvolvingTable();
  ASSERT_EQ(table->sort_order().id, SortOrderId{1});
  const auto second =
      Commit(*table, ReplaceSortOrder(*table, Terms({"day(\"when\") DESC", "id"})));
  EXPECT_EQ(second->sort_order().id, SortOrderId{2});
  EXPECT_EQ(second->sort_order().fields.size(), 2U);
  EXPECT_EQ(second->sort_order().fields[0].direction, kDesc);

  const auto first_again = Commit(*second, ReplaceSortOrder(*second, Terms({"rank"})));
  EXPECT_EQ(first_again->default_sort_order_id, SortOrderId{1});
  EXPECT_EQ(first_again->sort_orders.size(), second->sort_orders.size());

  const auto unsorted = Commit(*first_again, ReplaceSortOrder(*first_again, {}));
  EXPECT_EQ(unsorted->default_sort_order_id, SortOrderId{0});
  EXPECT_TRUE(unsorted->sort_order().fields.empty());
  const auto sorted = Commit(*unsorted, ReplaceSortOrder(*unsorted, Terms({"note"})));
  EXPECT_EQ(sorted->default_sort_order_id, SortOrderId{3}) << "ids are not used again";
}

TEST(ReplaceSortOrder, TheSameOrderIsNoChange) {
  const auto table = EvolvingTable();
  ASSERT_OK_AND_ASSIGN(const MetadataChange change,
                       ReplaceSortOrder(*table, Terms({"rank"})));
  EXPECT_TRUE(change.updates.empty());
}

TEST(ReplaceSortOrder, Refuses) {
  const auto table = EvolvingTable();
  EXPECT_ERROR(ReplaceSortOrder(*table, Terms({"nowhere"})), ErrorCode::kNoSuchColumn,
               "nowhere");
  EXPECT_ERROR(ReplaceSortOrder(*table, Terms({"RANK"})), ErrorCode::kNoSuchColumn,
               "RANK");
  EXPECT_OK(ReplaceSortOrder(*table, Terms({"NOTE"}), NameCase::kInsensitive));
  EXPECT_ERROR(ReplaceSortOrder(*table, Terms({"id", "id desc"})),
               ErrorCode::kInvalidArgument, "twice");
  EXPECT_ERROR(ReplaceSortOrder(*table, Terms({"tags.element.label"})),
               ErrorCode::kInvalidArgument, "list");
  EXPECT_ERROR(ReplaceSortOrder(*table, Terms({"point"})), ErrorCode::kInvalidArgument,
               "point");
}

}  // namespace
}  // namespace tarn::iceberg
