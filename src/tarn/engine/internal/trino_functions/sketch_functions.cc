// How many different values there are: approx_distinct, and the sketches approx_set,
// merge, cardinality and their casts.
#include <bit>
#include <cmath>

#include <duckdb/execution/expression_executor.hpp>
#include <duckdb/planner/expression/bound_cast_expression.hpp>
#include <fmt/format.h>

#include "tarn/base/murmur3_x64.h"
#include "tarn/engine/internal/trino_functions/aggregate_delegate.h"
#include "tarn/engine/internal/trino_functions/call_rewrite.h"
#include "tarn/engine/internal/trino_functions/function_table.h"
#include "tarn/engine/internal/trino_functions/hyper_log_log.h"
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
using duckdb::string_t;
using Id = duckdb::LogicalTypeId;
using BindData = duckdb::unique_ptr<duckdb::FunctionData>;

constexpr double kErrorOfDistinct = 0.023;
constexpr double kErrorOfSet = 0.01625;

/// A sketch's error as one of the function's.
template <typename T>
T OrThrow(Result<T> read) {
  if (!read.ok()) {
    ThrowTrino(kInvalidArgument, read.status().message());
  }
  return std::move(*read);
}

std::string_view ViewOf(const string_t& text) { return {text.GetData(), text.GetSize()}; }

/// The fewest buckets, as a power of two, with at most this standard error.
int IndexBitsOf(double standard_error) {
  constexpr double kLowest = 0.0040625;
  constexpr double kHighest = 0.26;
  if (!(standard_error >= kLowest && standard_error <= kHighest)) {
    ThrowTrino(kInvalidArgument, fmt::format("Max standard error must be in [{}, {}]: {}",
                                             kLowest, kHighest, standard_error));
  }
  const double buckets = std::ceil(1.0816 / (standard_error * standard_error));
  return std::bit_width(static_cast<uint32_t>(buckets) - 1);
}

struct Buckets {
  int index_bits = 0;
  bool operator==(const Buckets&) const = default;
};

/// Takes the standard error, which is constant, off the arguments.
BindData TakeBuckets(duckdb::ClientContext& context, double usual_error,
                     Expressions& arguments) {
  double standard_error = usual_error;
  if (arguments.size() == 2) {
    if (!arguments[1]->IsFoldable()) {
      ThrowTrino(kNotSupportedHere, "A standard error that is not constant");
    }
    standard_error = duckdb::ExpressionExecutor::EvaluateScalar(context, *arguments[1])
                         .DefaultCastAs(LogicalType::DOUBLE)
                         .GetValue<double>();
    arguments.pop_back();
  }
  return duckdb::make_uniq<BoundFacts<Buckets>>(Buckets{IndexBitsOf(standard_error)});
}

using SketchState = OwnedState<HyperLogLog>;

/// Collects hashes.
struct CollectHashes : OwnedBasics {
  template <class Input, class State, class Op>
  static void Operation(State& state, const Input& hash,
                        duckdb::AggregateUnaryInput& unary) {
    state.Make(FactsOf<Buckets>(unary.input).index_bits)
        .AddHash(static_cast<uint64_t>(hash));
  }
  template <class Input, class State, class Op>
  static void ConstantOperation(State& state, const Input& hash,
                                duckdb::AggregateUnaryInput& unary, duckdb::idx_t) {
    Operation<Input, State, Op>(state, hash, unary);
  }
  template <class State, class Op>
  static void Combine(const State& source, State& target, AggregateInputData&) {
    if (source.object == nullptr) {
      return;
    }
    if (target.object == nullptr) {
      target.Make(*source.object);
      return;
    }
    const Status merged = target.object->MergeWith(*source.object);
    if (!merged.ok()) {
      ThrowTrino(kInvalidArgument, merged.message());
    }
  }
};

struct CountDistinct : CollectHashes {
  template <class Result, class State>
  static void Finalize(State& state, Result& result, duckdb::AggregateFinalizeData&) {
    result = state.object == nullptr ? 0 : state.object->Estimate();
  }
};

struct CollectSet : CollectHashes {
  template <class Result, class State>
  static void Finalize(State& state, Result& result,
                       duckdb::AggregateFinalizeData& data) {
    FinishEncoded(state, result, data);
  }
};

/// Merges sketches that are values.
struct MergeSets : CollectSet {
  template <class Input, class State, class Op>
  static void Operation(State& state, const Input& bytes,
                        duckdb::AggregateUnaryInput& unary) {
    State read;
    read.Make(OrThrow(HyperLogLog::Decode(ViewOf(bytes))));
    const std::unique_ptr<HyperLogLog> owned(read.object);
    Combine<State, Op>(read, state, unary.input);
  }
  template <class Input, class State, class Op>
  static void ConstantOperation(State& state, const Input& bytes,
                                duckdb::AggregateUnaryInput& unary, duckdb::idx_t) {
    Operation<Input, State, Op>(state, bytes, unary);
  }
};

struct MergeDigests : MergedBasics {
  template <class Input, class State, class Op>
  static void Operation(State& state, const Input& bytes, duckdb::AggregateUnaryInput&) {
    TDigest read = OrThrow(TDigest::Decode(ViewOf(bytes)));
    if (state.object == nullptr) {
      state.Make(std::move(read));
    } else {
      state.object->MergeWith(std::move(read));
    }
  }
  template <class Result, class State>
  static void Finalize(State& state, Result& result,
                       duckdb::AggregateFinalizeData& data) {
    FinishEncoded(state, result, data);
  }
};

BindData BindApproxDistinct(duckdb::ClientContext& context, AggregateFunction& function,
                            Expressions& arguments) {
  auto buckets = TakeBuckets(context, kErrorOfDistinct, arguments);
  arguments[0] = OursOf(context, "value_hash", ListOf(std::move(arguments[0])));
  function = AggregateFunction::UnaryAggregateDestructor<SketchState, int64_t, int64_t,
                                                         CountDistinct>(
      LogicalType::BIGINT, LogicalType::BIGINT);
  function.name = "approx_distinct";
  return buckets;
}

/// The type that Trino's approx_set has an overload for.
LogicalType TypeInSet(const LogicalType& type) {
  switch (type.id()) {
    case Id::SQLNULL:
    case Id::TINYINT:
    case Id::SMALLINT:
    case Id::INTEGER:
    case Id::BIGINT:
      return LogicalType::BIGINT;
    case Id::FLOAT:
    case Id::DOUBLE:
    case Id::DECIMAL:
      return LogicalType::DOUBLE;
    case Id::VARCHAR:
      if (!type.IsJSONType()) {
        return LogicalType::VARCHAR;
      }
      break;
    default:
      break;
  }
  ThrowTrino(kNoFunction, fmt::format("Unexpected parameters ({}) for function "
                                      "approx_set. It takes bigint, double and varchar",
                                      TrinoTypeName(type)));
}

BindData BindApproxSet(duckdb::ClientContext& context, AggregateFunction& function,
                       Expressions& arguments) {
  RequireTypes(arguments);
  auto buckets = TakeBuckets(context, kErrorOfSet, arguments);
  const LogicalType type =
      TypeInSet(LogicalType::NormalizeType(arguments[0]->return_type));
  auto value =
      duckdb::BoundCastExpression::AddCastToType(context, std::move(arguments[0]), type);
  arguments[0] = OursOf(context, "set_hash", ListOf(std::move(value)));
  function = AggregateFunction::UnaryAggregateDestructor<SketchState, int64_t, string_t,
                                                         CollectSet>(LogicalType::BIGINT,
                                                                     HyperLogLogType());
  function.name = "approx_set";
  return buckets;
}

BindData BindMerge(duckdb::ClientContext&, AggregateFunction& function,
                   Expressions& arguments) {
  RequireTypes(arguments);
  const LogicalType type = arguments[0]->return_type;
  if (IsHyperLogLog(type)) {
    function =
        AggregateFunction::UnaryAggregateDestructor<SketchState, string_t, string_t,
                                                    MergeSets>(type, type);
  } else if (IsTDigest(type)) {
    function =
        AggregateFunction::UnaryAggregateDestructor<OwnedState<TDigest>, string_t,
                                                    string_t, MergeDigests>(type, type);
  } else {
    ThrowTrino(kNoFunction, fmt::format("Unexpected parameters ({}) for function merge. "
                                        "It takes HyperLogLog and tdigest",
                                        TrinoTypeName(type)));
  }
  function.name = "merge";
  return nullptr;
}

// --- of one value ----------------------------------------------------------------------

template <typename T>
int64_t MurmurOf(T value) {
  char bytes[sizeof(value)];
  std::memcpy(bytes, &value, sizeof(value));
  return static_cast<int64_t>(Murmur3X64({bytes, sizeof(value)})[0]);
}

int64_t MurmurOfText(std::string_view text) {
  return static_cast<int64_t>(Murmur3X64(text)[0]);
}

double WithOneNan(double value) { return std::isnan(value) ? std::nan("") : value; }
int64_t MurmurOfDouble(double value) { return MurmurOf(WithOneNan(value)); }

int64_t SetCardinality(Bytes sketch) {
  return OrThrow(HyperLogLog::Decode(sketch.data)).Estimate();
}

Blob CheckedSet(Bytes bytes) {
  OrThrow(HyperLogLog::Decode(bytes.data));
  return {std::string(bytes.data)};
}

Blob CheckedDigest(Bytes bytes) {
  OrThrow(TDigest::Decode(bytes.data));
  return {std::string(bytes.data)};
}

/// The cast of bytes by `check` to `target`; of a sketch of that type the sketch.
ExpressionPtr SketchCast(const BoundCall& call, std::string_view check,
                         const LogicalType& target) {
  const LogicalType from = call.TypeOf(0);
  if (from == target) {
    return call.Argument(0);
  }
  if (from.id() == Id::SQLNULL) {
    return ConstantOf(duckdb::Value(target));
  }
  if (from.id() != Id::BLOB || IsSketch(from)) {
    ThrowTrino(kTypeMismatch, fmt::format("Cannot cast {} to {}", TrinoTypeName(from),
                                          target.GetAlias()));
  }
  return call.Ours(check, call.Arguments());
}

ExpressionPtr CastHyperLogLog(const BoundCall& call) {
  return SketchCast(call, "checked_set", HyperLogLogType());
}

ExpressionPtr CastTDigest(const BoundCall& call) {
  return SketchCast(call, "checked_digest", TDigestType());
}

Blob SameBytes(Bytes bytes) { return {std::string(bytes.data)}; }

void EmptySet(duckdb::DataChunk&, duckdb::ExpressionState&, duckdb::Vector& result) {
  result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
  duckdb::ConstantVector::GetData<string_t>(result)[0] =
      duckdb::StringVector::AddStringOrBlob(
          result, HyperLogLog(IndexBitsOf(kErrorOfSet)).Encode());
}

template <auto Fn>
duckdb::ScalarFunction Between(std::string_view name, const LogicalType& from,
                               const LogicalType& to) {
  duckdb::ScalarFunction function = Typed<Fn>(name);
  function.arguments[0] = from;
  function.SetReturnType(to);
  return function;
}

}  // namespace

void AddSketches(FunctionLibrary& library) {
  const auto internal = [&](duckdb::ScalarFunction function) {
    library.Add(std::move(function), Reach::kTranslatorOnly);
  };
  internal(Typed<&MurmurOf<int64_t>>("set_hash"));
  internal(Typed<&MurmurOfDouble>("set_hash"));
  internal(Typed<&MurmurOfText>("set_hash"));
  internal(Between<&SetCardinality>("set_cardinality", HyperLogLogType(),
                                    LogicalType::BIGINT));
  internal(Between<&CheckedSet>("checked_set", LogicalType::BLOB, HyperLogLogType()));
  internal(Between<&CheckedDigest>("checked_digest", LogicalType::BLOB, TDigestType()));
  internal(Rewritten<&CastHyperLogLog>("cast_hyperloglog", 1));
  internal(Rewritten<&CastTDigest>("cast_tdigest", 1));
  internal(Between<&SameBytes>("sketch_bytes", HyperLogLogType(), LogicalType::BLOB));
  internal(Between<&SameBytes>("sketch_bytes", TDigestType(), LogicalType::BLOB));
  library.Add(
      duckdb::ScalarFunction("empty_approx_set", {}, HyperLogLogType(), &EmptySet));
  library.Add(UnboundAggregate("approx_distinct", 1, &BindApproxDistinct));
  library.Add(UnboundAggregate("approx_distinct", 2, &BindApproxDistinct));
  library.Add(UnboundAggregate("approx_set", 1, &BindApproxSet));
  library.Add(UnboundAggregate("merge", 1, &BindMerge));
}

}  // namespace tarn::engine
