#include <string>

#include "tarn/sql/internal/expression_printer.h"
#include "tarn/sql/internal/query_printer.h"
#include "tarn/sql/printer.h"

namespace tarn::sql {
namespace {

std::string TableText(const ChangedTable& table) {
  return PrintNames(table.name) +
         (table.branch.has_value() ? " @ " + PrintName(*table.branch) : "");
}

void AppendAssignments(const std::vector<Assignment>& list, std::string_view separator,
                       std::string* out) {
  for (size_t i = 0; i < list.size(); ++i) {
    *out += i == 0 ? "" : separator;
    *out += PrintNames(list[i].column) + " = ";
    AppendExpression(*list[i].value, out);
  }
}

std::string Print(const Insert& insert) {
  std::string text =
      insert.mode == InsertMode::kOverwrite ? "INSERT OVERWRITE " : "INSERT INTO ";
  text += TableText(insert.table);
  text += insert.columns.empty() ? "" : " " + PrintNameList(insert.columns);
  text += "\n";
  AppendQuery(*insert.query, /*indent=*/0, &text);
  return text;
}

std::string Print(const Delete& change) {
  std::string text = "DELETE FROM " + TableText(change.table);
  if (change.where != nullptr) {
    text += " WHERE ";
    AppendExpression(*change.where, &text);
  }
  return text;
}

std::string Print(const Update& update) {
  std::string text = "UPDATE " + TableText(update.table) + " SET\n   ";
  AppendAssignments(update.assignments, ",\n   ", &text);
  if (update.where != nullptr) {
    text += "\nWHERE ";
    AppendExpression(*update.where, &text);
  }
  return text;
}

void AppendAction(const MergeAction& action, std::string* out) {
  switch (action.kind) {
    case MergeAction::Kind::kUpdate:
      *out += "UPDATE SET\n     ";
      AppendAssignments(action.assignments, "\n   , ", out);
      return;
    case MergeAction::Kind::kDelete:
      *out += "DELETE";
      return;
    case MergeAction::Kind::kInsert:
      *out += "INSERT ";
      *out += action.columns.empty() ? "" : PrintNameList(action.columns);
      *out += "VALUES (";
      AppendExpressions(action.values, ", ", out);
      *out += ")";
      return;
    case MergeAction::Kind::kUpdateAll:
      *out += "UPDATE SET *";
      return;
    case MergeAction::Kind::kInsertAll:
      *out += "INSERT *";
      return;
  }
}

std::string Print(const Merge& merge) {
  std::string text = "MERGE INTO " + TableText(merge.table);
  text += merge.alias.has_value() ? " " + PrintName(*merge.alias) : "";
  text += "\n   USING ";
  AppendRelation(*merge.source, /*indent=*/2, &text);
  text += "\n   ON ";
  AppendExpression(*merge.on, &text);
  for (const MergeClause& clause : merge.clauses) {
    text += clause.when == MergeCase::kMatched      ? "\nWHEN MATCHED"
            : clause.when == MergeCase::kNotMatched ? "\nWHEN NOT MATCHED"
                                                    : "\nWHEN NOT MATCHED BY SOURCE";
    if (clause.condition != nullptr) {
      text += " AND ";
      AppendExpression(*clause.condition, &text);
    }
    text += "\n   THEN ";
    AppendAction(clause.action, &text);
  }
  return text;
}

std::string Print(const QueryPtr& query) { return PrintQuery(*query); }

}  // namespace

std::string PrintStatement(const TrinoStatement& statement) {
  return std::visit(
      [&statement]<typename Node>(const Node& node) {
        if constexpr (requires { Print(node); }) {
          return Print(node);
        } else {
          return statement.text;
        }
      },
      statement.node);
}

}  // namespace tarn::sql
