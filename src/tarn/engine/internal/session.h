// One client's session over DuckDB.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <duckdb/main/database.hpp>
#include <duckdb/parser/sql_statement.hpp>

#include "tarn/engine/commit_watch.h"
#include "tarn/engine/engine.h"
#include "tarn/engine/internal/file_roots.h"
#include "tarn/engine/internal/front_end.h"
#include "tarn/engine/internal/query_meter.h"
#include "tarn/engine/internal/result_stream.h"
#include "tarn/engine/internal/trino/statement_host.h"
#include "tarn/engine/query_resources.h"

namespace tarn::engine {

class ResultCache;

/// What a session may do, beside queries.
struct SessionRules {
  std::string warehouse;            // where names without a catalog lead; stays attached
  std::string extension_directory;  // LOAD takes from here only; empty: LOAD is refused
  FileRoots file_roots = {};        // of sessions that do not reach the server
  std::shared_ptr<ResultCache> results = nullptr;  // of all sessions; may be null
};

class DuckSession final : public Session, private trino::StatementHost {
 public:
  DuckSession(std::shared_ptr<duckdb::DuckDB> database, SessionRules rules,
              SessionOptions options);

  Result<std::unique_ptr<ResultStream>> Execute(std::string_view sql) override;
  Result<std::unique_ptr<ResultStream>> Run(
      const sql::TrinoStatement& statement, std::string_view text,
      const std::vector<sql::ExpressionPtr>& parameters) override;
  Result<StatementShape> Describe(const sql::TrinoStatement& statement,
                                  std::string_view text) override;
  Result<ScanEstimate> Estimate(std::string_view sql) override;
  void Interrupt() override;
  Progress progress() const override;
  std::string current_schema() const override;
  /// As WatchCommits().
  void SetCommitWatch(std::shared_ptr<CommitWatch> watch);
  /// As LimitResources().
  std::shared_ptr<const ResourceMeter> SetLimits(ResourceLimits limits);

 private:
  // ---- trino::StatementHost
  duckdb::ClientContext& context() override { return *connection_->duckdb.context; }
  FrontEnd& front_end() override { return front_end_; }
  std::shared_ptr<SessionConnection> connection() override { return connection_; }
  trino::SessionFacts facts() override;
  Result<std::unique_ptr<ResultStream>> RunOnDuckDb(
      duckdb::unique_ptr<duckdb::SQLStatement> statement, std::string_view text,
      const std::vector<TrinoColumn>* columns) override;
  Result<duckdb::unique_ptr<duckdb::PreparedStatement>> PrepareOnDuckDb(
      duckdb::unique_ptr<duckdb::SQLStatement> statement, std::string_view text) override;
  Result<std::unique_ptr<ResultStream>> RunText(std::string_view text) override;
  Status SetDialect(const std::string& dialect) override;
  std::map<std::string, std::string>& prepared() override { return prepared_; }

  /// `run`, with our own error where a commit of ours failed.
  Result<std::unique_ptr<ResultStream>> Guarded(
      std::string_view text,
      const std::function<Result<std::unique_ptr<ResultStream>>()>& run);
  /// A text in DuckDB's grammar or our front end's.
  Result<std::unique_ptr<ResultStream>> RunParsed(std::string_view sql);
  /// Refuses what this program does not let SQL do, and makes names in new views full.
  Status Prepare(duckdb::SQLStatement& statement);
  Status CheckLoad(duckdb::SQLStatement& statement) const;
  Status CheckCommit(const duckdb::SQLStatement& statement);
  Status QualifyView(duckdb::SQLStatement& statement);

  std::shared_ptr<duckdb::DuckDB> database_;  // outlives the connection
  SessionRules rules_;
  SessionOptions options_;
  std::shared_ptr<SessionConnection> connection_;
  const std::shared_ptr<QueryMeter> meter_ = std::make_shared<QueryMeter>();
  FrontEnd front_end_;
  bool is_trino_ = false;  // SET SESSION dialect
  std::map<std::string, std::string> prepared_;
};

}  // namespace tarn::engine
