// CALL and ALTER TABLE … EXECUTE, from the statement to its result.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/engine/internal/procedures/procedure_call.h"
#include "tarn/engine/internal/trino/translator.h"
#include "tarn/sql/statement.h"

namespace tarn::engine::procedures {

/// CALL [[catalog.]system.]name (…). `text` is the statement's. The result has Spark's
/// columns; that of a procedure of Trino's none. Errors: those of BindArguments and of
/// the action; kNotSupported in a transaction. May throw DuckDB's exceptions.
Result<std::unique_ptr<ResultStream>> RunCall(const CallerSession& session,
                                              const trino::SessionFacts& facts,
                                              std::string_view text,
                                              const sql::statement::Call& call);

/// ALTER TABLE t EXECUTE name (…) WHERE …. The result is Trino's: metrics by name, or a
/// column without rows.
Result<std::unique_ptr<ResultStream>> RunExecute(
    const CallerSession& session, const trino::SessionFacts& facts, std::string_view text,
    const sql::statement::ExecuteProcedure& execute);

/// CALL and ALTER TABLE … EXECUTE in a text of another dialect; unset for other
/// statements, and for CALL of what is no procedure of ours: a name that is not in schema
/// `system`. Errors: kSyntax.
Result<std::optional<sql::TrinoStatement>> ParseProcedureStatement(std::string_view text);

/// What there is, for listings: a row for each way of calling.
struct ProcedureInfo {
  struct Argument {
    std::string name;
    std::string type;  // Trino's
    bool is_required;
  };
  std::string name;
  bool is_table_procedure;  // ALTER TABLE … EXECUTE
  std::vector<Argument> arguments;
};
std::vector<ProcedureInfo> ListProcedures();

}  // namespace tarn::engine::procedures
