#include "tarn/table/internal/partition_union.h"

#include <algorithm>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/iceberg/metrics_evaluator.h"

namespace tarn::table::internal {
namespace {

using iceberg::PartitionField;
using iceberg::PartitionSpec;
using iceberg::PartitionTuple;

bool IsVoid(const PartitionField& field) {
  return std::holds_alternative<iceberg::Void>(field.transform);
}

/// Partition fields of dropped columns have no type any more.
bool IsActive(const PartitionField& field, const iceberg::Schema& schema) {
  return std::ranges::all_of(field.source_ids, [&](iceberg::FieldId id) {
    return schema.FindById(id) != nullptr;
  });
}

}  // namespace

PartitionUnion::PartitionUnion(const iceberg::TableMetadata& metadata)
    : specs_(metadata.partition_specs) {
  const iceberg::Schema& schema = metadata.schema();
  std::ranges::sort(specs_, [](const PartitionSpec& a, const PartitionSpec& b) {
    return a.id > b.id;  // newest first
  });
  struct Found {
    UnionField field;
    bool is_void;
  };
  std::map<iceberg::FieldId, Found> found;
  for (const PartitionSpec& spec : specs_) {
    const auto types = iceberg::PartitionTypes(spec, schema);
    for (size_t i = 0; i < spec.fields.size(); ++i) {
      const PartitionField& field = spec.fields[i];
      if (!IsActive(field, schema)) {
        continue;
      }
      const auto [at, is_new] = found.try_emplace(
          field.field_id, Found{{field.field_id, field.name, types[i]}, IsVoid(field)});
      if (!is_new && at->second.is_void && !IsVoid(field)) {
        at->second.field.type = types[i];  // dropped in a newer spec of a v1 table
        at->second.is_void = false;
      }
    }
  }
  for (auto& [id, one] : found) {
    fields_.push_back(std::move(one.field));
  }
  for (const PartitionSpec& spec : specs_) {
    SpecPart part{&spec, iceberg::PartitionTypes(spec, schema), {}};
    for (const UnionField& field : fields_) {
      const auto at = std::ranges::find(spec.fields, field.id, &PartitionField::field_id);
      part.places.push_back(
          at == spec.fields.end() ? -1 : static_cast<int>(at - spec.fields.begin()));
    }
    parts_.emplace(spec.id, std::move(part));
  }
}

Result<PartitionTuple> PartitionUnion::Unify(iceberg::SpecId spec_id,
                                             const PartitionTuple& tuple) const {
  const auto found = parts_.find(spec_id);
  if (found == parts_.end()) {
    return MakeError(ErrorCode::kInvalidData,
                     "File is of a partition spec that the table lacks: " +
                         std::to_string(spec_id.value));
  }
  const SpecPart& part = found->second;
  PartitionTuple values = tuple;
  RETURN_NOT_OK(iceberg::NormalizePartition(*part.spec, part.types, &values));
  PartitionTuple unified(fields_.size());
  for (size_t i = 0; i < fields_.size(); ++i) {
    const int place = part.places[i];
    if (place >= 0 && static_cast<size_t>(place) < values.size()) {
      unified[i] = values[static_cast<size_t>(place)];
    }
  }
  return unified;
}

}  // namespace tarn::table::internal
