#include "tarn/engine/internal/trino/types.h"

#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/engine/internal/trino_functions/interval_type.h"
#include "tarn/engine/internal/trino_functions/sketch_types.h"
#include "tarn/sql/keywords.h"

namespace tarn::engine::trino {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;

constexpr int32_t kDecimalDigitsMax = 38;

struct NamedType {
  std::string_view name;
  LogicalTypeId id;
};
/// The first name of a type is Trino's own.
constexpr std::array kNames = {
    NamedType{"boolean", LogicalTypeId::BOOLEAN},
    NamedType{"tinyint", LogicalTypeId::TINYINT},
    NamedType{"smallint", LogicalTypeId::SMALLINT},
    NamedType{"integer", LogicalTypeId::INTEGER},
    NamedType{"int", LogicalTypeId::INTEGER},
    NamedType{"bigint", LogicalTypeId::BIGINT},
    NamedType{"real", LogicalTypeId::FLOAT},
    NamedType{"double", LogicalTypeId::DOUBLE},
    NamedType{"varbinary", LogicalTypeId::BLOB},
    NamedType{"date", LogicalTypeId::DATE},
    NamedType{"uuid", LogicalTypeId::UUID},
    NamedType{"varchar", LogicalTypeId::VARCHAR},
    NamedType{"interval day to second", LogicalTypeId::INTERVAL},
    NamedType{"unknown", LogicalTypeId::SQLNULL},
};

Status Refuse(const std::string& name) {
  return MakeError(ErrorCode::kNotSupported, "Type is not supported: " + name);
}

Result<LogicalType> DecimalOf(const sql::TypeName& type) {
  const int32_t precision =
      type.arguments.empty() ? kDecimalDigitsMax : type.arguments[0];
  const int32_t scale = type.arguments.size() < 2 ? 0 : type.arguments[1];
  if (precision < 1 || precision > kDecimalDigitsMax) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        fmt::format("DECIMAL precision must be in range [1, 38]: {}", precision));
  }
  if (scale < 0 || scale > precision) {
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("DECIMAL scale must be in range [0, precision ({})]: {}",
                                 precision, scale));
  }
  return LogicalType::DECIMAL(static_cast<uint8_t>(precision),
                              static_cast<uint8_t>(scale));
}

Result<LogicalType> NestedOf(const sql::TypeName& type) {
  std::vector<LogicalType> children;
  for (const auto& child : type.children) {
    ARROW_ASSIGN_OR_RAISE(auto child_type, TypeOf(child.type));
    children.push_back(std::move(child_type));
  }
  if (type.name == "array" && children.size() == 1) {
    return LogicalType::LIST(children[0]);
  }
  if (type.name == "map" && children.size() == 2) {
    return LogicalType::MAP(children[0], children[1]);
  }
  if (type.name != "row" || children.empty()) {
    return Refuse(type.name);
  }
  duckdb::child_list_t<LogicalType> fields;
  for (size_t i = 0; i < children.size(); ++i) {
    fields.emplace_back(type.children[i].name, children[i]);
  }
  return LogicalType::STRUCT(std::move(fields));
}

std::string Joined(const std::vector<std::string>& parts) {
  return fmt::format("{}", fmt::join(parts, ", "));
}

bool NeedsQuotes(const std::string& name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) {
    return true;
  }
  return sql::IsReserved(sql::FindKeyword(name)) ||
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") !=
             std::string::npos;
}

std::string FieldName(const std::string& name) {
  return NeedsQuotes(name) ? '"' + name + '"' : name;
}

std::string RowName(const LogicalType& type) {
  std::vector<std::string> fields;
  for (const auto& [name, child] : duckdb::StructType::GetChildTypes(type)) {
    fields.push_back(name.empty() ? NameOf(child)
                                  : FieldName(name) + " " + NameOf(child));
  }
  return "row(" + Joined(fields) + ")";
}

}  // namespace

Result<LogicalType> TimestampOf(int32_t precision) {
  if (precision > 9) {
    return MakeError(ErrorCode::kNotSupported,
                     fmt::format("Timestamps have at most 9 digits of a second here, "
                                 "not {}",
                                 precision));
  }
  return precision > 6    ? LogicalType(LogicalTypeId::TIMESTAMP_NS)
         : precision > 3  ? LogicalType(LogicalTypeId::TIMESTAMP)
         : precision >= 1 ? LogicalType(LogicalTypeId::TIMESTAMP_MS)
                          : LogicalType(LogicalTypeId::TIMESTAMP_SEC);
}

Result<LogicalType> TypeOf(const sql::TypeName& type) {
  if (!type.children.empty()) {
    return NestedOf(type);
  }
  const int32_t precision = type.arguments.empty() ? 3 : type.arguments[0];
  if (type.name == "decimal" || type.name == "dec" || type.name == "numeric") {
    return DecimalOf(type);
  }
  if (type.name == "timestamp") {
    return TimestampOf(precision);
  }
  if (type.name == "timestamp with time zone" && precision <= 6) {
    return LogicalType(LogicalTypeId::TIMESTAMP_TZ);
  }
  if (type.name == "time" && precision <= 6) {
    return LogicalType(LogicalTypeId::TIME);
  }
  if (type.name == "time with time zone" && precision <= 6) {
    return LogicalType(LogicalTypeId::TIME_TZ);
  }
  if (type.name == "json") {
    return LogicalType::JSON();
  }
  if (type.name == "interval year to month") {
    return YearMonthInterval();
  }
  if (type.name == "array" || type.name == "map" || type.name == "row") {
    return Refuse(type.name);
  }
  if (type.name == "hyperloglog") {
    return HyperLogLogType();
  }
  if (type.name == "tdigest") {
    return TDigestType();
  }
  for (const NamedType& named : kNames) {
    if (named.name == type.name) {
      return LogicalType(named.id);
    }
  }
  return Refuse(type.name);
}

std::string NameOf(const LogicalType& type) {
  if (type.IsJSONType()) {
    return "json";
  }
  if (IsYearMonth(type)) {
    return "interval year to month";
  }
  if (IsSketch(type)) {
    return type.GetAlias();
  }
  switch (type.id()) {
    case LogicalTypeId::DECIMAL:
      return fmt::format("decimal({}, {})", duckdb::DecimalType::GetWidth(type),
                         duckdb::DecimalType::GetScale(type));
    case LogicalTypeId::TIMESTAMP_SEC:
      return "timestamp(0)";
    case LogicalTypeId::TIMESTAMP_MS:
      return "timestamp(3)";
    case LogicalTypeId::TIMESTAMP:
      return "timestamp(6)";
    case LogicalTypeId::TIMESTAMP_NS:
      return "timestamp(9)";
    case LogicalTypeId::TIMESTAMP_TZ:
      return "timestamp(6) with time zone";
    case LogicalTypeId::TIME:
      return "time(6)";
    case LogicalTypeId::TIME_TZ:
      return "time(6) with time zone";
    case LogicalTypeId::LIST:
      return "array(" + NameOf(duckdb::ListType::GetChildType(type)) + ")";
    case LogicalTypeId::MAP:
      return "map(" + NameOf(duckdb::MapType::KeyType(type)) + ", " +
             NameOf(duckdb::MapType::ValueType(type)) + ")";
    case LogicalTypeId::STRUCT:
      return RowName(type);
    case LogicalTypeId::UTINYINT:
      return "smallint";
    case LogicalTypeId::USMALLINT:
      return "integer";
    case LogicalTypeId::UINTEGER:
      return "bigint";
    case LogicalTypeId::UBIGINT:
    case LogicalTypeId::HUGEINT:
      return "decimal(38, 0)";
    default:
      break;
  }
  for (const NamedType& named : kNames) {
    if (named.id == type.id()) {
      return std::string(named.name);
    }
  }
  return "varchar";
}

std::string NameOf(const sql::TypeName& type) {
  std::vector<std::string> parts;
  for (const auto& child : type.children) {
    parts.push_back(child.name.empty()
                        ? NameOf(child.type)
                        : FieldName(child.name) + " " + NameOf(child.type));
  }
  for (const int32_t argument : type.arguments) {
    parts.push_back(std::to_string(argument));
  }
  constexpr std::string_view kZone = " with time zone";
  std::string name = type.name == "int" ? "integer" : type.name;
  std::string zone;
  if (name.ends_with(kZone)) {
    zone = kZone;
    name.resize(name.size() - kZone.size());
  }
  const bool is_time = name == "timestamp" || name == "time";
  if (parts.empty() && is_time) {
    parts.emplace_back("3");
  }
  if (name == "dec" || name == "numeric") {
    name = "decimal";
  }
  if (name == "decimal") {
    parts.resize(2, "0");
    parts[0] = type.arguments.empty() ? "38" : parts[0];
  }
  return parts.empty() ? name + zone : name + "(" + Joined(parts) + ")" + zone;
}

}  // namespace tarn::engine::trino
