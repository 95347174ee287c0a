// Names of namespaces, tables and views in a catalog.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::iceberg {

/// Levels of a namespace, outermost first; names may hold any character, dots too.
struct Namespace {
  std::vector<std::string> levels;

  /// Levels joined by dots, as the SQL catalogs store them and people write them.
  std::string ToString() const;
  auto operator<=>(const Namespace&) const = default;
};

struct TableIdent {
  Namespace ns;
  std::string name;

  std::string ToString() const;  // "ns.name"
  auto operator<=>(const TableIdent&) const = default;
};

/// Splits "a.b.c" at its dots; a level or name in double quotes may hold dots ("" is a
/// quote).
Namespace NamespaceFromString(std::string_view text);

}  // namespace tarn::iceberg
