// What aggregates written here have in common: states that begin empty, rows with null
// left out, null where there was no row.
#pragma once

#include <duckdb/function/aggregate_function.hpp>

namespace tarn::engine {

struct StateBasics {
  template <class State>
  static void Initialize(State& state) {
    state = State();
  }
  template <class Input, class State, class Op>
  static void ConstantOperation(State& state, const Input& input,
                                duckdb::AggregateUnaryInput& unary, duckdb::idx_t count) {
    for (duckdb::idx_t i = 0; i < count; ++i) {
      Op::template Operation<Input, State, Op>(state, input, unary);
    }
  }
  static bool IgnoreNull() { return true; }
};

/// One value that the rows are folded into.
template <typename T>
struct FoldedValue {
  T value{};
  bool any = false;
};

/// `Self::Take(FoldedValue<T>&, T)` folds a row, or another state's value, in.
template <class Self>
struct Fold : StateBasics {
  template <class Input, class State, class Op>
  static void Operation(State& state, const Input& input, duckdb::AggregateUnaryInput&) {
    Self::Take(state, input);
  }
  template <class State, class Op>
  static void Combine(const State& source, State& target, duckdb::AggregateInputData&) {
    if (source.any) {
      Self::Take(target, source.value);
    }
  }
  template <class Result, class State>
  static void Finalize(State& state, Result& result,
                       duckdb::AggregateFinalizeData& data) {
    if (state.any) {
      result = state.value;
    } else {
      data.ReturnNull();
    }
  }
};

}  // namespace tarn::engine
