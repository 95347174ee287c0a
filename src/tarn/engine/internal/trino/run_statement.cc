#include "tarn/engine/internal/trino/run_statement.h"

#include <algorithm>
#include <array>
#include <utility>

#include <duckdb/parser/statement/transaction_statement.hpp>
#include <duckdb/transaction/meta_transaction.hpp>
#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/engine/internal/federation/catalog_statements.h"
#include "tarn/engine/internal/materialized_view_statements.h"
#include "tarn/engine/internal/procedures/run_procedure.h"
#include "tarn/engine/internal/procedures/settings.h"
#include "tarn/engine/internal/trino/definitions.h"
#include "tarn/engine/internal/trino/error_words.h"
#include "tarn/engine/internal/trino/explain.h"
#include "tarn/engine/internal/trino/output_origins.h"
#include "tarn/engine/internal/trino/parameter_types.h"
#include "tarn/engine/internal/trino/result_types.h"
#include "tarn/engine/internal/trino/show.h"
#include "tarn/engine/internal/trino/statement.h"
#include "tarn/engine/internal/trino/view_answers.h"
#include "tarn/sql/lexer.h"
#include "tarn/sql/statement_parser.h"

namespace tarn::engine::trino {
namespace {

namespace node = sql::node;
namespace statement = sql::statement;

/// First words of what Trino's grammar alone reads in this dialect.
constexpr std::array<std::string_view, 9> kTrinoOnly = {
    "select", "values", "with", "insert", "delete", "update", "merge", "explain", "("};

bool IsTrinoOnly(std::string_view text) {
  const auto tokens = sql::Tokenize(text);
  if (!tokens.ok() || tokens->empty()) {
    return true;
  }
  const std::string first = Folded(tokens->front().text);
  return std::ranges::find(kTrinoOnly, std::string_view(first)) != kTrinoOnly.end();
}

/// One statement; there is a member for each kind.
class Call {
 public:
  Call(const sql::TrinoStatement& statement, std::string_view text,
       const std::vector<sql::ExpressionPtr>& parameters, StatementHost& host)
      : statement_(statement), text_(text), host_(host), facts_(host.facts()) {
    facts_.parameters = parameters;
  }

  Answer operator()(const sql::QueryPtr&) { return Translated(); }
  Answer operator()(const sql::Insert&) { return Translated(); }
  Answer operator()(const sql::Delete&) { return Translated(); }
  Answer operator()(const sql::Update&) { return Translated(); }
  Answer operator()(const sql::Merge&) { return Translated(); }

  Answer operator()(const statement::Explain& explain) {
    return RunExplain(explain, text_, host_, facts_);
  }

  Answer operator()(const statement::Show& show) {
    if (show.kind == statement::ShowKind::kCreateMaterializedView &&
        show.of.has_value()) {
      return Materialized().ShowCreate(*show.of);
    }
    return Shows(statement_, text_, host_, facts_).Run(show);
  }

  // ---- The session

  Answer operator()(const statement::Use& use) {
    sql::QualifiedName name;
    if (use.catalog.has_value()) {
      name.parts.push_back(use.catalog->text);
    }
    name.parts.push_back(use.schema.text);
    RETURN_NOT_OK(host_.front_end().Use(name));
    return EmptyResult("USE");
  }

  Answer operator()(const statement::SetSession& set) {
    const auto* text = std::get_if<node::String>(&set.value->node);
    const bool is_dialect =
        set.name.parts.size() == 1 && Folded(set.name.parts[0].text) == "dialect";
    const std::string last = Folded(set.name.parts.back().text);
    if (text != nullptr && set.name.parts.size() == 2 && procedures::IsSetting(last)) {
      const std::string value = duckdb::Value(text->value).ToSQLString();
      return Renamed(host_.RunText("SET " + last + " = " + value), "SET SESSION");
    }
    if (!is_dialect || text == nullptr) {
      return host_.RunText(text_);  // a setting of the engine's own
    }
    RETURN_NOT_OK(host_.SetDialect(Folded(text->value)));
    return EmptyResult("SET SESSION");
  }

  Answer operator()(const statement::SetTimeZone& set) {
    if (set.zone == nullptr) {
      return Renamed(host_.RunText("RESET TimeZone"), "SET TIME ZONE");
    }
    const auto* text = std::get_if<node::String>(&set.zone->node);
    if (text == nullptr) {
      return Refuse("A time zone that is no text");
    }
    std::string quoted;
    for (const char c : text->value) {
      quoted.append(c == '\'' ? 2 : 1, c);
    }
    return Renamed(host_.RunText("SET TimeZone = '" + quoted + "'"), "SET TIME ZONE");
  }

  Answer operator()(const statement::StartTransaction& start) {
    auto info = duckdb::make_uniq<duckdb::TransactionInfo>(
        duckdb::TransactionType::BEGIN_TRANSACTION);
    if (start.is_read_only.value_or(false)) {
      info->modifier = duckdb::TransactionModifierType::TRANSACTION_READ_ONLY;
    }
    return Transaction(std::move(info));
  }
  Answer operator()(const statement::Commit&) {
    return Transaction(
        duckdb::make_uniq<duckdb::TransactionInfo>(duckdb::TransactionType::COMMIT));
  }
  Answer operator()(const statement::Rollback&) {
    return Transaction(
        duckdb::make_uniq<duckdb::TransactionInfo>(duckdb::TransactionType::ROLLBACK));
  }

  // ---- Prepared statements

  Answer operator()(const statement::Prepare& prepare) {
    host_.prepared()[Folded(prepare.name.text)] = prepare.statement->text;
    return EmptyResult("PREPARE");
  }
  Answer operator()(const statement::Deallocate& deallocate) {
    RETURN_NOT_OK(Prepared(deallocate.name));
    host_.prepared().erase(Folded(deallocate.name.text));
    return EmptyResult("DEALLOCATE");
  }
  Answer operator()(const statement::Execute& execute) {
    ARROW_ASSIGN_OR_RAISE(const std::string text, Prepared(execute.name));
    return Execute(text, execute.parameters);
  }
  Answer operator()(const statement::ExecuteImmediate& execute) {
    return Execute(execute.text, execute.parameters);
  }
  Answer operator()(const statement::DescribeInput& describe) {
    ARROW_ASSIGN_OR_RAISE(const StatementShape shape, Shape(describe.name));
    std::vector<TextRow> rows;
    for (size_t i = 0; i < shape.parameters.size(); ++i) {
      rows.push_back({std::to_string(i), shape.parameters[i]});
    }
    return TextResult("DESCRIBE", {"Position", "Type"}, rows);
  }
  Answer operator()(const statement::DescribeOutput& describe) {
    ARROW_ASSIGN_OR_RAISE(const std::string text, Prepared(describe.name));
    ARROW_ASSIGN_OR_RAISE(const auto parsed, sql::ParseTrinoStatement(text));
    ARROW_ASSIGN_OR_RAISE(const auto shape, DescribeStatement(parsed, text, host_));
    const auto* const query = std::get_if<sql::QueryPtr>(&parsed.node);
    const auto origins = query == nullptr
                             ? std::vector<ColumnOrigin>(shape.columns.size())
                             : OriginsOf(**query, text, host_, shape.columns.size());
    std::vector<TextRow> rows;
    for (size_t i = 0; i < origins.size(); ++i) {
      rows.push_back({shape.columns[i].name, origins[i].catalog, origins[i].schema,
                      origins[i].table, shape.columns[i].type,
                      origins[i].is_aliased ? "true" : "false"});
    }
    ARROW_ASSIGN_OR_RAISE(auto texts, TextResult("DESCRIBE",
                                                 {"Column Name", "Catalog", "Schema",
                                                  "Table", "Type", "Aliased"},
                                                 rows));
    return WithBoolean(std::move(texts), 5);
  }

  // ---- What there is not

  Answer operator()(const statement::SetSessionAuthorization&) {
    return Refuse("SET SESSION AUTHORIZATION");
  }
  Answer operator()(const statement::SetPath&) { return Refuse("SET PATH"); }
  Answer operator()(const statement::SetRole&) { return Refuse("SET ROLE"); }
  Answer operator()(const statement::SetAuthorization&) {
    return Refuse("SET AUTHORIZATION");
  }
  Answer operator()(const statement::Grant&) { return Refuse("GRANT in SQL"); }
  Answer operator()(const statement::GrantRoles&) { return Refuse("GRANT of a role"); }
  Answer operator()(const statement::CreateRole&) { return Refuse("CREATE ROLE"); }

  // ---- Procedures

  Answer operator()(const statement::Call& call) {
    return procedures::RunCall(Caller(), facts_, text_, call);
  }
  Answer operator()(const statement::ExecuteProcedure& execute) {
    return procedures::RunExecute(Caller(), facts_, text_, execute);
  }

  // ---- Definitions

  Answer operator()(const statement::CreateTableStatement& create) {
    return Define(create);
  }
  Answer operator()(const statement::CreateSchemaStatement& create) {
    return Define(create);
  }
  Answer operator()(const statement::CreateView& create) { return Define(create); }
  Answer operator()(const statement::CreateBranch& create) { return Define(create); }
  Answer operator()(const sql::AlterTable& alter) { return Define(alter); }
  Answer operator()(const statement::FastForwardBranch& forward) {
    return Define(forward);
  }
  Answer operator()(const statement::CreateCatalog& create) {
    RETURN_NOT_OK(CreateCatalog(host_.context(), create));
    return EmptyResult("CREATE CATALOG");
  }
  Answer operator()(const statement::CreateMaterializedView& create) {
    return Materialized().Run(create);
  }
  Answer operator()(const statement::RefreshMaterializedView& refresh) {
    return Materialized().Run(refresh);
  }
  Answer operator()(const statement::Drop& drop) {
    if (drop.kind == statement::ObjectKind::kMaterializedView) {
      return Materialized().Run(drop);
    }
    if (drop.kind != statement::ObjectKind::kCatalog) {
      return Define(drop);
    }
    RETURN_NOT_OK(DropCatalog(host_.context(), drop));
    return EmptyResult("DROP CATALOG");
  }
  Answer operator()(const statement::Rename& rename) {
    return rename.kind == statement::ObjectKind::kMaterializedView
               ? Materialized().Run(rename)
               : Define(rename);
  }
  Answer operator()(const statement::SetProperties& set) {
    return set.kind == statement::ObjectKind::kMaterializedView ? Materialized().Run(set)
                                                                : Define(set);
  }
  Answer operator()(const statement::Comment& comment) { return Define(comment); }
  Answer operator()(const statement::Truncate& truncate) { return Define(truncate); }
  Answer operator()(const statement::Analyze& analyze) { return Define(analyze); }

  /// What DuckDB's grammar, or our front end's, reads as well.
  template <typename Other>
  Answer operator()(const Other& /*any*/) {
    return host_.RunText(text_);
  }

 private:
  MaterializedViewStatements Materialized() { return {statement_, text_, host_}; }

  template <typename Definition>
  Answer Define(const Definition& definition) {
    return Definitions(statement_, text_, host_, facts_).Run(definition);
  }

  procedures::CallerSession Caller() {
    return {.connection = host_.connection(),
            .schema = facts_.schema,
            .catalog = facts_.catalog};
  }

  Answer Refuse(const std::string& what) {
    return ErrorAt(ErrorCode::kNotSupported, statement_.at, "",
                   what + " is not supported");
  }

  Answer Translated() {
    ARROW_ASSIGN_OR_RAISE(
        auto translated,
        TranslateStatement(FromFreshViews(statement_, host_), text_, facts_));
    if (const auto* query = std::get_if<sql::QueryPtr>(&statement_.node)) {
      translated->columns = WrittenColumns(**query, facts_.parameters);
    }
    Answer answer =
        host_.RunOnDuckDb(std::move(translated->statement), text_, &translated->columns);
    return answer.ok() ? std::move(answer) : InTrinosWords(answer.status(), text_, host_);
  }

  static Answer Renamed(Answer answer, const char* statement_type) {
    RETURN_NOT_OK(answer.status());
    return EmptyResult(statement_type);
  }

  Answer Transaction(duckdb::unique_ptr<duckdb::TransactionInfo> info) {
    return host_.RunOnDuckDb(
        duckdb::make_uniq<duckdb::TransactionStatement>(std::move(info)), text_);
  }

  Result<std::string> Prepared(const sql::Name& name) {
    const auto found = host_.prepared().find(Folded(name.text));
    if (found == host_.prepared().end()) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "NOT_FOUND: Prepared statement not found: " + name.text);
    }
    return found->second;
  }

  Result<StatementShape> Shape(const sql::Name& name) {
    ARROW_ASSIGN_OR_RAISE(const std::string text, Prepared(name));
    ARROW_ASSIGN_OR_RAISE(const auto parsed, sql::ParseTrinoStatement(text));
    return DescribeStatement(parsed, text, host_);
  }

  Answer Execute(const std::string& text,
                 const std::vector<sql::ExpressionPtr>& parameters) {
    ARROW_ASSIGN_OR_RAISE(const auto parsed, sql::ParseTrinoStatement(text));
    const bool nests = std::holds_alternative<statement::Execute>(parsed.node) ||
                       std::holds_alternative<statement::ExecuteImmediate>(parsed.node);
    if (nests) {
      return Refuse("A prepared statement that executes another one");
    }
    return RunStatement(parsed, text, parameters, host_);
  }

  const sql::TrinoStatement& statement_;
  std::string_view text_;
  StatementHost& host_;
  SessionFacts facts_;
};

/// Statements that change tables, views, schemas or catalogs.
struct Writes {
  template <typename Other>
  bool operator()(const Other& /*any*/) const {
    return false;
  }
  bool operator()(const sql::Insert&) const { return true; }
  bool operator()(const sql::Delete&) const { return true; }
  bool operator()(const sql::Update&) const { return true; }
  bool operator()(const sql::Merge&) const { return true; }
  bool operator()(const sql::AlterTable&) const { return true; }
  bool operator()(const statement::ExecuteProcedure&) const { return true; }
  bool operator()(const statement::CreateTableStatement&) const { return true; }
  bool operator()(const statement::CreateSchemaStatement&) const { return true; }
  bool operator()(const statement::CreateView&) const { return true; }
  bool operator()(const statement::CreateBranch&) const { return true; }
  bool operator()(const statement::FastForwardBranch&) const { return true; }
  bool operator()(const statement::CreateMaterializedView&) const { return true; }
  bool operator()(const statement::RefreshMaterializedView&) const { return true; }
  bool operator()(const statement::Drop&) const { return true; }
  bool operator()(const statement::Rename&) const { return true; }
  bool operator()(const statement::SetProperties&) const { return true; }
  bool operator()(const statement::Comment&) const { return true; }
  bool operator()(const statement::Truncate&) const { return true; }
  bool operator()(const statement::Analyze&) const { return true; }
};

bool IsInReadOnlyTransaction(duckdb::ClientContext& context) {
  auto& transaction = context.transaction;
  return !transaction.IsAutoCommit() && transaction.HasActiveTransaction() &&
         transaction.ActiveTransaction().IsReadOnly();
}

}  // namespace

Status ErrorAt(ErrorCode code, const sql::Position& at, std::string_view name,
               const std::string& message) {
  return MakeError(code, fmt::format("line {}:{}: {}{}{}", at.line, at.column, name,
                                     name.empty() ? "" : ": ", message));
}

Answer RunStatement(const sql::TrinoStatement& statement, std::string_view text,
                    const std::vector<sql::ExpressionPtr>& parameters,
                    StatementHost& host) {
  const auto expected = static_cast<size_t>(statement.num_parameters);
  const bool is_prepare = std::holds_alternative<statement::Prepare>(statement.node);
  if (!is_prepare && expected != parameters.size()) {
    return ErrorAt(ErrorCode::kInvalidArgument, statement.at, "INVALID_ARGUMENTS",
                   fmt::format("Incorrect number of parameters: expected {} but found {}",
                               expected, parameters.size()));
  }
  if (std::visit(Writes{}, statement.node) && IsInReadOnlyTransaction(host.context())) {
    return ErrorAt(ErrorCode::kInvalidArgument, statement.at, "READ_ONLY_VIOLATION",
                   "Cannot execute write in a read-only transaction");
  }
  return std::visit(Call(statement, text, parameters, host), statement.node);
}

Answer RunText(std::string_view text, StatementHost& host) {
  const auto parsed = sql::ParseTrinoStatement(text);
  if (parsed.ok()) {
    return RunStatement(*parsed, text, {}, host);
  }
  if (CodeOf(parsed.status()) != ErrorCode::kSyntax || IsTrinoOnly(text)) {
    return parsed.status();
  }
  Answer answer = host.RunText(text);
  if (!answer.ok() && CodeOf(answer.status()) == ErrorCode::kSyntax) {
    return parsed.status();
  }
  return answer;
}

Result<StatementShape> DescribeStatement(const sql::TrinoStatement& statement,
                                         std::string_view text, StatementHost& host) {
  StatementShape shape;
  shape.parameters = ParameterTypes(statement, text, host);
  if (!std::holds_alternative<sql::QueryPtr>(statement.node)) {
    return shape;
  }
  SessionFacts facts = host.facts();
  facts.parameters.assign(shape.parameters.size(),
                          std::make_shared<const sql::Expression>(
                              sql::Expression{.at = statement.at, .node = node::Null{}}));
  ARROW_ASSIGN_OR_RAISE(auto translated, TranslateStatement(statement, text, facts));
  ARROW_ASSIGN_OR_RAISE(const auto prepared,
                        host.PrepareOnDuckDb(std::move(translated->statement), text));
  const auto columns =
      ResultColumns(host.context(), translated->columns, prepared->GetTypes());
  for (size_t i = 0; i < columns.size(); ++i) {
    shape.columns.push_back(
        {.name = ColumnName(prepared->GetNames()[i], i), .type = columns[i].type});
  }
  return shape;
}

}  // namespace tarn::engine::trino
