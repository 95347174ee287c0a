// SHOW and DESCRIBE in Trino's dialect.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/engine/internal/trino/lake_names.h"
#include "tarn/engine/internal/trino/statement_host.h"
#include "tarn/sql/statement.h"

namespace tarn::engine::trino {

/// For one statement; names and columns of results are Trino's. All methods may throw
/// DuckDB's exceptions.
class Shows {
 public:
  /// `statement` was parsed from `text`; both outlive this.
  Shows(const sql::TrinoStatement& statement, std::string_view text, StatementHost& host,
        SessionFacts facts)
      : at_(statement.at),
        text_(text),
        host_(host),
        facts_(std::move(facts)),
        names_(host.context(), host.front_end(), statement.at) {}

  Answer Run(const sql::statement::Show& show);

 private:
  // ---- show.cc
  Answer Catalogs(const sql::statement::Show& show);
  Answer Functions(const sql::statement::Show& show);
  Answer Schemas(const sql::statement::Show& show);
  Answer Tables(const sql::statement::Show& show);
  Answer Columns(const sql::statement::Show& show);
  /// Column, Type, Extra, Comment of each column that LIKE lets through.
  Result<std::vector<TextRow>> ColumnRows(const sql::statement::Show& show);
  Answer Branches(const sql::statement::Show& show);
  Answer Session(const sql::statement::Show& show);
  Answer Grants(const sql::statement::Show& show);
  // ---- show_create.cc
  Answer CreateTable(const sql::statement::Show& show);
  Answer CreateView(const sql::statement::Show& show);
  Answer CreateSchema(const sql::statement::Show& show);
  // ---- show_spark.cc
  Answer TableProperties(const sql::statement::Show& show);
  Answer ExtendedColumns(const sql::statement::Show& show);
  // ---- show_stats.cc
  Answer Stats(const sql::statement::Show& show);
  Answer TableStats(const sql::statement::ObjectName& name);
  Answer QueryStats(const sql::QueryPtr& query);

  Status Error(ErrorCode code, std::string_view name, const std::string& message) const {
    return ErrorAt(code, at_, name, message);
  }
  /// Those of `names`, sorted, that LIKE lets through.
  Answer Names(const std::string& column, const std::set<std::string>& names,
               const sql::statement::Show& show) const;
  bool IsShown(const std::string& name, const sql::statement::Show& show) const;
  /// SELECT * FROM the object, bound.
  Result<duckdb::unique_ptr<duckdb::PreparedStatement>> BindObject(
      const sql::statement::ObjectName& name);

  sql::Position at_;
  std::string_view text_;
  StatementHost& host_;
  SessionFacts facts_;
  LakeNames names_;
};

/// SQL's LIKE; without `escape` no character is special but % and _.
bool IsLike(std::string_view text, std::string_view pattern,
            std::optional<char> escape = {});

/// "decimal(12,2)", "row(x integer)": types of columns in listings.
std::string ListedType(const iceberg::Type& type);

/// `texts` with a column of "true" and "false" as boolean.
Answer WithBoolean(std::unique_ptr<ResultStream> texts, int column);

/// SHOW FUNCTIONS: rows of Trino's six columns, sorted by name. Throws DuckDB's
/// exceptions.
std::vector<TextRow> FunctionRows(duckdb::ClientContext& context);
/// Rows of functions that are no entries of the catalog.
void AddSyntaxFunctions(std::vector<TextRow>* rows);

}  // namespace tarn::engine::trino
