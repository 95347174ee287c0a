// Rows that are kept: results of queries, and materialised views. Both must be what their
// queries give.
#include <array>
#include <random>
#include <string>
#include <thread>

#include "tarn/engine/engine.h"
#include "tarn/engine/session_text_test.h"
#include "tarn/testing/lake.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::engine {
namespace {

class KeptRowsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(lake_, testing::Lake::Make());
    ASSERT_OK(lake_->Create(10));  // ns.t (id long, name string)
    ASSERT_OK_AND_ASSIGN(
        engine_, Engine::Open({.threads = 2, .result_cache_bytes = int64_t{1} << 20},
                              lake_->context()));
    session_ = Connect();
  }

  std::unique_ptr<Session> Connect() {
    auto session = engine_->Connect({.dialect = "trino", .uses_result_cache = true});
    EXPECT_TRUE(session.ok()) << session.status();
    EXPECT_TRUE(Text(**session, "USE iceberg.ns").ok());
    return *std::move(session);
  }

  std::string Answer(const std::string& sql) {
    const auto text = Text(*session_, sql);
    return text.ok() ? *text : "error: " + text.status().message() + "\n";
  }

  /// Whether the answer was kept from before.
  bool IsKept(const std::string& sql) {
    const auto rows = session_->Execute(sql);
    EXPECT_TRUE(rows.ok()) << sql << ": " << rows.status();
    bool is_kept = false;
    while (rows.ok()) {
      is_kept = (*rows)->is_from_cache();
      const auto batch = (*rows)->Next();
      EXPECT_TRUE(batch.ok()) << batch.status();
      if (!batch.ok() || *batch == nullptr) {
        break;
      }
    }
    return is_kept;
  }

  std::unique_ptr<testing::Lake> lake_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Session> session_;
};

TEST_F(KeptRowsTest, TheSameQuestionOnTheSameData) {
  const std::string query = "SELECT count(*) FROM t WHERE id < 5";
  EXPECT_FALSE(IsKept(query));
  EXPECT_TRUE(IsKept(query));
  EXPECT_EQ(Answer(query), "5\n");
  session_ = Connect();
  EXPECT_TRUE(IsKept(query));
  EXPECT_EQ(Answer("INSERT INTO t VALUES (-1, 'x')"), "1\n");
  EXPECT_FALSE(IsKept(query));
  EXPECT_EQ(Answer(query), "6\n");
  EXPECT_TRUE(IsKept(query));
}

TEST_F(KeptRowsTest, WhatIsNeverKept) {
  for (const char* query :
       {"SELECT 1", "SELECT id, random() FROM t", "SELECT id FROM t WHERE now() IS NULL",
        "SELECT current_date FROM t", "SELECT * FROM \"t$snapshots\"",
        "SELECT id FROM t TABLESAMPLE BERNOULLI (50)", "EXPLAIN SELECT id FROM t"}) {
    IsKept(query);
    EXPECT_FALSE(IsKept(query)) << query;
  }
  auto other = engine_->Connect({.dialect = "trino"});
  ASSERT_OK(other);
  ASSERT_OK(Text(**other, "SELECT id FROM iceberg.ns.t"));
  const auto again = (*other)->Execute("SELECT id FROM iceberg.ns.t");
  ASSERT_OK(again);
  EXPECT_FALSE((*again)->is_from_cache());
}

TEST_F(KeptRowsTest, WhatMakesAnotherQuestion) {
  EXPECT_FALSE(IsKept("SELECT id / 2.0 FROM t WHERE id = 1"));
  EXPECT_FALSE(IsKept("SELECT id / 2E0 FROM t WHERE id = 1"));
  const std::string query = "SELECT id FROM t WHERE id < 3";
  IsKept(query);
  EXPECT_TRUE(IsKept(query));
  ASSERT_OK(Text(*session_, "SET TIME ZONE 'Asia/Tokyo'"));
  EXPECT_FALSE(IsKept(query));
  ASSERT_OK(Text(*session_, "START TRANSACTION"));
  EXPECT_FALSE(IsKept(query));
  ASSERT_OK(Text(*session_, "ROLLBACK"));
  EXPECT_TRUE(IsKept(query));
  ASSERT_OK(Text(*session_, "CREATE VIEW v AS SELECT id FROM t WHERE id < 2"));
  EXPECT_FALSE(IsKept("SELECT * FROM v"));
  EXPECT_TRUE(IsKept("SELECT * FROM v"));
  ASSERT_OK(Text(*session_, "CREATE OR REPLACE VIEW v AS SELECT id FROM t WHERE id < 4"));
  EXPECT_FALSE(IsKept("SELECT * FROM v"));
  EXPECT_EQ(Answer("SELECT count(*) FROM v"), "4\n");
}

TEST_F(KeptRowsTest, SettingsBeginAnEra) {
  const std::string query = "SELECT id FROM t ORDER BY id LIMIT 1";
  IsKept(query);
  EXPECT_TRUE(IsKept(query));
  auto other = engine_->Connect();
  ASSERT_OK(other);
  ASSERT_OK(Text(**other, "SET default_null_order = 'nulls_first'"));
  EXPECT_FALSE(IsKept(query));
  EXPECT_TRUE(IsKept(query));
}

struct ViewCase {
  const char* name;
  const char* query;
};
constexpr std::array kViews = {
    ViewCase{"projection",
             "SELECT id, kind, amount * 2 AS twice FROM facts WHERE amount > 20"},
    ViewCase{"aggregate",
             "SELECT kind, count(*) AS n, count(amount) AS known, sum(amount) AS total, "
             "min(amount) AS low, max(id) AS high FROM facts GROUP BY kind"},
    ViewCase{"total",
             "SELECT count(*) AS n, sum(amount) AS total, max(kind) AS last FROM facts"},
    ViewCase{"joined",
             "SELECT f.id, d.name FROM facts f JOIN kinds d ON f.kind = d.kind"},
    ViewCase{"joined_sums",
             "SELECT d.name AS name, sum(f.amount) AS total FROM facts f, kinds d "
             "WHERE f.kind = d.kind GROUP BY d.name"},
    ViewCase{
        "twice",
        "SELECT a.id AS one, b.id AS other FROM facts a JOIN facts b ON a.id = b.id + 1"},
    ViewCase{"outer_join",
             "SELECT f.id, d.name FROM facts f LEFT JOIN kinds d ON f.kind = d.kind"},
    ViewCase{"average", "SELECT kind, avg(amount) AS mean FROM facts GROUP BY kind"}};

class MaterializedViewsTest : public KeptRowsTest {
 protected:
  std::string Storage(const std::string& view) {
    const std::string names = Answer(
        "SELECT storage_table FROM system.metadata.materialized_views WHERE name = '" +
        view + "'");
    return names.substr(0, names.find('\n'));
  }
  void Do(const std::string& sql) {
    const auto done = Text(*session_, sql);
    EXPECT_TRUE(done.ok()) << sql << ": " << done.status();
  }
  std::string Sorted(const std::string& query) {
    return Answer(
        "SELECT array_join(array_agg(CAST(ROW(q.*) AS varchar) ORDER BY "
        "CAST(ROW(q.*) AS varchar)), ';') FROM (" +
        query + ") q");
  }
};

TEST_F(MaterializedViewsTest, AreWhatTheirQueriesGive) {
  std::minstd_rand chance(7);
  const auto below = [&](uint64_t limit) {
    return static_cast<int64_t>(chance() % limit);
  };
  Do("CREATE TABLE facts (id bigint, kind varchar, amount bigint)");
  Do("CREATE TABLE kinds (kind varchar, name varchar)");
  for (const ViewCase& view : kViews) {
    Do("CREATE MATERIALIZED VIEW " + std::string(view.name) + " AS " + view.query);
  }
  int64_t next = 1;
  for (int step = 0; step < 14; ++step) {
    const int64_t change = step == 0 ? 0 : below(5);
    if (change <= 2) {
      for (int i = 0; i < 2; ++i, ++next) {
        const std::string kind =
            below(4) == 0 ? "NULL" : std::string("'") + "abc"[below(3)] + "'";
        const std::string amount = below(4) == 0 ? "NULL" : std::to_string(below(100));
        Do("INSERT INTO facts VALUES (" + std::to_string(next) + ", " + kind + ", " +
           amount + ")");
      }
    }
    if (change >= 2 && change <= 3) {
      Do(std::string("INSERT INTO kinds VALUES ('") + "abc"[below(3)] + "', 'n" +
         std::to_string(step) + "')");
    }
    if (change == 4) {
      Do("DELETE FROM facts WHERE id = " +
         std::to_string(1 + below(static_cast<uint64_t>(next))));
    }
    for (const ViewCase& view : kViews) {
      SCOPED_TRACE(std::string(view.name) + " in step " + std::to_string(step));
      Do("REFRESH MATERIALIZED VIEW " + std::string(view.name));
      EXPECT_EQ(Sorted("SELECT * FROM " + Storage(view.name)), Sorted(view.query));
      EXPECT_EQ(Answer("REFRESH MATERIALIZED VIEW " + std::string(view.name)), "0\n");
    }
  }
}

TEST_F(MaterializedViewsTest, OnlyWhatWasAppendedIsAdded) {
  Do("CREATE MATERIALIZED VIEW m AS SELECT id FROM t WHERE name <> 'skip'");
  EXPECT_EQ(Answer("REFRESH MATERIALIZED VIEW m"), "10\n");
  Do("INSERT INTO t VALUES (100, 'new'), (101, 'skip')");
  EXPECT_EQ(Answer("SELECT count(*) FROM m"), "10\n");  // for ever, without GRACE PERIOD
  EXPECT_EQ(Answer("REFRESH MATERIALIZED VIEW m"), "1\n");
  EXPECT_EQ(Answer("SELECT operation FROM \"" + Storage("m") + "$snapshots\""),
            "append\nappend\n");
  Do("INSERT INTO t VALUES (102, 'skip')");
  EXPECT_EQ(Answer("REFRESH MATERIALIZED VIEW m"), "0\n");
  EXPECT_EQ(Answer("SELECT freshness FROM system.metadata.materialized_views"),
            "FRESH\n");
  Do("DELETE FROM t WHERE id = 100");
  EXPECT_EQ(Answer("REFRESH MATERIALIZED VIEW m"), "10\n");
  EXPECT_EQ(Answer("SELECT count(*) FROM m"), "10\n");
}

TEST_F(MaterializedViewsTest, AreReadOrComputed) {
  Do("CREATE MATERIALIZED VIEW m GRACE PERIOD INTERVAL '0' SECOND AS SELECT count(*) AS "
     "n FROM t");
  EXPECT_EQ(Answer("SELECT n FROM m"), "10\n");
  Do("REFRESH MATERIALIZED VIEW m");
  EXPECT_NE(Answer("EXPLAIN SELECT n FROM m").find(Storage("m")), std::string::npos);
  Do("INSERT INTO t VALUES (100, 'new')");
  EXPECT_EQ(Answer("SELECT n FROM m"), "11\n");
  EXPECT_EQ(Answer("EXPLAIN SELECT n FROM m").find(Storage("m")), std::string::npos);
  Do("REFRESH MATERIALIZED VIEW m");
  Do("INSERT INTO " + Storage("m") + " VALUES 99");
  EXPECT_EQ(Answer("SELECT n FROM m"), "11\n");  // somebody else's rows do not count
  Do("CREATE OR REPLACE MATERIALIZED VIEW m GRACE PERIOD INTERVAL '0' SECOND WHEN STALE "
     "FAIL AS SELECT count(*) AS n FROM t");
  EXPECT_NE(Answer("SELECT n FROM m").find("stale"), std::string::npos);
  Do("REFRESH MATERIALIZED VIEW m");
  EXPECT_EQ(Answer("SELECT n FROM m"), "11\n");
  EXPECT_NE(Answer("DROP VIEW m").find("DROP MATERIALIZED VIEW"), std::string::npos);
  Do("ALTER MATERIALIZED VIEW m RENAME TO m2");
  Do("DROP MATERIALIZED VIEW m2");
  EXPECT_EQ(Answer("SHOW TABLES"), "t\n");
}

TEST_F(MaterializedViewsTest, OfTwoRefreshesOneWins) {
  Do("CREATE MATERIALIZED VIEW m AS SELECT id FROM t");
  const auto other = Connect();
  // The other refresh comes between the beginning of this one and its commit.
  Do("REFRESH MATERIALIZED VIEW m");
  Do("INSERT INTO t VALUES (100, 'new')");
  std::thread racing([&] {
    const auto done = Text(*other, "REFRESH MATERIALIZED VIEW m");
    EXPECT_TRUE(done.ok() || CodeOf(done.status()) == ErrorCode::kCommitConflict)
        << done.status();
  });
  const auto done = Text(*session_, "REFRESH MATERIALIZED VIEW m");
  EXPECT_TRUE(done.ok() || CodeOf(done.status()) == ErrorCode::kCommitConflict)
      << done.status();
  racing.join();
  EXPECT_EQ(Answer("SELECT count(*) FROM " + Storage("m")), "11\n");
}

}  // namespace
}  // namespace tarn::engine
