#include "tarn/catalog/internal/dropped_rows.h"

#include <utility>

#include "tarn/catalog/internal/catalog_names.h"

namespace tarn::catalog::internal {
namespace {

DroppedRow RowOf(const SqlRow& row) {
  DroppedRow dropped;
  dropped.entry.name_space = row.TextOrEmpty("table_namespace");
  dropped.entry.name = row.TextOrEmpty("table_name");
  dropped.entry.metadata_location = row.TextOrEmpty("metadata_location");
  dropped.entry.previous_metadata_location =
      row.TextOrEmpty("previous_metadata_location");
  DroppedTable& table = dropped.table;
  table.id = row.TextOrEmpty("dropped_id");
  table.ident = {NamespaceOfText(dropped.entry.name_space), dropped.entry.name};
  table.metadata_location = dropped.entry.metadata_location;
  table.dropped_at = std::chrono::milliseconds(row.Int64("dropped_at"));
  table.expires_at = std::chrono::milliseconds(row.Int64("expires_at"));
  table.purges = row.Int64("purges") != 0;
  return dropped;
}

std::string TextOf(std::chrono::milliseconds time) {
  return std::to_string(time.count());
}

}  // namespace

Status InsertDropped(CatalogTables& tables, const DroppedRow& row) {
  const std::string& previous = row.entry.previous_metadata_location;
  return tables.connection()
      .Execute(
          "INSERT INTO tarn_dropped_tables (dropped_id, catalog_name, table_namespace, "
          "table_name, metadata_location, previous_metadata_location, dropped_at, "
          "expires_at, purges) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
          {row.table.id, tables.catalog_name(), row.entry.name_space, row.entry.name,
           row.entry.metadata_location,
           previous.empty() ? SqlParameter() : SqlParameter(previous),
           TextOf(row.table.dropped_at), TextOf(row.table.expires_at),
           row.table.purges ? "1" : "0"})
      .status();
}

Result<std::optional<DroppedRow>> FindDropped(CatalogTables& tables,
                                              const std::string& id) {
  std::optional<DroppedRow> found;
  ARROW_RETURN_NOT_OK(tables.connection().Query(
      "SELECT * FROM tarn_dropped_tables WHERE dropped_id = ?1 AND catalog_name = ?2 "
      "FOR UPDATE",
      {id, tables.catalog_name()}, [&](const SqlRow& row) { found = RowOf(row); }));
  return found;
}

Result<std::vector<DroppedTable>> ListDropped(CatalogTables& tables,
                                              const std::string& ns, DroppedSet which,
                                              std::chrono::milliseconds now) {
  constexpr std::string_view kUndroppable =
      "SELECT * FROM tarn_dropped_tables WHERE catalog_name = ?1 AND "
      "(?2 = '' OR table_namespace = ?2) AND expires_at > ?3 "
      "ORDER BY dropped_at DESC, dropped_id COLLATE BINARY";
  constexpr std::string_view kExpired =
      "SELECT * FROM tarn_dropped_tables WHERE catalog_name = ?1 AND "
      "(?2 = '' OR table_namespace = ?2) AND expires_at <= ?3 "
      "ORDER BY dropped_at DESC, dropped_id COLLATE BINARY";
  std::vector<DroppedTable> found;
  ARROW_RETURN_NOT_OK(tables.connection().Query(
      which == DroppedSet::kUndroppable ? kUndroppable : kExpired,
      {tables.catalog_name(), ns, TextOf(now)},
      [&](const SqlRow& row) { found.push_back(RowOf(row).table); }));
  return found;
}

Result<bool> EndDropped(CatalogTables& tables, const std::string& id,
                        std::chrono::milliseconds expires_at) {
  ARROW_ASSIGN_OR_RAISE(
      const int64_t changed,
      tables.connection().Execute("UPDATE tarn_dropped_tables SET expires_at = ?1 "
                                  "WHERE dropped_id = ?2 AND catalog_name = ?3",
                                  {TextOf(expires_at), id, tables.catalog_name()}));
  return changed == 1;
}

Result<bool> RemoveDropped(CatalogTables& tables, const std::string& id) {
  ARROW_ASSIGN_OR_RAISE(
      const int64_t changed,
      tables.connection().Execute(
          "DELETE FROM tarn_dropped_tables WHERE dropped_id = ?1 AND catalog_name = ?2",
          {id, tables.catalog_name()}));
  return changed == 1;
}

}  // namespace tarn::catalog::internal
