// Queries: bodies, WITH, ORDER BY, limits.
#include <algorithm>
#include <utility>

#include <duckdb/parser/common_table_expression_info.hpp>
#include <duckdb/parser/expression/columnref_expression.hpp>
#include <duckdb/parser/expression/comparison_expression.hpp>
#include <duckdb/parser/expression/star_expression.hpp>
#include <duckdb/parser/expression/window_expression.hpp>
#include <duckdb/parser/tableref/emptytableref.hpp>
#include <duckdb/parser/tableref/subqueryref.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/trino/operators.h"
#include "tarn/engine/internal/trino/translator.h"

namespace tarn::engine::trino {

using duckdb::ExpressionType;
using duckdb::make_uniq;
using sql::Position;
namespace node = sql::node;
using Node = Translator::Node;
using Parsed = Translator::Parsed;

namespace {

/// SELECT * FROM (query)
duckdb::unique_ptr<duckdb::SelectNode> Selecting(Node query) {
  auto statement = make_uniq<duckdb::SelectStatement>();
  statement->node = std::move(query);
  auto select = make_uniq<duckdb::SelectNode>();
  select->select_list.push_back(make_uniq<duckdb::StarExpression>());
  select->from_table = make_uniq<duckdb::SubqueryRef>(std::move(statement));
  return select;
}

/// A side of a set operation, which set_operations.cc looks for.
Node Side(Node query) {
  auto side = Selecting(std::move(query));
  side->where_clause = Operator(kSide, {});
  return side;
}

/// What ORDER BY calls an item of SELECT: its alias, or its column's name.
std::string NameOfItem(const duckdb::ParsedExpression& item) {
  const bool is_column = item.GetExpressionClass() == duckdb::ExpressionClass::COLUMN_REF;
  if (is_column && !item.HasAlias()) {
    return Folded(item.Cast<duckdb::ColumnRefExpression>().column_names.back());
  }
  return Folded(item.GetAlias());
}

bool HasModifiers(const sql::Query& query) {
  return !query.order_by.empty() || query.offset != nullptr || query.limit.has_value();
}

/// The columns that JOIN … USING puts first, in their order: of the outermost join those
/// of its own, then its left side's. False if a join elsewhere has some too.
bool CollectUsing(const sql::Relation& relation, bool may_have,
                  std::vector<sql::Name>* columns) {
  const auto* join = std::get_if<sql::relation::Join>(&relation.node);
  if (join == nullptr) {
    return true;
  }
  if (!join->columns.empty() && !may_have) {
    return false;
  }
  for (const sql::Name& name : join->columns) {
    const auto same = [&](const sql::Name& other) {
      return Folded(other.text) == Folded(name.text);
    };
    if (std::none_of(columns->begin(), columns->end(), same)) {
      columns->push_back(name);
    }
  }
  const bool left_may = may_have && join->kind != sql::relation::JoinKind::kImplicit &&
                        (join->kind != sql::relation::JoinKind::kCross);
  return CollectUsing(*join->left, left_may, columns) &&
         CollectUsing(*join->right, false, columns);
}

/// The number of a query's columns, if one can see it.
std::optional<size_t> WidthOf(const sql::Query& query) {
  if (const auto* inner = std::get_if<sql::QueryPtr>(&query.body)) {
    return WidthOf(**inner);
  }
  if (const auto* operation = std::get_if<sql::SetOperation>(&query.body)) {
    return WidthOf(*operation->left);
  }
  if (const auto* values = std::get_if<sql::Values>(&query.body)) {
    const auto* row = std::get_if<node::Row>(&values->rows.front()->node);
    return row == nullptr ? 1 : row->values.size();
  }
  const auto* select = std::get_if<sql::Select>(&query.body);
  if (select == nullptr) {
    return {};
  }
  const bool has_star = std::ranges::any_of(
      select->items, [](const sql::SelectItem& item) { return item.is_all; });
  return has_star ? std::nullopt : std::optional(select->items.size());
}

}  // namespace

void Translator::CheckAliases(const sql::Name& name,
                              const std::vector<sql::Name>& columns,
                              const sql::Query& query, const Position& at) const {
  const auto width = WidthOf(query);
  if (!columns.empty() && width.has_value() && *width != columns.size()) {
    Fail(ErrorCode::kInvalidArgument, at,
         fmt::format("MISMATCHED_COLUMN_ALIASES: Column alias list has {} entries but "
                     "'{}' has {} columns available",
                     columns.size(), Folded(name.text), *width));
  }
}

std::string UnnamedColumn(size_t index) { return kUnnamed + std::to_string(index); }

std::string ColumnName(const std::string& name, size_t index) {
  return !name.empty() && name[0] == kUnnamed ? fmt::format("_col{}", index) : name;
}

duckdb::unique_ptr<duckdb::SelectStatement> Translator::Statement(
    const sql::Query& query) {
  auto statement = make_uniq<duckdb::SelectStatement>();
  statement->node = Translate(query);
  return statement;
}

duckdb::unique_ptr<duckdb::SelectStatement> Translator::Wrapped(
    const sql::QueryPtr& query) {
  return Statement(*query);
}

duckdb::OrderByNode Translator::Order(const sql::SortItem& item) {
  return {item.direction == sql::SortDirection::kDescending
              ? duckdb::OrderType::DESCENDING
              : duckdb::OrderType::ASCENDING,
          item.nulls == sql::NullOrder::kFirst ? duckdb::OrderByNullType::NULLS_FIRST
                                               : duckdb::OrderByNullType::NULLS_LAST,
          Translate(item.value)};
}

duckdb::vector<duckdb::OrderByNode> Translator::Orders(
    const std::vector<sql::SortItem>& items) {
  duckdb::vector<duckdb::OrderByNode> orders;
  for (const sql::SortItem& item : items) {
    orders.push_back(Order(item));
  }
  return orders;
}

Node Translator::Translate(const sql::Query& query) {
  constexpr int kQueryDepthMax = 200;
  if (++depth_ > kQueryDepthMax * 4) {
    Refuse(query.at, "A query nested so deeply");
  }
  const size_t num_around = recursive_.size();
  for (const sql::CommonTable& table : query.with) {
    recursive_.push_back({.name = Folded(table.name.text)});
  }
  Node node = Body(query);
  AddWith(query, node.get());
  AddModifiers(query, node.get());
  recursive_.resize(num_around);
  --depth_;
  return node;
}

Node Translator::Body(const sql::Query& query) {
  const auto* select = std::get_if<sql::Select>(&query.body);
  windows_.push_back(select == nullptr ? nullptr : &select->windows);
  Node node = std::visit([&](const auto& body) -> Node { return Body(body, query.at); },
                         query.body);
  windows_.pop_back();
  const bool is_taken = !node->modifiers.empty() || !node->cte_map.map.empty();
  const bool adds = HasModifiers(query) || !query.with.empty();
  if (std::holds_alternative<sql::QueryPtr>(query.body) && is_taken && adds) {
    return Selecting(std::move(node));
  }
  return node;
}

void Translator::AddWith(const sql::Query& query, duckdb::QueryNode* node) {
  for (const sql::CommonTable& table : query.with) {
    auto info = make_uniq<duckdb::CommonTableExpressionInfo>();
    for (const sql::Name& column : table.columns) {
      info->aliases.push_back(column.text);
    }
    CheckAliases(table.name, table.columns, *table.query, query.at);
    const std::string name = Folded(table.name.text);
    Node body = query.is_recursive ? RecursiveBody(table, &node->cte_map)
                                   : Translate(*table.query);
    info->query = make_uniq<duckdb::SelectStatement>();
    info->query->node = std::move(body);
    auto& map = node->cte_map.map;
    if (map.find(name) != map.end()) {
      Fail(ErrorCode::kInvalidArgument, query.at,
           fmt::format(
               "DUPLICATE_NAMED_QUERY: WITH query name '{}' specified more than once",
               name));
    }
    map[name] = std::move(info);
  }
}

void Translator::AddModifiers(const sql::Query& query, duckdb::QueryNode* node) {
  if (query.limit.has_value() && query.limit->is_fetch && query.limit->count != nullptr) {
    const auto* count = std::get_if<node::Integer>(&query.limit->count->node);
    if (count != nullptr && count->text.find_first_not_of('0') == std::string::npos) {
      Fail(ErrorCode::kInvalidArgument, query.limit->count->at,
           "NUMERIC_VALUE_OUT_OF_RANGE: FETCH FIRST row count must be positive (actual "
           "value: 0)");
    }
  }
  if (query.limit.has_value() && query.limit->with_ties) {
    AddTies(query, node);
  }
  if (!query.order_by.empty()) {
    const auto* select = std::get_if<sql::Select>(&query.body);
    windows_.push_back(select == nullptr ? nullptr : &select->windows);
    auto order = make_uniq<duckdb::OrderModifier>();
    order->orders = Orders(query.order_by);
    windows_.pop_back();
    if (select != nullptr && select->is_distinct) {
      CheckDistinctOrder(query, node->Cast<duckdb::SelectNode>(), *order);
    }
    node->modifiers.push_back(std::move(order));
  }
  const bool limits = query.limit.has_value() && !query.limit->with_ties;
  const bool is_one = limits && query.limit->is_fetch && query.limit->count == nullptr;
  const bool has_count = limits && query.limit->count != nullptr;
  if (query.offset == nullptr && !is_one && !has_count) {
    return;
  }
  auto limit = make_uniq<duckdb::LimitModifier>();
  if (query.offset != nullptr) {
    limit->offset = Translate(query.offset);
  }
  if (has_count || is_one) {
    limit->limit =
        has_count ? Translate(query.limit->count) : Constant(duckdb::Value::INTEGER(1));
  }
  node->modifiers.push_back(std::move(limit));
}

/// Rows that are told apart by their columns have no others to be sorted by.
void Translator::CheckDistinctOrder(const sql::Query& query,
                                    const duckdb::SelectNode& select,
                                    const duckdb::OrderModifier& order) const {
  for (size_t i = 0; i < order.orders.size(); ++i) {
    const duckdb::ParsedExpression& key = *order.orders[i].expression;
    const bool is_column =
        key.GetExpressionClass() == duckdb::ExpressionClass::COLUMN_REF;
    const auto is_key = [&](const Parsed& item) {
      if (item->GetExpressionClass() == duckdb::ExpressionClass::STAR) {
        return is_column;
      }
      return item->Equals(key) || (is_column && NameOfItem(*item) == NameOfItem(key));
    };
    const bool is_number = key.GetExpressionClass() == duckdb::ExpressionClass::CONSTANT;
    if (!is_number && std::ranges::none_of(select.select_list, is_key)) {
      Fail(ErrorCode::kInvalidArgument, query.order_by[i].value->at,
           "EXPRESSION_NOT_IN_DISTINCT: For SELECT DISTINCT, ORDER BY expressions must "
           "appear in select list");
    }
  }
}

/// FETCH FIRST n ROWS WITH TIES: rows whose rank is n at most.
void Translator::AddTies(const sql::Query& query, duckdb::QueryNode* node) {
  if (query.order_by.empty()) {
    Fail(ErrorCode::kInvalidArgument, query.at,
         "MISSING_ORDER_BY: FETCH FIRST WITH TIES clause requires ORDER BY");
  }
  const auto* select = std::get_if<sql::Select>(&query.body);
  if (query.offset != nullptr || select == nullptr || select->is_distinct ||
      select->qualify != nullptr) {
    Refuse(query.at, "WITH TIES with OFFSET, DISTINCT, QUALIFY or a set operation");
  }
  auto rank = make_uniq<duckdb::WindowExpression>(ExpressionType::WINDOW_RANK,
                                                  SYSTEM_CATALOG, DEFAULT_SCHEMA, "rank");
  rank->orders = Orders(query.order_by);
  for (const auto& order : rank->orders) {
    if (order.expression->GetExpressionClass() == duckdb::ExpressionClass::CONSTANT) {
      Refuse(query.at, "WITH TIES with ORDER BY a column's number");
    }
  }
  rank->start = duckdb::WindowBoundary::UNBOUNDED_PRECEDING;
  rank->end = duckdb::WindowBoundary::CURRENT_ROW_RANGE;
  Parsed count = query.limit->count == nullptr ? Constant(duckdb::Value::INTEGER(1))
                                               : Translate(query.limit->count);
  node->Cast<duckdb::SelectNode>().qualify = make_uniq<duckdb::ComparisonExpression>(
      ExpressionType::COMPARE_LESSTHANOREQUALTO, std::move(rank), std::move(count));
}

void Translator::AddItems(const sql::Select& select, duckdb::SelectNode* node) {
  for (const sql::SelectItem& item : select.items) {
    if (item.is_all && item.value != nullptr) {
      Parsed base = Translate(item.value);
      if (base->GetExpressionClass() != duckdb::ExpressionClass::COLUMN_REF ||
          !item.aliases.empty()) {
        Refuse(item.at, "All fields of a value with .*");
      }
      node->select_list.push_back(make_uniq<duckdb::StarExpression>(
          base->Cast<duckdb::ColumnRefExpression>().column_names.back()));
      continue;
    }
    if (item.is_all || item.value == nullptr) {
      std::vector<sql::Name> first;
      if (select.from == nullptr) {
        Fail(ErrorCode::kInvalidArgument, item.at,
             "SELECT * not allowed in queries without FROM clause");
      }
      if (!CollectUsing(*select.from, true, &first)) {
        Refuse(item.at, "SELECT * over several joins with USING");
      }
      auto star = make_uniq<duckdb::StarExpression>();
      for (const sql::Name& name : first) {
        node->select_list.push_back(
            make_uniq<duckdb::ColumnRefExpression>(Folded(name.text)));
        star->exclude_list.insert(duckdb::QualifiedColumnName(name.text));
      }
      node->select_list.push_back(std::move(star));
      continue;
    }
    Parsed value = Translate(item.value);
    if (item.alias.has_value()) {
      value->SetAlias(item.alias->text);
    } else if (const auto* column = std::get_if<node::Column>(&item.value->node)) {
      value->SetAlias(column->name.text);
    } else if (value->GetExpressionClass() == duckdb::ExpressionClass::COLUMN_REF) {
      value->SetAlias(value->Cast<duckdb::ColumnRefExpression>().column_names.back());
    } else {
      value->SetAlias(UnnamedColumn(node->select_list.size()));
    }
    node->select_list.push_back(std::move(value));
  }
}

Node Translator::Body(const sql::Select& select, const Position& at) {
  auto node = make_uniq<duckdb::SelectNode>();
  if (select.from == nullptr) {
    node->from_table = make_uniq<duckdb::EmptyTableRef>();
  } else {
    node->from_table = Translate(*select.from);
  }
  AddItems(select, node.get());
  if (select.where != nullptr) {
    node->where_clause = Truth(Translate(select.where), "WHERE clause");
  }
  if (select.group_by.has_value()) {
    AddGroups(*select.group_by, at, node.get());
  }
  if (select.having != nullptr) {
    node->having = Truth(Translate(select.having), "HAVING clause");
  }
  if (select.qualify != nullptr) {
    node->qualify = Translate(select.qualify);
  }
  if (select.is_distinct) {
    node->modifiers.push_back(make_uniq<duckdb::DistinctModifier>());
  }
  return node;
}

Node Translator::Body(const sql::TableBody& table, const Position& at) {
  auto select = make_uniq<duckdb::SelectNode>();
  select->select_list.push_back(make_uniq<duckdb::StarExpression>());
  select->from_table = Run(sql::relation::Table{.name = table.name}, at);
  return select;
}

Node Translator::Body(const sql::SetOperation& operation, const Position&) {
  auto node = make_uniq<duckdb::SetOperationNode>();
  switch (operation.op) {
    case sql::SetOperator::kUnion:
      node->setop_type = duckdb::SetOperationType::UNION;
      break;
    case sql::SetOperator::kIntersect:
      node->setop_type = duckdb::SetOperationType::INTERSECT;
      break;
    case sql::SetOperator::kExcept:
      node->setop_type = duckdb::SetOperationType::EXCEPT;
      break;
  }
  node->setop_all = operation.is_all;
  AddSides(operation, node.get());
  return node;
}

/// Chains of the same UNION become one of many sides: nested, they would nest as deeply.
void Translator::AddSides(const sql::SetOperation& operation,
                          duckdb::SetOperationNode* node) {
  std::vector<const sql::Query*> sides = {operation.right.get()};
  const sql::Query* left = operation.left.get();
  const auto same_operation = [&](const sql::Query& query) {
    const auto* other = std::get_if<sql::SetOperation>(&query.body);
    const bool is_same = other != nullptr && other->op == sql::SetOperator::kUnion &&
                         operation.op == other->op && operation.is_all == other->is_all &&
                         query.with.empty() && !HasModifiers(query);
    return is_same ? other : nullptr;
  };
  while (const auto* inner = same_operation(*left)) {
    sides.push_back(inner->right.get());
    left = inner->left.get();
  }
  sides.push_back(left);
  for (auto side = sides.rbegin(); side != sides.rend(); ++side) {
    node->children.push_back(Side(Translate(**side)));
  }
}

Node Translator::Body(const sql::QueryPtr& query, const Position&) {
  return Translate(*query);
}

}  // namespace tarn::engine::trino
