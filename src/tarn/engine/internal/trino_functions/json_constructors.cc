// JSON_OBJECT and JSON_ARRAY: texts of JSON put together.
#include <set>

#include <duckdb/common/types/vector.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/trino_functions/call_rewrite.h"
#include "tarn/engine/internal/trino_functions/function_library.h"
#include "tarn/engine/internal/trino_functions/function_table.h"
#include "tarn/engine/internal/trino_functions/json_value.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"
#include "tarn/engine/internal/trino_functions/typed_scalar.h"

namespace tarn::engine {
namespace {

using duckdb::LogicalType;
using Id = duckdb::LogicalTypeId;

/// json_member(x): what x is within JSON, as JSON's text; null for null. Numbers and
/// truth values stay what they are, all else is the text that it has as varchar.
ExpressionPtr MemberOf(const BoundCall& call) {
  const LogicalType type = call.TypeOf(0);
  const bool is_nested =
      type.id() == Id::LIST || type.id() == Id::MAP || type.id() == Id::STRUCT;
  if (is_nested || type.id() == Id::BLOB) {
    ThrowTrino(kNotSupportedHere,
               fmt::format("Unsupported type of value passed to JSON_OBJECT or "
                           "JSON_ARRAY function: {}",
                           TrinoTypeName(type)));
  }
  const bool is_plain = type.IsNumeric() || type.id() == Id::BOOLEAN;
  if (is_plain || type.id() == Id::SQLNULL) {
    return call.Cast(call.Ours("cast_json", ListOf(call.Argument(0))),
                     LogicalType::VARCHAR);
  }
  return call.Ours("json_text",
                   ListOf(call.Ours("cast_varchar", ListOf(call.Argument(0)))));
}

std::string JsonText(std::string_view text) {
  const JsonValue value{.kind = JsonKind::kString, .text = std::string(text)};
  return WriteJson(value, JsonStyle::kAsWritten);
}

/// FORMAT JSON: the text is JSON already.
std::string JsonAsWritten(std::string_view text) {
  const auto value = ParseJson(text);
  if (!value) {
    ThrowTrino(kJsonInput, "conversion to JSON failed: ");
  }
  return WriteJson(*value, JsonStyle::kAsWritten);
}

/// json_failure(name, message, x): fails; x keeps it from being asked too early.
std::string JsonFailure(std::string_view name, std::string_view message,
                        std::string_view /*input*/) {
  ThrowTrino(name, std::string(message));
}

/// The texts of one row's arguments; unset for nulls.
class RowTexts {
 public:
  explicit RowTexts(duckdb::DataChunk& args) : formats_(args.ColumnCount()) {
    for (duckdb::idx_t i = 0; i < formats_.size(); ++i) {
      args.data[i].ToUnifiedFormat(args.size(), formats_[i]);
    }
  }
  size_t size() const { return formats_.size(); }
  std::optional<std::string_view> At(size_t column, duckdb::idx_t row) const {
    const auto& format = formats_[column];
    const duckdb::idx_t index = format.sel->get_index(row);
    if (!format.validity.RowIsValid(index)) {
      return {};
    }
    return LoadValue<std::string_view>(format, index);
  }

 private:
  std::vector<duckdb::UnifiedVectorFormat> formats_;
};

void RunArray(duckdb::DataChunk& args, duckdb::ExpressionState&, duckdb::Vector& result) {
  const RowTexts texts(args);
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  for (duckdb::idx_t row = 0; row < args.size(); ++row) {
    std::string array = "[";
    for (size_t i = 1; i < texts.size(); ++i) {
      const auto item = texts.At(i, row);
      if (item || texts.At(0, row) == "null") {
        array += array.size() == 1 ? "" : ",";
        array += item.value_or("null");
      }
    }
    StoreValue(result, row, array + "]");
  }
}

/// `clauses` is "null" or "absent", and "unique" behind a blank.
std::string ObjectOf(const RowTexts& texts, duckdb::idx_t row, std::string_view clauses) {
  std::string object = "{";
  std::set<std::string_view> keys;
  for (size_t i = 1; i + 1 < texts.size(); i += 2) {
    const auto key = texts.At(i, row);
    const auto value = texts.At(i + 1, row);
    if (!key) {
      ThrowTrino(kInvalidArgument,
                 "null value passed for JSON object key to JSON_OBJECT function");
    }
    if (!value && !clauses.starts_with("null")) {
      continue;
    }
    if (!keys.insert(*key).second) {
      if (clauses.ends_with("unique")) {
        ThrowTrino(kInvalidArgument, "duplicate key passed to JSON_OBJECT function");
      }
      ThrowTrino(kNotSupportedHere, "cannot construct a JSON object with duplicate key");
    }
    object += object.size() == 1 ? "" : ",";
    object += JsonText(*key) + ":" + std::string(value.value_or("null"));
  }
  return object + "}";
}

void RunObject(duckdb::DataChunk& args, duckdb::ExpressionState&,
               duckdb::Vector& result) {
  const RowTexts texts(args);
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  for (duckdb::idx_t row = 0; row < args.size(); ++row) {
    StoreValue(result, row, ObjectOf(texts, row, texts.At(0, row).value_or("null")));
  }
}

duckdb::ScalarFunction Constructor(const char* name, duckdb::scalar_function_t run) {
  duckdb::ScalarFunction function(name, {LogicalType::VARCHAR}, LogicalType::VARCHAR,
                                  std::move(run));
  function.varargs = LogicalType::VARCHAR;
  function.null_handling = duckdb::FunctionNullHandling::SPECIAL_HANDLING;
  function.errors = duckdb::FunctionErrors::CAN_THROW_RUNTIME_ERROR;
  return function;
}

}  // namespace

void AddJsonConstructors(FunctionLibrary& library) {
  const auto internal = [&](duckdb::ScalarFunction function) {
    library.Add(std::move(function), Reach::kTranslatorOnly);
  };
  internal(Rewritten<&MemberOf>("json_member", 1));
  internal(Typed<&JsonText>("json_text"));
  internal(Typed<&JsonFailure>("json_failure"));
  internal(Typed<&JsonAsWritten>("json_as_written"));
  internal(Constructor("make_json_array", &RunArray));
  internal(Constructor("make_json_object", &RunObject));
}

}  // namespace tarn::engine
