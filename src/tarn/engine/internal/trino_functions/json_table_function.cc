// json_table_rows: the rows of JSON_TABLE as a list of structs.
#include <array>
#include <memory>

#include <duckdb/common/types/vector.hpp>
#include <duckdb/function/scalar_function.hpp>
#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/engine/internal/trino/operators.h"
#include "tarn/engine/internal/trino_functions/call_rewrite.h"
#include "tarn/engine/internal/trino_functions/function_library.h"
#include "tarn/engine/internal/trino_functions/function_table.h"
#include "tarn/engine/internal/trino_functions/json_table_rows.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"
#include "tarn/engine/internal/trino_functions/typed_scalar.h"

namespace tarn::engine {
namespace {

using duckdb::FlatVector;
using duckdb::ListVector;
using duckdb::LogicalType;
using duckdb::Vector;

/// Appends as many values to a vector of lists as `values` has, as the list at `row`.
template <typename T>
void StoreList(Vector& lists, duckdb::idx_t row,
               const std::vector<std::optional<T>>& values) {
  const duckdb::idx_t begin = ListVector::GetListSize(lists);
  ListVector::Reserve(lists, begin + values.size());
  Vector& child = ListVector::GetEntry(lists);
  for (size_t i = 0; i < values.size(); ++i) {
    StoreValue(child, begin + i, values[i]);
  }
  ListVector::SetListSize(lists, begin + values.size());
  FlatVector::GetData<duckdb::list_entry_t>(lists)[row] = {begin, values.size()};
}

void StoreRow(Vector& result, const JsonTableRow& row) {
  const duckdb::idx_t at = ListVector::GetListSize(result);
  ListVector::Reserve(result, at + 1);
  auto& fields = duckdb::StructVector::GetEntries(ListVector::GetEntry(result));
  StoreList(*fields[0], at, row.found);
  StoreList(*fields[1], at, row.numbers);
  ListVector::SetListSize(result, at + 1);
}

/// The reader of the plan that this thread read last.
JsonTableReader& ReaderOf(std::string_view plan) {
  thread_local std::string last_plan;
  thread_local std::unique_ptr<JsonTableReader> last;
  if (last == nullptr || last_plan != plan) {
    const auto read = ReadJsonTablePlan(plan);
    TARN_CHECK(read.has_value());
    last = std::make_unique<JsonTableReader>(*read);
    last_plan = plan;
  }
  return *last;
}

void Run(duckdb::DataChunk& args, duckdb::ExpressionState&, Vector& result) {
  std::array<duckdb::UnifiedVectorFormat, 3> in;
  for (size_t i = 0; i < in.size(); ++i) {
    args.data[i].ToUnifiedFormat(args.size(), in[i]);
  }
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  for (duckdb::idx_t row = 0; row < args.size(); ++row) {
    const duckdb::idx_t begin = ListVector::GetListSize(result);
    std::array<std::string_view, 3> texts;
    bool is_null = false;
    for (size_t i = 0; i < in.size(); ++i) {
      const duckdb::idx_t index = in[i].sel->get_index(row);
      is_null = is_null || !in[i].validity.RowIsValid(index);
      texts[i] = is_null ? std::string_view() : LoadValue<std::string_view>(in[i], index);
    }
    if (!is_null) {
      ReaderOf(texts[0]).Read(texts[1], texts[2], [&](const JsonTableRow& found) {
        StoreRow(result, found);
      });
    }
    FlatVector::GetData<duckdb::list_entry_t>(result)[row] = {
        begin, ListVector::GetListSize(result) - begin};
  }
}

ExpressionPtr InputOf(const BoundCall& call) {
  const LogicalType type = call.TypeOf(0);
  if (type.id() == duckdb::LogicalTypeId::BLOB) {
    return call.Own("decode", ListOf(call.Argument(0)));
  }
  if (type.id() != duckdb::LogicalTypeId::VARCHAR &&
      type.id() != duckdb::LogicalTypeId::SQLNULL) {
    ThrowTrino(kTypeMismatch,
               fmt::format("Cannot read input of type {} as JSON using formatting JSON",
                           TrinoTypeName(type)));
  }
  return call.Cast(call.Argument(0), LogicalType::VARCHAR);
}

}  // namespace

void trino::AddJsonTable(FunctionLibrary& library) {
  const LogicalType row = LogicalType::STRUCT(
      {{trino::kJsonFound, LogicalType::LIST(LogicalType::LIST(LogicalType::VARCHAR))},
       {trino::kJsonNumbers, LogicalType::LIST(LogicalType::BIGINT)}});
  duckdb::ScalarFunction function(
      trino::kJsonTableRows,
      {LogicalType::VARCHAR, LogicalType::VARCHAR, LogicalType::VARCHAR},
      LogicalType::LIST(row), &Run);
  function.null_handling = duckdb::FunctionNullHandling::SPECIAL_HANDLING;
  function.errors = duckdb::FunctionErrors::CAN_THROW_RUNTIME_ERROR;
  library.Add(std::move(function), Reach::kTranslatorOnly);
  library.Add(Rewritten<&InputOf>(trino::kJsonTableInput, 1), Reach::kTranslatorOnly);
}

}  // namespace tarn::engine
