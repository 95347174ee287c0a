// Statements that Tarn's front end knows itself; everything else is the engine's own
// dialect.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tarn::sql {

/// "catalog.schema.table", innermost last; one to many parts, unescaped, case kept.
struct QualifiedName {
  std::vector<std::string> parts;
  bool operator==(const QualifiedName&) const = default;
};

/// A type as written, in Trino's, Spark's or DuckDB's spelling, normalised in shape only.
///   decimal(9,2)       {name: "decimal", arguments: {9, 2}}
///   array(T), T[]      {name: "array", children: {{"", T}}}
///   row(a T), struct<a: T>  {name: "row", children: {{"a", T}}}
///   map(K, V)          {name: "map", children: {{"", K}, {"", V}}}
///   timestamp(6) with time zone   {name: "timestamp with time zone", arguments: {6}}
struct TypeName {
  struct Child;
  std::string name;  // lower case
  std::vector<int32_t> arguments = {};
  std::vector<Child> children;
};
struct TypeName::Child {
  std::string name;
  TypeName type;
  bool required = false;  // NOT NULL inside a row/struct
};

struct ColumnDefinition {
  std::string name;
  TypeName type;
  bool required = false;
  std::optional<std::string> comment = {};
};

/// Values of WITH (…) and TBLPROPERTIES (…): a text, number or boolean as text; or
/// ARRAY['…', …].
using PropertyValue = std::variant<std::string, std::vector<std::string>>;
using PropertyList = std::map<std::string, PropertyValue>;

enum class IfExists : uint8_t { kFail, kSkip, kReplace };

struct CreateSchema {
  QualifiedName name;
  IfExists if_exists = IfExists::kFail;
  PropertyList properties = {};
};

struct CreateTable {
  QualifiedName name;
  IfExists if_exists = IfExists::kFail;
  std::vector<ColumnDefinition> columns = {};  // empty for CTAS without a column list
  /// Terms such as "day(ts)" from PARTITIONED BY (…) or WITH (partitioning = ARRAY[…]).
  std::vector<std::string> partitioning = {};
  /// Terms such as "a DESC NULLS LAST" from WITH (sorted_by = ARRAY[…]).
  std::vector<std::string> sorted_by = {};
  PropertyList properties = {};  // the rest of WITH / TBLPROPERTIES; "location" too
  std::optional<std::string> comment = {};
  /// CTAS: the query's text, to the end of the statement or before WITH [NO] DATA.
  std::optional<std::string> query = {};
  bool with_data = true;
};

struct ShowCatalogs {
  std::optional<std::string> like;
};
struct ShowSchemas {
  std::optional<std::string> catalog;
  std::optional<std::string> like;
};
struct ShowTables {
  QualifiedName schema;
  std::optional<std::string> like;
};  // schema.parts empty: the current one
struct DescribeTable {
  QualifiedName table;
};  // DESCRIBE, DESC, SHOW COLUMNS FROM
struct ShowCreateTable {
  QualifiedName table;
};

using Statement = std::variant<CreateSchema, CreateTable, ShowCatalogs, ShowSchemas,
                               ShowTables, DescribeTable, ShowCreateTable>;

}  // namespace tarn::sql
