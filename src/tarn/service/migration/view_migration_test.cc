// Views moved through a real catalog, with each I/O failing once.
#include "tarn/service/migration/view_migration.h"

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "tarn/base/config.h"
#include "tarn/testing/lake.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::service {
namespace {

using iceberg::Namespace;
using iceberg::TableIdent;
using iceberg::ViewMetadata;

const TableIdent kSource{{{"ns"}}, "v"};
const TableIdent kDestination{{{"copied"}}, "v"};

/// A lake with the view "ns.v" in two dialects.
struct Fixture {
  Fixture() {
    auto made = testing::Lake::Make({});
    EXPECT_TRUE(made.ok()) << made.status();
    lake = *std::move(made);
    EXPECT_TRUE(lake->Create(3).ok());
    EXPECT_TRUE(Put(kSource, "SELECT id FROM ns.t", IfThere::kFail).ok());
  }

  enum class IfThere { kFail, kReplace };
  Status Put(const TableIdent& ident, const std::string& sql, IfThere if_there) {
    auto view = std::make_shared<ViewMetadata>();
    view->view_uuid = NewUuid(lake->context().random);
    ARROW_ASSIGN_OR_RAISE(view->location, lake->catalog().NewTableLocation(ident));
    ARROW_ASSIGN_OR_RAISE(
        auto schema, iceberg::Schema::Make(
                         {}, {{.id = 1, .name = "id", .type = iceberg::Type::Long()}}));
    view->schemas = {std::move(schema)};
    view->versions = {{.version_id = 1,
                       .schema_id = view->schemas.front()->id(),
                       .timestamp = lake->clock().Now(),
                       .representations = {{.sql = sql, .dialect = "trino"},
                                           {.sql = sql, .dialect = "spark"}},
                       .default_catalog = lake->catalog().name(),
                       .default_namespace = {"ns"}}};
    view->current_version_id = 1;
    view->version_log = {{view->versions[0].timestamp, 1}};
    view->properties = {{"comment", "what there is"}};
    return lake->catalog()
        .CreateView({.ident = ident,
                     .metadata = std::move(view),
                     .replace = if_there == IfThere::kReplace})
        .status();
  }

  /// `use` takes a MigrationRun.
  template <typename Use>
  auto With(const std::string& id, bool takes_up, const Use& use) {
    const Lake served{.warehouses = {{.name = "w",
                                      .location = lake->directory(),
                                      .context = lake->context()}},
                      .engine = {},
                      .files = lake->fs(),
                      .config = config,
                      .clock = lake->clock(),
                      .random = lake->context().random,
                      .work_directory = ""};
    Places places(served, {});
    MigrationRun run{.lake = served, .places = places, .id = id};
    run.takes_up = takes_up;
    return use(run);
  }

  TableReport Migrate(const MigrationOptions& options = {}, const std::string& id = "m1",
                      bool takes_up = false) {
    return With(id, takes_up, [&](const MigrationRun& run) {
      return MigrateView(run, Pair(options),
                         MovedNames::OfScope(kSource.ns, kDestination.ns));
    });
  }

  static TablePair Pair(const MigrationOptions& options) {
    return {.source = {"", kSource},
            .destination = {"", kDestination},
            .options = options,
            .is_view = true};
  }

  /// The texts of the destination, as "dialect: text;"; empty if there is none.
  std::string TextThere() {
    const auto view = lake->catalog().LoadView(kDestination);
    std::string all;
    if (view.ok()) {
      for (const auto& text : view->metadata->current_version().representations) {
        all += text.dialect + ": " + text.sql + ";";
      }
    }
    return all;
  }

  Config config;
  std::unique_ptr<testing::Lake> lake;
};

constexpr char kMoved[] =
    "trino: SELECT id FROM \"copied\".\"t\";spark: SELECT id FROM `copied`.`t`;";

TEST(ViewMigration, AllTextsWithTheirNewNames) {
  Fixture fixture;
  const TableReport report = fixture.Migrate();
  ASSERT_TRUE(report.is_done()) << *report.failure;
  EXPECT_EQ(report.status, "success");
  EXPECT_EQ(report.mode, "create");
  EXPECT_EQ(report.view->dialects, (std::vector<std::string>{"trino", "spark"}));
  EXPECT_EQ(report.view->names_rewritten, 2);
  EXPECT_EQ(report.view->definition_match, true);
  EXPECT_EQ(report.note, "");
  EXPECT_EQ(fixture.TextThere(), kMoved);
  ASSERT_OK_AND_ASSIGN(const auto view, fixture.lake->catalog().LoadView(kDestination));
  EXPECT_EQ(view.metadata->current_version().default_namespace,
            std::vector<std::string>{"copied"});
  EXPECT_EQ(view.metadata->properties.at("comment"), "what there is");
  EXPECT_EQ(view.metadata->properties.at("tarn.migration-source"), "ns.v");
}

TEST(ViewMigration, OneThatIsThere) {
  Fixture fixture;
  ASSERT_TRUE(fixture.Migrate().is_done());
  EXPECT_EQ(fixture.Migrate().status, "already_migrated");  // the same migration
  const TableReport other = fixture.Migrate({}, "m2");
  ASSERT_FALSE(other.is_done());
  EXPECT_EQ(CodeOf(*other.failure), ErrorCode::kAlreadyExists);
  EXPECT_EQ(fixture.Migrate({}, "m3", /*takes_up=*/true).status, "already_migrated");
  EXPECT_EQ(fixture.Migrate({.incremental = true}, "m4").status, "up_to_date");

  ASSERT_OK(fixture.Put(kSource, "SELECT id + 1 FROM ns.t", Fixture::IfThere::kReplace));
  EXPECT_FALSE(fixture.Migrate({}, "m5", /*takes_up=*/true).is_done());
  EXPECT_FALSE(fixture.Migrate({.mode = MigrationMode::kAppend}, "m6").is_done());
  const TableReport newer = fixture.Migrate({.incremental = true}, "m7");
  ASSERT_TRUE(newer.is_done()) << *newer.failure;
  EXPECT_EQ(newer.mode, "replace");
  EXPECT_NE(fixture.TextThere().find("id + 1"), std::string::npos);

  ASSERT_OK(fixture.Put(kDestination, "SELECT 7", Fixture::IfThere::kReplace));
  const TableReport changed = fixture.Migrate({.incremental = true}, "m8");
  ASSERT_FALSE(changed.is_done()) << "others changed it";
  EXPECT_EQ(CodeOf(*changed.failure), ErrorCode::kCommitConflict);
  EXPECT_TRUE(fixture.Migrate({.mode = MigrationMode::kOverwrite}, "m9").is_done());
  EXPECT_NE(fixture.TextThere().find("id + 1"), std::string::npos);
}

TEST(ViewMigration, ATableInTheWayStays) {
  Fixture fixture;
  const TablePair pair{.source = {"", kSource},
                       .destination = {"", fixture.lake->ident()},
                       .options = {.mode = MigrationMode::kReplace},
                       .is_view = true};
  const TableReport report = fixture.With("m1", false, [&](const MigrationRun& run) {
    return MigrateView(run, pair, MovedNames::OfPairs({pair}, pair));
  });
  ASSERT_FALSE(report.is_done());
  EXPECT_EQ(CodeOf(*report.failure), ErrorCode::kAlreadyExists) << *report.failure;
}

TEST(ViewMigration, DefinitionsAreCompared) {
  Fixture fixture;
  ASSERT_TRUE(fixture.Migrate().is_done());
  const auto compared = [&] {
    return fixture.With("", false, [&](const MigrationRun& run) {
      return CompareViews(run, Fixture::Pair({}));
    });
  };
  ASSERT_OK_AND_ASSIGN(Json same, compared());
  EXPECT_TRUE(same.at("valid").get<bool>()) << same.dump();
  ASSERT_OK(fixture.Put(kDestination, "SELECT 7", Fixture::IfThere::kReplace));
  ASSERT_OK_AND_ASSIGN(const Json other, compared());
  EXPECT_FALSE(other.at("valid").get<bool>());
  EXPECT_NE(other.dump().find("SELECT 7"), std::string::npos);
}

TEST(ViewMigration, EachFailureLeavesAllOrNothing) {
  for (int64_t fail_at = 0;; ++fail_at) {
    SCOPED_TRACE("fail_at=" + std::to_string(fail_at));
    Fixture fixture;
    fixture.lake->fs().FailOperation(fail_at);
    const TableReport report = fixture.Migrate();
    const bool fired = fixture.lake->fs().fault_fired();
    ASSERT_OK(fixture.lake->Reopen());
    if (report.is_done()) {
      EXPECT_EQ(fixture.TextThere(), kMoved);
    } else if (!IsOutcomeUnknown(*report.failure)) {
      EXPECT_EQ(fixture.TextThere(), "") << *report.failure;
    }
    const TableReport again = fixture.Migrate();
    EXPECT_TRUE(again.is_done()) << *again.failure;
    EXPECT_EQ(fixture.TextThere(), kMoved);
    if (!fired) {
      EXPECT_GT(fail_at, 0);
      break;
    }
  }
}

}  // namespace
}  // namespace tarn::service
