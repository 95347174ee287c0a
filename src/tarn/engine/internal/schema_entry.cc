#include "tarn/engine/internal/schema_entry.h"

#include <optional>
#include <utility>

#include <duckdb/catalog/catalog.hpp>
#include <duckdb/catalog/entry_lookup_info.hpp>
#include <duckdb/catalog/similar_catalog_entry.hpp>
#include <duckdb/common/string_util.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/parser/parsed_data/create_view_info.hpp>
#include <duckdb/parser/parsed_data/drop_info.hpp>
#include <duckdb/planner/parsed_data/bound_create_table_info.hpp>

#include "tarn/base/error.h"
#include "tarn/engine/internal/alter_table.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/create_table.h"
#include "tarn/engine/internal/insert_partition.h"
#include "tarn/engine/internal/materialized_view.h"
#include "tarn/engine/internal/metadata_table_entry.h"
#include "tarn/engine/internal/system_tables/trino_metadata.h"
#include "tarn/engine/internal/table_entry.h"
#include "tarn/engine/internal/view_entry.h"

namespace tarn::engine {
namespace {

using duckdb::CatalogEntry;
using duckdb::CatalogType;
using EntryPointer = duckdb::optional_ptr<CatalogEntry>;

bool IsTableOrView(CatalogType type) {
  return type == CatalogType::TABLE_ENTRY || type == CatalogType::VIEW_ENTRY;
}

[[noreturn]] void Refuse(const std::string& what) {
  ThrowStatus(MakeError(
      ErrorCode::kNotSupported,
      what + " cannot be made in an Iceberg warehouse: it holds tables and views"));
}

[[noreturn]] void ThrowExists(const std::string& kind, const iceberg::TableIdent& ident) {
  ThrowStatus(MakeError(ErrorCode::kAlreadyExists,
                        kind + " already exists: " + ident.ToString()));
}

}  // namespace

void RequireAutocommit(duckdb::ClientContext& context, const std::string& what) {
  if (context.transaction.IsAutoCommit()) {
    return;
  }
  ThrowStatus(MakeError(
      ErrorCode::kNotSupported,
      what + " cannot be part of a transaction: run it outside of BEGIN … COMMIT"));
}

CatalogEntry* SchemaEntry::MakeEntry(IcebergTransaction& transaction,
                                     const CatalogObject& object,
                                     const std::optional<AsOf>& as_of) {
  if (object.table == nullptr) {
    // A view hands the state that is asked for on to its tables.
    const auto context = transaction.context.lock();
    return &transaction.Own(
        as_of.has_value() || context == nullptr
            ? ValueOrThrow(MakeViewEntry(catalog, *this, object.ident, *object.view))
            : MakeEntryOfView(*context, transaction, catalog, *this, object));
  }
  std::optional<TableState> state;
  if (as_of.has_value()) {
    state = ValueOrThrow(StateAsOf(*object.table, *as_of));
  }
  return &transaction.Own(
      TableEntry::Make(*this, object.ident, object.table, std::move(state)));
}

CatalogEntry* SchemaEntry::MakeFreshView(duckdb::ClientContext& context,
                                         const std::string& view_name) {
  IcebergTransaction& transaction = IcebergTransaction::Get(context, catalog);
  const auto object = ValueOrThrow(transaction.view().Find(ns_, view_name));
  if (!object.has_value() || object->view == nullptr) {
    return nullptr;
  }
  return &transaction.Own(
      MakeEntryOfView(context, transaction, catalog, *this, *object, MayBeStale::kNever));
}

CatalogEntry* SchemaEntry::MakeSuffixedEntry(duckdb::ClientContext& context,
                                             const std::string& full_name,
                                             const std::optional<AsOf>& as_of) {
  if (const auto target = sql::InsertNameOf(full_name)) {
    auto* table = dynamic_cast<TableEntry*>(Find(context, target->table, as_of));
    return table == nullptr
               ? nullptr
               : &IcebergTransaction::Get(context, catalog)
                      .Own(TableEntry::MakeInsertTarget(context, *this, *table, *target));
  }
  const size_t dollar = full_name.rfind('$');
  if (dollar == std::string::npos || dollar == 0) {
    return nullptr;
  }
  const std::string suffix = full_name.substr(dollar + 1);
  if (full_name.substr(dollar) == kFreshSuffix) {
    return MakeFreshView(context, full_name.substr(0, dollar));
  }
  const auto trino_kind = system_tables::TrinoMetadataTableOf(suffix);
  const auto kind = trino_kind ? trino_kind : table::MetadataTableNamed(suffix);
  if (!kind.has_value() && !IsStateSuffix(suffix)) {
    return nullptr;
  }
  IcebergTransaction& transaction = IcebergTransaction::Get(context, catalog);
  const auto object =
      ValueOrThrow(transaction.view().Find(ns_, full_name.substr(0, dollar)));
  if (!object.has_value() || object->table == nullptr) {
    return nullptr;
  }
  if (!kind.has_value()) {
    if (as_of.has_value()) {
      ThrowStatus(MakeError(ErrorCode::kInvalidArgument,
                            "The name says already which state is meant: " + full_name));
    }
    return &transaction.Own(
        TableEntry::Make(*this, object->ident, object->table,
                         ValueOrThrow(StateOfSuffix(*object->table, suffix))));
  }
  table::InspectRequest request{.table = {.ident = object->ident,
                                          .metadata_location = object->metadata_location,
                                          .metadata = object->table},
                                .kind = *kind};
  if (trino_kind.has_value()) {
    return &transaction.Own(system_tables::MakeTrinoMetadataView(*this, request));
  }
  if (as_of.has_value()) {
    request.snapshot_id = ValueOrThrow(StateAsOf(*object->table, *as_of)).snapshot_id;
  }
  return &transaction.Own(
      MetadataTableEntry::Make(context, *this, full_name, std::move(request)));
}

CatalogEntry* SchemaEntry::Find(duckdb::ClientContext& context,
                                const std::string& table_name,
                                const std::optional<AsOf>& as_of) {
  IcebergTransaction& transaction = IcebergTransaction::Get(context, catalog);
  std::string key = table_name;
  if (as_of.has_value()) {
    key += '\0';  // part of no name
    key += KeyOf(*as_of);
  }
  if (CatalogEntry* known = transaction.FindEntry(name, key)) {
    return known;
  }
  std::optional<CatalogObject> object;
  const bool has_clause =
      table_name.ends_with(')') && sql::InsertNameOf(table_name).has_value();
  if (!has_clause) {  // no catalog is asked for a name like that
    object = ValueOrThrow(transaction.view().Find(ns_, table_name));
  }
  CatalogEntry* entry = object.has_value()
                            ? MakeEntry(transaction, *object, as_of)
                            : MakeSuffixedEntry(context, table_name, as_of);
  return entry == nullptr ? nullptr : &transaction.NameEntry(name, key, *entry);
}

EntryPointer SchemaEntry::LookupEntry(duckdb::CatalogTransaction transaction,
                                      const duckdb::EntryLookupInfo& lookup) {
  if (!IsTableOrView(lookup.GetCatalogType()) || !transaction.HasContext()) {
    return nullptr;
  }
  duckdb::ClientContext& context = transaction.GetContext();
  std::optional<AsOf> as_of;
  if (lookup.GetAtClause() != nullptr) {
    as_of = AsOfClause(context, *lookup.GetAtClause());
  }
  return Find(context, lookup.GetEntryName(), as_of);
}

duckdb::SimilarCatalogEntry SchemaEntry::GetSimilarEntry(
    duckdb::CatalogTransaction transaction, const duckdb::EntryLookupInfo& lookup) {
  duckdb::SimilarCatalogEntry similar;
  if (!IsTableOrView(lookup.GetCatalogType()) || !transaction.HasContext()) {
    return similar;
  }
  IcebergTransaction& ours = IcebergTransaction::Get(transaction.GetContext(), catalog);
  const auto names = ours.view().ListNames(ns_);
  if (!names.ok()) {
    return similar;  // only a hint in an error message
  }
  for (const std::string& candidate : *names) {
    const double score =
        duckdb::StringUtil::SimilarityRating(candidate, lookup.GetEntryName());
    if (score <= similar.score) {
      continue;
    }
    similar.score = score;
    similar.name = candidate;
  }
  return similar;
}

/// For listings: one table that cannot be loaded must not hide the others.
CatalogEntry& SchemaEntry::MakeListedEntry(duckdb::ClientContext& context,
                                           const std::string& table_name) {
  CatalogEntry* entry = nullptr;
  const Status status = CatchDuckDb({}, [&]() -> Status {
    entry = Find(context, table_name);
    return Status::OK();
  });
  if (entry != nullptr) {
    return *entry;
  }
  const iceberg::TableIdent ident{ns_, table_name};
  const Status error =
      status.ok() ? MakeError(ErrorCode::kNoSuchTable,
                              "Table does not exist any more: " + ident.ToString())
                  : status;
  return IcebergTransaction::Get(context, catalog)
      .Own(TableEntry::MakeBroken(*this, ident, error));
}

void SchemaEntry::Scan(duckdb::ClientContext& context, CatalogType wanted,
                       const std::function<void(CatalogEntry&)>& callback) {
  if (!IsTableOrView(wanted)) {
    return;
  }
  IcebergTransaction& transaction = IcebergTransaction::Get(context, catalog);
  for (const std::string& table_name : ValueOrThrow(transaction.view().ListNames(ns_))) {
    CatalogEntry& entry = MakeListedEntry(context, table_name);
    if (wanted == CatalogType::TABLE_ENTRY || entry.type == wanted) {
      callback(entry);
    }
  }
}

void SchemaEntry::Scan(CatalogType, const std::function<void(CatalogEntry&)>&) {
  // Asks for what is committed, without a client: nothing of ours is kept in memory.
}

EntryPointer SchemaEntry::CreateTable(duckdb::CatalogTransaction transaction,
                                      duckdb::BoundCreateTableInfo& info) {
  duckdb::ClientContext& context = transaction.GetContext();
  IcebergTransaction& ours = IcebergTransaction::Get(context, catalog);
  const duckdb::CreateTableInfo& base = info.Base();
  const DeclaredTable declared = ValueOrThrow(DeclarationOf(context, base, ns_));
  const auto table = ValueOrThrow(ResolveNewTable(ours, declared, base.on_conflict));
  if (!table.has_value()) {
    return nullptr;
  }
  ThrowIfError(ours.writes().CreateTable(*table));
  ours.ForgetEntry(name, declared.ident.name);
  return Find(context, declared.ident.name);
}

EntryPointer SchemaEntry::CreateView(duckdb::CatalogTransaction transaction,
                                     duckdb::CreateViewInfo& info) {
  duckdb::ClientContext& context = transaction.GetContext();
  RequireAutocommit(context, "CREATE VIEW");
  IcebergTransaction& ours = IcebergTransaction::Get(context, catalog);
  const iceberg::TableIdent ident{ns_, FoldName(info.view_name)};
  const auto existing = ValueOrThrow(ours.view().Find(ns_, ident.name));
  const bool replace = info.on_conflict == duckdb::OnCreateConflict::REPLACE_ON_CONFLICT;
  if (existing.has_value()) {
    if (existing->table != nullptr) {
      ThrowExists("Table", ident);
    }
    if (info.on_conflict == duckdb::OnCreateConflict::IGNORE_ON_CONFLICT) {
      return nullptr;
    }
    if (!replace) {
      ThrowExists("View", ident);
    }
  }
  catalog::NewView view{.ident = existing.has_value() ? existing->ident : ident,
                        .metadata = nullptr,
                        .replace = existing.has_value()};
  view.metadata = ValueOrThrow(MakeViewMetadata(ours.tarn(), view.ident, info));
  const auto created = ValueOrThrow(ours.tarn().catalog.CreateView(view));
  return &ours.Own(
      ValueOrThrow(MakeViewEntry(catalog, *this, created.ident, *created.metadata)));
}

void SchemaEntry::DropEntry(duckdb::ClientContext& context, duckdb::DropInfo& info) {
  const bool is_view = info.type == CatalogType::VIEW_ENTRY;
  RequireAutocommit(context, is_view ? "DROP VIEW" : "DROP TABLE");
  IcebergTransaction& transaction = IcebergTransaction::Get(context, catalog);
  const auto object = ValueOrThrow(transaction.view().Find(ns_, info.name));
  const iceberg::TableIdent asked{ns_, info.name};
  if (!object.has_value()) {
    if (info.if_not_found == duckdb::OnEntryNotFound::RETURN_NULL) {
      return;
    }
    ThrowStatus(is_view ? MakeError(ErrorCode::kNoSuchView,
                                    "View does not exist: " + asked.ToString())
                        : MakeError(ErrorCode::kNoSuchTable,
                                    "Table does not exist: " + asked.ToString()));
  }
  if (is_view && object->view == nullptr) {
    ThrowStatus(MakeError(ErrorCode::kNoSuchView,
                          "Not a view but a table; use DROP TABLE: " + asked.ToString()));
  }
  if (!is_view && object->table == nullptr) {
    ThrowStatus(MakeError(ErrorCode::kNoSuchTable,
                          "Not a table but a view; use DROP VIEW: " + asked.ToString()));
  }
  catalog::Catalog& store = transaction.tarn().catalog;
  ThrowIfError(is_view ? store.DropView(object->ident) : store.DropTable(object->ident));
}

void SchemaEntry::Alter(duckdb::CatalogTransaction transaction, duckdb::AlterInfo& info) {
  RunAlter(transaction.GetContext(), *this, info);
}

EntryPointer SchemaEntry::CreateIndex(duckdb::CatalogTransaction,
                                      duckdb::CreateIndexInfo&,
                                      duckdb::TableCatalogEntry&) {
  Refuse("An index");
}
EntryPointer SchemaEntry::CreateFunction(duckdb::CatalogTransaction,
                                         duckdb::CreateFunctionInfo&) {
  Refuse("A function or macro");
}
EntryPointer SchemaEntry::CreateSequence(duckdb::CatalogTransaction,
                                         duckdb::CreateSequenceInfo&) {
  Refuse("A sequence");
}
EntryPointer SchemaEntry::CreateTableFunction(duckdb::CatalogTransaction,
                                              duckdb::CreateTableFunctionInfo&) {
  Refuse("A table function");
}
EntryPointer SchemaEntry::CreateCopyFunction(duckdb::CatalogTransaction,
                                             duckdb::CreateCopyFunctionInfo&) {
  Refuse("A copy function");
}
EntryPointer SchemaEntry::CreatePragmaFunction(duckdb::CatalogTransaction,
                                               duckdb::CreatePragmaFunctionInfo&) {
  Refuse("A pragma");
}
EntryPointer SchemaEntry::CreateCollation(duckdb::CatalogTransaction,
                                          duckdb::CreateCollationInfo&) {
  Refuse("A collation");
}
EntryPointer SchemaEntry::CreateType(duckdb::CatalogTransaction,
                                     duckdb::CreateTypeInfo&) {
  Refuse("A type");
}

}  // namespace tarn::engine
