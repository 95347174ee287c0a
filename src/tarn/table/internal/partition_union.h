// The partition values of all specs of a table in one struct, as metadata tables show
// them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/partition_spec.h"
#include "tarn/iceberg/table_metadata.h"

namespace tarn::table::internal {

/// One value per partition field id that a spec of the table has and whose source column
/// still exists, by ascending id. Names are those of the newest spec that has the field,
/// types those of the newest in which it is not void.
class PartitionUnion {
 public:
  explicit PartitionUnion(const iceberg::TableMetadata& metadata);
  PartitionUnion(const PartitionUnion&) = delete;
  PartitionUnion& operator=(const PartitionUnion&) = delete;

  struct UnionField {
    iceberg::FieldId id = 0;
    std::string name;
    iceberg::Type type;
  };
  /// Empty if no spec partitions.
  const std::vector<UnionField>& fields() const { return fields_; }

  /// `tuple` of spec `spec_id` as one of this struct; fields that the spec lacks are
  /// null. Errors: kInvalidData for a spec that the table lacks or values of other types.
  Result<iceberg::PartitionTuple> Unify(iceberg::SpecId spec_id,
                                        const iceberg::PartitionTuple& tuple) const;

 private:
  struct SpecPart {
    const iceberg::PartitionSpec* spec;
    std::vector<iceberg::Type> types;
    std::vector<int> places;  // in the spec's tuple, for each of fields_; -1: none
  };

  std::vector<UnionField> fields_;
  std::vector<iceberg::PartitionSpec> specs_;
  std::map<iceberg::SpecId, SpecPart> parts_;
};

}  // namespace tarn::table::internal
