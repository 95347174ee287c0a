// Trino's functions, operators and casts in DuckDB: what each name becomes.
//
//   if (const auto target = FindTrinoFunction("date_diff")) {
//     // FunctionExpression(target->schema, target->name, arguments)
//   } else if (const auto why = WhyRefused("word_stem")) {
//     // NOT_SUPPORTED: *why
//   } else {
//     // "Function 'x' not registered", FUNCTION_NOT_FOUND
//   }
//
// Own functions are in schema `trino` of DuckDB's catalog `system`, made when they are
// first looked up; which overload runs is decided by the arguments' types, so that a
// caller needs to know none.
//
// Functions of the schema that no Trino name reaches, for the translator:
//
//   add(a, b) subtract(a, b)   numbers as DuckDB's + and - (which keep the optimizer's
//                              knowledge); date ± interval gives DATE, time ± interval
//                              TIME, timestamps keep their type; date - date, timestamp
//                              - timestamp give INTERVAL
//   multiply(a, b) negate(a)   numbers and intervals
//   divide(a, b) modulus(a, b) integers truncate; decimals have Trino's precision and
//                              scale; zero is DIVISION_BY_ZERO but for REAL and DOUBLE
//   subscript(a, i)            array (from 1; errors outside), map (error for a missing
//                              key), row (constant i)
//   concat(a, b, …)            also `||`: varchar, varbinary, arrays, array and element
//   cast_boolean(x) cast_tinyint(x) cast_smallint(x) cast_integer(x) cast_bigint(x)
//   cast_real(x) cast_double(x) cast_date(x) cast_time(x) cast_uuid(x) cast_varbinary(x)
//   cast_json(x)               JSON text of any value
//   cast_decimal(x, p, s)      p and s constant: DECIMAL(p, s)
//   cast_timestamp(x, p)       p constant 0…9: TIMESTAMP_S, _MS, TIMESTAMP or _NS
//   cast_timestamp_tz(x, p)    TIMESTAMP WITH TIME ZONE
//   cast_varchar(x) cast_varchar(x, n)   n: text is cut to n, of others an error if
//   longer cast_char(x, n)            cut or padded to n json_cast(x, sample)       json
//   → the type of `sample` (a NULL of it), nested too
//
// Errors are DuckDB exceptions whose message begins with Trino's name of the error:
// "DIVISION_BY_ZERO: Division by zero". SplitTrinoError takes it apart.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duckdb {
class DatabaseInstance;
struct LogicalType;
}  // namespace duckdb

namespace tarn::engine {

/// Where a call goes: schema "trino" of catalog "system", or "" for DuckDB's own
/// function.
struct FunctionTarget {
  std::string schema;
  std::string name;
  bool is_aggregate = false;
};

/// Makes the schema `trino`. Cheap: its functions are made when they are looked up.
/// Throws DuckDB's exceptions.
void RegisterTrinoFunctions(duckdb::DatabaseInstance& database);

/// What a call of Trino's function `name` (lower case) becomes. Unset: refused or not a
/// function of Trino.
std::optional<FunctionTarget> FindTrinoFunction(std::string_view name);

/// For functions of Trino that are understood and left out: what to do instead, or why.
std::optional<std::string> WhyRefused(std::string_view name);

/// Every name that FindTrinoFunction knows, sorted. For SHOW FUNCTIONS.
std::vector<std::string> TrinoFunctionNames();

/// "varchar", "decimal(5,2)", "array(integer)", "timestamp(6) with time zone".
std::string TrinoTypeName(const duckdb::LogicalType& type);

/// "DIVISION_BY_ZERO" and "Division by zero" of an error that one of these functions
/// raised; unset for other messages.
struct TrinoErrorParts {
  std::string_view name;
  std::string_view message;
};
std::optional<TrinoErrorParts> SplitTrinoError(std::string_view message);

}  // namespace tarn::engine
