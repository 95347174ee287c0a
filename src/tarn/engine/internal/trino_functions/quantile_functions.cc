// Quantiles: approx_percentile, and the sketches tdigest_agg, value_at_quantile.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <duckdb/execution/expression_executor.hpp>
#include <duckdb/planner/expression/bound_cast_expression.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/trino_functions/aggregate_delegate.h"
#include "tarn/engine/internal/trino_functions/call_rewrite.h"
#include "tarn/engine/internal/trino_functions/function_table.h"
#include "tarn/engine/internal/trino_functions/owned_state.h"
#include "tarn/engine/internal/trino_functions/sketch_library.h"
#include "tarn/engine/internal/trino_functions/sketch_types.h"
#include "tarn/engine/internal/trino_functions/t_digest.h"
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
using DigestState = OwnedState<TDigest>;

struct CollectValues : MergedBasics {
  template <class A, class B, class State, class Op>
  static void Operation(State& state, const A& value, const B& weight,
                        duckdb::AggregateBinaryInput&) {
    if (!std::isfinite(value)) {
      ThrowTrino(kInvalidArgument, fmt::format("value must be finite; was {}", value));
    }
    if (!std::isfinite(weight)) {
      ThrowTrino(kInvalidArgument, fmt::format("weight must be finite, was {}", weight));
    }
    if (weight < 1) {
      ThrowTrino(kInvalidArgument, fmt::format("weight must be >= 1, was {}", weight));
    }
    state.Make().Add(value, weight);
  }
  template <class Result, class State>
  static void Finalize(State& state, Result& result,
                       duckdb::AggregateFinalizeData& data) {
    FinishEncoded(state, result, data);
  }
};

AggregateFunction DigestOfValues(std::string_view name) {
  auto function = AggregateFunction::BinaryAggregate<DigestState, double, double,
                                                     duckdb::string_t, CollectValues>(
      LogicalType::DOUBLE, LogicalType::DOUBLE, TDigestType());
  function.destructor = AggregateFunction::StateDestroy<DigestState, CollectValues>;
  function.name = std::string(name);
  return function;
}

/// Adds the weight 1 to the arguments where there is none.
void AddWeight(Expressions* arguments) {
  if (arguments->size() < 2) {
    arguments->push_back(ConstantOf(Value::DOUBLE(1)));
  }
}

// --- approx_percentile -----------------------------------------------------------------

/// What is asked for: quantiles in the order in which they are written.
struct Percentiles {
  std::vector<double> quantiles;
  bool is_array = false;
  bool operator==(const Percentiles&) const = default;
};

double CheckedQuantile(const Value& value) {
  if (value.IsNull()) {
    ThrowTrino(kInvalidArgument, "Percentile cannot be null");
  }
  const auto quantile = value.DefaultCastAs(LogicalType::DOUBLE).GetValue<double>();
  if (!(quantile >= 0 && quantile <= 1)) {
    ThrowTrino(kInvalidArgument, "Percentile must be between 0 and 1");
  }
  return quantile;
}

Percentiles PercentilesOf(duckdb::ClientContext& context,
                          const duckdb::Expression& argument) {
  if (!argument.IsFoldable()) {
    ThrowTrino(kNotSupportedHere, "A percentile that is not constant");
  }
  const Value value = duckdb::ExpressionExecutor::EvaluateScalar(context, argument);
  Percentiles percentiles{.is_array = value.type().id() == Id::LIST};
  if (!percentiles.is_array || value.IsNull()) {
    percentiles.quantiles.push_back(CheckedQuantile(value));
    return percentiles;
  }
  for (const Value& each : duckdb::ListValue::GetChildren(value)) {
    percentiles.quantiles.push_back(CheckedQuantile(each));
  }
  return percentiles;
}

/// In the order of `quantiles`, whatever it is.
std::vector<double> ValuesInOrder(TDigest& digest, const std::vector<double>& quantiles) {
  std::vector<size_t> order(quantiles.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, {}, [&](size_t i) { return quantiles[i]; });
  std::vector<double> sorted;
  for (const size_t i : order) {
    sorted.push_back(quantiles[i]);
  }
  const std::vector<double> found = digest.ValuesAt(sorted);
  std::vector<double> values(quantiles.size());
  for (size_t i = 0; i < order.size(); ++i) {
    values[order[i]] = found[i];
  }
  return values;
}

/// A quantile of bigints is rounded, halves upwards; those that were added have an exact
/// double.
Value NumberOf(double value, const LogicalType& type) {
  constexpr double kTwoTo63 = 9223372036854775808.0;
  if (type.id() == Id::BIGINT) {
    const double rounded = std::floor(value + 0.5);
    return Value::BIGINT(rounded >= kTwoTo63 ? std::numeric_limits<int64_t>::max()
                                             : static_cast<int64_t>(rounded));
  }
  return type.id() == Id::FLOAT ? Value::FLOAT(static_cast<float>(value))
                                : Value::DOUBLE(value);
}

Value ResultOf(DigestState& state, const Percentiles& percentiles,
               const LogicalType& type) {
  if (state.object == nullptr) {
    return Value(type);
  }
  state.object->Compact();
  const auto values = ValuesInOrder(*state.object, percentiles.quantiles);
  if (!percentiles.is_array) {
    return NumberOf(values[0], type);
  }
  const LogicalType& element = duckdb::ListType::GetChildType(type);
  duckdb::vector<Value> list;
  for (const double value : values) {
    list.push_back(NumberOf(value, element));
  }
  return Value::LIST(element, std::move(list));
}

void FinishPercentiles(duckdb::Vector& states, AggregateInputData& input,
                       duckdb::Vector& result, duckdb::idx_t count,
                       duckdb::idx_t offset) {
  const Percentiles& percentiles = FactsOf<Percentiles>(input);
  FinishEach<DigestState>(states, result, count, offset, [&](DigestState& state) {
    return ResultOf(state, percentiles, result.GetType());
  });
}

/// The type that Trino's approx_percentile has an overload for.
LogicalType NumberType(const LogicalType& type) {
  switch (type.id()) {
    case Id::SQLNULL:
    case Id::TINYINT:
    case Id::SMALLINT:
    case Id::INTEGER:
    case Id::BIGINT:
      return LogicalType::BIGINT;
    case Id::FLOAT:
    case Id::DECIMAL:
      return LogicalType::FLOAT;
    case Id::DOUBLE:
      return LogicalType::DOUBLE;
    default:
      ThrowTrino(kNoFunction, fmt::format("Unexpected parameters ({}) for function "
                                          "approx_percentile. It takes bigint, real and "
                                          "double",
                                          TrinoTypeName(type)));
  }
}

/// approx_percentile(value, [weight,] percentile or array of them); of four arguments the
/// last one, an accuracy, changes nothing in Trino either.
BindData BindPercentile(duckdb::ClientContext& context, AggregateFunction& function,
                        Expressions& arguments) {
  RequireTypes(arguments);
  if (arguments.size() == 4) {
    arguments.pop_back();
  }
  Percentiles percentiles = PercentilesOf(context, *arguments.back());
  arguments.pop_back();
  const LogicalType type =
      NumberType(LogicalType::NormalizeType(arguments[0]->return_type));
  const LogicalType result = percentiles.is_array ? LogicalType::LIST(type) : type;
  auto value =
      duckdb::BoundCastExpression::AddCastToType(context, std::move(arguments[0]), type);
  if (type.id() == Id::BIGINT) {
    value = OursOf(context, "exact_double", ListOf(std::move(value)));
  }
  arguments[0] = std::move(value);
  AddWeight(&arguments);
  function = DigestOfValues("approx_percentile");
  function.finalize = &FinishPercentiles;
  function.return_type = result;
  return duckdb::make_uniq<BoundFacts<Percentiles>>(std::move(percentiles));
}

double ExactDouble(int64_t value) {
  constexpr double kTwoTo63 = 9223372036854775808.0;
  const auto number = static_cast<double>(value);
  const bool is_exact = number >= kTwoTo63  // as Java's cast back to a long has it
                            ? value == std::numeric_limits<int64_t>::max()
                            : static_cast<int64_t>(number) == value;
  if (!is_exact) {
    ThrowTrino(kInvalidArgument,
               fmt::format("no exact double representation for long: {}", value));
  }
  return number;
}

// --- sketches --------------------------------------------------------------------------

BindData BindDigest(duckdb::ClientContext&, AggregateFunction& function,
                    Expressions& arguments) {
  AddWeight(&arguments);
  function = DigestOfValues("tdigest_agg");
  return nullptr;
}

TDigest DigestOf(std::string_view bytes) {
  auto read = TDigest::Decode(bytes);
  if (!read.ok()) {
    ThrowTrino(kInvalidArgument, read.status().message());
  }
  return std::move(*read);
}

void CheckQuantile(double quantile) {
  if (!(quantile >= 0 && quantile <= 1)) {
    ThrowTrino(kInvalidArgument, "quantiles should be in [0, 1] range");
  }
}

double ValueAtQuantile(Bytes digest, double quantile) {
  CheckQuantile(quantile);
  return DigestOf(digest.data).ValuesAt(std::span(&quantile, 1))[0];
}

std::vector<double> QuantilesOf(const Value& list) {
  std::vector<double> quantiles;
  for (const Value& each : duckdb::ListValue::GetChildren(list)) {
    const double quantile = each.IsNull() ? 0 : each.GetValue<double>();
    CheckQuantile(quantile);
    if (!quantiles.empty() && quantile < quantiles.back()) {
      ThrowTrino(kInvalidArgument, "percentiles must be sorted in increasing order");
    }
    quantiles.push_back(quantile);
  }
  return quantiles;
}

/// values_at_quantiles(tdigest, array of doubles)
void ValuesAtQuantiles(duckdb::DataChunk& args, duckdb::ExpressionState&,
                       duckdb::Vector& result) {
  const bool is_constant = args.AllConstant();
  const duckdb::idx_t count = is_constant ? 1 : args.size();
  for (duckdb::idx_t row = 0; row < count; ++row) {
    const Value digest = args.data[0].GetValue(row);
    const Value list = args.data[1].GetValue(row);
    if (digest.IsNull() || list.IsNull()) {
      result.SetValue(row, Value(result.GetType()));
      continue;
    }
    duckdb::vector<Value> values;
    const std::vector<double> quantiles = QuantilesOf(list);
    for (const double value :
         DigestOf(duckdb::StringValue::Get(digest)).ValuesAt(quantiles)) {
      values.push_back(Value::DOUBLE(value));
    }
    result.SetValue(row, Value::LIST(LogicalType::DOUBLE, std::move(values)));
  }
  if (is_constant) {
    result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
  }
}

}  // namespace

void AddQuantiles(FunctionLibrary& library) {
  library.Add(Typed<&ExactDouble>("exact_double"), Reach::kTranslatorOnly);
  library.Add(UnboundAggregate("approx_percentile", 2, &BindPercentile));
  library.Add(UnboundAggregate("approx_percentile", 3, &BindPercentile));
  library.Add(UnboundAggregate("approx_percentile", 4, &BindPercentile));
  auto one = UnboundAggregate("tdigest_agg", 1, &BindDigest);
  one.arguments = {LogicalType::DOUBLE};
  library.Add(std::move(one));
  auto weighted = UnboundAggregate("tdigest_agg", 2, &BindDigest);
  weighted.arguments = {LogicalType::DOUBLE, LogicalType::DOUBLE};
  library.Add(std::move(weighted));
  duckdb::ScalarFunction value_at = Typed<&ValueAtQuantile>("value_at_quantile");
  value_at.arguments[0] = TDigestType();
  library.Add(std::move(value_at));
  duckdb::ScalarFunction values_at(
      "values_at_quantiles", {TDigestType(), LogicalType::LIST(LogicalType::DOUBLE)},
      LogicalType::LIST(LogicalType::DOUBLE), &ValuesAtQuantiles);
  values_at.errors = duckdb::FunctionErrors::CAN_THROW_RUNTIME_ERROR;
  library.Add(std::move(values_at));
}

}  // namespace tarn::engine
