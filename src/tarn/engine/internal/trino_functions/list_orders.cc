// Lists put together from the values of another: combinations, and array_sort with a
// lambda, whose places the translator has counted.
#include <numeric>

#include <duckdb/common/exception.hpp>
#include <duckdb/function/scalar_function.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/trino_functions/call_rewrite.h"
#include "tarn/engine/internal/trino_functions/function_library.h"
#include "tarn/engine/internal/trino_functions/function_table.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"

namespace tarn::engine {
namespace {

using duckdb::LogicalType;
using duckdb::Value;
using Id = duckdb::LogicalTypeId;
using BindData = duckdb::unique_ptr<duckdb::FunctionData>;
using Values = duckdb::vector<Value>;

constexpr size_t kSizeMax = 5;
constexpr size_t kCombinationsMax = 100'000;

/// The next larger choice of `chosen.size()` of `count` indexes; false after the last.
bool Advance(size_t count, std::vector<size_t>* chosen) {
  for (size_t i = chosen->size(); i-- > 0;) {
    if ((*chosen)[i] < count - chosen->size() + i) {
      std::iota(chosen->begin() + static_cast<std::ptrdiff_t>(i), chosen->end(),
                (*chosen)[i] + 1);
      return true;
    }
  }
  return false;
}

/// All choices of `size` values, in the order of their places.
Value CombinationsOf(const Values& values, size_t size, const LogicalType& list) {
  Values all;
  std::vector<size_t> chosen(size);
  std::iota(chosen.begin(), chosen.end(), size_t{0});
  const LogicalType& element = duckdb::ListType::GetChildType(list);
  bool more = size <= values.size();
  while (more) {
    Values one;
    for (const size_t index : chosen) {
      one.push_back(values[index]);
    }
    all.push_back(Value::LIST(element, std::move(one)));
    if (all.size() > kCombinationsMax) {
      ThrowTrino(kInvalidArgument, "combinations exceed max size");
    }
    more = Advance(values.size(), &chosen);
  }
  return Value::LIST(list, std::move(all));
}

void RunCombinations(duckdb::DataChunk& args, duckdb::ExpressionState&,
                     duckdb::Vector& result) {
  const LogicalType& list = duckdb::ListType::GetChildType(result.GetType());
  for (duckdb::idx_t row = 0; row < args.size(); ++row) {
    const Value values = args.data[0].GetValue(row);
    const Value size = args.data[1].GetValue(row);
    if (values.IsNull() || size.IsNull()) {
      result.SetValue(row, Value(result.GetType()));
      continue;
    }
    const auto count = size.GetValue<int64_t>();
    if (count < 0 || count > static_cast<int64_t>(kSizeMax)) {
      ThrowTrino(
          kInvalidArgument,
          count < 0
              ? fmt::format("combination size must not be negative: {}", count)
              : fmt::format("combination size must not exceed {}: {}", kSizeMax, count));
    }
    result.SetValue(row, CombinationsOf(duckdb::ListValue::GetChildren(values),
                                        static_cast<size_t>(count), list));
  }
}

/// `places[i]` is where value i goes.
Value OrderedByPlaces(const Values& values, const Values& places,
                      const LogicalType& list) {
  Values ordered(values.size());
  std::vector<bool> taken(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const auto place = places[i].GetValue<uint64_t>();
    if (place >= values.size() || taken[place]) {
      ThrowTrino(kInvalidArgument, "Lambda comparator violates the comparator contract");
    }
    taken[place] = true;
    ordered[place] = values[i];
  }
  return Value::LIST(duckdb::ListType::GetChildType(list), std::move(ordered));
}

void RunOrder(duckdb::DataChunk& args, duckdb::ExpressionState&, duckdb::Vector& result) {
  for (duckdb::idx_t row = 0; row < args.size(); ++row) {
    const Value values = args.data[0].GetValue(row);
    const Value places = args.data[1].GetValue(row);
    result.SetValue(row, values.IsNull()
                             ? Value(result.GetType())
                             : OrderedByPlaces(duckdb::ListValue::GetChildren(values),
                                               duckdb::ListValue::GetChildren(places),
                                               result.GetType()));
  }
}

LogicalType ListTypeOf(const ExpressionPtr& argument) {
  if (argument->return_type.id() == Id::UNKNOWN) {
    throw duckdb::ParameterNotResolvedException();
  }
  if (argument->return_type.id() == Id::SQLNULL) {
    return LogicalType::LIST(LogicalType::SQLNULL);
  }
  if (argument->return_type.id() != Id::LIST) {
    ThrowTrino(kTypeMismatch, fmt::format("An array is needed, not {}",
                                          TrinoTypeName(argument->return_type)));
  }
  return argument->return_type;
}

BindData BindCombinations(duckdb::ClientContext&, duckdb::ScalarFunction& function,
                          Expressions& arguments) {
  function.arguments[0] = ListTypeOf(arguments[0]);
  function.SetReturnType(LogicalType::LIST(function.arguments[0]));
  return nullptr;
}

BindData BindOrder(duckdb::ClientContext&, duckdb::ScalarFunction& function,
                   Expressions& arguments) {
  function.arguments[0] = ListTypeOf(arguments[0]);
  function.SetReturnType(function.arguments[0]);
  return nullptr;
}

duckdb::ScalarFunction Make(const char* name, const LogicalType& second,
                            duckdb::scalar_function_t run,
                            duckdb::bind_scalar_function_t bind) {
  duckdb::ScalarFunction function(name, {LogicalType::ANY, second}, LogicalType::ANY,
                                  std::move(run), bind);
  function.null_handling = duckdb::FunctionNullHandling::SPECIAL_HANDLING;
  function.errors = duckdb::FunctionErrors::CAN_THROW_RUNTIME_ERROR;
  return function;
}

}  // namespace

void AddListOrders(FunctionLibrary& library) {
  library.Add(
      Make("combinations", LogicalType::BIGINT, &RunCombinations, &BindCombinations));
  library.Add(Make("ordered_by_places", LogicalType::LIST(LogicalType::BIGINT), &RunOrder,
                   &BindOrder),
              Reach::kTranslatorOnly);
}

}  // namespace tarn::engine
