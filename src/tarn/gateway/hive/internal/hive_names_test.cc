#include "tarn/gateway/hive/internal/hive_names.h"

#include <gtest/gtest.h>

namespace tarn::gateway::hive {
namespace {

struct DatabaseCase {
  std::string_view text;
  std::string_view name;
};

TEST(HiveNames, DatabasesMayNameACatalog) {
  constexpr DatabaseCase kCases[] = {{"shop", "shop"},      {"@hive#shop", "shop"},
                                     {"@spark#a#b", "a#b"}, {"@hive#", ""},
                                     {"@hive#!", ""},       {"@odd", "@odd"}};
  for (const DatabaseCase& c : kCases) {
    SCOPED_TRACE(std::string(c.text));
    EXPECT_EQ(DatabaseOf(c.text), c.name);
  }
}

struct PatternCase {
  std::string_view pattern;
  std::string_view name;
  bool fits;
};

TEST(HiveNames, Patterns) {
  constexpr PatternCase kCases[] = {
      {"", "orders", true},           {"*", "orders", true},
      {".*", "orders", true},         {"%", "orders", true},
      {"Ord*", "orders", true},       {"*ers", "orders", true},
      {"o*d*s", "orders", true},      {"o*x*s", "orders", false},
      {"orders", "ORDERS", true},     {"order", "orders", false},
      {"a|orders|b", "orders", true}, {"a|b", "orders", false},
      {"*|a", "orders", true},        {"a|", "a", true},
      {"ab", "abb", false},           {"*b", "abab", true}};
  for (const PatternCase& c : kCases) {
    SCOPED_TRACE(std::string(c.pattern) + " ~ " + std::string(c.name));
    EXPECT_EQ(FitsPattern(c.pattern, c.name), c.fits);
  }
}

TEST(HiveNames, APatternOfManyStarsIsQuick) {
  std::string pattern;
  for (int i = 0; i < 5'000; ++i) {
    pattern += "*a";
  }
  EXPECT_FALSE(FitsPattern(pattern + "b", std::string(10'000, 'a')));
}

struct FilterCase {
  std::string_view filter;
  std::optional<std::string> value;  // of the parameter
  bool fits;
};

TEST(HiveNames, FiltersAsClientsSendThem) {
  const FilterCase cases[] = {
      {"hive_filter_field_params__table_type like \"ICEBERG\"", "ICEBERG", true},
      {"hive_filter_field_params__table_type LIKE \"ICEBERG\"", "ICEBERG-VIEW", false},
      {"hive_filter_field_params__table_type = \"iceberg\"", "ICEBERG", true},
      {"hive_filter_field_params__table_type <> \"ICEBERG\"", "ICEBERG", false},
      {"hive_filter_field_params__table_type != 'HIVE'", "ICEBERG", true},
      {"hive_filter_field_params__presto_view = \"true\"", std::nullopt, false},
      {"hive_filter_field_params__presto_view <> \"true\"", std::nullopt, false},
      {"hive_filter_field_params__a.b-c like \"x%\"", "xyz", true},
  };
  for (const FilterCase& c : cases) {
    SCOPED_TRACE(std::string(c.filter));
    const auto filters = ParseTableFilter(c.filter);
    ASSERT_TRUE(filters.ok()) << filters.status();
    ASSERT_EQ(filters->size(), 1U);
    EXPECT_EQ(filters->front().Fits(c.value), c.fits);
  }
  const auto two = ParseTableFilter(
      "hive_filter_field_params__a = \"1\" and hive_filter_field_params__b = \"2\"");
  ASSERT_TRUE(two.ok()) << two.status();
  EXPECT_EQ(two->at(1).key, "b");
}

TEST(HiveNames, OtherFiltersAreRefused) {
  for (const char* const filter :
       {"", "hive_filter_field_owner__ = \"me\"", "hive_filter_field_params__a",
        "hive_filter_field_params__a = 1", "hive_filter_field_params__ = \"1\"",
        "hive_filter_field_params__a = \"1", "hive_filter_field_params__a > \"1\"",
        "hive_filter_field_params__a = \"1\" or hive_filter_field_params__b = \"2\""}) {
    EXPECT_FALSE(ParseTableFilter(filter).ok()) << filter;
  }
}

}  // namespace
}  // namespace tarn::gateway::hive
