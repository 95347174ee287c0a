// States of aggregates that own an object, made at a group's first row.
#pragma once

#include <memory>
#include <utility>

#include "tarn/engine/internal/trino_functions/aggregate_state.h"

namespace tarn::engine {

/// DuckDB moves states as bytes, hence the plain pointer; OwnedBasics::Destroy ends it.
template <class Object>
struct OwnedState {
  Object* object = nullptr;

  template <typename... Arguments>
  Object& Make(Arguments&&... arguments) {
    if (object == nullptr) {
      object = std::make_unique<Object>(std::forward<Arguments>(arguments)...).release();
    }
    return *object;
  }
};

struct OwnedBasics : StateBasics {
  template <class State>
  static void Destroy(State& state, duckdb::AggregateInputData&) {
    std::unique_ptr<std::remove_pointer_t<decltype(state.object)>>(state.object).reset();
    state.object = nullptr;
  }
};

/// Of objects that MergeWith() one another.
struct MergedBasics : OwnedBasics {
  template <class State, class Op>
  static void Combine(const State& source, State& target, duckdb::AggregateInputData&) {
    if (source.object == nullptr) {
      return;
    }
    if (target.object == nullptr) {
      target.Make(*source.object);
    } else {
      target.object->MergeWith(*source.object);
    }
  }
};

/// The object's Encode() as `result`; null where there was no row.
template <class State, class Result>
void FinishEncoded(State& state, Result& result, duckdb::AggregateFinalizeData& data) {
  if (state.object == nullptr) {
    data.ReturnNull();
  } else {
    result = duckdb::StringVector::AddStringOrBlob(data.result, state.object->Encode());
  }
}

/// What an aggregate's binding keeps for its rows, `Facts` with ==.
template <class Facts>
struct BoundFacts final : duckdb::FunctionData {
  explicit BoundFacts(Facts of) : facts(std::move(of)) {}
  duckdb::unique_ptr<duckdb::FunctionData> Copy() const override {
    return duckdb::make_uniq<BoundFacts<Facts>>(facts);
  }
  bool Equals(const duckdb::FunctionData& other) const override {
    return facts == other.Cast<BoundFacts<Facts>>().facts;
  }

  Facts facts;
};

template <class Facts>
const Facts& FactsOf(const duckdb::AggregateInputData& input) {
  return input.bind_data->Cast<BoundFacts<Facts>>().facts;
}

/// Finishes groups with `value_of(State&)`, a duckdb::Value of the result's type.
template <class State, class ValueOf>
void FinishEach(duckdb::Vector& states, duckdb::Vector& result, duckdb::idx_t count,
                duckdb::idx_t offset, ValueOf value_of) {
  duckdb::UnifiedVectorFormat rows;
  states.ToUnifiedFormat(count, rows);
  auto* const* all = duckdb::UnifiedVectorFormat::GetData<State*>(rows);
  for (duckdb::idx_t i = 0; i < count; ++i) {
    result.SetValue(offset + i, value_of(*all[rows.sel->get_index(i)]));
  }
  if (states.GetVectorType() == duckdb::VectorType::CONSTANT_VECTOR) {
    result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
  }
}

}  // namespace tarn::engine
