// What there is: catalogs, schemas, and the tables and views in them, in the one place
// that SHOW, information_schema and system.* read.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <duckdb/catalog/catalog.hpp>
#include <duckdb/main/client_context.hpp>

#include "tarn/iceberg/table_ident.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/iceberg/view_metadata.h"

namespace tarn::engine {

class AttachedCatalog;

namespace system_tables {

inline constexpr char kSystemCatalog[] = "system";
inline constexpr char kInformationSchema[] = "information_schema";
/// The schema of a catalog's own system tables (iceberg.system.iceberg_tables).
inline constexpr char kCatalogSystemSchema[] = "system";

enum class ObjectKind : uint8_t { kTable, kView, kSystemTable };

/// Names are in lower case, as SQL shows them.
struct ListedObject {
  std::string catalog;
  std::string schema = {};
  std::string name = {};
  ObjectKind kind = ObjectKind::kTable;
  /// The real name in a catalog of ours.
  std::optional<iceberg::TableIdent> ident = {};
  /// Set where finding the object has loaded it.
  std::shared_ptr<const iceberg::TableMetadata> table = nullptr;
  std::shared_ptr<const iceberg::ViewMetadata> view = nullptr;
};

/// Works in the session's transaction, and loads no metadata. Methods throw DuckDB's
/// exceptions where a catalog cannot be asked.
class CatalogListing {
 public:
  explicit CatalogListing(duckdb::ClientContext& context) : context_(context) {}

  /// Sorted, `system` among them; not DuckDB's own databases.
  std::vector<std::string> Catalogs() const;
  bool HasCatalog(const std::string& catalog) const;

  /// Sorted, information_schema among them. With `only` those of these names.
  std::vector<std::string> Schemas(
      const std::string& catalog,
      const std::optional<std::vector<std::string>>& only = {}) const;

  /// Sorted by name. With `only` those of these names, without listing the others.
  std::vector<ListedObject> Objects(
      const std::string& catalog, const std::string& schema,
      const std::optional<std::vector<std::string>>& only = {}) const;

  /// nullptr if the catalog is none of ours, or not there.
  AttachedCatalog* Ours(const std::string& catalog) const;
  /// nullptr if there is none.
  duckdb::Catalog* Find(const std::string& catalog) const;

 private:
  duckdb::ClientContext& context_;
};

}  // namespace system_tables
}  // namespace tarn::engine
