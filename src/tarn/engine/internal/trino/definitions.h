// CREATE, ALTER, DROP, COMMENT, TRUNCATE and ANALYZE in Trino's dialect, on catalogs of
// ours. What concerns another catalog (memory, PostgreSQL) is DuckDB's to read.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/engine/internal/trino/lake_names.h"
#include "tarn/engine/internal/trino/statement_host.h"
#include "tarn/sql/statement.h"

namespace tarn::engine::trino {

/// For one statement. All methods may throw DuckDB's exceptions; messages are Trino's.
class Definitions {
 public:
  /// `statement` was parsed from `text`; both outlive this.
  Definitions(const sql::TrinoStatement& statement, std::string_view text,
              StatementHost& host, SessionFacts facts)
      : statement_(statement),
        text_(text),
        host_(host),
        facts_(std::move(facts)),
        names_(host.context(), host.front_end(), statement.at) {}

  // ---- table_definitions.cc
  Answer Run(const sql::statement::CreateTableStatement& create);
  Answer Run(const sql::AlterTable& alter);
  Answer Run(const sql::statement::Truncate& truncate);
  Answer Run(const sql::statement::Analyze& analyze);
  // ---- definitions.cc
  Answer Run(const sql::statement::CreateSchemaStatement& create);
  Answer Run(const sql::statement::Drop& drop);
  Answer Run(const sql::statement::Rename& rename);
  Answer Run(const sql::statement::SetProperties& set);
  Answer Run(const sql::statement::Comment& comment);
  Answer Run(const sql::statement::CreateBranch& create);
  Answer Run(const sql::statement::FastForwardBranch& forward);
  // ---- view_definitions.cc
  Answer Run(const sql::statement::CreateView& create);

 private:
  /// Runs `act` in a transaction. It gives false for what is not ours, and DuckDB reads
  /// the text then. `refused_in`: the statement's name where it cannot be part of a
  /// transaction of the client's.
  Answer Act(const char* statement_type, const char* refused_in,
             const std::function<Result<bool>()>& act);
  Status Error(ErrorCode code, std::string_view name, const std::string& message) const {
    return ErrorAt(code, statement_.at, name, message);
  }

  /// Errors: INVALID_TABLE_PROPERTY at the property.
  Status CheckTableProperties(const std::vector<sql::statement::Property>& properties,
                              const std::string& catalog) const;
  Status CheckAlterAction(const sql::AlterAction& action,
                          const iceberg::TableMetadata& table,
                          const std::string& catalog) const;
  Answer CreateEmptyTable(const sql::statement::CreateTableStatement& create);
  Answer CreateTableAs(const sql::statement::CreateTableStatement& create);
  Status AddLiked(const sql::statement::CreateTableStatement& create,
                  DeclaredTable* declared);
  /// Errors: MISSING_COLUMN_NAME, DUPLICATE_COLUMN_NAME, as far as the text tells.
  Status CheckColumnNames(const sql::Query& query) const;

  Result<bool> DropSchema(const sql::statement::Drop& drop);
  Result<bool> DropTable(const sql::statement::Drop& drop);
  Result<bool> DropView(const sql::statement::Drop& drop);
  Result<bool> DropBranch(const sql::statement::Drop& drop);
  Status EmptySchema(const FoundSchema& found);
  Status CommentOnColumn(const FoundObject& found, const std::string& column,
                         const std::optional<std::string>& text);
  Status CommentOnViewColumn(const FoundObject& found, const std::string& column,
                             const std::optional<std::string>& text);
  /// Whether the view is to be made; false: it is there and IF NOT EXISTS leaves it.
  Result<bool> StartView(const sql::statement::CreateView& create,
                         const FoundObject& found);
  Answer SetViewProperties(const sql::statement::SetProperties& set);
  Status SetViewProperty(const FoundObject& found, const std::string& key,
                         const std::optional<std::string>& value);

  const sql::TrinoStatement& statement_;
  std::string_view text_;
  StatementHost& host_;
  SessionFacts facts_;
  LakeNames names_;
};

}  // namespace tarn::engine::trino
