#include "tarn/sql/relation_parser.h"

#include <utility>

#include "tarn/sql/expression_parser.h"
#include "tarn/sql/json_table_parser.h"
#include "tarn/sql/query_parser.h"
#include "tarn/sql/type_name.h"

namespace tarn::sql {
namespace {

using relation::JoinKind;

template <typename Node>
RelationPtr MakeRelation(Position at, Node node) {
  return std::make_shared<const Relation>(Relation{.at = at, .node = std::move(node)});
}

// ---- Table functions

/// [PARTITION BY (a, b) | a] [PRUNE | KEEP WHEN EMPTY] [ORDER BY (a, b) | a].
Status ParseTableArgumentClauses(Cursor& cursor, relation::TableArgument* argument) {
  if (cursor.Take("PARTITION")) {
    RETURN_NOT_OK(cursor.Expect("BY"));
    if (cursor.TakeSymbol("(")) {
      argument->partition_by.emplace();
      if (!cursor.IsSymbol(")")) {
        ARROW_ASSIGN_OR_RAISE(argument->partition_by, ParseExpressions(cursor));
      }
      RETURN_NOT_OK(cursor.ExpectSymbol(")"));
    } else {
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr value, ParseExpression(cursor));
      argument->partition_by = {std::move(value)};
    }
  }
  const KeywordId when_empty = cursor.TakeOneOf({"PRUNE", "KEEP"});
  if (when_empty != 0) {
    argument->keeps_when_empty = when_empty == Keyword("KEEP").id();
    RETURN_NOT_OK(cursor.Expect({"WHEN", "EMPTY"}));
  }
  if (cursor.Take("ORDER")) {
    RETURN_NOT_OK(cursor.Expect("BY"));
    if (cursor.TakeSymbol("(")) {
      ARROW_ASSIGN_OR_RAISE(argument->order_by, ParseSortItems(cursor));
      return cursor.ExpectSymbol(")");
    }
    ARROW_ASSIGN_OR_RAISE(SortItem item, ParseSortItem(cursor));
    argument->order_by.push_back(std::move(item));
  }
  return Status::OK();
}

Result<RelationPtr> ParseAliasOf(Cursor& cursor, RelationPtr relation);

/// TABLE(name) or TABLE(query), with an alias and clauses.
Result<relation::TableArgument> ParseTableArgument(Cursor& cursor) {
  relation::TableArgument argument;
  const Position at = cursor.At();
  cursor.TakeAny();
  RETURN_NOT_OK(cursor.ExpectSymbol("("));
  if (cursor.IsName()) {
    ARROW_ASSIGN_OR_RAISE(auto name, cursor.ExpectNames());
    argument.table = MakeRelation(at, relation::Table{.name = std::move(name)});
  } else {
    ARROW_ASSIGN_OR_RAISE(QueryPtr query, ParseQuery(cursor));
    argument.table = MakeRelation(at, relation::Derived{std::move(query)});
  }
  RETURN_NOT_OK(cursor.ExpectSymbol(")"));
  if (!(cursor.Is("PARTITION") && cursor.Is("BY", 1)) &&
      !(cursor.IsAny({"PRUNE", "KEEP"}) && cursor.Is("WHEN", 1)) &&
      !cursor.Is("COPARTITION")) {
    ARROW_ASSIGN_OR_RAISE(argument.table,
                          ParseAliasOf(cursor, std::move(argument.table)));
  }
  RETURN_NOT_OK(ParseTableArgumentClauses(cursor, &argument));
  return argument;
}

Result<relation::Descriptor> ParseDescriptor(Cursor& cursor) {
  relation::Descriptor descriptor;
  cursor.TakeAny();
  RETURN_NOT_OK(cursor.ExpectSymbol("("));
  do {
    relation::Descriptor::Field field;
    ARROW_ASSIGN_OR_RAISE(field.name, cursor.ExpectName());
    if (!cursor.IsSymbol(",") && !cursor.IsSymbol(")")) {
      ARROW_ASSIGN_OR_RAISE(field.type, ParseTrinoType(cursor));
    }
    descriptor.fields.push_back(std::move(field));
  } while (cursor.TakeSymbol(","));
  RETURN_NOT_OK(cursor.ExpectSymbol(")"));
  return descriptor;
}

Result<relation::FunctionArgument> ParseFunctionArgument(Cursor& cursor) {
  relation::FunctionArgument argument;
  if (cursor.IsName() && cursor.IsSymbol("=>", 1)) {
    ARROW_ASSIGN_OR_RAISE(argument.name, cursor.ExpectName());
    cursor.TakeAny();
  }
  if (cursor.Is("TABLE")) {
    ARROW_ASSIGN_OR_RAISE(argument.value, ParseTableArgument(cursor));
  } else if (cursor.Is("DESCRIPTOR") && cursor.IsSymbol("(", 1)) {
    ARROW_ASSIGN_OR_RAISE(argument.value, ParseDescriptor(cursor));
  } else {
    cursor.Note("TABLE");
    ARROW_ASSIGN_OR_RAISE(argument.value, ParseExpression(cursor));
  }
  return argument;
}

/// TABLE(f(…)).
Result<RelationPtr> ParseTableFunction(Cursor& cursor) {
  const Position at = cursor.At();
  relation::TableFunction function;
  cursor.TakeAny();
  RETURN_NOT_OK(cursor.ExpectSymbol("("));
  ARROW_ASSIGN_OR_RAISE(function.name, cursor.ExpectNames());
  RETURN_NOT_OK(cursor.ExpectSymbol("("));
  while (function.arguments.empty() ? !cursor.IsSymbol(")") : cursor.TakeSymbol(",")) {
    ARROW_ASSIGN_OR_RAISE(auto argument, ParseFunctionArgument(cursor));
    function.arguments.push_back(std::move(argument));
  }
  if (cursor.Is("COPARTITION")) {
    return Cursor::NotSupported(cursor.At(), "COPARTITION");
  }
  RETURN_NOT_OK(cursor.ExpectSymbol(")"));
  RETURN_NOT_OK(cursor.ExpectSymbol(")"));
  return MakeRelation(at, std::move(function));
}

// ---- Others

Result<RelationPtr> ParseUnnest(Cursor& cursor) {
  const Position at = cursor.At();
  relation::Unnest unnest;
  cursor.TakeAny();
  RETURN_NOT_OK(cursor.ExpectSymbol("("));
  ARROW_ASSIGN_OR_RAISE(unnest.values, ParseExpressions(cursor));
  RETURN_NOT_OK(cursor.ExpectSymbol(")"));
  unnest.with_ordinality = cursor.TakeAll({"WITH", "ORDINALITY"});
  return MakeRelation(at, std::move(unnest));
}

/// FOR {VERSION | TIMESTAMP} AS OF value; the FOR may be missing, as in Spark.
Status ParseAsOf(Cursor& cursor, relation::Table* table) {
  const bool has_for = cursor.Take("FOR");
  if (!has_for && !(cursor.IsAny({"VERSION", "TIMESTAMP"}) && cursor.Is("AS", 1) &&
                    cursor.Is("OF", 2))) {
    return Status::OK();
  }
  if (!cursor.IsAny({"VERSION", "TIMESTAMP"})) {
    cursor.Note("TIMESTAMP");
    return cursor.Expect("VERSION");
  }
  AsOf as_of{.kind = cursor.Is("VERSION") ? AsOfKind::kVersion : AsOfKind::kTimestamp,
             .value = nullptr};
  cursor.TakeAny();
  RETURN_NOT_OK(cursor.Expect({"AS", "OF"}));
  ARROW_ASSIGN_OR_RAISE(as_of.value, ParseValueExpression(cursor));
  table->as_of = std::move(as_of);
  return Status::OK();
}

Result<RelationPtr> ParseTable(Cursor& cursor) {
  const Position at = cursor.At();
  relation::Table table;
  ARROW_ASSIGN_OR_RAISE(table.name, cursor.ExpectNames());
  if (cursor.IsSymbol("@")) {
    cursor.TakeAny();
    ARROW_ASSIGN_OR_RAISE(table.branch, cursor.ExpectName());
  }
  RETURN_NOT_OK(ParseAsOf(cursor, &table));
  return MakeRelation(at, std::move(table));
}

/// (query) or (relation): which of them shows only behind nested parentheses.
Result<RelationPtr> ParseParentheses(Cursor& cursor) {
  const Position at = cursor.At();
  cursor.TakeAny();
  const Position inner_at = cursor.At();
  if (IsQueryStart(cursor)) {
    ARROW_ASSIGN_OR_RAISE(QueryPtr query, ParseQuery(cursor));
    RETURN_NOT_OK(cursor.ExpectSymbol(")"));
    return MakeRelation(at, relation::Derived{std::move(query)});
  }
  cursor.Note("<query>");
  const bool is_parenthesised = cursor.IsSymbol("(");
  ARROW_ASSIGN_OR_RAISE(RelationPtr inner, ParseRelation(cursor));
  const auto* derived = std::get_if<relation::Derived>(&inner->node);
  if (is_parenthesised && derived != nullptr && !derived->is_lateral) {
    ARROW_ASSIGN_OR_RAISE(QueryPtr query,
                          ContinueQuery(cursor, inner_at, derived->query));
    RETURN_NOT_OK(cursor.ExpectSymbol(")"));
    return MakeRelation(at, relation::Derived{std::move(query)});
  }
  RETURN_NOT_OK(cursor.ExpectSymbol(")"));
  return inner;
}

Result<RelationPtr> ParseRelationPrimary(Cursor& cursor) {
  const Position at = cursor.At();
  if (cursor.IsSymbol("(")) {
    return ParseParentheses(cursor);
  }
  if (cursor.Is("UNNEST")) {
    return ParseUnnest(cursor);
  }
  if (cursor.Is("LATERAL") && cursor.IsSymbol("(", 1)) {
    cursor.TakeAny();
    ARROW_ASSIGN_OR_RAISE(QueryPtr query, ParseParenthesisedQuery(cursor));
    return MakeRelation(at, relation::Derived{std::move(query), /*is_lateral=*/true});
  }
  if (cursor.Is("TABLE")) {
    return ParseTableFunction(cursor);
  }
  if (cursor.Is("JSON_TABLE")) {
    ARROW_ASSIGN_OR_RAISE(relation::JsonTable table, ParseJsonTable(cursor));
    return MakeRelation(at, std::move(table));
  }
  for (const std::string_view first : {"(", "JSON_TABLE", "LATERAL", "TABLE", "UNNEST"}) {
    cursor.Note(first);
  }
  return ParseTable(cursor);
}

/// relation [[AS] name [(columns)]].
Result<RelationPtr> ParseAliasOf(Cursor& cursor, RelationPtr relation) {
  const bool has_as = cursor.Take("AS");
  if (!has_as && !IsAlias(cursor)) {
    cursor.Note("<identifier>");
    return relation;
  }
  const Position at = relation->at;
  relation::Alias alias{.relation = std::move(relation), .name = {}};
  ARROW_ASSIGN_OR_RAISE(alias.name, cursor.ExpectName());
  if (cursor.IsSymbol("(")) {
    ARROW_ASSIGN_OR_RAISE(alias.columns, cursor.ExpectNameList());
  } else {
    cursor.Note("(");
  }
  return MakeRelation(at, std::move(alias));
}

/// primary [AS alias] [TABLESAMPLE method (percentage)].
Result<RelationPtr> ParseSampled(Cursor& cursor) {
  const Cursor::Level level(cursor);
  RETURN_NOT_OK(level.Enter());
  RETURN_NOT_OK(cursor.Grow());
  ARROW_ASSIGN_OR_RAISE(RelationPtr relation, ParseRelationPrimary(cursor));
  ARROW_ASSIGN_OR_RAISE(relation, ParseAliasOf(cursor, std::move(relation)));
  if (cursor.Is("MATCH_RECOGNIZE")) {
    return Cursor::NotSupported(cursor.At(), "MATCH_RECOGNIZE");
  }
  cursor.Note("MATCH_RECOGNIZE");
  if (!cursor.Take("TABLESAMPLE")) {
    return relation;
  }
  const KeywordId method = cursor.TakeOneOf({"BERNOULLI", "SYSTEM"});
  if (method == 0) {
    return cursor.Mismatch();
  }
  const Position at = relation->at;
  relation::Sample sample{.relation = std::move(relation),
                          .method = method == Keyword("SYSTEM").id()
                                        ? relation::SampleMethod::kSystem
                                        : relation::SampleMethod::kBernoulli,
                          .percentage = nullptr};
  RETURN_NOT_OK(cursor.ExpectSymbol("("));
  ARROW_ASSIGN_OR_RAISE(sample.percentage, ParseExpression(cursor));
  RETURN_NOT_OK(cursor.ExpectSymbol(")"));
  return MakeRelation(at, std::move(sample));
}

// ---- Joins

/// [INNER] JOIN, LEFT [OUTER] JOIN, …; nothing taken and nullopt if none comes.
Result<std::optional<JoinKind>> TakeJoin(Cursor& cursor) {
  std::optional<JoinKind> kind;
  if (cursor.Take("CROSS")) {
    kind = JoinKind::kCross;
  } else if (cursor.Take("INNER")) {
    kind = JoinKind::kInner;
  } else if (cursor.Take("LEFT")) {
    kind = JoinKind::kLeft;
  } else if (cursor.Take("RIGHT")) {
    kind = JoinKind::kRight;
  } else if (cursor.Take("FULL")) {
    kind = JoinKind::kFull;
  } else if (cursor.Take("JOIN")) {
    return JoinKind::kInner;
  } else {
    return kind;
  }
  if (*kind != JoinKind::kCross && *kind != JoinKind::kInner) {
    cursor.Take("OUTER");
  }
  RETURN_NOT_OK(cursor.Expect("JOIN"));
  return kind;
}

Status ParseJoinCriteria(Cursor& cursor, relation::Join* join) {
  if (cursor.Take("ON")) {
    ARROW_ASSIGN_OR_RAISE(join->on, ParseExpression(cursor));
    return Status::OK();
  }
  RETURN_NOT_OK(cursor.Expect("USING"));
  ARROW_ASSIGN_OR_RAISE(join->columns, cursor.ExpectNameList());
  return Status::OK();
}

}  // namespace

Result<RelationPtr> ParseRelation(Cursor& cursor) {
  const Cursor::Level level(cursor);
  RETURN_NOT_OK(level.Enter());
  const Position at = cursor.At();
  ARROW_ASSIGN_OR_RAISE(RelationPtr left, ParseSampled(cursor));
  for (;;) {
    const bool is_natural = cursor.Take("NATURAL");
    ARROW_ASSIGN_OR_RAISE(const std::optional<JoinKind> kind, TakeJoin(cursor));
    if (!kind.has_value()) {
      return is_natural ? Result<RelationPtr>(cursor.Mismatch()) : left;
    }
    RETURN_NOT_OK(cursor.Grow());
    relation::Join join{.kind = *kind,
                        .is_natural = is_natural,
                        .left = std::move(left),
                        .right = nullptr};
    if (is_natural || *kind == JoinKind::kCross) {
      ARROW_ASSIGN_OR_RAISE(join.right, ParseSampled(cursor));
    } else {
      ARROW_ASSIGN_OR_RAISE(join.right, ParseRelation(cursor));
      RETURN_NOT_OK(ParseJoinCriteria(cursor, &join));
    }
    left = MakeRelation(at, std::move(join));
  }
}

/// Words that begin a clause are names too: what follows them tells which they are.
bool IsAlias(const Cursor& cursor) {
  if (!cursor.IsName()) {
    return false;
  }
  const TokenKind next = cursor.Peek(1).kind;
  const bool before_count = next == TokenKind::kInteger || cursor.IsSymbol("?", 1);
  if (cursor.Is("LIMIT")) {
    return !before_count && !cursor.Is("ALL", 1);
  }
  if (cursor.Is("OFFSET")) {
    return !before_count;
  }
  if (cursor.Is("FETCH")) {
    return !cursor.IsAny({"FIRST", "NEXT"}, 1);
  }
  if (cursor.Is("WINDOW")) {
    return !cursor.IsName(1);
  }
  if (cursor.Is("TABLESAMPLE")) {
    return !cursor.IsAny({"BERNOULLI", "SYSTEM"}, 1);
  }
  if (cursor.Is("MATCH_RECOGNIZE")) {
    return !cursor.IsSymbol("(", 1);
  }
  if (cursor.Is("QUALIFY")) {
    const bool begins_value =
        cursor.IsName(1) || next == TokenKind::kInteger || next == TokenKind::kString ||
        cursor.IsAny({"NOT", "CASE", "CAST", "EXISTS", "TRUE", "FALSE"}, 1);
    return !begins_value;
  }
  return true;
}

}  // namespace tarn::sql
