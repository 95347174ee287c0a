// Evolves how a table is partitioned (spec: Partition Evolution): the old specs stay, new
// files follow the new one.
//
//   PartitionUpdate update(table);
//   ARROW_RETURN_NOT_OK(update.Remove(PartitionTerm{Day{}, "ts"}));
//   ARROW_RETURN_NOT_OK(update.Add(PartitionTerm{Hour{}, "ts"}));
//   ARROW_ASSIGN_OR_RAISE(MetadataChange change, update.Finish());
//
// A field that a spec of the past had (same column and transform) gets its id, and its
// name unless another is asked for. In format version 1, where fields count by position,
// a removed field stays as a void one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/metadata_change.h"
#include "tarn/iceberg/partition_spec.h"
#include "tarn/iceberg/schema.h"
#include "tarn/iceberg/table_metadata.h"

namespace tarn::iceberg {

class PartitionUpdate {
 public:
  /// `table` outlives the update.
  explicit PartitionUpdate(const TableMetadata& table,
                           NameCase name_case = NameCase::kSensitive);

  // Errors of all changes: kNoSuchColumn for a column, kInvalidArgument for a partition
  // field that is not there, is there already, is redundant beside another time transform
  // of its column, or has a name that is taken; kNotSupported for a transform that cannot
  // be computed.

  /// `name` unset: "ts_day", "id_bucket_16", "name_trunc_4", "region".
  Status Add(const PartitionTerm& term, std::optional<std::string> name = {});
  Status Remove(const PartitionTerm& term);
  Status RemoveByName(const std::string& name);
  Status Rename(const std::string& name, const std::string& new_name);
  /// Removes every field that `terms` do not name and adds those that are missing, in
  /// their order; fields that stay keep their place.
  Status ReplaceAll(const std::vector<PartitionTerm>& terms);

  /// The spec so far; its id is that of the table's equal spec, or a new one.
  const PartitionSpec& spec() const { return spec_; }
  Result<MetadataChange> Finish() const;

 private:
  struct Resolved {
    FieldId source_id;
    Transform transform;
    std::string column;  // full name
  };
  Result<Resolved> Resolve(const PartitionTerm& term) const;
  PartitionField* FindByTerm(const Resolved& term);
  PartitionField* FindByName(const std::string& name);
  const PartitionField* FindInHistory(const Resolved& term) const;
  Status Validate() const;
  Status RemoveField(PartitionField* field);
  void MakeRoomFor(const std::string& name);
  void Insert(const PartitionField& added);
  FieldId NextFieldId() const;

  const TableMetadata& table_;
  NameCase name_case_;
  PartitionSpec spec_;
  FieldId last_partition_id_;
};

/// Numbers a whole new spec for `base`: the next spec id, and for each field the id that
/// an equal field of an older spec has (same sources, transform and name), else the next
/// free one.
void NumberPartitionFields(const TableMetadata& base, PartitionSpec* spec);

}  // namespace tarn::iceberg
