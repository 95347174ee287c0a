// Evolves a table's schema (spec: Schema Evolution) by ids: columns that stay keep
// theirs, new ones get ids that the table never used.
//
//   SchemaUpdate update(table);
//   ARROW_RETURN_NOT_OK(update.Rename("point.x", "lon"));
//   ARROW_RETURN_NOT_OK(update.Add({.name = "note", .type = Type::String()}));
//   ARROW_ASSIGN_OR_RAISE(MetadataChange change, update.Finish());
//
// Changes are made one after the other: a name is what the column is called after the
// changes before. Columns are named in full ("point.x", "tags.element.y", "m.value.z";
// `element` and `value` may be left out before a field inside). Map keys never change.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/metadata_change.h"
#include "tarn/iceberg/schema.h"
#include "tarn/iceberg/table_metadata.h"

namespace tarn::iceberg {

/// A place among the fields of one struct. `sibling` is the name of a field of that
/// struct, or its full name.
struct ColumnPosition {
  enum class Place : uint8_t { kLast, kFirst, kBefore, kAfter };
  Place place = Place::kLast;
  std::string sibling = {};
};

struct NewColumn {
  /// Full name of the struct that gets the field, or of the list or map whose element or
  /// value it is; empty: the table.
  std::string parent = {};
  std::string name;
  Type type;  // ids inside are ignored and given anew; defaults inside are kept
  bool required = false;
  std::optional<std::string> doc = {};
  /// A value of `type`: what rows written before have, and what rows get that do not say
  /// (initial and write default, format version 3). Unset or null: null.
  std::optional<Value> default_value = {};
  ColumnPosition position = {};
};

struct SchemaUpdateOptions {
  NameCase name_case = NameCase::kSensitive;
  /// Allows what old rows may break: an optional column that becomes required, a required
  /// one that is added without a default.
  bool allow_incompatible = false;
};

class SchemaUpdate {
 public:
  /// `table` outlives the update.
  explicit SchemaUpdate(const TableMetadata& table, SchemaUpdateOptions options = {});

  // Errors of all changes: kNoSuchColumn; kAlreadyExists for a name that is taken;
  // kInvalidArgument; kTypeMismatch and kNotSupported for types. After an error the
  // update is as before the call.

  Status Add(const NewColumn& column);
  /// Not the last field of its struct, not an identifier field.
  Status Drop(const std::string& name);
  /// `new_name` is the field's own name, without its parents'.
  Status Rename(const std::string& name, const std::string& new_name);
  Status Move(const std::string& name, const ColumnPosition& position);
  /// To a type that CanPromote allows and no partition field forbids. Ids inside `type`
  /// (of what was unknown) are given anew.
  Status Promote(const std::string& name, const Type& type);
  Status MakeOptional(const std::string& name);
  /// Only with `allow_incompatible`.
  Status Require(const std::string& name);
  /// Unset removes the comment.
  Status SetDoc(const std::string& name, std::optional<std::string> doc);
  /// A value of the column's type, or null: what new rows get that do not say. Rows
  /// written before keep theirs.
  Status SetWriteDefault(const std::string& name, Value value);
  /// Adds the fields that `fields` have and the table lacks, as optional ones, and widens
  /// those that both have (types by promotion, required to optional, comments, write
  /// defaults); never drops, narrows or reorders. Fields match by name.
  Status UnionByName(const std::vector<Field>& fields);
  /// Replaces all of them; each must be required, as must the structs around it, of a
  /// primitive type but float and double, and in no list or map.
  Status SetIdentifierFields(const std::vector<std::string>& names);

  /// The column that `name` means; valid until the next change. Errors: kNoSuchColumn.
  Result<const Field*> Find(const std::string& name) const;

  /// The schema so far; its id is the table's current one.
  const Schema& schema() const { return *schema_; }
  std::shared_ptr<const Schema> schema_ptr() const { return schema_; }
  /// The highest id given; ids of columns dropped again count.
  FieldId last_column_id() const { return last_column_id_; }

  /// What to commit: the new schema, and the properties that speak of columns by name
  /// (name mapping, metrics and bloom filters of columns) brought along. Errors:
  /// kInvalidArgument if a partition field or the sort order of today lost its column, or
  /// a type needs a newer format version.
  Result<MetadataChange> Finish() const;

 private:
  Result<std::vector<Field>> Inserted(std::vector<Field> siblings, const Field& field,
                                      const std::string& parent,
                                      const ColumnPosition& position) const;
  /// As Find, for changes: refuses what is inside of a map's key.
  Result<const Field*> FindForChange(const std::string& name) const;
  /// As FindForChange, for changes that only a field of a struct can have.
  Result<const Field*> FindInStruct(const std::string& name) const;
  Status SetRequired(const std::string& name, bool required);
  Status Replace(const Field& field);
  Status ReplaceFields(std::vector<Field> fields, FieldId last_column_id);
  Status CheckSourcesAreLeft() const;

  const TableMetadata& table_;
  SchemaUpdateOptions options_;
  std::shared_ptr<const Schema> base_;
  std::shared_ptr<const Schema> schema_;
  std::vector<FieldId> identifier_field_ids_;
  FieldId last_column_id_;
};

}  // namespace tarn::iceberg
