#include "tarn/sql/data_change_parser.h"

#include <utility>

#include "tarn/sql/expression_parser.h"
#include "tarn/sql/partition_clause.h"
#include "tarn/sql/query_parser.h"
#include "tarn/sql/relation_parser.h"

namespace tarn::sql {
namespace {

Result<ChangedTable> ParseChangedTable(Cursor& cursor) {
  ChangedTable table{.at = cursor.At()};
  ARROW_ASSIGN_OR_RAISE(table.name, cursor.ExpectNames());
  if (cursor.IsSymbol("@")) {
    cursor.TakeAny();
    ARROW_ASSIGN_OR_RAISE(table.branch, cursor.ExpectName());
  }
  return table;
}

/// Everything that PARTITION and OVERWRITE say goes into the table's name.
void PutIntoName(std::vector<PartitionColumn> columns, Insert* insert) {
  Name& name = insert->table.name.back();
  if (insert->table.branch.has_value()) {
    name.text += "$branch_" + insert->table.branch->text;
    insert->table.branch.reset();
  }
  const auto mode = std::exchange(insert->mode, InsertMode::kAppend);
  name.text = EncodedName({.table = std::move(name.text),
                           .mode = mode == InsertMode::kOverwrite ? InsertInto::kOverwrite
                                                                  : InsertInto::kTable,
                           .partition = std::move(columns)});
  name.is_quoted = true;
}

/// "(a, b)" that is no query in parentheses.
bool IsColumnList(const Cursor& cursor) {
  return cursor.IsSymbol("(") && cursor.IsName(1) &&
         (cursor.IsSymbol(",", 2) || cursor.IsSymbol(")", 2));
}

Result<std::vector<Assignment>> ParseAssignments(Cursor& cursor) {
  std::vector<Assignment> assignments;
  do {
    Assignment assignment{.at = cursor.At()};
    ARROW_ASSIGN_OR_RAISE(assignment.column, cursor.ExpectNames());
    RETURN_NOT_OK(cursor.ExpectSymbol("="));
    ARROW_ASSIGN_OR_RAISE(assignment.value, ParseExpression(cursor));
    assignments.push_back(std::move(assignment));
  } while (cursor.TakeSymbol(","));
  return assignments;
}

// ---- MERGE

Result<MergeAction> ParseMergeUpdate(Cursor& cursor) {
  MergeAction action{.kind = MergeAction::Kind::kUpdate};
  RETURN_NOT_OK(cursor.Expect("SET"));
  if (cursor.IsSymbol("*")) {
    cursor.TakeAny();
    action.kind = MergeAction::Kind::kUpdateAll;
    return action;
  }
  ARROW_ASSIGN_OR_RAISE(action.assignments, ParseAssignments(cursor));
  return action;
}

Result<MergeAction> ParseMergeInsert(Cursor& cursor) {
  MergeAction action{.kind = MergeAction::Kind::kInsert};
  if (cursor.IsSymbol("*")) {
    cursor.TakeAny();
    action.kind = MergeAction::Kind::kInsertAll;
    return action;
  }
  if (cursor.IsSymbol("(")) {
    ARROW_ASSIGN_OR_RAISE(action.columns, cursor.ExpectNameList());
  } else {
    cursor.Note("(");
  }
  RETURN_NOT_OK(cursor.Expect("VALUES"));
  RETURN_NOT_OK(cursor.ExpectSymbol("("));
  ARROW_ASSIGN_OR_RAISE(action.values, ParseExpressions(cursor));
  RETURN_NOT_OK(cursor.ExpectSymbol(")"));
  return action;
}

Result<MergeCase> ParseMergeCase(Cursor& cursor) {
  if (!cursor.Take("NOT")) {
    RETURN_NOT_OK(cursor.Expect("MATCHED"));
    return MergeCase::kMatched;
  }
  RETURN_NOT_OK(cursor.Expect("MATCHED"));
  if (!cursor.Is("BY")) {
    return MergeCase::kNotMatched;
  }
  cursor.TakeAny();
  if (cursor.Is("TARGET")) {
    cursor.TakeAny();
    return MergeCase::kNotMatched;
  }
  RETURN_NOT_OK(cursor.Expect("SOURCE"));
  return MergeCase::kNotMatchedBySource;
}

Result<MergeClause> ParseMergeClause(Cursor& cursor) {
  MergeClause clause{.at = cursor.At(), .when = MergeCase::kMatched, .action = {}};
  RETURN_NOT_OK(cursor.Expect("WHEN"));
  ARROW_ASSIGN_OR_RAISE(clause.when, ParseMergeCase(cursor));
  if (cursor.Take("AND")) {
    ARROW_ASSIGN_OR_RAISE(clause.condition, ParseExpression(cursor));
  }
  RETURN_NOT_OK(cursor.Expect("THEN"));
  if (clause.when == MergeCase::kNotMatched) {
    RETURN_NOT_OK(cursor.Expect("INSERT"));
    ARROW_ASSIGN_OR_RAISE(clause.action, ParseMergeInsert(cursor));
  } else if (cursor.Take("DELETE")) {
    clause.action = MergeAction{.kind = MergeAction::Kind::kDelete};
  } else {
    RETURN_NOT_OK(cursor.Expect("UPDATE"));
    ARROW_ASSIGN_OR_RAISE(clause.action, ParseMergeUpdate(cursor));
  }
  return clause;
}

}  // namespace

Result<Insert> ParseInsert(Cursor& cursor) {
  Insert insert;
  cursor.TakeAny();
  if (cursor.Is("OVERWRITE")) {
    cursor.TakeAny();
    insert.mode = InsertMode::kOverwrite;
    if (cursor.IsAny({"INTO", "TABLE"})) {
      cursor.TakeAny();
    }
  } else {
    RETURN_NOT_OK(cursor.Expect("INTO"));
  }
  ARROW_ASSIGN_OR_RAISE(insert.table, ParseChangedTable(cursor));
  if (cursor.Is("PARTITION")) {
    cursor.TakeAny();
    ARROW_ASSIGN_OR_RAISE(auto columns, ParsePartitionColumns(cursor));
    PutIntoName(std::move(columns), &insert);
  }
  if (IsColumnList(cursor)) {
    ARROW_ASSIGN_OR_RAISE(insert.columns, cursor.ExpectNameList());
  } else {
    cursor.Note("(");
    cursor.Note("WITH");
  }
  ARROW_ASSIGN_OR_RAISE(insert.query, ParseQuery(cursor));
  return insert;
}

Result<Delete> ParseDelete(Cursor& cursor) {
  Delete change;
  cursor.TakeAny();
  RETURN_NOT_OK(cursor.Expect("FROM"));
  ARROW_ASSIGN_OR_RAISE(change.table, ParseChangedTable(cursor));
  if (cursor.Take("WHERE")) {
    ARROW_ASSIGN_OR_RAISE(change.where, ParseExpression(cursor));
  }
  return change;
}

Result<Update> ParseUpdate(Cursor& cursor) {
  Update update;
  cursor.TakeAny();
  ARROW_ASSIGN_OR_RAISE(update.table, ParseChangedTable(cursor));
  RETURN_NOT_OK(cursor.Expect("SET"));
  ARROW_ASSIGN_OR_RAISE(update.assignments, ParseAssignments(cursor));
  if (cursor.Take("WHERE")) {
    ARROW_ASSIGN_OR_RAISE(update.where, ParseExpression(cursor));
  }
  return update;
}

Result<Merge> ParseMerge(Cursor& cursor) {
  Merge merge;
  cursor.TakeAny();
  RETURN_NOT_OK(cursor.Expect("INTO"));
  ARROW_ASSIGN_OR_RAISE(merge.table, ParseChangedTable(cursor));
  if (cursor.Take("AS") || cursor.IsName()) {
    ARROW_ASSIGN_OR_RAISE(merge.alias, cursor.ExpectName());
  } else {
    cursor.Note("<identifier>");
  }
  RETURN_NOT_OK(cursor.Expect("USING"));
  ARROW_ASSIGN_OR_RAISE(merge.source, ParseRelation(cursor));
  RETURN_NOT_OK(cursor.Expect("ON"));
  ARROW_ASSIGN_OR_RAISE(merge.on, ParseExpression(cursor));
  do {
    ARROW_ASSIGN_OR_RAISE(MergeClause clause, ParseMergeClause(cursor));
    merge.clauses.push_back(std::move(clause));
  } while (cursor.Is("WHEN"));
  cursor.Note("WHEN");
  return merge;
}

}  // namespace tarn::sql
