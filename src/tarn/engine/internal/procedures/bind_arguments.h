// Which procedure a call means, and which argument is for which parameter.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <duckdb/common/types/value.hpp>

#include "tarn/base/result.h"
#include "tarn/engine/internal/procedures/procedure.h"
#include "tarn/sql/tree_parts.h"

namespace tarn::engine::procedures {

/// An argument as the statement has it, evaluated.
struct GivenArgument {
  std::optional<std::string> name = {};  // lower case; unset: by position
  duckdb::Value value;
  sql::Position at;
};

struct BoundCall {
  const Procedure* procedure;
  std::map<std::string, ArgumentValue, std::less<>> arguments;  // those that were given
};

/// What the errors below look like: "line 1:6: NAME: message", kInvalidArgument.
Status CallError(std::string_view name, const sql::Position& at,
                 const std::string& message);

/// NULL counts as not given. Arguments by position come before those by name. Errors, as
/// CallError: PROCEDURE_NOT_FOUND; INVALID_PROCEDURE_ARGUMENT for unknown, missing,
/// duplicate and unfit ones, with the parameters there are. May throw DuckDB's
/// exceptions.
Result<BoundCall> BindArguments(duckdb::ClientContext& context,
                                const std::vector<Procedure>& procedures, Form form,
                                const std::string& name,
                                const std::vector<GivenArgument>& given,
                                const sql::Position& at, std::chrono::milliseconds now);

/// "table varchar, snapshot_id bigint, [dry_run boolean]".
std::string ParametersText(const Procedure& procedure);

}  // namespace tarn::engine::procedures
