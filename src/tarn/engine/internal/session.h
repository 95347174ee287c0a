// One client's session over DuckDB.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <duckdb/main/database.hpp>
#include <duckdb/parser/sql_statement.hpp>

#include "tarn/engine/engine.h"
#include "tarn/engine/internal/front_end.h"
#include "tarn/engine/internal/result_stream.h"
#include "tarn/engine/internal/trino/translator.h"

namespace tarn::engine {

/// What a session may do, beside queries.
struct SessionRules {
  std::string warehouse;            // where names without a catalog lead; stays attached
  std::string extension_directory;  // LOAD takes from here only; empty: LOAD is refused
};

class DuckSession final : public Session {
 public:
  DuckSession(std::shared_ptr<duckdb::DuckDB> database, SessionRules rules);

  Result<std::unique_ptr<ResultStream>> Execute(std::string_view sql) override;
  void Interrupt() override;
  Progress progress() const override;
  std::string current_schema() const override;

 private:
  Result<std::unique_ptr<ResultStream>> Run(std::string_view sql);
  /// nullptr if the statement is none that Trino's dialect is translated for.
  Result<std::unique_ptr<ResultStream>> RunTrino(std::string_view sql);
  void SetDialect(const std::string& dialect);
  trino::SessionFacts Facts() const;
  /// `written` set: names and types of columns are given as Trino gives them.
  Result<std::unique_ptr<ResultStream>> RunOnDuckDb(
      duckdb::unique_ptr<duckdb::SQLStatement> statement, std::string_view sql,
      const std::vector<TrinoColumn>* written = nullptr);
  /// Refuses what this program does not let SQL do, and makes names in new views full.
  Status Prepare(duckdb::SQLStatement& statement);
  Status CheckLoad(duckdb::SQLStatement& statement) const;
  Status CheckCommit(const duckdb::SQLStatement& statement);
  Status QualifyView(duckdb::SQLStatement& statement);

  std::shared_ptr<duckdb::DuckDB> database_;  // outlives the connection
  SessionRules rules_;
  std::shared_ptr<SessionConnection> connection_;
  FrontEnd front_end_;
  bool is_trino_ = false;  // SET SESSION dialect
};

}  // namespace tarn::engine
