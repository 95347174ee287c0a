// The union of a table's fields with those of incoming data, matched by name.
#pragma once

#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/schema.h"
#include "tarn/iceberg/table_metadata.h"

namespace tarn::iceberg::internal {

class SchemaUnion {
 public:
  /// `table` outlives the union; new fields get ids after `last_column_id`.
  SchemaUnion(const TableMetadata& table, NameCase name_case, FieldId last_column_id)
      : table_(table), name_case_(name_case), last_column_id_(last_column_id) {}

  /// Errors: kTypeMismatch where neither type holds the values of the other,
  /// kInvalidArgument for a change of a map's key, kNotSupported as
  /// CheckPromotionKeepsPartitions.
  Result<std::vector<Field>> Unite(const std::vector<Field>& ours,
                                   const std::vector<Field>& theirs);

  FieldId last_column_id() const { return last_column_id_; }

 private:
  Result<std::vector<Field>> UniteStruct(const std::vector<Field>& ours,
                                         const std::vector<Field>& theirs,
                                         const std::string& prefix);
  Result<Field> UniteField(Field ours, const Field& theirs, const std::string& name);
  Result<Field> UniteType(Field ours, const Type& theirs, const std::string& name);
  Result<Type> UniteMap(const Type& ours, const Type& theirs, const std::string& name);
  Field Fresh(Field field);

  const TableMetadata& table_;
  NameCase name_case_;
  FieldId last_column_id_;
};

}  // namespace tarn::iceberg::internal
