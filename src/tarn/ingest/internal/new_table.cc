#include "tarn/ingest/internal/new_table.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <arrow/type.h>

#include "tarn/base/error.h"
#include "tarn/iceberg/partition_update.h"
#include "tarn/iceberg/redundant_times.h"
#include "tarn/iceberg/table_update.h"
#include "tarn/storage/arrow_schema.h"

namespace tarn::ingest::internal {
namespace {

/// The spec of "day(ts)", "region", …; field ids count from kFirstPartitionFieldId.
Result<iceberg::PartitionSpec> SpecOf(const std::vector<std::string>& terms,
                                      const iceberg::Schema& schema) {
  iceberg::PartitionSpec spec;
  for (const std::string& text : terms) {
    ARROW_ASSIGN_OR_RAISE(const iceberg::PartitionTerm term,
                          iceberg::ParsePartitionTerm(text));
    const iceberg::Field* source = schema.FindByName(term.column);
    if (source == nullptr) {
      source = schema.FindByNameIgnoringCase(term.column);
    }
    if (source == nullptr) {
      return MakeError(ErrorCode::kNoSuchColumn,
                       "No column to partition by: " + term.column);
    }
    iceberg::PartitionField field;
    field.source_ids = {source->id};
    field.field_id = iceberg::kFirstPartitionFieldId +
                     static_cast<iceberg::FieldId>(spec.fields.size());
    field.name = iceberg::DefaultPartitionName(term.transform, schema.NameOf(source->id));
    field.transform = term.transform;
    spec.fields.push_back(std::move(field));
  }
  RETURN_NOT_OK(iceberg::ValidateSpec(spec, schema));
  RETURN_NOT_OK(iceberg::RefuseRedundantTimes(spec, schema));
  return spec;
}

Result<std::vector<iceberg::Field>> FieldsOf(const arrow::Schema& source,
                                             const LoadRequest& request) {
  ARROW_ASSIGN_OR_RAISE(std::vector<iceberg::Field> fields,
                        storage::FieldsFromArrow(source));
  if (fields.empty()) {
    return MakeError(ErrorCode::kInvalidData, "The source has no columns");
  }
  for (iceberg::Field& field : fields) {
    const auto comment = request.comments.find(field.name);
    if (comment != request.comments.end()) {
      field.doc = comment->second;
    }
  }
  return fields;
}

/// Fresh ids above `last_column_id`, except for columns that the base schema has with the
/// same name and type.
std::vector<iceberg::Field> IdsFromBase(std::vector<iceberg::Field> fields,
                                        const iceberg::TableMetadata& base) {
  iceberg::FieldId last_id = base.last_column_id;
  for (iceberg::Field& field : fields) {
    const iceberg::Field* before = base.schema().FindByName(field.name);
    if (before != nullptr && field.type.is_primitive() && before->type == field.type) {
      field.id = before->id;
    } else {
      field = iceberg::AssignFreshIds({field}, last_id + 1, &last_id).front();
    }
  }
  return fields;
}

}  // namespace

Result<std::shared_ptr<const iceberg::TableMetadata>> ProposeTable(
    const table::Context& context, const arrow::Schema& source,
    const LoadRequest& request) {
  iceberg::NewTable table;
  ARROW_ASSIGN_OR_RAISE(table.fields, FieldsOf(source, request));
  iceberg::FieldId last_id = 0;
  table.fields = iceberg::AssignFreshIds(table.fields, 1, &last_id);
  ARROW_ASSIGN_OR_RAISE(const auto schema,
                        iceberg::Schema::Make(iceberg::SchemaId{0}, table.fields));
  ARROW_ASSIGN_OR_RAISE(table.spec, SpecOf(request.partition_by, *schema));
  ARROW_ASSIGN_OR_RAISE(table.location, context.catalog.NewTableLocation(request.into));
  table.properties = request.properties;
  table.table_uuid = NewUuid(context.random);
  table.now = context.clock.Now();
  return iceberg::MakeTableMetadata(table);
}

Result<std::shared_ptr<const iceberg::TableMetadata>> ReplacedTable(
    const table::Context& context, const catalog::LoadedTable& base,
    const arrow::Schema& source, const LoadRequest& request) {
  const iceberg::TableMetadata& before = *base.metadata;
  ARROW_ASSIGN_OR_RAISE(std::vector<iceberg::Field> fields, FieldsOf(source, request));
  iceberg::SchemaId schema_id{0};
  for (const auto& schema : before.schemas) {
    schema_id.value = std::max(schema_id.value, schema->id().value + 1);
  }
  ARROW_ASSIGN_OR_RAISE(
      const auto schema,
      iceberg::Schema::Make(schema_id, IdsFromBase(std::move(fields), before)));
  ARROW_ASSIGN_OR_RAISE(iceberg::PartitionSpec spec,
                        SpecOf(request.partition_by, *schema));
  iceberg::NumberPartitionFields(before, &spec);
  std::vector<iceberg::TableUpdate> updates = {
      iceberg::update::AddSchema{schema},
      iceberg::update::SetCurrentSchema{iceberg::SchemaId{-1}},
      iceberg::update::AddPartitionSpec{std::move(spec)},
      iceberg::update::SetDefaultSpec{iceberg::SpecId{-1}},
  };
  constexpr iceberg::SortOrderId kUnsorted{0};
  const auto is_unsorted = [&](const iceberg::SortOrder& order) {
    return order.id == kUnsorted;
  };
  if (std::none_of(before.sort_orders.begin(), before.sort_orders.end(), is_unsorted)) {
    updates.emplace_back(iceberg::update::AddSortOrder{iceberg::SortOrder{}});
  }
  updates.emplace_back(iceberg::update::SetDefaultSortOrder{kUnsorted});
  if (!request.properties.empty()) {
    updates.emplace_back(iceberg::update::SetProperties{request.properties});
  }
  return iceberg::ApplyUpdates(before, base.metadata_location, updates,
                               context.clock.Now());
}

}  // namespace tarn::ingest::internal
