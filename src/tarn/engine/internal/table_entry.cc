#include "tarn/engine/internal/table_entry.h"

#include <charconv>
#include <string>
#include <utility>

#include <duckdb/catalog/catalog.hpp>
#include <duckdb/parser/constraints/not_null_constraint.hpp>
#include <duckdb/parser/expression/constant_expression.hpp>
#include <duckdb/parser/parsed_data/create_table_info.hpp>
#include <duckdb/storage/statistics/base_statistics.hpp>
#include <duckdb/storage/table_storage_info.hpp>

#include "tarn/base/error.h"
#include "tarn/engine/internal/attached_catalog.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/insert_partition.h"
#include "tarn/engine/internal/plan_changes.h"
#include "tarn/engine/internal/scan_state.h"
#include "tarn/engine/internal/table_scan.h"
#include "tarn/engine/internal/transaction.h"
#include "tarn/engine/internal/type_conversion.h"

namespace tarn::engine {
namespace {

duckdb::ColumnDefinition ColumnOf(const iceberg::Field& field) {
  duckdb::ColumnDefinition column(field.name, LogicalTypeOf(field.type));
  if (field.write_default.has_value()) {
    column.SetDefaultValue(duckdb::make_uniq<duckdb::ConstantExpression>(
        DuckValueOf(field.type, *field.write_default)));
  }
  if (field.doc.has_value()) {
    column.SetComment(duckdb::Value(*field.doc));
  }
  return column;
}

/// Rows of a snapshot, as its writer counted them; unset if it did not.
std::optional<duckdb::idx_t> TotalRecords(const iceberg::TableMetadata& metadata,
                                          std::optional<iceberg::SnapshotId> id) {
  if (!id.has_value()) {
    return 0;
  }
  const iceberg::Snapshot* snapshot = metadata.FindSnapshot(*id);
  if (snapshot == nullptr) {
    return {};
  }
  const auto found = snapshot->summary.find("total-records");
  if (found == snapshot->summary.end()) {
    return {};
  }
  const std::string& text = found->second;
  duckdb::idx_t rows = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), rows);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
    return {};
  }
  return rows;
}

}  // namespace

TableEntry::TableEntry(duckdb::SchemaCatalogEntry& owner, duckdb::CreateTableInfo& info,
                       iceberg::TableIdent ident,
                       std::shared_ptr<const iceberg::TableMetadata> metadata,
                       TableState state, Status error)
    : duckdb::TableCatalogEntry(owner.ParentCatalog(), owner, info),
      ident_(std::move(ident)),
      metadata_(std::move(metadata)),
      state_(std::move(state)),
      error_(std::move(error)),
      files_(std::make_shared<ScanFiles>()) {}

std::unique_ptr<TableEntry> TableEntry::Make(
    duckdb::SchemaCatalogEntry& owner, const iceberg::TableIdent& ident,
    std::shared_ptr<const iceberg::TableMetadata> metadata,
    std::optional<TableState> state) {
  if (!state.has_value()) {
    state = CurrentState(*metadata);
  }
  return Make(owner, ident, std::move(metadata), *std::move(state), nullptr);
}

std::unique_ptr<TableEntry> TableEntry::Make(
    duckdb::SchemaCatalogEntry& owner, const iceberg::TableIdent& ident,
    std::shared_ptr<const iceberg::TableMetadata> metadata, TableState state,
    const StaticPartition* partition) {
  duckdb::CreateTableInfo info(owner, ident.name);
  duckdb::idx_t index = 0;
  const auto& fields = state.schema->fields();
  for (size_t i = 0; i < fields.size(); ++i) {
    const iceberg::Field& field = fields[i];
    if (partition != nullptr && partition->values[i].has_value()) {
      continue;
    }
    info.columns.AddColumn(ColumnOf(field));
    if (field.required) {
      info.constraints.push_back(
          duckdb::make_uniq<duckdb::NotNullConstraint>(duckdb::LogicalIndex(index)));
    }
    ++index;
  }
  const std::string text = metadata->Property("comment", "");
  std::unique_ptr<TableEntry> entry(new TableEntry(
      owner, info, ident, std::move(metadata), std::move(state), Status::OK()));
  if (!text.empty()) {
    entry->comment = duckdb::Value(text);
  }
  return entry;
}

std::unique_ptr<TableEntry> TableEntry::MakeBroken(duckdb::SchemaCatalogEntry& owner,
                                                   const iceberg::TableIdent& ident,
                                                   Status error) {
  duckdb::CreateTableInfo info(owner, ident.name);
  return std::unique_ptr<TableEntry>(
      new TableEntry(owner, info, ident, nullptr, {}, std::move(error)));
}

std::unique_ptr<TableEntry> TableEntry::MakeInsertTarget(
    duckdb::ClientContext& context, duckdb::SchemaCatalogEntry& owner,
    const TableEntry& table, const sql::InsertName& name) {
  std::shared_ptr<const StaticPartition> partition;
  if (!name.partition.empty()) {
    ThrowIfError(table.error_);
    partition = std::make_shared<const StaticPartition>(
        ResolvePartition(context, *table.metadata_, *table.state_.schema, name));
  }
  auto entry = Make(owner, table.ident_, table.metadata_, table.state_, partition.get());
  entry->takes_inserts_only_ = true;
  entry->is_overwritten_ = name.mode == sql::InsertInto::kOverwrite;
  entry->static_partition_ = std::move(partition);
  return entry;
}

TableEntry& TableEntry::ForWriting(duckdb::TableCatalogEntry& entry) {
  auto* table = dynamic_cast<TableEntry*>(&entry);
  if (table == nullptr) {
    ThrowStatus(MakeError(ErrorCode::kNotSupported,
                          "Metadata tables can only be read: " + entry.name));
  }
  ThrowIfError(table->error_);
  if (table->state_.branch.empty()) {
    ThrowStatus(MakeError(ErrorCode::kNotSupported,
                          "Snapshots and tags can only be read; write to the table or "
                          "to a branch: " +
                              table->ident_.ToString()));
  }
  return *table;
}

TableEntry& TableEntry::ForAltering(duckdb::TableCatalogEntry& entry) {
  TableEntry& table = ForWriting(entry);
  if (!table.state_.is_current) {
    ThrowStatus(MakeError(ErrorCode::kInvalidArgument,
                          "Branches have no columns and properties of their own; name "
                          "the table: " +
                              table.ident_.ToString()));
  }
  return table;
}

/// An old state stays what it is. Only scans need this: rows are added to what is there.
void TableEntry::ShowOwnChanges(IcebergTransaction& transaction) {
  if (own_changes_ != nullptr || state_.branch.empty() ||
      !transaction.writes().Changes(ident_)) {
    return;
  }
  OwnView own = ValueOrThrow(transaction.writes().ViewOf(ident_));
  metadata_ = std::move(own.metadata);
  own_changes_ = std::move(own.changes);
  state_ = state_.is_current ? CurrentState(*metadata_)
                             : ValueOrThrow(StateAsOf(*metadata_, AsOf(state_.branch)));
}

duckdb::TableFunction TableEntry::GetScanFunction(
    duckdb::ClientContext& context, duckdb::unique_ptr<duckdb::FunctionData>& bind_data) {
  ThrowIfError(error_);
  if (takes_inserts_only_) {
    ThrowStatus(MakeError(
        ErrorCode::kNotSupported,
        "Rows can only be inserted under this name of the table: " + ident_.ToString()));
  }
  IcebergTransaction& transaction = IcebergTransaction::Get(context, catalog);
  ThrowIfError(transaction.view().Read(ident_));
  ShowOwnChanges(transaction);
  const TableScanSource source{
      .name = catalog.GetName() + "." + ident_.ToString(),
      .metadata = metadata_,
      .snapshot_id = state_.is_current ? std::nullopt : state_.snapshot_id,
      .appended_after = state_.appended_after,
      .schema = state_.schema,
      .io = &transaction.tarn().io,
      .deletions = transaction.tarn().deletions,
      .manifests = transaction.tarn().manifests,
      .entry = this,
      .catalog_number = catalog.Cast<AttachedCatalog>().source_number(),
      .files = files_,
  };
  return BindTableScan(context, source, &bind_data);
}

duckdb::unique_ptr<duckdb::BaseStatistics> TableEntry::GetStatistics(
    duckdb::ClientContext&, duckdb::column_t) {
  return nullptr;  // the scan function knows more: it has the filters
}

duckdb::TableStorageInfo TableEntry::GetStorageInfo(duckdb::ClientContext&) {
  duckdb::TableStorageInfo info;
  if (metadata_ != nullptr) {
    if (const auto rows = TotalRecords(*metadata_, state_.snapshot_id)) {
      info.cardinality = *rows;
    }
  }
  return info;
}

duckdb::virtual_column_map_t TableEntry::GetVirtualColumns() const {
  return TableScanVirtualColumns();
}

duckdb::vector<duckdb::column_t> TableEntry::GetRowIdColumns() const {
  return TableScanRowIdColumns();
}

void TableEntry::BindUpdateConstraints(duckdb::Binder&, duckdb::LogicalGet& get,
                                       duckdb::LogicalProjection& projection,
                                       duckdb::LogicalUpdate& update,
                                       duckdb::ClientContext&) {
  BindWholeRows(*this, get, projection, update);
}

}  // namespace tarn::engine
