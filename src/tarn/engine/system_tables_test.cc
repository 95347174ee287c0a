// information_schema, system.* and metadata tables in Trino's dialect.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tarn/engine/engine.h"
#include "tarn/engine/server_state.h"
#include "tarn/engine/session_text_test.h"
#include "tarn/testing/lake.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::engine {
namespace {

class SystemTablesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(lake_, testing::Lake::Make());
    ASSERT_OK(lake_->Create(10));  // ns.t (id long, name string), bucket[2](id)
    ASSERT_OK_AND_ASSIGN(engine_, Engine::Open({.threads = 2}, lake_->context()));
    ASSERT_OK_AND_ASSIGN(session_, engine_->Connect());
    ASSERT_OK(Text(*session_,
                   "CREATE TABLE ns.more (a decimal(3,2), b struct(x int, "
                   "\"Y y\" varchar), c timestamp)"));
    ASSERT_OK(Text(*session_, "CREATE VIEW ns.v AS SELECT id FROM ns.t"));
    ASSERT_OK(Text(*session_, "SET SESSION dialect = 'trino'"));
    catalog_ = lake_->catalog().name();
  }

  std::string Answer(const std::string& sql) {
    const auto text = Text(*session_, sql);
    return text.ok() ? *text : "error: " + text.status().message() + "\n";
  }
  /// How often files were touched while `sql` ran, without anything remembered.
  int64_t FileOperations(const std::string& sql) {
    EXPECT_OK(lake_->Reopen());
    auto engine = Engine::Open({.threads = 2}, lake_->context());
    EXPECT_OK(engine.status());
    auto session = (*engine)->Connect();
    EXPECT_OK(Text(**session, "SET SESSION dialect = 'trino'").status());
    const int64_t before = lake_->fs().operations();
    EXPECT_OK(Text(**session, sql).status());
    return lake_->fs().operations() - before;
  }

  std::unique_ptr<testing::Lake> lake_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Session> session_;
  std::string catalog_;
};

TEST_F(SystemTablesTest, InformationSchemaIsTrinos) {
  EXPECT_EQ(Answer("SELECT schema_name FROM information_schema.schemata ORDER BY 1"),
            "information_schema\nns\nsystem\n");
  EXPECT_EQ(Answer("SELECT table_name, table_type FROM information_schema.tables WHERE "
                   "table_schema = 'ns' ORDER BY 1"),
            "more, BASE TABLE\nt, BASE TABLE\nv, VIEW\n");
  EXPECT_EQ(
      Answer("SELECT column_name, ordinal_position, data_type FROM "
             "information_schema.columns WHERE table_name = 'more' ORDER BY 2"),
      "a, 1, decimal(3,2)\nb, 2, row(x integer, Y y varchar)\nc, 3, timestamp(6)\n");
  EXPECT_EQ(Answer("SELECT count(*) FROM information_schema.views"), "1\n");
  EXPECT_EQ(Answer("SELECT count(*) FROM information_schema.tables WHERE table_schema = "
                   "'NS' OR (table_schema = 'ns' AND table_name = 'T')"),
            "0\n");
  EXPECT_EQ(Answer("SELECT count(*) FROM information_schema.tables WHERE table_schema = "
                   "'NS'"),
            "0\n");
  EXPECT_EQ(Answer("SELECT count(*) FROM system.information_schema.tables t WHERE "
                   "t.table_schema = 'runtime'"),
            "5\n");
  EXPECT_EQ(Answer("TABLE information_schema.roles"), "");
}

TEST_F(SystemTablesTest, HiddenColumnsAreNotInStar) {
  EXPECT_EQ(Answer("SELECT * FROM information_schema.tables WHERE table_name = 't'"),
            catalog_ + ", ns, t, BASE TABLE\n");
  EXPECT_EQ(Answer("SELECT x.table_name, x.\"comment\", column_comment FROM "
                   "information_schema.columns x WHERE column_name = 'name'"),
            "t, null, null\n");
}

TEST_F(SystemTablesTest, DuckDbsOwnDoNotShineThrough) {
  for (const char* sql : {"SELECT * FROM information_schema.key_column_usage",
                          "SELECT * FROM system.main.duckdb_tables",
                          "SELECT * FROM system.runtime.nosuch"}) {
    EXPECT_NE(Answer(sql).find("does not exist"), std::string::npos) << Answer(sql);
  }
  EXPECT_NE(Answer("SELECT * FROM nosuch.information_schema.tables").find("not found"),
            std::string::npos);
  ASSERT_OK(Text(*session_, "SET SESSION dialect = 'duckdb'"));
  EXPECT_EQ(Answer("SELECT count(*) > 0 FROM information_schema.key_column_usage"),
            "false\n");
}

TEST_F(SystemTablesTest, NamesOfQueriesComeFirst) {
  EXPECT_EQ(Answer("WITH tables AS (SELECT 1 AS x) SELECT x FROM tables"), "1\n");
}

TEST_F(SystemTablesTest, JdbcAndMetadata) {
  EXPECT_EQ(Answer("SELECT table_cat FROM system.jdbc.catalogs ORDER BY 1"),
            catalog_ + "\nsystem\n");
  EXPECT_EQ(
      Answer("SELECT table_name, table_type FROM system.jdbc.tables WHERE "
             "table_schem LIKE 'n%' ESCAPE '\\' AND table_type IN ('VIEW') ORDER BY "
             "1"),
      "v, VIEW\n");
  EXPECT_EQ(
      Answer("SELECT column_name, data_type, type_name, column_size FROM "
             "system.jdbc.columns WHERE table_schem = 'ns' AND table_name LIKE 'mo%' "
             "ORDER BY ordinal_position"),
      "a, 3, decimal(3,2), 3\nb, 2000, row(x integer, Y y varchar), null\n"
      "c, 93, timestamp(6), 28\n");
  EXPECT_EQ(Answer("SELECT connector_name FROM system.metadata.catalogs ORDER BY 1"),
            "iceberg\nsystem\n");
  EXPECT_EQ(Answer("SELECT table_name FROM " + catalog_ +
                   ".system.iceberg_tables "
                   "ORDER BY 1"),
            "more\nt\n");
  EXPECT_EQ(Answer("SELECT count(*) FROM system.metadata.materialized_views"), "0\n");
}

TEST_F(SystemTablesTest, OneTableOfManyIsLoadedAlone) {
  ASSERT_OK(Text(*session_, "SET SESSION dialect = 'duckdb'"));
  for (int i = 0; i < 40; ++i) {
    ASSERT_OK(
        Text(*session_, "CREATE TABLE ns.many" + std::to_string(i) + " (id bigint)"));
  }
  const std::string columns = "SELECT column_name FROM information_schema.columns WHERE ";
  const int64_t one =
      FileOperations(columns + "table_schema = 'ns' AND table_name = 't'");
  EXPECT_GT(one, 0);
  for (const char* filter :
       {"table_schema = 'ns' AND table_name IN ('t')", "table_name LIKE 't'",
        "table_name LIKE 't' ESCAPE '\\' AND table_schema LIKE 'n_'",
        "lower(table_name) = 't'", "table_name = 't' OR table_name = 'nosuch'"}) {
    EXPECT_EQ(FileOperations(columns + filter), one) << filter;
  }
  EXPECT_EQ(FileOperations("SELECT table_name, table_type FROM information_schema.tables "
                           "WHERE table_schema = 'ns'"),
            0)
      << "names need no metadata";
  // dbt's hottest query.
  EXPECT_EQ(FileOperations(
                "SELECT t.table_name, CASE WHEN mv.name IS NOT NULL THEN 'mv' WHEN "
                "t.table_type = 'BASE TABLE' THEN 'table' ELSE 'view' END FROM "
                "information_schema.tables t LEFT JOIN (SELECT * FROM "
                "system.metadata.materialized_views WHERE catalog_name = 'x' AND "
                "schema_name = 'ns') mv ON mv.name = t.table_name WHERE t.table_schema = "
                "'ns'"),
            0);
  EXPECT_GE(FileOperations(columns + "table_schema = 'ns'"), 40 * one) << "all of them";
}

class TwoQueries final : public ServerState {
 public:
  std::vector<RuntimeQuery> Queries() const override {
    return {{.id = "q1",
             .state = "RUNNING",
             .user = "ann",
             .text = "SELECT 1",
             .resource_group = {"global"},
             .created_at = std::chrono::milliseconds(1'000)},
            {.id = "q2",
             .state = "FAILED",
             .user = "bob",
             .error_type = "USER_ERROR",
             .error_name = "SYNTAX_ERROR"}};
  }
  std::vector<RuntimeTransaction> Transactions() const override {
    return {{.id = "t1", .idle_seconds = 7}};
  }
  std::string Address() const override { return "http://here"; }
};

TEST_F(SystemTablesTest, RuntimeIsTheServers) {
  EXPECT_EQ(Answer("SELECT * FROM system.runtime.queries"), "");
  engine_->SetServerState(std::make_shared<TwoQueries>());
  EXPECT_EQ(Answer("SELECT query_id, state, \"user\", error_code FROM "
                   "system.runtime.queries ORDER BY 1"),
            "q1, RUNNING, ann, null\nq2, FAILED, bob, SYNTAX_ERROR\n");
  EXPECT_EQ(Answer("SELECT resource_group_id[1], created = timestamp '1970-01-01 "
                   "00:00:01 UTC' FROM system.runtime.queries WHERE query_id = 'q1'"),
            "global, true\n");
  EXPECT_EQ(Answer("SELECT http_uri, coordinator FROM system.runtime.nodes"),
            "http://here, true\n");
  EXPECT_EQ(Answer("SELECT idle_time_secs FROM system.runtime.transactions"), "7\n");
  engine_->SetServerState(nullptr);
  EXPECT_EQ(Answer("SELECT count(*) FROM system.runtime.queries"), "0\n");
}

TEST_F(SystemTablesTest, MetadataTablesHaveTrinosShape) {
  const auto columns = [&](const std::string& table) {
    const auto batches = ReadAll(*session_, "SELECT * FROM ns.\"" + table + "\"");
    if (!batches.ok() || batches->empty()) {
      return batches.status().ToString();
    }
    std::string names;
    for (const auto& field : batches->front()->schema()->fields()) {
      names += (names.empty() ? "" : " ") + field->name();
    }
    return names;
  };
  EXPECT_EQ(columns("t$partitions"), "partition record_count file_count total_size data");
  EXPECT_EQ(columns("t$manifests"),
            "path length partition_spec_id added_snapshot_id added_data_files_count "
            "added_rows_count existing_data_files_count existing_rows_count "
            "deleted_data_files_count deleted_rows_count partition_summaries");
  EXPECT_EQ(columns("t$files"),
            "content file_path file_format spec_id partition record_count "
            "file_size_in_bytes column_sizes value_counts null_value_counts "
            "nan_value_counts lower_bounds upper_bounds key_metadata split_offsets "
            "equality_ids sort_order_id readable_metrics");
  EXPECT_EQ(columns("t$entries"),
            "status snapshot_id sequence_number file_sequence_number data_file "
            "readable_metrics");
  EXPECT_EQ(columns("t$snapshots"),
            "committed_at snapshot_id parent_id operation manifest_list summary");
  EXPECT_EQ(columns("t$properties"), "key value");
  EXPECT_EQ(Answer("SELECT sum(record_count), sum(file_count), min(data.id.min), "
                   "max(data.id.max), sum(data.id.null_count) FROM ns.\"t$partitions\""),
            "10, 2, 0, 9, 0\n");
  EXPECT_EQ(Answer("SELECT min(CAST(lower_bounds[1] AS bigint)), count(DISTINCT "
                   "json_extract_scalar(readable_metrics, '$.id.value_count')) > 0 FROM "
                   "ns.\"t$files\""),
            "0, true\n");
  EXPECT_EQ(Answer("SELECT \"t$manifests\".added_rows_count FROM ns.\"t$manifests\""),
            "10\n");
  EXPECT_EQ(Answer("SELECT count(*) FROM ns.\"more$partitions\""), "0\n");
  EXPECT_EQ(Answer("SELECT value FROM ns.\"t$properties\" WHERE key = 'provider'"),
            "iceberg\n");
  // In DuckDB's dialect they stay those of the Java reference.
  ASSERT_OK(Text(*session_, "SET SESSION dialect = 'duckdb'"));
  EXPECT_TRUE(columns("t$partitions").starts_with("partition spec_id record_count"));
}

}  // namespace
}  // namespace tarn::engine
