#include "tarn/service/migration/view_names.h"

#include <gtest/gtest.h>

namespace tarn::service {
namespace {

using iceberg::Namespace;

const Namespace kShop{{"shop"}};
const Namespace kNear{{"near"}};

struct Case {
  const char* name;
  const char* dialect;
  const char* sql;
  const char* moved;  // nullptr: as it was, with a reason
};

ViewMove ToAnotherCatalog(const MovedNames& names) {
  return {.names = names,
          .source_catalogs = {"lake"},
          .destination_catalog = "iceberg",
          .default_namespace = kShop,
          .new_default_namespace = names.OfNamespace(kShop).value_or(kShop)};
}

void ExpectMoved(const Case& one, const ViewMove& move) {
  SCOPED_TRACE(one.name);
  const MovedText moved = MoveNames({.sql = one.sql, .dialect = one.dialect}, move);
  EXPECT_EQ(moved.sql, one.moved == nullptr ? one.sql : one.moved);
  EXPECT_EQ(moved.kept_because.empty(), one.moved != nullptr) << moved.kept_because;
}

constexpr Case kOfANamespace[] = {
    {"short names mean the new namespace", "trino", "SELECT t.x FROM t JOIN u ON true",
     "SELECT t.x FROM t JOIN u ON true"},
    {"with its namespace", "trino", "SELECT x FROM shop.t WHERE 1 = 1",
     "SELECT x FROM \"near\".\"t\" WHERE 1 = 1"},
    {"as it is written there", "duckdb", "SELECT x FROM Shop.T, \"shop\".u",
     "SELECT x FROM \"near\".\"T\", \"near\".\"u\""},
    {"with its catalog", "trino", "SELECT x FROM lake.shop.t",
     "SELECT x FROM \"iceberg\".\"near\".\"t\""},
    {"in Spark's quotes", "spark", "SELECT x FROM `lake`.shop.`a``t` VERSION AS OF 5",
     "SELECT x FROM `iceberg`.`near`.`a``t` VERSION AS OF 5"},
    {"inside of it", "spark", "SELECT 1 FROM lake.shop.eu.t",
     "SELECT 1 FROM `iceberg`.`near`.`eu`.`t`"},
    {"inside of it, as one schema", "trino", "SELECT 1 FROM \"shop.eu\".t",
     "SELECT 1 FROM \"near.eu\".\"t\""},
    {"by an alias", "trino", "SELECT o.x FROM shop.t AS o",
     "SELECT o.x FROM \"near\".\"t\" AS o"},
    {"in a subquery", "trino",
     "SELECT * FROM (SELECT 1 FROM shop.t) WHERE x IN (TABLE shop.u)",
     "SELECT * FROM (SELECT 1 FROM \"near\".\"t\") WHERE x IN (TABLE \"near\".\"u\")"},
    {"queries of WITH", "trino", "WITH shop AS (SELECT * FROM shop.t) SELECT * FROM shop",
     "WITH shop AS (SELECT * FROM \"near\".\"t\") SELECT * FROM shop"},
    {"texts and comments are left alone", "trino",
     "SELECT 'FROM shop.t' /* FROM shop.t */ FROM shop.t -- shop.t",
     "SELECT 'FROM shop.t' /* FROM shop.t */ FROM \"near\".\"t\" -- shop.t"},
    {"an alias like the namespace", "trino", "SELECT shop.x FROM t AS shop",
     "SELECT shop.x FROM t AS shop"},
    {"columns by the whole name", "trino", "SELECT shop.t.x FROM shop.t", nullptr},
    {"a name that is none of a table", "trino",
     "SELECT * FROM TABLE(f(input => TABLE(shop.t)))", nullptr},
    {"strings in double quotes", "spark", "SELECT \"a' FROM shop.t\" FROM u", nullptr},
    {"escapes", "spark", R"(SELECT 'it\'s' FROM shop.t)", nullptr},
    {"dollar quotes", "duckdb", "SELECT $$ FROM shop.t $$", nullptr},
    {"tables in texts", "duckdb", "SELECT * FROM query_table('shop.t')", nullptr},
    {"another dialect", "snowflake", "SELECT x FROM t", nullptr},
    {"no SQL", "trino", "SELECT 'x FROM shop.t", nullptr},
};

TEST(ViewNames, OfANamespaceThatMoves) {
  const MovedNames names = MovedNames::OfScope(kShop, kNear);
  for (const Case& one : kOfANamespace) {
    ExpectMoved(one, ToAnotherCatalog(names));
  }
}

TEST(ViewNames, WhatIsNotMigratedIsTold) {
  const MovedNames names = MovedNames::OfScope(kShop, kNear);
  const MovedText moved = MoveNames(
      {.sql = "SELECT 1 FROM t, other.u, hive.a.b, lake.other.w", .dialect = "trino"},
      ToAnotherCatalog(names));
  EXPECT_EQ(moved.sql, "SELECT 1 FROM t, other.u, hive.a.b, lake.other.w");
  EXPECT_EQ(moved.others,
            (std::vector<std::string>{"other.u", "hive.a.b", "lake.other.w"}));
}

TEST(ViewNames, InTheSameCatalogOthersKeepTheirMeaning) {
  const MovedNames names = MovedNames::OfScope(kShop, kNear);
  ViewMove move = ToAnotherCatalog(names);
  move.stays_in_catalog = true;
  ExpectMoved({"others", "trino", "SELECT 1 FROM other.u, lake.shop.t, hive.a.b",
               "SELECT 1 FROM other.u, \"lake\".\"near\".\"t\", hive.a.b"},
              move);
}

TEST(ViewNames, OfAWholeCatalog) {
  const MovedNames names = MovedNames::OfScope({}, {});
  const ViewMove move = ToAnotherCatalog(names);
  ExpectMoved({"namespaces stay", "trino", "SELECT shop.t.x FROM shop.t, u",
               "SELECT shop.t.x FROM shop.t, u"},
              move);
  ExpectMoved({"the catalog does not", "trino", "SELECT 1 FROM lake.shop.t",
               "SELECT 1 FROM \"iceberg\".\"shop\".\"t\""},
              move);
}

constexpr Case kOfTables[] = {
    {"a table elsewhere", "trino", "SELECT t.x FROM t", nullptr},
    {"by an alias", "trino", "SELECT o.x FROM t o", "SELECT o.x FROM \"near\".\"t2\" o"},
    {"with its namespace", "trino", "SELECT x FROM shop.t, u",
     "SELECT x FROM \"near\".\"t2\", u"},
    {"a query of WITH by its name", "trino",
     "WITH t AS (SELECT 1 FROM t) SELECT * FROM t", nullptr},
    {"a query of WITH with columns", "trino",
     "WITH t (a, b) AS (SELECT 1, 2) SELECT * FROM t", nullptr},
    {"a column of its name", "trino", "SELECT t FROM shop.t", nullptr},
};

TEST(ViewNames, OfSingleTables) {
  const TablePair pair{{"", {kShop, "t"}}, {"", {kNear, "t2"}}, {}};
  const TablePair elsewhere{{"old", {kShop, "u"}}, {"", {kNear, "u2"}}, {}};
  const MovedNames names = MovedNames::OfPairs({pair, elsewhere}, pair);
  EXPECT_FALSE(names.Of({kShop, "u"})) << "it goes from another place";
  EXPECT_FALSE(names.OfNamespace(kShop));
  ViewMove move = ToAnotherCatalog(names);
  move.stays_in_catalog = true;
  for (const Case& one : kOfTables) {
    ExpectMoved(one, move);
  }
}

}  // namespace
}  // namespace tarn::service
