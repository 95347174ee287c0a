#include "tarn/engine/internal/session.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <duckdb/catalog/catalog.hpp>
#include <duckdb/catalog/catalog_search_path.hpp>
#include <duckdb/catalog/entry_lookup_info.hpp>
#include <duckdb/common/enum_util.hpp>
#include <duckdb/main/client_config.hpp>
#include <duckdb/main/client_data.hpp>
#include <duckdb/main/valid_checker.hpp>
#include <duckdb/parser/parsed_data/create_table_info.hpp>
#include <duckdb/parser/parsed_data/create_view_info.hpp>
#include <duckdb/parser/parsed_data/detach_info.hpp>
#include <duckdb/parser/parsed_data/drop_info.hpp>
#include <duckdb/parser/parsed_data/load_info.hpp>
#include <duckdb/parser/parsed_data/transaction_info.hpp>
#include <duckdb/parser/parser.hpp>
#include <duckdb/parser/statement/attach_statement.hpp>
#include <duckdb/parser/statement/create_statement.hpp>
#include <duckdb/parser/statement/detach_statement.hpp>
#include <duckdb/parser/statement/drop_statement.hpp>
#include <duckdb/parser/statement/insert_statement.hpp>
#include <duckdb/parser/statement/load_statement.hpp>
#include <duckdb/parser/statement/transaction_statement.hpp>
#include <duckdb/planner/binder.hpp>

#include "tarn/base/error.h"
#include "tarn/engine/internal/attach_options.h"
#include "tarn/engine/internal/cached_query.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/procedures/run_procedure.h"
#include "tarn/engine/internal/reach.h"
#include "tarn/engine/internal/transaction.h"
#include "tarn/engine/internal/trino/result_types.h"
#include "tarn/engine/internal/trino/run_statement.h"
#include "tarn/engine/internal/trino/statement.h"
#include "tarn/engine/internal/view_entry.h"
#include "tarn/sql/lexer.h"
#include "tarn/sql/parser.h"
#include "tarn/sql/token_stream.h"

namespace tarn::engine {
namespace {

using duckdb::StatementType;

std::string UpperWords(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') {
      c = static_cast<char>(c - 'a' + 'A');
    }
    if (c == '_') {
      c = ' ';
    }
  }
  return text;
}

std::string KindOf(duckdb::CatalogType type) {
  switch (type) {
    case duckdb::CatalogType::TABLE_ENTRY:
      return "TABLE";
    case duckdb::CatalogType::VIEW_ENTRY:
      return "VIEW";
    case duckdb::CatalogType::SCHEMA_ENTRY:
      return "SCHEMA";
    default:
      return UpperWords(duckdb::CatalogTypeToString(type));
  }
}

std::string TransactionKind(duckdb::TransactionType type) {
  switch (type) {
    case duckdb::TransactionType::COMMIT:
      return "COMMIT";
    case duckdb::TransactionType::ROLLBACK:
      return "ROLLBACK";
    default:
      return "START TRANSACTION";
  }
}

/// "SELECT", "INSERT", "CREATE TABLE", …
std::string TypeNameOf(const duckdb::SQLStatement& statement) {
  switch (statement.type) {
    case StatementType::CREATE_STATEMENT:
      return "CREATE " + KindOf(statement.Cast<duckdb::CreateStatement>().info->type);
    case StatementType::DROP_STATEMENT:
      return "DROP " + KindOf(statement.Cast<duckdb::DropStatement>().info->type);
    case StatementType::TRANSACTION_STATEMENT:
      return TransactionKind(statement.Cast<duckdb::TransactionStatement>().info->type);
    case StatementType::MERGE_INTO_STATEMENT:
      return "MERGE";
    case StatementType::MULTI_STATEMENT:
      return "SELECT";  // PIVOT
    default: {
      std::string name = duckdb::StatementTypeToString(statement.type);
      constexpr std::string_view kSuffix = "_STATEMENT";
      if (name.ends_with(kSuffix)) {
        name.resize(name.size() - kSuffix.size());
      }
      return UpperWords(std::move(name));
    }
  }
}

/// The name in USE name; unset for other statements. Errors: kSyntax.
Result<std::optional<sql::QualifiedName>> ParseUse(std::string_view text) {
  auto list = sql::Tokenize(text);
  if (!list.ok()) {
    return std::optional<sql::QualifiedName>();  // DuckDB's own lexer decides
  }
  sql::TokenStream tokens(*std::move(list));
  if (!tokens.TakeKeywords({"use"})) {
    return std::optional<sql::QualifiedName>();
  }
  ARROW_ASSIGN_OR_RAISE(auto name, tokens.ExpectQualifiedName());
  while (tokens.TakeSymbol(";")) {
  }
  if (!tokens.AtEnd()) {
    return tokens.Mismatch("<EOF>");
  }
  return std::optional(std::move(name));
}

/// Throws for what DuckDB would silently read as something else.
void CheckQuery(duckdb::SelectStatement& query) {
  VisitTables(query, [](duckdb::BaseTableRef&) {});
}

void CheckQuery(duckdb::CreateInfo& info) {
  if (info.type == duckdb::CatalogType::TABLE_ENTRY) {
    auto& query = static_cast<duckdb::CreateTableInfo&>(info).query;
    if (query != nullptr) {
      CheckQuery(*query);
    }
  }
}

bool IsPlainWord(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_';
  });
}

}  // namespace

DuckSession::DuckSession(std::shared_ptr<duckdb::DuckDB> database, SessionRules rules,
                         SessionOptions options)
    : database_(std::move(database)),
      rules_(std::move(rules)),
      options_(std::move(options)),
      connection_(std::make_shared<SessionConnection>(*database_)),
      front_end_(*connection_->duckdb.context) {
  duckdb::ClientContext& context = *connection_->duckdb.context;
  auto& config = duckdb::ClientConfig::GetConfig(context);
  config.enable_progress_bar = true;  // counts progress; nothing is printed
  config.print_progress_bar = false;
  config.wait_time = 0;
  duckdb::ClientData::Get(context).catalog_search_path->Set(
      duckdb::CatalogSearchEntry(rules_.warehouse, kDefaultSchema),
      duckdb::CatalogSetPathType::SET_DIRECTLY);
  ThrowIfError(SetDialect(options_.dialect));
  if (!options_.reaches_server) {
    Confine(context, rules_.file_roots);
  }
  context.registered_state->Insert(MeterState::kKey,
                                   duckdb::make_shared_ptr<MeterState>(meter_));
}

std::shared_ptr<const ResourceMeter> DuckSession::SetLimits(ResourceLimits limits) {
  meter_->SetLimits(std::move(limits));
  return meter_;
}

std::shared_ptr<const ResourceMeter> LimitResources(Session& session,
                                                    ResourceLimits limits) {
  auto* const ours = dynamic_cast<DuckSession*>(&session);
  return ours == nullptr ? std::make_shared<QueryMeter>()
                         : ours->SetLimits(std::move(limits));
}

void DuckSession::SetCommitWatch(std::shared_ptr<CommitWatch> watch) {
  connection_->duckdb.context->registered_state->Insert(
      CommitWatchState::kKey,
      duckdb::make_shared_ptr<CommitWatchState>(std::move(watch)));
}

void WatchCommits(Session& session, std::shared_ptr<CommitWatch> watch) {
  auto* const ours = dynamic_cast<DuckSession*>(&session);
  TARN_CHECK(ours != nullptr);  // no other sessions come from an engine
  ours->SetCommitWatch(std::move(watch));
}

Result<std::unique_ptr<ResultStream>> DuckSession::Guarded(
    std::string_view text,
    const std::function<Result<std::unique_ptr<ResultStream>>()>& run) {
  ++connection_->statement;
  const MeteredTurn turn(*meter_);
  auto result = CatchDuckDb(text, run);
  if (!result.ok()) {
    // A commit inside of RunFunctionInTransaction throws DuckDB's words for an error of
    // ours.
    auto& states = *connection_->duckdb.context->registered_state;
    if (auto ours = states.GetOrCreate<CommitError>(CommitError::kKey)->Take()) {
      return *ours;
    }
  }
  return result;
}

Result<std::unique_ptr<ResultStream>> DuckSession::Execute(std::string_view sql) {
  if (is_trino_) {
    return Guarded(sql, [&] { return trino::RunText(sql, *this); });
  }
  ARROW_ASSIGN_OR_RAISE(const auto dialect, trino::ParseDialect(sql));
  if (dialect.has_value()) {
    RETURN_NOT_OK(SetDialect(*dialect));
    return EmptyResult("SET SESSION");
  }
  return Guarded(sql, [&] { return RunText(sql); });
}

Result<std::unique_ptr<ResultStream>> DuckSession::Run(
    const sql::TrinoStatement& statement, std::string_view text,
    const std::vector<sql::ExpressionPtr>& parameters) {
  return Guarded(text,
                 [&] { return trino::RunStatement(statement, text, parameters, *this); });
}

Result<StatementShape> DuckSession::Describe(const sql::TrinoStatement& statement,
                                             std::string_view text) {
  ++connection_->statement;
  return CatchDuckDb(text,
                     [&] { return trino::DescribeStatement(statement, text, *this); });
}

Status DuckSession::SetDialect(const std::string& dialect) {
  RETURN_NOT_OK(trino::CheckDialect(dialect));
  is_trino_ = dialect == "trino";
  front_end_.SetQueryReader({});
  if (is_trino_) {
    front_end_.SetQueryReader(
        [this](std::string_view text) { return trino::TranslateQuery(text, facts()); });
  }
  return Status::OK();
}

trino::SessionFacts DuckSession::facts() {
  const std::string path = front_end_.CurrentSchema();
  const size_t dot = path.find('.');
  return {.catalog = path.substr(0, dot),
          .schema = dot == std::string::npos ? "" : path.substr(dot + 1),
          .user = options_.user,
          .is_table = [this](const std::vector<std::string>& parts) {
            return front_end_.IsLakeTable(parts);
          }};
}

Result<std::unique_ptr<ResultStream>> DuckSession::RunText(std::string_view sql) {
  ARROW_ASSIGN_OR_RAISE(const auto procedure, procedures::ParseProcedureStatement(sql));
  if (procedure.has_value()) {
    return trino::RunStatement(*procedure, sql, {}, *this);
  }
  ARROW_ASSIGN_OR_RAISE(const std::string text, front_end_.TranslateTables(sql));
  return CatchDuckDb(text, [&] { return RunParsed(text); });
}

Result<std::unique_ptr<ResultStream>> DuckSession::RunParsed(std::string_view sql) {
  ARROW_ASSIGN_OR_RAISE(const auto use, ParseUse(sql));
  if (use.has_value()) {
    RETURN_NOT_OK(front_end_.Use(*use));
    return EmptyResult("USE");
  }
  ARROW_ASSIGN_OR_RAISE(const auto ours, sql::ParseStatement(sql));
  if (ours.has_value()) {
    ARROW_ASSIGN_OR_RAISE(FrontEndAnswer answer, front_end_.Answer(*ours, sql));
    if (answer.result != nullptr) {
      return std::move(answer.result);
    }
    if (answer.statement != nullptr) {
      return RunOnDuckDb(std::move(answer.statement), sql, nullptr);
    }
  }
  duckdb::Parser parser(connection_->duckdb.context->GetParserOptions());
  parser.ParseQuery(std::string(sql));
  if (parser.statements.size() != 1) {
    return MakeError(ErrorCode::kSyntax,
                     parser.statements.empty()
                         ? "There is no statement in the text"
                         : "There is more than one statement in the text");
  }
  return RunOnDuckDb(std::move(parser.statements[0]), sql, nullptr);
}

Result<std::unique_ptr<ResultStream>> DuckSession::RunOnDuckDb(
    duckdb::unique_ptr<duckdb::SQLStatement> statement, std::string_view sql,
    const std::vector<TrinoColumn>* written) {
  RETURN_NOT_OK(Prepare(*statement));
  std::string type_name = TypeNameOf(*statement);
  statement->query = std::string(sql);
  const CachedQuery::Scope cached(
      context(), rules_.results, *statement,
      options_.uses_result_cache ? Answers::kMayBeKept : Answers::kAreNew, options_.user,
      written);
  duckdb::vector<duckdb::unique_ptr<duckdb::SQLStatement>> parts;
  parts.push_back(std::move(statement));
  connection_->duckdb.context->PreprocessStatements(
      parts);  // PRAGMA and PIVOT become several
  for (size_t i = 0; i + 1 < parts.size(); ++i) {
    auto result = connection_->duckdb.Query(std::move(parts[i]));
    if (result->HasError()) {
      return connection_->ErrorOf(result->GetErrorObject(), sql);
    }
  }
  if (parts.empty()) {
    return EmptyResult(std::move(type_name));
  }
  auto result = connection_->duckdb.SendQuery(std::move(parts.back()));
  std::vector<TrinoColumn> columns;
  if (written != nullptr && !result->HasError()) {
    columns = trino::ResultColumns(*connection_->duckdb.context, *written, result->types);
    for (size_t i = 0; i < result->names.size(); ++i) {
      result->names[i] = trino::ColumnName(result->names[i], i);
    }
  }
  return cached.Answer(std::move(result), [&](auto rows) {
    return StreamOf(connection_, std::move(rows), std::move(type_name), std::string(sql),
                    columns);
  });
}

Result<duckdb::unique_ptr<duckdb::PreparedStatement>> DuckSession::PrepareOnDuckDb(
    duckdb::unique_ptr<duckdb::SQLStatement> statement, std::string_view text) {
  RETURN_NOT_OK(Prepare(*statement));
  statement->query = std::string(text);
  auto prepared = connection_->duckdb.Prepare(std::move(statement));
  if (prepared->HasError()) {
    return connection_->ErrorOf(prepared->GetErrorObject(), text);
  }
  return prepared;
}

Status DuckSession::Prepare(duckdb::SQLStatement& statement) {
  RETURN_NOT_OK(CheckReach(*connection_->duckdb.context, statement));
  switch (statement.type) {
    case StatementType::LOAD_STATEMENT:
      return CheckLoad(statement);
    case StatementType::UPDATE_EXTENSIONS_STATEMENT:
      return MakeError(ErrorCode::kNotSupported,
                       "Extensions are never fetched from the network");
    case StatementType::ATTACH_STATEMENT:
      return PrepareAttach(statement.Cast<duckdb::AttachStatement>().info.get());
    case StatementType::DETACH_STATEMENT:
      if (statement.Cast<duckdb::DetachStatement>().info->name == rules_.warehouse) {
        return MakeError(ErrorCode::kNotSupported,
                         "The warehouse cannot be detached: " + rules_.warehouse);
      }
      return Status::OK();
    case StatementType::TRANSACTION_STATEMENT:
      return CheckCommit(statement);
    case StatementType::CREATE_STATEMENT:
      CheckQuery(*statement.Cast<duckdb::CreateStatement>().info);
      return QualifyView(statement);
    case StatementType::SELECT_STATEMENT:
      CheckQuery(statement.Cast<duckdb::SelectStatement>());
      return Status::OK();
    case StatementType::INSERT_STATEMENT:
      if (auto& query = statement.Cast<duckdb::InsertStatement>().select_statement) {
        CheckQuery(*query);
      }
      return Status::OK();
    default:
      return Status::OK();
  }
}

Status DuckSession::CheckLoad(duckdb::SQLStatement& statement) const {
  duckdb::LoadInfo& info = *statement.Cast<duckdb::LoadStatement>().info;
  const std::string name = info.filename;
  if (info.load_type != duckdb::LoadType::LOAD) {
    return MakeError(
        ErrorCode::kNotSupported,
        "INSTALL is not supported: extensions are never fetched from the network: " +
            name);
  }
  if (connection_->duckdb.context->db->ExtensionIsLoaded(name)) {
    return Status::OK();
  }
  if (!IsPlainWord(name) || rules_.extension_directory.empty()) {
    return MakeError(ErrorCode::kNotSupported,
                     "LOAD takes the name of an extension in the program's own directory "
                     "of extensions, not " +
                         name);
  }
  const auto path =
      std::filesystem::path(rules_.extension_directory) / (name + ".duckdb_extension");
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    return MakeError(ErrorCode::kNoSuchFile, "Extension is not there: " + path.string());
  }
  info.filename = path.string();
  return Status::OK();
}

/// DuckDB turns the COMMIT of a transaction that an error has spoilt into ROLLBACK and
/// reports success.
Status DuckSession::CheckCommit(const duckdb::SQLStatement& statement) {
  const auto& info = *statement.Cast<duckdb::TransactionStatement>().info;
  auto& transaction = connection_->duckdb.context->transaction;
  const bool spoilt =
      info.type == duckdb::TransactionType::COMMIT && !transaction.IsAutoCommit() &&
      transaction.HasActiveTransaction() &&
      duckdb::ValidChecker::IsInvalidated(transaction.ActiveTransaction());
  if (!spoilt) {
    return Status::OK();
  }
  connection_->duckdb.Rollback();
  return MakeError(ErrorCode::kInvalidArgument,
                   "The transaction was rolled back because a statement in it had "
                   "failed; nothing was committed");
}

Status DuckSession::QualifyView(duckdb::SQLStatement& statement) {
  auto& info = *statement.Cast<duckdb::CreateStatement>().info;
  if (info.type != duckdb::CatalogType::VIEW_ENTRY || info.temporary) {
    return Status::OK();
  }
  duckdb::ClientContext& context = *connection_->duckdb.context;
  Status status;
  context.RunFunctionInTransaction([&] {
    duckdb::Binder::BindSchemaOrCatalog(context, info.catalog, info.schema);
    const auto& current =
        duckdb::ClientData::Get(context).catalog_search_path->GetDefault();
    if (front_end_.FindOurs(info.catalog.empty() ? current.catalog : info.catalog) ==
        nullptr) {
      return;
    }
    VisitTables(*info.Cast<duckdb::CreateViewInfo>().query, [&](duckdb::BaseTableRef&
                                                                    table) {
      duckdb::Binder::BindSchemaOrCatalog(context, table.catalog_name, table.schema_name);
      const duckdb::EntryLookupInfo lookup(duckdb::CatalogType::TABLE_ENTRY,
                                           table.table_name);
      auto entry =
          duckdb::Catalog::GetEntry(context, table.catalog_name, table.schema_name,
                                    lookup, duckdb::OnEntryNotFound::RETURN_NULL);
      if (entry == nullptr) {
        return;  // binding the view reports it
      }
      const std::string& catalog = entry->ParentCatalog().GetName();
      if (catalog == TEMP_CATALOG || entry->ParentCatalog().InMemory()) {
        status = MakeError(
            ErrorCode::kNotSupported,
            "A view in the warehouse cannot read a table that lives only in memory: " +
                table.table_name);
        return;
      }
      if (entry->ParentCatalog().IsSystemCatalog()) {
        return;
      }
      table.catalog_name = catalog;
      table.schema_name = entry->ParentSchema().name;
    });
  });
  return status;
}

void DuckSession::Interrupt() { connection_->duckdb.Interrupt(); }

Progress DuckSession::progress() const {
  if (const int64_t steps = connection_->steps_total; steps > 0) {
    const auto done = static_cast<double>(connection_->steps_done);
    return {.percent = std::min(100.0, 100.0 * done / static_cast<double>(steps))};
  }
  auto progress = connection_->duckdb.context->GetQueryProgress();
  return {.percent = progress.GetPercentage(),
          .rows_processed = static_cast<int64_t>(progress.GetRowsProcesseed()),
          .rows_total = static_cast<int64_t>(progress.GetTotalRowsToProcess())};
}

std::string DuckSession::current_schema() const { return front_end_.CurrentSchema(); }

}  // namespace tarn::engine
