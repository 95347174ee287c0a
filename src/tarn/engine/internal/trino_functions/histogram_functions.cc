// numeric_histogram and approx_most_frequent: maps of a fixed size about a group.
#include <string>

#include <duckdb/execution/expression_executor.hpp>
#include <duckdb/planner/expression/bound_cast_expression.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/trino_functions/aggregate_delegate.h"
#include "tarn/engine/internal/trino_functions/call_rewrite.h"
#include "tarn/engine/internal/trino_functions/frequent_values.h"
#include "tarn/engine/internal/trino_functions/function_table.h"
#include "tarn/engine/internal/trino_functions/numeric_histogram.h"
#include "tarn/engine/internal/trino_functions/owned_state.h"
#include "tarn/engine/internal/trino_functions/sketch_library.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"

namespace tarn::engine {
namespace {

using duckdb::AggregateFunction;
using duckdb::AggregateInputData;
using duckdb::LogicalType;
using duckdb::Value;
using Id = duckdb::LogicalTypeId;
using BindData = duckdb::unique_ptr<duckdb::FunctionData>;

/// The sizes that are asked for.
struct Sizes {
  size_t buckets = 0;
  size_t counters = 0;
  bool operator==(const Sizes&) const = default;
};

/// A constant bigint of at least `least`.
size_t SizeOf(duckdb::ClientContext& context, const duckdb::Expression& argument,
              std::string_view what, int64_t least) {
  constexpr int64_t kSizeMax = 1'000'000;
  if (!argument.IsFoldable()) {
    ThrowTrino(kNotSupportedHere, fmt::format("A {} that is not constant", what));
  }
  const Value value = duckdb::ExpressionExecutor::EvaluateScalar(context, argument)
                          .DefaultCastAs(LogicalType::BIGINT);
  const int64_t size = value.IsNull() ? 0 : value.GetValue<int64_t>();
  if (size < least || size > kSizeMax) {
    ThrowTrino(kInvalidArgument,
               fmt::format("{} must be from {} to {}: {}", what, least, kSizeMax, size));
  }
  return static_cast<size_t>(size);
}

// --- numeric_histogram -----------------------------------------------------------------

using HistogramState = OwnedState<NumericHistogram>;

struct CollectNumbers : MergedBasics {
  template <class A, class B, class State, class Op>
  static void Operation(State& state, const A& value, const B& weight,
                        duckdb::AggregateBinaryInput& binary) {
    state.Make(FactsOf<Sizes>(binary.input).buckets).Add(value, weight);
  }
  template <class Result, class State>
  static void Finalize(State&, Result&, duckdb::AggregateFinalizeData&) {}
};

Value HistogramOf(HistogramState& state, const LogicalType& map) {
  if (state.object == nullptr) {
    return Value(map);
  }
  const LogicalType& number = duckdb::MapType::KeyType(map);
  duckdb::vector<Value> values;
  duckdb::vector<Value> weights;
  for (const NumericHistogram::Bucket& bucket : state.object->Finish()) {
    const Value value = Value::DOUBLE(bucket.value).DefaultCastAs(number);
    if (values.empty() || values.back() != value) {  // as REAL they may become one
      values.push_back(value);
      weights.push_back(Value::DOUBLE(bucket.weight).DefaultCastAs(number));
    }
  }
  return Value::MAP(number, number, std::move(values), std::move(weights));
}

void FinishHistograms(duckdb::Vector& states, AggregateInputData&, duckdb::Vector& result,
                      duckdb::idx_t count, duckdb::idx_t offset) {
  FinishEach<HistogramState>(states, result, count, offset, [&](HistogramState& state) {
    return HistogramOf(state, result.GetType());
  });
}

/// numeric_histogram(buckets, value[, weight])
BindData BindHistogram(duckdb::ClientContext& context, AggregateFunction& function,
                       Expressions& arguments) {
  RequireTypes(arguments);
  const Sizes sizes{
      .buckets = SizeOf(context, *arguments[0], "numeric_histogram bucket count", 2)};
  // Trino has it for REAL and DOUBLE, and takes the narrower one for other numbers.
  const LogicalType number = arguments[1]->return_type.id() == Id::DOUBLE
                                 ? LogicalType::DOUBLE
                                 : LogicalType::FLOAT;
  arguments.erase(arguments.begin());
  arguments[0] = duckdb::BoundCastExpression::AddCastToType(
      context, std::move(arguments[0]), number);
  if (arguments.size() < 2) {
    arguments.push_back(ConstantOf(Value::DOUBLE(1)));
  }
  function = AggregateFunction::BinaryAggregate<HistogramState, double, double, double,
                                                CollectNumbers>(
      LogicalType::DOUBLE, LogicalType::DOUBLE, LogicalType::DOUBLE);
  function.destructor = AggregateFunction::StateDestroy<HistogramState, CollectNumbers>;
  function.finalize = &FinishHistograms;
  function.return_type = LogicalType::MAP(number, number);
  function.name = "numeric_histogram";
  return duckdb::make_uniq<BoundFacts<Sizes>>(sizes);
}

// --- approx_most_frequent --------------------------------------------------------------

int64_t KeyOf(int64_t value) { return value; }
std::string KeyOf(const duckdb::string_t& value) { return value.GetString(); }

template <typename T>
using FrequentState = OwnedState<FrequentValues<T>>;

struct CountValues : MergedBasics {
  template <class Input, class State, class Op>
  static void Operation(State& state, const Input& value,
                        duckdb::AggregateUnaryInput& unary) {
    state.Make(FactsOf<Sizes>(unary.input).counters).Add(KeyOf(value), 1);
  }
  template <class Input, class State, class Op>
  static void ConstantOperation(State& state, const Input& value,
                                duckdb::AggregateUnaryInput& unary, duckdb::idx_t count) {
    state.Make(FactsOf<Sizes>(unary.input).counters)
        .Add(KeyOf(value), static_cast<int64_t>(count));
  }
  template <class Result, class State>
  static void Finalize(State&, Result&, duckdb::AggregateFinalizeData&) {}
};

template <typename T>
void FinishFrequent(duckdb::Vector& states, AggregateInputData& input,
                    duckdb::Vector& result, duckdb::idx_t count, duckdb::idx_t offset) {
  const size_t buckets = FactsOf<Sizes>(input).buckets;
  const LogicalType map = result.GetType();
  FinishEach<FrequentState<T>>(
      states, result, count, offset, [&](FrequentState<T>& state) {
        if (state.object == nullptr) {
          return Value(map);
        }
        duckdb::vector<Value> values;
        duckdb::vector<Value> counts;
        for (const auto& counted : state.object->Top(buckets)) {
          values.push_back(Value::CreateValue(counted.value));
          counts.push_back(Value::BIGINT(counted.count));
        }
        return Value::MAP(duckdb::MapType::KeyType(map), LogicalType::BIGINT,
                          std::move(values), std::move(counts));
      });
}

template <typename T, typename Stored>
AggregateFunction MostFrequent(const LogicalType& type) {
  auto function =
      AggregateFunction::UnaryAggregateDestructor<FrequentState<T>, Stored, int64_t,
                                                  CountValues>(type, LogicalType::BIGINT);
  function.finalize = &FinishFrequent<T>;
  function.return_type = LogicalType::MAP(type, LogicalType::BIGINT);
  function.name = "approx_most_frequent";
  return function;
}

/// approx_most_frequent(buckets, value, counters)
BindData BindMostFrequent(duckdb::ClientContext& context, AggregateFunction& function,
                          Expressions& arguments) {
  RequireTypes(arguments);
  const Sizes sizes{
      .buckets = SizeOf(context, *arguments[0], "approx_most_frequent bucket count", 2),
      .counters = SizeOf(context, *arguments[2], "approx_most_frequent capacity", 1)};
  const LogicalType type = LogicalType::NormalizeType(arguments[1]->return_type);
  arguments.pop_back();
  arguments.erase(arguments.begin());
  if (type.id() == Id::VARCHAR && !type.IsJSONType()) {
    function = MostFrequent<std::string, duckdb::string_t>(LogicalType::VARCHAR);
  } else if (type.id() == Id::BIGINT || type.id() == Id::INTEGER ||
             type.id() == Id::SMALLINT || type.id() == Id::TINYINT) {
    function = MostFrequent<int64_t, int64_t>(LogicalType::BIGINT);
  } else {
    ThrowTrino(kNoFunction, fmt::format("Unexpected parameters (bigint, {}, bigint) for "
                                        "function approx_most_frequent. It takes bigint "
                                        "and varchar",
                                        TrinoTypeName(type)));
  }
  return duckdb::make_uniq<BoundFacts<Sizes>>(sizes);
}

}  // namespace

void AddHistograms(FunctionLibrary& library) {
  library.Add(UnboundAggregate("numeric_histogram", 2, &BindHistogram));
  library.Add(UnboundAggregate("numeric_histogram", 3, &BindHistogram));
  library.Add(UnboundAggregate("approx_most_frequent", 3, &BindMostFrequent));
}

}  // namespace tarn::engine
