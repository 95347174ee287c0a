#include "tarn/engine/internal/trino_functions/argument_check.h"

#include <string>

#include <fmt/format.h>

#include "tarn/engine/internal/trino_functions/function_table.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"

namespace tarn::engine {

using Id = duckdb::LogicalTypeId;

namespace {

/// JSON is a text to the functions of JSON only, which have it in their names.
bool IsForeignJson(const duckdb::LogicalType& from, const std::string& function) {
  return from.IsJSONType() && function.find("json") == std::string::npos;
}

}  // namespace

bool IsForeign(const duckdb::LogicalType& from, const duckdb::LogicalType& to) {
  const bool is_text = from.id() == Id::VARCHAR && !from.IsJSONType();
  return (is_text && to.id() != Id::VARCHAR && to.id() != Id::ANY) ||
         (from.id() == Id::BOOLEAN && to.IsNumeric());
}

void ThrowNoFunction(std::string_view name, const Expressions& arguments) {
  std::string types;
  for (const auto& argument : arguments) {
    types += (types.empty() ? "" : ", ") +
             TrinoTypeName(duckdb::LogicalType::NormalizeType(argument->return_type));
  }
  ThrowTrino(kNoFunction,
             fmt::format("Unexpected parameters ({}) for function {}", types, name));
}

void CheckNumber(std::string_view name, const Expressions& arguments) {
  const auto type = duckdb::LogicalType::NormalizeType(arguments[0]->return_type);
  if (!type.IsNumeric() && type.id() != Id::SQLNULL && type.id() != Id::UNKNOWN) {
    ThrowNoFunction(name, arguments);
  }
}

duckdb::unique_ptr<duckdb::FunctionData> BindChecked(duckdb::ClientContext&,
                                                     duckdb::ScalarFunction& function,
                                                     Expressions& arguments) {
  for (size_t i = 0; i < arguments.size() && i < function.arguments.size(); ++i) {
    const auto type = duckdb::LogicalType::NormalizeType(arguments[i]->return_type);
    if (IsForeign(type, function.arguments[i]) || IsForeignJson(type, function.name)) {
      ThrowNoFunction(function.name, arguments);
    }
  }
  return nullptr;
}

}  // namespace tarn::engine
