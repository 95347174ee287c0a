// Arrays of numbers: the angle between vectors (also as maps that lack the zeros), and
// the largest number.
#include <cmath>
#include <map>
#include <optional>
#include <string>

#include <duckdb/function/scalar_function.hpp>

#include "tarn/engine/internal/trino_functions/call_rewrite.h"
#include "tarn/engine/internal/trino_functions/function_library.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"

namespace tarn::engine {
namespace {

using duckdb::LogicalType;
using duckdb::UnifiedVectorFormat;

/// The lists of one argument, and their numbers.
struct Vectors {
  Vectors(duckdb::Vector& lists, duckdb::idx_t count) {
    lists.ToUnifiedFormat(count, rows);
    duckdb::Vector& child = duckdb::ListVector::GetEntry(lists);
    child.ToUnifiedFormat(duckdb::ListVector::GetListSize(lists), numbers);
  }
  /// nullptr for a null.
  const duckdb::list_entry_t* At(duckdb::idx_t row) const {
    const duckdb::idx_t index = rows.sel->get_index(row);
    return rows.validity.RowIsValid(index)
               ? UnifiedVectorFormat::GetData<duckdb::list_entry_t>(rows) + index
               : nullptr;
  }
  std::optional<double> Number(duckdb::idx_t position) const {
    const duckdb::idx_t index = numbers.sel->get_index(position);
    if (!numbers.validity.RowIsValid(index)) {
      return {};
    }
    return UnifiedVectorFormat::GetData<double>(numbers)[index];
  }

  UnifiedVectorFormat rows;
  UnifiedVectorFormat numbers;
};

/// Unset if one of the numbers is null.
std::optional<double> Cosine(const Vectors& left, const duckdb::list_entry_t& a,
                             const Vectors& right, const duckdb::list_entry_t& b) {
  if (a.length != b.length) {
    ThrowTrino(kInvalidArgument, "The arguments must have the same length");
  }
  double product = 0;
  double left_squares = 0;
  double right_squares = 0;
  for (duckdb::idx_t i = 0; i < a.length; ++i) {
    const auto x = left.Number(a.offset + i);
    const auto y = right.Number(b.offset + i);
    if (!x || !y) {
      return {};
    }
    product += *x * *y;
    left_squares += *x * *x;
    right_squares += *y * *y;
  }
  if (left_squares == 0 || right_squares == 0) {
    ThrowTrino(kInvalidArgument, "Vector magnitude cannot be zero");
  }
  const double cosine = product / std::sqrt(left_squares * right_squares);
  return std::isnan(cosine) ? std::nan("") : cosine;
}

/// Of maps from names to numbers; what is not there is zero. Unset if a number is
/// null.
std::optional<double> SparseCosine(const duckdb::Value& left,
                                   const duckdb::Value& right) {
  std::map<std::string, double> numbers;
  double left_squares = 0;
  double right_squares = 0;
  double product = 0;
  for (const duckdb::Value& entry : duckdb::MapValue::GetChildren(left)) {
    const auto& pair = duckdb::StructValue::GetChildren(entry);
    if (pair[1].IsNull()) {
      return {};
    }
    const double number = pair[1].GetValue<double>();
    numbers[duckdb::StringValue::Get(pair[0])] = number;
    left_squares += number * number;
  }
  for (const duckdb::Value& entry : duckdb::MapValue::GetChildren(right)) {
    const auto& pair = duckdb::StructValue::GetChildren(entry);
    if (pair[1].IsNull()) {
      return {};
    }
    const double number = pair[1].GetValue<double>();
    const auto found = numbers.find(duckdb::StringValue::Get(pair[0]));
    product += found == numbers.end() ? 0 : found->second * number;
    right_squares += number * number;
  }
  const double cosine = product / (std::sqrt(left_squares) * std::sqrt(right_squares));
  return std::isnan(cosine) ? std::nan("") : cosine;  // of a vector of zeros
}

void RunSparse(duckdb::DataChunk& args, duckdb::ExpressionState&,
               duckdb::Vector& result) {
  const bool is_constant = args.AllConstant();
  const duckdb::idx_t count = is_constant ? 1 : args.size();
  for (duckdb::idx_t row = 0; row < count; ++row) {
    const duckdb::Value left = args.data[0].GetValue(row);
    const duckdb::Value right = args.data[1].GetValue(row);
    const auto cosine = left.IsNull() || right.IsNull() ? std::optional<double>()
                                                        : SparseCosine(left, right);
    result.SetValue(row, cosine ? duckdb::Value::DOUBLE(*cosine)
                                : duckdb::Value(LogicalType::DOUBLE));
  }
  if (is_constant) {
    result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
  }
}

enum class Measure : uint8_t { kSimilarity, kDistance };

template <Measure kMeasure>
void Run(duckdb::DataChunk& args, duckdb::ExpressionState&, duckdb::Vector& result) {
  const bool is_constant = args.AllConstant();
  const duckdb::idx_t count = is_constant ? 1 : args.size();
  const Vectors left(args.data[0], count);
  const Vectors right(args.data[1], count);
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  for (duckdb::idx_t row = 0; row < count; ++row) {
    const auto* a = left.At(row);
    const auto* b = right.At(row);
    const auto cosine = a != nullptr && b != nullptr ? Cosine(left, *a, right, *b)
                                                     : std::optional<double>();
    if (cosine) {
      duckdb::FlatVector::GetData<double>(result)[row] =
          kMeasure == Measure::kSimilarity ? *cosine : 1 - *cosine;
    } else {
      duckdb::FlatVector::SetNull(result, row, true);
    }
  }
  if (is_constant) {
    result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
  }
}

template <Measure kMeasure>
duckdb::ScalarFunction Make(const char* name) {
  const LogicalType numbers = LogicalType::LIST(LogicalType::DOUBLE);
  duckdb::ScalarFunction function(name, {numbers, numbers}, LogicalType::DOUBLE,
                                  &Run<kMeasure>);
  function.errors = duckdb::FunctionErrors::CAN_THROW_RUNTIME_ERROR;
  return function;
}

/// array_max_number(a): the largest number that is not NaN, and NaN where there is none;
/// null for an empty array or one with a null.
std::optional<double> LargestOf(const Vectors& arrays, const duckdb::list_entry_t& a) {
  std::optional<double> largest;
  for (duckdb::idx_t i = 0; i < a.length; ++i) {
    const auto number = arrays.Number(a.offset + i);
    if (!number) {
      return {};
    }
    if (!largest || std::isnan(*largest) || *number > *largest) {
      largest = number;
    }
  }
  return largest;
}

void RunLargest(duckdb::DataChunk& args, duckdb::ExpressionState&,
                duckdb::Vector& result) {
  const bool is_constant = args.AllConstant();
  const duckdb::idx_t count = is_constant ? 1 : args.size();
  const Vectors arrays(args.data[0], count);
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  for (duckdb::idx_t row = 0; row < count; ++row) {
    const auto* array = arrays.At(row);
    const auto largest =
        array != nullptr ? LargestOf(arrays, *array) : std::optional<double>();
    if (largest) {
      duckdb::FlatVector::GetData<double>(result)[row] = *largest;
    } else {
      duckdb::FlatVector::SetNull(result, row, true);
    }
  }
  if (is_constant) {
    result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
  }
}

/// list_largest(a), of an array without nulls: DuckDB takes NaN for the largest number.
ExpressionPtr ListLargest(const BoundCall& call) {
  const LogicalType type = call.TypeOf(0);
  if (type.id() == duckdb::LogicalTypeId::LIST) {
    const LogicalType element = duckdb::ListType::GetChildType(type);
    if (element.id() == duckdb::LogicalTypeId::FLOAT ||
        element.id() == duckdb::LogicalTypeId::DOUBLE) {
      auto largest = call.Ours(
          "array_max_number",
          ListOf(call.Cast(call.Argument(0), LogicalType::LIST(LogicalType::DOUBLE))));
      return call.Cast(std::move(largest), element);
    }
  }
  return call.Own("list_aggregate",
                  ListOf(call.Argument(0), ConstantOf(duckdb::Value("max"))));
}

}  // namespace

void AddVectors(FunctionLibrary& library) {
  library.Add(Make<Measure::kSimilarity>("cosine_similarity"));
  library.Add(Make<Measure::kDistance>("cosine_distance"));
  library.Add(
      duckdb::ScalarFunction("array_max_number", {LogicalType::LIST(LogicalType::DOUBLE)},
                             LogicalType::DOUBLE, &RunLargest),
      Reach::kTranslatorOnly);
  library.Add(Rewritten<&ListLargest>("list_largest", 1), Reach::kTranslatorOnly);
  const auto sparse = LogicalType::MAP(LogicalType::VARCHAR, LogicalType::DOUBLE);
  library.Add(duckdb::ScalarFunction("cosine_similarity", {sparse, sparse},
                                     LogicalType::DOUBLE, &RunSparse));
}

}  // namespace tarn::engine
