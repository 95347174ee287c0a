// What every store must do beside its catalogs: dropped tables, operations, settings,
// principals, several catalogs, migrations. Run on SQLite and on PostgreSQL.
#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/catalog/store_fixture_test.h"
#include "tarn/testing/fake_clock.h"
#include "tarn/testing/principal_store_contract.h"

namespace tarn::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

INSTANTIATE_TEST_SUITE_P(Postgres, CatalogContract, ::testing::Values([] {
                           return std::make_unique<StoreFixture>(StoreKind::kPostgres);
                         }));

class StoreContract : public ::testing::TestWithParam<StoreKind> {
 protected:
  StoreContract() : fixture_(GetParam()) {}

  Store& store() { return fixture_.store(); }
  Catalog& catalog() { return fixture_.catalog(); }
  io::FileIO& io() { return fixture_.io(); }

  LoadedTable NewTable(const std::string& name) {
    EXPECT_THAT(NameOf(catalog().CreateNamespace(Ns({"ns"}), {})),
                ::testing::AnyOf("OK", "ALREADY_EXISTS"));
    auto table = CreateTable(catalog(), Ident("ns", name));
    EXPECT_TRUE(table.ok()) << table.status();
    return table.ok() ? *table : LoadedTable{};
  }
  /// A catalog that keeps dropped tables for an hour of clock_.
  std::unique_ptr<Catalog> Keeping(const std::string& name = "iceberg") {
    return keeping_store().OpenCatalog({.name = name,
                                        .warehouse = fixture_.warehouse(),
                                        .undrop_retention = std::chrono::hours(1)});
  }
  Store& keeping_store() {
    if (keeping_ == nullptr) {
      auto opened = OpenStore({.uri = fixture_.uri()}, io(), clock_, SystemRandom());
      EXPECT_TRUE(opened.ok()) << opened.status();
      keeping_ = *std::move(opened);
    }
    return *keeping_;
  }

  StoreFixture fixture_;
  tarn::testing::FakeClock clock_;
  std::unique_ptr<Store> keeping_;
};

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreContract, ::testing::Values(StoreKind::kSqlite));
INSTANTIATE_TEST_SUITE_P(Postgres, StoreContract,
                         ::testing::Values(StoreKind::kPostgres));

TEST_P(StoreContract, ADroppedTableComesBack) {
  const LoadedTable table = NewTable("t");
  const auto keeping = Keeping();
  EXPECT_EQ(keeping->undrop_retention(), std::chrono::hours(1));
  const auto after = keeping->Commit({AppendTo(table)});
  ASSERT_TRUE(after.ok()) << after.status();
  ASSERT_EQ(NameOf(keeping->DropTable(table.ident, {.purges = true})), "OK");
  EXPECT_EQ(*keeping->TableExists(table.ident), false);
  const auto dropped = keeping->ListDroppedTables(Ns({"ns"}));
  ASSERT_TRUE(dropped.ok()) << dropped.status();
  ASSERT_THAT(*dropped, SizeIs(1));
  EXPECT_EQ(dropped->at(0).ident, table.ident);
  EXPECT_EQ(dropped->at(0).metadata_location, after->at(0).metadata_location);
  EXPECT_EQ(dropped->at(0).dropped_at, clock_.Now());
  EXPECT_EQ(dropped->at(0).expires_at, clock_.Now() + std::chrono::hours(1));
  EXPECT_TRUE(dropped->at(0).purges);
  EXPECT_THAT(*keeping->ListDroppedTables({}), SizeIs(1));
  EXPECT_THAT(*keeping->ListDroppedTables(Ns({"other"})), SizeIs(0));

  const auto back = keeping->UndropTable(dropped->at(0).id, std::nullopt);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->ident, table.ident);
  EXPECT_EQ(back->metadata->table_uuid, table.metadata->table_uuid);
  EXPECT_THAT(*keeping->ListDroppedTables({}), SizeIs(0));
  EXPECT_EQ(NameOf(keeping->UndropTable(dropped->at(0).id, std::nullopt)),
            "NO_SUCH_TABLE");
  // It is a table as before.
  EXPECT_TRUE(keeping->Commit({AppendTo(*back)}).ok());
}

TEST_P(StoreContract, UndropRefusesNamesThatAreTaken) {
  const LoadedTable table = NewTable("t");
  const auto keeping = Keeping();
  ASSERT_EQ(NameOf(keeping->DropTable(table.ident)), "OK");
  NewTable("t");
  const auto view = Ident("ns", "v");
  ASSERT_TRUE(
      keeping->CreateView({view, FirstView(fixture_.warehouse() + "/v", "SELECT 1")})
          .ok());
  const std::string id = keeping->ListDroppedTables({})->at(0).id;
  EXPECT_EQ(NameOf(keeping->UndropTable(id, std::nullopt)), "ALREADY_EXISTS");
  EXPECT_EQ(NameOf(keeping->UndropTable(id, view)), "ALREADY_EXISTS");
  EXPECT_EQ(NameOf(keeping->UndropTable(id, Ident("none", "t"))), "NO_SUCH_NAMESPACE");
  EXPECT_EQ(NameOf(keeping->UndropTable(id, Ident("ns", ""))), "INVALID_ARGUMENT");
  EXPECT_EQ(NameOf(keeping->UndropTable("no such id", std::nullopt)), "NO_SUCH_TABLE");
  const auto back = keeping->UndropTable(id, Ident("ns", "back"));
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(keeping->LoadTable(Ident("ns", "back"))->metadata->table_uuid,
            table.metadata->table_uuid);
}

TEST_P(StoreContract, DroppedTablesExpire) {
  const auto keeping = Keeping();
  ASSERT_EQ(NameOf(keeping->DropTable(NewTable("a").ident)), "OK");
  clock_.Advance(std::chrono::minutes(30));
  ASSERT_EQ(NameOf(keeping->DropTable(NewTable("b").ident)), "OK");
  ASSERT_EQ(NameOf(keeping->DropTable(NewTable("c").ident, {.for_good = true})), "OK");
  auto dropped = keeping->ListDroppedTables({});
  ASSERT_THAT(*dropped, SizeIs(2));
  EXPECT_EQ(dropped->at(0).ident.name, "b");  // the newest first
  EXPECT_THAT(*keeping->ListExpiredTables(), SizeIs(0));
  clock_.Advance(std::chrono::minutes(30));
  EXPECT_THAT(*keeping->ListDroppedTables({}), SizeIs(1));
  const auto expired = keeping->ListExpiredTables();
  ASSERT_THAT(*expired, SizeIs(1));
  EXPECT_EQ(expired->at(0).ident.name, "a");
  EXPECT_EQ(NameOf(keeping->UndropTable(expired->at(0).id, std::nullopt)),
            "NO_SUCH_TABLE");
  // Its time can be ended, and it can be forgotten, once.
  const std::string b = dropped->at(0).id;
  EXPECT_EQ(NameOf(keeping->ExpireDroppedTable(b)), "OK");
  EXPECT_EQ(NameOf(keeping->UndropTable(b, std::nullopt)), "NO_SUCH_TABLE");
  EXPECT_THAT(*keeping->ListExpiredTables(), SizeIs(2));
  EXPECT_EQ(NameOf(keeping->ForgetDroppedTable(b)), "OK");
  EXPECT_EQ(NameOf(keeping->ForgetDroppedTable(b)), "NO_SUCH_TABLE");
  EXPECT_EQ(NameOf(keeping->ExpireDroppedTable(b)), "NO_SUCH_TABLE");
  EXPECT_THAT(*keeping->ListExpiredTables(), SizeIs(1));
  EXPECT_EQ(NameOf(keeping->DropNamespace(Ns({"ns"}))), "OK");  // they are no contents
}

TEST_P(StoreContract, ATableThatCannotBeReadIsNotBroughtBack) {
  const LoadedTable table = NewTable("t");
  const auto keeping = Keeping();
  ASSERT_EQ(NameOf(keeping->DropTable(table.ident)), "OK");
  ASSERT_TRUE(io().Delete(table.metadata_location).ok());
  const std::string id = keeping->ListDroppedTables({})->at(0).id;
  EXPECT_EQ(NameOf(keeping->UndropTable(id, std::nullopt)), "NO_SUCH_FILE");
  EXPECT_THAT(*keeping->ListDroppedTables({}), SizeIs(1));
  EXPECT_EQ(*keeping->TableExists(table.ident), false);
}

TEST_P(StoreContract, OperationsAreInTheirChangesTransaction) {
  const LoadedTable table = NewTable("t");
  const LoadedTable other = NewTable("other");
  const auto view = Ident("ns", "v");
  const std::string at = fixture_.warehouse() + "/v";
  using Change = std::function<Status(Catalog&)>;
  const std::pair<const char*, Change> cases[] = {
      {"create namespace",
       [&](Catalog& c) { return c.CreateNamespace(Ns({"made"}), {}); }},
      {"properties",
       [&](Catalog& c) {
         return c.UpdateNamespaceProperties(Ns({"made"}), {{"a", "b"}}, {});
       }},
      {"drop namespace", [&](Catalog& c) { return c.DropNamespace(Ns({"made"})); }},
      {"commit",
       [&](Catalog& c) { return c.Commit({SetProperty(table, "a", "b")}).status(); }},
      {"commit of nothing",
       [&](Catalog& c) {
         return c.Commit({{.ident = table.ident, .requirements = {}, .updates = {}}})
             .status();
       }},
      {"create table",
       [&](Catalog& c) { return CreateTable(c, Ident("ns", "made")).status(); }},
      {"register",
       [&](Catalog& c) {
         return c.RegisterTable(Ident("ns", "registered"), table.metadata_location)
             .status();
       }},
      {"create view",
       [&](Catalog& c) {
         return c.CreateView({view, FirstView(at, "SELECT 1")}).status();
       }},
      {"rename view", [&](Catalog& c) { return c.RenameView(view, Ident("ns", "w")); }},
      {"drop view", [&](Catalog& c) { return c.DropView(Ident("ns", "w")); }},
      {"rename table",
       [&](Catalog& c) { return c.RenameTable(other.ident, Ident("ns", "renamed")); }},
      {"drop table", [&](Catalog& c) { return c.DropTable(Ident("ns", "renamed")); }},
  };
  for (const auto& [name, change] : cases) {
    SCOPED_TRACE(name);
    const Operation operation{"key of " + std::string(name), "digest"};
    ASSERT_FALSE(store().operations().Find(operation.key)->has_value());
    const Status first = change(*catalog().WithOperation(operation));
    ASSERT_TRUE(first.ok()) << first;
    const auto found = store().operations().Find(operation.key);
    ASSERT_TRUE(found.ok()) << found.status();
    ASSERT_TRUE(found->has_value());
    EXPECT_TRUE((*found)->is_applied);
    EXPECT_EQ((*found)->status, 0);
    EXPECT_EQ((*found)->operation.digest, "digest");
    EXPECT_EQ(NameOf(change(*catalog().WithOperation(operation))), "OPERATION_REPEATED");
  }
}

TEST_P(StoreContract, AChangeThatIsRefusedLeavesNoOperation) {
  const LoadedTable table = NewTable("t");
  ASSERT_TRUE(catalog().Commit({AppendTo(table)}).ok());
  const Operation operation{"key", "digest"};
  const auto with = [&] { return catalog().WithOperation(operation); };
  TableCommit stale = SetProperty(table, "a", "b");
  stale.requirements = {iceberg::require::AssertTableUuid{NewUuid(SystemRandom())}};
  EXPECT_EQ(NameOf(with()->Commit({stale})), "COMMIT_CONFLICT");
  EXPECT_EQ(NameOf(with()->CreateNamespace(Ns({"ns"}), {})), "ALREADY_EXISTS");
  EXPECT_EQ(NameOf(with()->DropTable(Ident("ns", "none"))), "NO_SUCH_TABLE");
  EXPECT_EQ(NameOf(CreateTable(*with(), table.ident)), "ALREADY_EXISTS");
  EXPECT_FALSE(store().operations().Find("key")->has_value());
  // A repeated operation does nothing at all.
  ASSERT_TRUE(with()->Commit({SetProperty(table, "a", "b")}).ok());
  EXPECT_EQ(NameOf(with()->Commit({SetProperty(table, "a", "c")})), "OPERATION_REPEATED");
  EXPECT_EQ(catalog().LoadTable(table.ident)->metadata->properties.at("a"), "b");
}

TEST_P(StoreContract, OfEqualOperationsAtOnceOneIsMade) {
  const LoadedTable table = NewTable("t");
  std::atomic<int> made = 0;
  std::atomic<int> repeated = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const auto mine = catalog().WithOperation({"key", "digest"});
      const auto result = mine->Commit({SetProperty(table, "n", std::to_string(i))});
      made += result.ok() ? 1 : 0;
      repeated += NameOf(result) == "OPERATION_REPEATED" ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(made, 1);
  EXPECT_EQ(repeated, 7);
}

TEST_P(StoreContract, AnswersAreKept) {
  OperationStore& operations = keeping_store().operations();
  ASSERT_TRUE(operations.Finish({"refused", "d1"}, 404, "no such table").ok());
  ASSERT_TRUE(operations.Finish({"refused", "d1"}, 200, "the first stays").ok());
  auto found = *operations.Find("refused");
  ASSERT_TRUE(found.has_value());
  EXPECT_FALSE(found->is_applied);
  EXPECT_EQ(found->status, 404);
  EXPECT_EQ(found->answer, "no such table");
  EXPECT_EQ(found->created_at, clock_.Now());
  EXPECT_EQ(NameOf(operations.Finish({"refused", "d2"}, 200, "")), "INVALID_ARGUMENT");

  clock_.Advance(std::chrono::minutes(10));
  ASSERT_TRUE(
      Keeping()->WithOperation({"applied", "d"})->CreateNamespace(Ns({"ns"}), {}).ok());
  const std::string large(3'000'000, 'x');
  ASSERT_TRUE(operations.Finish({"applied", "d"}, 200, large).ok());
  found = *operations.Find("applied");
  EXPECT_TRUE(found->is_applied);
  EXPECT_EQ(found->answer, large);

  const auto pruned = operations.Prune(clock_.Now() - std::chrono::minutes(5));
  ASSERT_TRUE(pruned.ok()) << pruned.status();
  EXPECT_EQ(*pruned, 1);
  EXPECT_FALSE(operations.Find("refused")->has_value());
  EXPECT_TRUE(operations.Find("applied")->has_value());
}

TEST_P(StoreContract, SettingsAreShared) {
  KeyValueStore& settings = store().settings();
  EXPECT_FALSE(settings.Get("a")->has_value());
  ASSERT_TRUE(settings.Set("a", "1").ok());
  ASSERT_TRUE(settings.Set("a", "2").ok());
  EXPECT_EQ(*settings.SetIfAbsent("a", "3"), "2");
  EXPECT_EQ(*settings.SetIfAbsent("ab", "4"), "4");
  ASSERT_TRUE(settings.Set("b", "5").ok());
  EXPECT_EQ(*settings.List("a"),
            (std::map<std::string, std::string>{{"a", "2"}, {"ab", "4"}}));
  EXPECT_EQ(*keeping_store().settings().Get("ab"), "4");
  ASSERT_TRUE(settings.Remove("a").ok());
  ASSERT_TRUE(settings.Remove("a").ok());
  EXPECT_FALSE(settings.Get("a")->has_value());
}

TEST_P(StoreContract, DocumentsChangeByVersion) {
  DocumentStore& documents = keeping_store().documents();
  const auto made = documents.Create({.collection = "job",
                                      .id = "a",
                                      .owner = "ada",
                                      .state = "queued",
                                      .text = "{\"x\": \"ü%\"}",
                                      .version = 7});
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->version, 1);
  EXPECT_EQ(NameOf(documents.Create({.collection = "job", .id = "a"})), "ALREADY_EXISTS");
  EXPECT_TRUE(documents.Create({.collection = "schedule", .id = "a"}).ok());

  Document next = *made;
  next.state = "running";
  clock_.Sleep(std::chrono::seconds(5));
  EXPECT_EQ(documents.Replace(next)->version, 2);
  EXPECT_EQ(NameOf(documents.Replace(next)), "COMMIT_CONFLICT");
  next.id = "gone";
  EXPECT_EQ(NameOf(documents.Replace(next)), "COMMIT_CONFLICT");

  const auto found = *store().documents().Find("job", "a");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->text, "{\"x\": \"ü%\"}");
  EXPECT_EQ(found->state, "running");
  EXPECT_EQ(found->owner, "ada");
  EXPECT_EQ(found->version, 2);
  EXPECT_EQ(found->updated_at, made->updated_at + std::chrono::seconds(5));
  EXPECT_TRUE(documents.Remove("job", "a").ok());
  EXPECT_TRUE(documents.Remove("job", "a").ok());
  EXPECT_FALSE(documents.Find("job", "a")->has_value());
  EXPECT_TRUE(documents.Find("schedule", "a")->has_value());
}

TEST_P(StoreContract, DocumentsAreListedAndPruned) {
  DocumentStore& documents = keeping_store().documents();
  for (const char* id : {"c", "a", "d", "B"}) {
    const bool is_adas = *id < 'c';
    ASSERT_TRUE(documents
                    .Create({.collection = "job",
                             .id = id,
                             .owner = is_adas ? "ada" : "100%",
                             .state = *id == 'd' ? "done" : "queued"})
                    .ok());
  }
  const auto ids = [&](const DocumentQuery& query) {
    std::vector<std::string> listed;
    const auto found = documents.List("job", query);
    EXPECT_TRUE(found.ok()) << found.status();
    for (const Document& document : found.ValueOr({})) {
      listed.push_back(document.id);
    }
    return listed;
  };
  EXPECT_THAT(ids({}), ElementsAre("d", "c", "a", "B"));
  EXPECT_THAT(ids({.limit = 2}), ElementsAre("d", "c"));
  EXPECT_THAT(ids({.before = "c"}), ElementsAre("a", "B"));
  EXPECT_THAT(ids({.state = "queued", .owner = "100%"}), ElementsAre("c"));
  EXPECT_THAT(ids({.owner = "%"}), SizeIs(0));
  clock_.Sleep(std::chrono::seconds(1));
  EXPECT_EQ(*documents.Prune("job", "queued", clock_.Now()), 3);
  EXPECT_EQ(*documents.Prune("schedule", "done", clock_.Now()), 0);
  EXPECT_THAT(ids({}), ElementsAre("d"));
}

TEST_P(StoreContract, CatalogsAreApart) {
  const LoadedTable table = NewTable("t");
  const auto one = Keeping();
  const auto other = Keeping("other");
  EXPECT_TRUE(other->ListNamespaces({})->empty());
  EXPECT_EQ(NameOf(other->LoadTable(table.ident)), "NO_SUCH_TABLE");
  ASSERT_EQ(NameOf(other->CreateNamespace(Ns({"ns"}), {})), "OK");
  ASSERT_TRUE(CreateTable(*other, table.ident).ok());
  ASSERT_EQ(NameOf(one->DropTable(table.ident)), "OK");
  EXPECT_THAT(*other->ListDroppedTables({}), SizeIs(0));
  const std::string id = one->ListDroppedTables({})->at(0).id;
  EXPECT_EQ(NameOf(other->UndropTable(id, std::nullopt)), "NO_SUCH_TABLE");
  EXPECT_EQ(NameOf(other->ForgetDroppedTable(id)), "NO_SUCH_TABLE");
  EXPECT_TRUE(other->LoadTable(table.ident).ok());
}

TEST_P(StoreContract, ServersMayStartAtOnce) {
  std::atomic<int> opened = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&, i] {
      const auto mine =
          OpenStore({.uri = fixture_.uri()}, io(), SystemClock(), SystemRandom());
      EXPECT_TRUE(mine.ok()) << mine.status();
      if (mine.ok()) {
        const auto value = (*mine)->settings().SetIfAbsent("first", std::to_string(i));
        opened += value.ok() ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(opened, 6);
  EXPECT_THAT(fixture_.Sql("SELECT version FROM tarn_store"), ElementsAre("2"));
}

TEST_P(StoreContract, ANewerStoreIsRefused) {
  store();
  fixture_.Sql("UPDATE tarn_store SET version = 99");
  const auto opened =
      OpenStore({.uri = fixture_.uri()}, io(), SystemClock(), SystemRandom());
  EXPECT_EQ(NameOf(opened), "INVALID_DATA");
  EXPECT_THAT(opened.status().message(), HasSubstr("newer Tarn (version 99"));
}

// Rows of other catalogs' making, before views were known: no iceberg_type.
TEST_P(StoreContract, OpensWhatOtherCatalogsMade) {
  const std::string location = fixture_.warehouse() + "/t";
  const std::string file = location + "/metadata/00000-a.metadata.json";
  ASSERT_TRUE(
      io().WriteNew(file, iceberg::TableMetadataToJson(*FirstMetadata(location))).ok());
  fixture_.Sql(
      "CREATE TABLE iceberg_tables (catalog_name VARCHAR(255) NOT NULL, "
      "table_namespace VARCHAR(255) NOT NULL, table_name VARCHAR(255) NOT NULL, "
      "metadata_location VARCHAR(1000), previous_metadata_location VARCHAR(1000), "
      "PRIMARY KEY (catalog_name, table_namespace, table_name))");
  fixture_.Sql("INSERT INTO iceberg_tables VALUES ('iceberg', 'ns', 't', '" + file +
               "', NULL)");
  EXPECT_TRUE(catalog().LoadTable(Ident("ns", "t")).ok());
  const auto second = Keeping();
  EXPECT_THAT(*second->ListTables(Ns({"ns"})), SizeIs(1));
  NewTable("ours");
  const auto view = Ident("ns", "v");
  ASSERT_TRUE(catalog().CreateView({view, FirstView(location + "v", "SELECT 1")}).ok());
  // Statements that were prepared before the column came go on.
  EXPECT_THAT(*second->ListTables(Ns({"ns"})), SizeIs(2));
  EXPECT_THAT(*second->ListViews(Ns({"ns"})), SizeIs(1));
  EXPECT_TRUE(second->LoadTable(Ident("ns", "t")).ok());
  EXPECT_TRUE(second->LoadView(view).ok());
  ASSERT_EQ(NameOf(second->DropTable(Ident("ns", "t"))), "OK");
}

TEST_P(StoreContract, NamespacesDoNotVanishUnderNewTables) {
  // Two servers: one makes and drops the namespace, the other makes tables in it.
  const auto left = Keeping();
  Catalog& right = catalog();
  constexpr int kRounds = 25;
  std::atomic<bool> is_over = false;
  std::thread drops([&] {
    for (int i = 0; i < kRounds; ++i) {
      const Status made = left->CreateNamespace(Ns({"ns"}), {});
      EXPECT_THAT(NameOf(made), ::testing::AnyOf("OK", "ALREADY_EXISTS"));
      EXPECT_THAT(NameOf(left->DropNamespace(Ns({"ns"}))),
                  ::testing::AnyOf("OK", "NAMESPACE_NOT_EMPTY", "NO_SUCH_NAMESPACE"));
      // A row of a table whose namespace was dropped would show here.
      EXPECT_THAT(
          fixture_.Sql("SELECT count(*) FROM iceberg_tables t WHERE NOT EXISTS (SELECT "
                       "1 FROM iceberg_namespace_properties p WHERE p.namespace = "
                       "t.table_namespace AND p.catalog_name = t.catalog_name)"),
          ElementsAre("0"));
    }
    is_over = true;
  });
  int made = 0;
  while (!is_over) {
    const auto table = CreateTable(right, Ident("ns", "t"));
    EXPECT_THAT(NameOf(table), ::testing::AnyOf("OK", "NO_SUCH_NAMESPACE"));
    if (table.ok()) {
      ++made;
      EXPECT_EQ(NameOf(right.DropTable(table->ident, {.for_good = true})), "OK");
    }
  }
  drops.join();
  RecordProperty("made", made);
}

TEST_P(StoreContract, PrincipalsAreKept) {
  tarn::testing::CheckPrincipalStoreContract(store().principals());
}

}  // namespace
}  // namespace tarn::catalog
