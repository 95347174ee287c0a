// Precompiled for this module only: the DuckDB headers that most of its files need.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <duckdb/catalog/catalog.hpp>
#include <duckdb/catalog/catalog_entry/schema_catalog_entry.hpp>
#include <duckdb/catalog/catalog_entry/table_catalog_entry.hpp>
#include <duckdb/common/types/value.hpp>
#include <duckdb/function/table_function.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/main/config.hpp>
#include <duckdb/main/database.hpp>
#include <duckdb/parser/parsed_data/create_table_info.hpp>
#include <duckdb/storage/storage_extension.hpp>
#include <duckdb/transaction/transaction_manager.hpp>
