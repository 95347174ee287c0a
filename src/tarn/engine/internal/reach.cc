#include "tarn/engine/internal/reach.h"

#include <utility>

#include <duckdb/catalog/catalog.hpp>
#include <duckdb/common/string_util.hpp>
#include <duckdb/main/client_config.hpp>
#include <duckdb/main/client_data.hpp>
#include <duckdb/parser/parsed_data/create_info.hpp>
#include <duckdb/parser/parsed_data/drop_info.hpp>
#include <duckdb/parser/parsed_data/pragma_info.hpp>
#include <duckdb/parser/statement/create_statement.hpp>
#include <duckdb/parser/statement/drop_statement.hpp>
#include <duckdb/parser/statement/explain_statement.hpp>
#include <duckdb/parser/statement/multi_statement.hpp>
#include <duckdb/parser/statement/pragma_statement.hpp>
#include <duckdb/parser/statement/prepare_statement.hpp>
#include <duckdb/parser/statement/set_statement.hpp>
#include <duckdb/planner/binder.hpp>
#include <duckdb/planner/logical_operator.hpp>
#include <duckdb/planner/planner_extension.hpp>

#include "tarn/base/error.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/reach_lists.h"
#include "tarn/engine/internal/reach_state.h"

namespace tarn::engine {
namespace {

using duckdb::CatalogType;
using duckdb::StatementType;

Status CheckCreate(const duckdb::CreateInfo& info) {
  switch (info.type) {
    case CatalogType::TABLE_ENTRY:
    case CatalogType::VIEW_ENTRY:
      return info.temporary ? NotAllowed("A temporary table or view") : Status::OK();
    case CatalogType::SCHEMA_ENTRY:
      return Status::OK();
    default:
      return NotAllowed("CREATE " + duckdb::CatalogTypeToString(info.type));
  }
}

Status CheckDrop(const duckdb::DropInfo& info) {
  switch (info.type) {
    case CatalogType::TABLE_ENTRY:
    case CatalogType::VIEW_ENTRY:
    case CatalogType::SCHEMA_ENTRY:
    case CatalogType::PREPARED_STATEMENT:
      return Status::OK();
    default:
      return NotAllowed("DROP " + duckdb::CatalogTypeToString(info.type));
  }
}

Status CheckSet(duckdb::SetStatement& set) {
  if (set.scope == duckdb::SetScope::VARIABLE) {
    return Status::OK();
  }
  if (!IsSessionSetting(duckdb::StringUtil::Lower(set.name))) {
    return NotAllowed("Setting " + set.name);
  }
  if (set.scope == duckdb::SetScope::GLOBAL) {
    return NotAllowed("SET GLOBAL");
  }
  set.scope = duckdb::SetScope::SESSION;  // DuckDB would set some of them for everybody
  return Status::OK();
}

/// The parts of PIVOT: a type of its columns' names, which the session has for itself.
Status CheckParts(duckdb::ClientContext& context, duckdb::MultiStatement& parts) {
  for (const auto& part : parts.statements) {
    const bool is_own_type =
        part->type == StatementType::CREATE_STATEMENT &&
        part->Cast<duckdb::CreateStatement>().info->type == CatalogType::TYPE_ENTRY &&
        part->Cast<duckdb::CreateStatement>().info->temporary;
    if (!is_own_type) {
      RETURN_NOT_OK(CheckReach(context, *part));
    }
  }
  return Status::OK();
}

/// Throws for databases that the confined client does not reach: those in memory are
/// shared with others or take memory for as long as the session lives.
void CheckDatabases(duckdb::PlannerExtensionInput& input,
                    duckdb::BoundStatement& statement) {
  if (Confinement::Of(input.context) == nullptr) {
    return;
  }
  const auto& properties = input.binder.GetStatementProperties();
  for (const auto& [name, ignored] : properties.read_databases) {
    if (name == "memory") {
      ThrowStatus(NotAllowed("Reading database " + name));
    }
  }
  // Views are a procedure's (create_changelog_view): CREATE TEMP VIEW is refused before.
  const bool makes_type =
      statement.plan != nullptr &&
      (statement.plan->type == duckdb::LogicalOperatorType::LOGICAL_CREATE_TYPE ||
       statement.plan->type == duckdb::LogicalOperatorType::LOGICAL_CREATE_VIEW);
  for (const auto& [name, ignored] : properties.modified_databases) {
    if (name == TEMP_CATALOG && makes_type) {
      continue;
    }
    if (name == "memory" || name == TEMP_CATALOG || name == SYSTEM_CATALOG) {
      ThrowStatus(NotAllowed("Changing database " + name));
    }
  }
}

}  // namespace

duckdb::shared_ptr<Confinement> Confinement::Of(duckdb::ClientContext& context) {
  return context.registered_state->Get<Confinement>(kKey);
}

Status NotAllowed(const std::string& what, const std::string& how) {
  return MakeError(ErrorCode::kForbidden,
                   what + " is not allowed: this session reaches tables, not the server" +
                       (how.empty() ? "" : "; " + how));
}

void RegisterReach(duckdb::DBConfig& config) {
  duckdb::PlannerExtension extension;
  extension.post_bind_function = CheckDatabases;
  duckdb::PlannerExtension::Register(config, extension);
  RegisterExtensionGuard(config);
}

void Confine(duckdb::ClientContext& context, FileRoots roots) {
  auto& config = duckdb::ClientConfig::GetConfig(context);
  config.use_replacement_scans = !roots.empty();  // FROM 'file.csv'
  duckdb::ClientData::Get(context).client_file_system =
      MakeConfinedFileSystem(context, roots);
  context.registered_state->Insert(
      Confinement::kKey, duckdb::make_shared_ptr<Confinement>(std::move(roots)));
}

bool IsConfined(duckdb::ClientContext& context) {
  return Confinement::Of(context) != nullptr;
}

Status CheckReach(duckdb::ClientContext& context, duckdb::SQLStatement& statement) {
  if (!IsConfined(context)) {
    return Status::OK();
  }
  switch (statement.type) {
    case StatementType::SELECT_STATEMENT:
    case StatementType::INSERT_STATEMENT:
    case StatementType::UPDATE_STATEMENT:
    case StatementType::DELETE_STATEMENT:
    case StatementType::MERGE_INTO_STATEMENT:
    case StatementType::ALTER_STATEMENT:
    case StatementType::EXECUTE_STATEMENT:
    case StatementType::TRANSACTION_STATEMENT:
    case StatementType::CALL_STATEMENT:
      return Status::OK();
    case StatementType::CREATE_STATEMENT:
      return CheckCreate(*statement.Cast<duckdb::CreateStatement>().info);
    case StatementType::DROP_STATEMENT:
      return CheckDrop(*statement.Cast<duckdb::DropStatement>().info);
    case StatementType::EXPLAIN_STATEMENT:
      return CheckReach(context, *statement.Cast<duckdb::ExplainStatement>().stmt);
    case StatementType::PREPARE_STATEMENT:
      return CheckReach(context, *statement.Cast<duckdb::PrepareStatement>().statement);
    case StatementType::MULTI_STATEMENT:
      return CheckParts(context, statement.Cast<duckdb::MultiStatement>());
    case StatementType::SET_STATEMENT:
      return CheckSet(statement.Cast<duckdb::SetStatement>());
    case StatementType::PRAGMA_STATEMENT: {
      const auto& name = statement.Cast<duckdb::PragmaStatement>().info->name;
      return IsListingPragma(duckdb::StringUtil::Lower(name))
                 ? Status::OK()
                 : NotAllowed("PRAGMA " + name);
    }
    default:
      return NotAllowed(duckdb::StatementTypeToString(statement.type));
  }
}

Status RequireServer(duckdb::ClientContext& context, const std::string& what) {
  return IsConfined(context) ? NotAllowed(what) : Status::OK();
}

Status CheckPlace(duckdb::ClientContext& context, const std::string& location) {
  const auto confinement = Confinement::Of(context);
  if (confinement == nullptr || confinement->roots.Contains(location)) {
    return Status::OK();
  }
  return NotAllowed("Location " + location,
                    "sql.file_roots names places that it may use");
}

Status CheckPlaces(duckdb::ClientContext& context,
                   const std::map<std::string, std::string>& properties) {
  for (const char* key : {"location", "write.data.path", "write.metadata.path",
                          "write.folder-storage.path", "write.object-storage.path"}) {
    if (const auto found = properties.find(key); found != properties.end()) {
      RETURN_NOT_OK(CheckPlace(context, found->second));
    }
  }
  return Status::OK();
}

}  // namespace tarn::engine
