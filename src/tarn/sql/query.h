// Queries of Trino's grammar as plain values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tarn/sql/expression.h"
#include "tarn/sql/json_table.h"

namespace tarn::sql {

struct Relation;
using RelationPtr = std::shared_ptr<const Relation>;

// ---- What a query selects from

enum class AsOfKind : uint8_t { kVersion, kTimestamp };
struct AsOf {
  AsOfKind kind;
  ExpressionPtr value;
};

namespace relation {

/// catalog.schema.table [FOR VERSION AS OF 5] [@ branch]
struct Table {
  std::vector<Name> name;
  std::optional<AsOf> as_of = {};
  std::optional<Name> branch = {};
};
struct Derived {
  QueryPtr query;
  bool is_lateral = false;
};
struct Unnest {
  std::vector<ExpressionPtr> values;
  bool with_ordinality = false;
};
/// TABLE(f(…)): arguments may be tables and descriptors.
struct TableArgument {
  RelationPtr table;
  std::optional<std::vector<ExpressionPtr>> partition_by = {};
  std::vector<SortItem> order_by = {};
  std::optional<bool> keeps_when_empty = {};  // KEEP or PRUNE WHEN EMPTY
};
struct Descriptor {
  struct Field {
    Name name;
    std::optional<TypeName> type = {};
  };
  std::vector<Field> fields;
};
struct FunctionArgument {
  std::optional<Name> name = {};
  std::variant<ExpressionPtr, TableArgument, Descriptor> value;
};
struct TableFunction {
  std::vector<Name> name;
  std::vector<FunctionArgument> arguments = {};
};
struct Alias {
  RelationPtr relation;
  Name name;
  std::vector<Name> columns = {};
};
enum class SampleMethod : uint8_t { kBernoulli, kSystem };
struct Sample {
  RelationPtr relation;
  SampleMethod method;
  ExpressionPtr percentage;
};

enum class JoinKind : uint8_t { kCross, kInner, kLeft, kRight, kFull, kImplicit };
struct Join {
  JoinKind kind;
  bool is_natural = false;
  RelationPtr left;
  RelationPtr right;
  ExpressionPtr on = nullptr;
  std::vector<Name> columns = {};  // USING
};

}  // namespace relation

struct Relation {
  Position at;
  std::variant<relation::Table, relation::Derived, relation::Unnest,
               relation::TableFunction, relation::JsonTable, relation::Alias,
               relation::Sample, relation::Join>
      node;
};

// ---- Bodies of queries

struct SelectItem {
  Position at;
  ExpressionPtr value = nullptr;  // nullptr: "*"; with `is_all`: "value.*"
  bool is_all = false;
  std::optional<Name> alias = {};
  std::vector<Name> aliases = {};  // value.* AS (a, b)
};

enum class GroupingKind : uint8_t { kSimple, kSets, kCube, kRollup };
/// One element of GROUP BY: (a, b), GROUPING SETS ((a), (b)), CUBE (a, b), ROLLUP (a, b).
struct GroupingElement {
  GroupingKind kind = GroupingKind::kSimple;
  std::vector<std::vector<ExpressionPtr>> sets;
};

struct GroupBy {
  bool is_distinct = false;
  bool is_auto = false;  // GROUP BY AUTO, GROUP BY ALL
  std::vector<GroupingElement> elements = {};
};

struct NamedWindow {
  Name name;
  WindowSpecification window;
};

struct Select {
  bool is_distinct = false;
  std::vector<SelectItem> items;
  RelationPtr from = nullptr;  // nullptr: one row of nothing
  ExpressionPtr where = nullptr;
  std::optional<GroupBy> group_by = {};
  ExpressionPtr having = nullptr;
  std::vector<NamedWindow> windows = {};
  ExpressionPtr qualify = nullptr;  // not Trino's: WHERE for windows
};
/// VALUES 1, (2, 3): rows as written.
struct Values {
  std::vector<ExpressionPtr> rows;
};
struct TableBody {  // TABLE t
  std::vector<Name> name;
};
enum class SetOperator : uint8_t { kUnion, kIntersect, kExcept };
struct SetOperation {
  SetOperator op;
  bool is_all = false;
  bool says_distinct = false;
  QueryPtr left;
  QueryPtr right;
};

struct CommonTable {
  Name name;
  std::vector<Name> columns = {};
  QueryPtr query;
};

/// LIMIT ALL and FETCH FIRST n ROWS included.
struct RowLimit {
  ExpressionPtr count = nullptr;  // nullptr: ALL, or FETCH FIRST ROW
  bool is_fetch = false;
  bool with_ties = false;
};

struct Query {
  Position at;
  bool is_recursive = false;
  std::vector<CommonTable> with = {};
  /// A query in parentheses stays one of its own.
  std::variant<Select, Values, TableBody, SetOperation, QueryPtr> body;
  std::vector<SortItem> order_by = {};
  ExpressionPtr offset = nullptr;
  std::optional<RowLimit> limit = {};
};

}  // namespace tarn::sql
