#include "tarn/storage/internal/coercible.h"

#include <algorithm>
#include <string>

#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>

namespace tarn::storage {
namespace {

bool IsListLike(arrow::Type::type id) {
  switch (id) {
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
    case arrow::Type::FIXED_SIZE_LIST:
    case arrow::Type::LIST_VIEW:
    case arrow::Type::LARGE_LIST_VIEW:
      return true;
    default:
      return false;
  }
}

bool CanCoerceToTimestamp(const arrow::DataType& from, const arrow::TimestampType& to) {
  if (from.id() == arrow::Type::TIMESTAMP) {
    return static_cast<const arrow::TimestampType&>(from).timezone().empty() ==
           to.timezone().empty();
  }
  return to.timezone().empty() &&
         (from.id() == arrow::Type::DATE32 || from.id() == arrow::Type::DATE64);
}

bool IsFloatExactFor(arrow::Type::type from, arrow::Type::type to) {
  switch (from) {
    case arrow::Type::HALF_FLOAT:
    case arrow::Type::FLOAT:
    case arrow::Type::INT8:
    case arrow::Type::INT16:
    case arrow::Type::UINT8:
    case arrow::Type::UINT16:
      return true;
    case arrow::Type::DOUBLE:
    case arrow::Type::INT32:
    case arrow::Type::UINT32:
      return to == arrow::Type::DOUBLE;
    default:
      return false;
  }
}

bool CanCoerceLeaf(const arrow::DataType& from, const arrow::DataType& to) {
  const arrow::Type::type id = from.id();
  switch (to.id()) {
    case arrow::Type::INT64:
      return arrow::is_integer(id) || id == arrow::Type::DURATION;
    case arrow::Type::INT32:
      return arrow::is_integer(id);
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE:
      return IsFloatExactFor(id, to.id());
    case arrow::Type::DECIMAL128:
      return arrow::is_decimal(id) || arrow::is_integer(id);
    case arrow::Type::DATE32:
      return id == arrow::Type::DATE64;
    case arrow::Type::TIME64:
      return arrow::is_time(id);
    case arrow::Type::TIMESTAMP:
      return CanCoerceToTimestamp(from, static_cast<const arrow::TimestampType&>(to));
    case arrow::Type::STRING:
      return id == arrow::Type::LARGE_STRING || id == arrow::Type::STRING_VIEW;
    case arrow::Type::BINARY:
      return arrow::is_base_binary_like(id) || arrow::is_binary_view_like(id) ||
             id == arrow::Type::FIXED_SIZE_BINARY;
    case arrow::Type::FIXED_SIZE_BINARY:
      return id == arrow::Type::BINARY || id == arrow::Type::LARGE_BINARY ||
             id == arrow::Type::BINARY_VIEW;
    default:
      return false;
  }
}

bool IsInOrder(const std::optional<std::vector<int>>& order) {
  return order.has_value() && std::ranges::is_sorted(*order);
}

bool IsBool8(const arrow::DataType& type) {
  return type.id() == arrow::Type::EXTENSION &&
         static_cast<const arrow::ExtensionType&>(type).extension_name() == "arrow.bool8";
}

bool CanCoerceStruct(const arrow::DataType& from, const arrow::DataType& to) {
  const auto order = FieldOrder(from, to);
  if (!order.has_value()) {
    return false;
  }
  for (int i = 0; i < to.num_fields(); ++i) {
    const int source = (*order)[static_cast<size_t>(i)];
    if (!CanCoerce(*from.field(source)->type(), *to.field(i)->type())) {
      return false;
    }
  }
  return true;
}

}  // namespace

bool SameLayout(const arrow::DataType& from, const arrow::DataType& to) {
  if (from.id() != to.id()) {
    return false;
  }
  if (from.id() == arrow::Type::TIMESTAMP) {
    const auto& a = static_cast<const arrow::TimestampType&>(from);
    const auto& b = static_cast<const arrow::TimestampType&>(to);
    return a.unit() == b.unit() && a.timezone().empty() == b.timezone().empty();
  }
  if (from.num_fields() == 0) {
    return from.Equals(to);
  }
  if (from.id() == arrow::Type::MAP) {
    const auto& a = static_cast<const arrow::MapType&>(from);
    const auto& b = static_cast<const arrow::MapType&>(to);
    return SameLayout(*a.key_type(), *b.key_type()) &&
           SameLayout(*a.item_type(), *b.item_type());
  }
  if (from.num_fields() != to.num_fields() ||
      (from.id() == arrow::Type::STRUCT && !IsInOrder(FieldOrder(from, to)))) {
    return false;
  }
  for (int i = 0; i < from.num_fields(); ++i) {
    if (!SameLayout(*from.field(i)->type(), *to.field(i)->type())) {
      return false;
    }
  }
  return true;
}

std::optional<std::vector<int>> FieldOrder(const arrow::DataType& from,
                                           const arrow::DataType& to) {
  if (from.id() != arrow::Type::STRUCT || from.num_fields() != to.num_fields()) {
    return std::nullopt;
  }
  const auto& source = static_cast<const arrow::StructType&>(from);
  std::vector<int> by_position;
  std::vector<int> by_name;
  bool some_name_elsewhere = false;
  for (int i = 0; i < to.num_fields(); ++i) {
    const std::vector<int> named = source.GetAllFieldIndices(to.field(i)->name());
    by_position.push_back(i);
    if (named.size() == 1) {
      by_name.push_back(named[0]);
    }
    some_name_elsewhere |= !named.empty() && std::ranges::find(named, i) == named.end();
  }
  if (!some_name_elsewhere) {
    return by_position;
  }
  if (by_name.size() == by_position.size()) {
    return by_name;
  }
  return std::nullopt;
}

const arrow::DataType& DecodedType(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::EXTENSION:
      return DecodedType(*static_cast<const arrow::ExtensionType&>(type).storage_type());
    case arrow::Type::DICTIONARY:
      return DecodedType(*static_cast<const arrow::DictionaryType&>(type).value_type());
    case arrow::Type::RUN_END_ENCODED:
      return DecodedType(
          *static_cast<const arrow::RunEndEncodedType&>(type).value_type());
    default:
      return type;
  }
}

bool CanCoerce(const arrow::DataType& from, const arrow::DataType& to) {
  if (from.id() == arrow::Type::NA || SameLayout(from, to)) {
    return true;
  }
  if (IsBool8(from)) {
    return to.id() == arrow::Type::BOOL;
  }
  const arrow::DataType& plain = DecodedType(from);
  if (&plain != &from) {
    return CanCoerce(plain, to);
  }
  switch (to.id()) {
    case arrow::Type::STRUCT:
      return from.id() == arrow::Type::STRUCT && CanCoerceStruct(from, to);
    case arrow::Type::MAP: {
      if (from.id() != arrow::Type::MAP) {
        return false;
      }
      const auto& a = static_cast<const arrow::MapType&>(from);
      const auto& b = static_cast<const arrow::MapType&>(to);
      return CanCoerce(*a.key_type(), *b.key_type()) &&
             CanCoerce(*a.item_type(), *b.item_type());
    }
    case arrow::Type::LIST:
      return IsListLike(from.id()) &&
             CanCoerce(*from.field(0)->type(), *to.field(0)->type());
    default:
      return from.num_fields() == 0 && CanCoerceLeaf(from, to);
  }
}

}  // namespace tarn::storage
