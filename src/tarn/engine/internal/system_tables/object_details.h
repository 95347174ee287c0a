// What a table or view says of itself, loaded when a system table's column is read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <duckdb/common/types.hpp>

#include "tarn/engine/internal/system_tables/catalog_listing.h"

namespace tarn::engine::system_tables {

struct ObjectColumn {
  std::string name;
  duckdb::LogicalType type;
  bool is_nullable = true;
  std::string comment = {};
};

struct ObjectDetails {
  std::vector<ObjectColumn> columns = {};
  std::string comment = {};
  std::string view_text = {};  // Trino's if the view has it
};

/// Empty details for what is gone or cannot be read: one broken table must not hide the
/// others. The metadata is not kept: a listing may go over all tables there are.
ObjectDetails DetailsOf(duckdb::ClientContext& context, const ListedObject& object);

/// As Trino lists it: "decimal(3,2)", "row(x bigint, Y y varchar)".
std::string ListedTypeText(const duckdb::LogicalType& type);

/// What JDBC's metadata says of a type; -1: null.
struct JdbcType {
  int64_t code = 0;  // java.sql.Types
  int64_t column_size = -1;
  int64_t decimal_digits = -1;
  int64_t radix = -1;
  int64_t octets = -1;
};
JdbcType JdbcTypeOf(const duckdb::LogicalType& type);

}  // namespace tarn::engine::system_tables
