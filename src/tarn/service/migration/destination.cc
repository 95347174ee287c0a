#include "tarn/service/migration/destination.h"

#include <algorithm>
#include <utility>

#include <arrow/type.h>

#include "tarn/base/clock.h"
#include "tarn/base/error.h"
#include "tarn/iceberg/partition_update.h"
#include "tarn/storage/arrow_schema.h"

namespace tarn::service {
namespace {

constexpr int32_t kFormatVersionMin = 2;

/// Fields of `fields` by their ids, in another schema by their full names.
class IdMap {
 public:
  IdMap(const iceberg::Schema& from, const iceberg::Schema& to) : from_(from), to_(to) {}

  /// unset if the other schema has no such column of the same type.
  std::optional<iceberg::FieldId> Of(iceberg::FieldId id) const {
    const iceberg::Field* const before = from_.FindById(id);
    const iceberg::Field* const after =
        before == nullptr ? nullptr : to_.FindByName(from_.NameOf(id));
    if (after == nullptr || !after->type.is_primitive() || after->type != before->type) {
      return std::nullopt;
    }
    return after->id;
  }

  /// False if one of them is missing.
  bool Map(std::vector<iceberg::FieldId>* ids) const {
    for (iceberg::FieldId& id : *ids) {
      const auto mapped = Of(id);
      if (!mapped) {
        return false;
      }
      id = *mapped;
    }
    return true;
  }

 private:
  const iceberg::Schema& from_;
  const iceberg::Schema& to_;
};

/// `shape`, whose ids are those of `from`, for the schema `to`.
TableShape Mapped(const TableShape& shape, const iceberg::Schema& from,
                  const iceberg::Schema& to) {
  const IdMap ids(from, to);
  TableShape mapped;
  mapped.fields = to.fields();
  mapped.identifier_field_ids = shape.identifier_field_ids;
  if (!ids.Map(&mapped.identifier_field_ids)) {
    mapped.identifier_field_ids.clear();
  }
  for (iceberg::PartitionField field : shape.spec.fields) {
    if (ids.Map(&field.source_ids)) {
      mapped.spec.fields.push_back(std::move(field));
    }
  }
  for (iceberg::SortField field : shape.sort_order.fields) {
    if (!ids.Map(&field.source_ids)) {
      break;  // what follows orders only within this one
    }
    mapped.sort_order.fields.push_back(std::move(field));
  }
  return mapped;
}

void KeepAttributes(const iceberg::Schema& source, std::vector<iceberg::Field>* fields,
                    std::vector<iceberg::FieldId>* identifiers) {
  for (iceberg::Field& field : *fields) {
    const iceberg::Field* const before = source.FindByName(field.name);
    const bool is_same = before != nullptr && before->type.is_primitive() &&
                         field.type.is_primitive() && before->type == field.type;
    if (is_same) {
      field.doc = before->doc;
      const auto& ids = source.identifier_field_ids();
      if (std::ranges::count(ids, before->id) > 0) {
        identifiers->push_back(field.id);
        field.required = true;
      }
    }
  }
}

Result<std::shared_ptr<const iceberg::TableMetadata>> NewMetadata(
    const table::Context& context, const iceberg::TableIdent& ident,
    const TableShape& shape, const iceberg::TableMetadata& source) {
  iceberg::NewTable made;
  made.fields = shape.fields;
  made.identifier_field_ids = shape.identifier_field_ids;
  made.spec = shape.spec;
  made.sort_order = shape.sort_order;
  ARROW_ASSIGN_OR_RAISE(made.location, context.catalog.NewTableLocation(ident));
  made.properties = PropertiesToKeep(source);
  made.properties["format-version"] =
      std::to_string(std::max(source.format_version, kFormatVersionMin));
  made.table_uuid = NewUuid(context.random);
  made.now = context.clock.Now();
  return iceberg::MakeTableMetadata(made);
}

Result<std::shared_ptr<const iceberg::TableMetadata>> ReplacedMetadata(
    const table::Context& context, const catalog::LoadedTable& existing,
    const TableShape& shape) {
  const iceberg::TableMetadata& before = *existing.metadata;
  iceberg::SchemaId schema_id{0};
  for (const auto& schema : before.schemas) {
    schema_id.value = std::max(schema_id.value, schema->id().value + 1);
  }
  ARROW_ASSIGN_OR_RAISE(const auto from, iceberg::Schema::Make(schema_id, shape.fields));
  iceberg::FieldId last_id = before.last_column_id;
  const std::vector<iceberg::Field> fresh =
      iceberg::AssignFreshIds(shape.fields, last_id + 1, &last_id);
  ARROW_ASSIGN_OR_RAISE(const auto unidentified, iceberg::Schema::Make(schema_id, fresh));
  TableShape mapped = Mapped(shape, *from, *unidentified);
  ARROW_ASSIGN_OR_RAISE(
      const auto schema,
      iceberg::Schema::Make(schema_id, mapped.fields, mapped.identifier_field_ids));
  iceberg::NumberPartitionFields(before, &mapped.spec);
  std::vector<iceberg::TableUpdate> updates = {
      iceberg::update::AddSchema{schema},
      iceberg::update::SetCurrentSchema{iceberg::SchemaId{-1}},
      iceberg::update::AddPartitionSpec{std::move(mapped.spec)},
      iceberg::update::SetDefaultSpec{iceberg::SpecId{-1}},
  };
  for (const iceberg::SortOrder& order : before.sort_orders) {
    mapped.sort_order.id.value = std::max(mapped.sort_order.id.value, order.id.value + 1);
  }
  if (mapped.sort_order.fields.empty()) {
    mapped.sort_order.id = iceberg::SortOrderId{0};
  }
  updates.emplace_back(iceberg::update::AddSortOrder{std::move(mapped.sort_order)});
  updates.emplace_back(iceberg::update::SetDefaultSortOrder{iceberg::SortOrderId{-1}});
  return iceberg::ApplyUpdates(before, existing.metadata_location, updates,
                               context.clock.Now());
}

Status CheckMode(const iceberg::TableIdent& ident, MigrationMode mode, bool exists) {
  if (exists && mode == MigrationMode::kFail) {
    return MakeError(ErrorCode::kAlreadyExists,
                     "The destination exists already; append, overwrite and replace are "
                     "the modes for it: " +
                         ident.ToString());
  }
  return Status::OK();
}

}  // namespace

TableShape ShapeOf(const iceberg::TableMetadata& source, const iceberg::Schema& schema) {
  TableShape shape;
  shape.fields = schema.fields();
  shape.identifier_field_ids = schema.identifier_field_ids();
  for (const iceberg::PartitionField& field : source.spec().fields) {
    const bool is_void = std::holds_alternative<iceberg::Void>(field.transform);
    const bool has_sources = std::ranges::all_of(
        field.source_ids, [&](auto id) { return schema.FindById(id) != nullptr; });
    if (!is_void && has_sources) {
      shape.spec.fields.push_back(field);
    }
  }
  for (const iceberg::SortField& field : source.sort_order().fields) {
    const bool has_sources = std::ranges::all_of(
        field.source_ids, [&](auto id) { return schema.FindById(id) != nullptr; });
    if (!has_sources) {
      break;
    }
    shape.sort_order.fields.push_back(field);
  }
  if (!shape.sort_order.fields.empty()) {
    shape.sort_order.id = iceberg::SortOrderId{1};
  }
  return shape;
}

Result<TableShape> ShapeOfRows(const arrow::Schema& rows,
                               const iceberg::TableMetadata& source,
                               const iceberg::Schema& schema) {
  const storage::FromArrowOptions reading{.keep_nanoseconds = source.format_version >= 3};
  ARROW_ASSIGN_OR_RAISE(std::vector<iceberg::Field> fields,
                        storage::FieldsFromArrow(rows, reading));
  for (iceberg::Field& field : fields) {
    field.required = false;
  }
  iceberg::FieldId last_id = 0;
  fields = iceberg::AssignFreshIds(fields, 1, &last_id);
  std::vector<iceberg::FieldId> identifiers;
  KeepAttributes(schema, &fields, &identifiers);
  ARROW_ASSIGN_OR_RAISE(const auto to,
                        iceberg::Schema::Make(iceberg::SchemaId{0}, fields));
  TableShape shape = Mapped(ShapeOf(source, schema), schema, *to);
  shape.identifier_field_ids = identifiers.size() == schema.identifier_field_ids().size()
                                   ? identifiers
                                   : std::vector<iceberg::FieldId>();
  if (!shape.sort_order.fields.empty()) {
    shape.sort_order.id = iceberg::SortOrderId{1};
  }
  return shape;
}

Result<Destination> ChooseDestination(const table::Context& context,
                                      const iceberg::TableIdent& ident,
                                      const std::optional<catalog::LoadedTable>& existing,
                                      const TableShape& shape,
                                      const iceberg::TableMetadata& source,
                                      MigrationMode mode) {
  RETURN_NOT_OK(CheckMode(ident, mode, existing.has_value()));
  Destination destination;
  if (!existing) {
    destination.creates = true;
    ARROW_ASSIGN_OR_RAISE(destination.metadata,
                          NewMetadata(context, ident, shape, source));
    return destination;
  }
  destination.head = existing->metadata->current_snapshot_id;
  destination.metadata = existing->metadata;
  if (mode == MigrationMode::kReplace) {
    destination.replaces = true;
    ARROW_ASSIGN_OR_RAISE(destination.metadata,
                          ReplacedMetadata(context, *existing, shape));
  }
  return destination;
}

std::map<std::string, std::string> PropertiesToKeep(
    const iceberg::TableMetadata& source) {
  constexpr std::string_view kOfItsPlace[] = {"write.data.path",
                                              "write.metadata.path",
                                              "write.object-storage.path",
                                              "write.folder-storage.path",
                                              "write.object-storage.enabled",
                                              "write.location-provider.impl",
                                              "tarn.migration-",
                                              "format-version",
                                              "tarn.job-id"};
  std::map<std::string, std::string> kept;
  for (const auto& [key, value] : source.properties) {
    const bool is_of_its_place = std::ranges::any_of(
        kOfItsPlace, [&](std::string_view prefix) { return key.starts_with(prefix); });
    if (!is_of_its_place) {
      kept.emplace(key, value);
    }
  }
  return kept;
}

MadeNamespaces::~MadeNamespaces() {
  for (auto ns = made_.rbegin(); ns != made_.rend(); ++ns) {
    // Another table may be in it meanwhile: then it is not empty, and stays.
    const Status ignored = catalog_.DropNamespace(*ns);
  }
}

Status MadeNamespaces::MakeLike(catalog::Catalog& source, const iceberg::Namespace& like,
                                const iceberg::Namespace& ns) {
  catalog::Properties properties;
  const auto given = source.LoadNamespaceProperties(like);
  if (given.ok()) {
    properties = *given;
    properties.erase("location");
  }
  return Make(ns, properties);
}

Status MadeNamespaces::Make(const iceberg::Namespace& ns,
                            const catalog::Properties& properties) {
  iceberg::Namespace prefix;
  for (const std::string& level : ns.levels) {
    prefix.levels.push_back(level);
    const bool is_last = prefix.levels.size() == ns.levels.size();
    const Status status =
        catalog_.CreateNamespace(prefix, is_last ? properties : catalog::Properties());
    if (status.ok()) {
      made_.push_back(prefix);
    } else if (CodeOf(status) != ErrorCode::kAlreadyExists) {
      return status;
    }
  }
  return Status::OK();
}

}  // namespace tarn::service
