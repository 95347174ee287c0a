// Where names of schemas, tables and views in definitions lead, by Trino's rules: folded
// to lower case; one part is in the session's schema, two are in its catalog.
#pragma once

#include <optional>
#include <string>

#include "tarn/engine/internal/catalog_view.h"
#include "tarn/engine/internal/front_end.h"
#include "tarn/engine/internal/schema_entry.h"
#include "tarn/engine/internal/transaction.h"
#include "tarn/sql/statement.h"

namespace tarn::engine::trino {

/// `ours` is nullptr for a catalog that is DuckDB's or an extension's; `schema` if there
/// is none of this name.
struct FoundSchema {
  std::string catalog;
  std::string schema;
  AttachedCatalog* ours = nullptr;
  SchemaEntry* entry = nullptr;

  std::string Text() const { return catalog + "." + schema; }
};

struct FoundObject {
  FoundSchema in;
  std::string name;
  std::optional<CatalogObject> object = {};

  std::string Text() const { return in.Text() + "." + name; }
  bool is_table() const { return object.has_value() && object->table != nullptr; }
  bool is_view() const { return object.has_value() && object->view != nullptr; }
};

/// To be used in a transaction (FrontEnd::InTransaction), whose pointers it gives.
class LakeNames {
 public:
  LakeNames(duckdb::ClientContext& context, FrontEnd& front_end, sql::Position at)
      : context_(context), front_end_(front_end), at_(at) {}

  /// Errors: CATALOG_NOT_FOUND.
  Result<FoundSchema> Schema(const sql::statement::ObjectName& name);
  /// No part at all: the session's schema.
  Result<FoundSchema> SchemaOf(std::vector<std::string> parts);
  Result<FoundObject> Object(const sql::statement::ObjectName& name);
  Result<FoundObject> Object(std::vector<std::string> parts);
  /// Errors: TABLE_NOT_FOUND, also for a view.
  Result<FoundObject> Table(const sql::statement::ObjectName& name);
  Status NoSuchTable(const FoundObject& found) const;

  IcebergTransaction& TransactionOf(const FoundSchema& found);

 private:
  duckdb::ClientContext& context_;
  FrontEnd& front_end_;
  sql::Position at_;
};

/// Parts in lower case.
std::vector<std::string> FoldedParts(const sql::statement::ObjectName& name);

}  // namespace tarn::engine::trino
