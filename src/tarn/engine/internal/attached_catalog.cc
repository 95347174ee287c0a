#include "tarn/engine/internal/attached_catalog.h"

#include <utility>

#include <duckdb/catalog/entry_lookup_info.hpp>
#include <duckdb/execution/operator/projection/physical_projection.hpp>
#include <duckdb/execution/physical_plan_generator.hpp>
#include <duckdb/main/attached_database.hpp>
#include <duckdb/parser/parsed_data/alter_table_info.hpp>
#include <duckdb/parser/parsed_data/create_index_info.hpp>
#include <duckdb/parser/parsed_data/create_schema_info.hpp>
#include <duckdb/parser/parsed_data/drop_info.hpp>
#include <duckdb/parser/statement/create_statement.hpp>
#include <duckdb/planner/expression/bound_cast_expression.hpp>
#include <duckdb/planner/expression/bound_reference_expression.hpp>
#include <duckdb/planner/operator/logical_create_table.hpp>
#include <duckdb/planner/operator/logical_insert.hpp>
#include <duckdb/planner/parsed_data/bound_create_table_info.hpp>
#include <duckdb/storage/database_size.hpp>

#include "tarn/base/error.h"
#include "tarn/engine/internal/attach_options.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/create_table.h"
#include "tarn/engine/internal/insert.h"
#include "tarn/engine/internal/insert_partition.h"
#include "tarn/engine/internal/plan_changes.h"
#include "tarn/engine/internal/reach.h"
#include "tarn/engine/internal/table_entry.h"
#include "tarn/engine/internal/transaction.h"
#include "tarn/engine/internal/type_conversion.h"

namespace tarn::engine {
namespace {

using duckdb::CatalogType;

/// What ATTACH finds: everything that catalogs work with.
struct StorageInfo final : public duckdb::StorageExtensionInfo {
  StorageInfo(const table::Context& context, const EngineOptions& options,
              std::shared_ptr<CatalogSources> all_sources)
      : warehouse(std::make_shared<CatalogSource>(context)),
        file_properties(options.file_properties),
        sources(std::move(all_sources)) {
    for (const OtherCatalog& other : options.catalogs) {
      others[other.name] = other.properties;
    }
  }

  const std::shared_ptr<CatalogSource> warehouse;
  const std::map<std::string, std::string> file_properties;
  const std::shared_ptr<CatalogSources> sources;
  std::map<std::string, catalog::Properties> others;  // of the settings, by name
};

duckdb::unique_ptr<duckdb::Catalog> AttachRest(StorageInfo& storage,
                                               duckdb::AttachedDatabase& db,
                                               const std::string& name,
                                               catalog::Properties properties) {
  const table::Context& home = storage.warehouse->tarn();
  auto rest =
      ValueOrThrow(catalog::OpenRestCatalog({.name = name,
                                             .properties = std::move(properties),
                                             .file_properties = storage.file_properties,
                                             .keys = home.io.keys()},
                                            home.clock, home.random));
  auto source = std::make_shared<CatalogSource>(std::move(rest), home);
  const uint64_t number = storage.sources->Add(source);
  return duckdb::make_uniq<AttachedCatalog>(db, std::move(source), number);
}

/// The warehouse, or a catalog of the settings: its server is asked when it is needed.
duckdb::unique_ptr<duckdb::Catalog> Attach(
    duckdb::optional_ptr<duckdb::StorageExtensionInfo> info, duckdb::ClientContext&,
    duckdb::AttachedDatabase& db, const duckdb::string& name, duckdb::AttachInfo&,
    duckdb::AttachOptions&) {
  auto& storage = static_cast<StorageInfo&>(*info);
  const auto other = storage.others.find(name);
  if (other != storage.others.end()) {
    return AttachRest(storage, db, name, other->second);
  }
  return duckdb::make_uniq<AttachedCatalog>(db, storage.warehouse, 0);
}

/// ATTACH … (TYPE rest): its server must answer.
duckdb::unique_ptr<duckdb::Catalog> AttachServer(
    duckdb::optional_ptr<duckdb::StorageExtensionInfo> info, duckdb::ClientContext&,
    duckdb::AttachedDatabase& db, const duckdb::string& name,
    duckdb::AttachInfo& attach_info, duckdb::AttachOptions& options) {
  auto properties = ValueOrThrow(PropertiesOfAttach(attach_info.path, options.options));
  options.options.clear();  // duckdb_databases() would show them, secrets too
  auto& storage = static_cast<StorageInfo&>(*info);
  auto made = AttachRest(storage, db, name, std::move(properties));
  auto& rest =
      static_cast<catalog::RestCatalog&>(made->Cast<AttachedCatalog>().tarn().catalog);
  ThrowIfError(rest.Connect());
  return made;
}

duckdb::unique_ptr<duckdb::TransactionManager> MakeTransactionManager(
    duckdb::optional_ptr<duckdb::StorageExtensionInfo>, duckdb::AttachedDatabase& db,
    duckdb::Catalog& attached) {
  return duckdb::make_uniq<IcebergTransactionManager>(
      db, attached.Cast<AttachedCatalog>().tarn());
}

[[noreturn]] void RefuseIndex() {
  ThrowStatus(MakeError(ErrorCode::kNotSupported, "Iceberg tables have no indexes"));
}

/// `plan` with each column cast to `types` where it has another.
duckdb::PhysicalOperator& CastColumns(duckdb::ClientContext& context,
                                      duckdb::PhysicalPlanGenerator& planner,
                                      duckdb::PhysicalOperator& plan,
                                      const duckdb::vector<duckdb::LogicalType>& types) {
  const auto& from = plan.GetTypes();
  if (from == types) {
    return plan;
  }
  duckdb::vector<duckdb::unique_ptr<duckdb::Expression>> columns;
  for (duckdb::idx_t i = 0; i < types.size(); ++i) {
    columns.push_back(duckdb::BoundCastExpression::AddCastToType(
        context, duckdb::make_uniq<duckdb::BoundReferenceExpression>(from[i], i),
        types[i]));
  }
  auto& projection = planner.Make<duckdb::PhysicalProjection>(types, std::move(columns),
                                                              plan.estimated_cardinality);
  projection.children.push_back(plan);
  return projection;
}

/// The columns of a CTAS, from the query's types to those that the table will have.
duckdb::vector<duckdb::LogicalType> StoreQueryTypes(duckdb::CreateTableInfo& info) {
  duckdb::vector<duckdb::LogicalType> types;
  for (duckdb::idx_t i = 0; i < info.columns.LogicalColumnCount(); ++i) {
    duckdb::ColumnDefinition& column =
        info.columns.GetColumnMutable(duckdb::LogicalIndex(i));
    column.SetType(StoredTypeOf(column.Type()));
    iceberg::FieldId next_id = 1;
    auto type = IcebergTypeOf(column.Type(), &next_id);
    if (!type.ok()) {
      ThrowStatus(WithContext("Column " + column.Name() + ": ", type.status()));
    }
    types.push_back(LogicalTypeOf(*type));
  }
  return types;
}

}  // namespace

void RegisterStorage(duckdb::DBConfig& config, const table::Context& tarn,
                     const EngineOptions& options,
                     std::shared_ptr<CatalogSources> sources) {
  StatementWatch::Register(config);
  const auto info =
      duckdb::make_shared_ptr<StorageInfo>(tarn, options, std::move(sources));
  for (const auto& [type, attach] :
       {std::pair(kStorageType, &Attach), std::pair(kRestType, &AttachServer)}) {
    auto extension = duckdb::make_shared_ptr<duckdb::StorageExtension>();
    extension->attach = attach;
    extension->create_transaction_manager = MakeTransactionManager;
    extension->storage_info = info;
    duckdb::StorageExtension::Register(config, type, std::move(extension));
  }
}

AttachedCatalog* AttachedCatalog::From(duckdb::Catalog& catalog) {
  return catalog.GetCatalogType() == kStorageType
             ? &static_cast<AttachedCatalog&>(catalog)
             : nullptr;
}

duckdb::DatabaseSize AttachedCatalog::GetDatabaseSize(duckdb::ClientContext&) {
  return {};
}

duckdb::CatalogLookupBehavior AttachedCatalog::CatalogTypeLookupRule(
    CatalogType type) const {
  const bool ours = type == CatalogType::TABLE_ENTRY || type == CatalogType::VIEW_ENTRY ||
                    type == CatalogType::SCHEMA_ENTRY;
  return ours ? duckdb::CatalogLookupBehavior::STANDARD
              : duckdb::CatalogLookupBehavior::NEVER_LOOKUP;
}

bool AttachedCatalog::CheckAmbiguousCatalogOrSchema(duckdb::ClientContext&,
                                                    const duckdb::string&) {
  return false;  // "iceberg.t" means the catalog, also when a namespace has its name
}

SchemaEntry& AttachedCatalog::EntryOf(IcebergTransaction& transaction,
                                      const iceberg::Namespace& ns) {
  duckdb::CreateSchemaInfo info;
  info.catalog = GetName();
  info.schema = ns.ToString();
  if (auto* known = transaction.FindEntry(info.schema, {})) {
    return static_cast<SchemaEntry&>(*known);
  }
  SchemaEntry& entry = transaction.Own(std::make_unique<SchemaEntry>(*this, info, ns));
  transaction.NameEntry(info.schema, {}, entry);
  return entry;
}

SchemaEntry* AttachedCatalog::FindSchema(duckdb::ClientContext& context,
                                         const std::string& name) {
  IcebergTransaction& transaction = IcebergTransaction::Get(context, *this);
  const auto ns = ValueOrThrow(transaction.view().FindNamespace(name));
  return ns.has_value() ? &EntryOf(transaction, *ns) : nullptr;
}

duckdb::optional_ptr<duckdb::SchemaCatalogEntry> AttachedCatalog::LookupSchema(
    duckdb::CatalogTransaction transaction, const duckdb::EntryLookupInfo& lookup,
    duckdb::OnEntryNotFound if_not_found) {
  const std::string& name = lookup.GetEntryName();
  SchemaEntry* entry =
      transaction.HasContext() ? FindSchema(transaction.GetContext(), name) : nullptr;
  if (entry == nullptr && if_not_found == duckdb::OnEntryNotFound::THROW_EXCEPTION) {
    const bool is_unset = name == kDefaultSchema;
    ThrowStatus(MakeError(
        ErrorCode::kNoSuchNamespace,
        is_unset ? "No schema is chosen: write schema.table, or USE a schema first"
                 : "Schema does not exist: " + GetName() + "." + name));
  }
  return entry;
}

void AttachedCatalog::ScanSchemas(
    duckdb::ClientContext& context,
    std::function<void(duckdb::SchemaCatalogEntry&)> callback) {
  IcebergTransaction& transaction = IcebergTransaction::Get(context, *this);
  for (const iceberg::Namespace& ns : ValueOrThrow(transaction.view().AllNamespaces())) {
    callback(EntryOf(transaction, ns));
  }
}

duckdb::optional_ptr<duckdb::CatalogEntry> AttachedCatalog::CreateSchema(
    duckdb::CatalogTransaction transaction, duckdb::CreateSchemaInfo& info) {
  duckdb::ClientContext& context = transaction.GetContext();
  RequireAutocommit(context, "CREATE SCHEMA");
  IcebergTransaction& ours = IcebergTransaction::Get(context, *this);
  const std::string name = FoldName(info.schema);
  if (ValueOrThrow(ours.view().FindNamespace(name)).has_value()) {
    if (info.on_conflict == duckdb::OnCreateConflict::IGNORE_ON_CONFLICT) {
      return nullptr;
    }
    ThrowStatus(MakeError(ErrorCode::kAlreadyExists, "Schema already exists: " + name));
  }
  const iceberg::Namespace ns = iceberg::NamespaceFromString(name);
  catalog::Properties properties;
  if (!info.comment.IsNull()) {
    properties["comment"] = info.comment.ToString();
  }
  for (const auto& tag : info.tags) {
    properties[tag.first] = tag.second;
  }
  ThrowIfError(CheckPlaces(context, properties));
  ThrowIfError(ours.tarn().catalog.CreateNamespace(ns, properties));
  return &EntryOf(ours, ns);
}

void AttachedCatalog::DropSchema(duckdb::ClientContext& context, duckdb::DropInfo& info) {
  RequireAutocommit(context, "DROP SCHEMA");
  IcebergTransaction& transaction = IcebergTransaction::Get(context, *this);
  const auto ns = ValueOrThrow(transaction.view().FindNamespace(info.name));
  if (!ns.has_value()) {
    if (info.if_not_found == duckdb::OnEntryNotFound::RETURN_NULL) {
      return;
    }
    ThrowStatus(MakeError(ErrorCode::kNoSuchNamespace,
                          "Schema does not exist: " + GetName() + "." + info.name));
  }
  catalog::Catalog& store = transaction.tarn().catalog;
  if (info.cascade) {
    for (const auto& table : ValueOrThrow(store.ListTables(*ns))) {
      ThrowIfError(store.DropTable(table));
    }
    for (const auto& view : ValueOrThrow(store.ListViews(*ns))) {
      ThrowIfError(store.DropView(view));
    }
  }
  ThrowIfError(store.DropNamespace(*ns));
}

duckdb::ErrorData AttachedCatalog::SupportsCreateTable(duckdb::BoundCreateTableInfo&) {
  return {};  // the inherited one refuses PARTITIONED BY and WITH
}

duckdb::PhysicalOperator& AttachedCatalog::PlanCreateTableAs(
    duckdb::ClientContext& context, duckdb::PhysicalPlanGenerator& planner,
    duckdb::LogicalCreateTable& op, duckdb::PhysicalOperator& plan) {
  const auto& schema = static_cast<const SchemaEntry&>(op.schema);
  duckdb::CreateTableInfo& info = op.info->Base();
  const auto types = StoreQueryTypes(info);
  DeclaredTable declared = ValueOrThrow(DeclarationOf(context, info, schema.ns()));
  // Tells before the query runs; asked again when the statement runs.
  (void)ValueOrThrow(ResolveNewTable(IcebergTransaction::Get(context, *this), declared,
                                     info.on_conflict));
  auto& rows = CastColumns(context, planner, plan, types);
  const bool parallel =
      !duckdb::PhysicalPlanGenerator::PreserveInsertionOrder(context, rows);
  InsertTarget target{.ident = declared.ident,
                      .declared = std::move(declared),
                      .on_conflict = info.on_conflict};
  auto& insert =
      planner.Make<InsertOperator>(op.types, op.estimated_cardinality, *this,
                                   std::move(target), rows.GetTypes(), parallel);
  insert.children.push_back(rows);
  return insert;
}

duckdb::PhysicalOperator& AttachedCatalog::PlanInsert(
    duckdb::ClientContext& context, duckdb::PhysicalPlanGenerator& planner,
    duckdb::LogicalInsert& op, duckdb::optional_ptr<duckdb::PhysicalOperator> plan) {
  const TableEntry& table = TableEntry::ForWriting(op.table);
  if (op.on_conflict_info.action_type != duckdb::OnConflictAction::THROW) {
    ThrowStatus(MakeError(
        ErrorCode::kNotSupported,
        "ON CONFLICT is not supported on Iceberg tables: " + table.ident().ToString()));
  }
  if (!op.column_index_map.empty()) {
    plan = planner.ResolveDefaultsProjection(op, *plan);
  }
  const auto& partition = table.static_partition();
  if (partition != nullptr) {
    if (op.return_chunk) {
      ThrowStatus(MakeError(ErrorCode::kNotSupported,
                            "INSERT … PARTITION does not give rows back; leave RETURNING "
                            "out: " +
                                table.ident().ToString()));
    }
    plan = AddStaticColumns(planner, *partition, *plan);
  }
  const bool parallel =
      !duckdb::PhysicalPlanGenerator::PreserveInsertionOrder(context, *plan);
  InsertTarget target{.ident = table.ident(),
                      .metadata = table.metadata(),
                      .branch = table.state().branch,
                      .overwrites = table.is_overwritten(),
                      .replaced = partition != nullptr
                                      ? partition->replaced
                                      : std::optional<iceberg::Expression>(),
                      .returns_rows = op.return_chunk};
  auto& insert =
      planner.Make<InsertOperator>(op.types, op.estimated_cardinality, *this,
                                   std::move(target), plan->GetTypes(), parallel);
  insert.children.push_back(*plan);
  return insert;
}

duckdb::PhysicalOperator& AttachedCatalog::PlanDelete(
    duckdb::ClientContext&, duckdb::PhysicalPlanGenerator& planner,
    duckdb::LogicalDelete& op, duckdb::PhysicalOperator& plan) {
  return PlanDeleteRows(*this, planner, op, plan);
}

duckdb::PhysicalOperator& AttachedCatalog::PlanUpdate(
    duckdb::ClientContext&, duckdb::PhysicalPlanGenerator& planner,
    duckdb::LogicalUpdate& op, duckdb::PhysicalOperator& plan) {
  return PlanUpdateRows(*this, planner, op, plan);
}

duckdb::PhysicalOperator& AttachedCatalog::PlanMergeInto(
    duckdb::ClientContext&, duckdb::PhysicalPlanGenerator& planner,
    duckdb::LogicalMergeInto& op, duckdb::PhysicalOperator& plan) {
  return PlanMergeRows(*this, planner, op, plan);
}

duckdb::unique_ptr<duckdb::LogicalOperator> AttachedCatalog::BindCreateIndex(
    duckdb::Binder&, duckdb::CreateStatement&, duckdb::TableCatalogEntry&,
    duckdb::unique_ptr<duckdb::LogicalOperator>) {
  RefuseIndex();
}

duckdb::unique_ptr<duckdb::LogicalOperator> AttachedCatalog::BindAlterAddIndex(
    duckdb::Binder&, duckdb::TableCatalogEntry&,
    duckdb::unique_ptr<duckdb::LogicalOperator>,
    duckdb::unique_ptr<duckdb::CreateIndexInfo>,
    duckdb::unique_ptr<duckdb::AlterTableInfo>) {
  RefuseIndex();
}

}  // namespace tarn::engine
