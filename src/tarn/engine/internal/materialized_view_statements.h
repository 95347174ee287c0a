// CREATE, REFRESH, DROP, ALTER and SHOW CREATE MATERIALIZED VIEW.
#pragma once

#include <string>
#include <string_view>

#include "tarn/engine/internal/materialized_view.h"
#include "tarn/engine/internal/trino/lake_names.h"
#include "tarn/engine/internal/trino/statement_host.h"
#include "tarn/sql/statement.h"

namespace tarn::engine {

/// For one statement. All methods may throw DuckDB's exceptions; messages are Trino's.
class MaterializedViewStatements {
 public:
  /// `statement` was parsed from `text`; both outlive this.
  MaterializedViewStatements(const sql::TrinoStatement& statement, std::string_view text,
                             trino::StatementHost& host)
      : statement_(statement),
        text_(text),
        host_(host),
        names_(host.context(), host.front_end(), statement.at) {}

  trino::Answer Run(const sql::statement::CreateMaterializedView& create);
  /// By what was appended since the last refresh where that gives the same rows, else
  /// anew.
  trino::Answer Run(const sql::statement::RefreshMaterializedView& refresh);
  trino::Answer Run(const sql::statement::Drop& drop);
  trino::Answer Run(const sql::statement::Rename& rename);
  /// Of the storage table, as ALTER TABLE … SET PROPERTIES takes them.
  trino::Answer Run(const sql::statement::SetProperties& set);
  trino::Answer ShowCreate(const sql::statement::ObjectName& name);

 private:
  struct Found {
    trino::FoundObject object;
    std::optional<MaterializedView> view;  // unset: it is none
  };
  /// Errors: TABLE_NOT_FOUND where it must be a materialised view and is none.
  Result<Found> Find(const sql::statement::ObjectName& name, bool must_exist);
  Status Error(ErrorCode code, std::string_view name, const std::string& message) const {
    return trino::ErrorAt(code, statement_.at, name, message);
  }
  Status RequireAutocommit(const char* what);
  Status CreateStorage(const sql::statement::CreateMaterializedView& create,
                       const trino::FoundObject& found, const std::string& storage);
  Status CreateView(const sql::statement::CreateMaterializedView& create,
                    const trino::FoundObject& found, const std::string& storage);
  Status SetViewProperty(const Found& found, const char* key, const std::string& value);
  Status DropStorage(const trino::FoundSchema& in, const iceberg::TableIdent& storage);
  /// In a transaction that is open. Gives the rows written.
  Result<int64_t> RefreshInTransaction(
      const sql::statement::RefreshMaterializedView& refresh);
  Status RunTransaction(duckdb::TransactionType type);
  Result<int64_t> Write(duckdb::unique_ptr<duckdb::SQLStatement> statement);
  Status NoteState(const Found& found, const ViewFreshness& before, RefreshState state);

  const sql::TrinoStatement& statement_;
  std::string_view text_;
  trino::StatementHost& host_;
  trino::LakeNames names_;
};

}  // namespace tarn::engine
