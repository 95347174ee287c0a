// Iceberg's types as values (spec: Schemas and Data Types). A Type is cheap to copy;
// nested types share their immutable children.
//
//   Type t = Type::Struct({{.id = 1, .name = "id", .type = Type::Long(), .required =
//   true}});
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/ids.h"

namespace tarn::iceberg {

using int128_t = __int128;

enum class TypeId : uint8_t {
  kBoolean,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kDecimal,
  kDate,
  kTime,
  kTimestamp,
  kTimestampTz,
  kTimestampNs,
  kTimestampTzNs,
  kString,
  kUuid,
  kFixed,
  kBinary,
  kUnknown,
  kVariant,
  kGeometry,
  kGeography,  // v3
  kStruct,
  kList,
  kMap,
};

struct Field;

class Type {
 public:
  Type() = default;  // unknown

  static Type Boolean() { return Type(TypeId::kBoolean); }
  static Type Int() { return Type(TypeId::kInt); }
  static Type Long() { return Type(TypeId::kLong); }
  static Type Float() { return Type(TypeId::kFloat); }
  static Type Double() { return Type(TypeId::kDouble); }
  static Type Decimal(int32_t precision, int32_t scale) {
    return Type(TypeId::kDecimal, precision, scale);
  }
  static Type Date() { return Type(TypeId::kDate); }
  static Type Time() { return Type(TypeId::kTime); }
  static Type Timestamp() { return Type(TypeId::kTimestamp); }
  static Type TimestampTz() { return Type(TypeId::kTimestampTz); }
  static Type TimestampNs() { return Type(TypeId::kTimestampNs); }
  static Type TimestampTzNs() { return Type(TypeId::kTimestampTzNs); }
  static Type String() { return Type(TypeId::kString); }
  static Type Uuid() { return Type(TypeId::kUuid); }
  static Type Fixed(int32_t length) { return Type(TypeId::kFixed, length); }
  static Type Binary() { return Type(TypeId::kBinary); }
  static Type Unknown() { return Type(TypeId::kUnknown); }
  static Type Variant() { return Type(TypeId::kVariant); }
  /// `crs` as in the spec, e.g. "OGC:CRS84" (the default when empty).
  static Type Geometry(std::string crs = {});
  static Type Geography(std::string crs = {}, std::string algorithm = {});
  static Type Struct(std::vector<Field> fields);
  /// `element` carries the element's id and nullability; its name is always "element".
  static Type List(FieldId element_id, Type element, bool element_required);
  static Type Map(FieldId key_id, Type key, FieldId value_id, Type value,
                  bool value_required);

  TypeId id() const { return id_; }
  bool is_primitive() const { return id_ < TypeId::kStruct && id_ != TypeId::kVariant; }
  bool is_nested() const { return id_ >= TypeId::kStruct; }
  int32_t precision() const { return a_; }                        // decimal
  int32_t scale() const { return b_; }                            // decimal
  int32_t length() const { return a_; }                           // fixed, in bytes
  const std::string& crs() const { return text_->first; }         // geometry, geography
  const std::string& algorithm() const { return text_->second; }  // geography
  /// Children: a struct's fields, a list's {element}, a map's {key, value}; empty for
  /// primitives.
  const std::vector<Field>& fields() const;
  const Field& element() const;  // list
  const Field& key() const;      // map
  const Field& value() const;    // map

  /// The spec's text for primitives ("decimal(9,2)", "fixed[16]"), and a readable form
  /// ("struct<id: long, …>") for nested types.
  std::string ToString() const;
  /// Equal in type, ids, names, nullability and docs of all children.
  bool operator==(const Type& other) const;

 private:
  explicit Type(TypeId id, int32_t a = 0, int32_t b = 0) : id_(id), a_(a), b_(b) {}

  TypeId id_ = TypeId::kUnknown;
  int32_t a_ = 0;
  int32_t b_ = 0;
  std::shared_ptr<const std::pair<std::string, std::string>> text_;
  std::shared_ptr<const std::vector<Field>> children_;
};

/// Parses the spec's text of a primitive type, spaces inside decimal() and fixed[]
/// allowed. Errors: kInvalidData.
Result<Type> PrimitiveTypeFromString(std::string_view text);

/// A value of a primitive type. The alternative follows from the type (spec: Appendix D):
/// boolean → bool; int, date → int32_t; long, time, timestamps → int64_t; float; double;
/// decimal → int128_t (unscaled); string (UTF-8), uuid (16 bytes, big-endian), fixed,
/// binary → std::string. monostate is null.
using Value = std::variant<std::monostate, bool, int32_t, int64_t, float, double,
                           int128_t, std::string>;

inline bool IsNull(const Value& value) { return value.index() == 0; }

struct Field {
  FieldId id = 0;
  std::string name;
  Type type;
  bool required = false;
  std::optional<std::string> doc = {};
  /// v3 defaults. Unset means none (a null default is the same as none). Nested types:
  /// only null is allowed.
  std::optional<Value> initial_default = {};
  std::optional<Value> write_default = {};

  bool operator==(const Field&) const = default;
};

}  // namespace tarn::iceberg
