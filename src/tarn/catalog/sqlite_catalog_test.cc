#include "tarn/catalog/sqlite_catalog.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/catalog/catalog_contract_test.h"
#include "tarn/catalog/one_moment.h"
#include "tarn/catalog/store_fixture_test.h"

namespace tarn::catalog {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

INSTANTIATE_TEST_SUITE_P(Sqlite, CatalogContract, testing::Values([] {
                           return std::make_unique<SqliteFixture>();
                         }));

// What PyIceberg's SqlCatalog makes.
constexpr char kPyIcebergTables[] = R"sql(
CREATE TABLE iceberg_tables (
  catalog_name VARCHAR(255) NOT NULL,
  table_namespace VARCHAR(255) NOT NULL,
  table_name VARCHAR(255) NOT NULL,
  metadata_location VARCHAR(1000),
  previous_metadata_location VARCHAR(1000),
  PRIMARY KEY (catalog_name, table_namespace, table_name));
CREATE TABLE iceberg_namespace_properties (
  catalog_name VARCHAR(255) NOT NULL,
  namespace VARCHAR(255) NOT NULL,
  property_key VARCHAR(255) NOT NULL,
  property_value VARCHAR(1000) NOT NULL,
  PRIMARY KEY (catalog_name, namespace, property_key));
)sql";

void WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

TEST(StoreCatalog, RowsAreThoseOfTheSharedTables) {
  SqliteFixture fixture;
  Catalog& catalog = fixture.catalog();
  EXPECT_EQ(catalog.name(), "iceberg");
  ASSERT_EQ(NameOf(catalog.CreateNamespace(Ns({"a"}), {})), "OK");
  ASSERT_EQ(NameOf(catalog.CreateNamespace(Ns({"a", "b"}), {{"owner", "me"}})), "OK");
  const auto table = CreateTable(catalog, {Ns({"a", "b"}), "t"});
  ASSERT_TRUE(table.ok()) << table.status();
  const auto after = catalog.Commit({AppendTo(*table)});
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_THAT(
      fixture.Sql("SELECT catalog_name, table_namespace, table_name, metadata_location, "
                  "previous_metadata_location, iceberg_type FROM iceberg_tables"),
      ElementsAre("iceberg", "a.b", "t", after->at(0).metadata_location,
                  table->metadata_location, "TABLE"));
  EXPECT_THAT(
      fixture.Sql("SELECT namespace, property_key, property_value FROM "
                  "iceberg_namespace_properties ORDER BY 1, 2"),
      ElementsAre("a", "exists", "true", "a.b", "exists", "true", "a.b", "owner", "me"));
  EXPECT_THAT(fixture.Sql("PRAGMA journal_mode"), ElementsAre("wal"));
}

TEST(StoreCatalog, TellsOfAllTablesAtOneMoment) {
  SqliteFixture fixture;
  Catalog& catalog = fixture.catalog();
  auto* moment = dynamic_cast<OneMoment*>(&catalog);
  ASSERT_NE(moment, nullptr);
  ASSERT_EQ(NameOf(catalog.CreateNamespace(Ns({"a"}), {})), "OK");
  ASSERT_EQ(NameOf(catalog.CreateNamespace(Ns({"a", "x.y"}), {})), "OK");
  const auto one = CreateTable(catalog, {Ns({"a"}), "t"});
  const auto two = CreateTable(catalog, {Ns({"a", "x.y"}), "t.u"});
  ASSERT_TRUE(one.ok() && two.ok());
  const auto locations = moment->TableLocations();
  ASSERT_TRUE(locations.ok()) << locations.status();
  const std::map<iceberg::TableIdent, std::string> expected = {
      {one->ident, one->metadata_location}, {two->ident, two->metadata_location}};
  EXPECT_EQ(*locations, expected);
  // The past of a table that has moved on since.
  ASSERT_TRUE(catalog.Commit({AppendTo(*one)}).ok());
  const auto then = moment->LoadTableAt(one->ident, locations->at(one->ident));
  ASSERT_TRUE(then.ok()) << then.status();
  EXPECT_EQ(then->metadata_location, one->metadata_location);
  EXPECT_TRUE(then->metadata->snapshots.empty());
  EXPECT_EQ(NameOf(moment->LoadTableAt(one->ident, "file:///nowhere.json").status()),
            "NO_SUCH_FILE");
}

TEST(StoreCatalog, OpensWhatPyIcebergMade) {
  SqliteFixture fixture;
  const std::string location = fixture.warehouse() + "/t";
  const std::string file = location + "/metadata/00000-a.metadata.json";
  ASSERT_TRUE(fixture.io()
                  .WriteNew(file, iceberg::TableMetadataToJson(*FirstMetadata(location)))
                  .ok());
  fixture.Sql(kPyIcebergTables);
  fixture.Sql(
      "INSERT INTO iceberg_namespace_properties VALUES ('iceberg', 'ns', 'exists', "
      "'true');"
      "INSERT INTO iceberg_tables VALUES ('iceberg', 'ns', 't', '" +
      file +
      "', NULL);"
      "INSERT INTO iceberg_tables VALUES ('iceberg', 'im.plicit', 't', '" +
      file + "', NULL);");
  Catalog& catalog = fixture.catalog();
  EXPECT_THAT(*catalog.ListNamespaces({}), ElementsAre(Ns({"im"}), Ns({"ns"})));
  EXPECT_THAT(*catalog.ListNamespaces(Ns({"im"})), ElementsAre(Ns({"im", "plicit"})));
  EXPECT_EQ(NameOf(catalog.DropNamespace(Ns({"im"}))), "NAMESPACE_NOT_EMPTY");
  EXPECT_EQ(*catalog.LoadNamespaceProperties(Ns({"ns"})), Properties{});
  const auto table = catalog.LoadTable(Ident("ns", "t"));
  ASSERT_TRUE(table.ok()) << table.status();
  const auto after = catalog.Commit({AppendTo(*table)});
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(iceberg::MetadataVersionOf(after->at(0).metadata_location), 1);
  ASSERT_TRUE(CreateTable(catalog, Ident("ns", "ours")).ok());
  // Tables leave the foreign schema as it is ...
  EXPECT_THAT(fixture.Sql("SELECT count(*) FROM pragma_table_info('iceberg_tables')"),
              ElementsAre("5"));
  // ... and the first view adds the column, also for catalogs that are open.
  const auto second = fixture.Open(fixture.io());
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ((*second)->ListTables(Ns({"ns"}))->size(), 2u);
  const auto ident = Ident("ns", "v");
  ASSERT_TRUE(catalog.CreateView({ident, FirstView(location + "v", "SELECT 1")}).ok());
  EXPECT_EQ((*second)->ListTables(Ns({"ns"}))->size(), 2u);
  EXPECT_EQ((*second)->ListViews(Ns({"ns"}))->size(), 1u);
  EXPECT_TRUE((*second)->LoadTable(Ident("ns", "t")).ok());
  // PyIceberg goes on writing rows without it.
  fixture.Sql(
      "INSERT INTO iceberg_tables (catalog_name, table_namespace, table_name, "
      "metadata_location) VALUES ('iceberg', 'ns', 'late', '" +
      file + "')");
  EXPECT_EQ(catalog.ListTables(Ns({"ns"}))->size(), 3u);
}

TEST(StoreCatalog, CatalogsOfOneFileAreApart) {
  SqliteFixture fixture;
  ASSERT_EQ(NameOf(fixture.catalog().CreateNamespace(Ns({"ns"}), {})), "OK");
  ASSERT_TRUE(CreateTable(fixture.catalog(), Ident("ns", "t")).ok());
  SqliteCatalogOptions options = fixture.options();
  options.name = "other";
  const auto other =
      OpenSqliteCatalog(options, fixture.io(), SystemClock(), SystemRandom());
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_TRUE((*other)->ListNamespaces({})->empty());
  EXPECT_EQ(NameOf((*other)->LoadTable(Ident("ns", "t"))), "NO_SUCH_TABLE");
  EXPECT_EQ(NameOf((*other)->CreateNamespace(Ns({"ns"}), {})), "OK");
  EXPECT_TRUE(CreateTable(**other, Ident("ns", "t")).ok());
}

TEST(StoreCatalog, StaysWhenReopened) {
  SqliteFixture fixture;
  ASSERT_EQ(NameOf(fixture.catalog().CreateNamespace(Ns({"ns"}), {})), "OK");
  const auto table = CreateTable(fixture.catalog(), Ident("ns", "t"));
  ASSERT_TRUE(table.ok());
  const auto again = fixture.Open(fixture.io());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ((*again)->LoadTable(Ident("ns", "t"))->metadata_location,
            table->metadata_location);
}

TEST(StoreCatalog, RefusesFilesThatAreNoCatalog) {
  const std::pair<const char*, std::string> cases[] = {
      {"text",
       "this is certainly not a database, but long enough to be read as one. "
       "this is certainly not a database, but long enough to be read as one."},
      {"header only", std::string("SQLite format 3\0", 16) + std::string(4096, 'x')},
  };
  for (const auto& [name, bytes] : cases) {
    SCOPED_TRACE(name);
    SqliteFixture fixture;
    WriteFile(fixture.path(), bytes);
    const auto opened = fixture.Open(fixture.io());
    EXPECT_EQ(NameOf(opened), "INVALID_DATA");
    EXPECT_THAT(opened.status().message(), HasSubstr(fixture.path()));
  }
  SqliteFixture fixture;
  fixture.Sql("CREATE TABLE iceberg_tables (a, b)");
  const auto opened = fixture.Open(fixture.io());
  EXPECT_EQ(NameOf(opened), "INVALID_DATA");
  EXPECT_THAT(opened.status().message(), HasSubstr("catalog_name"));
}

TEST(StoreCatalog, CorruptionIsFoundWhenMet) {
  SqliteFixture fixture;
  ASSERT_EQ(NameOf(fixture.catalog().CreateNamespace(Ns({"ns"}), {})), "OK");
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(NameOf(fixture.catalog().CreateNamespace(Ns({"n" + std::to_string(i)}),
                                                       {{"x", std::string(500, 'x')}})),
              "OK");
  }
  fixture.Sql("PRAGMA wal_checkpoint(TRUNCATE)");
  std::fstream file(fixture.path(), std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(4096);
  file << std::string(100000, '\x7f');
  file.close();
  const auto opened = fixture.Open(fixture.io());
  const auto listed =
      opened.ok() ? (*opened)->ListNamespaces({}).status() : opened.status();
  EXPECT_EQ(NameOf(listed), "INVALID_DATA");
  EXPECT_THAT(listed.message(), HasSubstr(fixture.path()));
}

TEST(StoreCatalog, SaysWhyItCannotOpen) {
  SqliteFixture fixture;
  WriteFile(fixture.path(), "");  // an empty file is a new database
  EXPECT_TRUE(fixture.Open(fixture.io()).ok());
  SqliteCatalogOptions options = fixture.options();
  options.path = fixture.path() + "/below/a/file/catalog.db";
  const auto below =
      OpenSqliteCatalog(options, fixture.io(), SystemClock(), SystemRandom());
  EXPECT_EQ(NameOf(below), "IO_FAILED");
  EXPECT_THAT(below.status().message(), HasSubstr(options.path));
  options.path =
      "/proc/catalog.db";  // a directory that nobody can write to, root neither
  const auto read_only =
      OpenSqliteCatalog(options, fixture.io(), SystemClock(), SystemRandom());
  EXPECT_THAT(NameOf(read_only), testing::AnyOf("IO_FAILED", "FORBIDDEN"));
  EXPECT_THAT(read_only.status().message(), HasSubstr("/proc/catalog.db"));
}

TEST(StoreCatalog, BrokenMetadataFilesAreNamed) {
  SqliteFixture fixture;
  ASSERT_EQ(NameOf(fixture.catalog().CreateNamespace(Ns({"ns"}), {})), "OK");
  const auto table = CreateTable(fixture.catalog(), Ident("ns", "t"));
  ASSERT_TRUE(table.ok());
  WriteFile(table->metadata_location, "{\"format-version\": 2");
  auto fresh = fixture.Open(fixture.io());  // the first catalog has it cached
  EXPECT_TRUE(fixture.catalog().LoadTable(table->ident).ok());
  const auto truncated = (*fresh)->LoadTable(table->ident);
  EXPECT_EQ(NameOf(truncated), "INVALID_DATA");
  EXPECT_THAT(truncated.status().message(), HasSubstr(table->metadata_location));
  EXPECT_THAT(truncated.status().message(), HasSubstr("ns.t"));
  std::filesystem::remove(table->metadata_location);
  EXPECT_EQ(NameOf((*fresh)->LoadTable(table->ident)), "NO_SUCH_FILE");
  EXPECT_EQ(NameOf((*fresh)->Commit({AppendTo(*table)})), "NO_SUCH_FILE");
  EXPECT_EQ(NameOf((*fresh)->DropTable(table->ident)), "OK");  // it can still be dropped

  fixture.Sql(
      "INSERT INTO iceberg_tables (catalog_name, table_namespace, table_name) "
      "VALUES ('iceberg', 'ns', 'nowhere')");
  EXPECT_EQ(NameOf((*fresh)->LoadTable(Ident("ns", "nowhere"))), "INVALID_DATA");
}

}  // namespace
}  // namespace tarn::catalog
