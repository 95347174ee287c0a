// Tables and views by name.
#include <utility>

#include "tarn/base/error.h"
#include "tarn/gateway/hive/internal/hive_call.h"
#include "tarn/gateway/hive/internal/hive_names.h"

namespace tarn::gateway::hive {
namespace {

using Parameters = std::map<std::string, std::string>;

/// Of a database that one call may ask for.
constexpr size_t kTablesMax = 100'000;

Result<HiveAnswer> GetTable(const HiveCall& call) {
  ARROW_ASSIGN_OR_RAISE(
      const CatalogEntry entry,
      FindTable(call.catalog(), call.arguments.Text(1), call.arguments.Text(2)));
  return ThriftValue(HiveTable(entry));
}

Result<HiveAnswer> GetTableReq(const HiveCall& call) {
  const ThriftStruct& request = call.arguments.Struct(1);
  ARROW_ASSIGN_OR_RAISE(const CatalogEntry entry,
                        FindTable(call.catalog(), request.Text(1), request.Text(2)));
  ThriftStruct answer;
  answer.Set(1, HiveTable(entry));
  return ThriftValue(std::move(answer));
}

/// Names that are not there, or cannot be read, are left out.
Result<ThriftList> TablesNamed(catalog::Catalog& catalog, const std::string& database,
                               const std::vector<std::string>& names) {
  if (names.size() > kTablesMax) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        "Ask for fewer tables at once; the most is " + std::to_string(kTablesMax));
  }
  std::vector<ThriftStruct> tables;
  for (const std::string& name : names) {
    const auto entry = FindTable(catalog, database, name);
    if (entry.ok()) {
      tables.push_back(HiveTable(*entry));
    } else if (CodeOf(entry.status()) == ErrorCode::kUnavailable) {
      return entry.status();
    }
  }
  return StructList(std::move(tables));
}

Result<HiveAnswer> GetTableObjectsByName(const HiveCall& call) {
  ARROW_ASSIGN_OR_RAISE(
      ThriftList tables,
      TablesNamed(call.catalog(), call.arguments.Text(1), call.arguments.Texts(2)));
  return ThriftValue(std::move(tables));
}

Result<HiveAnswer> GetTableObjectsByNameReq(const HiveCall& call) {
  const ThriftStruct& request = call.arguments.Struct(1);
  ARROW_RETURN_NOT_OK(FindDatabase(call.catalog(), request.Text(1)).status());
  ARROW_ASSIGN_OR_RAISE(ThriftList tables,
                        TablesNamed(call.catalog(), request.Text(1), request.Texts(2)));
  ThriftStruct answer;
  answer.Set(1, std::move(tables));
  return ThriftValue(std::move(answer));
}

Result<HiveAnswer> GetFields(const HiveCall& call) {
  ARROW_ASSIGN_OR_RAISE(
      const CatalogEntry entry,
      FindTable(call.catalog(), call.arguments.Text(1), call.arguments.Text(2)));
  return ThriftValue(HiveColumns(SchemaOf(entry)));
}

/// Errors: kInvalidArgument for what is not Iceberg's.
Status Create(catalog::Catalog& catalog, const ThriftStruct& table) {
  const std::string name = FoldName(table.Text(TableField::kName));
  const Parameters parameters = table.TextMap(TableField::kParameters);
  const auto type = parameters.find(kTableTypeKey);
  const auto location = parameters.find(kMetadataLocationKey);
  const std::string folded = type == parameters.end() ? "" : FoldName(type->second);
  const bool is_view = folded == FoldName(kIcebergView);
  if ((!is_view && folded != FoldName(kIcebergTable)) || location == parameters.end() ||
      location->second.empty()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Tarn has Iceberg tables and views only: create " + name +
                         " through Iceberg (the parameters table_type and "
                         "metadata_location say what it is)");
  }
  ARROW_ASSIGN_OR_RAISE(iceberg::Namespace ns,
                        FindDatabase(catalog, table.Text(TableField::kDatabase)));
  const iceberg::TableIdent ident{std::move(ns), name};
  return is_view ? catalog.RegisterView(ident, location->second).status()
                 : catalog.RegisterTable(ident, location->second).status();
}

/// The table is the first argument, whatever follows.
Result<HiveAnswer> CreateTable(const HiveCall& call) {
  ARROW_RETURN_NOT_OK(Create(call.catalog(), call.arguments.Struct(1)));
  return std::nullopt;
}

Result<HiveAnswer> CreateTableReq(const HiveCall& call) {
  ARROW_RETURN_NOT_OK(Create(call.catalog(), call.arguments.Struct(1).Struct(1)));
  return std::nullopt;
}

/// With and without an environment context.
Result<HiveAnswer> AlterTableCall(const HiveCall& call) {
  ARROW_RETURN_NOT_OK(AlterTable(call.catalog(), call.arguments.Text(1),
                                 call.arguments.Text(2), call.arguments.Struct(3),
                                 call.arguments.Struct(4).TextMap(1)));
  return std::nullopt;
}

Result<HiveAnswer> AlterTableReq(const HiveCall& call) {
  const ThriftStruct& request = call.arguments.Struct(1);
  ARROW_RETURN_NOT_OK(AlterTable(call.catalog(), request.Text(2), request.Text(3),
                                 request.Struct(4), request.Struct(5).TextMap(1)));
  return ThriftValue(ThriftStruct());
}

/// The files stay whatever the client says: the tables are external ones.
Result<HiveAnswer> DropTable(const HiveCall& call) {
  ARROW_ASSIGN_OR_RAISE(
      const CatalogEntry entry,
      FindTable(call.catalog(), call.arguments.Text(1), call.arguments.Text(2)));
  ARROW_RETURN_NOT_OK(std::holds_alternative<catalog::LoadedTable>(entry)
                          ? call.catalog().DropTable(IdentOf(entry))
                          : call.catalog().DropView(IdentOf(entry)));
  return std::nullopt;
}

/// Of identifier fields.
Result<HiveAnswer> GetPrimaryKeys(const HiveCall& call) {
  const ThriftStruct& request = call.arguments.Struct(1);
  ARROW_ASSIGN_OR_RAISE(const CatalogEntry entry,
                        FindTable(call.catalog(), request.Text(1), request.Text(2)));
  const iceberg::Schema& schema = SchemaOf(entry);
  std::vector<ThriftStruct> keys;
  for (const iceberg::FieldId id : schema.identifier_field_ids()) {
    ThriftStruct key;
    key.Set(1, IdentOf(entry).ns.levels[0])
        .Set(2, IdentOf(entry).name)
        .Set(3, schema.NameOf(id))
        .Set(4, static_cast<int32_t>(keys.size()) + 1)
        .Set(5, IdentOf(entry).name + "_identifier")
        .Set(6, false)   // not enforced
        .Set(7, false)   // not validated
        .Set(8, false);  // not to be relied on
    keys.push_back(std::move(key));
  }
  ThriftStruct answer;
  answer.Set(1, StructList(std::move(keys)));
  return ThriftValue(std::move(answer));
}

Result<HiveAnswer> NoConstraints(const HiveCall&) {
  ThriftStruct answer;
  answer.Set(1, StructList({}));
  return ThriftValue(std::move(answer));
}

Result<HiveAnswer> NoTableStatistics(const HiveCall&) {
  ThriftStruct answer;
  answer.Set(1, StructList({})).Set(2, false);
  return ThriftValue(std::move(answer));
}

Result<HiveAnswer> NoPartitionStatistics(const HiveCall&) {
  ThriftStruct answer;
  ThriftMap nothing;
  nothing.value = ThriftType::kList;
  answer.Set(1, std::move(nothing)).Set(2, false);
  return ThriftValue(std::move(answer));
}

/// To Hive an Iceberg table has no partitions.
Result<HiveAnswer> NoPartitions(const HiveCall&) { return ThriftValue(StructList({})); }

Result<HiveAnswer> NoPartitionNames(const HiveCall&) {
  return ThriftValue(std::vector<std::string>());
}

Result<HiveAnswer> Refuse(const HiveCall&) {
  return MakeError(ErrorCode::kNotSupported,
                   "Tarn has Iceberg tables only: their rows, partitions and statistics "
                   "are changed through Iceberg");
}

}  // namespace

std::vector<HiveMethod> TableMethods() {
  using enum HiveException;
  const std::vector<HiveException> creating = {kAlreadyExists, kInvalidObject, kMeta,
                                               kNoSuchObject};
  const std::vector<HiveException> altering = {kInvalidOperation, kMeta};
  const std::vector<HiveException> dropping = {kNoSuchObject, kMeta};
  const std::vector<HiveException> fields = {kMeta, kUnknownTable, kUnknownDatabase};
  const std::vector<HiveException> constraints = {kMeta, kNoSuchObject};
  const std::vector<HiveException> partitions = {kNoSuchObject, kMeta};
  return {
      {"get_table", &GetTable, {kMeta, kNoSuchObject}},
      {"get_table_req", &GetTableReq, {kMeta, kNoSuchObject}},
      {"get_table_objects_by_name",
       &GetTableObjectsByName,
       {kMeta, kInvalidOperation, kUnknownDatabase}},
      {"get_table_objects_by_name_req",
       &GetTableObjectsByNameReq,
       {kMeta, kInvalidOperation, kUnknownDatabase}},
      {"get_fields", &GetFields, fields},
      {"get_schema", &GetFields, fields},
      {"get_fields_with_environment_context", &GetFields, fields},
      {"get_schema_with_environment_context", &GetFields, fields},
      {"create_table", &CreateTable, creating},
      {"create_table_with_environment_context", &CreateTable, creating},
      {"create_table_with_constraints", &CreateTable, creating},
      {"create_table_req", &CreateTableReq, creating},
      {"alter_table", &AlterTableCall, altering},
      {"alter_table_with_environment_context", &AlterTableCall, altering},
      {"alter_table_with_cascade", &AlterTableCall, altering},
      {"alter_table_req", &AlterTableReq, altering},
      {"drop_table", &DropTable, dropping},
      {"drop_table_with_environment_context", &DropTable, dropping},
      {"truncate_table", &Refuse, {kMeta}},
      {"get_primary_keys", &GetPrimaryKeys, constraints},
      {"get_foreign_keys", &NoConstraints, constraints},
      {"get_unique_constraints", &NoConstraints, constraints},
      {"get_not_null_constraints", &NoConstraints, constraints},
      {"get_default_constraints", &NoConstraints, constraints},
      {"get_check_constraints", &NoConstraints, constraints},
      {"get_table_statistics_req", &NoTableStatistics, partitions},
      {"get_partitions_statistics_req", &NoPartitionStatistics, partitions},
      {"update_table_column_statistics",
       &Refuse,
       {kNoSuchObject, kInvalidObject, kMeta, kInvalidInput}},
      {"get_partitions", &NoPartitions, partitions},
      {"get_partition_names", &NoPartitionNames, partitions},
      {"get_partition_names_ps", &NoPartitionNames, constraints},
      {"get_partitions_by_names", &NoPartitions, constraints},
      {"add_partitions_req", &Refuse, {kInvalidObject, kAlreadyExists, kMeta}},
  };
}

}  // namespace tarn::gateway::hive
