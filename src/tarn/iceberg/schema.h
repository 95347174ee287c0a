// A table's schema with look-up by id and name (spec: Schemas).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/ids.h"
#include "tarn/iceberg/type.h"

namespace tarn::iceberg {

/// How names of columns are compared; without regard to case means ASCII case.
enum class NameCase : uint8_t { kSensitive, kInsensitive };

class Schema {
 public:
  Schema() = default;
  /// `fields` must have unique ids over all nested levels and unique names in each
  /// struct. Errors: kInvalidArgument with the offending path.
  static Result<std::shared_ptr<const Schema>> Make(
      SchemaId id, std::vector<Field> fields,
      std::vector<FieldId> identifier_field_ids = {});
  /// As Make for the columns of a file, which may be metadata columns with reserved ids
  /// beside those of its table.
  static Result<std::shared_ptr<const Schema>> MakeForFile(SchemaId id,
                                                           std::vector<Field> fields);

  SchemaId id() const { return id_; }
  const std::vector<Field>& fields() const { return type_.fields(); }
  const Type& type() const { return type_; }  // the schema as a struct
  const std::vector<FieldId>& identifier_field_ids() const {
    return identifier_field_ids_;
  }
  /// Highest id of any nested field; 0 for an empty schema.
  FieldId highest_field_id() const { return highest_field_id_; }

  /// Any field, nested ones too; nullptr if there is none. Lives as long as the schema.
  const Field* FindById(FieldId id) const;
  /// By full name ("point.x", "tags.element", "m.value"), exact case; nullptr if there is
  /// none.
  const Field* FindByName(std::string_view full_name) const;
  /// As FindByName without regard to ASCII case; nullptr if none or if two fields match.
  const Field* FindByNameIgnoringCase(std::string_view full_name) const;
  /// Full name of a field ("point.x"); empty if there is none.
  const std::string& NameOf(FieldId id) const;
  /// True if a bound or partition value can come from this field: every ancestor is a
  /// struct.
  bool IsReachableByStructs(FieldId id) const;

  /// Same fields, ids, names, docs and identifier fields; the schema id is not compared.
  bool SameAs(const Schema& other) const;
  std::string ToString() const;

 private:
  class Indexer;
  SchemaId id_;
  Type type_ = Type::Struct({});
  std::vector<FieldId> identifier_field_ids_;
  FieldId highest_field_id_ = 0;
  struct Indexed {
    const Field* field;
    std::string full_name;
    bool through_structs;
  };
  std::unordered_map<FieldId, Indexed> by_id_;
  std::unordered_map<std::string, FieldId> by_name_;
  std::unordered_map<std::string, std::vector<FieldId>> by_folded_name_;
};

/// Gives every field, nested ones too, a fresh id counting up from `first_id`, in the
/// order the Java reference uses (all fields of a struct first, then into each child):
/// ids of a new table. `last_id`, unless it is null, receives the highest id given. Ids
/// of `fields` on entry are ignored.
std::vector<Field> AssignFreshIds(const std::vector<Field>& fields, FieldId first_id,
                                  FieldId* last_id);

/// The lowest format version that can hold every type of `schema` (3 for timestamp_ns,
/// variant, geometry, geography, unknown and non-null defaults; else 1).
int32_t MinFormatVersion(const Schema& schema);

}  // namespace tarn::iceberg
