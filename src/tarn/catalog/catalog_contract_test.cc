#include "tarn/catalog/catalog_contract_test.h"

namespace tarn::catalog {
namespace {

TEST_P(CatalogContract, NamespacesComeAndGo) {
  using testing::ElementsAre;
  EXPECT_THAT(*catalog().ListNamespaces({}), ElementsAre());
  EXPECT_EQ(NameOf(catalog().CreateNamespace(Ns({"b"}), {{"owner", "me"}})), "OK");
  EXPECT_EQ(NameOf(catalog().CreateNamespace(Ns({"a"}), {})), "OK");
  EXPECT_EQ(NameOf(catalog().CreateNamespace(Ns({"a"}), {})), "ALREADY_EXISTS");
  EXPECT_THAT(*catalog().ListNamespaces({}), ElementsAre(Ns({"a"}), Ns({"b"})));
  EXPECT_EQ(GivenProperties(Ns({"b"})), (Properties{{"owner", "me"}}));
  EXPECT_EQ(GivenProperties(Ns({"a"})), Properties{});
  EXPECT_EQ(NameOf(catalog().DropNamespace(Ns({"a"}))), "OK");
  EXPECT_EQ(NameOf(catalog().DropNamespace(Ns({"a"}))), "NO_SUCH_NAMESPACE");
  EXPECT_EQ(NameOf(catalog().LoadNamespaceProperties(Ns({"a"}))), "NO_SUCH_NAMESPACE");
  EXPECT_EQ(NameOf(catalog().ListNamespaces(Ns({"a"}))), "NO_SUCH_NAMESPACE");
  EXPECT_EQ(NameOf(catalog().ListTables(Ns({"a"}))), "NO_SUCH_NAMESPACE");
  EXPECT_EQ(NameOf(catalog().ListViews(Ns({"a"}))), "NO_SUCH_NAMESPACE");
}

TEST_P(CatalogContract, NamespacesNest) {
  using testing::ElementsAre;
  EXPECT_EQ(NameOf(catalog().CreateNamespace(Ns({"a", "b"}), {})), "NO_SUCH_NAMESPACE");
  for (const auto& ns :
       {Ns({"a"}), Ns({"a", "b"}), Ns({"a", "b", "c"}), Ns({"a-z"}), Ns({"ab"})}) {
    EXPECT_EQ(NameOf(catalog().CreateNamespace(ns, {})), "OK") << ns.ToString();
  }
  EXPECT_THAT(*catalog().ListNamespaces({}),
              ElementsAre(Ns({"a"}), Ns({"a-z"}), Ns({"ab"})));
  EXPECT_THAT(*catalog().ListNamespaces(Ns({"a"})), ElementsAre(Ns({"a", "b"})));
  EXPECT_THAT(*catalog().ListNamespaces(Ns({"a", "b"})),
              ElementsAre(Ns({"a", "b", "c"})));
  EXPECT_THAT(*catalog().ListNamespaces(Ns({"ab"})), ElementsAre());
  EXPECT_EQ(NameOf(catalog().DropNamespace(Ns({"a", "b"}))), "NAMESPACE_NOT_EMPTY");
  EXPECT_EQ(NameOf(catalog().DropNamespace(Ns({"a", "b", "c"}))), "OK");
  EXPECT_EQ(NameOf(catalog().DropNamespace(Ns({"a", "b"}))), "OK");
}

TEST_P(CatalogContract, NamespacePropertiesChange) {
  const auto ns = Ns({"a"});
  ASSERT_EQ(NameOf(catalog().CreateNamespace(ns, {{"x", "1"}, {"y", "2"}})), "OK");
  EXPECT_EQ(NameOf(catalog().UpdateNamespaceProperties(ns, {{"x", "3"}, {"z", "4"}},
                                                       {"y", "none"})),
            "OK");
  EXPECT_EQ(GivenProperties(ns), (Properties{{"x", "3"}, {"z", "4"}}));
  EXPECT_EQ(NameOf(catalog().UpdateNamespaceProperties(ns, {}, {"x", "z"})), "OK");
  EXPECT_EQ(GivenProperties(ns), Properties{});  // and it is still there
  EXPECT_EQ(NameOf(catalog().UpdateNamespaceProperties(ns, {{"x", "1"}}, {"x"})),
            "INVALID_ARGUMENT");
  EXPECT_EQ(NameOf(catalog().UpdateNamespaceProperties(Ns({"b"}), {}, {})),
            "NO_SUCH_NAMESPACE");
}

TEST_P(CatalogContract, OddNamesWork) {
  for (const std::string name : {"it's", "say \"hi\"", "two words", "größe", "表", "%41",
                                 "a/b", "..", "semi;colon", "UPPER"}) {
    SCOPED_TRACE(name);
    if (name != "..") {
      ASSERT_EQ(NameOf(catalog().CreateNamespace(Ns({name}), {{name, name}})), "OK");
      EXPECT_EQ(GivenProperties(Ns({name})), (Properties{{name, name}}));
    }
    const std::string ns = name == ".." ? "dots" : name;
    EnsureNamespace(ns);
    const auto table = CreateTable(catalog(), Ident(ns, name + ".v1"));
    ASSERT_TRUE(table.ok()) << table.status();
    EXPECT_TRUE(catalog().LoadTable(table->ident).ok());
    EXPECT_THAT(table->metadata_location,
                testing::StartsWith(fixture_->warehouse() + "/"));
    EXPECT_THAT(table->metadata_location, testing::Not(testing::HasSubstr("/../")));
    EXPECT_THAT(Tables(ns), testing::Contains(name + ".v1"));
  }
}

TEST_P(CatalogContract, ADotInALevelIsNoSeparator) {
  ASSERT_EQ(NameOf(catalog().CreateNamespace(Ns({"a"}), {})), "OK");
  for (const auto& ns : {Ns({"a.b"}), Ns({"a", "b"}), Ns({"a%2Eb"}), Ns({"a%25"})}) {
    SCOPED_TRACE(ns.ToString());
    ASSERT_EQ(NameOf(catalog().CreateNamespace(ns, {{"levels", ns.ToString()}})), "OK");
    ASSERT_TRUE((CreateTable(catalog(), {ns, "t"})).ok());
  }
  EXPECT_EQ(*catalog().ListNamespaces(Ns({"a"})),
            (std::vector<iceberg::Namespace>{Ns({"a", "b"})}));
  EXPECT_EQ(*catalog().ListNamespaces({}),
            (std::vector<iceberg::Namespace>{Ns({"a"}), Ns({"a%25"}), Ns({"a%2Eb"}),
                                             Ns({"a.b"})}));
  EXPECT_EQ(GivenProperties(Ns({"a%2Eb"})), (Properties{{"levels", "a%2Eb"}}));
  ASSERT_EQ(NameOf(catalog().DropTable({Ns({"a.b"}), "t"})), "OK");
  EXPECT_EQ(NameOf(catalog().DropNamespace(Ns({"a.b"}))), "OK");
  EXPECT_TRUE((catalog().LoadTable({Ns({"a", "b"}), "t"})).ok());
}

TEST_P(CatalogContract, RefusesNamesThatCannotBeStored) {
  ASSERT_EQ(NameOf(catalog().CreateNamespace(Ns({"ns"}), {})), "OK");
  for (const auto& ns :
       {Ns({}), Ns({""}), Ns({"ns", ""}), Ns({std::string("a\0b", 3)})}) {
    EXPECT_EQ(NameOf(catalog().CreateNamespace(ns, {})), "INVALID_ARGUMENT")
        << ns.ToString();
    EXPECT_EQ(NameOf(catalog().LoadTable({ns, "t"})), "INVALID_ARGUMENT");
  }
  EXPECT_EQ(NameOf(catalog().LoadTable(Ident("ns", ""))), "INVALID_ARGUMENT");
  EXPECT_EQ(NameOf(catalog().NewTableLocation(Ident("ns", ""))), "INVALID_ARGUMENT");
}

TEST_P(CatalogContract, TablesComeAndGo) {
  const LoadedTable made = NewTable("t");
  EXPECT_EQ(iceberg::MetadataVersionOf(made.metadata_location), 0);
  EXPECT_TRUE(made.metadata->metadata_log.empty());
  EXPECT_EQ(Tables("ns"), std::vector<std::string>{"t"});
  EXPECT_EQ(*catalog().TableExists(made.ident), true);
  const auto loaded = catalog().LoadTable(made.ident);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->metadata_location, made.metadata_location);
  EXPECT_EQ(loaded->metadata->table_uuid, made.metadata->table_uuid);

  EXPECT_EQ(NameOf(CreateTable(catalog(), made.ident)), "ALREADY_EXISTS");
  EXPECT_EQ(NumFiles(), 1u);  // the second one left nothing
  EXPECT_EQ(NameOf(catalog().DropNamespace(Ns({"ns"}))), "NAMESPACE_NOT_EMPTY");
  EXPECT_EQ(NameOf(catalog().DropTable(made.ident)), "OK");
  EXPECT_EQ(NumFiles(), 1u);
  EXPECT_EQ(*catalog().TableExists(made.ident), false);
  EXPECT_EQ(NameOf(catalog().DropTable(made.ident)), "NO_SUCH_TABLE");
  EXPECT_EQ(NameOf(catalog().LoadTable(made.ident)), "NO_SUCH_TABLE");
  EXPECT_EQ(NameOf(catalog().DropNamespace(Ns({"ns"}))), "OK");
}

TEST_P(CatalogContract, CreationNeedsANamespaceAndMetadata) {
  EXPECT_EQ(NameOf(catalog().NewTableLocation(Ident("none", "t"))), "NO_SUCH_NAMESPACE");
  const TableCommit orphan = {.ident = Ident("none", "t"),
                              .requirements = {iceberg::require::AssertCreate{}},
                              .updates = {},
                              .create = FirstMetadata(fixture_->warehouse() + "/none/t")};
  EXPECT_EQ(NameOf(catalog().Commit({orphan})), "NO_SUCH_NAMESPACE");
  ASSERT_EQ(NameOf(catalog().CreateNamespace(Ns({"ns"}), {})), "OK");
  EXPECT_EQ(NameOf(catalog().Commit({{.ident = Ident("ns", "t"),
                                      .requirements = {iceberg::require::AssertCreate{}},
                                      .updates = {}}})),
            "INVALID_ARGUMENT");
  EXPECT_EQ(NameOf(catalog().Commit(
                {{.ident = Ident("ns", "t"), .requirements = {}, .updates = {}}})),
            "NO_SUCH_TABLE");
  EXPECT_EQ(NumFiles(), 0u);
}

TEST_P(CatalogContract, CreatesATableWithItsFirstSnapshot) {
  ASSERT_EQ(NameOf(catalog().CreateNamespace(Ns({"ns"}), {})), "OK");
  const auto ident = Ident("ns", "t");
  const auto first = FirstMetadata(*catalog().NewTableLocation(ident));
  TableCommit commit = AppendTo({ident, "", first});
  commit.requirements = {iceberg::require::AssertCreate{}};
  commit.create = first;
  const auto made = catalog().Commit({commit});
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->at(0).metadata->snapshots.size(), 1u);
  EXPECT_EQ(catalog().LoadTable(ident)->metadata->snapshot_log.size(), 1u);
}

TEST_P(CatalogContract, CommitsFollowEachOther) {
  LoadedTable table = NewTable("t");
  for (int i = 1; i <= 3; ++i) {
    const LoadedTable before = table;
    const auto after = catalog().Commit({AppendTo(table)});
    ASSERT_TRUE(after.ok()) << after.status();
    table = after->at(0);
    EXPECT_EQ(iceberg::MetadataVersionOf(table.metadata_location), i);
    EXPECT_EQ(table.metadata->metadata_log.back().metadata_file,
              before.metadata_location);
    EXPECT_EQ(table.metadata->last_sequence_number.value, i);
  }
  EXPECT_EQ(NumFiles(), 4u);
  // What is read back from the file is what the commit gave.
  const auto bytes = fixture_->io().ReadAll(table.metadata_location);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_EQ(*bytes, iceberg::TableMetadataToJson(*table.metadata));
}

TEST_P(CatalogContract, Trap30_StaleCommitConflictsAndLeavesNothing) {
  const LoadedTable base = NewTable("t");
  const auto first = catalog().Commit({AppendTo(base)});
  ASSERT_TRUE(first.ok()) << first.status();
  const auto stale = catalog().Commit({AppendTo(base)});
  EXPECT_EQ(NameOf(stale), "COMMIT_CONFLICT");
  EXPECT_THAT(stale.status().message(), testing::HasSubstr("ns.t"));
  EXPECT_EQ(catalog().LoadTable(base.ident)->metadata_location,
            first->at(0).metadata_location);
  EXPECT_EQ(NumFiles(), 2u);
}

TEST_P(CatalogContract, StaleCommitWhoseRequirementsHoldIsRebased) {
  const LoadedTable base = NewTable("t");
  ASSERT_TRUE(catalog().Commit({AppendTo(base)}).ok());
  const auto after = catalog().Commit({SetProperty(base, "a", "b")});
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(after->at(0).metadata->snapshots.size(), 1u);
  EXPECT_EQ(after->at(0).metadata->properties.at("a"), "b");
}

TEST_P(CatalogContract, CommitThatChangesNothingWritesNothing) {
  const LoadedTable base = NewTable("t");
  const auto after =
      catalog().Commit({{.ident = base.ident, .requirements = {}, .updates = {}}});
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(after->at(0).metadata_location, base.metadata_location);
  EXPECT_EQ(NumFiles(), 1u);
  EXPECT_TRUE(catalog().Commit({}).ok());
}

TEST_P(CatalogContract, InvalidUpdateLeavesNothing) {
  const LoadedTable base = NewTable("t");
  TableCommit commit = AppendTo(base);
  commit.updates.push_back(iceberg::update::SetCurrentSchema{{77}});
  EXPECT_EQ(NameOf(catalog().Commit({commit})), "INVALID_ARGUMENT");
  EXPECT_EQ(NumFiles(), 1u);
}

TEST_P(CatalogContract, SeveralTablesCommitTogetherOrNotAtAll) {
  const LoadedTable a = NewTable("a");
  const LoadedTable b = NewTable("b");
  const auto both = catalog().Commit({AppendTo(a), AppendTo(b)});
  ASSERT_TRUE(both.ok()) << both.status();
  ASSERT_EQ(both->size(), 2u);
  // b's part is stale now, so a's must not happen either.
  const auto half = catalog().Commit({AppendTo(both->at(0)), AppendTo(b)});
  EXPECT_EQ(NameOf(half), "COMMIT_CONFLICT");
  EXPECT_EQ(catalog().LoadTable(a.ident)->metadata_location,
            both->at(0).metadata_location);
  EXPECT_EQ(NumFiles(), 4u);
  EXPECT_EQ(NameOf(catalog().Commit({AppendTo(both->at(0)), AppendTo(both->at(0))})),
            "INVALID_ARGUMENT");
}

TEST_P(CatalogContract, TablesAreRenamed) {
  const LoadedTable table = NewTable("t");
  NewTable("other");
  ASSERT_EQ(NameOf(catalog().CreateNamespace(Ns({"ns2"}), {})), "OK");
  EXPECT_EQ(NameOf(catalog().RenameTable(table.ident, Ident("ns", "other"))),
            "ALREADY_EXISTS");
  EXPECT_EQ(NameOf(catalog().RenameTable(table.ident, Ident("none", "t"))),
            "NO_SUCH_NAMESPACE");
  EXPECT_EQ(NameOf(catalog().RenameTable(Ident("ns", "none"), Ident("ns", "x"))),
            "NO_SUCH_TABLE");
  EXPECT_EQ(NameOf(catalog().RenameTable(table.ident, table.ident)), "OK");
  EXPECT_EQ(NameOf(catalog().RenameTable(table.ident, Ident("ns2", "renamed"))), "OK");
  EXPECT_EQ(*catalog().TableExists(table.ident), false);
  EXPECT_EQ(catalog().LoadTable(Ident("ns2", "renamed"))->metadata_location,
            table.metadata_location);
}

TEST_P(CatalogContract, TablesAreRegistered) {
  const LoadedTable table = NewTable("t");
  ASSERT_EQ(NameOf(catalog().DropTable(table.ident)), "OK");
  const auto again =
      catalog().RegisterTable(Ident("ns", "back"), table.metadata_location);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->metadata->table_uuid, table.metadata->table_uuid);
  EXPECT_EQ(NameOf(catalog().RegisterTable(Ident("ns", "back"), table.metadata_location)),
            "ALREADY_EXISTS");
  EXPECT_EQ(NameOf(catalog().RegisterTable(Ident("none", "t"), table.metadata_location)),
            "NO_SUCH_NAMESPACE");
  EXPECT_EQ(NameOf(catalog().RegisterTable(Ident("ns", "x"),
                                           fixture_->warehouse() + "/none.json")),
            "NO_SUCH_FILE");
  EXPECT_EQ(Tables("ns"), std::vector<std::string>{"back"});
}

TEST_P(CatalogContract, ViewsAreCommittedRenamedAndRegistered) {
  const LoadedTable table = NewTable("t");
  const iceberg::TableIdent ident = Ident("ns", "v");
  const auto first = FirstView(*catalog().NewTableLocation(ident), "SELECT 1");
  ViewCommit create{.ident = ident, .updates = {}, .creates = true};
  create.updates = {iceberg::update::AssignUuid{first->view_uuid},
                    iceberg::update::SetLocation{first->location},
                    iceberg::update::AddSchema{first->schemas.front()},
                    iceberg::update::AddViewVersion{first->current_version()},
                    iceberg::update::SetCurrentViewVersion{}};
  EXPECT_EQ(NameOf(catalog().CommitView({.ident = ident, .updates = create.updates})),
            "NO_SUCH_VIEW");
  const auto made = catalog().CommitView(create);
  ASSERT_TRUE(made.ok()) << made.status();
  const std::string uuid = made->metadata->view_uuid;
  EXPECT_EQ(uuid == first->view_uuid, fixture_->keeps_view_uuids());
  EXPECT_EQ(NameOf(catalog().CommitView(create)), "ALREADY_EXISTS");
  create.ident = table.ident;
  EXPECT_EQ(NameOf(catalog().CommitView(create)), "ALREADY_EXISTS");

  ViewCommit commit{.ident = ident, .updates = {}};
  commit.requirements = {{uuid}};
  iceberg::ViewVersion second = first->current_version();
  second.representations = {{"SELECT 2", second.representations.at(0).dialect}};
  commit.updates = {iceberg::update::AddViewVersion{second},
                    iceberg::update::SetCurrentViewVersion{},
                    iceberg::update::SetProperties{{{"comment", "two"}}}};
  const auto changed = catalog().CommitView(commit);
  ASSERT_TRUE(changed.ok()) << changed.status();
  EXPECT_EQ(changed->metadata->versions.size(), 2u);
  EXPECT_EQ(changed->metadata->version_log.size(), 2u);
  EXPECT_EQ(changed->metadata->current_version().representations.at(0).sql, "SELECT 2");
  EXPECT_EQ(changed->metadata->properties.at("comment"), "two");
  // Back to what it said first: the version is known.
  commit.updates = {iceberg::update::AddViewVersion{first->current_version()},
                    iceberg::update::SetCurrentViewVersion{}};
  const auto back = catalog().CommitView(commit);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->metadata->versions.size(), 2u);
  EXPECT_EQ(back->metadata->version_log.size(), 3u);
  commit.requirements = {{"7d7a8a9c-3c4e-4b6f-8d2b-0d4f7b1c9e11"}};
  EXPECT_EQ(NameOf(catalog().CommitView(commit)), "COMMIT_CONFLICT");

  EXPECT_EQ(NameOf(catalog().RenameView(ident, table.ident)), "ALREADY_EXISTS");
  EXPECT_EQ(NameOf(catalog().RenameView(table.ident, ident)), "NO_SUCH_VIEW");
  EXPECT_EQ(NameOf(catalog().RenameView(ident, Ident("none", "v"))), "NO_SUCH_NAMESPACE");
  ASSERT_EQ(NameOf(catalog().RenameView(ident, Ident("ns", "w"))), "OK");
  EXPECT_EQ(*catalog().ViewExists(ident), false);
  EXPECT_EQ(*catalog().ViewExists(Ident("ns", "w")), true);
  EXPECT_EQ(*catalog().ViewExists(table.ident), false);
  EXPECT_EQ(NameOf(catalog().RegisterView(Ident("ns", "w"), back->metadata_location)),
            "ALREADY_EXISTS");
  EXPECT_EQ(NameOf(catalog().RegisterView(ident, table.metadata_location)),
            "NOT_SUPPORTED");
  ASSERT_TRUE((catalog().RegisterView(ident, back->metadata_location)).ok());
  EXPECT_EQ(catalog().LoadView(ident)->metadata->view_uuid, uuid);
}

TEST_P(CatalogContract, ARegisteredTableReplacesOneIfAsked) {
  const LoadedTable one = NewTable("one");
  const LoadedTable two = NewTable("two");
  EXPECT_EQ(NameOf(catalog().RegisterTable(one.ident, two.metadata_location)),
            "ALREADY_EXISTS");
  ASSERT_TRUE(
      (catalog().RegisterTable(one.ident, two.metadata_location, IfExists::kReplace))
          .ok());
  EXPECT_EQ(catalog().LoadTable(one.ident)->metadata->table_uuid,
            two.metadata->table_uuid);
}

TEST_P(CatalogContract, ViewsShareNamesWithTables) {
  const LoadedTable table = NewTable("t");
  const auto ident = Ident("ns", "v");
  const auto view = catalog().CreateView(
      {ident, FirstView(*catalog().NewTableLocation(ident), "SELECT 1")});
  ASSERT_TRUE(view.ok()) << view.status();
  EXPECT_EQ(
      catalog().LoadView(ident)->metadata->current_version().representations.at(0).sql,
      "SELECT 1");
  EXPECT_EQ(Tables("ns"), std::vector<std::string>{"t"});
  EXPECT_EQ(catalog().ListViews(Ns({"ns"}))->size(), 1u);
  EXPECT_EQ(*catalog().TableExists(ident), false);
  EXPECT_EQ(NameOf(catalog().LoadTable(ident)), "NO_SUCH_TABLE");
  EXPECT_EQ(NameOf(catalog().DropTable(ident)), "NO_SUCH_TABLE");
  EXPECT_EQ(NameOf(catalog().LoadView(table.ident)), "NO_SUCH_VIEW");
  EXPECT_EQ(NameOf(catalog().DropView(table.ident)), "NO_SUCH_VIEW");
  EXPECT_EQ(NameOf(CreateTable(catalog(), ident)), "ALREADY_EXISTS");
  const auto other = FirstView(*catalog().NewTableLocation(ident), "SELECT 2");
  EXPECT_EQ(NameOf(catalog().CreateView({ident, other})), "ALREADY_EXISTS");
  EXPECT_EQ(NameOf(catalog().CreateView({table.ident, other, true})), "ALREADY_EXISTS");
  EXPECT_EQ(NameOf(catalog().CreateView({Ident("none", "v"), other})),
            "NO_SUCH_NAMESPACE");
  EXPECT_EQ(NameOf(catalog().RenameTable(table.ident, ident)), "ALREADY_EXISTS");
  EXPECT_EQ(NameOf(catalog().DropNamespace(Ns({"ns"}))), "NAMESPACE_NOT_EMPTY");

  const auto replaced = catalog().CreateView({ident, other, true});
  ASSERT_TRUE(replaced.ok()) << replaced.status();
  const auto loaded = catalog().LoadView(ident);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->metadata->versions.size(), 2u);
  EXPECT_EQ(loaded->metadata->view_uuid, view->metadata->view_uuid);
  EXPECT_EQ(loaded->metadata->current_version().representations.at(0).sql, "SELECT 2");
  EXPECT_EQ(iceberg::MetadataVersionOf(loaded->metadata_location), 1);
  EXPECT_EQ(NameOf(catalog().DropView(ident)), "OK");
  EXPECT_EQ(NameOf(catalog().LoadView(ident)), "NO_SUCH_VIEW");
}

TEST_P(CatalogContract, LocationsAreNewAndSafe) {
  ASSERT_EQ(NameOf(catalog().CreateNamespace(Ns({"a b"}), {})), "OK");
  const auto ident = Ident("a b", "../x?y");
  const auto location = catalog().NewTableLocation(ident);
  ASSERT_TRUE(location.ok()) << location.status();
  EXPECT_THAT(*location,
              testing::StartsWith(fixture_->warehouse() + "/a%20b/%2E.%2Fx%3Fy-"));
  EXPECT_NE(*location, *catalog().NewTableLocation(ident));
  ASSERT_EQ(NameOf(catalog().UpdateNamespaceProperties(
                Ns({"a b"}), {{"location", fixture_->warehouse() + "/elsewhere/"}}, {})),
            "OK");
  EXPECT_THAT(*catalog().NewTableLocation(Ident("a b", "t")),
              testing::StartsWith(fixture_->warehouse() + "/elsewhere/t-"));
}

TEST_P(CatalogContract, OldMetadataFilesAreRemovedOnlyIfAsked) {
  LoadedTable table = NewTable("t");
  TableCommit settings = SetProperty(table, "write.metadata.previous-versions-max", "2");
  table = catalog().Commit({settings})->at(0);
  for (int i = 0; i < 4; ++i) {
    table = catalog().Commit({AppendTo(table)})->at(0);
  }
  EXPECT_EQ(NumFiles(), 6u);
  table = catalog()
              .Commit({SetProperty(table, "write.metadata.delete-after-commit.enabled",
                                   "true")})
              ->at(0);
  table = catalog().Commit({AppendTo(table)})->at(0);
  // Each of the last two commits pushed one file out of the log; the three before stay
  // orphans.
  EXPECT_EQ(NumFiles(), 6u);
  for (const auto& entry : table.metadata->metadata_log) {
    EXPECT_TRUE(fixture_->io().Stat(entry.metadata_file).ok()) << entry.metadata_file;
  }
}

}  // namespace
}  // namespace tarn::catalog
