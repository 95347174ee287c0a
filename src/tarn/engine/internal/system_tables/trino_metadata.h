// Metadata tables ("orders$files") in the shape that Trino gives them: views over those
// of Iceberg's Java reference, which other dialects show.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <duckdb/catalog/catalog_entry/schema_catalog_entry.hpp>
#include <duckdb/catalog/catalog_entry/view_catalog_entry.hpp>

#include "tarn/table/inspect.h"

namespace tarn::engine::system_tables {

/// What Trino's dialect calls "orders$files": "orders$trino_files". Other names, and
/// tables that look alike in both, stay as they are.
std::string TrinoMetadataName(const std::string& name);

/// The table that the suffix of such a name shows; unset for other suffixes.
std::optional<table::MetadataTable> TrinoMetadataTableOf(std::string_view suffix);

/// The view. Throws DuckDB's exceptions.
std::unique_ptr<duckdb::ViewCatalogEntry> MakeTrinoMetadataView(
    duckdb::SchemaCatalogEntry& owner, const table::InspectRequest& request);

}  // namespace tarn::engine::system_tables
