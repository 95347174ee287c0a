#include "tarn/engine/internal/system_tables/system_table.h"

#include <algorithm>

namespace tarn::engine::system_tables {
namespace {

duckdb::LogicalType TypeNamed(char kind) {
  using duckdb::LogicalType;
  switch (kind) {
    case 'n':
    case 'H':
      return LogicalType::BIGINT;
    case 'b':
      return LogicalType::BOOLEAN;
    case 'd':
      return LogicalType::DOUBLE;
    case 't':
      return LogicalType::TIMESTAMP_TZ;
    case 'l':
      return LogicalType::LIST(LogicalType::VARCHAR);
    case 'm':
      return LogicalType::MAP(LogicalType::DOUBLE, LogicalType::DOUBLE);
    default:
      return LogicalType::VARCHAR;
  }
}

}  // namespace

bool SystemTable::IsIn(std::string_view catalog, bool is_ours) const {
  if (schema == kInformationSchema) {
    return true;
  }
  return schema == kCatalogSystemSchema ? is_ours : catalog == kSystemCatalog;
}

const std::vector<SystemTable>& AllSystemTables() {
  static const auto& tables = *[] {
    auto made = std::make_unique<std::vector<SystemTable>>();
    AddInformationSchema(made.get());
    AddJdbcTables(made.get());
    AddMetadataTables(made.get());
    AddRuntimeTables(made.get());
    return made.release();  // lives as long as the program
  }();
  return tables;
}

const SystemTable* FindSystemTable(std::string_view catalog, std::string_view schema,
                                   std::string_view name) {
  const auto found = std::ranges::find_if(AllSystemTables(), [&](const auto& table) {
    return table.schema == schema && table.name == name &&
           table.IsIn(catalog, catalog != kSystemCatalog);
  });
  return found == AllSystemTables().end() ? nullptr : &*found;
}

bool HasSystemSchema(std::string_view catalog, std::string_view schema,
                     const AttachedCatalog* ours) {
  return std::ranges::any_of(AllSystemTables(), [&](const SystemTable& table) {
    return table.schema == schema && table.IsIn(catalog, ours != nullptr);
  });
}

bool IsSystemSchema(std::string_view catalog, std::string_view schema) {
  return catalog == kSystemCatalog || schema == kInformationSchema;
}

std::vector<SystemColumn> Columns(std::string_view words) {
  std::vector<SystemColumn> columns;
  while (!words.empty()) {
    const size_t end = std::min(words.find(' '), words.size());
    const std::string_view word = words.substr(0, end);
    words.remove_prefix(std::min(end + 1, words.size()));
    const size_t colon = word.find(':');
    const char kind = colon == std::string_view::npos ? ' ' : word[colon + 1];
    columns.push_back({.name = std::string(word.substr(0, colon)),
                       .type = TypeNamed(kind),
                       .is_hidden = kind == 'h' || kind == 'H'});
  }
  return columns;
}

duckdb::Value TextOrNull(const std::string& text) {
  return text.empty() ? duckdb::Value() : duckdb::Value(text);
}

void NoRows(const RowRequest&, const ListedObject&, std::vector<Row>*) {}

}  // namespace tarn::engine::system_tables
