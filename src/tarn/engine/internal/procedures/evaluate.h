// Arguments of procedures are constant expressions: evaluated by the engine.
#pragma once

#include <string>
#include <string_view>

#include <duckdb/common/types/value.hpp>

#include "tarn/base/result.h"
#include "tarn/engine/internal/result_stream.h"
#include "tarn/engine/internal/trino/translator.h"
#include "tarn/iceberg/expression.h"
#include "tarn/sql/expression.h"

namespace tarn::engine::procedures {

/// What expressions of a statement are evaluated with.
struct Evaluation {
  duckdb::Connection& connection;
  std::string_view text;  // of the statement
  const trino::SessionFacts& facts;
};

/// In Trino's words, beside map('k', 'v', …) and array(…), which are Spark's. A map has
/// texts as keys and values. Errors: INVALID_PROCEDURE_ARGUMENT with the place if the
/// expression is not constant or fails. May throw DuckDB's exceptions.
Result<duckdb::Value> Evaluate(const Evaluation& evaluation,
                               const sql::ExpressionPtr& expression);

/// WHERE of ALTER TABLE … EXECUTE. Errors: kNotSupported with the place for what does not
/// choose files.
Result<iceberg::Expression> FilterOf(const sql::ExpressionPtr& where);

/// `where => 'id = 3 and name = "foo"'`: as Spark writes it, also texts in double quotes.
/// Errors: kSyntax, kNotSupported.
Result<iceberg::Expression> FilterOfText(const std::string& text);

}  // namespace tarn::engine::procedures
