// Aggregates of floating numbers where NaN, zero or an infinity make DuckDB's answer
// another than Trino's.
#include <cmath>

#include "tarn/engine/internal/trino_functions/aggregate_delegate.h"
#include "tarn/engine/internal/trino_functions/aggregate_state.h"
#include "tarn/engine/internal/trino_functions/argument_check.h"
#include "tarn/engine/internal/trino_functions/function_library.h"

namespace tarn::engine {
namespace {

using duckdb::AggregateFunction;
using duckdb::AggregateInputData;
using duckdb::LogicalType;
using Id = duckdb::LogicalTypeId;
using BindData = duckdb::unique_ptr<duckdb::FunctionData>;

enum class End : uint8_t { kLargest, kSmallest };

/// The largest or smallest number; NaN counts only where there is nothing else.
template <End kEnd>
struct NumberAt : Fold<NumberAt<kEnd>> {
  template <class T>
  static void Take(FoldedValue<T>& state, T value) {
    const bool is_further =
        kEnd == End::kLargest ? value > state.value : value < state.value;
    if (!state.any || is_further || std::isnan(state.value)) {
      state.value = value;
      state.any = true;
    }
  }
  template <class Input, class State, class Op>
  static void ConstantOperation(State& state, const Input& input,
                                duckdb::AggregateUnaryInput&, duckdb::idx_t) {
    Take(state, input);
  }
};

/// Some values are equal or not, but never less or greater.
void CheckOrder(std::string_view name, const Expressions& arguments) {
  const LogicalType& type = arguments[0]->return_type;
  if (type.IsJSONType() || type.id() == Id::MAP) {
    ThrowNoFunction(name, arguments);
  }
}

template <End kEnd>
BindData BindExtreme(duckdb::ClientContext& context, AggregateFunction& function,
                     Expressions& arguments) {
  constexpr const char* kName = kEnd == End::kLargest ? "max" : "min";
  CheckOrder(kName, arguments);
  const Id type = LogicalType::NormalizeType(arguments[0]->return_type).id();
  if (type == Id::DOUBLE) {
    function = AggregateFunction::UnaryAggregate<FoldedValue<double>, double, double,
                                                 NumberAt<kEnd>>(LogicalType::DOUBLE,
                                                                 LogicalType::DOUBLE);
  } else if (type == Id::FLOAT) {
    function = AggregateFunction::UnaryAggregate<FoldedValue<float>, float, float,
                                                 NumberAt<kEnd>>(LogicalType::FLOAT,
                                                                 LogicalType::FLOAT);
  } else {
    return BecomeOwn(context, kName, function, arguments);
  }
  function.name = kName;
  return nullptr;
}

template <End kEnd>
BindData BindExtremes(duckdb::ClientContext& context, AggregateFunction& function,
                      Expressions& arguments) {
  const char* const name = kEnd == End::kLargest ? "max" : "min";
  CheckOrder(name, arguments);
  return BecomeOwn(context, name, function, arguments);
}

struct Logarithms {
  double sum = 0;
  int64_t count = 0;
};

struct GeometricMean : StateBasics {
  template <class Input, class State, class Op>
  static void Operation(State& state, const Input& input, duckdb::AggregateUnaryInput&) {
    state.sum += std::log(static_cast<double>(input));
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
      const double mean = std::exp(state.sum / static_cast<double>(state.count));
      result = static_cast<Result>(std::isnan(mean) ? std::nan("") : mean);
    } else {
      data.ReturnNull();
    }
  }
};

BindData BindGeometricMean(duckdb::ClientContext&, AggregateFunction& function,
                           Expressions& arguments) {
  CheckNumber("geometric_mean", arguments);
  if (arguments[0]->return_type.id() == Id::FLOAT) {
    function = AggregateFunction::UnaryAggregate<Logarithms, float, float, GeometricMean>(
        LogicalType::FLOAT, LogicalType::FLOAT);
  } else {
    function =
        AggregateFunction::UnaryAggregate<Logarithms, double, double, GeometricMean>(
            LogicalType::DOUBLE, LogicalType::DOUBLE);
  }
  function.name = "geometric_mean";
  return nullptr;
}

}  // namespace

void AddFloatAggregates(FunctionLibrary& library) {
  library.Add(UnboundAggregate("max", 1, &BindExtreme<End::kLargest>));
  library.Add(UnboundAggregate("max", 2, &BindExtremes<End::kLargest>));
  library.Add(UnboundAggregate("min", 1, &BindExtreme<End::kSmallest>));
  library.Add(UnboundAggregate("min", 2, &BindExtremes<End::kSmallest>));
  library.Add(UnboundAggregate("geometric_mean", 1, &BindGeometricMean));
}

}  // namespace tarn::engine
