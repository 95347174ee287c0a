// INSERT, DELETE, UPDATE and MERGE.
#include <utility>

#include <duckdb/parser/statement/delete_statement.hpp>
#include <duckdb/parser/statement/insert_statement.hpp>
#include <duckdb/parser/statement/merge_into_statement.hpp>
#include <duckdb/parser/statement/update_statement.hpp>

#include "tarn/engine/internal/table_entry.h"
#include "tarn/engine/internal/trino/translator.h"

namespace tarn::engine::trino {

using duckdb::make_uniq;
using duckdb::MergeActionCondition;
using duckdb::MergeActionType;
using sql::Position;
using Statement = duckdb::unique_ptr<duckdb::SQLStatement>;

namespace {

MergeActionCondition ConditionOf(sql::MergeCase when) {
  switch (when) {
    case sql::MergeCase::kMatched:
      return MergeActionCondition::WHEN_MATCHED;
    case sql::MergeCase::kNotMatched:
      return MergeActionCondition::WHEN_NOT_MATCHED_BY_TARGET;
    default:
      return MergeActionCondition::WHEN_NOT_MATCHED_BY_SOURCE;
  }
}

}  // namespace

duckdb::unique_ptr<duckdb::BaseTableRef> Translator::Changed(
    const sql::ChangedTable& table) {
  auto changed = Named(WithSuffixJoined(table.name), table.at);
  if (table.branch.has_value()) {
    changed->alias = changed->table_name;
    changed->table_name += "$branch_" + table.branch->text;
  }
  return changed;
}

void Translator::SetAssignments(const std::vector<sql::Assignment>& assignments,
                                const Position& at,
                                duckdb::vector<duckdb::string>* columns,
                                Parseds* values) {
  for (const sql::Assignment& assignment : assignments) {
    if (assignment.column.size() != 1) {
      Refuse(at, "Setting a part of a column");
    }
    columns->push_back(Folded(assignment.column[0].text));
    values->push_back(Translate(assignment.value));
  }
}

Statement Translator::Statement(const sql::Insert& insert) {
  auto statement = make_uniq<duckdb::InsertStatement>();
  const auto table = Changed(insert.table);
  statement->catalog = table->catalog_name;
  statement->schema = table->schema_name;
  statement->table = table->table_name;
  if (insert.mode == sql::InsertMode::kOverwrite) {
    statement->table += kOverwriteSuffix;
  }
  for (const sql::Name& column : insert.columns) {
    statement->columns.push_back(Folded(column.text));
  }
  statement->select_statement = Wrapped(insert.query);
  return statement;
}

Statement Translator::Statement(const sql::Delete& change) {
  auto statement = make_uniq<duckdb::DeleteStatement>();
  statement->table = Changed(change.table);
  if (change.where != nullptr) {
    statement->condition = Translate(change.where);
  }
  return statement;
}

Statement Translator::Statement(const sql::Update& update) {
  auto statement = make_uniq<duckdb::UpdateStatement>();
  statement->table = Changed(update.table);
  statement->set_info = make_uniq<duckdb::UpdateSetInfo>();
  SetAssignments(update.assignments, update.table.at, &statement->set_info->columns,
                 &statement->set_info->expressions);
  if (update.where != nullptr) {
    statement->set_info->condition = Translate(update.where);
  }
  return statement;
}

Statement Translator::Statement(const sql::Merge& merge) {
  auto statement = make_uniq<duckdb::MergeIntoStatement>();
  auto target = Changed(merge.table);
  if (merge.alias.has_value()) {
    target->alias = merge.alias->text;
  }
  statement->target = std::move(target);
  statement->source = Translate(*merge.source);
  statement->join_condition = Translate(merge.on);
  for (const sql::MergeClause& clause : merge.clauses) {
    auto action = make_uniq<duckdb::MergeIntoAction>();
    if (clause.condition != nullptr) {
      action->condition = Translate(clause.condition);
    }
    switch (clause.action.kind) {
      case sql::MergeAction::Kind::kDelete:
        action->action_type = MergeActionType::MERGE_DELETE;
        break;
      case sql::MergeAction::Kind::kUpdateAll:
        action->action_type = MergeActionType::MERGE_UPDATE;
        action->column_order = duckdb::InsertColumnOrder::INSERT_BY_NAME;
        break;
      case sql::MergeAction::Kind::kInsertAll:
        action->action_type = MergeActionType::MERGE_INSERT;
        action->column_order = duckdb::InsertColumnOrder::INSERT_BY_NAME;
        break;
      case sql::MergeAction::Kind::kUpdate:
        action->action_type = MergeActionType::MERGE_UPDATE;
        action->update_info = make_uniq<duckdb::UpdateSetInfo>();
        SetAssignments(clause.action.assignments, merge.table.at,
                       &action->update_info->columns, &action->update_info->expressions);
        break;
      case sql::MergeAction::Kind::kInsert:
        action->action_type = MergeActionType::MERGE_INSERT;
        for (const sql::Name& column : clause.action.columns) {
          action->insert_columns.push_back(Folded(column.text));
        }
        for (const auto& value : clause.action.values) {
          action->expressions.push_back(Translate(value));
        }
        break;
    }
    statement->actions[ConditionOf(clause.when)].push_back(std::move(action));
  }
  return statement;
}

}  // namespace tarn::engine::trino
