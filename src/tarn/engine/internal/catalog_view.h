// The catalog as one transaction sees it: names looked up as SQL does, each table loaded
// once.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/engine/internal/pending_writes.h"
#include "tarn/iceberg/table_ident.h"

namespace tarn::engine {

/// ASCII letters to lower case: how names are made and compared in SQL.
std::string FoldName(std::string_view name);

/// A table or a view; exactly one of the two is set.
struct CatalogObject {
  iceberg::TableIdent ident;
  std::shared_ptr<const iceberg::TableMetadata> table;
  std::shared_ptr<const iceberg::ViewMetadata> view;
  std::string metadata_location = {};  // empty for a table that is not committed yet
};

/// Names match exactly, else without regard to case if one name does. What was loaded
/// once stays as it is, so that a statement and a transaction see each table in one
/// state. Thread-safe.
class CatalogView {
 public:
  /// Both outlive the view.
  CatalogView(catalog::Catalog& catalog, const PendingWrites& writes)
      : catalog_(catalog), writes_(writes) {}

  /// `name` is the levels joined by dots. Errors: kInvalidArgument if several names
  /// match.
  Result<std::optional<iceberg::Namespace>> FindNamespace(const std::string& name);
  /// All levels, parents before their children.
  Result<std::vector<iceberg::Namespace>> AllNamespaces();

  /// Errors: kInvalidArgument if several names match; kInvalidData and others if it
  /// cannot be loaded.
  Result<std::optional<CatalogObject>> Find(const iceberg::Namespace& ns,
                                            const std::string& name);
  /// Names of tables, those this transaction creates among them, and of views, sorted.
  Result<std::vector<std::string>> ListNames(const iceberg::Namespace& ns);

 private:
  Status ListBelow(const iceberg::Namespace& parent,
                   std::vector<iceberg::Namespace>* all);
  Result<std::optional<CatalogObject>> Load(const iceberg::TableIdent& ident);

  catalog::Catalog& catalog_;
  const PendingWrites& writes_;
  std::recursive_mutex mutex_;
  std::optional<std::vector<iceberg::Namespace>> namespaces_;
  std::map<std::string, iceberg::Namespace> found_namespaces_;  // by the name asked for
  std::map<iceberg::Namespace, std::vector<std::string>> names_;
  std::map<iceberg::TableIdent, CatalogObject> objects_;  // by real name
};

}  // namespace tarn::engine
