// Queries: bodies, WITH, ORDER BY, limits.
#include <utility>

#include <duckdb/parser/common_table_expression_info.hpp>
#include <duckdb/parser/expression/columnref_expression.hpp>
#include <duckdb/parser/expression/comparison_expression.hpp>
#include <duckdb/parser/expression/star_expression.hpp>
#include <duckdb/parser/expression/window_expression.hpp>
#include <duckdb/parser/query_node/recursive_cte_node.hpp>
#include <duckdb/parser/query_node/set_operation_node.hpp>
#include <duckdb/parser/tableref/emptytableref.hpp>
#include <duckdb/parser/tableref/expressionlistref.hpp>
#include <duckdb/parser/tableref/subqueryref.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/trino/translator.h"

namespace tarn::engine::trino {

using duckdb::ExpressionType;
using duckdb::make_uniq;
using sql::Position;
namespace node = sql::node;
using Node = Translator::Node;
using Parsed = Translator::Parsed;

namespace {

std::string UnnamedColumn(size_t index) { return kUnnamed + std::to_string(index); }

/// SELECT * FROM (query)
duckdb::unique_ptr<duckdb::SelectNode> Selecting(Node query) {
  auto statement = make_uniq<duckdb::SelectStatement>();
  statement->node = std::move(query);
  auto select = make_uniq<duckdb::SelectNode>();
  select->select_list.push_back(make_uniq<duckdb::StarExpression>());
  select->from_table = make_uniq<duckdb::SubqueryRef>(std::move(statement));
  return select;
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

}  // namespace

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
  Node node = Body(query);
  AddWith(query, node.get());
  AddModifiers(query, node.get());
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
    const std::string name = Folded(table.name.text);
    Node body = Translate(*table.query);
    const bool is_union = body->type == duckdb::QueryNodeType::SET_OPERATION_NODE &&
                          body->Cast<duckdb::SetOperationNode>().setop_type ==
                              duckdb::SetOperationType::UNION &&
                          body->modifiers.empty() && body->cte_map.map.empty();
    if (query.is_recursive && is_union) {
      auto& operation = body->Cast<duckdb::SetOperationNode>();
      auto recursive = make_uniq<duckdb::RecursiveCTENode>();
      recursive->ctename = name;
      recursive->union_all = operation.setop_all;
      recursive->left = std::move(operation.children[0]);
      recursive->right = std::move(operation.children[1]);
      recursive->aliases = info->aliases;
      body = std::move(recursive);
    }
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
    node->where_clause = Translate(select.where);
  }
  if (select.group_by.has_value()) {
    AddGroups(*select.group_by, at, node.get());
  }
  if (select.having != nullptr) {
    node->having = Translate(select.having);
  }
  if (select.qualify != nullptr) {
    node->qualify = Translate(select.qualify);
  }
  if (select.is_distinct) {
    node->modifiers.push_back(make_uniq<duckdb::DistinctModifier>());
  }
  return node;
}

Node Translator::Body(const sql::Values& values, const Position&) {
  auto list = make_uniq<duckdb::ExpressionListRef>();
  size_t width = 0;
  for (const auto& row : values.rows) {
    duckdb::vector<Parsed> cells;
    if (const auto* fields = std::get_if<node::Row>(&row->node)) {
      for (const auto& field : fields->values) {
        cells.push_back(Translate(field));
      }
    } else {
      cells.push_back(Translate(row));
    }
    if (width != 0 && cells.size() != width) {
      Fail(ErrorCode::kTypeMismatch, row->at,
           fmt::format("Values rows have mismatched sizes: {} vs {}", width,
                       cells.size()));
    }
    width = cells.size();
    list->values.push_back(std::move(cells));
  }
  for (size_t i = 0; i < width; ++i) {
    list->expected_names.push_back(UnnamedColumn(i));
  }
  list->alias = "values";
  auto select = make_uniq<duckdb::SelectNode>();
  select->select_list.push_back(make_uniq<duckdb::StarExpression>());
  select->from_table = std::move(list);
  return select;
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
  node->children.push_back(Translate(*operation.left));
  node->children.push_back(Translate(*operation.right));
  return node;
}

Node Translator::Body(const sql::QueryPtr& query, const Position&) {
  return Translate(*query);
}

}  // namespace tarn::engine::trino
