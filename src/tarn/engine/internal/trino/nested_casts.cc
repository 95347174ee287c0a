// Casts of arrays, maps and rows: each value within is cast as Trino casts it alone.
#include <algorithm>
#include <utility>
#include <vector>

#include <duckdb/common/exception.hpp>
#include <duckdb/execution/expression_executor.hpp>
#include <duckdb/function/function_binder.hpp>
#include <duckdb/planner/expression/bound_cast_expression.hpp>
#include <duckdb/planner/expression/bound_function_expression.hpp>
#include <duckdb/planner/expression/bound_reference_expression.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/trino/cast_function.h"
#include "tarn/engine/internal/trino/operators.h"
#include "tarn/engine/internal/trino/types.h"
#include "tarn/engine/internal/trino_functions/call_rewrite.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"
#include "tarn/sql/cursor.h"
#include "tarn/sql/type_name.h"

namespace tarn::engine::trino {
namespace {

using duckdb::DataChunk;
using duckdb::idx_t;
using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using duckdb::make_uniq;
using duckdb::SelectionVector;
using duckdb::Vector;

constexpr char kCastParts[] = "cast_parts";

sql::TypeName TypeIn(const duckdb::Value& text) {
  const std::string name = text.ToString();
  sql::Cursor cursor(name);
  auto type = sql::ParseTrinoType(cursor);
  ThrowIfError(type.status());
  return *std::move(type);
}

LogicalType TargetOf(const sql::TypeName& type) {
  auto target = CastTarget(type);
  ThrowIfError(target.status());
  return *std::move(target);
}

/// The types of what is within: the elements, key and value, or the fields.
std::vector<LogicalType> PartsOf(const LogicalType& type) {
  std::vector<LogicalType> parts;
  switch (type.id()) {
    case LogicalTypeId::LIST:
      parts.push_back(duckdb::ListType::GetChildType(type));
      break;
    case LogicalTypeId::MAP:
      parts.push_back(duckdb::MapType::KeyType(type));
      parts.push_back(duckdb::MapType::ValueType(type));
      break;
    case LogicalTypeId::STRUCT:
      for (const auto& [name, field] : duckdb::StructType::GetChildTypes(type)) {
        parts.push_back(field);
      }
      break;
    default:
      break;
  }
  return parts;
}

/// True where DuckDB's cast of values within values is Trino's.
bool IsSame(const LogicalType& from, const LogicalType& to) {
  if (from.id() == LogicalTypeId::SQLNULL) {
    return true;
  }
  if (from.id() != to.id()) {
    return from.IsIntegral() && to.IsIntegral() && from.IsSigned() && to.IsSigned() &&
           duckdb::GetTypeIdSize(from.InternalType()) <
               duckdb::GetTypeIdSize(to.InternalType());
  }
  const auto parts = PartsOf(from);
  if (parts.empty()) {
    return from == to;
  }
  return std::ranges::equal(parts, PartsOf(to), &IsSame);
}

// ---- The cast of one level

struct PartsCast final : duckdb::FunctionData {
  Expressions parts;  // of what is at 0 in a chunk of the part's values

  duckdb::unique_ptr<FunctionData> Copy() const override {
    auto copy = make_uniq<PartsCast>();
    for (const auto& part : parts) {
      copy->parts.push_back(part->Copy());
    }
    return copy;
  }
  bool Equals(const FunctionData& other) const override {
    return duckdb::Expression::ListEquals(parts, other.Cast<PartsCast>().parts);
  }
};

struct PartsState final : duckdb::FunctionLocalState {
  std::vector<std::unique_ptr<duckdb::ExpressionExecutor>> executors;
};

ExpressionPtr BindPart(duckdb::ClientContext& context, const LogicalType& from,
                       const sql::TypeName& type) {
  const LogicalType target = TargetOf(type);
  ExpressionPtr part = make_uniq<duckdb::BoundReferenceExpression>(from, idx_t{0});
  if (from == target && IsPlain(type)) {
    return part;
  }
  const auto cast = CastFunctionOf(type, target);
  if (!cast) {
    ThrowTrino(kNotSupportedHere,
               fmt::format("A cast to {} is not supported", NameOf(type)));
  }
  Expressions arguments = ListOf(std::move(part));
  for (const duckdb::Value& extra : cast->extras) {
    arguments.push_back(ConstantOf(extra));
  }
  duckdb::FunctionBinder binder(context);
  duckdb::ErrorData error;
  auto bound =
      binder.BindScalarFunction(kTrinoSchema, cast->name, std::move(arguments), error);
  if (bound == nullptr) {
    error.Throw();
  }
  return duckdb::BoundCastExpression::AddCastToType(context, std::move(bound), target);
}

duckdb::unique_ptr<duckdb::FunctionData> BindParts(duckdb::ClientContext& context,
                                                   duckdb::ScalarFunction& function,
                                                   Expressions& arguments) {
  const sql::TypeName type =
      TypeIn(duckdb::ExpressionExecutor::EvaluateScalar(context, *arguments[1]));
  const auto parts = PartsOf(arguments[0]->return_type);
  auto data = make_uniq<PartsCast>();
  for (size_t i = 0; i < parts.size(); ++i) {
    data->parts.push_back(BindPart(context, parts[i], type.children[i].type));
  }
  function.arguments[0] = arguments[0]->return_type;
  function.return_type = TargetOf(type);
  return data;
}

duckdb::unique_ptr<duckdb::FunctionLocalState> InitParts(
    duckdb::ExpressionState& state, const duckdb::BoundFunctionExpression&,
    duckdb::FunctionData* data) {
  auto made = make_uniq<PartsState>();
  for (const auto& part : data->Cast<PartsCast>().parts) {
    made->executors.push_back(
        std::make_unique<duckdb::ExpressionExecutor>(state.GetContext(), *part));
  }
  return made;
}

/// Casts the `count` values of `from` that `chosen` names into `to`, from its beginning.
void CastValues(duckdb::ExpressionExecutor& executor, const Vector& from,
                SelectionVector& chosen, idx_t count, Vector& to) {
  for (idx_t done = 0; done < count; done += STANDARD_VECTOR_SIZE) {
    const idx_t size = std::min<idx_t>(count - done, STANDARD_VECTOR_SIZE);
    const SelectionVector some(chosen.data() + done);
    DataChunk chunk;
    chunk.InitializeEmpty({from.GetType()});
    chunk.data[0].Slice(from, some, size);
    chunk.SetCardinality(size);
    Vector cast(to.GetType());
    executor.ExecuteExpression(chunk, cast);
    duckdb::VectorOperations::Copy(cast, to, size, 0, done);
  }
}

SelectionVector InOrder(idx_t count) {
  SelectionVector all(std::max<idx_t>(count, 1));
  for (idx_t i = 0; i < count; ++i) {
    all.set_index(i, i);
  }
  return all;
}

/// The elements of the lists that are there, one list after the other: others may be
/// none of the query's.
SelectionVector ElementsOf(Vector& lists, idx_t count, Vector& result, idx_t* size) {
  const auto* entries = duckdb::FlatVector::GetData<duckdb::list_entry_t>(lists);
  auto* made = duckdb::FlatVector::GetData<duckdb::list_entry_t>(result);
  *size = 0;
  for (idx_t row = 0; row < count; ++row) {
    const bool is_null = duckdb::FlatVector::IsNull(lists, row);
    made[row] = {*size, is_null ? 0 : entries[row].length};
    *size += made[row].length;
    duckdb::FlatVector::SetNull(result, row, is_null);
  }
  SelectionVector chosen(std::max<idx_t>(*size, 1));
  for (idx_t row = 0; row < count; ++row) {
    for (idx_t i = 0; i < made[row].length; ++i) {
      chosen.set_index(made[row].offset + i, entries[row].offset + i);
    }
  }
  return chosen;
}

void CheckKeys(Vector& map, idx_t count) {
  switch (duckdb::MapVector::CheckMapValidity(map, count)) {
    case duckdb::MapInvalidReason::NULL_KEY:
      ThrowTrino(kInvalidCast, "map key is null");
    case duckdb::MapInvalidReason::DUPLICATE_KEY:
      ThrowTrino(kInvalidCast, "duplicate keys");
    default:
      return;
  }
}

void RunParts(DataChunk& args, duckdb::ExpressionState& state, Vector& result) {
  auto& executors =
      duckdb::ExecuteFunctionState::GetFunctionState(state)->Cast<PartsState>().executors;
  const bool is_constant = args.AllConstant();
  const idx_t count = is_constant ? 1 : args.size();
  Vector input(args.data[0]);
  input.Flatten(count);
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  const LogicalTypeId id = input.GetType().id();
  if (id == LogicalTypeId::STRUCT) {
    auto& fields = duckdb::StructVector::GetEntries(input);
    auto& targets = duckdb::StructVector::GetEntries(result);
    SelectionVector all = InOrder(count);
    for (size_t i = 0; i < fields.size(); ++i) {
      CastValues(*executors[i], *fields[i], all, count, *targets[i]);
    }
    for (idx_t row = 0; row < count; ++row) {
      if (duckdb::FlatVector::IsNull(input, row)) {
        duckdb::FlatVector::SetNull(result, row, true);
      }
    }
  } else {
    idx_t size = 0;
    SelectionVector chosen = ElementsOf(input, count, result, &size);
    duckdb::ListVector::Reserve(result, size);
    if (id == LogicalTypeId::MAP) {
      CastValues(*executors[0], duckdb::MapVector::GetKeys(input), chosen, size,
                 duckdb::MapVector::GetKeys(result));
      CastValues(*executors[1], duckdb::MapVector::GetValues(input), chosen, size,
                 duckdb::MapVector::GetValues(result));
    } else {
      CastValues(*executors[0], duckdb::ListVector::GetEntry(input), chosen, size,
                 duckdb::ListVector::GetEntry(result));
    }
    duckdb::ListVector::SetListSize(result, size);
    if (id == LogicalTypeId::MAP) {
      CheckKeys(result, count);
    }
  }
  if (is_constant) {
    result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
  }
}

duckdb::ScalarFunction CastParts() {
  duckdb::ScalarFunction function(kCastParts, {LogicalType::ANY, LogicalType::VARCHAR},
                                  LogicalType::ANY, &RunParts, &BindParts);
  function.SetInitStateCallback(&InitParts);
  function.null_handling = duckdb::FunctionNullHandling::SPECIAL_HANDLING;
  function.errors = duckdb::FunctionErrors::CAN_THROW_RUNTIME_ERROR;
  return function;
}

ExpressionPtr CastNested(const BoundCall& call) {
  const sql::TypeName type = TypeIn(call.Constant(1));
  const LogicalType from = call.TypeOf(0);
  const LogicalType to = TargetOf(type);
  if (from.IsJSONType()) {
    return call.Ours("json_cast",
                     ListOf(call.Argument(0), ConstantOf(duckdb::Value(to))));
  }
  const bool is_null = from.id() == LogicalTypeId::SQLNULL;
  if (!is_null && (from.id() != to.id() || PartsOf(from).size() != PartsOf(to).size())) {
    ThrowTrino(kTypeMismatch,
               fmt::format("Cannot cast {} to {}", NameOf(from), NameOf(type)));
  }
  if (is_null ||
      (IsPlain(type) && from.id() != LogicalTypeId::STRUCT && IsSame(from, to))) {
    return call.Cast(call.Argument(0), to);
  }
  return call.Ours(kCastParts, call.Arguments());
}

}  // namespace

void AddNestedCasts(FunctionLibrary& library) {
  library.Add(CastParts(), Reach::kTranslatorOnly);
  library.Add(Rewritten<&CastNested>(kCastNested, 2), Reach::kTranslatorOnly);
}

}  // namespace tarn::engine::trino
