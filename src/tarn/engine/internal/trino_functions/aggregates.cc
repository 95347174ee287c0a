// Aggregates whose results have other types, or that DuckDB lacks.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include <duckdb/common/exception.hpp>
#include <duckdb/common/types/decimal.hpp>
#include <duckdb/common/types/value_map.hpp>
#include <duckdb/planner/expression/bound_cast_expression.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/trino_functions/aggregate_delegate.h"
#include "tarn/engine/internal/trino_functions/aggregate_state.h"
#include "tarn/engine/internal/trino_functions/argument_check.h"
#include "tarn/engine/internal/trino_functions/decimal_value.h"
#include "tarn/engine/internal/trino_functions/fixed_name.h"
#include "tarn/engine/internal/trino_functions/function_library.h"
#include "tarn/engine/internal/trino_functions/function_table.h"
#include "tarn/engine/internal/trino_functions/interval_aggregates.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"
#include "tarn/engine/internal/trino_functions/typed_scalar.h"

namespace tarn::engine {
namespace {

using duckdb::AggregateFunction;
using duckdb::AggregateInputData;
using duckdb::LogicalType;
using duckdb::Value;
using Id = duckdb::LogicalTypeId;
using BindData = duckdb::unique_ptr<duckdb::FunctionData>;

// --- sum -------------------------------------------------------------------------------

struct SumIntegers : Fold<SumIntegers> {
  static void Take(FoldedValue<int64_t>& state, int64_t value) {
    int64_t sum = 0;
    if (__builtin_add_overflow(state.value, value, &sum)) {
      ThrowTrino(kOutOfRange,
                 fmt::format("bigint addition overflow: {} + {}", state.value, value));
    }
    state.value = sum;
    state.any = true;
  }
};

struct RealSum {
  double sum = 0;
  int64_t count = 0;
};

struct SumReals : StateBasics {
  template <class Input, class State, class Op>
  static void Operation(State& state, const Input& input, duckdb::AggregateUnaryInput&) {
    state.sum += static_cast<double>(input);
    ++state.count;
  }
  template <class State, class Op>
  static void Combine(const State& source, State& target, AggregateInputData&) {
    target.sum += source.sum;
    target.count += source.count;
  }
  template <class Result, class State>
  static void Finalize(State& state, Result& result,
                       duckdb::AggregateFinalizeData& data) {
    if (state.count > 0) {
      result = static_cast<Result>(state.sum);
    } else {
      data.ReturnNull();
    }
  }
};

struct AverageReals : SumReals {
  template <class Result, class State>
  static void Finalize(State& state, Result& result,
                       duckdb::AggregateFinalizeData& data) {
    if (state.count > 0) {
      result = static_cast<Result>(state.sum / static_cast<double>(state.count));
    } else {
      data.ReturnNull();
    }
  }
};

bool IsInteger(Id id) {
  return id == Id::TINYINT || id == Id::SMALLINT || id == Id::INTEGER ||
         id == Id::BIGINT || id == Id::UTINYINT || id == Id::USMALLINT ||
         id == Id::UINTEGER;
}

Id TypeOf(const ExpressionPtr& argument) {
  return LogicalType::NormalizeType(argument->return_type).id();
}

/// The sum of decimals of any width has at most 38 digits.
struct SumDecimals : Fold<SumDecimals> {
  static void Take(FoldedValue<duckdb::hugeint_t>& state, duckdb::hugeint_t value) {
    __int128 sum = 0;
    if (__builtin_add_overflow(Int128Of(state.value), Int128Of(value), &sum)) {
      ThrowTrino(kOutOfRange, "Decimal overflow");
    }
    state.value = HugeintOf(sum);
    state.any = true;
  }
  template <class Result, class State>
  static void Finalize(State& state, Result& result,
                       duckdb::AggregateFinalizeData& data) {
    const __int128 limit = PowerOfTen(duckdb::Decimal::MAX_WIDTH_DECIMAL);
    const __int128 sum = Int128Of(state.value);
    if (sum >= limit || sum <= -limit) {
      ThrowTrino(kOutOfRange, "Decimal overflow");
    }
    Fold<SumDecimals>::Finalize<Result, State>(state, result, data);
  }
};

BindData BindSum(duckdb::ClientContext& context, AggregateFunction& function,
                 Expressions& arguments) {
  if (IsInteger(TypeOf(arguments[0]))) {
    function = AggregateFunction::UnaryAggregate<FoldedValue<int64_t>, int64_t, int64_t,
                                                 SumIntegers>(LogicalType::BIGINT,
                                                              LogicalType::BIGINT);
    function.name = "sum";
    return nullptr;
  }
  if (TypeOf(arguments[0]) == Id::FLOAT) {
    function = AggregateFunction::UnaryAggregate<RealSum, float, float, SumReals>(
        LogicalType::FLOAT, LogicalType::FLOAT);
    function.name = "sum";
    return nullptr;
  }
  if (TypeOf(arguments[0]) == Id::INTERVAL) {
    function = SumOfIntervals(arguments[0]->return_type);
    return nullptr;
  }
  if (arguments[0]->return_type.InternalType() == duckdb::PhysicalType::INT128 &&
      TypeOf(arguments[0]) == Id::DECIMAL) {
    const LogicalType sum =
        LogicalType::DECIMAL(duckdb::Decimal::MAX_WIDTH_DECIMAL,
                             duckdb::DecimalType::GetScale(arguments[0]->return_type));
    function =
        AggregateFunction::UnaryAggregate<FoldedValue<duckdb::hugeint_t>,
                                          duckdb::hugeint_t, duckdb::hugeint_t,
                                          SumDecimals>(arguments[0]->return_type, sum);
    function.name = "sum";
    return nullptr;
  }
  CheckNumber("sum", arguments);
  return BecomeOwn(context, "sum", function, arguments);
}

// --- avg -------------------------------------------------------------------------------

struct DecimalSum {
  __int128 sum = 0;
  int64_t count = 0;
};

struct AverageDecimals : StateBasics {
  template <class Input, class State, class Op>
  static void Operation(State& state, const Input& input, duckdb::AggregateUnaryInput&) {
    __int128 value = 0;
    if constexpr (std::is_same_v<Input, duckdb::hugeint_t>) {
      value = Int128Of(input);
    } else {
      value = input;
    }
    if (__builtin_add_overflow(state.sum, value, &state.sum)) {
      ThrowTrino(kOutOfRange, "Decimal overflow");
    }
    ++state.count;
  }
  template <class State, class Op>
  static void Combine(const State& source, State& target, AggregateInputData&) {
    target.sum += source.sum;
    target.count += source.count;
  }
  template <class Result, class State>
  static void Finalize(State& state, Result& result,
                       duckdb::AggregateFinalizeData& data) {
    if (state.count == 0) {
      data.ReturnNull();
      return;
    }
    const __int128 size = state.sum < 0 ? -state.sum : state.sum;
    const __int128 rounded = (size * 2 + state.count) / (__int128{state.count} * 2);
    const __int128 average = state.sum < 0 ? -rounded : rounded;
    if constexpr (std::is_same_v<Result, duckdb::hugeint_t>) {
      result = HugeintOf(average);
    } else {
      result = static_cast<Result>(average);
    }
  }
};

template <typename Stored>
AggregateFunction DecimalAverage(const LogicalType& decimal) {
  return AggregateFunction::UnaryAggregate<DecimalSum, Stored, Stored, AverageDecimals>(
      decimal, decimal);
}

AggregateFunction AverageOf(const LogicalType& decimal) {
  switch (decimal.InternalType()) {
    case duckdb::PhysicalType::INT16:
      return DecimalAverage<int16_t>(decimal);
    case duckdb::PhysicalType::INT32:
      return DecimalAverage<int32_t>(decimal);
    case duckdb::PhysicalType::INT64:
      return DecimalAverage<int64_t>(decimal);
    default:
      return DecimalAverage<duckdb::hugeint_t>(decimal);
  }
}

BindData BindAvg(duckdb::ClientContext& context, AggregateFunction& function,
                 Expressions& arguments) {
  if (TypeOf(arguments[0]) == Id::DECIMAL) {
    function = AverageOf(arguments[0]->return_type);
    function.name = "avg";
    return nullptr;
  }
  if (TypeOf(arguments[0]) == Id::FLOAT) {
    function = AggregateFunction::UnaryAggregate<RealSum, float, float, AverageReals>(
        LogicalType::FLOAT, LogicalType::FLOAT);
    function.name = "avg";
    return nullptr;
  }
  if (TypeOf(arguments[0]) == Id::INTERVAL) {
    function = AverageOfIntervals(arguments[0]->return_type);
    return nullptr;
  }
  CheckNumber("avg", arguments);
  return BecomeOwn(context, "avg", function, arguments);
}

// --- count_if, skewness ----------------------------------------------------------------

struct CountTrue : StateBasics {
  template <class Input, class State, class Op>
  static void Operation(State& state, const Input& input, duckdb::AggregateUnaryInput&) {
    state += input ? 1 : 0;
  }
  template <class State, class Op>
  static void Combine(const State& source, State& target, AggregateInputData&) {
    target += source;
  }
  template <class Result, class State>
  static void Finalize(State& state, Result& result, duckdb::AggregateFinalizeData&) {
    result = state;
  }
};

struct Moments {
  double count = 0;
  double mean = 0;
  double m2 = 0;
  double m3 = 0;
};

struct Skewness : StateBasics {
  static void Merge(const Moments& a, Moments* b) {
    if (a.count == 0) {
      return;
    }
    const double n = a.count + b->count;
    const double delta = b->mean - a.mean;
    const double m3 =
        a.m3 + b->m3 +
        delta * delta * delta * a.count * b->count * (a.count - b->count) / (n * n) +
        3 * delta * (a.count * b->m2 - b->count * a.m2) / n;
    b->m2 += a.m2 + delta * delta * a.count * b->count / n;
    b->m3 = m3;
    b->mean = a.mean + delta * b->count / n;
    b->count = n;
  }
  template <class Input, class State, class Op>
  static void Operation(State& state, const Input& input, duckdb::AggregateUnaryInput&) {
    Moments one{.count = 1, .mean = input};
    Merge(state, &one);
    state = one;
  }
  template <class State, class Op>
  static void Combine(const State& source, State& target, AggregateInputData&) {
    Merge(source, &target);
  }
  template <class Result, class State>
  static void Finalize(State& state, Result& result,
                       duckdb::AggregateFinalizeData& data) {
    if (state.count < 3) {
      data.ReturnNull();
    } else {
      result = std::sqrt(state.count) * state.m3 / std::pow(state.m2, 1.5);
    }
  }
};

// --- maps ------------------------------------------------------------------------------

class MapBuilder {
 public:
  explicit MapBuilder(const LogicalType& type) : type_(type) {}

  bool Has(const Value& key) const { return index_.count(key) != 0; }
  void Put(const Value& key, const Value& value) {
    index_[key] = keys_.size();
    keys_.push_back(key);
    values_.push_back(value);
  }
  Value& At(const Value& key) { return values_[index_.at(key)]; }
  /// Null without keys.
  Value FinishOrNull() { return keys_.empty() ? Value(type_) : Finish(); }
  Value Finish() {
    return Value::MAP(duckdb::MapType::KeyType(type_), duckdb::MapType::ValueType(type_),
                      std::move(keys_), std::move(values_));
  }

 private:
  LogicalType type_;
  duckdb::value_map_t<size_t> index_;
  duckdb::vector<Value> keys_;
  duckdb::vector<Value> values_;
};

LogicalType PairOf(const LogicalType& key, const LogicalType& value) {
  return LogicalType::STRUCT({{"", key}, {"", value}});
}

LogicalType PairOfMap(const LogicalType& map) {
  return PairOf(duckdb::MapType::KeyType(map), duckdb::MapType::ValueType(map));
}

LogicalType PairOfMultimap(const LogicalType& map) {
  return PairOf(duckdb::MapType::KeyType(map),
                duckdb::ListType::GetChildType(duckdb::MapType::ValueType(map)));
}

LogicalType SameType(const LogicalType& type) { return type; }

Value MapOfPairs(const Value& rows, const LogicalType& type) {
  MapBuilder map(type);
  for (const Value& row : duckdb::ListValue::GetChildren(rows)) {
    const auto& pair = duckdb::StructValue::GetChildren(row);
    if (!pair[0].IsNull() && !map.Has(pair[0])) {
      map.Put(pair[0], pair[1]);
    }
  }
  return map.FinishOrNull();
}

Value MultimapOfPairs(const Value& rows, const LogicalType& type) {
  const LogicalType element =
      duckdb::ListType::GetChildType(duckdb::MapType::ValueType(type));
  MapBuilder map(type);
  for (const Value& row : duckdb::ListValue::GetChildren(rows)) {
    const auto& pair = duckdb::StructValue::GetChildren(row);
    if (pair[0].IsNull()) {
      continue;
    }
    duckdb::vector<Value> values;
    if (map.Has(pair[0])) {
      values = duckdb::ListValue::GetChildren(map.At(pair[0]));
    }
    values.push_back(pair[1]);
    Value list = Value::LIST(element, std::move(values));
    if (map.Has(pair[0])) {
      map.At(pair[0]) = std::move(list);
    } else {
      map.Put(pair[0], list);
    }
  }
  return map.FinishOrNull();
}

Value UnionOfMaps(const Value& rows, const LogicalType& type) {
  MapBuilder map(type);
  for (const Value& row : duckdb::ListValue::GetChildren(rows)) {
    if (row.IsNull()) {
      continue;
    }
    for (const Value& entry : duckdb::MapValue::GetChildren(row)) {
      const auto& pair = duckdb::StructValue::GetChildren(entry);
      if (!map.Has(pair[0])) {
        map.Put(pair[0], pair[1]);
      }
    }
  }
  return map.Finish();
}

/// How often each value is there.
Value HistogramOf(const Value& rows, const LogicalType& type) {
  MapBuilder map(type);
  for (const Value& key : duckdb::ListValue::GetChildren(rows)) {
    if (key.IsNull()) {
      continue;
    }
    if (map.Has(key)) {
      map.At(key) = Value::BIGINT(map.At(key).GetValue<int64_t>() + 1);
    } else {
      map.Put(key, Value::BIGINT(1));
    }
  }
  return map.FinishOrNull();
}

LogicalType KeyOfMap(const LogicalType& map) { return duckdb::MapType::KeyType(map); }

LogicalType NormalType(const ExpressionPtr& argument) {
  if (argument->return_type.id() == Id::UNKNOWN) {
    throw duckdb::ParameterNotResolvedException();
  }
  return LogicalType::NormalizeType(argument->return_type);
}

BindData BindMapAgg(duckdb::ClientContext& context, AggregateFunction& function,
                    Expressions& arguments) {
  const auto map = LogicalType::MAP(NormalType(arguments[0]), NormalType(arguments[1]));
  return BecomeCollector(context, function, arguments,
                         &FinalizeWith<&MapOfPairs, &PairOfMap>, map);
}

BindData BindMultimapAgg(duckdb::ClientContext& context, AggregateFunction& function,
                         Expressions& arguments) {
  const auto map = LogicalType::MAP(NormalType(arguments[0]),
                                    LogicalType::LIST(NormalType(arguments[1])));
  return BecomeCollector(context, function, arguments,
                         &FinalizeWith<&MultimapOfPairs, &PairOfMultimap>, map);
}

BindData BindMapUnion(duckdb::ClientContext& context, AggregateFunction& function,
                      Expressions& arguments) {
  const LogicalType type = NormalType(arguments[0]);
  if (type.id() != Id::MAP) {
    ThrowTrino(kTypeMismatch, "map_union takes maps, not " + TrinoTypeName(type));
  }
  return BecomeCollector(context, function, arguments,
                         &FinalizeWith<&UnionOfMaps, &SameType>, type);
}

BindData BindHistogram(duckdb::ClientContext& context, AggregateFunction& function,
                       Expressions& arguments) {
  const auto map = LogicalType::MAP(NormalType(arguments[0]), LogicalType::BIGINT);
  return BecomeCollector(context, function, arguments,
                         &FinalizeWith<&HistogramOf, &KeyOfMap>, map);
}

/// max_by and min_by: `kOwn` with a key where NaN is the smallest number for max_by, and
/// with a checked number of values as third argument.
template <FixedName kOwn>
BindData BindBy(duckdb::ClientContext& context, AggregateFunction& function,
                Expressions& arguments) {
  constexpr bool kIsMax = std::string_view(kOwn.text).starts_with("arg_max");
  const Id key = TypeOf(arguments[1]);
  if (kIsMax && (key == Id::FLOAT || key == Id::DOUBLE)) {
    arguments[1] = OursOf(context, "key_of_number", ListOf(std::move(arguments[1])));
  }
  if (arguments.size() == 3) {
    arguments[2] = OursOf(context, "count_of_values", ListOf(std::move(arguments[2])));
  }
  return BecomeOwn(context, kOwn.text, function, arguments);
}

double KeyOfNumber(double key) {
  return std::isnan(key) ? -std::numeric_limits<double>::infinity() : key;
}

int64_t CountOfValues(int64_t count) {
  constexpr int64_t kCountMax = 10'000;
  if (count < 1) {
    ThrowTrino(kInvalidArgument,
               fmt::format("third argument must be a positive integer; found {}", count));
  }
  if (count > kCountMax) {
    ThrowTrino(kInvalidArgument,
               fmt::format("third argument must be less than or equal to {}; found {}",
                           kCountMax, count));
  }
  return count;
}

/// DuckDB's aggregate over bigints, whatever integers it is called with.
template <FixedName kOwn>
BindData BindBigints(duckdb::ClientContext& context, AggregateFunction& function,
                     Expressions& arguments) {
  arguments[0] = duckdb::BoundCastExpression::AddCastToType(
      context, std::move(arguments[0]), LogicalType::BIGINT);
  return BecomeOwn(context, kOwn.text, function, arguments);
}

}  // namespace

void AddAggregates(FunctionLibrary& library) {
  library.Add(UnboundAggregate("sum", 1, &BindSum));
  library.Add(UnboundAggregate("avg", 1, &BindAvg));
  auto count_if = AggregateFunction::UnaryAggregate<int64_t, bool, int64_t, CountTrue>(
      LogicalType::BOOLEAN, LogicalType::BIGINT);
  count_if.name = "count_if";
  library.Add(std::move(count_if));
  auto skewness = AggregateFunction::UnaryAggregate<Moments, double, double, Skewness>(
      LogicalType::DOUBLE, LogicalType::DOUBLE);
  skewness.name = "skewness";
  library.Add(std::move(skewness));
  library.Add(UnboundAggregate("bitwise_and_agg", 1, &BindBigints<"bit_and">));
  library.Add(UnboundAggregate("bitwise_or_agg", 1, &BindBigints<"bit_or">));
  library.Add(UnboundAggregate("bitwise_xor_agg", 1, &BindBigints<"bit_xor">));
  library.Add(UnboundAggregate("map_agg", 2, &BindMapAgg));
  library.Add(UnboundAggregate("multimap_agg", 2, &BindMultimapAgg));
  library.Add(UnboundAggregate("map_union", 1, &BindMapUnion));
  library.Add(UnboundAggregate("histogram", 1, &BindHistogram));
  library.Add(Typed<&KeyOfNumber>("key_of_number"), Reach::kTranslatorOnly);
  library.Add(Typed<&CountOfValues>("count_of_values"), Reach::kTranslatorOnly);
  library.Add(UnboundAggregate("max_by", 2, &BindBy<"arg_max_null">));
  library.Add(UnboundAggregate("max_by", 3, &BindBy<"arg_max">));
  library.Add(UnboundAggregate("min_by", 2, &BindBy<"arg_min_null">));
  library.Add(UnboundAggregate("min_by", 3, &BindBy<"arg_min">));
}

}  // namespace tarn::engine
