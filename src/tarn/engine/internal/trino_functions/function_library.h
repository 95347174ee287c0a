// The collection that every file of functions adds to, and that the schema `trino` and
// FindTrinoFunction read.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <duckdb/function/function_set.hpp>

namespace tarn::engine {

/// An expression of DuckDB's SQL in the names of its parameters ("a, b"). An argument is
/// evaluated as often as its name is written.
struct MacroText {
  std::string_view parameters;
  std::string_view body;
};
using MacroTexts = std::vector<MacroText>;  // one for each number of arguments

/// DuckDB's own function with exactly the same meaning.
struct BuiltIn {
  std::string_view name;
  bool is_aggregate = false;
};

/// A function that Trino has and that is left out; the text says why or what to use.
struct Refused {
  std::string_view why;
};

using Definition = std::variant<duckdb::ScalarFunctionSet, duckdb::AggregateFunctionSet,
                                MacroTexts, BuiltIn, Refused>;

enum class Reach : uint8_t { kTrinoName, kTranslatorOnly };

/// Filled once, then only read.
class FunctionLibrary {
 public:
  /// Adds an overload; of the first one `reach` counts.
  void Add(duckdb::ScalarFunction function, Reach reach = Reach::kTrinoName);
  void Add(duckdb::AggregateFunction function);
  void AddMacro(std::string_view name, std::string_view parameters, std::string_view body,
                Reach reach = Reach::kTrinoName);
  void AddBuiltIn(std::string_view name, BuiltIn target);
  void AddRefused(std::string_view name, std::string_view why);
  /// `alias` is another name of `name`, which is there already.
  void AddAlias(std::string_view alias, std::string_view name);

  struct Entry {
    Definition definition;
    Reach reach = Reach::kTrinoName;
  };
  const Entry* Find(std::string_view name) const;
  const std::map<std::string, Entry, std::less<>>& entries() const { return entries_; }

 private:
  std::map<std::string, Entry, std::less<>> entries_;
};

/// All functions; made at the first call.
const FunctionLibrary& TheFunctionLibrary();

// The files of functions.
void AddOperators(FunctionLibrary& library);
void AddDecimalOperators(FunctionLibrary& library);
void AddTextCasts(FunctionLibrary& library);
void AddValueCasts(FunctionLibrary& library);
void AddValueTexts(FunctionLibrary& library);
void AddZones(FunctionLibrary& library);
void AddMath(FunctionLibrary& library);
void AddDates(FunctionLibrary& library);
void AddStrings(FunctionLibrary& library);
void AddCollections(FunctionLibrary& library);
void AddListOrders(FunctionLibrary& library);
void AddPatterns(FunctionLibrary& library);
void AddAggregates(FunctionLibrary& library);
void AddFloatAggregates(FunctionLibrary& library);
void AddVectors(FunctionLibrary& library);
void AddUnicode(FunctionLibrary& library);
void AddBytes(FunctionLibrary& library);
void AddDateTexts(FunctionLibrary& library);
void AddUrls(FunctionLibrary& library);
void AddFormats(FunctionLibrary& library);
void AddJson(FunctionLibrary& library);
void AddJsonConstructors(FunctionLibrary& library);
void AddMacros(FunctionLibrary& library);
void AddBuiltIns(FunctionLibrary& library);

}  // namespace tarn::engine
