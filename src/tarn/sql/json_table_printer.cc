#include <string>

#include "tarn/sql/internal/expression_printer.h"
#include "tarn/sql/internal/query_printer.h"
#include "tarn/sql/printer.h"

namespace tarn::sql {
namespace {

using relation::JsonPlanKind;
using relation::JsonTablePlan;

std::string PathText(const relation::JsonTablePath& path) {
  return QuotedText(path.path) +
         (path.name.has_value() ? " AS " + PrintName(*path.name) : "");
}

/// COLUMNS (…) on a row of its own.
void AppendColumns(const relation::JsonTablePath& path, int indent, std::string* out) {
  *out += "\n";
  AppendIndent(indent, out);
  *out += "COLUMNS (";
  for (size_t i = 0; i < path.columns.size(); ++i) {
    const relation::JsonTableColumn& column = path.columns[i];
    *out += i == 0 ? "\n" : ",\n";
    AppendIndent(indent + 1, out);
    if (const auto* nested = std::get_if<relation::JsonTablePath>(&column.node)) {
      *out += "NESTED PATH " + PathText(*nested);
      AppendColumns(*nested, indent + 2, out);
      continue;
    }
    *out += PrintName(column.name) + " ";
    if (const auto* value = std::get_if<relation::JsonTableValue>(&column.node)) {
      AppendJsonColumn(value->call, value->has_path, out);
    } else {
      *out += "FOR ORDINALITY";
    }
  }
  *out += ")";
}

void AppendPlan(const JsonTablePlan& plan, std::string* out);

/// In parentheses unless it is a name.
void AppendPart(const JsonTablePlan& plan, std::string* out) {
  const bool is_name = plan.kind == JsonPlanKind::kPath;
  *out += is_name ? "" : "(";
  AppendPlan(plan, out);
  *out += is_name ? "" : ")";
}

void AppendPlan(const JsonTablePlan& plan, std::string* out) {
  const bool has_name = plan.kind == JsonPlanKind::kPath ||
                        plan.kind == JsonPlanKind::kOuter ||
                        plan.kind == JsonPlanKind::kInner;
  *out += has_name ? PrintName(plan.name) : "";
  const char* const word = plan.kind == JsonPlanKind::kOuter   ? " OUTER "
                           : plan.kind == JsonPlanKind::kInner ? " INNER "
                           : plan.kind == JsonPlanKind::kUnion ? " UNION "
                                                               : " CROSS ";
  for (size_t i = 0; i < plan.parts.size(); ++i) {
    *out += i == 0 && !has_name ? "" : word;
    AppendPart(plan.parts[i], out);
  }
}

}  // namespace

void AppendJsonTable(const relation::JsonTable& table, int indent, std::string* out) {
  const auto next_line = [&] {
    *out += "\n";
    AppendIndent(indent + 1, out);
  };
  node::JsonArgument input = table.input;
  input.format = input.format.empty() ? "json" : input.format;
  *out += "JSON_TABLE (";
  AppendJsonArgument(input, out);
  *out += ", " + PathText(table.root);
  AppendJsonPassing(table.passing, out);
  AppendColumns(table.root, indent + 1, out);
  if (const auto* plan = std::get_if<JsonTablePlan>(&table.plan)) {
    next_line();
    *out += "PLAN (";
    AppendPlan(*plan, out);
    *out += ")";
  } else if (const auto* usual =
                 std::get_if<relation::JsonTableDefaultPlan>(&table.plan)) {
    next_line();
    *out += std::string("PLAN DEFAULT (") + (usual->is_inner ? "INNER" : "OUTER") + ", " +
            (usual->is_cross ? "CROSS" : "UNION") + ")";
  }
  if (table.fails_on_error.has_value()) {
    next_line();
    *out += *table.fails_on_error ? "ERROR ON ERROR" : "EMPTY ON ERROR";
  }
  *out += ")";
}

}  // namespace tarn::sql
