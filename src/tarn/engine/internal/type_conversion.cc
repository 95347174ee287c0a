#include "tarn/engine/internal/type_conversion.h"

#include <string>
#include <utility>
#include <vector>

#include <duckdb/common/exception.hpp>
#include <duckdb/common/types/date.hpp>
#include <duckdb/common/types/geometry_crs.hpp>
#include <duckdb/common/types/timestamp.hpp>
#include <duckdb/common/types/uuid.hpp>
#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/engine/internal/trino_functions/sketch_types.h"

namespace tarn::engine {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using iceberg::Type;
using iceberg::TypeId;

LogicalType StructTypeOf(const Type& type) {
  duckdb::child_list_t<LogicalType> children;
  for (const iceberg::Field& field : type.fields()) {
    children.emplace_back(field.name, LogicalTypeOf(field.type));
  }
  if (children.empty()) {
    throw duckdb::NotImplementedException("A struct without fields cannot be queried");
  }
  return LogicalType::STRUCT(std::move(children));
}

Status NoIcebergType(const LogicalType& type, std::string_view advice) {
  return MakeError(ErrorCode::kNotSupported, fmt::format("Iceberg has no type for {}: {}",
                                                         type.ToString(), advice));
}

Result<Type> StructOf(const LogicalType& type, iceberg::FieldId* next_id) {
  if (duckdb::StructType::IsUnnamed(type)) {
    return NoIcebergType(type, "name its fields, as in {'a': 1}");
  }
  const auto& children = duckdb::StructType::GetChildTypes(type);
  std::vector<iceberg::Field> fields;
  fields.reserve(children.size());
  for (const auto& child : children) {
    fields.push_back(
        {.id = (*next_id)++, .name = child.first, .type = {}, .required = false});
  }
  for (size_t i = 0; i < fields.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(fields[i].type, IcebergTypeOf(children[i].second, next_id));
  }
  return Type::Struct(std::move(fields));
}

Result<Type> ListOf(const LogicalType& element_type, iceberg::FieldId* next_id) {
  const iceberg::FieldId element_id = (*next_id)++;
  ARROW_ASSIGN_OR_RAISE(Type element, IcebergTypeOf(element_type, next_id));
  return Type::List(element_id, std::move(element), /*element_required=*/false);
}

Result<Type> MapOf(const LogicalType& type, iceberg::FieldId* next_id) {
  const iceberg::FieldId key_id = (*next_id)++;
  const iceberg::FieldId value_id = (*next_id)++;
  ARROW_ASSIGN_OR_RAISE(Type key, IcebergTypeOf(duckdb::MapType::KeyType(type), next_id));
  ARROW_ASSIGN_OR_RAISE(Type value,
                        IcebergTypeOf(duckdb::MapType::ValueType(type), next_id));
  return Type::Map(key_id, std::move(key), value_id, std::move(value),
                   /*value_required=*/false);
}

duckdb::hugeint_t HugeintOf(iceberg::int128_t value) {
  duckdb::hugeint_t huge;
  huge.upper = static_cast<int64_t>(value >> 64);
  huge.lower = static_cast<uint64_t>(value);
  return huge;
}

iceberg::int128_t Int128Of(const duckdb::hugeint_t& huge) {
  const auto upper = static_cast<unsigned __int128>(static_cast<uint64_t>(huge.upper));
  return static_cast<iceberg::int128_t>((upper << 64) | huge.lower);
}

duckdb::Value DecimalOf(const Type& type, iceberg::int128_t unscaled) {
  const auto width = static_cast<uint8_t>(type.precision());
  const auto scale = static_cast<uint8_t>(type.scale());
  if (width > duckdb::DecimalType::MaxWidth() || width == 0) {
    throw duckdb::NotImplementedException("decimal precision %d", type.precision());
  }
  constexpr uint8_t kInt64Digits = 18;
  if (width > kInt64Digits) {
    return duckdb::Value::DECIMAL(HugeintOf(unscaled), width, scale);
  }
  return duckdb::Value::DECIMAL(static_cast<int64_t>(unscaled), width, scale);
}

duckdb::Value BlobOf(const std::string& bytes) {
  return duckdb::Value::BLOB(reinterpret_cast<duckdb::const_data_ptr_t>(bytes.data()),
                             bytes.size());
}

duckdb::Value UuidOf(const std::string& bytes) {
  if (bytes.size() != 16) {
    throw duckdb::InvalidInputException("A uuid value must have 16 bytes");
  }
  return duckdb::Value::UUID(duckdb::BaseUUID::FromBlob(
      reinterpret_cast<duckdb::const_data_ptr_t>(bytes.data())));
}

std::string UuidBytes(const duckdb::Value& value) {
  std::string bytes(16, '\0');
  duckdb::BaseUUID::ToBlob(value.GetValueUnsafe<duckdb::hugeint_t>(),
                           reinterpret_cast<duckdb::data_ptr_t>(bytes.data()));
  return bytes;
}

iceberg::int128_t UnscaledOf(const duckdb::Value& value) {
  switch (value.type().InternalType()) {
    case duckdb::PhysicalType::INT16:
      return value.GetValueUnsafe<int16_t>();
    case duckdb::PhysicalType::INT32:
      return value.GetValueUnsafe<int32_t>();
    case duckdb::PhysicalType::INT64:
      return value.GetValueUnsafe<int64_t>();
    default:
      return Int128Of(value.GetValueUnsafe<duckdb::hugeint_t>());
  }
}

/// DuckDB's GEOMETRY serves geographies too, it has no type for them. The default CRS is
/// left out: DuckDB does not mix geometries with one and with another or none.
LogicalType GeometryTypeOf(const Type& type) {
  static const std::string kDefaultCrs = Type::Geometry().crs();
  return type.crs() == kDefaultCrs ? LogicalType::GEOMETRY()
                                   : LogicalType::GEOMETRY(type.crs());
}

Type GeometryOf(const LogicalType& type) {
  return duckdb::GeoType::HasCRS(type)
             ? Type::Geometry(duckdb::GeoType::GetCRS(type).GetIdentifier())
             : Type::Geometry();
}

constexpr int64_t kNanosPerMicro = 1000;

int64_t FloorToMicros(int64_t nanos) {
  const int64_t micros = nanos / kNanosPerMicro;
  return nanos % kNanosPerMicro < 0 ? micros - 1 : micros;
}

/// `value` has exactly the type that LogicalTypeOf gives.
std::optional<iceberg::Value> SameTypeValue(const Type& type,
                                            const duckdb::Value& value) {
  switch (type.id()) {
    case TypeId::kBoolean:
      return value.GetValueUnsafe<bool>();
    case TypeId::kInt:
      return value.GetValueUnsafe<int32_t>();
    case TypeId::kDate: {
      const auto date = value.GetValueUnsafe<duckdb::date_t>();
      if (!duckdb::Value::IsFinite(date)) {
        return {};
      }
      return date.days;
    }
    case TypeId::kLong:
      return value.GetValueUnsafe<int64_t>();
    case TypeId::kTime:
      return value.GetValueUnsafe<int64_t>();
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
    case TypeId::kTimestampNs: {
      const duckdb::timestamp_t timestamp(value.GetValueUnsafe<int64_t>());
      if (!duckdb::Value::IsFinite(timestamp)) {
        return {};
      }
      return timestamp.value;
    }
    case TypeId::kFloat:
      return value.GetValueUnsafe<float>();
    case TypeId::kDouble:
      return value.GetValueUnsafe<double>();
    case TypeId::kDecimal:
      return UnscaledOf(value);
    case TypeId::kString:
    case TypeId::kBinary:
      return duckdb::StringValue::Get(value);
    case TypeId::kFixed: {
      const std::string& bytes = duckdb::StringValue::Get(value);
      if (bytes.size() != static_cast<size_t>(type.length())) {
        return {};
      }
      return bytes;
    }
    case TypeId::kUuid:
      return UuidBytes(value);
    default:
      return {};
  }
}

}  // namespace

LogicalType LogicalTypeOf(const Type& type) {
  switch (type.id()) {
    case TypeId::kBoolean:
      return LogicalType::BOOLEAN;
    case TypeId::kInt:
      return LogicalType::INTEGER;
    case TypeId::kLong:
      return LogicalType::BIGINT;
    case TypeId::kFloat:
      return LogicalType::FLOAT;
    case TypeId::kDouble:
      return LogicalType::DOUBLE;
    case TypeId::kDecimal:
      return LogicalType::DECIMAL(static_cast<uint8_t>(type.precision()),
                                  static_cast<uint8_t>(type.scale()));
    case TypeId::kDate:
      return LogicalType::DATE;
    case TypeId::kTime:
      return LogicalType::TIME;
    case TypeId::kTimestamp:
      return LogicalType::TIMESTAMP;
    case TypeId::kTimestampTz:
    case TypeId::kTimestampTzNs:  // DuckDB counts instants in microseconds
      return LogicalType::TIMESTAMP_TZ;
    case TypeId::kTimestampNs:
      return LogicalType::TIMESTAMP_NS;
    case TypeId::kUnknown:
      return LogicalType::SQLNULL;
    case TypeId::kVariant:
      return LogicalType::VARIANT();
    case TypeId::kGeometry:
    case TypeId::kGeography:
      return GeometryTypeOf(type);
    case TypeId::kString:
      return LogicalType::VARCHAR;
    case TypeId::kUuid:
      return LogicalType::UUID;
    case TypeId::kFixed:
    case TypeId::kBinary:
      return LogicalType::BLOB;
    case TypeId::kStruct:
      return StructTypeOf(type);
    case TypeId::kList:
      return LogicalType::LIST(LogicalTypeOf(type.element().type));
    case TypeId::kMap:
      return LogicalType::MAP(LogicalTypeOf(type.key().type),
                              LogicalTypeOf(type.value().type));
  }
  throw duckdb::NotImplementedException("Columns of Iceberg type %s cannot be queried",
                                        type.ToString());
}

Result<Type> IcebergTypeOf(const LogicalType& type, iceberg::FieldId* next_id) {
  switch (type.id()) {
    case LogicalTypeId::BOOLEAN:
      return Type::Boolean();
    case LogicalTypeId::TINYINT:
    case LogicalTypeId::SMALLINT:
    case LogicalTypeId::UTINYINT:
    case LogicalTypeId::USMALLINT:
    case LogicalTypeId::INTEGER:
      return Type::Int();
    case LogicalTypeId::UINTEGER:
    case LogicalTypeId::BIGINT:
      return Type::Long();
    case LogicalTypeId::UBIGINT:
      return Type::Decimal(20, 0);
    case LogicalTypeId::FLOAT:
      return Type::Float();
    case LogicalTypeId::DOUBLE:
      return Type::Double();
    case LogicalTypeId::DECIMAL:
      return Type::Decimal(duckdb::DecimalType::GetWidth(type),
                           duckdb::DecimalType::GetScale(type));
    case LogicalTypeId::DATE:
      return Type::Date();
    case LogicalTypeId::TIME:
      return Type::Time();
    case LogicalTypeId::TIMESTAMP_SEC:
    case LogicalTypeId::TIMESTAMP_MS:
    case LogicalTypeId::TIMESTAMP:
      return Type::Timestamp();
    case LogicalTypeId::TIMESTAMP_TZ:
      return Type::TimestampTz();
    case LogicalTypeId::TIMESTAMP_NS:
      return Type::TimestampNs();
    case LogicalTypeId::VARCHAR:
    case LogicalTypeId::CHAR:
    case LogicalTypeId::ENUM:
    case LogicalTypeId::SQLNULL:
      return Type::String();  // as for a load of a column that is all null
    case LogicalTypeId::BLOB:
      return IsSketch(type) ? NoIcebergType(type, "cast it to VARBINARY")
                            : Result<Type>(Type::Binary());
    case LogicalTypeId::VARIANT:
      return Type::Variant();
    case LogicalTypeId::GEOMETRY:
      return GeometryOf(type);
    case LogicalTypeId::UUID:
      return Type::Uuid();
    case LogicalTypeId::STRUCT:
      return StructOf(type, next_id);
    case LogicalTypeId::LIST:
      return ListOf(duckdb::ListType::GetChildType(type), next_id);
    case LogicalTypeId::ARRAY:
      return ListOf(duckdb::ArrayType::GetChildType(type), next_id);
    case LogicalTypeId::MAP:
      return MapOf(type, next_id);
    case LogicalTypeId::HUGEINT:
    case LogicalTypeId::UHUGEINT:
      return NoIcebergType(type, "cast it to BIGINT or DECIMAL(38,0)");
    case LogicalTypeId::TIME_TZ:
      return NoIcebergType(type, "cast it to TIME");
    case LogicalTypeId::INTERVAL:
      return NoIcebergType(type, "cast it to VARCHAR or to a number");
    default:
      return NoIcebergType(type, "cast it to VARCHAR or BLOB");
  }
}

duckdb::Value DuckValueOf(const Type& type, const iceberg::Value& value) {
  if (iceberg::IsNull(value)) {
    return duckdb::Value(LogicalTypeOf(type));
  }
  switch (type.id()) {
    case TypeId::kBoolean:
      return duckdb::Value::BOOLEAN(std::get<bool>(value));
    case TypeId::kInt:
      return duckdb::Value::INTEGER(std::get<int32_t>(value));
    case TypeId::kLong:
      return duckdb::Value::BIGINT(std::get<int64_t>(value));
    case TypeId::kFloat:
      return duckdb::Value::FLOAT(std::get<float>(value));
    case TypeId::kDouble:
      return duckdb::Value::DOUBLE(std::get<double>(value));
    case TypeId::kDecimal:
      return DecimalOf(type, std::get<iceberg::int128_t>(value));
    case TypeId::kDate:
      return duckdb::Value::DATE(duckdb::date_t(std::get<int32_t>(value)));
    case TypeId::kTime:
      return duckdb::Value::TIME(duckdb::dtime_t(std::get<int64_t>(value)));
    case TypeId::kTimestamp:
      return duckdb::Value::TIMESTAMP(duckdb::timestamp_t(std::get<int64_t>(value)));
    case TypeId::kTimestampTz:
      return duckdb::Value::TIMESTAMPTZ(duckdb::timestamp_tz_t(std::get<int64_t>(value)));
    case TypeId::kTimestampNs:
      return duckdb::Value::TIMESTAMPNS(duckdb::timestamp_ns_t(std::get<int64_t>(value)));
    case TypeId::kTimestampTzNs:
      return duckdb::Value::TIMESTAMPTZ(
          duckdb::timestamp_tz_t(FloorToMicros(std::get<int64_t>(value))));
    case TypeId::kString:
      return duckdb::Value(std::get<std::string>(value));
    case TypeId::kUuid:
      return UuidOf(std::get<std::string>(value));
    case TypeId::kFixed:
    case TypeId::kBinary:
      return BlobOf(std::get<std::string>(value));
    default:
      throw duckdb::NotImplementedException("A value of Iceberg type %s",
                                            type.ToString());
  }
}

std::optional<iceberg::Value> IcebergValueOf(const Type& type,
                                             const duckdb::Value& value) {
  // A microsecond of DuckDB's is a thousand values of a timestamptz_ns.
  if (value.IsNull() || type.is_nested() || type.id() == TypeId::kTimestampTzNs) {
    return {};
  }
  try {
    const LogicalType target = LogicalTypeOf(type);
    if (value.type() == target) {
      return SameTypeValue(type, value);
    }
    duckdb::Value cast;
    std::string error;
    if (!value.DefaultTryCastAs(target, cast, &error, /*strict=*/true)) {
      return {};
    }
    duckdb::Value back;
    if (!cast.DefaultTryCastAs(value.type(), back, &error, /*strict=*/true)) {
      return {};
    }
    if (!duckdb::Value::NotDistinctFrom(value, back)) {
      return {};
    }
    return SameTypeValue(type, cast);
  } catch (const duckdb::Exception&) {
    return {};  // a filter that cannot be translated is only evaluated later, row by row
  }
}

}  // namespace tarn::engine
