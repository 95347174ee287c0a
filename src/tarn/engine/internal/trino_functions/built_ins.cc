// Names of Trino whose meaning DuckDB's own function has exactly, and names that are left
// out.
#include "tarn/engine/internal/trino_functions/function_library.h"

namespace tarn::engine {
namespace {

struct SameMeaning {
  std::string_view trino;
  std::string_view duckdb;
};

// Tried against Trino 476 over nulls, empty values, signs and extremes.
constexpr SameMeaning kScalars[] = {
    {"abs", "abs"},
    {"coalesce", "coalesce"},
    {"dot_product", "list_inner_product"},
    {"euclidean_distance", "list_distance"},
    {"flatten", "flatten"},
    {"is_finite", "isfinite"},
    {"is_infinite", "isinf"},
    {"is_nan", "isnan"},
    {"lower", "lower"},
    {"map", "map"},
    {"map_entries", "map_entries"},
    {"map_from_entries", "map_from_entries"},
    {"map_keys", "map_keys"},
    {"map_values", "map_values"},
    {"now", "now"},
    {"pi", "pi"},
    {"uuid", "uuid"},
    // With a lambda.
    {"filter", "list_filter"},
    {"transform", "list_transform"},
    // Over windows.
    {"cume_dist", "cume_dist"},
    {"dense_rank", "dense_rank"},
    {"first_value", "first_value"},
    {"lag", "lag"},
    {"last_value", "last_value"},
    {"lead", "lead"},
    {"nth_value", "nth_value"},
    {"ntile", "ntile"},
    {"percent_rank", "percent_rank"},
    {"rank", "rank"},
    {"row_number", "row_number"},
};

constexpr SameMeaning kAggregates[] = {
    {"any_value", "any_value"},
    {"arbitrary", "any_value"},
    {"array_agg", "array_agg"},
    {"bool_and", "bool_and"},
    {"bool_or", "bool_or"},
    {"corr", "corr"},
    {"count", "count"},
    {"covar_pop", "covar_pop"},
    {"covar_samp", "covar_samp"},
    {"every", "bool_and"},
    {"kurtosis", "kurtosis"},
    {"listagg", "string_agg"},
    {"regr_intercept", "regr_intercept"},
    {"regr_slope", "regr_slope"},
    {"stddev", "stddev_samp"},
    {"stddev_pop", "stddev_pop"},
    {"stddev_samp", "stddev_samp"},
    {"var_pop", "var_pop"},
    {"var_samp", "var_samp"},
    {"variance", "var_samp"},
};

struct LeftOut {
  std::string_view name;
  std::string_view why;
};

constexpr std::string_view kNoSetDigests =
    "set digests are not supported; approx_set and merge estimate how many different "
    "values there are";
constexpr std::string_view kNoQDigests =
    "qdigest is not supported; there is tdigest_agg with value_at_quantile";
constexpr std::string_view kNoNanoseconds =
    "timestamps with time zone have microseconds here";
constexpr std::string_view kNoColors = "text in colors is not supported";
constexpr std::string_view kNotYet = "this function is not supported";
constexpr LeftOut kLeftOut[] = {
    {"bar", kNoColors},
    {"color", kNoColors},
    {"from_iso8601_timestamp_nanos", kNoNanoseconds},
    {"from_unixtime_nanos", kNoNanoseconds},
    {"hash_counts", kNoSetDigests},
    {"intersection_cardinality", kNoSetDigests},
    {"jaccard_index", kNoSetDigests},
    {"make_set_digest", kNoSetDigests},
    {"merge_set_digest", kNoSetDigests},
    {"qdigest_agg", kNoQDigests},
    {"quantile_at_value", kNoQDigests},
    {"render", kNoColors},
    {"rgb", kNoColors},
    {"word_stem", kNotYet},
};

}  // namespace

void AddBuiltIns(FunctionLibrary& library) {
  for (const SameMeaning& entry : kScalars) {
    library.AddBuiltIn(entry.trino, {.name = entry.duckdb});
  }
  for (const SameMeaning& entry : kAggregates) {
    library.AddBuiltIn(entry.trino, {.name = entry.duckdb, .is_aggregate = true});
  }
  for (const LeftOut& entry : kLeftOut) {
    library.AddRefused(entry.name, entry.why);
  }
}

}  // namespace tarn::engine
