#include "tarn/engine/internal/procedures/run_procedure.h"

#include <utility>

#include <duckdb/common/types/column/column_data_collection.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/main/database_manager.hpp>
#include <duckdb/main/materialized_query_result.hpp>

#include "tarn/base/error.h"
#include "tarn/engine/internal/catalog_view.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/procedures/evaluate.h"
#include "tarn/engine/internal/schema_entry.h"
#include "tarn/sql/lexer.h"
#include "tarn/sql/statement_parser.h"

namespace tarn::engine::procedures {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using Database = duckdb::shared_ptr<duckdb::AttachedDatabase>;

constexpr std::string_view kSchema = "system";

Database FindDatabase(const CallerSession& session, const std::string& name) {
  return duckdb::DatabaseManager::Get(*session.connection->duckdb.context)
      .GetDatabase(name);
}

/// Where CALL's name leads.
struct CalledName {
  std::string catalog;
  std::string schema = std::string(kSchema);
  std::string name;
};

CalledName NameOf(const CallerSession& session, const sql::statement::ObjectName& name) {
  CalledName called{.catalog = session.catalog, .name = {}};
  const auto& parts = name.parts;
  called.name = FoldName(parts.back().text);
  if (parts.size() > 1) {
    called.schema = FoldName(parts[parts.size() - 2].text);
  }
  if (parts.size() > 2) {
    called.catalog = FoldName(parts[parts.size() - 3].text);
  }
  return called;
}

Status NotRegistered(const CalledName& called, const sql::Position& at) {
  return CallError("PROCEDURE_NOT_FOUND", at,
                   "Procedure not registered: " +
                       (called.catalog.empty() ? "" : called.catalog + ".") +
                       called.schema + "." + called.name);
}

Result<std::vector<GivenArgument>> EvaluateArguments(
    const Evaluation& evaluation, const std::vector<sql::node::Argument>& arguments) {
  std::vector<GivenArgument> given;
  for (const sql::node::Argument& argument : arguments) {
    GivenArgument one;
    one.at = argument.value->at;
    if (argument.name.has_value()) {
      one.name = FoldName(argument.name->text);
    }
    ARROW_ASSIGN_OR_RAISE(one.value, Evaluate(evaluation, argument.value));
    given.push_back(std::move(one));
  }
  return given;
}

const char* TrinoTypeOf(LogicalTypeId type) {
  switch (type) {
    case LogicalTypeId::BIGINT:
      return "bigint";
    case LogicalTypeId::INTEGER:
      return "integer";
    case LogicalTypeId::BOOLEAN:
      return "boolean";
    default:
      return "varchar";
  }
}

Result<std::unique_ptr<ResultStream>> ResultOf(ProcedureCall& call,
                                               const std::vector<OutputColumn>& columns,
                                               const std::string& statement_type) {
  duckdb::ClientContext& context = call.context();
  duckdb::vector<LogicalType> types;
  duckdb::vector<duckdb::string> names;
  std::vector<TrinoColumn> trino_columns;
  for (const OutputColumn& column : columns) {
    types.emplace_back(column.type);
    names.emplace_back(column.name);
    trino_columns.push_back({.type = TrinoTypeOf(column.type)});
  }
  auto collection = duckdb::make_uniq<duckdb::ColumnDataCollection>(
      duckdb::Allocator::DefaultAllocator(), types);
  duckdb::DataChunk chunk;
  chunk.Initialize(duckdb::Allocator::DefaultAllocator(), types);
  for (const Row& row : call.rows()) {
    if (chunk.size() == STANDARD_VECTOR_SIZE) {
      collection->Append(chunk);
      chunk.Reset();
    }
    for (size_t i = 0; i < row.size(); ++i) {
      chunk.SetValue(i, chunk.size(), row[i].DefaultCastAs(types[i]));
    }
    chunk.SetCardinality(chunk.size() + 1);
  }
  collection->Append(chunk);
  duckdb::StatementProperties properties;
  properties.return_type = duckdb::StatementReturnType::QUERY_RESULT;
  auto result = duckdb::make_uniq<duckdb::MaterializedQueryResult>(
      duckdb::StatementType::CALL_STATEMENT, properties, std::move(names),
      std::move(collection), context.GetClientProperties());
  return StreamOf(call.session().connection, std::move(result), statement_type, {},
                  trino_columns);
}

/// Runs what was bound, with the session's progress set back afterwards.
Status Run(ProcedureCall& call, BoundCall bound) {
  const Procedure& procedure = *bound.procedure;
  call.SetArguments(std::move(bound));
  call.context().ClearInterrupt();
  const Status status = procedure.run(call);
  call.session().connection->steps_total = 0;
  call.session().connection->steps_done = 0;
  return status;
}

/// Catalog and rest of a table's name in ALTER TABLE.
struct TableName {
  std::string catalog;
  std::vector<std::string> parts;
};

TableName TableNameOf(const CallerSession& session,
                      const sql::statement::ObjectName& name) {
  TableName table{.catalog = session.catalog, .parts = {}};
  for (const sql::Name& part : name.parts) {
    table.parts.push_back(part.text);
  }
  if (table.parts.size() > 1 && FindDatabase(session, table.parts[0]) != nullptr) {
    table.catalog = table.parts[0];
    table.parts.erase(table.parts.begin());
  }
  return table;
}

}  // namespace

const std::vector<Procedure>& AllProcedures() {
  static const std::vector<Procedure> procedures = [] {
    std::vector<Procedure> list;
    AddSnapshotProcedures(&list);
    AddRewriteProcedures(&list);
    AddCleanupProcedures(&list);
    AddStatisticsProcedures(&list);
    AddRegistrationProcedures(&list);
    AddImportProcedures(&list);
    AddChangelogProcedures(&list);
    return list;
  }();
  return procedures;
}

Result<std::unique_ptr<ResultStream>> RunCall(const CallerSession& session,
                                              const trino::SessionFacts& facts,
                                              std::string_view text,
                                              const sql::statement::Call& call) {
  const CalledName called = NameOf(session, call.name);
  const Database database = FindDatabase(session, called.catalog);
  if (database == nullptr && !called.catalog.empty()) {
    return CallError("CATALOG_NOT_FOUND", call.name.at,
                     "Catalog '" + called.catalog + "' not found");
  }
  const AttachedCatalog* const ours =
      database == nullptr ? nullptr : AttachedCatalog::From(database->GetCatalog());
  if (ours == nullptr || called.schema != kSchema) {
    return NotRegistered(called, call.name.at);
  }
  RequireAutocommit(*session.connection->duckdb.context, "CALL " + called.name);
  ProcedureCall run(session, database, ours->tarn(), call.name.at);
  const Evaluation evaluation{session.connection->duckdb, text, facts};
  ARROW_ASSIGN_OR_RAISE(const auto given, EvaluateArguments(evaluation, call.arguments));
  ARROW_ASSIGN_OR_RAISE(BoundCall bound,
                        BindArguments(run.context(), AllProcedures(), Form::kCall,
                                      called.name, given, call.name.at, run.now()));
  const Procedure& procedure = *bound.procedure;
  RETURN_NOT_OK(Run(run, std::move(bound)));
  if (procedure.columns.empty()) {
    return EmptyResult("CALL");
  }
  return ResultOf(run, procedure.columns, "CALL");
}

Result<std::unique_ptr<ResultStream>> RunExecute(
    const CallerSession& session, const trino::SessionFacts& facts, std::string_view text,
    const sql::statement::ExecuteProcedure& execute) {
  const TableName table = TableNameOf(session, execute.table);
  const Database database = FindDatabase(session, table.catalog);
  const AttachedCatalog* const ours =
      database == nullptr ? nullptr : AttachedCatalog::From(database->GetCatalog());
  const sql::Position& at = execute.table.at;
  const std::string name = FoldName(execute.procedure.text);
  if (ours == nullptr) {
    return CallError("PROCEDURE_NOT_FOUND", at,
                     "Table procedure not registered: " + name);
  }
  RequireAutocommit(*session.connection->duckdb.context, "ALTER TABLE EXECUTE " + name);
  ProcedureCall run(session, database, ours->tarn(), at);
  ARROW_ASSIGN_OR_RAISE(iceberg::TableIdent ident, run.FindTable(table.parts));
  const Evaluation evaluation{session.connection->duckdb, text, facts};
  ARROW_ASSIGN_OR_RAISE(const auto given,
                        EvaluateArguments(evaluation, execute.arguments));
  ARROW_ASSIGN_OR_RAISE(
      BoundCall bound, BindArguments(run.context(), AllProcedures(), Form::kExecute, name,
                                     given, at, run.now()));
  iceberg::Expression where = iceberg::AlwaysTrue();
  if (execute.where != nullptr) {
    if (name != "optimize") {
      return CallError("NOT_SUPPORTED", execute.where->at,
                       "WHERE not supported for procedure " + name);
    }
    ARROW_ASSIGN_OR_RAISE(where, FilterOf(execute.where));
  }
  run.SetStatement(std::move(ident), std::move(where));
  const Procedure& procedure = *bound.procedure;
  RETURN_NOT_OK(Run(run, std::move(bound)));
  const std::vector<OutputColumn> no_metrics = {{"rows", LogicalTypeId::BIGINT}};
  return ResultOf(run, procedure.columns.empty() ? no_metrics : procedure.columns,
                  "ALTER TABLE EXECUTE");
}

Result<std::optional<sql::TrinoStatement>> ParseProcedureStatement(
    std::string_view text) {
  using Parsed = std::optional<sql::TrinoStatement>;
  const auto tokens = sql::Tokenize(text);
  if (!tokens.ok() || tokens->size() < 3) {
    return Parsed();
  }
  const auto word = [&](size_t i) {
    return (*tokens)[i].kind == sql::TokenKind::kWord ? FoldName((*tokens)[i].text)
                                                      : std::string();
  };
  if (word(0) == "call") {
    // Of DuckDB's own functions none is in a schema called system.
    for (size_t i = 1; (*tokens)[i].text != "("; ++i) {
      if ((*tokens)[i].kind == sql::TokenKind::kEnd) {
        return Parsed();
      }
      if (FoldName((*tokens)[i].text) == kSchema && (*tokens)[i + 1].text == ".") {
        ARROW_ASSIGN_OR_RAISE(auto statement, sql::ParseTrinoStatement(text));
        return Parsed(std::move(statement));
      }
    }
    return Parsed();
  }
  if (word(0) != "alter" || word(1) != "table") {
    return Parsed();
  }
  size_t i = 3;  // after the first part of the name
  while ((*tokens)[std::min(i, tokens->size() - 1)].text == ".") {
    i += 2;
  }
  if (i >= tokens->size() || word(i) != "execute") {
    return Parsed();
  }
  ARROW_ASSIGN_OR_RAISE(auto statement, sql::ParseTrinoStatement(text));
  return Parsed(std::move(statement));
}

std::vector<ProcedureInfo> ListProcedures() {
  std::vector<ProcedureInfo> list;
  for (const Procedure& procedure : AllProcedures()) {
    ProcedureInfo info{.name = std::string(procedure.name),
                       .is_table_procedure = procedure.form == Form::kExecute,
                       .arguments = {}};
    for (const Parameter& parameter : procedure.parameters) {
      info.arguments.push_back({.name = std::string(parameter.name),
                                .type = TypeTextOf(parameter.kind),
                                .is_required = parameter.need == Need::kRequired});
    }
    list.push_back(std::move(info));
  }
  return list;
}

}  // namespace tarn::engine::procedures
