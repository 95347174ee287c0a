#include "tarn/engine/internal/trino_functions/function_library.h"

#include "tarn/base/error.h"
#include "tarn/engine/internal/trino/operators.h"
#include "tarn/engine/internal/trino_functions/interval_type.h"
#include "tarn/engine/internal/trino_functions/moment_operators.h"
#include "tarn/engine/internal/trino_functions/sketch_library.h"

namespace tarn::engine {

void FunctionLibrary::Add(duckdb::ScalarFunction function, Reach reach) {
  const std::string name = function.name;
  const auto [entry, added] =
      entries_.try_emplace(name, Entry{duckdb::ScalarFunctionSet(name), reach});
  auto* set = std::get_if<duckdb::ScalarFunctionSet>(&entry->second.definition);
  TARN_CHECK(set != nullptr);
  set->AddFunction(std::move(function));
}

void FunctionLibrary::Add(duckdb::AggregateFunction function) {
  const std::string name = function.name;
  const auto [entry, added] =
      entries_.try_emplace(name, Entry{duckdb::AggregateFunctionSet(name)});
  auto* set = std::get_if<duckdb::AggregateFunctionSet>(&entry->second.definition);
  TARN_CHECK(set != nullptr);
  set->AddFunction(std::move(function));
}

void FunctionLibrary::AddMacro(std::string_view name, std::string_view parameters,
                               std::string_view body, Reach reach) {
  const auto [entry, added] =
      entries_.try_emplace(std::string(name), Entry{MacroTexts(), reach});
  auto* texts = std::get_if<MacroTexts>(&entry->second.definition);
  TARN_CHECK(texts != nullptr);
  texts->push_back({.parameters = parameters, .body = body});
}

void FunctionLibrary::AddBuiltIn(std::string_view name, BuiltIn target) {
  TARN_CHECK(entries_.try_emplace(std::string(name), Entry{target}).second);
}

void FunctionLibrary::AddRefused(std::string_view name, std::string_view why) {
  TARN_CHECK(entries_.try_emplace(std::string(name), Entry{Refused{why}}).second);
}

void FunctionLibrary::AddAlias(std::string_view alias, std::string_view name) {
  const Entry* entry = Find(name);
  TARN_CHECK(entry != nullptr);
  TARN_CHECK(entries_.try_emplace(std::string(alias), *entry).second);
}

const FunctionLibrary::Entry* FunctionLibrary::Find(std::string_view name) const {
  const auto found = entries_.find(name);
  return found == entries_.end() ? nullptr : &found->second;
}

const FunctionLibrary& TheFunctionLibrary() {
  static const FunctionLibrary library = [] {
    FunctionLibrary made;
    AddOperators(made);
    AddMomentOperators(made);
    AddDecimalOperators(made);
    AddTextCasts(made);
    AddValueCasts(made);
    AddValueTexts(made);
    AddIntervals(made);
    AddZones(made);
    AddMath(made);
    AddDates(made);
    AddStrings(made);
    AddCollections(made);
    AddListOrders(made);
    AddPatterns(made);
    AddPatternMatches(made);
    AddFloatAggregates(made);
    AddVectors(made);
    AddUnicode(made);
    AddAggregates(made);
    AddBytes(made);
    AddByteHashes(made);
    AddValueHashes(made);
    AddDistributions(made);
    AddDataSizes(made);
    AddSketches(made);
    AddQuantiles(made);
    AddHistograms(made);
    AddDateTexts(made);
    AddUrls(made);
    AddFormats(made);
    AddJson(made);
    AddJsonConstructors(made);
    AddMacros(made);
    AddBuiltIns(made);
    trino::AddComparisons(made);
    trino::AddCoercions(made);
    trino::AddNestedCasts(made);
    trino::AddSetOperations(made);
    trino::AddRecursion(made);
    trino::AddUnnestRows(made);
    trino::AddJsonTable(made);
    return made;
  }();
  return library;
}

}  // namespace tarn::engine
