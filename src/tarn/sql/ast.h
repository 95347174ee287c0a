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
///   geometry('EPSG:4326')         {name: "geometry", texts: {"EPSG:4326"}}
struct TypeName {
  struct Child;
  std::string name;  // lower case
  std::vector<int32_t> arguments = {};
  std::vector<std::string> texts = {};
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
  std::optional<std::string> default_text = {};  // the expression as written
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
  bool keeps_unknown = false;    // TBLPROPERTIES: names that nobody knows are kept
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

/// Where a column goes among its siblings.
struct ColumnPlace {
  enum class Where : uint8_t { kLast, kFirst, kBefore, kAfter };
  Where where = Where::kLast;
  std::string sibling = {};  // kBefore, kAfter
};

/// What ALTER TABLE does, in Trino's, Spark's and Iceberg's spellings. Columns are named
/// by their path: {"point", "x"}.
namespace alter {
struct AddColumn {
  QualifiedName path;
  ColumnDefinition column;  // its name is the path's last part
  bool if_not_exists = false;
  ColumnPlace place = {};
};
struct DropColumn {
  QualifiedName path;
  bool if_exists = false;
};
struct RenameColumn {
  QualifiedName path;
  std::string new_name;
  bool if_exists = false;
};
struct RenameTable {
  QualifiedName new_name;
};
struct SetColumnType {
  QualifiedName path;
  TypeName type;
};
struct SetColumnRequired {
  QualifiedName path;
  bool required;
};
struct SetColumnDefault {
  QualifiedName path;
  std::optional<std::string> text;  // unset: DROP DEFAULT
};
struct SetColumnComment {
  QualifiedName path;
  std::string comment;
};
struct MoveColumn {
  QualifiedName path;
  ColumnPlace place;
};
struct SetProperties {
  PropertyList set = {};
  std::vector<std::string> reset = {};  // UNSET TBLPROPERTIES, x = DEFAULT
  bool keeps_unknown = false;           // TBLPROPERTIES: names that nobody knows are kept
};
/// Terms such as "bucket(8, id)", as written.
struct AddPartitionField {
  std::string term;
  std::optional<std::string> name = {};
};
struct DropPartitionField {
  std::string term;  // or the field's name
};
struct ReplacePartitionField {
  std::string term;  // or the field's name
  std::string new_term;
  std::optional<std::string> name = {};
};
/// WRITE …; terms such as "a DESC NULLS LAST". No terms: the table is unordered.
struct SetWriteOrder {
  std::vector<std::string> terms = {};
  std::string distribution;  // "none", "hash", "range"
};
struct SetIdentifierFields {
  std::vector<QualifiedName> columns;
  bool drop = false;  // DROP IDENTIFIER FIELDS
};
struct CreateRef {
  std::string name;
  bool is_tag = false;
  IfExists if_exists = IfExists::kFail;
  bool must_exist = false;                  // REPLACE without CREATE OR
  std::optional<std::string> version = {};  // a snapshot id
  std::optional<int64_t> max_ref_age_ms = {};
  std::optional<int32_t> min_snapshots_to_keep = {};
  std::optional<int64_t> max_snapshot_age_ms = {};
};
struct DropRef {
  std::string name;
  bool is_tag = false;
  bool if_exists = false;
};
}  // namespace alter
using AlterAction = std::variant<
    alter::AddColumn, alter::DropColumn, alter::RenameColumn, alter::RenameTable,
    alter::SetColumnType, alter::SetColumnRequired, alter::SetColumnDefault,
    alter::SetColumnComment, alter::MoveColumn, alter::SetProperties,
    alter::AddPartitionField, alter::DropPartitionField, alter::ReplacePartitionField,
    alter::SetWriteOrder, alter::SetIdentifierFields, alter::CreateRef, alter::DropRef>;

struct AlterTable {
  QualifiedName table;
  bool if_exists = false;
  std::vector<AlterAction> actions = {};  // at least one; made together
};

using Statement = std::variant<CreateSchema, CreateTable, ShowCatalogs, ShowSchemas,
                               ShowTables, DescribeTable, ShowCreateTable, AlterTable>;

}  // namespace tarn::sql
