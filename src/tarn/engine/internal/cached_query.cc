#include "tarn/engine/internal/cached_query.h"

#include <algorithm>
#include <array>
#include <utility>

#include <duckdb/catalog/catalog_search_path.hpp>
#include <duckdb/common/serializer/binary_serializer.hpp>
#include <duckdb/common/serializer/memory_stream.hpp>
#include <duckdb/main/attached_database.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/main/client_data.hpp>
#include <duckdb/optimizer/optimizer_extension.hpp>
#include <duckdb/parser/statement/create_statement.hpp>
#include <duckdb/parser/statement/select_statement.hpp>
#include <duckdb/parser/statement/set_statement.hpp>
#include <duckdb/planner/expression.hpp>
#include <duckdb/planner/logical_operator_visitor.hpp>
#include <duckdb/planner/operator/logical_empty_result.hpp>
#include <duckdb/planner/operator/logical_get.hpp>
#include <duckdb/transaction/meta_transaction.hpp>

#include "tarn/base/digest.h"
#include "tarn/engine/internal/attached_catalog.h"
#include "tarn/engine/internal/materialized_view.h"
#include "tarn/engine/internal/scan_file_list.h"
#include "tarn/engine/internal/table_scan.h"
#include "tarn/engine/internal/transaction.h"
#include "tarn/iceberg/view_metadata.h"
#include "tarn/sql/lexer.h"

namespace tarn::engine {
namespace {

using duckdb::LogicalOperatorType;

/// Sorted.
constexpr std::array<std::string_view, 30> kChanging = {"current_date",
                                                        "current_setting",
                                                        "current_time",
                                                        "current_timestamp",
                                                        "currval",
                                                        "gen_random_uuid",
                                                        "get_current_time",
                                                        "get_current_timestamp",
                                                        "getenv",
                                                        "getvariable",
                                                        "localtime",
                                                        "localtimestamp",
                                                        "nextval",
                                                        "now",
                                                        "query",
                                                        "query_table",
                                                        "rand",
                                                        "random",
                                                        "read_blob",
                                                        "read_text",
                                                        "setseed",
                                                        "shuffle",
                                                        "tablesample",
                                                        "today",
                                                        "transaction_timestamp",
                                                        "txid_current",
                                                        "uuid",
                                                        "uuidv4",
                                                        "uuidv7",
                                                        "write_log"};

/// Operators whose rows are those of their children, put together anew, or constants.
bool IsPure(const duckdb::LogicalOperator& op) {
  switch (op.type) {
    case LogicalOperatorType::LOGICAL_GET: {
      const auto& get = op.Cast<duckdb::LogicalGet>();
      return TableScanFiles(get.function, get.bind_data.get()) != nullptr;
    }
    case LogicalOperatorType::LOGICAL_PROJECTION:
    case LogicalOperatorType::LOGICAL_FILTER:
    case LogicalOperatorType::LOGICAL_AGGREGATE_AND_GROUP_BY:
    case LogicalOperatorType::LOGICAL_WINDOW:
    case LogicalOperatorType::LOGICAL_UNNEST:
    case LogicalOperatorType::LOGICAL_LIMIT:
    case LogicalOperatorType::LOGICAL_ORDER_BY:
    case LogicalOperatorType::LOGICAL_TOP_N:
    case LogicalOperatorType::LOGICAL_DISTINCT:
    case LogicalOperatorType::LOGICAL_CHUNK_GET:
    case LogicalOperatorType::LOGICAL_DELIM_GET:
    case LogicalOperatorType::LOGICAL_EXPRESSION_GET:
    case LogicalOperatorType::LOGICAL_DUMMY_SCAN:
    case LogicalOperatorType::LOGICAL_EMPTY_RESULT:
    case LogicalOperatorType::LOGICAL_CTE_REF:
    case LogicalOperatorType::LOGICAL_JOIN:
    case LogicalOperatorType::LOGICAL_DELIM_JOIN:
    case LogicalOperatorType::LOGICAL_COMPARISON_JOIN:
    case LogicalOperatorType::LOGICAL_ANY_JOIN:
    case LogicalOperatorType::LOGICAL_CROSS_PRODUCT:
    case LogicalOperatorType::LOGICAL_POSITIONAL_JOIN:
    case LogicalOperatorType::LOGICAL_ASOF_JOIN:
    case LogicalOperatorType::LOGICAL_DEPENDENT_JOIN:
    case LogicalOperatorType::LOGICAL_UNION:
    case LogicalOperatorType::LOGICAL_EXCEPT:
    case LogicalOperatorType::LOGICAL_INTERSECT:
    case LogicalOperatorType::LOGICAL_RECURSIVE_CTE:
    case LogicalOperatorType::LOGICAL_MATERIALIZED_CTE:
      return true;
    default:
      return false;
  }
}

/// Whether the same data always give the same rows. Counts the scans.
bool IsRepeatable(duckdb::LogicalOperator& op, int* num_scans) {
  if (!IsPure(op)) {
    return false;
  }
  *num_scans += op.type == LogicalOperatorType::LOGICAL_GET ? 1 : 0;
  bool is_repeatable = true;
  duckdb::LogicalOperatorVisitor::EnumerateExpressions(
      op, [&](duckdb::unique_ptr<duckdb::Expression>* expression) {
        is_repeatable = is_repeatable && (*expression)->IsConsistent();
      });
  return is_repeatable && std::ranges::all_of(op.children, [&](const auto& child) {
           return IsRepeatable(*child, num_scans);
         });
}

bool ViewNamesWhatChanges(const iceberg::ViewMetadata& view) {
  return std::ranges::any_of(view.current_version().representations,
                             [](const auto& text) { return NamesWhatChanges(text.sql); });
}

/// A materialised view is read as it is for some time after its tables have changed.
bool DependsOnTime(const iceberg::ViewMetadata& view) {
  const auto grace = view.properties.find(kGraceProperty);
  return grace != view.properties.end() && !grace->second.empty();
}

/// Settings, macros and attached databases: what names and operators mean.
bool ChangesMeaning(const duckdb::SQLStatement& statement) {
  switch (statement.type) {
    case duckdb::StatementType::SET_STATEMENT: {
      const auto& set = statement.Cast<duckdb::SetStatement>();
      // The zone of the session is part of each question.
      return FoldName(set.name) != "timezone" || set.scope == duckdb::SetScope::GLOBAL;
    }
    case duckdb::StatementType::CREATE_STATEMENT: {
      const auto type = statement.Cast<duckdb::CreateStatement>().info->type;
      return type != duckdb::CatalogType::TABLE_ENTRY &&
             type != duckdb::CatalogType::VIEW_ENTRY &&
             type != duckdb::CatalogType::SCHEMA_ENTRY;
    }
    case duckdb::StatementType::VARIABLE_SET_STATEMENT:
    case duckdb::StatementType::PRAGMA_STATEMENT:
    case duckdb::StatementType::LOAD_STATEMENT:
    case duckdb::StatementType::ATTACH_STATEMENT:
    case duckdb::StatementType::DETACH_STATEMENT:
    case duckdb::StatementType::MULTI_STATEMENT:
    case duckdb::StatementType::EXTENSION_STATEMENT:
      return true;
    default:
      return false;
  }
}

/// All that an answer depends on beside the states of tables and views, as a digest. The
/// tree is written as bytes: its text does not tell 1.0 from 1E0. Empty if it cannot be.
std::string QuestionOf(duckdb::ClientContext& context,
                       const duckdb::SelectStatement& query, std::string_view asker,
                       const std::vector<TrinoColumn>* columns) {
  if (NamesWhatChanges(query.query)) {
    return {};
  }
  std::string facts(asker);
  facts += '\0' + duckdb::CatalogSearchEntry::ListToString(
                      duckdb::ClientData::Get(context).catalog_search_path->Get());
  duckdb::Value zone;
  if (context.TryGetCurrentSetting("TimeZone", zone)) {
    facts += '\0' + zone.ToString();
  }
  for (const TrinoColumn& column :
       columns == nullptr ? std::vector<TrinoColumn>() : *columns) {
    facts += '\0' + column.type + '\0' + column.zone;
  }
  duckdb::MemoryStream stream;
  duckdb::BinarySerializer::Serialize(query, stream);
  facts += '\0' + std::string(columns == nullptr ? "d" : "t");
  facts.append(reinterpret_cast<const char*>(stream.GetData()), stream.GetPosition());
  return Sha256(facts);
}

void ShowPlan(duckdb::OptimizerExtensionInput& input,
              duckdb::unique_ptr<duckdb::LogicalOperator>& plan) {
  auto state = input.context.registered_state->Get<CachedQuery>(CachedQuery::kKey);
  if (state != nullptr) {
    state->OnPlan(input.context, plan);
  }
}

}  // namespace

bool NamesWhatChanges(std::string_view text) {
  for (const sql::Token& token : sql::TokenizeTrino(text)) {
    const bool is_name =
        token.kind == sql::TokenKind::kWord || token.kind == sql::TokenKind::kQuotedName;
    if (is_name &&
        std::ranges::binary_search(kChanging, std::string_view(FoldName(token.text)))) {
      return true;
    }
  }
  return false;
}

std::optional<std::string> StatesOf(duckdb::ClientContext& context,
                                    duckdb::LogicalOperator& plan) {
  int num_scans = 0;
  if (!IsRepeatable(plan, &num_scans) || num_scans == 0) {
    return std::nullopt;
  }
  auto& transaction = duckdb::MetaTransaction::Get(context);
  std::string states;
  for (duckdb::AttachedDatabase& database : transaction.OpenedTransactions()) {
    if (database.IsSystem() || AttachedCatalog::From(database.GetCatalog()) == nullptr) {
      continue;
    }
    auto& ours = IcebergTransaction::Get(context, database.GetCatalog());
    if (!ours.writes().empty()) {
      return std::nullopt;
    }
    for (const CatalogObject& object : ours.view().Loaded()) {
      if (object.metadata_location.empty() ||
          (object.view != nullptr &&
           (ViewNamesWhatChanges(*object.view) || DependsOnTime(*object.view)))) {
        return std::nullopt;
      }
      const std::string& uuid =
          object.view != nullptr ? object.view->view_uuid : object.table->table_uuid;
      states += database.GetName() + '\n' + uuid + '\n' + object.metadata_location + '\n';
    }
  }
  return states;
}

void CachedQuery::Register(duckdb::DBConfig& config) {
  duckdb::OptimizerExtension extension;
  extension.pre_optimize_function = &ShowPlan;
  duckdb::OptimizerExtension::Register(config, extension);
}

duckdb::shared_ptr<CachedQuery> CachedQuery::Of(duckdb::ClientContext& context) {
  return context.registered_state->GetOrCreate<CachedQuery>(kKey);
}

void CachedQuery::Begin(duckdb::ClientContext& context,
                        std::shared_ptr<ResultCache> cache,
                        const duckdb::SQLStatement& statement, Answers answers,
                        std::string_view asker, const std::vector<TrinoColumn>* columns) {
  cache_ = std::move(cache);
  question_.clear();
  plans_ = 0;
  is_changing_ = ChangesMeaning(statement);
  if (is_changing_) {
    is_spoilt_ = true;
    cache_->BeginEra();
  }
  outcome_ = {.era = cache_->era()};
  const bool may_be_kept = answers == Answers::kMayBeKept &&
                           statement.type == duckdb::StatementType::SELECT_STATEMENT &&
                           !is_spoilt_ && context.transaction.IsAutoCommit();
  if (may_be_kept) {
    const auto& query = statement.Cast<duckdb::SelectStatement>();
    question_ = QuestionOf(context, query, asker, columns);
  }
}

CachedQuery::Outcome CachedQuery::End() {
  if (is_changing_ && cache_ != nullptr) {
    cache_->BeginEra();  // those who planned while it ran may have seen half of it
  }
  is_changing_ = false;
  cache_ = nullptr;
  question_.clear();
  return std::exchange(outcome_, {});
}

CachedQuery::Scope::Scope(duckdb::ClientContext& context,
                          std::shared_ptr<ResultCache> cache,
                          const duckdb::SQLStatement& statement, Answers answers,
                          std::string_view asker, const std::vector<TrinoColumn>* columns)
    : cache_(std::move(cache)) {
  if (cache_ != nullptr) {
    state_ = CachedQuery::Of(context);
    state_->Begin(context, cache_, statement, answers, asker, columns);
  }
}

CachedQuery::Scope::~Scope() {
  if (state_ != nullptr) {
    state_->End();
  }
}

Result<std::unique_ptr<ResultStream>> CachedQuery::Scope::Answer(
    duckdb::unique_ptr<duckdb::QueryResult> result, const Stream& stream) const {
  if (state_ == nullptr || result->HasError()) {
    return stream(std::move(result));
  }
  const Outcome outcome = state_->End();
  if (outcome.found != nullptr) {
    while (result->Fetch() != nullptr) {
    }  // which ends its transaction
    return StreamOfKept(outcome.found);
  }
  ARROW_ASSIGN_OR_RAISE(auto rows, stream(std::move(result)));
  return outcome.key.empty()
             ? std::move(rows)
             : KeepWhenRead(std::move(rows), cache_, outcome.key, outcome.era);
}

void CachedQuery::OnPlan(duckdb::ClientContext& context,
                         duckdb::unique_ptr<duckdb::LogicalOperator>& plan) {
  if (cache_ == nullptr || question_.empty()) {
    return;
  }
  if (++plans_ > 1) {
    // Planned anew, for other states: these rows are the ones to give, and not kept.
    outcome_.found = nullptr;
    outcome_.key.clear();
    return;
  }
  const auto states = StatesOf(context, *plan);
  if (!states) {
    return;
  }
  outcome_.key = question_ + '\n' + *states;
  outcome_.found = cache_->Find(outcome_.key);
  if (outcome_.found != nullptr) {
    plan = duckdb::make_uniq<duckdb::LogicalEmptyResult>(std::move(plan));
  }
}

}  // namespace tarn::engine
