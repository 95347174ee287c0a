// Functions of DuckDB's schema `trino` that translated statements call by name; no name
// of Trino's leads to them. Arithmetic and casts are in trino_functions/function_table.h.
#pragma once

#include "tarn/engine/internal/trino_functions/function_library.h"

namespace tarn::engine::trino {

inline constexpr char kTrinoSchema[] = "trino";

inline constexpr char kAdd[] = "add";
inline constexpr char kSubtract[] = "subtract";
inline constexpr char kMultiply[] = "multiply";
inline constexpr char kDivide[] = "divide";
inline constexpr char kModulus[] = "modulus";
inline constexpr char kNegate[] = "negate";
inline constexpr char kConcat[] = "concat";
inline constexpr char kSubscript[] = "subscript";

// Comparisons: DuckDB's own, between values of comparable types only, and without its
// order of NaN: NaN equals nothing and is not greater than anything.
inline constexpr char kEqual[] = "equal";
inline constexpr char kNotEqual[] = "not_equal";
inline constexpr char kLess[] = "less";
inline constexpr char kLessOrEqual[] = "less_or_equal";
inline constexpr char kGreater[] = "greater";
inline constexpr char kGreaterOrEqual[] = "greater_or_equal";
inline constexpr char kBetween[] = "between_values";
inline constexpr char kInList[] = "in_list";  // in_list(x, a, b, …): x IN (a, b, …)
inline constexpr char kNotInList[] = "not_in_list";
inline constexpr char kDistinct[] = "distinct_from";
inline constexpr char kNotDistinct[] = "not_distinct_from";

// Values brought to their common type (coercions.cc).
inline constexpr char kCase[] = "case_of";  // case_of(when, then, when, then, …, else)
inline constexpr char kIf[] = "if_of";      // if_of(when, then, else)
inline constexpr char kCoalesce[] = "coalesce_of";
inline constexpr char kArray[] = "array_of";
/// beside(x, y): x, which stands in one column of VALUES with y.
inline constexpr char kBeside[] = "beside";
/// truth(x, what): x, which must be a truth value as `what` ("WHERE clause").
inline constexpr char kTruth[] = "truth";
/// lambda_truth(x, function): the same of what a lambda of that function gives.
inline constexpr char kLambdaTruth[] = "lambda_truth";
/// True, in a side of a UNION, INTERSECT or EXCEPT of this dialect (set_operations.h).
inline constexpr char kSide[] = "side_of_set_operation";
/// checked_depth(n): n, the steps of a WITH RECURSIVE, which are limited.
inline constexpr char kCheckedDepth[] = "checked_depth";

/// cast_nested(x, type): x as the array, map or row that the text `type` names.
inline constexpr char kCastNested[] = "cast_nested";
/// unnest_rows(x): the rows that UNNEST makes of an array or map, as a list of structs.
inline constexpr char kUnnestRows[] = "unnest_rows";
/// json_table_input(x): the JSON of a text, or of bytes in UTF-8.
inline constexpr char kJsonTableInput[] = "json_table_input";
/// json_table_rows(plan, json, variables): the rows of JSON_TABLE (json_table_rows.h) as
/// structs of kJsonFound, a list of texts for each column, and kJsonNumbers.
inline constexpr char kJsonTableRows[] = "json_table_rows";
inline constexpr char kJsonFound[] = "json_table found";
inline constexpr char kJsonNumbers[] = "json_table numbers";

void AddComparisons(FunctionLibrary& library);
void AddCoercions(FunctionLibrary& library);
void AddNestedCasts(FunctionLibrary& library);
void AddSetOperations(FunctionLibrary& library);
void AddRecursion(FunctionLibrary& library);
void AddUnnestRows(FunctionLibrary& library);
void AddJsonTable(FunctionLibrary& library);

}  // namespace tarn::engine::trino
