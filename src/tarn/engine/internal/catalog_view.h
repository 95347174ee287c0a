// The catalog as one transaction sees it: names looked up as SQL does, each table loaded
// once.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/catalog/one_moment.h"
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

/// How the tables of a transaction go together.
enum class Reads : uint8_t {
  kOneStatement,  // each as it is when it is looked up; Read() tells if that does not fit
  kOneMoment,     // all as they are when the first one is looked up
};

/// Names match exactly, else without regard to case if one name does. What was loaded
/// once stays as it is, so that a statement and a transaction see each table in one
/// state. Tables of a catalog that can tell of one moment (catalog::OneMoment) are read
/// together as they were at one; those of others each for itself. Thread-safe.
class CatalogView {
 public:
  /// Both outlive the view.
  CatalogView(catalog::Catalog& catalog, const PendingWrites& writes, Reads reads);

  /// Before rows of a table that was found are read. Errors: kUnavailable, and is_torn(),
  /// if one that is read has changed since it was found: one and the same commit would
  /// be seen in one table and not in another.
  Status Read(const iceberg::TableIdent& ident);
  bool is_torn() const;
  /// Forgets what was seen; from now on as kOneMoment. Before anything was read.
  void LookAgain();

  /// `name` is the levels joined by dots. Errors: kInvalidArgument if several names
  /// match.
  Result<std::optional<iceberg::Namespace>> FindNamespace(const std::string& name);
  /// All levels, parents before their children.
  Result<std::vector<iceberg::Namespace>> AllNamespaces();

  /// Errors: kInvalidArgument if several names match; kInvalidData and others if it
  /// cannot be loaded.
  Result<std::optional<CatalogObject>> Find(const iceberg::Namespace& ns,
                                            const std::string& name);
  /// Every table and view that was loaded so far.
  std::vector<CatalogObject> Loaded() const;
  /// Names of tables, those this transaction creates among them, and of views, sorted.
  Result<std::vector<std::string>> ListNames(const iceberg::Namespace& ns);

 private:
  Status ListBelow(const iceberg::Namespace& parent,
                   std::vector<iceberg::Namespace>* all);
  Result<std::optional<CatalogObject>> Load(const iceberg::TableIdent& ident);
  Result<catalog::LoadedTable> LoadTable(const iceberg::TableIdent& ident);

  catalog::Catalog& catalog_;
  catalog::OneMoment* const one_moment_;  // the same catalog, if it can
  const PendingWrites& writes_;
  mutable std::recursive_mutex mutex_;
  Reads reads_;
  bool is_torn_ = false;
  std::set<iceberg::TableIdent> read_;
  std::optional<std::map<iceberg::TableIdent, std::string>> locations_;  // of kOneMoment
  std::optional<std::vector<iceberg::Namespace>> namespaces_;
  std::map<std::string, iceberg::Namespace> found_namespaces_;  // by the name asked for
  std::map<iceberg::Namespace, std::vector<std::string>> names_;
  std::map<iceberg::TableIdent, CatalogObject> objects_;  // by real name
};

}  // namespace tarn::engine
