// SHOW FUNCTIONS: what the translator makes of calls itself, so that no function of ours
// has their names: window functions, and functions that take lambdas.
#include <string_view>

#include "tarn/engine/internal/trino/show.h"

namespace tarn::engine::trino {
namespace {

struct SyntaxFunction {
  std::string_view name;
  std::string_view result;
  std::string_view arguments;
  std::string_view kind;
  std::string_view description = {};
};

constexpr SyntaxFunction kFunctions[] = {
    {"cume_dist", "double", "", "window"},
    {"dense_rank", "bigint", "", "window"},
    {"first_value", "t", "t", "window"},
    {"lag", "t", "t", "window"},
    {"lag", "t", "t, bigint", "window"},
    {"lag", "t", "t, bigint, t", "window"},
    {"last_value", "t", "t", "window"},
    {"lead", "t", "t", "window"},
    {"lead", "t", "t, bigint", "window"},
    {"lead", "t", "t, bigint, t", "window"},
    {"nth_value", "t", "t, bigint", "window"},
    {"ntile", "bigint", "bigint", "window"},
    {"percent_rank", "double", "", "window"},
    {"rank", "bigint", "", "window"},
    {"row_number", "bigint", "", "window"},
    {"all_match", "boolean", "array(t), function(t,boolean)", "scalar",
     "Whether the predicate holds for all elements"},
    {"any_match", "boolean", "array(t), function(t,boolean)", "scalar",
     "Whether the predicate holds for an element"},
    {"array_sort", "array(t)", "array(t), function(t,t,integer)", "scalar",
     "Sorts by a comparison of two elements"},
    {"filter", "array(t)", "array(t), function(t,boolean)", "scalar",
     "Elements for which the predicate holds"},
    {"map_filter", "map(K,V)", "map(K,V), function(K,V,boolean)", "scalar",
     "Entries for which the predicate holds"},
    {"map_zip_with", "map(K,V3)", "map(K,V1), map(K,V2), function(K,V1,V2,V3)", "scalar",
     "One map of two, with what is made of the two values of a key"},
    {"none_match", "boolean", "array(t), function(t,boolean)", "scalar",
     "Whether the predicate holds for no element"},
    {"reduce", "R", "array(T), S, function(S,T,S), function(S,R)", "scalar",
     "One value of all elements, from the first to the last"},
    {"reduce_agg", "S", "T, S, function(S,T,S), function(S,S,S)", "aggregate",
     "One value of a group's values"},
    {"transform", "array(U)", "array(T), function(T,U)", "scalar",
     "What is made of each element"},
    {"transform_keys", "map(K2,V)", "map(K1,V), function(K1,V,K2)", "scalar",
     "The map with what is made of its keys"},
    {"transform_values", "map(K,V2)", "map(K,V1), function(K,V1,V2)", "scalar",
     "The map with what is made of its values"},
    {"zip_with", "array(R)", "array(T), array(U), function(T,U,R)", "scalar",
     "One array of two, with what is made of two elements at a time"},
};

}  // namespace

void AddSyntaxFunctions(std::vector<TextRow>* rows) {
  for (const SyntaxFunction& function : kFunctions) {
    rows->push_back({std::string(function.name), std::string(function.result),
                     std::string(function.arguments), std::string(function.kind), "true",
                     std::string(function.description)});
  }
}

}  // namespace tarn::engine::trino
