// Calls as clients make them, on a real catalog, without a connection.
#include "tarn/gateway/hive/internal/hive_call.h"

#include <filesystem>
#include <memory>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tarn/catalog/catalog_contract_test.h"
#include "tarn/catalog/sqlite_catalog.h"
#include "tarn/gateway/hive/hive_server.h"
#include "tarn/gateway/hive/internal/hive_connection.h"
#include "tarn/testing/fake_clock.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::gateway::hive {
namespace {

using catalog::Ident;
using catalog::LoadedTable;
using catalog::Ns;
using Texts = std::vector<std::string>;
using Parameters = std::map<std::string, std::string>;

/// What came back: a result, one of the method's exceptions, or Thrift's own.
struct Reply {
  ThriftStruct body;
  bool is_application_error = false;

  /// 0: a result.
  int exception() const {
    for (const auto& [id, value] : body.fields()) {
      if (id != 0) {
        return id;
      }
    }
    return 0;
  }
  std::string message() const {
    return is_application_error ? body.Text(1)
                                : body.Struct(static_cast<int16_t>(exception())).Text(1);
  }
};

class HiveCalls : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ =
        std::filesystem::temp_directory_path() /
        ("tarn-hive-" + std::to_string(getpid()) + "-" + NewUuid(SystemRandom()));
    std::filesystem::create_directories(directory_);
    io_ = io::MakeFileIO({});
    ASSERT_OK_AND_ASSIGN(
        catalog_, catalog::OpenSqliteCatalog(
                      {.path = directory_ / "catalog.db", .warehouse = warehouse()}, *io_,
                      SystemClock(), SystemRandom()));
  }
  void TearDown() override {
    catalog_.reset();
    std::filesystem::remove_all(directory_);
  }

  std::string warehouse() const { return "file://" + (directory_ / "w").string(); }

  Reply Call(const std::string& method, ThriftStruct arguments) {
    const ThriftMessage message{
        .name = method, .sequence_id = 3, .body = std::move(arguments)};
    const HiveServices services{*catalog_, clock_, locks_};
    const std::string bytes = AnswerCall(message, services, connection_locks_);
    size_t position = 0;
    ThriftReader reader([&](char* data, size_t size, bool) -> Result<size_t> {
      const size_t count = bytes.copy(data, size, position);
      position += count;
      return count;
    });
    const auto answer = reader.ReadMessage();
    EXPECT_TRUE(answer.ok()) << method << ": " << answer.status();
    EXPECT_EQ(answer->sequence_id, 3);
    return {answer->body, answer->type == MessageType::kException};
  }

  /// With texts as the first arguments.
  Reply Ask(const std::string& method, const Texts& texts = {}) {
    ThriftStruct arguments;
    for (size_t i = 0; i < texts.size(); ++i) {
      arguments.Set(static_cast<int16_t>(i + 1), texts[i]);
    }
    return Call(method, std::move(arguments));
  }

  Reply AskFor(const std::string& method, ThriftStruct request) {
    ThriftStruct arguments;
    arguments.Set(1, std::move(request));
    return Call(method, std::move(arguments));
  }

  LoadedTable NewTable(const std::string& name) {
    const Status made = catalog_->CreateNamespace(Ns({"shop"}), {});
    EXPECT_TRUE(made.ok() || CodeOf(made) == ErrorCode::kAlreadyExists) << made;
    auto table = catalog::CreateTable(*catalog_, Ident("shop", name));
    EXPECT_TRUE(table.ok()) << table.status();
    return *table;
  }

  ThriftStruct GetTable(const std::string& name) {
    const Reply reply = Ask("get_table", {"shop", name});
    EXPECT_EQ(reply.exception(), 0) << reply.message();
    return reply.body.Struct(0);
  }

  /// A client's next metadata file for `base`.
  std::string WriteNext(const LoadedTable& base, const std::string& value) {
    iceberg::TableMetadata next = *base.metadata;
    next.properties["by"] = value;
    next.metadata_log.push_back({next.last_updated, base.metadata_location});
    std::string location =
        base.metadata->location + "/metadata/00009-" + value + ".metadata.json";
    EXPECT_OK(io_->WriteNew(location, TableMetadataToJson(next)));
    return location;
  }

  Reply Alter(const std::string& name, const ThriftStruct& table,
              const Parameters& context = {}) {
    ThriftStruct environment;
    environment.Set(1, context);
    ThriftStruct arguments;
    arguments.Set(1, "shop").Set(2, name).Set(3, table).Set(4, environment);
    return Call("alter_table_with_environment_context", std::move(arguments));
  }

  /// `table` with its metadata moved, as a client sends it.
  static ThriftStruct Moved(ThriftStruct table, const std::string& location,
                            const std::string& previous) {
    Parameters parameters = table.TextMap(TableField::kParameters);
    parameters[kMetadataLocationKey] = location;
    parameters[kPreviousMetadataLocationKey] = previous;
    table.Set(TableField::kParameters, parameters);
    return table;
  }

  std::filesystem::path directory_;
  std::unique_ptr<io::FileIO> io_;
  std::unique_ptr<catalog::Catalog> catalog_;
  tarn::testing::FakeClock clock_;
  LockTable locks_{clock_, {.wait = std::chrono::milliseconds(0)}};
  std::vector<int64_t> connection_locks_;
};

TEST_F(HiveCalls, EveryMethodAnswersEmptyArguments) {
  NewTable("t");
  for (const HiveMethod& method : AllMethods()) {
    SCOPED_TRACE(std::string(method.name));
    EXPECT_EQ(FindMethod(method.name)->name, method.name);
    if (!method.is_one_way) {
      const Reply reply = Call(std::string(method.name), {});
      EXPECT_LE(reply.exception(), static_cast<int>(method.exceptions.size() + 2));
    }
  }
}

TEST_F(HiveCalls, AnUnknownMethodIsSaidSo) {
  const Reply reply = Ask("compact2", {"a"});
  EXPECT_TRUE(reply.is_application_error);
  EXPECT_EQ(reply.body.Integer(2), 1);  // UNKNOWN_METHOD: clients fall back on it
  EXPECT_NE(reply.message().find("compact2"), std::string::npos);
}

TEST_F(HiveCalls, DatabasesComeAndGo) {
  ThriftStruct database;
  database.Set(1, "Shop")
      .Set(2, "all of it")
      .Set(4, Parameters{{"color", "red"}, {"owner", "ann"}});
  EXPECT_EQ(AskFor("create_database", database).exception(), 0);
  EXPECT_EQ(AskFor("create_database", database).exception(), 1);  // AlreadyExists
  EXPECT_EQ(Ask("get_all_databases").body.Texts(0), Texts{"shop"});
  EXPECT_EQ(Ask("get_databases", {"@hive#"}).body.Texts(0), Texts{"shop"});
  EXPECT_EQ(Ask("get_databases", {"x*"}).body.Texts(0), Texts{});
  const Reply reply = Ask("get_database", {"@hive#SHOP"});
  const ThriftStruct& shown = reply.body.Struct(0);
  EXPECT_EQ(shown.Text(1), "shop");
  EXPECT_EQ(shown.Text(2), "all of it");
  EXPECT_EQ(shown.Text(3), warehouse() + "/shop");
  EXPECT_EQ(shown.TextMap(4), (Parameters{{"color", "red"}, {"owner", "ann"}}));
  EXPECT_EQ(shown.Text(6), "ann");

  ThriftStruct changed = shown;
  changed.Set(4, Parameters{{"size", "9"}, {"owner", "ann"}}).Set(6, "bob");
  ThriftStruct arguments;
  arguments.Set(1, "shop").Set(2, changed);
  EXPECT_EQ(Call("alter_database", arguments).exception(), 0);
  ASSERT_OK_AND_ASSIGN(const auto properties,
                       catalog_->LoadNamespaceProperties(Ns({"shop"})));
  // The location was only shown; nobody chose it.
  EXPECT_EQ(properties, (catalog::Properties{
                            {"comment", "all of it"}, {"owner", "bob"}, {"size", "9"}}));

  EXPECT_EQ(Ask("drop_database", {"shop"}).exception(), 0);
  EXPECT_EQ(Ask("drop_database", {"shop"}).exception(), 1);  // NoSuchObject
  EXPECT_EQ(Ask("get_database", {"shop"}).exception(), 1);
}

TEST_F(HiveCalls, ALocationIsKeptUnlessItIsTheClientsDefault) {
  ThriftStruct chosen;
  chosen.Set(1, "a").Set(3, warehouse() + "/elsewhere/");
  EXPECT_EQ(AskFor("create_database", chosen).exception(), 0);
  EXPECT_EQ(Ask("get_database", {"a"}).body.Struct(0).Text(3),
            warehouse() + "/elsewhere");
  const std::pair<std::string, std::string> unchosen[] = {
      {"b", "file:/user/hive/warehouse/b.db"},
      {"c", "/user/hive/warehouse/c.db"},
      {"d", "file:/data/spark-warehouse/d.db"}};
  for (const auto& [name, location] : unchosen) {
    ThriftStruct database;
    database.Set(1, name).Set(3, location);
    EXPECT_EQ(AskFor("create_database", database).exception(), 0);
    EXPECT_EQ(Ask("get_database", {name}).body.Struct(0).Text(3),
              warehouse() + "/" + name);
  }
}

TEST_F(HiveCalls, NamespacesOfSeveralLevelsAreNotSeen) {
  ASSERT_OK(catalog_->CreateNamespace(Ns({"a"}), {}));
  ASSERT_OK(catalog_->CreateNamespace(Ns({"a", "b"}), {}));
  EXPECT_EQ(Ask("get_all_databases").body.Texts(0), Texts{"a"});
  EXPECT_EQ(Ask("get_database", {"a.b"}).exception(), 1);
  EXPECT_EQ(Ask("drop_database", {"a"}).exception(), 2);  // InvalidOperation: not empty
}

TEST_F(HiveCalls, DropDatabaseCascades) {
  NewTable("t");
  EXPECT_EQ(Ask("drop_database", {"shop"}).exception(), 2);
  ThriftStruct arguments;
  arguments.Set(1, "shop").Set(2, true).Set(3, true);
  EXPECT_EQ(Call("drop_database", arguments).exception(), 0);
  EXPECT_EQ(Ask("get_all_databases").body.Texts(0), Texts{});
}

TEST_F(HiveCalls, ATableLooksAsHivesClientsExpect) {
  const LoadedTable table = NewTable("orders");
  const ThriftStruct shown = GetTable("ORDERS");
  EXPECT_EQ(shown.Text(TableField::kName), "orders");
  EXPECT_EQ(shown.Text(TableField::kDatabase), "shop");
  EXPECT_EQ(shown.Text(TableField::kTableType), "EXTERNAL_TABLE");
  const Parameters parameters = shown.TextMap(TableField::kParameters);
  EXPECT_EQ(parameters.at("table_type"), "ICEBERG");
  EXPECT_EQ(parameters.at("EXTERNAL"), "TRUE");
  EXPECT_EQ(parameters.at("metadata_location"), table.metadata_location);
  EXPECT_EQ(parameters.at("uuid"), table.metadata->table_uuid);
  EXPECT_FALSE(parameters.contains("previous_metadata_location"));
  const ThriftStruct& storage = shown.Struct(TableField::kStorage);
  EXPECT_EQ(storage.Text(2), table.metadata->location);
  ASSERT_EQ(storage.Structs(1).size(), 1U);
  EXPECT_EQ(storage.Structs(1)[0]->Text(1), "id");
  EXPECT_EQ(storage.Structs(1)[0]->Text(2), "bigint");
  // Java's client takes what is missing for null, and falls over it.
  EXPECT_NE(shown.Find(TableField::kPartitionKeys), nullptr);
  EXPECT_NE(storage.Struct(7).Find(3), nullptr);

  ThriftStruct request;
  request.Set(1, "@hive#shop").Set(2, "orders");
  EXPECT_EQ(AskFor("get_table_req", request).body.Struct(0).Struct(1).Text(1), "orders");
  EXPECT_EQ(Ask("get_fields", {"shop", "orders"}).body.Structs(0).size(), 1U);
  EXPECT_EQ(Ask("get_table", {"shop", "none"}).exception(), 2);   // NoSuchObject
  EXPECT_EQ(Ask("get_fields", {"shop", "none"}).exception(), 2);  // UnknownTable
  EXPECT_EQ(Ask("get_table", {"none", "orders"}).message(),
            "none.orders table not found");
}

TEST_F(HiveCalls, ListsTablesAndViews) {
  NewTable("a");
  NewTable("b1");
  ASSERT_OK(catalog_->CreateView(
      {.ident = Ident("shop", "v"),
       .metadata = catalog::FirstView(warehouse() + "/shop/v", "SELECT 1")}));
  EXPECT_EQ(Ask("get_all_tables", {"shop"}).body.Texts(0), (Texts{"a", "b1", "v"}));
  EXPECT_EQ(Ask("get_tables", {"shop", "b*"}).body.Texts(0), Texts{"b1"});
  EXPECT_EQ(Ask("get_tables_by_type", {"shop", ".*", "VIRTUAL_VIEW"}).body.Texts(0),
            Texts{"v"});
  EXPECT_EQ(Ask("get_table_names_by_filter",
                {"shop", "hive_filter_field_params__table_type like \"ICEBERG\""})
                .body.Texts(0),
            (Texts{"a", "b1"}));
  EXPECT_EQ(Ask("get_table_names_by_filter",
                {"shop", "hive_filter_field_params__EXTERNAL = \"TRUE\""})
                .body.Texts(0),
            (Texts{"a", "b1"}));
  EXPECT_EQ(Ask("get_table_names_by_filter",
                {"none", "hive_filter_field_params__table_type = \"ICEBERG\""})
                .exception(),
            3);  // UnknownDB
  EXPECT_EQ(Ask("get_table_names_by_filter", {"shop", "owner = \"x\""}).exception(), 2);
  EXPECT_EQ(Ask("get_table_meta", {"*", "*"}).body.Structs(0).size(), 3U);
  EXPECT_EQ(Ask("get_all_tables", {"none"}).body.Texts(0), Texts{});
  ThriftStruct arguments;
  arguments.Set(1, "shop").Set(2, Texts{"a", "none", "v"});
  const Reply found = Call("get_table_objects_by_name", arguments);
  ASSERT_EQ(found.body.Structs(0).size(), 2U);
  const ThriftStruct& view = *found.body.Structs(0)[1];
  EXPECT_EQ(view.Text(TableField::kTableType), "VIRTUAL_VIEW");
  EXPECT_EQ(view.Text(TableField::kViewOriginalText), "SELECT 1");
  EXPECT_EQ(view.TextMap(TableField::kParameters).at("table_type"), "ICEBERG-VIEW");
}

TEST_F(HiveCalls, CreatesWhatAClientWrote) {
  const LoadedTable source = NewTable("source");
  ThriftStruct table;
  table.Set(TableField::kName, "New")
      .Set(TableField::kDatabase, "shop")
      .Set(TableField::kParameters,
           Parameters{{"table_type", "iceberg"},
                      {"metadata_location", source.metadata_location}});
  EXPECT_EQ(AskFor("create_table", table).exception(), 0);
  EXPECT_EQ(AskFor("create_table", table).exception(), 1);  // AlreadyExists
  EXPECT_OK(catalog_->LoadTable(Ident("shop", "new")));
  ThriftStruct elsewhere = table;
  elsewhere.Set(TableField::kDatabase, "none");
  EXPECT_EQ(AskFor("create_table", elsewhere).exception(), 4);  // NoSuchObject
  ThriftStruct missing = table;
  missing.Set(TableField::kName, "gone")
      .Set(TableField::kParameters, Parameters{{"table_type", "ICEBERG"},
                                               {"metadata_location", "file:/gone.json"}});
  EXPECT_EQ(AskFor("create_table", missing).exception(), 2);  // InvalidObject
  ThriftStruct plain = table;
  plain.Set(TableField::kName, "plain").Set(TableField::kParameters, Parameters{});
  const Reply refused = AskFor("create_table", plain);
  EXPECT_EQ(refused.exception(), 2);
  EXPECT_NE(refused.message().find("Iceberg tables and views only"), std::string::npos);
}

TEST_F(HiveCalls, ACommitIsACompareAndSwap) {
  const LoadedTable base = NewTable("t");
  const ThriftStruct shown = GetTable("t");
  const std::string mine = WriteNext(base, "mine");
  const std::string theirs = WriteNext(base, "theirs");
  // With locks: Java and PyIceberg say only what they found.
  EXPECT_EQ(Alter("t", Moved(shown, mine, base.metadata_location)).exception(), 0);
  EXPECT_EQ(catalog_->LoadTable(base.ident)->metadata_location, mine);
  const Reply late = Alter("t", Moved(shown, theirs, base.metadata_location));
  EXPECT_EQ(late.exception(), 2);  // MetaException
  // Java tells a lost race by these words.
  EXPECT_TRUE(late.message().starts_with(
      "The table has been modified. The parameter value for key 'metadata_location' is"))
      << late.message();
  EXPECT_NE(late.message().find(mine), std::string::npos);
  // Without locks: the expectation counts, whatever the parameters say.
  const Parameters expects_base{{"expected_parameter_key", "metadata_location"},
                                {"expected_parameter_value", base.metadata_location}};
  EXPECT_EQ(Alter("t", Moved(shown, theirs, mine), expects_base).exception(), 2);
  const Parameters expects_mine{{"expected_parameter_key", "metadata_location"},
                                {"expected_parameter_value", mine}};
  const std::string next = WriteNext(*catalog_->LoadTable(base.ident), "next");
  EXPECT_EQ(Alter("t", Moved(shown, next, ""), expects_mine).exception(), 0);
  // The answer to a call that was made again after a lost connection.
  EXPECT_EQ(Alter("t", Moved(shown, next, ""), expects_mine).exception(), 0);
  EXPECT_EQ(catalog_->LoadTable(base.ident)->metadata_location, next);
  EXPECT_EQ(GetTable("t").TextMap(TableField::kParameters).at("by"), "next");
}

TEST_F(HiveCalls, ASwapWithoutComparisonIsRefused) {
  const LoadedTable base = NewTable("t");
  const std::string mine = WriteNext(base, "mine");
  const Reply blind = Alter("t", Moved(GetTable("t"), mine, ""));
  EXPECT_EQ(blind.exception(), 1);  // InvalidOperation
  EXPECT_NE(blind.message().find("on top of what"), std::string::npos);
  ThriftStruct stripped = GetTable("t");
  stripped.Set(TableField::kParameters, Parameters{{"a", "b"}});
  EXPECT_EQ(Alter("t", stripped).exception(), 1);
  EXPECT_EQ(catalog_->LoadTable(base.ident)->metadata_location, base.metadata_location);
}

TEST_F(HiveCalls, AnotherTablesMetadataIsRefused) {
  const LoadedTable base = NewTable("t");
  const LoadedTable other = NewTable("u");
  const Reply reply =
      Alter("t", Moved(GetTable("t"), other.metadata_location, base.metadata_location));
  EXPECT_EQ(reply.exception(), 1);
  EXPECT_NE(reply.message().find("another table"), std::string::npos);
}

TEST_F(HiveCalls, RenamesByAlter) {
  NewTable("t");
  NewTable("taken");
  ThriftStruct renamed = GetTable("t");
  renamed.Set(TableField::kName, "taken");
  const Reply taken = Alter("t", renamed);
  EXPECT_EQ(taken.exception(), 1);
  // Java looks for these words.
  EXPECT_EQ(taken.message(), "new table shop.taken already exists");
  renamed.Set(TableField::kName, "u").Set(TableField::kDatabase, "none");
  EXPECT_EQ(Alter("t", renamed).exception(), 1);
  ASSERT_OK(catalog_->CreateNamespace(Ns({"other"}), {}));
  renamed.Set(TableField::kDatabase, "other");
  EXPECT_EQ(Alter("t", renamed).exception(), 0);
  EXPECT_OK(catalog_->LoadTable(Ident("other", "u")));
  EXPECT_EQ(Alter("t", renamed).exception(), 1);
}

TEST_F(HiveCalls, OnlyBookkeepingMayChangeBesides) {
  NewTable("t");
  ThriftStruct table = GetTable("t");
  Parameters parameters = table.TextMap(TableField::kParameters);
  parameters["transient_lastDdlTime"] = "17";
  parameters["numRows"] = "5";
  table.Set(TableField::kParameters, parameters);
  EXPECT_EQ(Alter("t", table).exception(), 0);
  parameters["comment"] = "would be lost";
  table.Set(TableField::kParameters, parameters);
  const Reply refused = Alter("t", table);
  EXPECT_EQ(refused.exception(), 1);
  EXPECT_NE(refused.message().find("comment"), std::string::npos);
}

TEST_F(HiveCalls, DropsTablesAndViewsAndLeavesFiles) {
  const LoadedTable table = NewTable("t");
  ThriftStruct arguments;
  arguments.Set(1, "shop").Set(2, "t").Set(3, true);  // with its data, says the client
  EXPECT_EQ(Call("drop_table_with_environment_context", arguments).exception(), 0);
  EXPECT_EQ(Call("drop_table", arguments).exception(), 1);  // NoSuchObject
  EXPECT_OK(io_->Stat(table.metadata_location));
  ASSERT_OK(catalog_->CreateView(
      {.ident = Ident("shop", "v"),
       .metadata = catalog::FirstView(warehouse() + "/shop/v", "SELECT 1")}));
  EXPECT_EQ(Ask("drop_table", {"shop", "v"}).exception(), 0);
  EXPECT_EQ(Ask("get_all_tables", {"shop"}).body.Texts(0), Texts{});
}

ThriftStruct ExclusiveLock(const std::string& table) {
  ThriftStruct component;
  component.Set(1, int32_t{3}).Set(2, int32_t{2}).Set(3, "shop").Set(4, table);
  ThriftStruct request;
  request.Set(1, StructList({component}))
      .Set(3, "ann")
      .Set(4, "laptop")
      .Set(5, "Iceberg-1");
  return request;
}

ThriftStruct LockId(int64_t id) {
  ThriftStruct request;
  request.Set(1, id);
  return request;
}

TEST_F(HiveCalls, LocksAsIcebergsClientsTakeThem) {
  const ThriftStruct first = AskFor("lock", ExclusiveLock("t")).body.Struct(0);
  EXPECT_EQ(first.Integer(2), 1);  // ACQUIRED
  const ThriftStruct second = AskFor("lock", ExclusiveLock("T")).body.Struct(0);
  EXPECT_EQ(second.Integer(2), 2);  // WAITING
  ThriftStruct shop;
  shop.Set(1, "shop").Set(2, "t");
  const Reply shown = AskFor("show_locks", shop);
  ASSERT_EQ(shown.body.Struct(0).Structs(1).size(), 2U);
  EXPECT_EQ(shown.body.Struct(0).Structs(1)[0]->Text(13), "Iceberg-1");
  ThriftStruct beat;
  beat.Set(1, first.Integer(1)).Set(2, int64_t{0});
  EXPECT_EQ(AskFor("heartbeat", beat).exception(), 0);
  EXPECT_EQ(AskFor("unlock", LockId(first.Integer(1))).exception(), 0);
  EXPECT_EQ(AskFor("unlock", LockId(first.Integer(1))).exception(), 1);  // NoSuchLock
  EXPECT_EQ(AskFor("check_lock", LockId(second.Integer(1))).body.Struct(0).Integer(2), 1);
  EXPECT_EQ(AskFor("check_lock", LockId(99)).exception(), 3);  // NoSuchLock
  EXPECT_EQ(connection_locks_, std::vector<int64_t>{second.Integer(1)});
}

TEST_F(HiveCalls, TheServiceSaysWhatItIs) {
  EXPECT_EQ(Ask("getStatus").body.Integer(0), 2);
  EXPECT_EQ(Ask("getVersion").body.Text(0), "3.1.3");
  EXPECT_EQ(Ask("get_config_value", {"hive.x", "default"}).body.Text(0), "default");
  EXPECT_EQ(Ask("set_ugi", {"ann"}).body.Texts(0), Texts{"ann"});
  EXPECT_EQ(Ask("get_catalogs").body.Struct(0).Texts(1), Texts{"hive"});
  EXPECT_EQ(Ask("get_current_notificationEventId").body.Struct(0).Integer(1, -1), 0);
  EXPECT_EQ(Ask("truncate_table", {"shop", "t"}).exception(), 1);
  EXPECT_EQ(Ask("get_delegation_token", {"a", "b"}).exception(), 1);
}

TEST_F(HiveCalls, ATableWithoutItsMetadataIsAnErrorAndNotMissing) {
  const LoadedTable table = NewTable("t");
  ASSERT_OK(io_->Delete(table.metadata_location));
  EXPECT_EQ(Ask("get_table", {"shop", "t"}).exception(), 1);  // MetaException
}

struct TypeCase {
  iceberg::Type type;
  const char* hive;
};

TEST(HiveTypes, AreThoseOfTheReferenceImplementation) {
  using iceberg::Type;
  const TypeCase cases[] = {
      {Type::Boolean(), "boolean"},
      {Type::Int(), "int"},
      {Type::Long(), "bigint"},
      {Type::Float(), "float"},
      {Type::Double(), "double"},
      {Type::Decimal(9, 2), "decimal(9,2)"},
      {Type::Date(), "date"},
      {Type::Time(), "string"},
      {Type::Timestamp(), "timestamp"},
      {Type::TimestampTz(), "timestamp with local time zone"},
      {Type::String(), "string"},
      {Type::Uuid(), "string"},
      {Type::Fixed(4), "binary"},
      {Type::Binary(), "binary"},
      {Type::Variant(), "unknown"},
      {Type::Unknown(), "void"},
      {Type::List(1, Type::Int(), false), "array<int>"},
      {Type::Map(1, Type::String(), 2, Type::Long(), false), "map<string,bigint>"},
      {Type::Struct({{.id = 1, .name = "a", .type = Type::Int()},
                     {.id = 2, .name = "b", .type = Type::List(3, Type::Date(), true)}}),
       "struct<a:int,b:array<date>>"},
      {Type::Struct({}), "struct<>"},
  };
  for (const TypeCase& c : cases) {
    EXPECT_EQ(HiveTypeOf(c.type), c.hive) << c.type.ToString();
  }
}

}  // namespace
}  // namespace tarn::gateway::hive
