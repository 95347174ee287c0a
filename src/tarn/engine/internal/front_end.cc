#include "tarn/engine/internal/front_end.h"

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

#include <duckdb/catalog/catalog_entry/view_catalog_entry.hpp>
#include <duckdb/catalog/catalog_search_path.hpp>
#include <duckdb/catalog/entry_lookup_info.hpp>
#include <duckdb/main/attached_database.hpp>
#include <duckdb/main/client_data.hpp>
#include <duckdb/main/database_manager.hpp>
#include <duckdb/parser/expression/constant_expression.hpp>
#include <duckdb/parser/parsed_data/create_table_info.hpp>
#include <duckdb/parser/parser.hpp>
#include <duckdb/parser/statement/create_statement.hpp>
#include <duckdb/parser/statement/select_statement.hpp>
#include <duckdb/transaction/meta_transaction.hpp>

#include "tarn/base/error.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/create_table.h"
#include "tarn/engine/internal/create_table_text.h"
#include "tarn/engine/internal/default_value.h"
#include "tarn/engine/internal/reach.h"
#include "tarn/engine/internal/result_stream.h"
#include "tarn/engine/internal/system_tables/system_table.h"
#include "tarn/engine/internal/table_entry.h"
#include "tarn/engine/internal/table_properties.h"
#include "tarn/engine/internal/type_conversion.h"
#include "tarn/sql/type_name.h"

namespace tarn::engine {
namespace {

duckdb::OnCreateConflict OnConflictOf(sql::IfExists if_exists) {
  switch (if_exists) {
    case sql::IfExists::kSkip:
      return duckdb::OnCreateConflict::IGNORE_ON_CONFLICT;
    case sql::IfExists::kReplace:
      return duckdb::OnCreateConflict::REPLACE_ON_CONFLICT;
    default:
      return duckdb::OnCreateConflict::ERROR_ON_CONFLICT;
  }
}

std::string TypeText(const duckdb::LogicalType& type) {
  iceberg::FieldId next_id = 1;
  const auto ours = IcebergTypeOf(type, &next_id);
  return ours.ok() ? sql::TrinoTypeText(*ours) : type.ToString();
}

Result<FrontEndAnswer> Names(const std::string& column,
                             const std::set<std::string>& names,
                             const std::optional<std::string>& like) {
  std::vector<TextRow> rows;
  for (const std::string& name : names) {
    if (!like.has_value() || MatchesLike(name, *like)) {
      rows.push_back({name});
    }
  }
  ARROW_ASSIGN_OR_RAISE(auto result, TextResult("SHOW", {column}, rows));
  return FrontEndAnswer{.result = std::move(result)};
}

/// The query's text at its place in `sql`, so that errors give the right line and column.
std::string InPlace(std::string_view sql, const std::string& query) {
  const size_t at = sql.find(query);
  if (at == std::string_view::npos) {
    return query;
  }
  std::string padded(sql.substr(0, at));
  for (char& c : padded) {
    if (c != '\n' && (static_cast<unsigned char>(c) & 0xC0U) != 0x80U) {
      c = ' ';
    }
  }
  std::erase_if(padded, [](char c) { return c != '\n' && c != ' '; });
  return padded + query;
}

Result<duckdb::unique_ptr<duckdb::SelectStatement>> ParseQuery(
    duckdb::ClientContext& context, const std::string& text) {
  duckdb::Parser parser(context.GetParserOptions());
  parser.ParseQuery(text);
  if (parser.statements.size() != 1 ||
      parser.statements[0]->type != duckdb::StatementType::SELECT_STATEMENT) {
    return MakeError(ErrorCode::kSyntax, "CREATE TABLE … AS needs a query");
  }
  return duckdb::unique_ptr_cast<duckdb::SQLStatement, duckdb::SelectStatement>(
      std::move(parser.statements[0]));
}

duckdb::unique_ptr<duckdb::ParsedExpression> ListOption(
    const std::vector<std::string>& texts) {
  duckdb::vector<duckdb::Value> values;
  for (const std::string& text : texts) {
    values.emplace_back(text);
  }
  return duckdb::make_uniq<duckdb::ConstantExpression>(
      duckdb::Value::LIST(duckdb::LogicalType::VARCHAR, std::move(values)));
}

sql::PropertyList PropertiesOf(const sql::CreateTable& create) {
  return create.keeps_unknown ? KeepUnknownProperties(create.properties)
                              : create.properties;
}

void SetOptions(const sql::CreateTable& create, duckdb::CreateTableInfo* info) {
  for (const auto& [key, value] : PropertiesOf(create)) {
    const auto* text = std::get_if<std::string>(&value);
    info->options[key] =
        text == nullptr
            ? ListOption(std::get<std::vector<std::string>>(value))
            : duckdb::make_uniq<duckdb::ConstantExpression>(duckdb::Value(*text));
  }
  if (!create.partitioning.empty()) {
    info->options["partitioning"] = ListOption(create.partitioning);
  }
  if (!create.sorted_by.empty()) {
    info->options["sorted_by"] = ListOption(create.sorted_by);
  }
  if (create.comment.has_value()) {
    info->options["comment"] =
        duckdb::make_uniq<duckdb::ConstantExpression>(duckdb::Value(*create.comment));
  }
}

Result<std::vector<iceberg::Field>> FieldsOf(
    duckdb::ClientContext& context, const std::vector<sql::ColumnDefinition>& columns) {
  std::vector<iceberg::Field> fields;
  iceberg::FieldId next_id = 1;
  for (const sql::ColumnDefinition& column : columns) {
    iceberg::Field field{.id = next_id++, .name = FoldName(column.name), .type = {}};
    auto type = sql::IcebergTypeOf(column.type, &next_id);
    if (!type.ok()) {
      return WithContext("Column " + column.name + ": ", type.status());
    }
    field.type = *std::move(type);
    field.required = column.required;
    field.doc = column.comment;
    if (column.default_text.has_value()) {
      ARROW_ASSIGN_OR_RAISE(field.write_default,
                            DefaultOfText(context, *column.default_text)(field.type));
    }
    fields.push_back(std::move(field));
  }
  return fields;
}

}  // namespace

Result<FrontEndAnswer> FrontEnd::Answer(const sql::Statement& statement,
                                        std::string_view sql) {
  return std::visit(
      [&](const auto& parsed) -> Result<FrontEndAnswer> {
        if constexpr (std::is_same_v<std::decay_t<decltype(parsed)>, sql::CreateTable>) {
          return Run(parsed, sql);
        } else {
          return Run(parsed);
        }
      },
      statement);
}

Status FrontEnd::InTransaction(const std::function<Status()>& run) {
  Status status;
  context_.RunFunctionInTransaction([&] {
    status = run();
    if (!status.ok()) {
      ThrowStatus(status);  // so that what was begun is rolled back
    }
  });
  return status;
}

bool FrontEnd::IsCatalog(const std::string& name) {
  return duckdb::DatabaseManager::Get(context_).GetDatabase(context_, name) != nullptr;
}

ResolvedSchema FrontEnd::CurrentPath() const {
  const auto& current =
      duckdb::ClientData::Get(context_).catalog_search_path->GetDefault();
  return {.catalog = current.catalog, .schema = current.schema};
}

std::string FrontEnd::CurrentSchema() const {
  const ResolvedSchema current = CurrentPath();
  const bool is_system =
      current.catalog == SYSTEM_CATALOG && current.schema == DEFAULT_SCHEMA;
  if (is_system ||
      (current.schema == kDefaultSchema && FindOurs(current.catalog) != nullptr)) {
    return current.catalog;
  }
  return current.catalog + "." + current.schema;
}

ResolvedSchema FrontEnd::SplitSchema(std::vector<std::string> parts) {
  ResolvedSchema resolved = CurrentPath();
  if (parts.empty()) {
    return resolved;
  }
  if (IsCatalog(parts[0])) {
    resolved.catalog = parts[0];
    parts.erase(parts.begin());
    if (parts.empty()) {
      resolved.schema =
          duckdb::Catalog::GetCatalog(context_, resolved.catalog).GetDefaultSchema();
      return resolved;
    }
  }
  resolved.schema = iceberg::Namespace{std::move(parts)}.ToString();
  return resolved;
}

AttachedCatalog* FrontEnd::FindOurs(const std::string& name) const {
  const auto database = duckdb::DatabaseManager::Get(context_).GetDatabase(name);
  return database == nullptr ? nullptr : AttachedCatalog::From(database->GetCatalog());
}

SchemaEntry& FrontEnd::FindOurSchema(AttachedCatalog& catalog,
                                     const std::string& schema) {
  auto& entry = catalog.GetSchema(context_, schema);
  return static_cast<SchemaEntry&>(entry);
}

duckdb::CatalogEntry& FrontEnd::FindObject(const sql::QualifiedName& name) {
  // The look-up refers to the name, it does not copy it.
  const duckdb::EntryLookupInfo lookup(duckdb::CatalogType::TABLE_ENTRY,
                                       name.parts.back());
  std::vector<std::string> parts(name.parts.begin(), name.parts.end() - 1);
  if (parts.empty()) {
    return duckdb::Catalog::GetEntry(context_, "", "", lookup);
  }
  const ResolvedSchema schema = SplitSchema(std::move(parts));
  return duckdb::Catalog::GetEntry(context_, schema.catalog, schema.schema, lookup);
}

Status FrontEnd::Use(const sql::QualifiedName& name) {
  return InTransaction([&]() -> Status {
    ResolvedSchema target = SplitSchema(name.parts);
    const bool only_catalog = name.parts.size() == 1 && IsCatalog(name.parts[0]);
    // System tables of Trino's dialect are in schemas that no catalog stores.
    const bool is_stored = !system_tables::HasSystemSchema(
        FoldName(target.catalog), FoldName(target.schema), FindOurs(target.catalog));
    if (!only_catalog && is_stored) {
      auto& schema = duckdb::Catalog::GetSchema(context_, target.catalog, target.schema);
      target.schema = schema.name;
    }
    auto& path = *duckdb::ClientData::Get(context_).catalog_search_path;
    path.Set(duckdb::CatalogSearchEntry(target.catalog, target.schema),
             duckdb::CatalogSetPathType::SET_DIRECTLY);
    return Status::OK();
  });
}

Result<FrontEndAnswer> FrontEnd::Run(const sql::CreateSchema& create) {
  bool is_ours = true;
  RETURN_NOT_OK(InTransaction([&]() -> Status {
    const ResolvedSchema target = SplitSchema(create.name.parts);
    AttachedCatalog* const ours = FindOurs(target.catalog);
    is_ours = ours != nullptr;
    if (!is_ours) {
      return Status::OK();
    }
    if (create.if_exists == sql::IfExists::kReplace) {
      return MakeError(ErrorCode::kNotSupported,
                       "A schema cannot be replaced: " + target.schema);
    }
    RequireAutocommit(context_, "CREATE SCHEMA");
    if (ours->FindSchema(context_, FoldName(target.schema)) != nullptr) {
      if (create.if_exists == sql::IfExists::kSkip) {
        return Status::OK();
      }
      return MakeError(ErrorCode::kAlreadyExists,
                       "Schema already exists: " + target.schema);
    }
    catalog::Properties properties;
    for (const auto& [key, value] : create.properties) {
      const auto* text = std::get_if<std::string>(&value);
      if (text == nullptr) {
        return MakeError(ErrorCode::kInvalidArgument,
                         "Schema property must be a single value: " + key);
      }
      properties[key] = *text;
    }
    RETURN_NOT_OK(CheckPlaces(context_, properties));
    auto& transaction = IcebergTransaction::Get(context_, *ours);
    return transaction.tarn().catalog.CreateNamespace(
        iceberg::NamespaceFromString(FoldName(target.schema)), properties);
  }));
  if (!is_ours) {
    return FrontEndAnswer{};
  }
  return FrontEndAnswer{.result = EmptyResult("CREATE SCHEMA")};
}

Result<FrontEndAnswer> FrontEnd::Run(const sql::CreateTable& create,
                                     std::string_view sql) {
  bool is_ours = true;
  context_.RunFunctionInTransaction([&] {
    std::vector<std::string> parts = create.name.parts;
    parts.pop_back();
    is_ours = FindOurs(SplitSchema(std::move(parts)).catalog) != nullptr;
  });
  if (!is_ours) {
    return FrontEndAnswer{};
  }
  return create.query.has_value() ? CreateTableAs(create, sql) : CreateEmptyTable(create);
}

Result<FrontEndAnswer> FrontEnd::CreateEmptyTable(const sql::CreateTable& create,
                                                  const Amend& amend) {
  RETURN_NOT_OK(InTransaction([&]() -> Status {
    std::vector<std::string> parts = create.name.parts;
    parts.pop_back();
    const ResolvedSchema target = SplitSchema(std::move(parts));
    AttachedCatalog& ours = *FindOurs(target.catalog);
    const SchemaEntry& schema = FindOurSchema(ours, target.schema);
    DeclaredTable declared{.ident = {schema.ns(), FoldName(create.name.parts.back())},
                           .fields = {}};
    ARROW_ASSIGN_OR_RAISE(declared.fields, FieldsOf(context_, create.columns));
    declared.partitioning = create.partitioning;
    declared.sorted_by = create.sorted_by;
    declared.properties = PropertiesOf(create);
    declared.comment = create.comment;
    if (amend) {
      RETURN_NOT_OK(amend(&declared));
    }
    context_.ActiveTransaction().ModifyDatabase(
        ours.GetAttached(), duckdb::DatabaseModificationType::CREATE_CATALOG_ENTRY);
    auto& transaction = IcebergTransaction::Get(context_, ours);
    ARROW_ASSIGN_OR_RAISE(
        const auto table,
        ResolveNewTable(transaction, declared, OnConflictOf(create.if_exists)));
    if (!table.has_value()) {
      return Status::OK();
    }
    transaction.ForgetEntry(schema.name, declared.ident.name);
    return transaction.writes().CreateTable(*table);
  }));
  return FrontEndAnswer{.result = EmptyResult("CREATE TABLE")};
}

Result<FrontEndAnswer> FrontEnd::CreateTableAs(const sql::CreateTable& create,
                                               std::string_view sql) {
  if (!create.columns.empty()) {
    return MakeError(
        ErrorCode::kNotSupported,
        "CREATE TABLE … AS takes its columns from the query; name them there: " +
            create.name.parts.back());
  }
  const std::string text = InPlace(sql, *create.query);
  ARROW_ASSIGN_OR_RAISE(auto query,
                        read_query_ ? read_query_(text) : ParseQuery(context_, text));
  if (!create.with_data) {
    const std::string none = "SELECT * FROM (" + query->ToString() + ") LIMIT 0";
    ARROW_ASSIGN_OR_RAISE(query, ParseQuery(context_, none));
  }
  return CreateTableAs(create, std::move(query));
}

Result<FrontEndAnswer> FrontEnd::CreateTableAs(
    const sql::CreateTable& create, duckdb::unique_ptr<duckdb::SelectStatement> query) {
  std::vector<std::string> parts = create.name.parts;
  auto info = duckdb::make_uniq<duckdb::CreateTableInfo>();
  info->table = parts.back();
  parts.pop_back();
  context_.RunFunctionInTransaction([&] {
    const ResolvedSchema target = SplitSchema(std::move(parts));
    info->catalog = target.catalog;
    info->schema = FindOurSchema(*FindOurs(target.catalog), target.schema).name;
  });
  info->on_conflict = OnConflictOf(create.if_exists);
  SetOptions(create, info.get());
  info->query = std::move(query);
  auto statement = duckdb::make_uniq<duckdb::CreateStatement>();
  statement->info = std::move(info);
  return FrontEndAnswer{.result = nullptr, .statement = std::move(statement)};
}

Result<FrontEndAnswer> FrontEnd::Run(const sql::ShowCatalogs& show) {
  std::set<std::string> names;
  context_.RunFunctionInTransaction([&] {
    for (const auto& database :
         duckdb::DatabaseManager::Get(context_).GetDatabases(context_)) {
      if (!database->IsSystem() && !database->IsTemporary()) {
        names.insert(database->GetName());
      }
    }
  });
  return Names("Catalog", names, show.like);
}

Result<FrontEndAnswer> FrontEnd::Run(const sql::ShowSchemas& show) {
  std::set<std::string> names;
  context_.RunFunctionInTransaction([&] {
    const std::string catalog = show.catalog.value_or(CurrentPath().catalog);
    for (auto& schema : duckdb::Catalog::GetSchemas(context_, catalog)) {
      names.insert(schema.get().name);
    }
  });
  return Names("Schema", names, show.like);
}

Result<FrontEndAnswer> FrontEnd::Run(const sql::ShowTables& show) {
  std::set<std::string> names;
  context_.RunFunctionInTransaction([&] {
    const ResolvedSchema target = SplitSchema(show.schema.parts);
    auto& schema = duckdb::Catalog::GetSchema(context_, target.catalog, target.schema);
    if (FindOurs(target.catalog) != nullptr) {
      auto& transaction = IcebergTransaction::Get(context_, schema.catalog);
      const auto& ours = static_cast<const SchemaEntry&>(schema);
      for (auto& name : ValueOrThrow(transaction.view().ListNames(ours.ns()))) {
        names.insert(name);
      }
      return;
    }
    schema.Scan(context_, duckdb::CatalogType::TABLE_ENTRY,
                [&](duckdb::CatalogEntry& entry) { names.insert(entry.name); });
  });
  return Names("Table", names, show.like);
}

Result<FrontEndAnswer> FrontEnd::Run(const sql::DescribeTable& describe) {
  std::vector<TextRow> rows;
  context_.RunFunctionInTransaction([&] {
    duckdb::CatalogEntry& entry = FindObject(describe.table);
    if (entry.type == duckdb::CatalogType::VIEW_ENTRY) {
      auto& view = entry.Cast<duckdb::ViewCatalogEntry>();
      view.BindView(context_);
      const auto columns = view.GetColumnInfo();
      for (duckdb::idx_t i = 0; i < columns->names.size(); ++i) {
        rows.push_back({columns->names[i], TypeText(columns->types[i]), "", ""});
      }
      return;
    }
    const auto* table = dynamic_cast<const TableEntry*>(&entry);
    if (table == nullptr) {
      for (const auto& column :
           entry.Cast<duckdb::TableCatalogEntry>().GetColumns().Logical()) {
        rows.push_back({column.Name(), TypeText(column.Type()), "", ""});
      }
      return;
    }
    for (const iceberg::Field& field : table->state().schema->fields()) {
      rows.push_back(
          {field.name, sql::TrinoTypeText(field.type), "", field.doc.value_or("")});
    }
  });
  ARROW_ASSIGN_OR_RAISE(
      auto result, TextResult("DESCRIBE", {"Column", "Type", "Extra", "Comment"}, rows));
  return FrontEndAnswer{.result = std::move(result)};
}

Result<FrontEndAnswer> FrontEnd::Run(const sql::ShowCreateTable& show) {
  std::string text;
  RETURN_NOT_OK(InTransaction([&]() -> Status {
    duckdb::CatalogEntry& entry = FindObject(show.table);
    if (entry.type == duckdb::CatalogType::VIEW_ENTRY) {
      return MakeError(ErrorCode::kNoSuchTable, "Not a table but a view: " + entry.name);
    }
    if (AttachedCatalog::From(entry.ParentCatalog()) == nullptr) {
      text = entry.ToSQL();
      return Status::OK();
    }
    const TableEntry& table =
        TableEntry::ForAltering(entry.Cast<duckdb::TableCatalogEntry>());
    const std::string full_name = QuoteIdentifier(entry.ParentCatalog().GetName()) + "." +
                                  QuoteIdentifier(table.ident().ns.ToString()) + "." +
                                  QuoteIdentifier(table.ident().name);
    text = CreateTableText(full_name, *table.metadata());
    return Status::OK();
  }));
  ARROW_ASSIGN_OR_RAISE(auto result, TextResult("SHOW", {"Create Table"}, {{text}}));
  return FrontEndAnswer{.result = std::move(result)};
}

}  // namespace tarn::engine
