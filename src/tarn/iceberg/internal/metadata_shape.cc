// Updates to a table's shape: schemas, partition specs and sort orders.
#include <algorithm>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/iceberg/internal/table_metadata_builder.h"

namespace tarn::iceberg::internal {
namespace {

bool SameSourceAndTransform(const PartitionField& a, const PartitionField& b) {
  return a.source_ids == b.source_ids && a.transform == b.transform;
}

/// Equal but for the ids that a catalog gives.
bool SameFields(const PartitionSpec& a, const PartitionSpec& b) {
  return std::ranges::equal(a.fields, b.fields, [](const auto& x, const auto& y) {
    return SameSourceAndTransform(x, y) && x.name == y.name;
  });
}

std::string IdText(int32_t id) { return std::to_string(id); }

}  // namespace

Status TableMetadataBuilder::On(const update::AddSchema& update) {
  if (update.schema == nullptr) {
    return InvalidUpdate("add-schema has no schema");
  }
  const Schema& schema = *update.schema;
  int32_t next_id = 0;
  for (const auto& known : table_.schemas) {
    if (known->SameAs(schema)) {
      last_added_schema_ = known->id();
      return Status::OK();
    }
    next_id = std::max(next_id, known->id().value + 1);
  }
  ARROW_ASSIGN_OR_RAISE(auto added, Schema::Make(SchemaId{next_id}, schema.fields(),
                                                 schema.identifier_field_ids()));
  table_.last_column_id = std::max(table_.last_column_id, added->highest_field_id());
  table_.schemas.push_back(std::move(added));
  last_added_schema_ = SchemaId{next_id};
  is_changed_ = true;
  return Status::OK();
}

Status TableMetadataBuilder::On(const update::SetCurrentSchema& update) {
  SchemaId id = update.id;
  if (id == SchemaId{-1}) {
    if (!last_added_schema_) {
      return InvalidUpdate("No schema was added that could become current");
    }
    id = *last_added_schema_;
  }
  if (table_.FindSchema(id) == nullptr) {
    return InvalidUpdate("Cannot set the current schema: there is none with id " +
                         IdText(id.value));
  }
  is_changed_ = is_changed_ || id != table_.current_schema_id;
  table_.current_schema_id = id;
  return Status::OK();
}

Result<std::shared_ptr<const Schema>> TableMetadataBuilder::SchemaForNewParts() const {
  auto schema = table_.FindSchema(table_.current_schema_id);
  if (schema == nullptr && last_added_schema_) {
    schema = table_.FindSchema(*last_added_schema_);
  }
  if (schema == nullptr) {
    return InvalidUpdate("A partition spec or sort order was added before any schema");
  }
  return schema;
}

Status TableMetadataBuilder::AssignPartitionFieldIds(PartitionSpec* spec) {
  for (PartitionField& field : spec->fields) {
    if (field.field_id != 0) {
      continue;
    }
    // The spec: an equivalent field of an earlier spec lends its id, so that files of
    // both specs put the value in the same place.
    for (const PartitionSpec& known : table_.partition_specs) {
      const auto found =
          std::ranges::find_if(known.fields, [&](const PartitionField& other) {
            return SameSourceAndTransform(other, field);
          });
      if (found != known.fields.end()) {
        field.field_id = found->field_id;
      }
    }
    const bool is_taken =
        std::ranges::count(spec->fields, field.field_id, &PartitionField::field_id) > 1;
    if (field.field_id == 0 || is_taken) {
      field.field_id = ++table_.last_partition_id;
    }
  }
  return Status::OK();
}

Status TableMetadataBuilder::CheckPartitionFieldIds(const PartitionSpec& spec) const {
  for (size_t i = 0; i < spec.fields.size(); ++i) {
    const PartitionField& field = spec.fields[i];
    const std::string id = IdText(field.field_id);
    if (field.field_id < kFirstPartitionFieldId) {
      return InvalidUpdate("Partition field " + field.name + " has id " + id +
                           ": partition field ids begin at " +
                           IdText(kFirstPartitionFieldId));
    }
    if (std::ranges::count(spec.fields, field.field_id, &PartitionField::field_id) > 1) {
      return InvalidUpdate("Two partition fields have id " + id);
    }
    if (table_.format_version == 1 &&
        field.field_id != kFirstPartitionFieldId + static_cast<FieldId>(i)) {
      return InvalidUpdate("Partition field " + field.name + " has id " + id +
                           ": format version 1 needs consecutive ids from " +
                           IdText(kFirstPartitionFieldId));
    }
    for (const PartitionSpec& known : table_.partition_specs) {
      for (const PartitionField& other : known.fields) {
        // v1 numbers the fields of each spec anew, and a dropped field leaves a void one
        // with its id.
        if (other.field_id == field.field_id && base_.format_version > 1 &&
            !SameSourceAndTransform(other, field) &&
            !std::holds_alternative<Void>(other.transform) &&
            !std::holds_alternative<Void>(field.transform)) {
          return InvalidUpdate("Partition field id " + id + " is already " + other.name +
                               " of spec " + IdText(known.id.value) +
                               " and cannot become " + field.name);
        }
      }
    }
  }
  return Status::OK();
}

Status TableMetadataBuilder::On(const update::AddPartitionSpec& update) {
  int32_t next_id = 0;
  for (const PartitionSpec& known : table_.partition_specs) {
    if (SameFields(known, update.spec)) {
      last_added_spec_ = known.id;
      return Status::OK();
    }
    next_id = std::max(next_id, known.id.value + 1);
  }
  ARROW_ASSIGN_OR_RAISE(const auto schema, SchemaForNewParts());
  PartitionSpec spec = update.spec;
  spec.id = SpecId{next_id};
  ARROW_RETURN_NOT_OK(AssignPartitionFieldIds(&spec));
  ARROW_RETURN_NOT_OK(CheckPartitionFieldIds(spec));
  ARROW_RETURN_NOT_OK(ValidateSpec(spec, *schema));
  for (const PartitionField& field : spec.fields) {
    table_.last_partition_id = std::max(table_.last_partition_id, field.field_id);
  }
  table_.partition_specs.push_back(std::move(spec));
  last_added_spec_ = SpecId{next_id};
  is_changed_ = true;
  return Status::OK();
}

Status TableMetadataBuilder::On(const update::SetDefaultSpec& update) {
  SpecId id = update.id;
  if (id == SpecId{-1}) {
    if (!last_added_spec_) {
      return InvalidUpdate("No partition spec was added that could become the default");
    }
    id = *last_added_spec_;
  }
  if (table_.FindSpec(id) == nullptr) {
    return InvalidUpdate("Cannot set the default partition spec: there is none with id " +
                         IdText(id.value));
  }
  is_changed_ = is_changed_ || id != table_.default_spec_id;
  table_.default_spec_id = id;
  return Status::OK();
}

Status TableMetadataBuilder::On(const update::AddSortOrder& update) {
  int32_t next_id = 1;  // 0 is kept for "unsorted"
  for (const SortOrder& known : table_.sort_orders) {
    if (known.fields == update.order.fields) {
      last_added_order_ = known.id;
      return Status::OK();
    }
    next_id = std::max(next_id, known.id.value + 1);
  }
  SortOrder order = update.order;
  order.id = SortOrderId{order.fields.empty() ? 0 : next_id};
  ARROW_ASSIGN_OR_RAISE(const auto schema, SchemaForNewParts());
  ARROW_RETURN_NOT_OK(ValidateSortOrder(order, *schema));
  last_added_order_ = order.id;
  table_.sort_orders.push_back(std::move(order));
  is_changed_ = true;
  return Status::OK();
}

Status TableMetadataBuilder::On(const update::SetDefaultSortOrder& update) {
  SortOrderId id = update.id;
  if (id == SortOrderId{-1}) {
    if (!last_added_order_) {
      return InvalidUpdate("No sort order was added that could become the default");
    }
    id = *last_added_order_;
  }
  if (std::ranges::count(table_.sort_orders, id, &SortOrder::id) == 0) {
    return InvalidUpdate("Cannot set the default sort order: there is none with id " +
                         IdText(id.value));
  }
  is_changed_ = is_changed_ || id != table_.default_sort_order_id;
  table_.default_sort_order_id = id;
  return Status::OK();
}

Status TableMetadataBuilder::On(const update::RemovePartitionSpecs& update) {
  for (const SpecId id : update.ids) {
    if (id == table_.default_spec_id) {
      return InvalidUpdate("Cannot remove partition spec " + IdText(id.value) +
                           ": it is the default one");
    }
    const auto removed = std::erase_if(
        table_.partition_specs, [&](const PartitionSpec& spec) { return spec.id == id; });
    is_changed_ = is_changed_ || removed > 0;
  }
  return Status::OK();
}

Status TableMetadataBuilder::On(const update::RemoveSchemas& update) {
  for (const SchemaId id : update.ids) {
    if (id == table_.current_schema_id) {
      return InvalidUpdate("Cannot remove schema " + IdText(id.value) +
                           ": it is the current one");
    }
    const auto user =
        std::ranges::find(table_.snapshots, std::optional(id), &Snapshot::schema_id);
    if (user != table_.snapshots.end()) {
      return InvalidUpdate("Cannot remove schema " + IdText(id.value) + ": snapshot " +
                           std::to_string(user->id.value) + " was written with it");
    }
    const auto removed = std::erase_if(
        table_.schemas, [&](const auto& schema) { return schema->id() == id; });
    is_changed_ = is_changed_ || removed > 0;
  }
  return Status::OK();
}

}  // namespace tarn::iceberg::internal
