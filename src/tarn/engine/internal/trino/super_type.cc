#include "tarn/engine/internal/trino/super_type.h"

#include <algorithm>
#include <utility>

#include <duckdb/common/string_util.hpp>
#include <duckdb/planner/expression/bound_constant_expression.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/trino/types.h"
#include "tarn/engine/internal/trino_functions/utf8_text.h"

namespace tarn::engine::trino {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using Common = std::optional<LogicalType>;

constexpr int kDecimalDigitsMax = 38;

/// Digits before and after the point of an exact number.
struct Digits {
  int whole = 0;
  int fraction = 0;
};

std::optional<Digits> DigitsOf(const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::TINYINT:
      return Digits{.whole = 3};
    case LogicalTypeId::SMALLINT:
    case LogicalTypeId::UTINYINT:
      return Digits{.whole = 5};
    case LogicalTypeId::INTEGER:
    case LogicalTypeId::USMALLINT:
      return Digits{.whole = 10};
    case LogicalTypeId::BIGINT:
    case LogicalTypeId::UINTEGER:
      return Digits{.whole = 19};
    case LogicalTypeId::UBIGINT:
    case LogicalTypeId::HUGEINT:
    case LogicalTypeId::UHUGEINT:
      return Digits{.whole = kDecimalDigitsMax};
    case LogicalTypeId::DECIMAL: {
      const int scale = duckdb::DecimalType::GetScale(type);
      return Digits{.whole = duckdb::DecimalType::GetWidth(type) - scale,
                    .fraction = scale};
    }
    default:
      return {};
  }
}

/// The integer of so many digits that Trino has; unset for more than a bigint's.
Common IntegerOf(int digits) {
  if (digits <= 3) {
    return LogicalType::TINYINT;
  }
  if (digits <= 5) {
    return LogicalType::SMALLINT;
  }
  if (digits <= 10) {
    return LogicalType::INTEGER;
  }
  return digits <= 19 ? Common(LogicalType::BIGINT) : std::nullopt;
}

Common CommonNumber(const LogicalType& left, const LogicalType& right) {
  for (const LogicalTypeId floating : {LogicalTypeId::DOUBLE, LogicalTypeId::FLOAT}) {
    if (left.id() == floating || right.id() == floating) {
      return LogicalType(floating);
    }
  }
  const auto one = DigitsOf(left);
  const auto other = DigitsOf(right);
  if (!one || !other) {
    return {};
  }
  const int whole = std::max(one->whole, other->whole);
  const int scale = std::max(one->fraction, other->fraction);
  const bool is_decimal =
      left.id() == LogicalTypeId::DECIMAL || right.id() == LogicalTypeId::DECIMAL;
  const Common integer = is_decimal ? std::nullopt : IntegerOf(whole);
  return integer ? integer
                 : LogicalType::DECIMAL(
                       static_cast<uint8_t>(std::min(whole + scale, kDecimalDigitsMax)),
                       static_cast<uint8_t>(scale));
}

/// A moment's place among the types that it can be brought to; 0 for other types.
int MomentRank(LogicalTypeId id) {
  switch (id) {
    case LogicalTypeId::DATE:
      return 1;
    case LogicalTypeId::TIMESTAMP_SEC:
      return 2;
    case LogicalTypeId::TIMESTAMP_MS:
      return 3;
    case LogicalTypeId::TIMESTAMP:
      return 4;
    case LogicalTypeId::TIMESTAMP_NS:
      return 5;
    case LogicalTypeId::TIMESTAMP_TZ:
      return 6;
    default:
      return 0;
  }
}

/// Field by field; names stay where both have the same.
Common CommonRow(const LogicalType& left, const LogicalType& right) {
  const auto& fields = duckdb::StructType::GetChildTypes(left);
  const auto& others = duckdb::StructType::GetChildTypes(right);
  if (fields.size() != others.size()) {
    return {};
  }
  const bool keeps_names =
      std::ranges::equal(fields, others, [](const auto& a, const auto& b) {
        return duckdb::StringUtil::CIEquals(a.first, b.first);
      });
  duckdb::child_list_t<LogicalType> common;
  for (size_t i = 0; i < fields.size(); ++i) {
    auto type = CommonTypeOf(fields[i].second, others[i].second);
    if (!type) {
      return {};
    }
    common.emplace_back(keeps_names ? fields[i].first : std::string(), *std::move(type));
  }
  return LogicalType::STRUCT(std::move(common));
}

Common CommonMap(const LogicalType& left, const LogicalType& right) {
  const auto key =
      CommonTypeOf(duckdb::MapType::KeyType(left), duckdb::MapType::KeyType(right));
  const auto value =
      CommonTypeOf(duckdb::MapType::ValueType(left), duckdb::MapType::ValueType(right));
  return key && value ? Common(LogicalType::MAP(*key, *value)) : std::nullopt;
}

}  // namespace

Common CommonTypeOf(const LogicalType& left, const LogicalType& right) {
  if (left.id() == LogicalTypeId::SQLNULL || left == right) {
    return right;
  }
  if (right.id() == LogicalTypeId::SQLNULL) {
    return left;
  }
  if (left.IsJSONType() != right.IsJSONType()) {
    return {};
  }
  if (left.IsNumeric() && right.IsNumeric()) {
    return CommonNumber(left, right);
  }
  const int left_rank = MomentRank(left.id());
  const int right_rank = MomentRank(right.id());
  if (left_rank != 0 && right_rank != 0) {
    return left_rank < right_rank ? right : left;
  }
  if (left.id() != right.id()) {
    return {};
  }
  switch (left.id()) {
    case LogicalTypeId::LIST: {
      auto element = CommonTypeOf(duckdb::ListType::GetChildType(left),
                                  duckdb::ListType::GetChildType(right));
      return element ? Common(LogicalType::LIST(*std::move(element))) : std::nullopt;
    }
    case LogicalTypeId::MAP:
      return CommonMap(left, right);
    case LogicalTypeId::STRUCT:
      return CommonRow(left, right);
    case LogicalTypeId::INTERVAL:
      return {};  // one has months, the other days
    default:
      return left;
  }
}

ExpressionPtr Brought(const BoundCall& call, ExpressionPtr value,
                      const LogicalType& type) {
  const LogicalTypeId from = value->return_type.id();
  const bool has_detour =
      type.id() == LogicalTypeId::TIMESTAMP_TZ &&
      (from == LogicalTypeId::TIMESTAMP_SEC || from == LogicalTypeId::TIMESTAMP_MS ||
       from == LogicalTypeId::TIMESTAMP_NS);
  if (has_detour) {  // DuckDB casts none of them to an instant
    value = call.Cast(std::move(value), LogicalType::TIMESTAMP);
  }
  return call.Cast(std::move(value), type);
}

std::string NameOfArgument(const BoundCall& call, size_t i) {
  const duckdb::Expression& argument = call.Peek(i);
  if (argument.GetExpressionClass() == duckdb::ExpressionClass::BOUND_CONSTANT &&
      call.IdOf(i) == LogicalTypeId::VARCHAR && !call.TypeOf(i).IsJSONType()) {
    const auto& value = argument.Cast<duckdb::BoundConstantExpression>().value;
    return value.IsNull() ? "varchar"
                          : fmt::format("varchar({})", CharacterCount(value.ToString()));
  }
  return NameOf(call.TypeOf(i));
}

}  // namespace tarn::engine::trino
