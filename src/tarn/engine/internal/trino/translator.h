// Trino's trees as DuckDB's statements.
//
// Names of operators lead to functions of the schema `trino` (operators.h), which know
// the types of their arguments when DuckDB binds them and become what Trino means.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <duckdb/parser/expression/window_expression.hpp>
#include <duckdb/parser/parsed_expression.hpp>
#include <duckdb/parser/query_node/select_node.hpp>
#include <duckdb/parser/query_node/set_operation_node.hpp>
#include <duckdb/parser/result_modifier.hpp>
#include <duckdb/parser/sql_statement.hpp>
#include <duckdb/parser/statement/select_statement.hpp>
#include <duckdb/parser/tableref.hpp>
#include <duckdb/parser/tableref/basetableref.hpp>

#include "tarn/base/error.h"
#include "tarn/base/result.h"
#include "tarn/sql/data_change.h"
#include "tarn/sql/expression.h"
#include "tarn/sql/query.h"

namespace tarn::engine::trino {

/// What a session knows that its statements ask for.
struct SessionFacts {
  std::string catalog;  // empty: none chosen
  std::string schema;
  std::string user;
  std::vector<sql::ExpressionPtr> parameters = {};  // values of "?"
  /// Whether these parts name a table of the lake; must not be called in a transaction.
  /// Unset where names are not looked up.
  std::function<bool(const std::vector<std::string>& parts)> is_table = {};
};

/// A result's column that has no name of its own is called kUnnamed and a number inside;
/// see ColumnName.
inline constexpr char kUnnamed = '\x01';

/// The name inside of the column at `index`, which has none.
std::string UnnamedColumn(size_t index);

/// What clients see of a result's column: "_col3" for one without a name.
std::string ColumnName(const std::string& name, size_t index);

/// Turns one statement; not to be used for another. All methods throw DuckDB's exceptions
/// with errors of ours in them (catch_duckdb.h): kNotSupported, kNoSuchFunction,
/// kInvalidArgument, each with the place in the text.
class Translator {
 public:
  using Parsed = duckdb::unique_ptr<duckdb::ParsedExpression>;
  using Parseds = duckdb::vector<Parsed>;
  using Node = duckdb::unique_ptr<duckdb::QueryNode>;
  using Table = duckdb::unique_ptr<duckdb::TableRef>;

  /// `text` is what the trees were parsed from and outlives the translator.
  Translator(std::string_view text, SessionFacts facts);

  duckdb::unique_ptr<duckdb::SelectStatement> Statement(const sql::Query& query);
  duckdb::unique_ptr<duckdb::SQLStatement> Statement(const sql::Insert& insert);
  duckdb::unique_ptr<duckdb::SQLStatement> Statement(const sql::Delete& change);
  duckdb::unique_ptr<duckdb::SQLStatement> Statement(const sql::Update& update);
  duckdb::unique_ptr<duckdb::SQLStatement> Statement(const sql::Merge& merge);

  Parsed Translate(const sql::ExpressionPtr& expression);
  Node Translate(const sql::Query& query);
  Table Translate(const sql::Relation& relation);

 private:
  // ---- expressions.cc
  Parsed Run(const sql::node::Null&, const sql::Position&);
  Parsed Run(const sql::node::Boolean&, const sql::Position&);
  Parsed Run(const sql::node::Integer&, const sql::Position&);
  Parsed Run(const sql::node::Decimal&, const sql::Position&);
  Parsed Run(const sql::node::Double&, const sql::Position&);
  Parsed Run(const sql::node::String&, const sql::Position&);
  Parsed Run(const sql::node::Bytes&, const sql::Position&);
  Parsed Run(const sql::node::TypedLiteral&, const sql::Position&);
  Parsed Run(const sql::node::Interval&, const sql::Position&);
  Parsed Run(const sql::node::Parameter&, const sql::Position&);
  Parsed Run(const sql::node::Column&, const sql::Position&);
  Parsed Run(const sql::node::Dereference&, const sql::Position&);
  Parsed Run(const sql::node::Subscript&, const sql::Position&);
  Parsed Run(const sql::node::Unary&, const sql::Position&);
  Parsed Run(const sql::node::Binary&, const sql::Position&);
  Parsed Run(const sql::node::Logical&, const sql::Position&);
  Parsed Run(const sql::node::Quantified&, const sql::Position&);
  Parsed Run(const sql::node::Between&, const sql::Position&);
  Parsed Run(const sql::node::InList&, const sql::Position&);
  Parsed Run(const sql::node::InQuery&, const sql::Position&);
  Parsed Run(const sql::node::Like&, const sql::Position&);
  Parsed Run(const sql::node::IsNull&, const sql::Position&);
  Parsed Run(const sql::node::Exists&, const sql::Position&);
  Parsed Run(const sql::node::Subquery&, const sql::Position&);
  Parsed Run(const sql::node::Case&, const sql::Position&);
  Parsed Run(const sql::node::Array&, const sql::Position&);
  Parsed Run(const sql::node::Row&, const sql::Position&);
  // ---- time_expressions.cc
  Parsed Run(const sql::node::Cast&, const sql::Position&);
  Parsed Run(const sql::node::Extract&, const sql::Position&);
  Parsed Run(const sql::node::AtTimeZone&, const sql::Position&);
  Parsed Run(const sql::node::SpecialValue&, const sql::Position&);
  Parsed CurrentTimestamp(const sql::node::SpecialValue& node, const sql::Position& at);
  // ---- calls.cc, lambdas.cc, windows.cc
  Parsed Run(const sql::node::Lambda&, const sql::Position&);
  Parsed Run(const sql::node::Call&, const sql::Position&);
  Parsed Run(const sql::node::JsonPath&, const sql::Position&);  // json_calls.cc
  Parsed JsonFallback(sql::node::JsonBehavior behavior,
                      const sql::ExpressionPtr& otherwise, const sql::Position& at);
  Parsed Run(const sql::node::JsonConstructor&, const sql::Position&);
  Parsed JsonExists(const sql::node::JsonPath& call, Parsed input, Parsed items,
                    const sql::Position& at);
  Parsed JsonVariables(const std::vector<sql::node::JsonArgument>& passing);
  void CheckJsonResult(const sql::node::JsonPath& call, const sql::Position& at) const;
  /// What the call makes of the items that its path found, null where it failed; null
  /// itself where `input` is null.
  Parsed JsonResult(const sql::node::JsonPath& call, Parsed input, Parsed items,
                    const sql::Position& at);
  Parsed JsonScalar(const sql::node::JsonPath& call, const Parsed& items,
                    Parsed otherwise);
  /// nullptr if the name is not one of syntax: if, coalesce, try, …
  Parsed SpecialCall(const std::string& name, const sql::node::Call& call,
                     const sql::Position& at);
  Parsed Conditional(const sql::node::Call& call, const sql::Position& at);
  Parsed ReduceAggregate(const sql::node::Call& call, const sql::Position& at);
  Parsed ListAggregate(const sql::node::Call& call, const sql::Position& at);
  Parsed LambdaCall(const std::string& name, const sql::node::Call& call,
                    const sql::Position& at);
  Parsed MatchCall(const std::string& name, Parsed array,
                   const sql::node::Lambda& lambda);
  Parsed MapCall(const std::string& name, Parsed map, const sql::node::Lambda& lambda,
                 const sql::Position& at);
  Parsed ReduceCall(const sql::node::Call& call, const sql::Position& at);
  Parsed SortCall(Parsed array, const sql::node::Lambda& order);
  Parsed ZipMapsCall(Parsed left, Parsed right, const sql::node::Lambda& lambda);
  /// If `truth_of` names a function, the lambda gives it truth values.
  Parsed PlainLambda(const sql::node::Lambda& lambda, const std::string& truth_of);
  /// The lambda of one parameter `name` in whose body the parameters stand for `values`.
  Parsed LambdaOver(const std::string& name, const sql::node::Lambda& lambda,
                    Parseds values, Parsed (*wrap)(Parsed body) = nullptr);
  Parsed BodyWith(const sql::node::Lambda& lambda, Parseds values);
  Parsed WindowCall(const std::string& name, const sql::node::Call& call,
                    const sql::Position& at);
  void SetWindow(const sql::WindowSpecification& window, const sql::Position& at,
                 duckdb::WindowExpression* call);
  void CheckFrame(const sql::WindowFrame& frame, const sql::Position& at) const;
  Parsed FrameOffset(const sql::WindowFrame& frame, const sql::ExpressionPtr& offset);
  void SetFrame(const sql::WindowFrame& frame, duckdb::WindowExpression* call);
  sql::WindowSpecification Resolve(const sql::node::Call& call, const sql::Position& at);
  sql::WindowSpecification NamedWindow(const sql::Name& name, const sql::Position& at);
  Parseds Arguments(const sql::node::Call& call, const sql::Position& at);

  // ---- queries.cc, grouping.cc
  Node Body(const sql::Query& query);
  Node Body(const sql::Select& select, const sql::Position& at);
  Node Body(const sql::Values& values, const sql::Position& at);
  Node Body(const sql::TableBody& table, const sql::Position& at);
  Node Body(const sql::SetOperation& operation, const sql::Position& at);
  Node Body(const sql::QueryPtr& query, const sql::Position& at);
  void AddWith(const sql::Query& query, duckdb::QueryNode* node);
  void AddModifiers(const sql::Query& query, duckdb::QueryNode* node);
  void AddSides(const sql::SetOperation& operation, duckdb::SetOperationNode* node);
  void CheckDistinctOrder(const sql::Query& query, const duckdb::SelectNode& select,
                          const duckdb::OrderModifier& order) const;
  /// Errors: a list of names for more or fewer columns than the query has.
  void CheckAliases(const sql::Name& name, const std::vector<sql::Name>& columns,
                    const sql::Query& query, const sql::Position& at) const;
  // recursion.cc
  /// The query of a table of WITH RECURSIVE; one that steps adds a table of its own.
  Node RecursiveBody(const sql::CommonTable& table,
                     duckdb::CommonTableExpressionMap* tables);
  /// The rows of the step before if the name is that of the table whose step is being
  /// translated, else nullptr.
  Table RecursiveReference(const std::vector<sql::Name>& name);
  void AddTies(const sql::Query& query, duckdb::QueryNode* node);
  void AddItems(const sql::Select& select, duckdb::SelectNode* node);
  void AddGroups(const sql::GroupBy& group_by, const sql::Position& at,
                 duckdb::SelectNode* node);
  duckdb::vector<duckdb::OrderByNode> Orders(const std::vector<sql::SortItem>& items);
  duckdb::OrderByNode Order(const sql::SortItem& item);
  duckdb::unique_ptr<duckdb::SelectStatement> Wrapped(const sql::QueryPtr& query);

  // ---- relations.cc
  Table Run(const sql::relation::Table&, const sql::Position&);
  Table Run(const sql::relation::Derived&, const sql::Position&);
  Table Run(const sql::relation::Unnest&, const sql::Position&);
  Table Run(const sql::relation::TableFunction&, const sql::Position&);
  Table Run(const sql::relation::JsonTable&, const sql::Position&);  // json_tables.cc
  void CheckJsonTableJoin(const sql::relation::Join& join, const sql::Position& at) const;
  // table_functions.cc
  Table Sequence(const sql::relation::TableFunction& call, const sql::Position& at);
  Table ExcludeColumns(const sql::relation::TableFunction& call, const sql::Position& at);
  void CheckArguments(const sql::relation::TableFunction& call,
                      const std::vector<std::string_view>& names,
                      const sql::Position& at) const;
  Table Run(const sql::relation::Alias&, const sql::Position&);
  Table Run(const sql::relation::Sample&, const sql::Position&);
  Table Run(const sql::relation::Join&, const sql::Position&);
  /// "orders.snapshots" as "orders$snapshots", unless it is itself a table's name.
  std::vector<sql::Name> WithSuffixJoined(std::vector<sql::Name> name) const;
  duckdb::unique_ptr<duckdb::BaseTableRef> Named(const std::vector<sql::Name>& name,
                                                 const sql::Position& at);
  // ---- data_changes.cc
  duckdb::unique_ptr<duckdb::BaseTableRef> Changed(const sql::ChangedTable& table);
  void SetAssignments(const std::vector<sql::Assignment>& assignments,
                      const sql::Position& at, duckdb::vector<duckdb::string>* columns,
                      Parseds* values);

  /// Of the text's byte at a position.
  size_t OffsetOf(const sql::Position& at) const;
  Parsed At(Parsed expression, const sql::Position& at) const;
  [[noreturn]] void Refuse(const sql::Position& at, const std::string& what) const;
  [[noreturn]] void Fail(ErrorCode code, const sql::Position& at,
                         const std::string& message) const;
  template <typename T>
  T ValueAt(Result<T> result, const sql::Position& at) const {
    if (!result.ok()) {
      Fail(CodeOf(result.status()), at, result.status().message());
    }
    return std::move(result).ValueUnsafe();
  }

  std::string_view text_;
  std::vector<size_t> lines_;  // offsets of their first bytes
  SessionFacts facts_;
  int depth_ = 0;
  int lambda_count_ = 0;
  /// What the parameters of the lambdas around stand for, innermost last.
  std::vector<std::map<std::string, Parsed>> scopes_;
  std::vector<const std::vector<sql::NamedWindow>*> windows_;
  /// Tables of WITH around, innermost last; `is_open` while a step of one is translated.
  struct RecursiveTable {
    std::string name;
    std::vector<std::string> columns = {};
    bool is_open = false;
    bool is_used = false;
  };
  std::vector<RecursiveTable> recursive_;
};

// ---- Builders that the translator's files share

duckdb::unique_ptr<duckdb::ParsedExpression> Constant(duckdb::Value value);
/// An operator of ours (operators.h).
duckdb::unique_ptr<duckdb::ParsedExpression> Operator(const char* name,
                                                      Translator::Parseds arguments);
duckdb::unique_ptr<duckdb::ParsedExpression> BuiltIn(const char* name,
                                                     Translator::Parseds arguments);
/// `value`, which must be a truth value as `what`: "WHERE clause".
duckdb::unique_ptr<duckdb::ParsedExpression> Truth(
    duckdb::unique_ptr<duckdb::ParsedExpression> value, const char* what);
/// The cast that Trino's CAST is. Throws where there is none to that type.
duckdb::unique_ptr<duckdb::ParsedExpression> CastTo(
    const sql::TypeName& type, duckdb::unique_ptr<duckdb::ParsedExpression> value);
Translator::Table Subquery(Translator::Node node);
/// unnest(rows, max_depth := 2): the list's structs, and their fields.
duckdb::unique_ptr<duckdb::ParsedExpression> SpreadRows(
    duckdb::unique_ptr<duckdb::ParsedExpression> rows);
template <typename... Arguments>
Translator::Parseds List(Arguments... arguments) {
  Translator::Parseds list;
  (list.push_back(std::move(arguments)), ...);
  return list;
}
std::string Folded(std::string_view name);
/// As Trino's own: in upper case unless it is quoted.
std::string CanonicalName(const sql::Name& name);

}  // namespace tarn::engine::trino
