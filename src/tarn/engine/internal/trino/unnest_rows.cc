// The rows of UNNEST: an array's rows give their fields, its other values a column of
// their own, a map its keys and values.
#include <cstring>

#include <duckdb/common/types/vector.hpp>
#include <duckdb/function/scalar_function.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/trino/operators.h"
#include "tarn/engine/internal/trino/types.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"

namespace tarn::engine::trino {
namespace {

using duckdb::FlatVector;
using duckdb::ListVector;
using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using duckdb::Vector;

bool IsOfRows(const LogicalType& type) {
  return type.id() == LogicalTypeId::LIST &&
         duckdb::ListType::GetChildType(type).id() == LogicalTypeId::STRUCT;
}

/// The same lists, of structs with one field each.
void WrapValues(Vector& lists, duckdb::idx_t count, Vector& result) {
  lists.Flatten(count);
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  std::memcpy(FlatVector::GetData<duckdb::list_entry_t>(result),
              FlatVector::GetData<duckdb::list_entry_t>(lists),
              count * sizeof(duckdb::list_entry_t));
  FlatVector::SetValidity(result, FlatVector::Validity(lists));
  const duckdb::idx_t size = ListVector::GetListSize(lists);
  ListVector::Reserve(result, size);
  ListVector::SetListSize(result, size);
  auto& fields = duckdb::StructVector::GetEntries(ListVector::GetEntry(result));
  fields[0]->Reference(ListVector::GetEntry(lists));
}

void Run(duckdb::DataChunk& args, duckdb::ExpressionState&, Vector& result) {
  Vector& lists = args.data[0];
  const LogicalType& type = lists.GetType();
  if (IsOfRows(type)) {
    result.Reference(lists);
  } else if (type.id() == LogicalTypeId::MAP) {
    result.Reinterpret(lists);  // a map is a list of structs already
  } else {
    WrapValues(lists, args.size(), result);
  }
}

duckdb::unique_ptr<duckdb::FunctionData> Bind(
    duckdb::ClientContext&, duckdb::ScalarFunction& function,
    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& arguments) {
  LogicalType type = arguments[0]->return_type;
  if (type.id() == LogicalTypeId::SQLNULL) {
    type = LogicalType::LIST(LogicalType::INTEGER);
  }
  function.arguments[0] = type;
  if (IsOfRows(type)) {
    function.SetReturnType(type);
  } else if (type.id() == LogicalTypeId::MAP) {
    function.SetReturnType(LogicalType::LIST(
        LogicalType::STRUCT({{"key", duckdb::MapType::KeyType(type)},
                             {"value", duckdb::MapType::ValueType(type)}})));
  } else if (type.id() == LogicalTypeId::LIST) {
    function.SetReturnType(LogicalType::LIST(
        LogicalType::STRUCT({{"value", duckdb::ListType::GetChildType(type)}})));
  } else {
    ThrowTrino(kTypeMismatch, fmt::format("Cannot unnest type: {}", NameOf(type)));
  }
  return nullptr;
}

}  // namespace

void AddUnnestRows(FunctionLibrary& library) {
  duckdb::ScalarFunction function(kUnnestRows, {LogicalType::ANY},
                                  LogicalType::LIST(LogicalType::ANY), &Run, &Bind);
  library.Add(std::move(function), Reach::kTranslatorOnly);
}

}  // namespace tarn::engine::trino
