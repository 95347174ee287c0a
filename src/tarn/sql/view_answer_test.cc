#include "tarn/sql/view_answer.h"

#include <algorithm>
#include <array>
#include <string>

#include <gtest/gtest.h>

#include "tarn/sql/letter_case.h"
#include "tarn/sql/printer.h"
#include "tarn/sql/query_parser.h"

namespace tarn::sql {
namespace {

QueryPtr Parse(std::string_view text) {
  auto query = ParseQuery(text);
  EXPECT_TRUE(query.ok()) << text << ": " << query.status();
  return query.ok() ? *query : nullptr;
}

/// Tables of the schema "s", which need not be said.
std::optional<std::string> TableOf(const std::vector<Name>& name) {
  const std::string last = Lower(name.back().text);
  const bool is_table = last == "orders" || last == "people" || last == "regions";
  if (!is_table || (name.size() > 1 && Lower(name[name.size() - 2].text) != "s")) {
    return {};
  }
  return "s." + last;
}

bool IsAggregate(std::string_view name) {
  constexpr std::array<std::string_view, 6> kNames = {"sum", "count", "min",
                                                      "max", "avg",   "array_agg"};
  return std::ranges::find(kNames, name) != kNames.end();
}

std::string OneLine(const std::string& printed) {
  std::string text;
  for (const char c : printed) {
    const char next = c == '\n' ? ' ' : c;
    if (next != ' ' || (!text.empty() && text.back() != ' ')) {
      text += next;
    }
  }
  while (text.ends_with(' ')) {
    text.pop_back();
  }
  return text;
}

/// "-" if the view does not answer.
std::string Answer(std::string_view view, std::vector<KeptView::Column> columns,
                   std::string_view query) {
  const NameMeanings meanings{.table = &TableOf, .is_aggregate = &IsAggregate};
  const KeptView kept{
      .name = {{"kept"}}, .definition = Parse(view), .columns = std::move(columns)};
  const QueryPtr answer = AnswerFromView(Parse(query), meanings, kept, meanings);
  if (answer == nullptr) {
    return "-";
  }
  return OneLine(PrintQuery(*answer));
}

/// The same query written by hand, for comparison.
std::string Plain(std::string_view query) { return OneLine(PrintQuery(*Parse(query))); }

struct Case {
  const char* query;
  const char* answer;  // nullptr: not from the view
};

// ---- A view of groups

constexpr char kByDay[] =
    "SELECT o.day, region, count(*) AS n, sum(amount) AS total, min(amount) AS least, "
    "avg(amount) AS mean, sum(weight) AS w FROM s.orders o WHERE state = 'paid' "
    "GROUP BY 1, region";

std::vector<KeptView::Column> ByDayColumns() {
  return {{"day"}, {"region"}, {"n", true}, {"total", true}, {"least"}, {"mean"}, {"w"}};
}

constexpr Case kGroups[] = {
    // The same groups.
    {"SELECT day, region, sum(amount) FROM orders WHERE state = 'paid' "
     "GROUP BY day, region",
     "SELECT \"day\" AS day, \"region\" AS region, \"total\" AS \"_col2\" FROM kept"},
    {"SELECT region, avg(amount) AS m FROM s.orders WHERE state = 'paid' AND day > DATE "
     "'2026-01-01' GROUP BY region, day HAVING count(*) > 3 ORDER BY m, max(region)",
     nullptr},  // max(region) is not kept, and groups are not made again
    {"SELECT region, avg(amount) AS m FROM s.orders WHERE state = 'paid' AND day > DATE "
     "'2026-01-01' GROUP BY region, day HAVING count(*) > 3 ORDER BY m DESC, sum(amount)",
     "SELECT \"region\" AS region, \"mean\" AS m FROM kept WHERE \"day\" > DATE "
     "'2026-01-01' AND \"n\" > 3 ORDER BY m DESC, \"total\""},
    // Coarser ones.
    {"SELECT region, count(*), sum(amount) AS s, min(amount), max(day), count(DISTINCT "
     "day) FROM orders x WHERE x.state = 'paid' GROUP BY x.region",
     "SELECT \"region\" AS region, coalesce(sum(\"n\"), 0) AS \"_col1\", sum(\"total\") "
     "AS s, min(\"least\") AS \"_col3\", max(\"day\") AS \"_col4\", count(DISTINCT "
     "\"day\") AS \"_col5\" FROM kept GROUP BY \"region\""},
    {"SELECT COUNT(*) FROM orders WHERE state = 'paid'",
     "SELECT coalesce(sum(\"n\"), 0) AS \"_col0\" FROM kept"},
    {"SELECT sum(amount) / count(*) FROM orders WHERE state = 'paid' HAVING count(*) > 0",
     "SELECT sum(\"total\") / coalesce(sum(\"n\"), 0) AS \"_col0\" FROM kept HAVING "
     "coalesce(sum(\"n\"), 0) > 0"},
    {"SELECT date_trunc('month', day) FROM orders WHERE state = 'paid' GROUP BY 1",
     nullptr},  // no key of the view
    // In other queries.
    {"WITH r AS (SELECT region, sum(amount) s FROM orders WHERE state = 'paid' GROUP BY "
     "region) SELECT * FROM r",
     "WITH r AS (SELECT \"region\" AS region, sum(\"total\") AS s FROM kept GROUP BY "
     "\"region\") SELECT * FROM r"},
    {"SELECT * FROM (SELECT sum(amount) s FROM orders WHERE state = 'paid') t, people",
     "SELECT * FROM (SELECT sum(\"total\") AS s FROM kept) t, people"},
    // What the view does not say.
    {"SELECT region, avg(amount) FROM orders WHERE state = 'paid' GROUP BY region",
     nullptr},
    {"SELECT region, sum(weight) FROM orders WHERE state = 'paid' GROUP BY region",
     nullptr},  // a sum of floating-point numbers depends on their order
    {"SELECT region, sum(amount) FROM orders GROUP BY region", nullptr},
    {"SELECT region, sum(amount) FROM orders WHERE state = 'open' GROUP BY region",
     nullptr},
    {"SELECT region, sum(amount) FROM orders WHERE state = 'paid' AND customer = 1 GROUP "
     "BY region",
     nullptr},
    {"SELECT region, sum(DISTINCT amount) FROM orders WHERE state = 'paid' GROUP BY "
     "region",
     nullptr},
    {"SELECT region, sum(amount) FILTER (WHERE day > DATE '2026-01-01') FROM orders "
     "WHERE "
     "state = 'paid' GROUP BY region",
     nullptr},
    {"SELECT region, array_agg(day) FROM orders WHERE state = 'paid' GROUP BY region",
     nullptr},
    {"SELECT sum(amount) FROM orders WHERE state = 'paid' AND 1 = 0", nullptr},
    {"SELECT region FROM orders WHERE state = 'paid'", nullptr},
    {"SELECT * FROM orders WHERE state = 'paid'", nullptr},
    {"SELECT region, sum(amount) FROM orders FOR VERSION AS OF 5 WHERE state = 'paid' "
     "GROUP BY region",
     nullptr},
    {"SELECT region, sum(amount) FROM other.orders WHERE state = 'paid' GROUP BY region",
     nullptr},
    {"SELECT region, sum(amount) FROM orders, people WHERE state = 'paid' GROUP BY "
     "region",
     nullptr},
    {"SELECT region, sum(amount) FROM orders TABLESAMPLE BERNOULLI (10) WHERE state = "
     "'paid' GROUP BY region",
     nullptr},
    {"SELECT region, sum(amount) FROM orders WHERE state = 'paid' GROUP BY ROLLUP "
     "(region)",
     nullptr},
    {"SELECT region, sum(amount) FROM orders WHERE state = ? GROUP BY region", nullptr},
    {"WITH orders AS (SELECT 1 AS amount, 'a' AS region, 'paid' AS state) SELECT region, "
     "sum(amount) FROM orders WHERE state = 'paid' GROUP BY region",
     nullptr},  // another table
};

TEST(ViewAnswer, Groups) {
  for (const Case& one : kGroups) {
    EXPECT_EQ(Answer(kByDay, ByDayColumns(), one.query),
              one.answer == nullptr ? "-" : Plain(one.answer))
        << one.query;
  }
}

// ---- A view of rows

constexpr char kPaid[] =
    "SELECT o.id, o.amount * 2 AS twice, p.name, o.at FROM orders o JOIN people p ON "
    "o.person = p.id WHERE o.state = 'paid'";

constexpr Case kRows[] = {
    {"SELECT p.name, sum(o.amount * 2) AS s FROM people p, orders o WHERE o.state = "
     "'paid' AND o.person = p.id AND o.id > 7 GROUP BY p.name ORDER BY s",
     "SELECT \"name\" AS name, sum(\"twice\") AS s FROM kept WHERE \"id\" > 7 GROUP BY "
     "\"name\" ORDER BY s"},
    {"SELECT DISTINCT y.name, y.name || '!' FROM orders x JOIN people y ON x.person = "
     "y.id WHERE x.state = 'paid' LIMIT 5",
     "SELECT DISTINCT \"name\" AS name, \"name\" || '!' AS \"_col1\" FROM kept LIMIT 5"},
    {"SELECT p.name, row_number() OVER (PARTITION BY p.name ORDER BY o.at) FROM orders o "
     "JOIN people p ON o.person = p.id WHERE o.state = 'paid'",
     "SELECT \"name\" AS name, row_number() OVER (PARTITION BY \"name\" ORDER BY \"at\") "
     "AS \"_col1\" FROM kept"},
    {"SELECT count(*) FROM orders o JOIN people p ON o.person = p.id WHERE o.state = "
     "'paid'",
     "SELECT count(*) AS \"_col0\" FROM kept"},
    {"SELECT p.name, o.amount FROM orders o JOIN people p ON o.person = p.id WHERE "
     "o.state = 'paid'",
     nullptr},
    {"SELECT p.name FROM orders o LEFT JOIN people p ON o.person = p.id WHERE o.state = "
     "'paid'",
     nullptr},
    {"SELECT p.id FROM orders o JOIN people p ON o.person = p.id WHERE o.state = 'paid'",
     nullptr},  // the view's id is that of orders
    {"SELECT p.name FROM orders o JOIN people p ON o.person = p.id WHERE o.state = "
     "'paid' AND p.id IN (SELECT id FROM regions)",
     nullptr},
};

TEST(ViewAnswer, Rows) {
  for (const Case& one : kRows) {
    EXPECT_EQ(Answer(kPaid, {{"id"}, {"twice", true}, {"name"}, {"at", false, true}},
                     one.query),
              one.answer == nullptr ? "-" : Plain(one.answer))
        << one.query;
  }
}

// Views whose rows say less than it seems.
TEST(ViewAnswer, ViewsThatAnswerNothing) {
  for (const char* view :
       {"SELECT region, random() AS r FROM orders",
        "SELECT DISTINCT region, day FROM orders",
        "SELECT region, day FROM orders LIMIT 5",
        "SELECT a.region, b.day FROM orders a, orders b",
        "SELECT region, (SELECT 1) + count(*) AS n FROM orders GROUP BY region",
        "SELECT region, row_number() OVER () AS n FROM orders",
        "SELECT region, day FROM orders WHERE day < current_date",
        "WITH t AS (SELECT 1) SELECT region, day FROM orders"}) {
    EXPECT_EQ(Answer(view, {{"region"}, {"n"}}, "SELECT region FROM orders"), "-")
        << view;
    EXPECT_EQ(Answer(view, {{"region"}, {"n"}}, "SELECT count(*) FROM orders"), "-")
        << view;
  }
}

// Tables keep no text with a length, and times with all their digits.
TEST(ViewAnswer, TypesThatTablesDoNotKeep) {
  EXPECT_EQ(Answer("SELECT CAST(region AS char(5)) AS r FROM orders", {{"r"}},
                   "SELECT CAST(region AS char(5)) FROM orders"),
            "-");
  EXPECT_EQ(Answer("SELECT from_unixtime(seconds) AS t FROM orders", {{"t", false, true}},
                   "SELECT from_unixtime(seconds) FROM orders"),
            "-");
  EXPECT_EQ(Answer("SELECT lower(region) AS r FROM orders", {{"r"}},
                   "SELECT LOWER(region) FROM orders"),
            Plain("SELECT \"r\" AS \"_col0\" FROM kept"));
}

TEST(ViewAnswer, TablesOfBlocks) {
  const auto tables = TablesOfBlocks(
      Parse("WITH w AS (SELECT 1 FROM a) SELECT 2 FROM (SELECT 3 FROM b.c) d JOIN e ON "
            "true UNION (SELECT 4 FROM f)"));
  std::string text;
  for (const auto& name : tables) {
    text += PrintNames(name) + " ";
  }
  EXPECT_EQ(text, "a b.c e f ");
}

}  // namespace
}  // namespace tarn::sql
