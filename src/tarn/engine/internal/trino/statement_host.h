// What handlers of statements in Trino's dialect may use of the session that runs them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <duckdb/main/client_context.hpp>
#include <duckdb/main/prepared_statement.hpp>
#include <duckdb/parser/sql_statement.hpp>

#include "tarn/base/error.h"
#include "tarn/base/result.h"
#include "tarn/engine/engine.h"
#include "tarn/engine/internal/front_end.h"
#include "tarn/engine/internal/result_stream.h"
#include "tarn/engine/internal/trino/translator.h"

namespace tarn::engine::trino {

/// What became of a statement.
using Answer = Result<std::unique_ptr<ResultStream>>;

class StatementHost {
 public:
  virtual ~StatementHost() = default;

  virtual duckdb::ClientContext& context() = 0;
  virtual FrontEnd& front_end() = 0;
  virtual std::shared_ptr<SessionConnection> connection() = 0;
  virtual SessionFacts facts() = 0;

  /// `columns` set: names and types of the result are given as Trino gives them.
  virtual Answer RunOnDuckDb(duckdb::unique_ptr<duckdb::SQLStatement> statement,
                             std::string_view text,
                             const std::vector<TrinoColumn>* columns = nullptr) = 0;
  /// Bound and planned, not run. Errors: those of binding.
  virtual Result<duckdb::unique_ptr<duckdb::PreparedStatement>> PrepareOnDuckDb(
      duckdb::unique_ptr<duckdb::SQLStatement> statement, std::string_view text) = 0;
  /// As DuckDB's grammar reads it, and our front end's before it.
  virtual Answer RunText(std::string_view text) = 0;
  virtual Status SetDialect(const std::string& dialect) = 0;
  /// Texts of PREPARE, by name in lower case.
  virtual std::map<std::string, std::string>& prepared() = 0;
};

/// "line 1:8: NAME: message"; `name` is Trino's where `code` alone does not tell it.
Status ErrorAt(ErrorCode code, const sql::Position& at, std::string_view name,
               const std::string& message);

}  // namespace tarn::engine::trino
