// JSON_TABLE: a list of rows (kJsonTableRows) that is unnested, and JSON_VALUE or
// JSON_QUERY of what the columns' paths found.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <duckdb/parser/expression/columnref_expression.hpp>
#include <duckdb/parser/query_node/select_node.hpp>
#include <duckdb/parser/tableref/emptytableref.hpp>
#include <duckdb/parser/tableref/subqueryref.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/trino/operators.h"
#include "tarn/engine/internal/trino/statement_host.h"
#include "tarn/engine/internal/trino/translator.h"
#include "tarn/engine/internal/trino_functions/json_path.h"
#include "tarn/engine/internal/trino_functions/json_table_rows.h"

namespace tarn::engine::trino {

using duckdb::make_uniq;
using duckdb::Value;
using sql::Position;
namespace node = sql::node;
namespace relation = sql::relation;
using Parsed = Translator::Parsed;
using Table = Translator::Table;

namespace {

using relation::JsonPlanKind;

std::vector<const relation::JsonTablePath*> NestedIn(
    const relation::JsonTablePath& path) {
  std::vector<const relation::JsonTablePath*> nested;
  for (const relation::JsonTableColumn& column : path.columns) {
    if (const auto* inner = std::get_if<relation::JsonTablePath>(&column.node)) {
      nested.push_back(inner);
    }
  }
  return nested;
}

/// 'lax $."NAME"' of a column without PATH.
std::string MemberPath(const std::string& name) {
  std::string path = "lax $.\"";
  for (const char c : name) {
    path += c == '"' || c == '\\' ? std::string(1, c == '"' ? '"' : '\\') + c
                                  : std::string(1, c);
  }
  return path + '"';
}

/// One output column, in the order of the text.
struct OutputColumn {
  const relation::JsonTableColumn* column;
  std::string name;
  size_t path;       // whose item it is read from
  size_t place = 0;  // among those with paths of their own
};

/// The paths' steps by what the table says, and the columns.
class PlanBuilder {
 public:
  explicit PlanBuilder(const relation::JsonTable& table) : table_(table) {
    plan_.fails_on_error = table.fails_on_error.value_or(false);
  }

  JsonTablePlan Build() {
    CheckNames(table_.root);
    if (const auto* plan = std::get_if<relation::JsonTablePlan>(&table_.plan)) {
      plan_.root = ByPlan(*plan);
    } else {
      plan_.root = ByDefault(table_.root);
    }
    std::ranges::sort(columns_, {}, [&](const OutputColumn& column) {
      return std::pair(column.column->at.line, column.column->at.column);
    });
    return std::move(plan_);
  }
  const std::vector<OutputColumn>& columns() const { return columns_; }

 private:
  [[noreturn]] static void Fail(std::string_view name, const Position& at,
                                const std::string& message) {
    ThrowStatus(ErrorAt(ErrorCode::kInvalidArgument, at, name, message));
  }

  void CheckName(const std::string& name, const Position& at) {
    if (!names_.insert(name).second) {
      Fail("DUPLICATE_COLUMN_OR_PATH_NAME", at,
           "All column and path names in JSON_TABLE invocation must be unique");
    }
  }

  void CheckNames(const relation::JsonTablePath& path) {
    if (path.name.has_value()) {
      CheckName(CanonicalName(*path.name), path.at);
    }
    for (const relation::JsonTableColumn& column : path.columns) {
      if (const auto* nested = std::get_if<relation::JsonTablePath>(&column.node)) {
        CheckNames(*nested);
      } else {
        CheckName(CanonicalName(column.name), column.at);
      }
    }
  }

  /// The step of one path, without those inside of it.
  JsonTableStep StepOf(const relation::JsonTablePath& path) {
    JsonTableStep step{.path = path.path, .number = plan_.num_paths++};
    ReadJsonPath(path.path);  // so that a path that is none is refused
    for (const relation::JsonTableColumn& column : path.columns) {
      if (std::holds_alternative<relation::JsonTablePath>(column.node)) {
        continue;
      }
      OutputColumn output{
          .column = &column, .name = CanonicalName(column.name), .path = step.number};
      if (const auto* value = std::get_if<relation::JsonTableValue>(&column.node)) {
        output.place = plan_.num_columns++;
        step.columns.push_back(output.place);
        step.column_paths.push_back(value->has_path ? value->call.path
                                                    : MemberPath(output.name));
        ReadJsonPath(step.column_paths.back());
      }
      columns_.push_back(std::move(output));
    }
    return step;
  }

  static JsonTableStep Joined(std::vector<JsonTableStep> parts, bool is_cross) {
    if (parts.size() == 1) {
      return std::move(parts[0]);
    }
    return {.kind = is_cross ? JsonTableStep::Kind::kCross : JsonTableStep::Kind::kUnion,
            .parts = std::move(parts)};
  }

  JsonTableStep ByDefault(const relation::JsonTablePath& path) {
    const auto* plan = std::get_if<relation::JsonTableDefaultPlan>(&table_.plan);
    JsonTableStep step = StepOf(path);
    step.is_outer = plan == nullptr || !plan->is_inner;
    std::vector<JsonTableStep> parts;
    for (const relation::JsonTablePath* nested : NestedIn(path)) {
      if (plan != nullptr && !nested->name.has_value()) {
        Fail("MISSING_PATH_NAME", nested->at,
             "All nested JSON paths must be named when default plan is given");
      }
      parts.push_back(ByDefault(*nested));
    }
    if (!parts.empty()) {
      step.parts.push_back(Joined(std::move(parts), plan != nullptr && plan->is_cross));
    }
    return step;
  }

  using Paths = std::map<std::string, const relation::JsonTablePath*>;

  std::string NameOf(const relation::JsonTablePath& path) const {
    if (!path.name.has_value()) {
      Fail("MISSING_PATH_NAME", &path == &table_.root ? table_.input.value->at : path.at,
           "All JSON paths must be named when specific plan is given");
    }
    return CanonicalName(*path.name);
  }

  JsonTableStep ByPlan(const relation::JsonTablePlan& plan) {
    const std::string name = NameOf(table_.root);
    if (plan.kind == JsonPlanKind::kUnion || plan.kind == JsonPlanKind::kCross) {
      Fail("INVALID_PLAN", plan.at,
           "JSON_TABLE plan must either be a single path name or it must be rooted in "
           "parent-child relationship (OUTER or INNER)");
    }
    return Among({{name, &table_.root}}, &plan);
  }

  static void CollectNames(const relation::JsonTablePlan& plan,
                           std::set<std::string>* names) {
    if (plan.kind == JsonPlanKind::kUnion || plan.kind == JsonPlanKind::kCross) {
      for (const relation::JsonTablePlan& part : plan.parts) {
        CollectNames(part, names);
      }
      return;
    }
    const std::string name = CanonicalName(plan.name);
    if (!names->insert(name).second) {
      Fail("INVALID_PLAN", plan.at,
           "Duplicate reference to JSON path name in sibling plan: " + name);
    }
  }

  /// The step of the paths of one level; `plan` (nullptr: none) must name each of them
  /// once.
  JsonTableStep Among(const Paths& paths, const relation::JsonTablePlan* plan) {
    std::set<std::string> named;
    if (plan != nullptr) {
      CollectNames(*plan, &named);
    }
    const Position& at = std::get<relation::JsonTablePlan>(table_.plan).at;
    std::string missing;
    for (const auto& [name, path] : paths) {
      missing += named.contains(name) ? "" : (missing.empty() ? "" : ", ") + name;
      named.erase(name);
    }
    if (!missing.empty()) {
      Fail("INVALID_PLAN", at,
           "JSON_TABLE plan should contain all JSON paths available at each level of "
           "nesting. Paths not included: " +
               missing);
    }
    if (!named.empty()) {
      Fail("INVALID_PLAN", at,
           fmt::format("JSON_TABLE plan includes unavailable JSON path names: {}",
                       fmt::join(named, ", ")));
    }
    return Planned(paths, *plan);
  }

  JsonTableStep Planned(const Paths& paths, const relation::JsonTablePlan& plan) {
    if (plan.kind == JsonPlanKind::kUnion || plan.kind == JsonPlanKind::kCross) {
      std::vector<JsonTableStep> parts;
      for (const relation::JsonTablePlan& part : plan.parts) {
        parts.push_back(Planned(paths, part));
      }
      return Joined(std::move(parts), plan.kind == JsonPlanKind::kCross);
    }
    const relation::JsonTablePath& path = *paths.at(CanonicalName(plan.name));
    JsonTableStep step = StepOf(path);
    step.is_outer = plan.kind != JsonPlanKind::kInner;
    Paths nested;
    for (const relation::JsonTablePath* inner : NestedIn(path)) {
      nested.emplace(NameOf(*inner), inner);
    }
    const relation::JsonTablePlan* inner = plan.parts.empty() ? nullptr : &plan.parts[0];
    if (inner != nullptr || !nested.empty()) {
      step.parts.push_back(Among(nested, inner));
    }
    return step;
  }

  const relation::JsonTable& table_;
  JsonTablePlan plan_;
  std::vector<OutputColumn> columns_;
  std::set<std::string> names_;
};

Parsed ElementOf(const char* list, size_t place) {
  return BuiltIn("list_extract",
                 List(make_uniq<duckdb::ColumnRefExpression>(list),
                      Constant(Value::BIGINT(static_cast<int64_t>(place) + 1))));
}

}  // namespace

void Translator::CheckJsonTableJoin(const relation::Join& join,
                                    const Position& at) const {
  const sql::Relation* right = join.right.get();
  if (const auto* alias = std::get_if<relation::Alias>(&right->node)) {
    right = alias->relation.get();
  }
  const bool has_condition = join.on != nullptr || !join.columns.empty();
  if (!has_condition || !std::holds_alternative<relation::JsonTable>(right->node)) {
    return;
  }
  const auto* word =
      join.on == nullptr ? nullptr : std::get_if<node::Boolean>(&join.on->node);
  if (word != nullptr && word->value) {
    return;
  }
  const char* const kind = join.kind == relation::JoinKind::kLeft    ? "LEFT"
                           : join.kind == relation::JoinKind::kRight ? "RIGHT"
                           : join.kind == relation::JoinKind::kFull  ? "FULL"
                                                                     : "INNER";
  Fail(
      ErrorCode::kNotSupported, join.on == nullptr ? at : join.on->at,
      fmt::format("{} JOIN involving JSON_TABLE is only supported with condition ON TRUE",
                  kind));
}

Table Translator::Run(const relation::JsonTable& table, const Position& at) {
  if (table.input.format.find("utf16") != std::string::npos ||
      table.input.format.find("utf32") != std::string::npos) {
    Refuse(at, "FORMAT JSON with this encoding");
  }
  PlanBuilder builder(table);
  const JsonTablePlan plan = builder.Build();
  Parsed input = At(Operator(kJsonTableInput, List(Translate(table.input.value))),
                    table.input.value->at);
  Parsed variables =
      table.passing.empty() ? Constant(Value("{}")) : JsonVariables(table.passing);
  auto rows = make_uniq<duckdb::SelectNode>();
  rows->from_table = make_uniq<duckdb::EmptyTableRef>();
  rows->select_list.push_back(
      SpreadRows(Operator(kJsonTableRows, List(Constant(Value(WriteJsonTablePlan(plan))),
                                               std::move(input), std::move(variables)))));
  auto select = make_uniq<duckdb::SelectNode>();
  select->from_table = Subquery(std::move(rows));
  duckdb::vector<duckdb::string> names;
  for (const OutputColumn& output : builder.columns()) {
    Parsed number = ElementOf(kJsonNumbers, output.path);
    Parsed value;
    if (const auto* read = std::get_if<relation::JsonTableValue>(&output.column->node)) {
      node::JsonPath call = read->call;
      if (call.on_error == node::JsonBehavior::kUnsaid && plan.fails_on_error) {
        call.on_error = node::JsonBehavior::kError;
      }
      value = CastTo(*call.returning,
                     JsonResult(call, std::move(number),
                                ElementOf(kJsonFound, output.place), output.column->at));
    } else {
      value = std::move(number);
    }
    // Not by the column's name, which a default may call another table's column by.
    value->SetAlias(kUnnamed + std::to_string(names.size()));
    select->select_list.push_back(std::move(value));
    names.push_back(output.name);
  }
  Table result = Subquery(std::move(select));
  result->column_name_alias = std::move(names);
  return result;
}

}  // namespace tarn::engine::trino
