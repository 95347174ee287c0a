// sum and avg of intervals.
#include "tarn/engine/internal/trino_functions/interval_aggregates.h"

#include <cmath>
#include <limits>

#include "tarn/engine/internal/trino_functions/aggregate_state.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"

namespace tarn::engine {
namespace {

using duckdb::AggregateFunction;
using duckdb::AggregateInputData;
using duckdb::interval_t;

struct Total {
  int64_t months = 0;
  int64_t micros = 0;  // days included, which have 24 hours
  int64_t count = 0;
};

void AddTo(int64_t* total, int64_t value) {
  if (__builtin_add_overflow(*total, value, total)) {
    ThrowTrino(kOutOfRange, "interval addition overflow");
  }
}

interval_t IntervalOf(int64_t months, int64_t micros) {
  if (months != static_cast<int32_t>(months)) {
    ThrowTrino(kOutOfRange, "interval addition overflow");
  }
  return {.months = static_cast<int32_t>(months), .days = 0, .micros = micros};
}

struct SumIntervals : StateBasics {
  template <class Input, class State, class Op>
  static void Operation(State& state, const Input& input, duckdb::AggregateUnaryInput&) {
    int64_t days = 0;
    if (__builtin_mul_overflow(int64_t{input.days}, duckdb::Interval::MICROS_PER_DAY,
                               &days)) {
      ThrowTrino(kOutOfRange, "interval addition overflow");
    }
    AddTo(&state.months, input.months);
    AddTo(&state.micros, days);
    AddTo(&state.micros, input.micros);
    ++state.count;
  }
  template <class State, class Op>
  static void Combine(const State& source, State& target, AggregateInputData&) {
    AddTo(&target.months, source.months);
    AddTo(&target.micros, source.micros);
    target.count += source.count;
  }
  template <class Result, class State>
  static void Finalize(State& state, Result& result,
                       duckdb::AggregateFinalizeData& data) {
    if (state.count > 0) {
      result = IntervalOf(state.months, state.micros);
    } else {
      data.ReturnNull();
    }
  }
};

/// To whole months and milliseconds, half away from zero.
struct AverageIntervals : SumIntervals {
  template <class Result, class State>
  static void Finalize(State& state, Result& result,
                       duckdb::AggregateFinalizeData& data) {
    if (state.count == 0) {
      data.ReturnNull();
      return;
    }
    constexpr int64_t kMilli = duckdb::Interval::MICROS_PER_MSEC;
    const auto share = [&](int64_t total) {
      return std::llround(static_cast<double>(total) / static_cast<double>(state.count));
    };
    result = IntervalOf(share(state.months), share(state.micros / kMilli) * kMilli);
  }
};

template <typename Operation>
AggregateFunction Of(const char* name, const duckdb::LogicalType& type) {
  auto function =
      AggregateFunction::UnaryAggregate<Total, interval_t, interval_t, Operation>(type,
                                                                                  type);
  function.name = name;
  return function;
}

}  // namespace

AggregateFunction SumOfIntervals(const duckdb::LogicalType& type) {
  return Of<SumIntervals>("sum", type);
}

AggregateFunction AverageOfIntervals(const duckdb::LogicalType& type) {
  return Of<AverageIntervals>("avg", type);
}

}  // namespace tarn::engine
