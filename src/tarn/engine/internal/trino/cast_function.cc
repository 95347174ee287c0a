#include "tarn/engine/internal/trino/cast_function.h"

#include <utility>

#include <duckdb/common/string_util.hpp>

#include "tarn/engine/internal/trino/operators.h"
#include "tarn/engine/internal/trino/types.h"
#include "tarn/engine/internal/trino_functions/sketch_types.h"

namespace tarn::engine::trino {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using duckdb::Value;

Value Number(int32_t number) { return Value::INTEGER(number); }

/// The type with char(n) as text, at all depths.
sql::TypeName WithoutChar(sql::TypeName type) {
  if (type.name == "char") {
    type.name = "varchar";
    type.arguments.clear();
  }
  for (auto& child : type.children) {
    child.type = WithoutChar(std::move(child.type));
  }
  return type;
}

}  // namespace

std::optional<CastFunction> CastFunctionOf(const sql::TypeName& type,
                                           const LogicalType& target) {
  const int32_t precision = type.arguments.empty() ? 3 : type.arguments[0];
  if (type.name == "varchar" && !type.arguments.empty()) {
    return CastFunction{.name = "cast_varchar", .extras = {Number(type.arguments[0])}};
  }
  if (type.name == "char") {
    return CastFunction{
        .name = "cast_char",
        .extras = {Number(type.arguments.empty() ? 1 : type.arguments[0])}};
  }
  if (type.name == "timestamp") {
    return CastFunction{.name = "cast_timestamp", .extras = {Number(precision)}};
  }
  if (type.name == "timestamp with time zone") {
    return CastFunction{.name = "cast_timestamp_tz", .extras = {Number(precision)}};
  }
  switch (target.id()) {
    case LogicalTypeId::DECIMAL:
      return CastFunction{.name = "cast_decimal",
                          .extras = {Number(duckdb::DecimalType::GetWidth(target)),
                                     Number(duckdb::DecimalType::GetScale(target))}};
    case LogicalTypeId::LIST:
    case LogicalTypeId::MAP:
    case LogicalTypeId::STRUCT:
      return CastFunction{.name = kCastNested, .extras = {Value(TextOf(type))}};
    case LogicalTypeId::SQLNULL:
    case LogicalTypeId::TIME_TZ:
      return {};
    case LogicalTypeId::BLOB:
      return CastFunction{.name =
                              IsSketch(target) ? "cast_" + type.name : "cast_varbinary"};
    case LogicalTypeId::TIME:
      return CastFunction{.name = "cast_time", .extras = {Number(precision)}};
    default:
      return CastFunction{.name = "cast_" + NameOf(target)};
  }
}

Result<LogicalType> CastTarget(const sql::TypeName& type) {
  return TypeOf(WithoutChar(type));
}

std::string TextOf(const sql::TypeName& type) {
  if (type.children.empty()) {
    return NameOf(type);
  }
  std::string text = type.name + "(";
  for (const auto& child : type.children) {
    text += text.ends_with('(') ? "" : ", ";
    if (type.name == "row" && !child.name.empty()) {
      text += '"' + duckdb::StringUtil::Replace(child.name, "\"", "\"\"") + "\" ";
    }
    text += TextOf(child.type);
  }
  return text + ")";
}

bool IsPlain(const sql::TypeName& type) {
  const bool has_more = type.name == "char" || type.name.starts_with("time") ||
                        (type.name == "varchar" && !type.arguments.empty());
  if (has_more) {
    return false;
  }
  for (const auto& child : type.children) {
    if (!IsPlain(child.type)) {
      return false;
    }
  }
  return true;
}

}  // namespace tarn::engine::trino
