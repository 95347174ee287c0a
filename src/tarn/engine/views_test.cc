// Views as other engines leave them: several dialects, names in their own words.
#include <arrow/array/array_primitive.h>
#include <arrow/record_batch.h>

#include "tarn/engine/engine.h"
#include "tarn/testing/lake.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::engine {
namespace {

using Texts = std::vector<iceberg::ViewRepresentation>;

/// An engine over table ns.t (id long, name string) of ten rows.
class ViewsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(lake_, testing::Lake::Make());
    ASSERT_OK(lake_->Create(10));
    ASSERT_OK_AND_ASSIGN(engine_, Engine::Open({.threads = 2}, lake_->context()));
    ASSERT_OK_AND_ASSIGN(session_, engine_->Connect());
  }

  /// View ns.v with one BIGINT column n, as another engine would make it.
  Status MakeView(Texts texts, std::map<std::string, std::string> properties = {}) {
    auto view = std::make_shared<iceberg::ViewMetadata>();
    view->view_uuid = NewUuid(lake_->context().random);
    ARROW_ASSIGN_OR_RAISE(view->location, lake_->catalog().NewTableLocation(ident_));
    ARROW_ASSIGN_OR_RAISE(
        auto schema, iceberg::Schema::Make(
                         {}, {{.id = 1, .name = "n", .type = iceberg::Type::Long()}}));
    view->schemas = {schema};
    view->versions = {{.version_id = 1,
                       .schema_id = schema->id(),
                       .timestamp = lake_->context().clock.Now(),
                       .representations = std::move(texts),
                       .default_catalog = "prod",  // what they call the warehouse
                       .default_namespace = {"ns"}}};
    view->current_version_id = 1;
    view->version_log = {{view->versions[0].timestamp, 1}};
    view->properties = std::move(properties);
    return lake_->catalog().CreateView({.ident = ident_, .metadata = view}).status();
  }

  Result<int64_t> Number(const std::string& sql) {
    ARROW_ASSIGN_OR_RAISE(const auto stream, session_->Execute(sql));
    ARROW_ASSIGN_OR_RAISE(const auto batch, stream->Next());
    if (batch == nullptr || batch->num_rows() != 1) {
      return Status::Invalid("not one row: ", sql);
    }
    return static_cast<const arrow::Int64Array&>(*batch->column(0)).Value(0);
  }

  std::shared_ptr<const iceberg::ViewMetadata> View() {
    return lake_->catalog().LoadView(ident_).ValueOrDie().metadata;
  }

  const iceberg::TableIdent ident_{{{"ns"}}, "v"};
  std::unique_ptr<testing::Lake> lake_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Session> session_;
};

struct TextCase {
  const char* name;
  Texts texts;
  int64_t n;
};

TEST_F(ViewsTest, TakesOurTextOrElseOneItUnderstands) {
  const TextCase cases[] = {
      {"ours first",
       {{"SELECT 1::BIGINT AS n", "spark"}, {"SELECT 2::BIGINT AS n", "duckdb"}},
       2},
      {"any case",
       {{"SELECT 1::BIGINT AS n", "spark"}, {"SELECT CAST(2 AS bigint) AS n", "Trino"}},
       2},
      {"the one that parses",
       {{"SELECT n FROM t MATCH_RECOGNIZE (PATTERN (A+))", "trino"},
        {"SELECT count(*) AS n FROM t", "spark"}},
       10},
      {"an unknown dialect", {{"SELECT count(*) AS n FROM ns.t", "hive"}}, 10},
      {"their catalog's name", {{"SELECT count(*) AS n FROM prod.ns.t", "trino"}}, 10},
      {"back quotes", {{"SELECT count(*) AS `n` FROM `prod`.`ns`.`t`", "spark"}}, 10},
      {"time travel",
       {{"SELECT count(*) AS n FROM t FOR VERSION AS OF 'main' AS x", "trino"}},
       10},
      {"metadata tables", {{"SELECT count(*) AS n FROM \"t$snapshots\"", "trino"}}, 1},
  };
  for (const TextCase& one : cases) {
    SCOPED_TRACE(one.name);
    ASSERT_OK(MakeView(one.texts));
    ASSERT_OK_AND_ASSIGN(const int64_t n, Number("SELECT n::BIGINT FROM ns.v"));
    EXPECT_EQ(n, one.n);
    ASSERT_OK(lake_->catalog().DropView(ident_));
  }
}

TEST_F(ViewsTest, NamesTheDialectsOfAViewThatItCannotRead) {
  ASSERT_OK(MakeView({{"SELECT n FROM t MATCH_RECOGNIZE (PATTERN (A+))", "trino"},
                      {"SELECT stack(2, 1, 2) LATERAL VIEW explode(x) AS", "spark"}}));
  EXPECT_ERROR(session_->Execute("SELECT * FROM ns.v"), ErrorCode::kNotSupported,
               "trino, spark");
  // It does not hide the others.
  ASSERT_OK(session_->Execute("SELECT * FROM information_schema.columns"));
}

TEST_F(ViewsTest, ReplacingAddsAVersionOfTheSameView) {
  ASSERT_OK(session_->Execute("CREATE VIEW ns.v AS SELECT 1::BIGINT AS n"));
  const auto first = View();
  ASSERT_OK(session_->Execute("CREATE OR REPLACE VIEW ns.v AS SELECT 2::BIGINT AS n"));
  const auto second = View();
  EXPECT_EQ(second->view_uuid, first->view_uuid);
  EXPECT_EQ(second->location, first->location);
  EXPECT_EQ(second->versions.size(), 2U);
  EXPECT_EQ(second->current_version_id, 2);
  EXPECT_EQ(second->version_log.size(), 2U);
  EXPECT_EQ(second->versions[0], first->versions[0]);
  ASSERT_OK_AND_ASSIGN(const int64_t n, Number("SELECT n::BIGINT FROM ns.v"));
  EXPECT_EQ(n, 2);
}

TEST_F(ViewsTest, ReplacingDoesNotTakeAViewFromAnotherEngine) {
  const std::string replace = "CREATE OR REPLACE VIEW ns.v AS SELECT 2::BIGINT AS n";
  ASSERT_OK(MakeView({{"SELECT 1::BIGINT AS n", "spark"}}));
  EXPECT_ERROR(session_->Execute(replace), ErrorCode::kInvalidArgument, "spark");
  ASSERT_OK_AND_ASSIGN(int64_t n, Number("SELECT n::BIGINT FROM ns.v"));
  EXPECT_EQ(n, 1);

  ASSERT_OK(lake_->catalog().DropView(ident_));
  ASSERT_OK(MakeView({{"SELECT 1::BIGINT AS n", "spark"}},
                     {{"replace.drop-dialect.allowed", "true"}}));
  ASSERT_OK(session_->Execute(replace));
  ASSERT_OK_AND_ASSIGN(n, Number("SELECT n::BIGINT FROM ns.v"));
  EXPECT_EQ(n, 2);
  EXPECT_EQ(View()->properties.at("replace.drop-dialect.allowed"), "true");
}

}  // namespace
}  // namespace tarn::engine
