// Functions that are short expressions of DuckDB's own: the optimizer sees through them.
#include "tarn/engine/internal/trino_functions/function_library.h"

namespace tarn::engine {
namespace {

struct Macro {
  std::string_view name;
  std::string_view parameters;
  std::string_view body;
};

constexpr Macro kNumbers[] = {
    {"bitwise_and", "a, b", "a::BIGINT & b::BIGINT"},
    {"bitwise_or", "a, b", "a::BIGINT | b::BIGINT"},
    {"bitwise_xor", "a, b", "xor(a::BIGINT, b::BIGINT)"},
    {"bitwise_not", "a", "~(a::BIGINT)"},
    {"e", "", "2.718281828459045::DOUBLE"},
    {"nan", "", "'nan'::DOUBLE"},
    {"infinity", "", "'inf'::DOUBLE"},
    {"version", "", "'476'"},  // of the protocol, as clients compare it
    {"random", "", "random()"},
    {"random", "n", "CAST(floor(random() * system.trino.random_bound(0, n)) AS BIGINT)"},
    {"random", "m, n",
     "CAST(m + floor(random() * system.trino.random_bound(m, n)) AS "
     "BIGINT)"},
    {"rand", "", "random()"},
    {"rand", "n", "CAST(floor(random() * system.trino.random_bound(0, n)) AS BIGINT)"},
    {"rand", "m, n",
     "CAST(m + floor(random() * system.trino.random_bound(m, n)) AS "
     "BIGINT)"},
};

constexpr Macro kArrays[] = {
    {"array_distinct", "a", "list_filter(a, lambda x, i: list_position(a, x) = i)"},
    // In the order of the longer array.
    {"array_intersect", "a, b",
     "CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN len(a) < len(b) THEN "
     "system.trino.array_distinct(list_filter(b, lambda x: list_position(a, x) IS NOT "
     "NULL)) ELSE system.trino.array_distinct(list_filter(a, lambda x: "
     "list_position(b, x) IS NOT NULL)) END"},
    {"array_except", "a, b",
     "CASE WHEN b IS NOT NULL THEN system.trino.array_distinct(list_filter(a, "
     "lambda x: list_position(b, x) IS NULL)) END"},
    {"array_union", "a, b", "system.trino.array_distinct(a || b)"},
    {"array_join", "a, d",
     "CASE WHEN a IS NOT NULL AND d IS NOT NULL THEN coalesce(array_to_string("
     "list_transform(a, lambda x: system.trino.cast_varchar(x)), d), '') END"},
    {"array_join", "a, d, r",
     "CASE WHEN a IS NOT NULL AND d IS NOT NULL AND r IS NOT NULL THEN "
     "coalesce(array_to_string(list_transform(a, lambda x: "
     "coalesce(system.trino.cast_varchar(x), r)), d), '') "
     "END"},
    {"array_max", "a",
     "CASE WHEN len(a) = list_count(a) THEN system.trino.list_largest(a) END"},
    {"array_min", "a", "CASE WHEN len(a) = list_count(a) THEN list_min(a) END"},
    {"array_position", "a, x",
     "CASE WHEN a IS NOT NULL AND x IS NOT NULL THEN "
     "CAST(coalesce(list_position(a, x), 0) AS BIGINT) END"},
    {"array_remove", "a, x",
     "CASE WHEN x IS NOT NULL THEN list_filter(a, lambda y: y IS NULL OR y <> x) END"},
    {"array_sort", "a", "list_sort(a, 'ASC', 'NULLS LAST')"},
    {"array_histogram", "a",
     "CASE WHEN list_count(a) = 0 THEN map(list_slice(a, 1, 0), []::BIGINT[]) "
     "WHEN a IS NOT NULL THEN map(system.trino.array_distinct(list_filter(a, lambda x: x "
     "IS NOT NULL)), list_transform(system.trino.array_distinct(list_filter(a, lambda x: "
     "x IS NOT NULL)), lambda k: len(list_filter(a, lambda x: x = k)))) END"},
    {"arrays_overlap", "a, b",
     "CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN len(a) = 0 OR len(b) = 0 THEN "
     "false WHEN list_has_any(list_filter(a, lambda x: x IS NOT NULL), "
     "list_filter(b, lambda x: x IS NOT NULL)) THEN true "
     "WHEN len(a) > list_count(a) OR len(b) > list_count(b) THEN NULL ELSE false END"},
    {"contains", "a, x",
     "CASE WHEN a IS NULL OR x IS NULL THEN NULL WHEN list_contains(a, x) THEN true "
     "WHEN len(a) > list_count(a) THEN NULL ELSE false END"},
    {"contains_sequence", "a, b",
     "len(b) = 0 OR list_contains(list_transform(range(1, len(a) - len(b) + 2), "
     "lambda i: list_slice(a, i, i + len(b) - 1)), b)"},
    {"ngrams", "a, n",
     "CASE WHEN len(a) <= system.trino.positive_count(n) THEN list_value(a) ELSE "
     "list_transform(range(1, len(a) - n + 2), lambda i: list_slice(a, i, i + n - 1)) "
     "END"},
    {"repeat", "x, n",
     "list_transform(range(system.trino.checked_repeat(n)), lambda i: x)"},
    {"shuffle", "a",
     "list_transform(list_sort(list_transform(a, lambda x: {'r': random(), 'v': x})), "
     "lambda s: s.v)"},
    {"slice", "a, first, n",
     "CASE WHEN system.trino.non_zero_index(first) < 0 AND len(a) + first < 0 THEN "
     "list_slice(a, 1, 0) ELSE list_slice(a, "
     "CASE WHEN first < 0 THEN len(a) + first + 1 ELSE first END, "
     "CASE WHEN first < 0 THEN len(a) + first + 1 ELSE first END "
     "+ system.trino.checked_length(n) - 1) END"},
    {"trim_array", "a, n",
     "list_slice(a, 1, len(a) - system.trino.checked_trim(len(a), n))"},
    {"width_bucket", "x, low, high, n", "system.trino.bucket_of(x, low, high, n)"},
    {"width_bucket", "x, bins",
     "CASE WHEN x IS NOT NULL THEN len(list_filter(bins, lambda b: b <= x)) END"},
    // Of the results of a lambda over an array, with nulls as SQL has them.
    {"any_true", "a",
     "CASE WHEN list_contains(a, true) THEN true WHEN len(a) > list_count(a) THEN NULL "
     "WHEN a IS NOT NULL THEN false END"},
    {"all_true", "a",
     "CASE WHEN list_contains(a, false) THEN false WHEN len(a) > list_count(a) THEN NULL "
     "WHEN a IS NOT NULL THEN true END"},
};

constexpr Macro kMaps[] = {
    {"map_concat", "m", "m"},
    {"map_concat", "a, b", "map_concat(a, b)"},
    {"map_concat", "a, b, c", "map_concat(a, b, c)"},
    {"map_concat", "a, b, c, d", "map_concat(a, b, c, d)"},
    {"multimap_from_entries", "e",
     "map(system.trino.array_distinct(list_transform(e, lambda x: "
     "struct_extract_at(x, 1))), list_transform(system.trino.array_distinct("
     "list_transform(e, lambda x: struct_extract_at(x, 1))), lambda k: list_transform("
     "list_filter(e, lambda x: struct_extract_at(x, 1) = k), "
     "lambda x: struct_extract_at(x, 2))))"},
    {"split_to_map", "s, d, k",
     "map(list_transform(range(1, len(system.trino.split_entries(s, d, k, true)) + 1, "
     "2), "
     "lambda i: list_extract(system.trino.split_entries(s, d, k, true), i)), "
     "list_transform(range(2, len(system.trino.split_entries(s, d, k, true)) + 1, 2), "
     "lambda i: list_extract(system.trino.split_entries(s, d, k, true), i)))"},
    {"split_to_multimap", "s, d, k",
     "system.trino.multimap_from_entries(list_transform(range(1, "
     "len(system.trino.split_entries(s, d, k, false)) + 1, 2), lambda i: "
     "{'k': list_extract(system.trino.split_entries(s, d, k, false), i), "
     "'v': list_extract(system.trino.split_entries(s, d, k, false), i + 1)}))"},
};

constexpr Macro kPatterns[] = {
    {"regexp_like", "s, p", "regexp_matches(s, system.trino.pattern_text(p))"},
    {"regexp_extract", "s, p",
     "CASE WHEN regexp_matches(s, system.trino.pattern_text(p)) THEN regexp_extract(s, "
     "system.trino.pattern_text(p)) END"},
    {"regexp_extract", "s, p, g",
     "system.trino.pattern_group(s, system.trino.pattern_text(p), "
     "system.trino.checked_group(p, g))"},
    {"regexp_extract_all", "s, p", "regexp_extract_all(s, system.trino.pattern_text(p))"},
    {"regexp_extract_all", "s, p, g",
     "regexp_extract_all(s, system.trino.pattern_text(p), system.trino.checked_group(p, "
     "g))"},
    {"regexp_replace", "s, p",
     "regexp_replace(s, system.trino.pattern_text(p), '', 'g')"},
    {"regexp_replace", "s, p, r",
     "regexp_replace(s, system.trino.pattern_text(p), "
     "system.trino.pattern_replacement(r, p), 'g')"},
    {"regexp_split", "s, p",
     "system.trino.pattern_pieces(s, system.trino.pattern_text(p))"},
    {"regexp_count", "s, p",
     "system.trino.pattern_count(s, system.trino.pattern_text(p))"},
    {"regexp_position", "s, p",
     "system.trino.pattern_position(s, system.trino.pattern_text(p), 1, 1)"},
    {"regexp_position", "s, p, n",
     "system.trino.pattern_position(s, system.trino.pattern_text(p), n, 1)"},
    {"regexp_position", "s, p, n, o",
     "system.trino.pattern_position(s, system.trino.pattern_text(p), n, o)"},
};

constexpr Macro kMoments[] = {
    {"date", "x", "system.trino.cast_date(x)"},
    {"current_timezone", "", "current_setting('TimeZone')"},
    {"last_day_of_month", "x", "last_day(CAST(system.trino.local_timestamp(x) AS DATE))"},
    {"timezone_hour", "x", "system.trino.offset_seconds(x) // 3600"},
    {"timezone_minute", "x", "(system.trino.offset_seconds(x) // 60) % 60"},
    {"to_milliseconds", "i",
     "CAST(epoch_ms(TIMESTAMP '1970-01-01 00:00:00' + i) AS BIGINT)"},
};

}  // namespace

void AddMacros(FunctionLibrary& library) {
  const auto add = [&](const auto& macros) {
    for (const Macro& macro : macros) {
      const bool internal = macro.name.ends_with("_true");
      library.AddMacro(macro.name, macro.parameters, macro.body,
                       internal ? Reach::kTranslatorOnly : Reach::kTrinoName);
    }
  };
  add(kNumbers);
  add(kArrays);
  add(kMaps);
  add(kPatterns);
  add(kMoments);
}

}  // namespace tarn::engine
