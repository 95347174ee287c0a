// INSERT, DELETE, UPDATE and MERGE of Trino's grammar as plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "tarn/sql/expression.h"
#include "tarn/sql/query.h"

namespace tarn::sql {

/// catalog.schema.table [@ branch]
struct ChangedTable {
  Position at;
  std::vector<Name> name;
  std::optional<Name> branch = {};
};

enum class InsertMode : uint8_t { kAppend, kOverwrite };

struct Insert {
  ChangedTable table;
  InsertMode mode = InsertMode::kAppend;  // kOverwrite: Spark's INSERT OVERWRITE
  std::vector<Name> columns = {};         // empty: all, in their order
  QueryPtr query;
};

struct Delete {
  ChangedTable table;
  ExpressionPtr where = nullptr;  // nullptr: all rows
};

struct Assignment {
  Position at;               // of the column
  std::vector<Name> column;  // Spark: a path into a row
  ExpressionPtr value;
};

struct Update {
  ChangedTable table;
  std::vector<Assignment> assignments;
  ExpressionPtr where = nullptr;
};

struct MergeAction {
  enum class Kind : uint8_t { kUpdate, kDelete, kInsert, kUpdateAll, kInsertAll };
  Kind kind;
  std::vector<Assignment> assignments = {};  // kUpdate
  std::vector<Name> columns = {};            // kInsert; empty: all
  std::vector<ExpressionPtr> values = {};    // kInsert
};
enum class MergeCase : uint8_t { kMatched, kNotMatched, kNotMatchedBySource };
struct MergeClause {
  Position at;  // of WHEN
  MergeCase when;
  ExpressionPtr condition = nullptr;  // AND …
  MergeAction action;
};
struct Merge {
  ChangedTable table;
  std::optional<Name> alias = {};
  RelationPtr source;
  ExpressionPtr on;
  std::vector<MergeClause> clauses;
};

}  // namespace tarn::sql
