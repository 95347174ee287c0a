// JSON_TABLE as plain values: rows that paths find in a JSON value, and the columns that
// are read from each of them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tarn/sql/expression.h"

namespace tarn::sql::relation {

struct JsonTableColumn;

/// A path that gives rows, and what is read from each item that it finds.
struct JsonTablePath {
  Position at;  // of the path's text
  std::string path;
  std::optional<Name> name = {};  // AS name, by which a plan calls it
  std::vector<JsonTableColumn> columns = {};
};

/// n FOR ORDINALITY: the number of the item among those that its path found, from 1.
struct JsonOrdinality {};
/// name type [FORMAT JSON] [PATH '…'] …: JSON_VALUE or JSON_QUERY of the row's item.
struct JsonTableValue {
  node::JsonPath call;    // `input` is empty
  bool has_path = false;  // else the column's name is a member's
};
struct JsonTableColumn {
  Position at;
  Name name = {};  // empty for NESTED
  std::variant<JsonOrdinality, JsonTableValue, JsonTablePath> node;
};

/// How the rows of a path are joined with those of the paths inside of it (kOuter,
/// kInner: `name` with `parts[0]`), and those of several such paths with each other.
enum class JsonPlanKind : uint8_t { kPath, kOuter, kInner, kUnion, kCross };
struct JsonTablePlan {
  Position at;
  JsonPlanKind kind = JsonPlanKind::kPath;
  Name name = {};  // of kPath, kOuter and kInner
  std::vector<JsonTablePlan> parts = {};
};
/// PLAN DEFAULT (…): the same for all paths; without a plan it is OUTER and UNION.
struct JsonTableDefaultPlan {
  bool is_inner = false;
  bool is_cross = false;
};

/// JSON_TABLE(input, 'path' [AS name] [PASSING …] COLUMNS (…) [PLAN …] [… ON ERROR]).
struct JsonTable {
  node::JsonArgument input;
  JsonTablePath root;
  std::vector<node::JsonArgument> passing = {};
  std::variant<std::monostate, JsonTablePlan, JsonTableDefaultPlan> plan = {};
  std::optional<bool> fails_on_error = {};  // unset: not said, which is EMPTY ON ERROR
};

}  // namespace tarn::sql::relation
