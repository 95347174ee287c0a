// The table function of changelogs: a view of one stays small, and reads the table when
// it is queried.
#include <utility>

#include <duckdb/catalog/catalog.hpp>
#include <duckdb/catalog/catalog_transaction.hpp>
#include <duckdb/function/table_function.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/main/database_manager.hpp>
#include <duckdb/parser/parsed_data/create_table_function_info.hpp>
#include <duckdb/parser/parser.hpp>
#include <duckdb/parser/statement/select_statement.hpp>
#include <duckdb/parser/tableref/subqueryref.hpp>

#include "tarn/base/error.h"
#include "tarn/engine/internal/attached_catalog.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/create_table_text.h"
#include "tarn/engine/internal/procedures/changelog_query.h"
#include "tarn/engine/internal/transaction.h"

namespace tarn::engine::procedures {
namespace {

using duckdb::LogicalType;
using duckdb::Value;

ChangelogForm FormNamed(const std::string& name) {
  for (const ChangelogForm form :
       {ChangelogForm::kChanges, ChangelogForm::kNetChanges, ChangelogForm::kUpdates}) {
    if (NameOf(form) == name) {
      return form;
    }
  }
  return ChangelogForm::kTrino;
}

std::optional<iceberg::SnapshotId> SnapshotOf(const Value& value) {
  return value.IsNull() ? std::nullopt
                        : std::optional(iceberg::SnapshotId{value.GetValue<int64_t>()});
}

Result<std::string> QueryOf(duckdb::ClientContext& context,
                            const duckdb::vector<Value>& inputs) {
  for (const size_t name : {0, 1, 2, 5}) {
    if (inputs[name].IsNull()) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "Catalog, schema, table and form of changes cannot be NULL");
    }
  }
  const std::string catalog_name = inputs[0].ToString();
  const auto database = duckdb::DatabaseManager::Get(context).GetDatabase(catalog_name);
  AttachedCatalog* const ours =
      database == nullptr ? nullptr : AttachedCatalog::From(database->GetCatalog());
  if (ours == nullptr) {
    return MakeError(ErrorCode::kNotSupported,
                     "Changes are known of Iceberg tables only: " + catalog_name);
  }
  auto& transaction = IcebergTransaction::Get(context, *ours);
  ARROW_ASSIGN_OR_RAISE(const auto ns,
                        transaction.view().FindNamespace(inputs[1].ToString()));
  if (!ns.has_value()) {
    return MakeError(ErrorCode::kNoSuchNamespace,
                     "Schema does not exist: " + inputs[1].ToString());
  }
  ARROW_ASSIGN_OR_RAISE(const auto object,
                        transaction.view().Find(*ns, inputs[2].ToString()));
  if (!object.has_value() || object->table == nullptr) {
    return MakeError(ErrorCode::kNoSuchTable, "Table does not exist: " + ns->ToString() +
                                                  "." + inputs[2].ToString());
  }
  const table::Context& tarn = transaction.tarn();
  const iceberg::TableMetadata& metadata = *object->table;
  table::ChangelogPlan plan;
  const auto start = SnapshotOf(inputs[3]);
  const auto end = SnapshotOf(inputs[4]);
  if (metadata.current_snapshot_id.has_value() && (!start.has_value() || start != end)) {
    ARROW_ASSIGN_OR_RAISE(plan,
                          table::PlanChangelog(tarn.io, {.metadata = object->table,
                                                         .from = start,
                                                         .to = end,
                                                         .manifests = tarn.manifests}));
  }
  std::vector<std::string> identifiers;
  for (const Value& identifier : duckdb::ListValue::GetChildren(inputs[6])) {
    identifiers.push_back(identifier.ToString());
  }
  const std::string table = QuoteIdentifier(catalog_name) + "." +
                            QuoteIdentifier(ns->ToString()) + "." +
                            QuoteIdentifier(object->ident.name);
  return ChangelogQuery(table, metadata, plan, FormNamed(inputs[5].ToString()),
                        identifiers);
}

duckdb::unique_ptr<duckdb::TableRef> Replace(duckdb::ClientContext& context,
                                             duckdb::TableFunctionBindInput& input) {
  const std::string text = ValueOrThrow(QueryOf(context, input.inputs));
  duckdb::Parser parser;
  parser.ParseQuery(text);
  return duckdb::make_uniq<duckdb::SubqueryRef>(
      duckdb::unique_ptr_cast<duckdb::SQLStatement, duckdb::SelectStatement>(
          std::move(parser.statements[0])));
}

}  // namespace

void RegisterChangelog(duckdb::DatabaseInstance& database) {
  const LogicalType text = LogicalType::VARCHAR;
  duckdb::TableFunction function(kChangelogFunction,
                                 {text, text, text, LogicalType::BIGINT,
                                  LogicalType::BIGINT, text, LogicalType::LIST(text)},
                                 nullptr);
  function.bind_replace = &Replace;
  duckdb::CreateTableFunctionInfo info(std::move(function));
  auto& catalog = duckdb::Catalog::GetSystemCatalog(database);
  auto transaction = duckdb::CatalogTransaction::GetSystemTransaction(database);
  catalog.CreateTableFunction(transaction, info);
}

}  // namespace tarn::engine::procedures
