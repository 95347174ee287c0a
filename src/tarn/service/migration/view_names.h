// Names of tables in a view's text, as they are after a migration.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tarn/iceberg/table_ident.h"
#include "tarn/iceberg/view_metadata.h"
#include "tarn/service/migration/migration_request.h"

namespace tarn::service {

/// Where tables and views of a source are at the destination: those of a scope by their
/// namespaces, others one by one. Names are compared as SQL does, whatever their case.
class MovedNames {
 public:
  /// All of `from` is in `to` by the same names; either unset: namespaces stay.
  static MovedNames OfScope(const std::optional<iceberg::Namespace>& from,
                            const std::optional<iceberg::Namespace>& to);
  /// Those of `pairs` that go from the place of `pair` to its destination's.
  static MovedNames OfPairs(const std::vector<TablePair>& pairs, const TablePair& pair);

  /// unset: it is not migrated.
  std::optional<iceberg::TableIdent> Of(const iceberg::TableIdent& ident) const;
  /// unset: not all of it is migrated.
  std::optional<iceberg::Namespace> OfNamespace(const iceberg::Namespace& ns) const;

 private:
  bool is_scope_ = false;
  iceberg::Namespace from_;  // of a scope; no level: everything
  iceberg::Namespace to_;
  std::map<iceberg::TableIdent, iceberg::TableIdent> pairs_;  // by the name in lower case
};

/// From where to where a view's text moves.
struct ViewMove {
  const MovedNames& names;
  std::vector<std::string> source_catalogs;  // names that mean the view's own catalog
  std::string destination_catalog;
  bool stays_in_catalog = false;
  iceberg::Namespace default_namespace = {};      // what short names are in
  iceberg::Namespace new_default_namespace = {};  // and will be
};

struct MovedText {
  std::string sql;
  int64_t names_rewritten = 0;
  /// Why `sql` is the text as it was, though it may name what has moved; empty: each name
  /// in it means at the destination what it should.
  std::string kept_because = {};
  /// Tables that it names and that are not migrated, as they are written.
  std::vector<std::string> others = {};
};

/// `text` with the destination's names, where that is certain: the places of names are
/// known in Trino's, Spark's and DuckDB's dialects, and a name that is changed stands
/// nowhere else in the text, as a part of a column's name for instance.
MovedText MoveNames(const iceberg::ViewRepresentation& text, const ViewMove& move);

}  // namespace tarn::service
