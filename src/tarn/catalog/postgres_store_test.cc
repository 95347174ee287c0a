// What only PostgreSQL can do to a store: it restarts, connections are cut, rivals write
// at once, and its refusals must be told apart.
#include <atomic>
#include <csignal>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/catalog/internal/postgres_connection.h"
#include "tarn/catalog/internal/sql_dialect.h"
#include "tarn/catalog/store_fixture_test.h"

namespace tarn::catalog {
namespace {

using internal::PostgresFailure;
using testing::HasSubstr;
using testing::Not;

class PostgresStore : public testing::Test {
 protected:
  PostgresStore() : fixture_(StoreKind::kPostgres) {}

  Result<std::unique_ptr<Store>> Open(
      const std::string& uri,
      std::chrono::milliseconds wait_max = std::chrono::seconds(15)) {
    return OpenStore({.uri = uri, .connections_max = 8, .wait_max = wait_max},
                     fixture_.io(), SystemClock(), SystemRandom());
  }
  std::unique_ptr<Catalog> CatalogOf(Store& store) {
    return store.OpenCatalog(
        {.warehouse = fixture_.warehouse(), .undrop_retention = std::chrono::hours(1)});
  }
  LoadedTable NewTable(Catalog& catalog) {
    EXPECT_EQ(NameOf(catalog.CreateNamespace(Ns({"ns"}), {})), "OK");
    return *CreateTable(catalog, Ident("ns", "t"));
  }

  StoreFixture fixture_;
};

/// Commits appends until `is_over`; counts what was acknowledged and what nobody can
/// tell. Errors that say "not applied" are tried again.
struct Writer {
  int acknowledged = 0;
  int unknown = 0;
  std::string wrong;

  void Run(Catalog& catalog, const std::atomic<bool>& is_over) {
    while (!is_over && wrong.empty()) {
      const auto table = catalog.LoadTable(Ident("ns", "t"));
      if (!table.ok()) {
        Judge(table.status());
        continue;
      }
      const auto result = catalog.Commit({AppendTo(*table)});
      if (result.ok()) {
        ++acknowledged;
      } else {
        Judge(result.status());
      }
    }
  }
  void Judge(const Status& status) {
    switch (CodeOf(status)) {
      case ErrorCode::kCommitConflict:
      case ErrorCode::kUnavailable:
        return;
      case ErrorCode::kCommitStateUnknown:
        ++unknown;
        return;
      default:
        wrong = status.ToString();
    }
  }
};

void ExpectEveryCommitOnce(Catalog& catalog, const std::vector<Writer>& writers) {
  size_t acknowledged = 0;
  size_t unknown = 0;
  for (const Writer& writer : writers) {
    EXPECT_EQ(writer.wrong, "");
    acknowledged += static_cast<size_t>(writer.acknowledged);
    unknown += static_cast<size_t>(writer.unknown);
  }
  const auto table = catalog.LoadTable(Ident("ns", "t"));
  ASSERT_TRUE(table.ok()) << table.status();
  const auto& snapshots = table->metadata->snapshots;
  EXPECT_GT(acknowledged, 0U);
  EXPECT_GE(snapshots.size(), acknowledged);
  EXPECT_LE(snapshots.size(), acknowledged + unknown);
  for (size_t i = 1; i < snapshots.size(); ++i) {
    EXPECT_EQ(snapshots[i].parent_id, snapshots[i - 1].id);
  }
}

TEST_F(PostgresStore, TwoStoresThatRaceLoseNoCommit) {
  const auto left = *Open(fixture_.uri());
  const auto right = *Open(fixture_.uri());
  const std::unique_ptr<Catalog> catalogs[] = {CatalogOf(*left), CatalogOf(*right)};
  NewTable(*catalogs[0]);
  std::atomic<bool> is_over = false;
  std::vector<Writer> writers(4);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < writers.size(); ++i) {
    threads.emplace_back([&, i] { writers[i].Run(*catalogs[i % 2], is_over); });
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(700));
  is_over = true;
  for (std::thread& thread : threads) {
    thread.join();
  }
  ExpectEveryCommitOnce(*catalogs[1], writers);
  for (const Writer& writer : writers) {
    EXPECT_EQ(writer.unknown, 0);
  }
}

TEST_F(PostgresStore, MultiTableCommitsInAnyOrderDoNotLockForEver) {
  const auto left = *Open(fixture_.uri());
  const auto right = *Open(fixture_.uri());
  const auto a = CatalogOf(*left);
  const auto b = CatalogOf(*right);
  NewTable(*a);
  ASSERT_TRUE(CreateTable(*a, Ident("ns", "u")).ok());
  std::atomic<int> done = 0;
  const auto run = [&](Catalog& catalog, const char* first, const char* second) {
    for (int i = 0; i < 15; ++i) {
      const auto x = catalog.LoadTable(Ident("ns", first));
      const auto y = catalog.LoadTable(Ident("ns", second));
      const std::string value = std::string(first) + std::to_string(i);
      const auto result =
          catalog.Commit({SetProperty(*x, "n", value), SetProperty(*y, "n", value)});
      EXPECT_TRUE(result.ok()) << result.status();
      done += result.ok() ? 1 : 0;
    }
  };
  std::thread thread([&] { run(*a, "t", "u"); });
  run(*b, "u", "t");
  thread.join();
  EXPECT_EQ(done, 30);
  EXPECT_EQ(a->LoadTable(Ident("ns", "t"))->metadata->properties.at("n"),
            a->LoadTable(Ident("ns", "u"))->metadata->properties.at("n"));
}

TEST_F(PostgresStore, OneServersChangeIsTheOthersNextRead) {
  const auto left = *Open(fixture_.uri());
  const auto right = *Open(fixture_.uri());
  const auto a = CatalogOf(*left);
  const auto b = CatalogOf(*right);
  LoadedTable table = NewTable(*a);
  for (int i = 0; i < 10; ++i) {
    table = a->Commit({AppendTo(table)})->at(0);
    EXPECT_EQ(b->LoadTable(table.ident)->metadata_location, table.metadata_location);
    table = b->Commit({AppendTo(table)})->at(0);
    EXPECT_EQ(a->LoadTable(table.ident)->metadata_location, table.metadata_location);
  }
  ASSERT_EQ(NameOf(a->DropTable(table.ident)), "OK");
  EXPECT_EQ(NameOf(b->LoadTable(table.ident)), "NO_SUCH_TABLE");
  const auto dropped = b->ListDroppedTables({});
  ASSERT_EQ(dropped->size(), 1U);
  EXPECT_TRUE(b->UndropTable(dropped->at(0).id, std::nullopt).ok());
  EXPECT_TRUE(a->LoadTable(table.ident).ok());
}

TEST_F(PostgresStore, ServerRestartsUnderLoad) {
  PostgresServer& server = PostgresServer::Get();
  const auto store = *Open(fixture_.uri());
  const auto catalog = CatalogOf(*store);
  NewTable(*catalog);
  std::atomic<bool> is_over = false;
  std::vector<Writer> writers(6);
  std::vector<std::thread> threads;
  for (Writer& writer : writers) {
    threads.emplace_back([&] { writer.Run(*catalog, is_over); });
  }
  // Fast shutdowns, and losses of power.
  for (const int signal : {SIGINT, SIGQUIT, SIGINT}) {
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
    server.Stop(signal);
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    server.Start();
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(250));
  is_over = true;
  for (std::thread& thread : threads) {
    thread.join();
  }
  ExpectEveryCommitOnce(*catalog, writers);
  for (const Writer& writer : writers) {
    EXPECT_EQ(writer.unknown, 0);  // the server could be asked each time
  }
}

TEST_F(PostgresStore, Trap30_ALostCommitIsFoundOut) {
  PostgresWire wire(PostgresServer::Get());
  const auto store =
      *Open(PostgresServer::Get().Uri(fixture_.schema(), "postgres", wire.directory()));
  const auto catalog = CatalogOf(*store);
  LoadedTable table = NewTable(*catalog);
  int cuts = 0;
  for (const auto cut :
       {PostgresWire::Cut::kBeforeCommit, PostgresWire::Cut::kAfterCommit}) {
    SCOPED_TRACE(static_cast<int>(cut));
    using Change = std::function<Status()>;
    const Change changes[] = {
        [&] { return catalog->Commit({AppendTo(table)}).status(); },
        [&] { return catalog->CreateNamespace(Ns({"made"}), {}); },
        [&] { return catalog->DropNamespace(Ns({"made"})); },
        [&] { return CreateTable(*catalog, Ident("ns", "made")).status(); },
        [&] { return catalog->RenameTable(Ident("ns", "made"), Ident("ns", "m")); },
        [&] { return catalog->DropTable(Ident("ns", "m")); },
        [&] { return store->settings().Set("a", "b"); },
    };
    for (const Change& change : changes) {
      wire.CutNext(cut);
      const Status status = change();
      EXPECT_TRUE(status.ok()) << status;
      EXPECT_EQ(wire.num_cuts(), ++cuts);
      table = *catalog->LoadTable(table.ident);
    }
  }
  // Each was made once.
  EXPECT_EQ(table.metadata->snapshots.size(), 2U);
  EXPECT_EQ(catalog->ListDroppedTables({})->size(), 2U);
}

TEST_F(PostgresStore, Trap30_AnOutcomeThatNobodyTellsIsUnknown) {
  PostgresWire wire(PostgresServer::Get());
  const auto store =
      *Open(PostgresServer::Get().Uri(fixture_.schema(), "postgres", wire.directory()),
            std::chrono::milliseconds(600));
  const auto catalog = CatalogOf(*store);
  const LoadedTable table = NewTable(*catalog);
  wire.CutNext(PostgresWire::Cut::kAfterCommit);
  wire.Refuse(true);
  const auto result = catalog->Commit({AppendTo(table)});
  EXPECT_EQ(NameOf(result), "COMMIT_STATE_UNKNOWN");
  wire.Refuse(false);
  // It was applied, and its file is there.
  const auto after = catalog->LoadTable(table.ident);
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(after->metadata->snapshots.size(), 1U);

  wire.CutNext(PostgresWire::Cut::kBeforeCommit);
  wire.Refuse(true);
  EXPECT_EQ(NameOf(catalog->DropTable(table.ident)), "COMMIT_STATE_UNKNOWN");
  wire.Refuse(false);
  EXPECT_TRUE(catalog->LoadTable(table.ident).ok());
}

TEST_F(PostgresStore, AServerThatIsAwayIsUnavailable) {
  PostgresWire wire(PostgresServer::Get());
  const std::string uri =
      PostgresServer::Get().Uri(fixture_.schema(), "postgres", wire.directory());
  const auto store = *Open(uri, std::chrono::milliseconds(500));
  const auto catalog = CatalogOf(*store);
  wire.Refuse(true);
  fixture_.Sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
      "application_name = 'tarn'");
  EXPECT_EQ(NameOf(catalog->ListNamespaces({})), "UNAVAILABLE");
  EXPECT_EQ(NameOf(catalog->CreateNamespace(Ns({"a"}), {})), "UNAVAILABLE");
  // Later calls do not wait again.
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(NameOf(catalog->ListNamespaces({})), "UNAVAILABLE");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(300));
  EXPECT_EQ(NameOf(Open(uri)), "UNAVAILABLE");
  wire.Refuse(false);
  EXPECT_TRUE(catalog->ListNamespaces({}).ok());
}

TEST_F(PostgresStore, LocksOfOthersEndInUnavailable) {
  const auto store = *Open(fixture_.uri(), std::chrono::milliseconds(300));
  const auto catalog = CatalogOf(*store);
  const LoadedTable table = NewTable(*catalog);
  std::thread holder([&] {
    fixture_.Sql("BEGIN; LOCK TABLE iceberg_tables; SELECT pg_sleep(1.2); COMMIT");
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  const auto result = catalog->Commit({AppendTo(table)});
  EXPECT_EQ(NameOf(result), "UNAVAILABLE");
  holder.join();
  EXPECT_TRUE(catalog->Commit({AppendTo(table)}).ok());
}

TEST_F(PostgresStore, NoPasswordIsEverShown) {
  const PostgresServer& server = PostgresServer::Get();
  fixture_.Sql("DROP ROLE IF EXISTS needs_password");
  fixture_.Sql("CREATE ROLE needs_password LOGIN PASSWORD 'right one'");
  const std::string tail = "/postgres?host=" + server.directory();
  const std::pair<std::string, const char*> cases[] = {
      {"postgresql://needs_password:hunter2@" + tail, "UNAUTHENTICATED"},
      {"postgresql://needs_password@" + tail, "UNAUTHENTICATED"},
      {"postgresql://postgres:hunter2@/no_such_database?host=" + server.directory(),
       "INVALID_ARGUMENT"},
      {"postgresql://postgres:hunter2@/postgres?host=/no/such/hunter-directory",
       "UNAVAILABLE"},
      {"postgresql://postgres:hunter2@[::1/postgres", "INVALID_ARGUMENT"},
      {"postgresql://postgres:hunter2%zz@localhost/postgres", "INVALID_ARGUMENT"},
      {"postgresql://postgres:hunter2@localhost/postgres?nonsense=1", "INVALID_ARGUMENT"},
      {"postgresql+psycopg2://u:hunter2@localhost/db", "INVALID_ARGUMENT"},
      {"jdbc:postgresql://u:hunter2@localhost/db", "INVALID_ARGUMENT"},
      {"host=localhost password=hunter2", "INVALID_ARGUMENT"},
      {"", "INVALID_ARGUMENT"},
  };
  for (const auto& [uri, code] : cases) {
    SCOPED_TRACE(uri);
    const auto opened = Open(uri);
    EXPECT_EQ(NameOf(opened), code) << opened.status();
    EXPECT_THAT(opened.status().message(), Not(HasSubstr("hunter2")));
    EXPECT_THAT(opened.status().message(), Not(HasSubstr("\n")));
    EXPECT_THAT(ShownStoreLocation(uri), Not(HasSubstr("hunter2")));
  }
  const auto wrong = Open(cases[0].first);
  EXPECT_THAT(wrong.status().message(), HasSubstr("needs_password"));
  EXPECT_THAT(wrong.status().message(), HasSubstr("PGPASSWORD"));
  EXPECT_EQ(ShownStoreLocation("postgresql://u:p@db.example:5433/lake?sslmode=require"),
            "postgresql://db.example:5433/lake");
  EXPECT_EQ(ShownStoreLocation("/srv/catalog.db"), "/srv/catalog.db");
  // The right one, from the environment.
  fixture_.Sql("GRANT ALL ON SCHEMA " + fixture_.schema() + " TO needs_password");
  setenv("PGPASSWORD", "right one", 1);
  EXPECT_EQ(NameOf(Open(server.Uri(fixture_.schema(), "needs_password"))), "OK");
  unsetenv("PGPASSWORD");
  fixture_.Sql("DROP OWNED BY needs_password; DROP ROLE needs_password");
}

TEST_F(PostgresStore, LacksOfPermissionAreTold) {
  fixture_.Sql("DROP ROLE IF EXISTS may_nothing");
  fixture_.Sql("CREATE ROLE may_nothing LOGIN");
  const auto opened = Open(PostgresServer::Get().Uri(fixture_.schema(), "may_nothing"));
  EXPECT_EQ(NameOf(opened), "FORBIDDEN");
  EXPECT_THAT(opened.status().message(), HasSubstr("grant"));
  fixture_.Sql("DROP ROLE may_nothing");
}

TEST_F(PostgresStore, ValuesThatItCannotHoldAreRefused) {
  const auto store = *Open(fixture_.uri());
  const auto catalog = CatalogOf(*store);
  EXPECT_EQ(NameOf(catalog->CreateNamespace(Ns({"a"}), {{"k", std::string("x\0y", 3)}})),
            "INVALID_ARGUMENT");
  EXPECT_EQ(NameOf(catalog->CreateNamespace(Ns({"a"}), {{"k", "\xff\xfe"}})),
            "INVALID_ARGUMENT");
  std::string noise;  // that does not compress
  while (noise.size() < 9000) {
    noise += NewUuid(SystemRandom());
  }
  EXPECT_EQ(NameOf(catalog->CreateNamespace(Ns({noise}), {})), "INVALID_ARGUMENT");
  EXPECT_EQ(NameOf(catalog->CreateNamespace(Ns({"a"}), {{"k", noise}})), "OK");
  EXPECT_EQ(catalog->LoadNamespaceProperties(Ns({"a"}))->at("k"), noise);
}

TEST_F(PostgresStore, ADatabaseOfAnotherCollationSortsByBytes) {
  fixture_.Sql(
      "CREATE DATABASE other_collation LOCALE_PROVIDER icu ICU_LOCALE 'en' "
      "TEMPLATE template0");
  const std::string uri =
      "postgresql://postgres@/other_collation?host=" + PostgresServer::Get().directory();
  {
    const auto store = *Open(uri);
    const auto catalog = CatalogOf(*store);
    for (const char* name : {"a", "a-z", "B", "ab"}) {
      ASSERT_EQ(NameOf(catalog->CreateNamespace(Ns({name}), {})), "OK");
    }
    ASSERT_EQ(NameOf(catalog->CreateNamespace(Ns({"a", "x"}), {})), "OK");
    EXPECT_EQ(catalog->ListNamespaces(Ns({"a"}))->size(), 1U);
    EXPECT_EQ(catalog->ListNamespaces(Ns({"ab"}))->size(), 0U);
    EXPECT_EQ(NameOf(catalog->DropNamespace(Ns({"a-z"}))), "OK");
    for (const char* name : {"b", "C", "a"}) {
      ASSERT_TRUE(CreateTable(*catalog, Ident("a", name)).ok());
    }
    EXPECT_EQ(catalog->ListTables(Ns({"a"}))->at(0).name, "C");
  }
  fixture_.Sql("DROP DATABASE other_collation WITH (FORCE)");
}

TEST(PostgresError, SqlstatesMeanWhatTheManualSays) {
  struct Case {
    const char* state;
    ErrorCode code;
    PostgresFailure failure;
  };
  using enum PostgresFailure;
  const Case cases[] = {
      {"", ErrorCode::kUnavailable, kLost},
      {"08006", ErrorCode::kUnavailable, kLost},
      {"57P01", ErrorCode::kUnavailable, kLost},
      {"57014", ErrorCode::kUnavailable, kFinal},
      {"40001", ErrorCode::kUnavailable, kAgain},
      {"40P01", ErrorCode::kUnavailable, kAgain},
      {"23505", ErrorCode::kAlreadyExists, kFinal},
      {"53100", ErrorCode::kDiskFull, kFinal},
      {"53300", ErrorCode::kUnavailable, kFinal},
      {"42501", ErrorCode::kForbidden, kFinal},
      {"28P01", ErrorCode::kUnauthenticated, kFinal},
      {"25006", ErrorCode::kUnavailable, kLost},
      {"22001", ErrorCode::kInvalidArgument, kFinal},
      {"42601", ErrorCode::kInternal, kFinal},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.state);
    EXPECT_EQ(internal::RefusalOf(c.state).code, c.code);
    EXPECT_EQ(internal::RefusalOf(c.state).failure, c.failure);
  }
  const std::string message =
      "connection failed: FATAL:  28P01: password authentication failed for user \"x\"\n"
      "LOCATION:  auth_failed, auth.c:338\n";
  EXPECT_EQ(internal::SqlstateIn(message), "28P01");
  EXPECT_EQ(internal::OneLine(message),
            "connection failed: FATAL:  password authentication failed for user \"x\"");
  EXPECT_EQ(internal::SqlstateIn("could not connect:  nobody: there"), "");
}

TEST(SqlDialect, SaysTheSameInOtherWords) {
  const char* sql = "SELECT a FROM t WHERE b COLLATE BINARY >= ?1 AND c = ?12 FOR UPDATE";
  EXPECT_EQ(internal::SqliteStatement(sql),
            "SELECT a FROM t WHERE b COLLATE BINARY >= ?1 AND c = ?12");
  EXPECT_EQ(internal::PostgresStatement(sql),
            "SELECT a FROM t WHERE b COLLATE \"C\" >= $1 AND c = $12 FOR UPDATE");
}

}  // namespace
}  // namespace tarn::catalog
