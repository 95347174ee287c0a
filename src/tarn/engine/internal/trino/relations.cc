// What queries select from.
#include <charconv>
#include <utility>

#include <duckdb/parser/expression/columnref_expression.hpp>
#include <duckdb/parser/expression/constant_expression.hpp>
#include <duckdb/parser/expression/function_expression.hpp>
#include <duckdb/parser/expression/star_expression.hpp>
#include <duckdb/parser/parsed_data/sample_options.hpp>
#include <duckdb/parser/tableref/at_clause.hpp>
#include <duckdb/parser/tableref/emptytableref.hpp>
#include <duckdb/parser/tableref/joinref.hpp>
#include <duckdb/parser/tableref/subqueryref.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/system_tables/system_name.h"
#include "tarn/engine/internal/system_tables/trino_metadata.h"
#include "tarn/engine/internal/time_travel.h"
#include "tarn/engine/internal/trino/operators.h"
#include "tarn/engine/internal/trino/translator.h"
#include "tarn/table/inspect.h"

namespace tarn::engine::trino {

using duckdb::make_uniq;
using duckdb::Value;
using sql::Position;
namespace node = sql::node;
namespace relation = sql::relation;
using Parsed = Translator::Parsed;
using Table = Translator::Table;

namespace {

std::optional<double> NumberIn(const sql::Expression& expression) {
  const std::string* text = nullptr;
  if (const auto* integer = std::get_if<node::Integer>(&expression.node)) {
    text = &integer->text;
  } else if (const auto* decimal = std::get_if<node::Decimal>(&expression.node)) {
    text = &decimal->text;
  } else if (const auto* real = std::get_if<node::Double>(&expression.node)) {
    text = &real->text;
  }
  double number = 0;
  if (text == nullptr ||
      std::from_chars(text->data(), text->data() + text->size(), number).ec !=
          std::errc()) {
    return {};
  }
  return number;
}

/// SELECT * FROM (table)
Table Wrap(Table table) {
  auto select = make_uniq<duckdb::SelectNode>();
  select->select_list.push_back(make_uniq<duckdb::StarExpression>());
  select->from_table = std::move(table);
  return Subquery(std::move(select));
}

duckdb::JoinType JoinTypeOf(relation::JoinKind kind) {
  switch (kind) {
    case relation::JoinKind::kLeft:
      return duckdb::JoinType::LEFT;
    case relation::JoinKind::kRight:
      return duckdb::JoinType::RIGHT;
    case relation::JoinKind::kFull:
      return duckdb::JoinType::OUTER;
    default:
      return duckdb::JoinType::INNER;
  }
}

}  // namespace

Table Subquery(duckdb::unique_ptr<duckdb::QueryNode> node) {
  auto statement = make_uniq<duckdb::SelectStatement>();
  statement->node = std::move(node);
  return make_uniq<duckdb::SubqueryRef>(std::move(statement));
}

Parsed SpreadRows(Parsed rows) {
  Parsed depth = Constant(Value::INTEGER(2));
  depth->SetAlias("max_depth");
  return make_uniq<duckdb::FunctionExpression>("unnest",
                                               List(std::move(rows), std::move(depth)));
}

Table Translator::Translate(const sql::Relation& relation) {
  if (++depth_ > 900) {
    Refuse(relation.at, "A query nested so deeply");
  }
  Table table =
      std::visit([&](const auto& node) { return Run(node, relation.at); }, relation.node);
  --depth_;
  return table;
}

std::vector<sql::Name> Translator::WithSuffixJoined(std::vector<sql::Name> name) const {
  if (name.size() < 2 || name.size() > 4 || !facts_.is_table) {
    return name;
  }
  const std::string suffix = Folded(name.back().text);
  if (!table::MetadataTableNamed(suffix) && !IsStateSuffix(suffix)) {
    return name;
  }
  std::vector<std::string> parts;
  for (const sql::Name& part : name) {
    parts.push_back(Folded(part.text));
  }
  const std::vector<std::string> table(parts.begin(), parts.end() - 1);
  if (!facts_.is_table(parts) && facts_.is_table(table)) {
    name.pop_back();
    name.back().text += "$" + suffix;
  }
  return name;
}

duckdb::unique_ptr<duckdb::BaseTableRef> Translator::Named(
    const std::vector<sql::Name>& name, const Position& at) {
  if (name.empty() || name.size() > 3) {
    Fail(ErrorCode::kSyntax, at,
         fmt::format("Too many parts in the name of a table: {}", name.size()));
  }
  auto table = make_uniq<duckdb::BaseTableRef>();
  const sql::Name& last = name.back();
  const bool is_path = last.is_quoted && last.text.find('/') != std::string::npos;
  table->table_name = is_path ? last.text : Folded(last.text);
  if (name.size() > 1) {
    table->schema_name = Folded(name[name.size() - 2].text);
  }
  if (name.size() > 2) {
    table->catalog_name = Folded(name[0].text);
  }
  table->query_location = OffsetOf(at);
  return table;
}

Table Translator::Run(const relation::Table& node, const Position& at) {
  if (Table step = RecursiveReference(node.name)) {
    return step;
  }
  const std::vector<sql::Name> name = WithSuffixJoined(node.name);
  const bool is_suffixed = name.size() < node.name.size();
  auto table = Named(name, at);
  if (Table system = ValueAt(system_tables::SystemTableNamed(*table, facts_), at)) {
    return system;
  }
  if (is_suffixed) {
    table->alias = Folded(node.name.back().text);  // in the shape that Spark shows
  } else if (const auto shown = system_tables::TrinoMetadataName(table->table_name);
             shown != table->table_name) {
    table->alias = std::exchange(table->table_name, shown);
  }
  if (node.branch.has_value()) {
    table->alias = table->table_name;
    table->table_name += "$branch_" + node.branch->text;
  }
  if (node.as_of.has_value()) {
    const char* unit =
        node.as_of->kind == sql::AsOfKind::kVersion ? "VERSION" : "TIMESTAMP";
    table->at_clause = make_uniq<duckdb::AtClause>(unit, Translate(node.as_of->value));
  }
  return table;
}

Table Translator::Run(const relation::Derived& node, const Position&) {
  auto table = make_uniq<duckdb::SubqueryRef>(Wrapped(node.query));
  return table;
}

/// (SELECT unnest(a), unnest(b), row number): DuckDB fills the shorter lists up with
/// nulls, as Trino does.
Table Translator::Run(const relation::Unnest& node, const Position&) {
  auto select = make_uniq<duckdb::SelectNode>();
  select->from_table = make_uniq<duckdb::EmptyTableRef>();
  Parseds lengths;
  for (const auto& value : node.values) {
    Parsed rows = Operator(kUnnestRows, List(Translate(value)));
    lengths.push_back(BuiltIn("len", List(rows->Copy())));
    select->select_list.push_back(SpreadRows(std::move(rows)));
  }
  if (node.with_ordinality) {
    Parsed length = lengths.size() == 1 ? std::move(lengths[0])
                                        : BuiltIn("greatest", std::move(lengths));
    Parsed numbers =
        BuiltIn("generate_series", List(Constant(Value::BIGINT(1)), std::move(length)));
    Parsed number =
        make_uniq<duckdb::FunctionExpression>("unnest", List(std::move(numbers)));
    number->SetAlias("ordinality");
    select->select_list.push_back(std::move(number));
  }
  return Subquery(std::move(select));
}

Table Translator::Run(const relation::Alias& node, const Position& at) {
  if (const auto* query = std::get_if<relation::Derived>(&node.relation->node)) {
    CheckAliases(node.name, node.columns, *query->query, at);
  }
  Table table = Translate(*node.relation);
  const bool takes_alias =
      table->type != duckdb::TableReferenceType::JOIN &&
      (table->column_name_alias.empty() || node.columns.empty()) &&
      (table->alias.empty() || table->type == duckdb::TableReferenceType::BASE_TABLE ||
       table->type == duckdb::TableReferenceType::TABLE_FUNCTION);
  if (!takes_alias || table->sample != nullptr) {
    table = Wrap(std::move(table));
  }
  table->alias = node.name.text;
  for (const sql::Name& column : node.columns) {
    table->column_name_alias.push_back(column.text);
  }
  return table;
}

Table Translator::Run(const relation::Sample& node, const Position& at) {
  Table table = Translate(*node.relation);
  const auto percentage = NumberIn(*node.percentage);
  if (!percentage.has_value()) {
    Refuse(at, "TABLESAMPLE of a share that is not a number");
  }
  if (*percentage < 0 || *percentage > 100) {
    Fail(ErrorCode::kInvalidArgument, node.percentage->at,
         "Sample percentage must be between 0 and 100, inclusive");
  }
  auto sample = make_uniq<duckdb::SampleOptions>();
  sample->sample_size = Value::DOUBLE(*percentage);
  sample->is_percentage = true;
  sample->method = node.method == relation::SampleMethod::kBernoulli
                       ? duckdb::SampleMethod::BERNOULLI_SAMPLE
                       : duckdb::SampleMethod::SYSTEM_SAMPLE;
  if (table->sample != nullptr) {
    table = Wrap(std::move(table));
  }
  table->sample = std::move(sample);
  return table;
}

Table Translator::Run(const relation::Join& node, const Position& at) {
  if (node.is_natural) {
    Refuse(at, "Natural join");
  }
  CheckJsonTableJoin(node, at);
  auto join = make_uniq<duckdb::JoinRef>();
  join->left = Translate(*node.left);
  join->right = Translate(*node.right);
  join->type = JoinTypeOf(node.kind);
  join->is_implicit = node.kind == relation::JoinKind::kImplicit;
  if (node.kind == relation::JoinKind::kCross ||
      node.kind == relation::JoinKind::kImplicit) {
    join->ref_type = duckdb::JoinRefType::CROSS;
  }
  if (node.on != nullptr) {
    join->condition = Truth(Translate(node.on), "JOIN ON clause");
  }
  for (const sql::Name& column : node.columns) {
    join->using_columns.push_back(Folded(column.text));
  }
  return join;
}

}  // namespace tarn::engine::trino
