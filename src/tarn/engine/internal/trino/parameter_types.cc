#include "tarn/engine/internal/trino/parameter_types.h"

#include <memory>
#include <utility>

#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/system_tables/object_details.h"
#include "tarn/engine/internal/trino/statement.h"

namespace tarn::engine::trino {
namespace {

namespace node = sql::node;
namespace relation = sql::relation;
using sql::ExpressionPtr;
using sql::RelationPtr;

/// Walks a statement; `scope` is what the names of an expression belong to.
class Finder {
 public:
  Finder(const sql::TrinoStatement& statement, std::string_view text, StatementHost& host)
      : text_(text),
        host_(host),
        facts_(host.facts()),
        types_(static_cast<size_t>(statement.num_parameters), "unknown") {
    facts_.parameters.assign(types_.size(),
                             std::make_shared<const sql::Expression>(
                                 sql::Expression{.at = {}, .node = node::Null{}}));
  }

  std::vector<std::string> Take() { return std::move(types_); }

  void Visit(const sql::QueryPtr& query) { Walk(*query); }
  void Visit(const sql::Insert& insert) {
    const auto columns = ColumnsOf(insert);
    const auto* values = std::get_if<sql::Values>(&insert.query->body);
    for (const ExpressionPtr& row : values == nullptr ? kNone : values->rows) {
      const auto* fields = std::get_if<node::Row>(&row->node);
      const auto& cells = fields == nullptr ? std::vector{row} : fields->values;
      for (size_t i = 0; i < cells.size() && i < columns.size(); ++i) {
        Set(cells[i], columns[i]);
      }
    }
    Walk(*insert.query);
  }
  void Visit(const sql::Update& update) {
    const RelationPtr scope = TableOf(update.table);
    for (const sql::Assignment& assignment : update.assignments) {
      const auto column = std::make_shared<const sql::Expression>(sql::Expression{
          .at = assignment.at, .node = node::Column{assignment.column[0]}});
      Pair(assignment.value, column, scope);
      Walk(assignment.value, scope);
    }
    Walk(update.where, scope);
  }
  void Visit(const sql::Delete& change) { Walk(change.where, TableOf(change.table)); }
  template <typename Other>
  void Visit(const Other& /*any*/) {}

 private:
  inline static const std::vector<ExpressionPtr> kNone = {};

  static RelationPtr TableOf(const sql::ChangedTable& table) {
    return std::make_shared<const sql::Relation>(
        sql::Relation{.at = table.at, .node = relation::Table{.name = table.name}});
  }

  // ---- Queries

  void Walk(const sql::Query& query) {
    for (const sql::CommonTable& table : query.with) {
      Walk(*table.query);
    }
    std::visit([this](const auto& body) { WalkBody(body); }, query.body);
    if (query.limit.has_value()) {
      Set(query.limit->count, "bigint");
    }
    Set(query.offset, "bigint");
  }
  void WalkBody(const sql::Select& select) {
    WalkRelation(select.from, select.from);
    for (const sql::SelectItem& item : select.items) {
      Walk(item.value, select.from);
    }
    Walk(select.where, select.from);
    Walk(select.having, select.from);
  }
  void WalkBody(const sql::SetOperation& operation) {
    Walk(*operation.left);
    Walk(*operation.right);
  }
  void WalkBody(const sql::QueryPtr& query) { Walk(*query); }
  void WalkBody(const sql::Values& values) {
    for (const ExpressionPtr& row : values.rows) {
      Walk(row, nullptr);
    }
  }
  void WalkBody(const sql::TableBody&) {}

  void WalkRelation(const RelationPtr& one, const RelationPtr& scope) {
    if (one == nullptr) {
      return;
    }
    if (const auto* derived = std::get_if<relation::Derived>(&one->node)) {
      Walk(*derived->query);
    } else if (const auto* alias = std::get_if<relation::Alias>(&one->node)) {
      WalkRelation(alias->relation, scope);
    } else if (const auto* join = std::get_if<relation::Join>(&one->node)) {
      WalkRelation(join->left, scope);
      WalkRelation(join->right, scope);
      Walk(join->on, scope);
    }
  }

  // ---- Expressions

  void Walk(const ExpressionPtr& expression, const RelationPtr& scope) {
    if (expression != nullptr) {
      std::visit([&](const auto& one) { WalkNode(one, scope); }, expression->node);
    }
  }
  void WalkAll(const std::vector<ExpressionPtr>& list, const RelationPtr& scope) {
    for (const ExpressionPtr& one : list) {
      Walk(one, scope);
    }
  }
  void WalkNode(const node::Binary& binary, const RelationPtr& scope) {
    Pair(binary.left, binary.right, scope);
    Pair(binary.right, binary.left, scope);
    Walk(binary.left, scope);
    Walk(binary.right, scope);
  }
  void WalkNode(const node::Logical& logical, const RelationPtr& scope) {
    WalkAll(logical.terms, scope);
  }
  void WalkNode(const node::Unary& unary, const RelationPtr& scope) {
    Walk(unary.value, scope);
  }
  void WalkNode(const node::Between& between, const RelationPtr& scope) {
    Pair(between.low, between.value, scope);
    Pair(between.high, between.value, scope);
    Pair(between.value, between.low, scope);
    WalkAll({between.value, between.low, between.high}, scope);
  }
  void WalkNode(const node::InList& in, const RelationPtr& scope) {
    for (const ExpressionPtr& one : in.list) {
      Pair(one, in.value, scope);
    }
    Pair(in.value, in.list.front(), scope);
    Walk(in.value, scope);
    WalkAll(in.list, scope);
  }
  void WalkNode(const node::Like& like, const RelationPtr& scope) {
    for (const ExpressionPtr& one : {like.value, like.pattern, like.escape}) {
      Set(one, "varchar");
      Walk(one, scope);
    }
  }
  void WalkNode(const node::InQuery& in, const RelationPtr&) { Walk(*in.query); }
  void WalkNode(const node::Exists& exists, const RelationPtr&) { Walk(*exists.query); }
  void WalkNode(const node::Subquery& query, const RelationPtr&) { Walk(*query.query); }
  void WalkNode(const node::Quantified& one, const RelationPtr&) { Walk(*one.query); }
  void WalkNode(const node::Cast& cast, const RelationPtr& scope) {
    Walk(cast.value, scope);
  }
  void WalkNode(const node::Row& row, const RelationPtr& scope) {
    WalkAll(row.values, scope);
  }
  void WalkNode(const node::Call& call, const RelationPtr& scope) {
    for (const node::Argument& argument : call.arguments) {
      Walk(argument.value, scope);
    }
  }
  void WalkNode(const node::Case& one, const RelationPtr& scope) {
    for (const node::When& when : one.whens) {
      Walk(when.condition, scope);
      Walk(when.result, scope);
    }
    Walk(one.otherwise, scope);
  }
  template <typename Other>
  void WalkNode(const Other& /*any*/, const RelationPtr& /*scope*/) {}

  // ---- Types

  static bool IsParameter(const ExpressionPtr& one) {
    return one != nullptr && std::holds_alternative<node::Parameter>(one->node);
  }
  void Set(const ExpressionPtr& one, const std::string& type) {
    if (IsParameter(one)) {
      types_.at(static_cast<size_t>(std::get<node::Parameter>(one->node).index)) = type;
    }
  }
  /// If `one` is a parameter, it has the type of `other`.
  void Pair(const ExpressionPtr& one, const ExpressionPtr& other,
            const RelationPtr& scope) {
    if (!IsParameter(one) || IsParameter(other)) {
      return;
    }
    sql::Select select{.items = {{.at = other->at, .value = other}}, .from = scope};
    const auto types = Bound({.at = other->at, .body = std::move(select)});
    if (types.size() == 1) {
      Set(one, types[0]);
    }
  }
  std::vector<std::string> ColumnsOf(const sql::Insert& insert) {
    sql::Select select{.items = {}, .from = TableOf(insert.table)};
    for (const sql::Name& name : insert.columns) {
      select.items.push_back(
          {.at = insert.table.at,
           .value = std::make_shared<const sql::Expression>(
               sql::Expression{.at = insert.table.at, .node = node::Column{name}})});
    }
    if (select.items.empty()) {
      select.items.push_back({.at = insert.table.at});
    }
    return Bound({.at = insert.table.at, .body = std::move(select)});
  }
  /// The types of a query's columns; none if it cannot be bound.
  std::vector<std::string> Bound(const sql::Query& query) {
    std::vector<std::string> types;
    const Status bound = CatchDuckDb(text_, [&]() -> Status {
      ARROW_ASSIGN_OR_RAISE(auto statement, TranslateQuery(query, text_, facts_));
      ARROW_ASSIGN_OR_RAISE(const auto prepared,
                            host_.PrepareOnDuckDb(std::move(statement), text_));
      for (const duckdb::LogicalType& type : prepared->GetTypes()) {
        types.push_back(system_tables::ListedTypeText(type));
      }
      return Status::OK();
    });
    return bound.ok() ? types : std::vector<std::string>();
  }

  std::string_view text_;
  StatementHost& host_;
  SessionFacts facts_;
  std::vector<std::string> types_;
};

}  // namespace

std::vector<std::string> ParameterTypes(const sql::TrinoStatement& statement,
                                        std::string_view text, StatementHost& host) {
  Finder finder(statement, text, host);
  // In a transaction of the client's, what cannot be bound would end it.
  if (statement.num_parameters > 0 && host.context().transaction.IsAutoCommit()) {
    std::visit([&](const auto& one) { finder.Visit(one); }, statement.node);
  }
  return finder.Take();
}

}  // namespace tarn::engine::trino
